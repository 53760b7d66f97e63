using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>What the cohort that a person leaves has to say of it: the end of the unit is elsewhere.</summary>
/// <param name="Recovered">The seats taken and usable then, when a cohort that was at risk recovers by it; null when it does not.</param>
/// <param name="Kept">Seats that are kept for those who wait from then on (rule 38).</param>
public sealed record SeatGivenBack(string Cohort, (int Taken, int Usable)? Recovered, int Kept = 0);

/// <summary>
/// Giving a seat back by a person who is expected as a guest at one session elsewhere (rule 36): the seat and the place go in one unit, so that nothing is
/// kept for somebody who has left.
/// </summary>
public static class Departure
{
    /// <summary>What the cohort of the seat says: a refusal, or what it comes to.</summary>
    public static (Refusal? Refusal, SeatGivenBack? Back) Of(PersonFacts person, CohortState cohort, string cohortKey, MakeUpArranged makeUp, string reason, Instant now)
    {
        // The place may be one of the same cohort, with another pod.
        var without = makeUp.Cohort == cohortKey && cohort.Plan is not null ? cohort.Apply(new GuestGone(person.Participant, makeUp.Session), now) : cohort;
        var decision = Booking.Cancel(person, without, cohortKey, reason, now);
        return decision.Refusal is { } refusal
            ? (refusal, null)
            : (null, new SeatGivenBack(cohortKey, decision.Last.OfType<CohortRecovered>().FirstOrDefault() is { } r ? (r.SeatsTaken, r.SeatsUsable) : null, decision.Last.OfType<SeatReserved>().FirstOrDefault()?.Seats ?? 0));
    }

    /// <summary>The events of the four streams: the person's, the cohort's, the host's (the cohort's too when they are one), the pathway's.</summary>
    public static (ImmutableArray<IEvent> Person, ImmutableArray<IEvent> Cohort, ImmutableArray<IEvent> Host, ImmutableArray<IEvent> Pathway) Events(
        PersonFacts person, SeatGivenBack back, MakeUpArranged makeUp, string reason)
    {
        var gone = new GuestGone(person.Participant, makeUp.Session);
        ImmutableArray<IEvent> seat = [new SeatCancelled(person.Participant, reason), .. back.Recovered is { } r ? new IEvent[] { new CohortRecovered(r.Taken, r.Usable) } : [], .. back.Kept > 0 ? new IEvent[] { new SeatReserved(back.Kept, Again.Everybody) } : []];
        return (
            [new EnrolmentEnded(back.Cohort), .. Admission.Leaves(person, back.Cohort, reason), .. Waits.Elsewhere(person, back.Cohort)],
            makeUp.Cohort == back.Cohort ? [gone, .. seat] : seat,
            makeUp.Cohort == back.Cohort ? [] : [gone],
            [new MakeUpCancelled(makeUp.Cohort, makeUp.Session)]);
    }
}
