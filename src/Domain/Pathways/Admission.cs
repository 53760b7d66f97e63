using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>A cohort takes nobody who is not far enough on the pathway of its program.</summary>
/// <param name="Policy">The version that the cohort keeps (rule 1).</param>
[EventName("pathway-required/1")]
public sealed record PathwayRequired(PathwayPolicy Policy) : IEvent;

/// <summary>
/// Where the pathway and the seats meet (docs/adr/0006). A seat and the move that goes with it are of one unit, because both stand in the
/// participant's stream.
/// </summary>
public static class Admission
{
    /// <summary>Makes a cohort ask for the pathway, before anybody has a seat in it.</summary>
    public static Decision Require(CohortState cohort, PathwayPolicy policy, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Pathway is { } kept)
        {
            return kept.Version == policy.Version
                ? Decision.Already
                : Refusal.Of(Reason.AlreadyExists, 1, $"The cohort keeps version {kept.Version} of its program.", ("version", kept.Version));
        }
        if (cohort.Appointment is not null)
            return new Refusal(Reason.NotPlanned, "An appointment asks of a person what its kind says, and for no pathway beside.", 28);
        if (policy.Program != plan.Program)
            return new Refusal(Reason.ProgramMismatch, $"The cohort is one of {plan.Program}, and the policy is {policy.Program}'s.", 1);
        if (Booking.TakenAt(cohort, now) is > 0 and var taken)
            return Refusal.Of(Reason.SeatsTaken, 28, $"{taken} seats are taken: a cohort asks for the pathway before it takes anybody.", ("seats_taken", taken));
        return Decision.Of(new PathwayRequired(policy));
    }

    /// <summary>Why a person who is not far enough gets no hold (<paramref name="books"/> false) or seat in this cohort; null when they are, or the cohort asks for no pathway.</summary>
    /// <param name="moves">The person was admitted to the program before, and comes from another cohort of it.</param>
    public static Refusal? Refuses(PersonFacts person, CohortOpened plan, PathwayPolicy policy, bool books, bool moves, Instant now)
    {
        var today = now.InZone(DateTimeZoneProviders.Tzdb[plan.TimeZone]).Date;
        if (NotReady(person, plan.Site, plan.Program, books, today) is { } notReady) return notReady;
        var clearance = person.Place!.Clearance;
        var version = policy.ConsentVersion(ConsentRequirement.Treatment);
        if (books && clearance.ConsentVersion < version)
            return Refusal.Of(Reason.ConsentOutdated, 35, $"The cohort asks for version {version} of the consent to treatment; the person gave {clearance.ConsentVersion}.", ("version", clearance.ConsentVersion), ("version_min", version));
        if (clearance.LastMedicine is { } last && plan.Sessions.FirstOrDefault(s => s.Kind == Session.Medicine && s.StartsAt > now) is { } first
            && Medicine.GapTooShort(last, first.LocalStart.Date, policy.MedicineGapDays) is { } tooShort) return tooShort;
        var lastDay = plan.FirstDay().PlusDays(-policy.IntakeCloseDays);
        return today > lastDay && !moves && !(clearance.IntakeUntil > now)
            ? new Refusal(Reason.IntakeClosed, $"Intake was until {lastDay:uuuu-MM-dd}, {policy.IntakeCloseDays} days before the first session.", 31,
                [("intake_last_day", lastDay.ToString("uuuu-MM-dd", null))])
            : null;
    }

    /// <summary>Why the person gets no hold or seat in any cohort of the program at the site, whatever its plan; null when they are far enough (rules 28 and 29).</summary>
    public static Refusal? NotReady(PersonFacts person, string site, string program, bool books, LocalDate today)
    {
        if (person.Place is not { } place || place.Site != site || place.Program != program || !place.Stage.IsOpen())
            return new Refusal(Reason.NotEligible, $"The person is on no pathway of {program} at this site.", 28);
        if (place.Stage.HasSeat())
            return Journey.Illegal(place.Stage, Stage.Enrolled);
        var farEnough = place.Stage is Stage.Consented or Stage.WaitListed || (!books && place.Stage is Stage.Eligible);
        if (!farEnough)
        {
            return place.Stage is Stage.Eligible
                ? new Refusal(Reason.ConsentMissing, "The person has not given every consent that the program asks for.", 28)
                : new Refusal(Reason.NotEligible, $"The person is {place.Stage.Code()}: two sign-offs and the consents come before a seat.", 28, [("stage", place.Stage.Code())]);
        }
        return place.Clearance.ScreenedUntil >= today
            ? null
            : new Refusal(Reason.ScreeningExpired, "The person's sign-offs have expired: they are screened anew.", 29,
                [("screened_until", place.Clearance.ScreenedUntil?.ToString("uuuu-MM-dd", null) ?? "never")]);
    }

    /// <summary>The move that goes with a seat that is booked; nothing for a person whose pathway the cohort does not ask for.</summary>
    public static ImmutableArray<IEvent> Enrols(PersonFacts person, CohortState cohort, string cohortKey) =>
        cohort.Pathway is null || person.Place is not { } place
            ? []
            : [new PathwayMoved(place.Stage.Code(), Stage.Enrolled.Code(), "seat-booked", cohortKey)];

    /// <summary>Why the person's seat cannot be given back now; null when it can.</summary>
    public static Refusal? Holds(PersonFacts person, string cohortKey) =>
        person.Place is { Stage: Stage.InMedicine } place && place.Cohort == cohortKey
            ? new Refusal(Reason.IllegalTransition, "The person is in a medicine session: they are discharged first.", 27)
            : null;

    /// <summary>
    /// The move that goes with a seat that is given back: to where the person may be enrolled again, or deferred when they cannot be as they are.
    /// </summary>
    public static ImmutableArray<IEvent> Leaves(PersonFacts person, string cohortKey, string reason)
    {
        if (person.Place is not { } place || place.Cohort != cohortKey || !place.Stage.HasSeat()) return [];
        var to = place.Stage is not Stage.Integrating && place.Clearance is { ScreenedUntil: not null, Consented: true } ? Stage.Consented : Stage.Deferred;
        var left = new PathwayMoved(place.Stage.Code(), to.Code(), reason, null);
        // Who waits for another cohort goes on waiting.
        return to is Stage.Consented && person.Waits ? [left, new PathwayMoved(to.Code(), Stage.WaitListed.Code(), reason, null)] : [left];
    }
}
