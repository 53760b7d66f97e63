using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Sessions;

/// <summary>One session of a cohort as the cohort knows it: its door, and the people whose session it is.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Number">The session's place in the plan, from 0.</param>
/// <param name="Planned">Null for a cohort in the simple form.</param>
/// <param name="Standing">"ready", "at-risk" or "blocked".</param>
/// <param name="ClosesAt">Null for a session without medicine.</param>
/// <param name="Against">What keeps somebody who is expected out of it now.</param>
/// <param name="IsOpen">True when the next person may be taken in now.</param>
[GenerateSerializer, Immutable, Alias("rtt.SessionView")]
public sealed record SessionView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Program,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] int Number,
    [property: Id(4)] PlannedSession Session,
    [property: Id(5)] PlanSessionView? Planned,
    [property: Id(6)] string Standing,
    [property: Id(7)] Instant OpensAt,
    [property: Id(8)] Instant? ClosesAt,
    [property: Id(9)] int SeatsUsable,
    [property: Id(10)] string BoundBy,
    [property: Id(11)] int Expected,
    [property: Id(12)] int Present,
    [property: Id(13)] ImmutableArray<ShortageView> Shortages,
    [property: Id(14)] ImmutableArray<Refusal> Against,
    [property: Id(15)] bool IsOpen,
    [property: Id(16)] ImmutableArray<SessionPersonView> People);

/// <param name="NotCounted">Facilitators of the role who do not count that day, by id.</param>
[GenerateSerializer, Immutable, Alias("rtt.ShortageView")]
public sealed record ShortageView(
    [property: Id(0)] string Role,
    [property: Id(1)] int Needed,
    [property: Id(2)] int Counted,
    [property: Id(3)] int ParticipantsPerMember,
    [property: Id(4)] ImmutableArray<string> NotCounted);

/// <param name="Participant">The participant's id.</param>
/// <param name="Pod">0 for none, and for a guest.</param>
/// <param name="IsPresent">Checked in and not discharged, as the cohort knows it.</param>
/// <param name="ConsentMissing">Substitutes to whom the person has yet to consent (rule 23), by id.</param>
/// <param name="Facts">What the pathway's rules must know of the session for this person.</param>
[GenerateSerializer, Immutable, Alias("rtt.SessionPersonView")]
public sealed record SessionPersonView(
    [property: Id(0)] string Participant,
    [property: Id(1)] int Pod,
    [property: Id(2)] bool IsGuest,
    [property: Id(3)] bool IsPresent,
    [property: Id(4)] ImmutableArray<string> ConsentMissing,
    [property: Id(5)] PathwaySessionFacts Facts);

/// <summary>A person at the door of one session, as their own evidence has it.</summary>
/// <param name="Standing">A code: "expected", "in-observation".</param>
/// <param name="Refusal">What keeps the person out; null when nothing does.</param>
[GenerateSerializer, Immutable, Alias("rtt.PersonAtTheDoorView")]
public sealed record PersonAtTheDoorView(
    [property: Id(0)] string Standing,
    [property: Id(1)] string Stage,
    [property: Id(2)] ImmutableArray<string> HeldFor,
    [property: Id(3)] Refusal? Refusal,
    [property: Id(4)] MedicineVisitView? Visit,
    [property: Id(5)] Instant? ObservedUntil);
