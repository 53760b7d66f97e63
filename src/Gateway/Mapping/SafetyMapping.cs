using System.Collections.Immutable;
using System.Globalization;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Policies;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>networks/{network}/sites/{site}/safetyEvents/{event}</summary>
internal readonly record struct SafetyEventName(string Network, string Site, string Event)
{
    public string Key => Keys.SafetyEvent(Network, Site, Event);

    public override string ToString() => $"networks/{Network}/sites/{Site}/safetyEvents/{Event}";

    public static bool TryParse(string text, out SafetyEventName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/sites/", out var site) & Names.Take(ref rest, "/safetyEvents/", out var id) && rest.IsEmpty;
        name = new(network, site, id);
        return found;
    }
}

/// <summary>Safety events, both ways.</summary>
internal static class SafetyMapping
{
    private static readonly ImmutableArray<string> Severities = ["mild", "moderate", "severe"];

    /// <summary>What a record says, as far as the request does; the site and the cohort are read for the rest.</summary>
    public static (SiteName Site, CohortName? Cohort, RecordSafetyEvent? Draft) Read(Fields fields, RecordSafetyEventRequest request, SafetyCatalogue catalogue)
    {
        var site = fields.Site("parent", request.Parent);
        var participant = request.Participant.Length > 0 ? fields.Participant("participant", request.Participant).Key : "";
        OneOf(fields, "kind", request.Kind, catalogue.Kinds);
        OneOf(fields, "severity", request.Severity, Severities);
        var criteria = fields.Codes("serious_criteria", request.SeriousCriteria, catalogue.SeriousCriteria.Length);
        for (var i = 0; i < criteria.Length; i++) OneOf(fields, $"serious_criteria[{i}]", criteria[i], catalogue.SeriousCriteria);
        CohortName? cohort = request.Cohort.Length > 0 ? fields.Cohort("cohort", request.Cohort) : null;
        if (cohort is { } named && fields.IsGood && named.Site != site.Site) fields.Wrong("cohort", "must be one of the site");
        if (request.HasSession)
        {
            fields.Number("session", request.Session, 0, PathwayMapping.SessionMax);
            if (cohort is null) fields.Wrong("session", "needs the cohort whose session it is");
        }
        var occurredAt = fields.Time("occur_time", request.OccurTime);
        return fields.IsGood
            ? (site, cohort, new RecordSafetyEvent("", participant, site.Site, "", "", [], request.Kind, request.Severity, criteria, cohort?.Key ?? "", request.HasSession ? request.Session : -1, null, occurredAt, catalogue.Regimes))
            : (site, cohort, null);
    }

    public static SafetyEventName Name(Fields fields, string name)
    {
        if (!SafetyEventName.TryParse(name, out var parsed)) fields.Wrong("name", "must be networks/{network}/sites/{site}/safetyEvents/{event}");
        return parsed;
    }

    public static string Facilitator(Fields fields, string field, string facilitator, bool required)
    {
        if (facilitator.Length == 0 && !required) return "";
        var name = fields.Facilitator(field, facilitator);
        return fields.IsGood ? name.Key : "";
    }

    public static SafetyEvent ToWire(this SafetyEventView view, string? token = null)
    {
        var safety = new SafetyEvent
        {
            Name = new SafetyEventName(view.Network, view.Site, view.SafetyEvent).ToString(),
            Participant = view.Participant.Length > 0 ? new ParticipantName(view.Network, view.Participant).ToString() : "",
            Kind = view.Kind,
            Severity = view.Severity,
            Cohort = view.Cohort.Length > 0 ? CohortName.OfKey(view.Cohort).ToString() : "",
            OccurTime = view.OccurredAt.ToWire(),
            RecordTime = view.RecordedAt.ToWire(),
            RecordedBy = view.RecordedBy,
            Outcome = view.Outcome,
            ClosedBy = view.ClosedBy.Length > 0 ? new FacilitatorName(view.Network, view.ClosedBy).ToString() : "",
            CloseTime = view.ClosedAt.ToWire(),
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        if (view.Session >= 0) safety.Session = view.Session;
        safety.SeriousCriteria.AddRange(view.Criteria);
        foreach (var c in view.Clocks) safety.Clocks.Add(new SafetyClock { Regime = c.Regime, DueOn = c.DueOn.ToWire(), ReportedBy = c.ReportedBy, ReportTime = c.ReportedAt.ToWire() });
        foreach (var a in view.Acknowledged)
        {
            safety.Acknowledged.Add(new Acknowledgement
            {
                As = a.As,
                Facilitator = a.Facilitator.Length > 0 ? new FacilitatorName(view.Network, a.Facilitator).ToString() : "",
                AcknowledgedBy = a.By,
                AcknowledgeTime = a.At.ToWire(),
            });
        }
        return safety;
    }

    public static SafetyEventSummary ToWire(this SafetyEventRow row, string network)
    {
        var summary = new SafetyEventSummary
        {
            Name = new SafetyEventName(network, row.Site, row.SafetyEvent).ToString(),
            Participant = row.Participant.Length > 0 ? new ParticipantName(network, row.Participant).ToString() : "",
            Kind = row.Kind,
            Severity = row.Severity,
            Serious = row.Serious,
            Cohort = row.Cohort.Split('.') is [var site, var cohort] ? new CohortName(network, site, cohort).ToString() : "",
            OccurTime = row.OccurredAt.ToWire(),
            RecordTime = row.RecordedAt.ToWire(),
            DueOn = row.DueOn.ToWire(),
            Closed = row.Closed,
        };
        if (row.Session >= 0) summary.Session = row.Session;
        summary.Unaware.AddRange(row.Unaware);
        return summary;
    }

    private static void OneOf(Fields fields, string field, string value, ImmutableArray<string> codes)
    {
        if (!codes.Contains(value)) fields.Wrong(field, $"must be one of {string.Join(", ", codes)}");
    }
}
