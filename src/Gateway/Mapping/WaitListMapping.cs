using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Wait-lists, both ways.</summary>
internal static class WaitListMapping
{
    private const int PriorityRoutine = 3;
    private const int PriorityMax = 4;

    public static WaitRequest Read(Fields fields, JoinCohortListRequest request)
    {
        var priority = fields.Number("priority", request.Priority, 0, PriorityMax);
        var receivedAt = fields.Time("receive_time", request.ReceiveTime);
        var command = Read(fields, request.Cohort, request.Participant, WaitAsk.Join, "");
        return fields.IsGood ? command with { Priority = priority == 0 ? PriorityRoutine : priority, ReceivedAt = receivedAt } : command;
    }

    public static WaitRequest Read(Fields fields, LeaveCohortListRequest request) =>
        Read(fields, request.Cohort, request.Participant, WaitAsk.Leave, fields.Code("reason", request.Reason));

    public static WaitRequest Read(Fields fields, OfferSeatRequest request) =>
        Read(fields, request.Cohort, request.Participant, WaitAsk.Offer, fields.Code("reason", request.Reason, required: false));

    public static WaitRequest Read(Fields fields, DeclineOfferRequest request) =>
        Read(fields, request.Cohort, request.Participant, WaitAsk.Decline, fields.Code("reason", request.Reason));

    public static WaitListEntry ToWire(this WaitView view, Caller caller, string? token = null)
    {
        var entry = new WaitListEntry
        {
            Cohort = CohortName.OfKey(view.Cohort).ToString(),
            Participant = view.Participant.Length > 0 ? new ParticipantName(caller.Network, view.Participant).ToString() : "",
            OfPool = view.IsOfPool,
            Position = view.Position,
            Priority = view.Priority,
            ReceiveTime = view.ReceivedAt.ToWire(),
            JoinTime = view.JoinedAt.ToWire(),
            OfferExpireTime = view.OfferExpiresAt.ToWire(),
            PassedOver = view.IsPassed,
            Token = token ?? "",
        };
        foreach (var pass in view.Passes) entry.Passes.Add(new WaitListPass { Reason = pass.Reason, Time = pass.At.ToWire() });
        return entry;
    }

    public static PoolRequest Read(Fields fields, JoinPoolRequest request)
    {
        var site = fields.Site("site", request.Site);
        var (pool, participant) = Pool(fields, request.Participant, request.Program, request.Region);
        var priority = fields.Number("priority", request.Priority, 0, PriorityMax);
        return new PoolRequest(pool, participant, PoolAsk.Join) { Site = site.Site, Priority = priority == 0 ? PriorityRoutine : priority, ReceivedAt = fields.Time("receive_time", request.ReceiveTime) };
    }

    public static PoolRequest Read(Fields fields, LeavePoolRequest request)
    {
        var (pool, participant) = Pool(fields, request.Participant, request.Program, request.Region);
        return new PoolRequest(pool, participant, PoolAsk.Leave) { Reason = fields.Code("reason", request.Reason) };
    }

    /// <summary>The pool's key of a request that lists it.</summary>
    public static string Read(Fields fields, ListPoolRequest request)
    {
        var network = fields.Network("parent", request.Parent).Network;
        return PoolKey(fields, network, request.Program, request.Region);
    }

    public static PoolEntry ToWire(this PoolPlaceView view, Caller caller, string program, string region, string? token = null) => new()
    {
        Participant = new ParticipantName(caller.Network, view.Participant).ToString(),
        Program = program,
        Region = region,
        Site = view.Site.Length > 0 ? new SiteName(caller.Network, view.Site).ToString() : "",
        Position = view.Position,
        Priority = view.Priority,
        ReceiveTime = view.ReceivedAt.ToWire(),
        JoinTime = view.JoinedAt.ToWire(),
        Token = token ?? "",
    };

    private static (string Pool, string Participant) Pool(Fields fields, string participant, string program, string region)
    {
        var name = fields.Participant("participant", participant);
        var key = PoolKey(fields, name.Network, program, region);
        return (key, fields.IsGood ? name.Key : "");
    }

    private static string PoolKey(Fields fields, string network, string program, string region)
    {
        var (code, id) = (fields.ProgramId("program", program), fields.Region("region", region, required: true));
        return fields.IsGood ? Keys.Pool(network, id, code) : "";
    }

    private static WaitRequest Read(Fields fields, string cohort, string participant, WaitAsk ask, string reason)
    {
        SeatRequest names = CohortMapping.Read(fields, cohort, participant);
        return fields.IsGood ? new WaitRequest(names.Cohort, names.Participant, ask) { Reason = reason } : null!;
    }
}
