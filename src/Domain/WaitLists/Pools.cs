using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.WaitLists;

/// <summary>
/// The rules of a pool (rule 38, I8): joining and leaving, and what a cohort copies of it. Whose turn it is for a seat, and what becomes of the offer, is each
/// cohort's own, by the rules of its list (<see cref="Waits"/>), in which the people of the pool stand among those who wait for this cohort alone.
/// </summary>
public static class Pools
{
    /// <summary>Joins the pool, or goes on waiting with another priority.</summary>
    /// <param name="referred">When the referral was received that opened the person's pathway; null for a person who is on none of the program.</param>
    /// <param name="site">The id of the site that asks.</param>
    /// <param name="receivedAt">When it was, as the caller says of a person who is on none; null means at the instant of the decision.</param>
    public static Decision Join(PersonFacts person, Instant? referred, PoolState pool, string poolKey, string site, int priority, Instant? receivedAt, Instant now)
    {
        if (pool.Program is not { } program) return new Refusal(Reason.NoWaitList, "No cohort of the program was opened in the region yet: nobody waits for one there.", 38);
        if (IsOn(person, program) && person.Stage.HasSeat()) return Journey.Illegal(person.Stage, Stage.WaitListed);
        if (Waits.ReceivedWrongly(referred, receivedAt, now) is { } wrong) return wrong;
        var before = pool.Of(person.Participant);
        var joined = new PoolJoined(person.Participant, site, priority, referred ?? receivedAt ?? before?.ReferralReceivedAt ?? now, pool.Cohorts);
        var isMember = person.Pools.Any(m => m.Pool == poolKey);
        if (isMember && before is not null && before.Priority == priority && before.ReferralReceivedAt == joined.ReferralReceivedAt) return Decision.Already;
        if (before is null && pool.InOrder.Length >= PoolState.PeopleMax)
            return Refusal.Of(Reason.WaitListFull, 38, $"{pool.InOrder.Length} of at most {PoolState.PeopleMax} people wait in this pool.", ("waiting", pool.InOrder.Length), ("waiting_max", PoolState.PeopleMax));
        if (!isMember && person.Pools.Length >= ParticipantState.PoolsMax)
            return Refusal.Of(Reason.WaitListsMaxReached, 38, $"A person waits in at most {ParticipantState.PoolsMax} pools.", ("pools", person.Pools.Length), ("pools_max", ParticipantState.PoolsMax));
        // Somebody whose membership has ended, and whose place nobody has cleared yet, joins anew: behind those of their rank.
        ImmutableArray<IEvent> places = before is not null && !isMember ? [new PoolLeft(person.Participant, pool.Cohorts), joined] : [joined];
        ImmutableArray<IEvent> own = isMember ? []
            : IsOn(person, program) && person.Stage is Stage.Consented ? [new PoolEntered(poolKey, program, pool.Region), new PathwayMoved(Stage.Consented.Code(), Stage.WaitListed.Code(), "wait-list", person.Place!.Cohort)]
            : [new PoolEntered(poolKey, program, pool.Region)];
        return Decision.Of(own, places);
    }

    /// <summary>Leaves the pool. An offer goes with it, by a unit that follows.</summary>
    public static Decision Leave(PersonFacts person, PoolState pool, string poolKey, string reason)
    {
        if (person.Pools.FirstOrDefault(m => m.Pool == poolKey) is not { } membership) return new Refusal(Reason.NotOnWaitList, "The person does not wait in this pool.", 38);
        ImmutableArray<IEvent> own = person.Stage is Stage.WaitListed && person.Lists.IsEmpty && person.Pools.Length == 1
            ? [Ended(person, membership, reason, ""), new PathwayMoved(Stage.WaitListed.Code(), Stage.Consented.Code(), reason, person.Place!.Cohort)]
            : [Ended(person, membership, reason, "")];
        return Decision.Of(own, pool.Of(person.Participant) is null ? [] : [new PoolLeft(person.Participant, pool.Cohorts)]);
    }

    /// <summary>Clears the place of somebody who waits no more, by whatever act their waiting ended.</summary>
    public static Decision Clear(PersonFacts person, PoolState pool, string poolKey) =>
        pool.Of(person.Participant) is null || person.Pools.Any(m => m.Pool == poolKey) ? Decision.Already : Decision.Of(new PoolLeft(person.Participant, pool.Cohorts));

    /// <summary>
    /// Brings a cohort's copy of the pool up to date: of the pool first that it has one, or has none any more because it takes nobody; of the cohort what has changed, and that
    /// open seats are kept for whoever has come.
    /// </summary>
    /// <param name="poolVersion">The version at which the pool is so.</param>
    public static Decision Copy(PoolState pool, int poolVersion, CohortState cohort, string cohortKey, Instant now)
    {
        if (cohort.Plan is not { } plan || cohort.Appointment is not null || cohort.Training is not null) return Refusal.NotFound;
        var isKnown = pool.Cohorts.Contains(cohortKey);
        var isClosed = Booking.Closed(cohort, lateAllowed: false, now) is not null;
        if (!isKnown && !isClosed && pool.Cohorts.Length >= PoolState.CohortsMax)
            return Refusal.Of(Reason.CohortsMaxReached, 38, $"A pool is for at most {PoolState.CohortsMax} cohorts at once.", ("cohorts", pool.Cohorts.Length), ("cohorts_max", PoolState.CohortsMax));
        ImmutableArray<IEvent> ofPool = isClosed == isKnown ? (isClosed ? [new PoolCohortClosed(cohortKey)] : [new PoolCohortAdded(cohortKey, plan.Program, plan.Region)]) : [];
        if (poolVersion <= cohort.PoolVersion) return Decision.Of(ofPool, []);
        var people = isClosed ? [] : pool.InOrder;
        var known = (cohort.WaitList?.InOrder ?? []).Where(w => w.Pooled is not null).ToDictionary(w => w.Participant, w => w.Pooled!);
        var copied = new PoolCopied(
            poolVersion,
            [.. people.OrderBy(m => m.Number).Where(m => known.GetValueOrDefault(m.Participant) != Place(m)).Select(m => new PoolCopy(m.Participant, m.Number, m.Priority, m.ReferralReceivedAt))],
            [.. known.Keys.Where(p => people.All(m => m.Participant != p)).Order(StringComparer.Ordinal)]);
        // A cohort that never had anybody of a pool need not note that nobody waits.
        if (copied.Joined.IsEmpty && copied.Left.IsEmpty && cohort.PoolVersion == 0) return Decision.Of(ofPool, []);
        return Decision.Of(ofPool, Waits.Copied(cohort, copied, now));
    }

    /// <summary>That a person's waiting ends in the pools of a program, by the same act that makes it pointless.</summary>
    /// <param name="program">Null for every program.</param>
    /// <param name="region">Null for every region.</param>
    /// <param name="cohortKey">The cohort in which they have a seat instead; empty for none.</param>
    internal static IEnumerable<IEvent> Ending(PersonFacts person, string? program, string? region, string reason, string cohortKey = "") =>
        person.Pools.Where(m => (program is null || m.Program == program) && (region is null || m.Region == region)).Select(m => Ended(person, m, reason, cohortKey));

    /// <summary>The person's waiting for seats such as this cohort's; null for somebody who does not, whatever an old copy says.</summary>
    internal static PoolMembership? Membership(PersonFacts person, CohortOpened plan) => person.Pools.FirstOrDefault(m => m.Program == plan.Program && m.Region == plan.Region);

    /// <summary>Why somebody of the pool is not offered a seat here now, beside what a booking is refused for; null for nothing.</summary>
    internal static Refusal? Hinders(PersonFacts person, Waiting waiting, CohortOpened plan, string cohortKey, Instant now)
    {
        if (waiting.Pooled is null && waiting.IsOwn) return null;
        if (Membership(person, plan) is not { } membership)
            return waiting.IsOwn ? null : new Refusal(Reason.NotOnWaitList, "The person does not wait in the pool any more.", 38);
        return person.Enrolments.Any(e => e.Pool == membership.Pool && e.Cohort != cohortKey && e.HeldUntil > now)
            ? new Refusal(Reason.OfferStands, "The person is offered another seat: of a pool they have one offer at a time.", 38)
            : null;
    }

    private static PoolPlace Place(PoolMember member) => new(member.Number, member.Priority, member.ReferralReceivedAt);

    private static PoolEnded Ended(PersonFacts person, PoolMembership membership, string reason, string except) =>
        new(membership.Pool, reason, person.Enrolments.Where(e => e.Pool == membership.Pool && e.Cohort != except).MaxBy(e => e.HeldUntil)?.Cohort);

    private static bool IsOn(PersonFacts person, string program) => person.Place is { } place && place.Program == program && place.Stage.IsOpen();
}
