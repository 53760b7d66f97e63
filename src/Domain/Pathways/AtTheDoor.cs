using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>Where somebody is in the course of one session.</summary>
public enum DoorStanding
{
    /// <summary>Nothing that is known stands against them; they have not been seen yet.</summary>
    Expected,
    /// <summary>A rule keeps them out: see the refusal.</summary>
    KeptOut,
    /// <summary>The checklist did not pass (rule 33): they may be asked again.</summary>
    Held,
    /// <summary>Checked in, and given nothing yet.</summary>
    CheckedIn,
    /// <summary>Given medicine, and observed since the last dose (rule 34).</summary>
    InObservation,
    /// <summary>The observation is over: they may be discharged.</summary>
    Observed,
    Discharged,
    /// <summary>Took part in a session without medicine.</summary>
    Attended,
    Missed,
}

/// <summary>One person at the door of one session.</summary>
/// <param name="HeldFor">The items of the checklist that did not pass, when <see cref="DoorStanding.Held"/>.</param>
/// <param name="Refusal">What keeps them out, when <see cref="DoorStanding.KeptOut"/>.</param>
/// <param name="Visit">Their part in a medicine session; null before check-in.</param>
/// <param name="ObservedUntil">Null without a dose, and after discharge.</param>
public sealed record PersonAtTheDoor(DoorStanding Standing, ImmutableArray<string> HeldFor, Refusal? Refusal, MedicineVisit? Visit, Instant? ObservedUntil);

/// <summary>What a front desk sees of a person at a session: read off the evidence, and judged by the rules that a check-in is judged by.</summary>
public static class AtTheDoor
{
    public static PersonAtTheDoor Of(PersonFacts person, PathwayState pathway, SessionFacts session, Instant now)
    {
        PersonAtTheDoor Is(DoorStanding standing, Refusal? refusal = null, ImmutableArray<string> heldFor = default, MedicineVisit? visit = null, Instant? until = null) =>
            new(standing, heldFor.IsDefault ? [] : heldFor, refusal, visit, until);

        if (!session.IsMedicine)
        {
            var recorded = pathway.Sessions.FirstOrDefault(s => s.Cohort == session.Cohort && s.Session == session.Number);
            return Is(recorded is null ? DoorStanding.Expected : recorded.Attended ? DoorStanding.Attended : DoorStanding.Missed);
        }
        if (pathway.Medicine.LastOrDefault(v => v.Pathway == pathway.Number && v.Cohort == session.Cohort && v.Session == session.Number) is { } visit)
        {
            if (visit.DischargedAt is not null) return Is(DoorStanding.Discharged, visit: visit);
            var until = Medicine.ObservedUntil(person, pathway);
            return Is(until is null ? DoorStanding.CheckedIn : now < until ? DoorStanding.InObservation : DoorStanding.Observed, visit: visit, until: until);
        }
        // Somebody who is on no pathway is judged by nobody here: the checklist is what is asked of them.
        if (pathway.Opened is null) return Is(DoorStanding.Expected);
        if (Medicine.MayNotEnter(person, pathway, session, session.Day, now) is { } refusal) return Is(DoorStanding.KeptOut, refusal);
        if (session.HeldOut) return Is(DoorStanding.KeptOut, Medicine.HeldOut);
        return pathway.HeldAt is { } held && held.Cohort == session.Cohort && held.Session == session.Number
            ? Is(DoorStanding.Held, heldFor: pathway.HeldFor)
            : Is(DoorStanding.Expected);
    }

    public static string Code(this DoorStanding standing) => standing switch
    {
        DoorStanding.Expected => "expected",
        DoorStanding.KeptOut => "kept-out",
        DoorStanding.Held => "held",
        DoorStanding.CheckedIn => "checked-in",
        DoorStanding.InObservation => "in-observation",
        DoorStanding.Observed => "observed",
        DoorStanding.Discharged => "discharged",
        DoorStanding.Attended => "attended",
        DoorStanding.Missed => "missed",
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, "There is no such standing."),
    };
}
