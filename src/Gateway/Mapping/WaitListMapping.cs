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
            Participant = new ParticipantName(caller.Network, view.Participant).ToString(),
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

    private static WaitRequest Read(Fields fields, string cohort, string participant, WaitAsk ask, string reason)
    {
        SeatRequest names = CohortMapping.Read(fields, cohort, participant);
        return fields.IsGood ? new WaitRequest(names.Cohort, names.Participant, ask) { Reason = reason } : null!;
    }
}
