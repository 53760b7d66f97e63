using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Referrals, both ways.</summary>
internal static class ReferralMapping
{
    /// <summary>How long a target has when nobody says otherwise.</summary>
    public static readonly Duration DueDefault = Duration.FromDays(7);

    /// <summary>A referral as its request has it: where the sites are, and what the pathway says, is read for the rest.</summary>
    public static (SiteName Site, ParticipantName Participant, SiteName Target, ReferralFormView Form) Read(Fields fields, CreateReferralRequest request, Instant now)
    {
        var site = fields.Site("parent", request.Parent);
        var participant = fields.Participant("participant", request.Participant);
        var target = fields.Site("target", request.Target);
        var program = fields.Program("program", request.Program, required: false);
        CohortName? cohort = request.Cohort.Length > 0 ? fields.Cohort("cohort", request.Cohort) : null;
        if (cohort is { } named && fields.IsGood && named.Site != target.Site) fields.Wrong("cohort", "must be one of the target");
        CohortName? leaves = request.Leaves.Length > 0 ? fields.Cohort("leaves", request.Leaves) : null;
        if (leaves is { } left && fields.IsGood && left.Site != site.Site) fields.Wrong("leaves", "must be one of the site that refers");
        var priority = request.Priority is ReferralPriority.Unspecified ? ReferralPriority.Routine : request.Priority;
        Priority(fields, priority);
        var reason = fields.Code("reason", request.Reason);
        var form = fields.Code("form", request.Form, required: false);
        var receivedAt = fields.Time("receive_time", request.ReceiveTime) ?? now;
        var dueAt = fields.Time("due_time", request.DueTime) ?? now + DueDefault;
        return (site, participant, target, new ReferralFormView(
            participant.Participant, site.Site, "", target.Site, "", program, cohort?.Key ?? "", leaves?.Key ?? "", (int)priority, reason, form, receivedAt, dueAt, null, request.SharingConsented));
    }

    public static int Priority(Fields fields, ReferralPriority priority)
    {
        if (priority is < ReferralPriority.Urgent or > ReferralPriority.Low) fields.Wrong("priority", "must be URGENT, HIGH, ROUTINE or LOW");
        return (int)priority;
    }

    /// <summary>The form with what the person's pathway says: the program, who referred them, when, and their last medicine session.</summary>
    public static ReferralFormView On(this ReferralFormView form, PathwayView pathway) => form with
    {
        Program = pathway.Program,
        Form = pathway.Source,
        ReceivedAt = pathway.ReceivedAt ?? form.ReceivedAt,
        LastMedicine = pathway.Medicine.IsEmpty ? null : pathway.Medicine.Max(v => v.Day),
        Leaves = "",
    };

    public static Referral ToWire(this ReferralView view, string? token = null) => new()
    {
        Name = new ReferralName(view.Network, view.Referral).ToString(),
        Participant = new ParticipantName(view.Network, view.Form.Participant).ToString(),
        Source = new SiteName(view.Network, view.Form.Source).ToString(),
        SourceRegion = $"regions/{view.Form.SourceRegion}",
        Target = new SiteName(view.Network, view.Form.Target).ToString(),
        TargetRegion = $"regions/{view.Form.TargetRegion}",
        Program = view.Form.Program,
        Cohort = Cohort(view.Form.Cohort),
        Leaves = Cohort(view.Form.Leaves),
        Priority = (ReferralPriority)view.Priority,
        Reason = view.Form.Reason,
        Form = view.Form.Form,
        ReceiveTime = view.Form.ReceivedAt.ToWire(),
        DueTime = view.Form.DueAt.ToWire(),
        LastMedicine = view.Form.LastMedicine.ToWire(),
        Status = view.Status,
        HeldIn = Cohort(view.HeldIn),
        AcceptedIn = Cohort(view.AcceptedIn),
        Reviewer = view.Reviewer.Length > 0 ? new FacilitatorName(view.Network, view.Reviewer).ToString() : "",
        Outcome = view.Outcome,
        SendTime = view.SentAt.ToWire(),
        TargetReceiveTime = view.ReceivedAt.ToWire(),
        DecideTime = view.DecidedAt.ToWire(),
        Overdue = view.Overdue,
        Etag = view.Version.ToString(CultureInfo.InvariantCulture),
        Token = token ?? "",
    };

    public static ReferralSummary ToWire(this ReferralRow row, string network, Instant now) => new()
    {
        Name = new ReferralName(network, row.Referral).ToString(),
        Participant = new ParticipantName(network, row.Participant).ToString(),
        Source = new SiteName(network, row.Source).ToString(),
        SourceRegion = $"regions/{row.SourceRegion}",
        Target = new SiteName(network, row.Target).ToString(),
        TargetRegion = $"regions/{row.TargetRegion}",
        Program = row.Program,
        Cohort = row.Cohort.Split('.') is [var site, var cohort] ? new CohortName(network, site, cohort).ToString() : "",
        Status = row.Status,
        SeatHeld = row.Holds,
        Priority = (ReferralPriority)row.Priority,
        ReceiveTime = row.ReceivedAt.ToWire(),
        SendTime = row.SentAt.ToWire(),
        DueTime = row.DueAt.ToWire(),
        DecideTime = row.DecidedAt.ToWire(),
        Outcome = row.Outcome,
        Overdue = row is { SentAt: not null, DecidedAt: null } && row.DueAt <= now,
        AgeDays = (int)Math.Max(0, (now - row.ReceivedAt).TotalDays),
    };

    public static FlowsAsk Read(Fields fields, ListReferralFlowsRequest request, Call call)
    {
        var region = fields.Region("region", request.Region, required: true);
        if (request.From is null && request.To is null) return new FlowsAsk(region, null);
        var period = new DayPeriod(fields.RequiredDate("from", request.From), fields.RequiredDate("to", request.To));
        if (fields.IsGood) CapacityMapping.Period(fields, period, call);
        return new FlowsAsk(region, period);
    }

    public static ReferralFlow ToWire(this FlowRow row, string region) => new()
    {
        SourceRegion = $"regions/{row.SourceRegion}",
        TargetRegion = $"regions/{row.TargetRegion}",
        Status = row.Status,
        Outcome = row.Outcome,
        Referrals = row.Referrals,
        Suppressed = row.IsSuppressed,
        Direction = row.SourceRegion != region ? FlowDirection.InToRegion : row.TargetRegion != region ? FlowDirection.OutOfRegion : FlowDirection.WithinRegion,
    };

    private static string Cohort(string key) => key.Length > 0 ? CohortName.OfKey(key).ToString() : "";
}
