using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Safety;

/// <summary>
/// A safety event: what happened, who knows of it, what was reported. Its units go participant → facilitator → event, as far as they need them; what
/// its cohort must know follows from the journal.
/// </summary>
[Alias("rtt.ISafetyEventGrain")]
public interface ISafetyEventGrain : IGrainWithStringKey
{
    /// <summary>The end of every chain that changes a safety event.</summary>
    [Alias("Finish")] Task<UnitAnswer<SafetyEventView>> Finish(SafetyCommand command, Unit unit);

    [Alias("Get")] Task<ReadAnswer<SafetyEventView>> Get(Caller caller);
}

/// <summary>What is asked of a safety event.</summary>
/// <param name="SafetyEvent">The event's key.</param>
/// <param name="Participant">The key of the person whom it is about; empty for none.</param>
/// <param name="Signer">The key of the facilitator who answers for it; empty when nobody has to.</param>
[GenerateSerializer, Immutable, Alias("rtt.SafetyCommand")]
public abstract record SafetyCommand([property: Id(0)] string SafetyEvent, [property: Id(1)] string Participant, [property: Id(2)] string Signer);

/// <param name="Site">The site as the gateway read it: jurisdiction, time zone and accreditations never change by this command.</param>
/// <param name="Cohort">The key of the cohort in whose session it happened; empty for none.</param>
/// <param name="Session">-1 for none.</param>
/// <param name="SessionDay">Null for none.</param>
/// <param name="OccurredAt">Null means at the instant of the call.</param>
[GenerateSerializer, Immutable, Alias("rtt.RecordSafetyEvent")]
public sealed record RecordSafetyEvent(
    string SafetyEvent,
    string Participant,
    [property: Id(0)] string Site,
    [property: Id(1)] string Jurisdiction,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] ImmutableArray<AccreditationView> Accreditations,
    [property: Id(4)] string Kind,
    [property: Id(5)] string Severity,
    [property: Id(6)] ImmutableArray<string> Criteria,
    [property: Id(7)] string Cohort,
    [property: Id(8)] int Session,
    [property: Id(9)] LocalDate? SessionDay,
    [property: Id(10)] Instant? OccurredAt,
    [property: Id(11)] ImmutableArray<SafetyRegimeRuleView> Regimes) : SafetyCommand(SafetyEvent, Participant, "");

/// <summary>By the medical lead who signs, or by the operator.</summary>
[GenerateSerializer, Immutable, Alias("rtt.AcknowledgeSafetyEvent")]
public sealed record AcknowledgeSafetyEvent(string SafetyEvent, string Signer) : SafetyCommand(SafetyEvent, "", Signer);

[GenerateSerializer, Immutable, Alias("rtt.ReportSafetyEvent")]
public sealed record ReportSafetyEvent(string SafetyEvent, [property: Id(0)] string Regime) : SafetyCommand(SafetyEvent, "", "");

/// <param name="Outcome">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.CloseSafetyEvent")]
public sealed record CloseSafetyEvent(string SafetyEvent, string Signer, [property: Id(0)] string Outcome) : SafetyCommand(SafetyEvent, "", Signer);

/// <summary>Tells a cohort that a serious event of one of its sessions stands open, or no more: the dispatcher's.</summary>
/// <param name="SafetyEvent">The event's id.</param>
[GenerateSerializer, Immutable, Alias("rtt.FlagSafety")]
public sealed record FlagSafety([property: Id(0)] string SafetyEvent, [property: Id(1)] int Session, [property: Id(2)] bool Stands);

/// <summary>When a regulator hears of an event, as the gateway reads it from <c>programs/safety.json</c>.</summary>
/// <param name="Country">"CA".</param>
/// <param name="Accreditation">Empty for every site there.</param>
/// <param name="FromSession">Counted from the day of the session; else from the day of the first record.</param>
[GenerateSerializer, Immutable, Alias("rtt.SafetyRegimeRuleView")]
public sealed record SafetyRegimeRuleView(
    [property: Id(0)] string Code,
    [property: Id(1)] string Country,
    [property: Id(2)] string Accreditation,
    [property: Id(3)] bool SeriousOnly,
    [property: Id(4)] int Days,
    [property: Id(5)] bool FromSession);

/// <param name="Participant">The person's id; empty for nobody in particular.</param>
/// <param name="Cohort">The cohort's key; empty for none.</param>
/// <param name="Session">-1 for none.</param>
/// <param name="ClosedAt">Null while it is open.</param>
[GenerateSerializer, Immutable, Alias("rtt.SafetyEventView")]
public sealed record SafetyEventView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Site,
    [property: Id(2)] string SafetyEvent,
    [property: Id(3)] string Participant,
    [property: Id(4)] string Kind,
    [property: Id(5)] string Severity,
    [property: Id(6)] ImmutableArray<string> Criteria,
    [property: Id(7)] string Cohort,
    [property: Id(8)] int Session,
    [property: Id(9)] Instant OccurredAt,
    [property: Id(10)] Instant RecordedAt,
    [property: Id(11)] string RecordedBy,
    [property: Id(12)] ImmutableArray<SafetyClockView> Clocks,
    [property: Id(13)] ImmutableArray<AcknowledgementView> Acknowledged,
    [property: Id(14)] string Outcome,
    [property: Id(15)] string ClosedBy,
    [property: Id(16)] Instant? ClosedAt,
    [property: Id(17)] int Version);

/// <param name="DueOn">The last calendar day, at the site.</param>
/// <param name="ReportedBy">Empty until the report was made.</param>
[GenerateSerializer, Immutable, Alias("rtt.SafetyClockView")]
public sealed record SafetyClockView([property: Id(0)] string Regime, [property: Id(1)] LocalDate DueOn, [property: Id(2)] string ReportedBy, [property: Id(3)] Instant? ReportedAt);

/// <param name="As">"medical-lead" or "operator".</param>
/// <param name="Facilitator">The id of the medical lead; empty for the operator.</param>
[GenerateSerializer, Immutable, Alias("rtt.AcknowledgementView")]
public sealed record AcknowledgementView([property: Id(0)] string As, [property: Id(1)] string Facilitator, [property: Id(2)] string By, [property: Id(3)] Instant At);
