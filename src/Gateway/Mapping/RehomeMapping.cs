using System.Globalization;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Plans by which people go elsewhere, both ways.</summary>
internal static class RehomeMapping
{
    private const string Site = "site";
    private const string Cohort = "cohort";
    private const string Room = "room";
    private const string Facilitator = "facilitator";

    /// <summary>What a plan is for: a cause of its own, or that of a plan which is proposed anew.</summary>
    public static (NetworkName Network, RehomeCauseView? Cause, RehomeName? Again) Read(Fields fields, ProposeRehomeRequest request)
    {
        var network = fields.Network("parent", request.Parent);
        var given = new[] { request.Site, request.Cohort, request.Room, request.Facilitator, request.Rehome }.Count(n => n.Length > 0);
        if (given != 1) fields.Wrong("site", "must be given, or one of cohort, room, facilitator, rehome: exactly one of them");
        RehomeName? again = request.Rehome.Length > 0 ? fields.Rehome("rehome", request.Rehome) : null;
        RehomeCauseView? cause = null;
        if (request.Site.Length > 0 && fields.Site("site", request.Site) is { Network: not null } site) cause = new(Site, site.Key, "");
        if (request.Cohort.Length > 0 && fields.Cohort("cohort", request.Cohort) is { Network: not null } cohort) cause = new(Cohort, cohort.Key, "");
        if (request.Room.Length > 0 && fields.Room("room", request.Room) is { Network: not null } room) cause = new(Room, room.SiteKey, room.Room);
        if (request.Facilitator.Length > 0 && fields.Facilitator("facilitator", request.Facilitator) is { Network: not null } facilitator) cause = new(Facilitator, facilitator.Key, "");
        return (network, cause, again);
    }

    public static Rehome ToWire(this RehomeView plan, string? token = null) => new()
    {
        Name = new RehomeName(plan.Network, plan.Rehome).ToString(),
        Cause = plan.Cause.Kind,
        Subject = Subject(plan.Network, plan.Cause.Kind, Keys.IdOf(plan.Cause.Subject), plan.Cause.Room),
        Revision = plan.Revision,
        Status = plan.Status,
        People = plan.People,
        Placed = plan.Placed,
        Begun = plan.Begun,
        Moved = plan.Moved,
        Refused = plan.Refused,
        Skipped = plan.Skipped,
        Failed = plan.Failed,
        NeedsReviewer = plan.NeedsReviewer,
        ApprovedBy = plan.ApprovedBy,
        CancelReason = plan.CancelReason,
        ProposeTime = plan.ProposedAt.ToWire(),
        ApproveTime = plan.ApprovedAt.ToWire(),
        EndTime = plan.EndedAt.ToWire(),
        Etag = plan.Version.ToString(CultureInfo.InvariantCulture),
        Token = token ?? "",
    };

    public static Rehome ToWire(this RehomeReport report)
    {
        var plan = report.Rehome.ToWire();
        plan.Items.AddRange(report.Items.Select(i => new RehomeItem
        {
            Participant = new ParticipantName(report.Rehome.Network, i.Participant).ToString(),
            From = CohortName.OfKey(i.From).ToString(),
            To = i.To.Length > 0 ? CohortName.OfKey(i.To).ToString() : "",
            Status = i.Status,
            Reason = i.Reason,
            Now = { i.Now.Select(c => CohortName.OfKey(c).ToString()) },
        }));
        return plan;
    }

    public static Rehome ToWire(this RehomeRow row, string network) => new()
    {
        Name = new RehomeName(network, row.Rehome).ToString(),
        Cause = row.Kind,
        Subject = Subject(network, row.Kind, row.Subject, row.Room),
        Revision = row.Revision,
        Status = row.Status,
        People = row.People,
        Placed = row.Placed,
        Moved = row.Moved,
        Refused = row.Refused,
        Skipped = row.Skipped,
        Failed = row.Failed,
        NeedsReviewer = row.NeedsReviewer,
        ProposeTime = row.ProposedAt.ToWire(),
    };

    private static string Subject(string network, string kind, string id, string room) => kind switch
    {
        Cohort when id.Split('.') is [var site, var cohort] => new CohortName(network, site, cohort).ToString(),
        Room => new RoomName(network, id, room).ToString(),
        Facilitator => new FacilitatorName(network, id).ToString(),
        _ => new SiteName(network, id).ToString(),
    };
}
