using RttNetwork.Contracts;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Pathways;

namespace RttNetwork.Grains.Safety;

/// <summary>Between the safety events' contracts and their domain.</summary>
internal static class SafetyMapping
{
    /// <summary>The rule that a command asks.</summary>
    public static Decision Decide(this SafetyCommand command, SafetyEventState state, Unit unit) => command switch
    {
        RecordSafetyEvent c => SafetyRules.Record(
            state,
            new SafetyEventRecorded(
                c.Site, c.Jurisdiction, c.TimeZone, c.Participant.Length > 0 ? Keys.IdOf(c.Participant) : "", c.Kind, c.Severity, c.Criteria, c.Cohort, c.Session, c.OccurredAt ?? unit.Now, [], unit.Caller.Subject),
            c.SessionDay,
            [.. c.Accreditations.Select(a => new Accreditation(a.Code, a.ValidFrom, a.ValidUntil))],
            [.. c.Regimes.Select(r => new SafetyRegimeRule(r.Code, r.Country, r.Accreditation, r.SeriousOnly, r.Days, r.FromSession))],
            unit.Now),
        AcknowledgeSafetyEvent c => SafetyRules.Acknowledge(state, c.Signer.Length > 0 ? unit.Signer() : null, unit.Caller.ReachesAll(unit.Caller.Network), unit.Caller.Subject, unit.Now),
        ReportSafetyEvent c => SafetyRules.Report(state, c.Regime, unit.Caller.Subject),
        CloseSafetyEvent c => SafetyRules.Close(state, c.Outcome, unit.Signer(), unit.Caller.Subject, unit.Now),
        _ => throw new InvalidOperationException($"Unknown command {command.GetType().Name}."),
    };

    public static SafetyEventView ToView(this SafetyEventState state, string key, int version)
    {
        var recorded = state.Recorded!;
        return new SafetyEventView(
            Keys.NetworkOf(key),
            recorded.Site,
            Keys.SafetyEventParts(key).Event,
            recorded.Participant,
            recorded.Kind,
            recorded.Severity,
            recorded.Criteria,
            recorded.Cohort,
            recorded.Session,
            recorded.OccurredAt,
            state.RecordedAt,
            recorded.By,
            [.. recorded.Clocks.Select(c => state.Reported.FirstOrDefault(r => r.Regime == c.Regime) is var made && made is not null
                ? new SafetyClockView(c.Regime, c.DueOn, made.By, made.At)
                : new SafetyClockView(c.Regime, c.DueOn, "", null))],
            [.. state.Acknowledged.Select(a => new AcknowledgementView(a.As, a.Facilitator, a.By, a.At))],
            state.Closed?.Outcome ?? "",
            state.Closed?.Facilitator ?? "",
            state.ClosedAt,
            version);
    }
}
