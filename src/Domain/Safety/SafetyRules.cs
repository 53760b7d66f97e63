using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Safety;

/// <summary>
/// Safety events (rule 46): recorded at once, known to the site's medical lead and the operator, reported by the regime's clock, closed by a clinician.
/// </summary>
public static class SafetyRules
{
    /// <summary>
    /// Records an event. Nothing but its own time can stand against it: it needs no pathway, no seat, no session and no clinician.
    /// </summary>
    /// <param name="draft">The event, its clocks still to be reckoned.</param>
    /// <param name="sessionDay">The day of the session in which it happened; null for none.</param>
    /// <param name="accreditations">The site's.</param>
    public static Decision Record(SafetyEventState state, SafetyEventRecorded draft, LocalDate? sessionDay, ImmutableArray<Accreditation> accreditations, ImmutableArray<SafetyRegimeRule> regimes, Instant now)
    {
        if (state.Recorded is not null) return new Refusal(Reason.AlreadyExists, "A safety event with this id exists at the site.");
        if (draft.OccurredAt > now)
            return new Refusal(Reason.TimeNotYet, "What is recorded has happened.", 46, [("occurred_at", draft.OccurredAt.ToString())]);
        var zone = DateTimeZoneProviders.Tzdb[draft.TimeZone];
        var occurredOn = draft.OccurredAt.InZone(zone).Date;
        return Decision.Of(draft with { Clocks = Clocks(regimes, draft.Jurisdiction, accreditations, draft.IsSerious, now.InZone(zone).Date, sessionDay ?? occurredOn) });
    }

    /// <summary>The clocks that run from an event on: of the regimes that bind the site on the day of the record.</summary>
    public static ImmutableArray<SafetyClock> Clocks(
        ImmutableArray<SafetyRegimeRule> regimes, string jurisdiction, ImmutableArray<Accreditation> accreditations, bool serious, LocalDate recordedOn, LocalDate sessionDay) =>
        [.. from regime in regimes
            where jurisdiction == regime.Country || jurisdiction.StartsWith(regime.Country + "-", StringComparison.Ordinal)
            where regime.Accreditation.Length == 0 || accreditations.Any(a => a.Code == regime.Accreditation && a.ValidFrom <= recordedOn && !(a.ValidUntil < recordedOn))
            where serious || !regime.SeriousOnly
            select new SafetyClock(regime.Code, (regime.FromSession ? sessionDay : recordedOn).PlusDays(regime.Days))];

    /// <summary>Says that the site's medical lead, or the operator, knows of it.</summary>
    /// <param name="medicalLead">Who signs as the medical lead; null for the operator.</param>
    /// <param name="isOperator">The caller acts for the whole network.</param>
    public static Decision Acknowledge(SafetyEventState state, Signer? medicalLead, bool isOperator, string by, Instant now)
    {
        if (state.Recorded is not { } recorded) return Refusal.NotFound;
        var role = medicalLead is null ? Notified.Operator : Notified.MedicalLead;
        if (medicalLead is null && !isOperator)
        {
            return new Refusal(Reason.ClinicianMissing, "A site acknowledges by its medical lead.", 46)
            {
                Violations = [new Violation(46, "medical_lead", "must name the prescriber who is the site's medical lead")],
            };
        }
        if (medicalLead is not null && NoLead(medicalLead, recorded, now) is { } unfit) return unfit;
        if (state.Acknowledged.Any(a => a.As == role)) return Decision.Already;
        return Decision.Of(new SafetyEventAcknowledged(role, medicalLead?.Facilitator ?? "", by));
    }

    /// <summary>Says that a regime's report was made. Late is late and not refused.</summary>
    public static Decision Report(SafetyEventState state, string regime, string by)
    {
        if (state.Recorded is not { } recorded) return Refusal.NotFound;
        if (recorded.Clocks.All(c => c.Regime != regime))
        {
            return new Refusal(Reason.SafetyReportNotDue, $"No report under '{regime}' is asked for; there are: {string.Join(", ", recorded.Clocks.Select(c => c.Regime).DefaultIfEmpty("none"))}.", 46,
                [("regime", regime)]);
        }
        return state.Reported.Any(r => r.Regime == regime) ? Decision.Already : Decision.Of(new SafetyEventReported(regime, by));
    }

    /// <summary>Closes it: when both who must know have said so, and every report was made. The sessions that were flagged are so no more.</summary>
    public static Decision Close(SafetyEventState state, string outcome, Signer clinician, string by, Instant now)
    {
        if (state.Recorded is not { } recorded) return Refusal.NotFound;
        if (!SafetyOutcomes.All.Contains(outcome))
        {
            return new Refusal(Reason.MeasureInvalid, "There is no such outcome of a safety event.", 46)
            {
                Violations = [new Violation(46, "outcome", $"must be one of {string.Join(", ", SafetyOutcomes.All)}")],
            };
        }
        if (NoLead(clinician, recorded, now) is { } unfit) return unfit;
        if (state.Closed is not null) return Decision.Already;
        var unaware = Notified.All.Where(n => state.Acknowledged.All(a => a.As != n)).ToImmutableArray();
        if (!unaware.IsEmpty || state.Running.Any())
        {
            return new Refusal(Reason.SafetyEventOpen, "It is closed when who must know of it has said so, and its reports were made.", 46)
            {
                Violations =
                [
                    .. unaware.Select(n => new Violation(46, "acknowledged", $"the {n} has not acknowledged it")),
                    .. state.Running.Select(c => new Violation(46, "reported", $"the report under {c.Regime}, due on {c.DueOn:uuuu-MM-dd}, was not made")),
                ],
            };
        }
        return Decision.Of(new SafetyEventClosed(outcome, clinician.Facilitator, state.Flags ? recorded.Cohort : "", by));
    }

    /// <summary>
    /// Flags the sessions to come of a cohort in one of whose sessions a serious event happened, or takes the flag off when it was closed. None is
    /// cancelled by it: people decide that.
    /// </summary>
    public static Decision Flag(CohortState cohort, string safetyEvent, int session, bool stands)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.SafetyFlags.ContainsKey(safetyEvent) == stands) return Decision.Already;
        if (!stands) return Decision.Of(new SafetyFlagLifted(safetyEvent));
        return cohort.SafetyFlags.Count >= CohortState.SafetyFlagsMax ? Decision.Already : Decision.Of(new SafetyFlagged(safetyEvent, session));
    }

    /// <summary>Why this is no medical lead of the site today.</summary>
    private static Refusal? NoLead(Signer signer, SafetyEventRecorded recorded, Instant now) =>
        signer.MayNot(Roles.Prescriber, recorded.Jurisdiction, now.InZone(DateTimeZoneProviders.Tzdb[recorded.TimeZone]).Date);
}

// In the cohort's stream.

/// <summary>A serious safety event in one of the cohort's sessions is open: the others are flagged, and go on as planned (rule 46).</summary>
/// <param name="SafetyEvent">The event's id.</param>
/// <param name="Session">The session in which it happened, from 0; -1 when it is not known which.</param>
[EventName("safety-flagged/1")]
public sealed record SafetyFlagged(string SafetyEvent, int Session) : IEvent;

/// <summary>The event was closed.</summary>
[EventName("safety-flag-lifted/1")]
public sealed record SafetyFlagLifted(string SafetyEvent) : IEvent;
