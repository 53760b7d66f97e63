using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Safety;

// The stream of one safety event (rule 46). Codes and opaque ids only: what happened, in words, is the medical record's.

/// <summary>Something went wrong with a person, or might have. Recorded at once: nothing that the network knows of anybody stands against it.</summary>
/// <param name="Participant">The person's id; empty when it concerned nobody in particular.</param>
/// <param name="Kind">A code of the catalogue.</param>
/// <param name="Severity"><see cref="Severities"/>.</param>
/// <param name="Criteria">What makes it serious, by code; empty when it is not.</param>
/// <param name="Cohort">The key of the cohort in whose session it happened; empty for none.</param>
/// <param name="Session">That session's place in the plan, from 0; -1 for none.</param>
/// <param name="Clocks">By when which regulator hears of it, as its regimes stood then.</param>
/// <param name="By">The subject who recorded it.</param>
[EventName("safety-event-recorded/1")]
public sealed record SafetyEventRecorded(
    string Site, string Jurisdiction, string TimeZone, string Participant, string Kind, string Severity, ImmutableArray<string> Criteria, string Cohort, int Session, Instant OccurredAt,
    ImmutableArray<SafetyClock> Clocks, string By) : IEvent
{
    public bool IsSerious => !Criteria.IsEmpty;
}

/// <summary>Somebody who must know of it says that they do.</summary>
/// <param name="As"><see cref="Notified"/>.</param>
/// <param name="Facilitator">The id of the medical lead; empty for the operator.</param>
[EventName("safety-event-acknowledged/1")]
public sealed record SafetyEventAcknowledged(string As, string Facilitator, string By) : IEvent;

/// <summary>The report that a regime asks for was made.</summary>
[EventName("safety-event-reported/1")]
public sealed record SafetyEventReported(string Regime, string By) : IEvent;

/// <summary>A clinician closed it.</summary>
/// <param name="Outcome">A code of <see cref="SafetyOutcomes"/>.</param>
/// <param name="Cohort">The cohort whose sessions were flagged; empty for none.</param>
[EventName("safety-event-closed/1")]
public sealed record SafetyEventClosed(string Outcome, string Facilitator, string Cohort, string By) : IEvent;

/// <summary>By when a regime's report is due.</summary>
/// <param name="DueOn">The last calendar day, at the site.</param>
public sealed record SafetyClock(string Regime, LocalDate DueOn);

/// <summary>How bad it was for the person, as the clinician grades it. Whether it is serious in a regulator's sense its criteria say.</summary>
public static class Severities
{
    public const string Mild = "mild";
    public const string Moderate = "moderate";
    public const string Severe = "severe";

    public static ImmutableArray<string> All { get; } = [Mild, Moderate, Severe];
}

/// <summary>How the reports stand that regulators ask for of an event.</summary>
public static class Reporting
{
    /// <summary>No regime asks for one.</summary>
    public const string NotAsked = "not-asked";
    public const string InTime = "in-time";
    /// <summary>All were made, one of them after its day.</summary>
    public const string Late = "late";
    /// <summary>One is still to be made.</summary>
    public const string Running = "running";
}

/// <summary>Who must know of every safety event.</summary>
public static class Notified
{
    /// <summary>A prescriber of the site.</summary>
    public const string MedicalLead = "medical-lead";
    public const string Operator = "operator";

    public static ImmutableArray<string> All { get; } = [MedicalLead, Operator];
}

/// <summary>What became of it.</summary>
public static class SafetyOutcomes
{
    public static ImmutableArray<string> All { get; } = ["resolved", "lasting-effects", "in-care-elsewhere", "fatal", "no-event-after-all"];
}

/// <summary>When a regulator hears of an event: data (<c>programs/safety.json</c>), passed by value with the command.</summary>
/// <param name="Code">"ca-hospital", "us-rems".</param>
/// <param name="Country">The jurisdictions of this country, "CA".</param>
/// <param name="Accreditation">The regime binds sites that have it on that day; empty for every site there.</param>
/// <param name="SeriousOnly">True when it asks for serious events alone.</param>
/// <param name="Days">Calendar days.</param>
/// <param name="FromSession">Counted from the day of the session; else from the day of the first record.</param>
public sealed record SafetyRegimeRule(string Code, string Country, string Accreditation, bool SeriousOnly, int Days, bool FromSession);

/// <summary>Somebody's word that they know.</summary>
/// <param name="Facilitator">Empty for the operator.</param>
public sealed record Acknowledgement(string As, string Facilitator, string By, Instant At);

/// <param name="By">The subject who says that it was made.</param>
public sealed record SafetyReport(string Regime, string By, Instant At);

/// <summary>A safety event as the fold of its stream.</summary>
public sealed record SafetyEventState : IFold<SafetyEventState>
{
    public static SafetyEventState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Null until it is recorded.</summary>
    public SafetyEventRecorded? Recorded { get; init; }
    public Instant RecordedAt { get; init; }
    public ImmutableArray<Acknowledgement> Acknowledged { get; init; } = [];
    public ImmutableArray<SafetyReport> Reported { get; init; } = [];
    public SafetyEventClosed? Closed { get; init; }
    public Instant? ClosedAt { get; init; }

    /// <summary>Regimes whose report is still to be made.</summary>
    public IEnumerable<SafetyClock> Running => Recorded?.Clocks.Where(c => Reported.All(r => r.Regime != c.Regime)) ?? [];

    /// <summary>The day on which the first report is due that was not made; null when none is.</summary>
    public LocalDate? DueOn => Running.Any() ? Running.Min(c => c.DueOn) : null;

    /// <summary>How the regulators' clocks stand: <see cref="Reporting"/>.</summary>
    public string ReportingStanding
    {
        get
        {
            if (Recorded is not { Clocks.IsEmpty: false } recorded) return Reporting.NotAsked;
            if (Running.Any()) return Reporting.Running;
            var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(recorded.TimeZone) ?? DateTimeZone.Utc;
            return recorded.Clocks.All(c => Reported.Any(r => r.Regime == c.Regime && r.At.InZone(zone).Date <= c.DueOn)) ? Reporting.InTime : Reporting.Late;
        }
    }

    /// <summary>True while the other sessions of its cohort are flagged (rule 46).</summary>
    public bool Flags => Recorded is { IsSerious: true, Cohort.Length: > 0 } && Closed is null;

    /// <inheritdoc/>
    public SafetyEventState Apply(IEvent @event, Instant at) => @event switch
    {
        SafetyEventRecorded e => this with { Recorded = e, RecordedAt = at },
        SafetyEventAcknowledged e => this with { Acknowledged = Acknowledged.Add(new Acknowledgement(e.As, e.Facilitator, e.By, at)) },
        SafetyEventReported e => this with { Reported = Reported.Add(new SafetyReport(e.Regime, e.By, at)) },
        SafetyEventClosed e => this with { Closed = e, ClosedAt = at },
        _ => throw new InvalidOperationException($"A safety event does not fold {@event.GetType().Name}."),
    };
}
