using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.WaitLists;

/// <summary>
/// The rules of a cohort's list (rule 38, I8): joining and leaving, whose turn it is, and what becomes of an offer. Seats are kept for those who wait by the
/// act that frees them, so that nobody overtakes the offer, whenever it is made.
/// </summary>
public static class Waits
{
    /// <summary>Joins the list, or goes on waiting with another priority.</summary>
    /// <param name="referred">When the referral was received that opened the person's pathway; null for a person who is on none.</param>
    /// <param name="receivedAt">When it was, as the caller says of a person who is on none; null means at the instant of the decision.</param>
    public static Decision Join(PersonFacts person, Instant? referred, CohortState cohort, string cohortKey, int priority, Instant? receivedAt, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Appointment is not null) return new Refusal(Reason.NoWaitList, "Nobody waits for an appointment: another one is offered.", 38);
        if (cohort.SeatOf(person.Participant) is { IsBooked: true })
            return new Refusal(Reason.AlreadyEnrolled, "The person has a seat in this cohort.", 38);
        if (Booking.Closed(cohort, lateAllowed: false, now) is { } closed) return closed;
        if (cohort.Pathway is not null)
        {
            if (!IsOnItsPathway(person, plan)) return new Refusal(Reason.NotEligible, $"The person is on no pathway of {plan.Program} at this site.", 28);
            if (person.Stage.HasSeat()) return Journey.Illegal(person.Stage, Stage.WaitListed);
        }
        if (ReceivedWrongly(referred, receivedAt, now) is { } wrong) return wrong;
        var list = cohort.WaitList ?? WaitList.Empty;
        var before = list.Of(person.Participant) is { IsOwn: true } named ? named : null;
        var waiting = list.InOrder.Count(w => w.IsOwn);
        var joined = new WaitJoined(person.Participant, priority, referred ?? receivedAt ?? before?.ReferralReceivedAt ?? now);
        if (before is not null && before.Priority == priority && before.ReferralReceivedAt == joined.ReferralReceivedAt) return Decision.Already;
        if (before is null && waiting >= WaitList.PeopleMax)
            return Refusal.Of(Reason.WaitListFull, 38, $"{waiting} of at most {WaitList.PeopleMax} people wait for this cohort.", ("waiting", waiting), ("waiting_max", WaitList.PeopleMax));
        if (before is null && person.Lists.Length >= ParticipantState.ListsMax)
            return Refusal.Of(Reason.WaitListsMaxReached, 38, $"A person waits for at most {ParticipantState.ListsMax} cohorts.", ("lists", person.Lists.Length), ("lists_max", ParticipantState.ListsMax));
        ImmutableArray<IEvent> own = before is not null ? []
            : cohort.Pathway is not null && person.Stage is Stage.Consented ? [new ListJoined(cohortKey), new PathwayMoved(Stage.Consented.Code(), Stage.WaitListed.Code(), "wait-list", person.Place!.Cohort)]
            : [new ListJoined(cohortKey)];
        return Decision.Of(own, Reserving(cohort, [joined], Again.Nobody, now));
    }

    /// <summary>Leaves the list; an offer goes with it.</summary>
    public static Decision Leave(PersonFacts person, CohortState cohort, string cohortKey, string reason, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.WaitList?.Of(person.Participant) is not { IsOwn: true }) return NotWaiting;
        var events = ImmutableArray.CreateBuilder<IEvent>();
        events.Add(new ListLeft(cohortKey));
        // An offer that has lapsed may have been followed by a hold of the person's own: that stays.
        if (cohort.SeatOf(person.Participant) is { IsOffer: true })
        {
            events.Add(new EnrolmentEnded(cohortKey));
            events.AddRange(Elsewhere(person, cohortKey));
        }
        // The stage says that the person waits somewhere: it goes with the last list.
        if (person.Stage is Stage.WaitListed && person.Pools.IsEmpty && person.Lists.All(l => l == cohortKey))
            events.Add(new PathwayMoved(Stage.WaitListed.Code(), Stage.Consented.Code(), reason, person.Place!.Cohort));
        return Decision.Of(events.ToImmutable(), Reserving(cohort, Staffing.RiskOf(cohort, now, new WaitLeft(person.Participant, reason)), Again.Hindered, now));
    }

    /// <summary>
    /// It is the person's turn: offers them the seat when they could book it now, and passes them over with the reason when they could not. Null when it is
    /// somebody else's turn by now, or nobody's.
    /// </summary>
    public static Decision? OfferInTurn(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (First(cohort, now) != person.Participant) return null;
        return Hinders(person, cohort, cohortKey, now) is { } hindrance
            ? Decision.Of([], Reserving(cohort, [new WaitPassed(person.Participant, Codes.Kebab(hindrance.Reason.ToString()))], Again.Nobody, now))
            : Offered(person, cohort, cohortKey, "", [], now);
    }

    /// <summary>
    /// Offers an open seat to a person who waits, by hand. Not in their turn it needs a reason, and everybody whom they overtake is told of in the same event
    /// (rule 38). It is judged as every offer is: with the automatic one at once it never overbooks.
    /// </summary>
    public static Decision Offer(PersonFacts person, CohortState cohort, string cohortKey, string reason, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.WaitList?.Of(person.Participant) is not { } waiting) return NotWaiting;
        if (cohort.SeatOf(person.Participant) is { IsBooked: true }) return new Refusal(Reason.AlreadyEnrolled, "The person has a seat in this cohort.", 38);
        if (waiting.OfferUntil > now) return Decision.Already;
        if (waiting.OfferUntil is { } lapsedAt) return Lapsed(lapsedAt);
        if (Booking.NotOpen(cohort, lateAllowed: false, now) is { } closed) return closed;
        if (Hinders(person, cohort, cohortKey, now) is { } hindrance) return hindrance;
        if (Open(cohort, now) <= 0) return Booking.Full(cohort, now);
        ImmutableArray<string> overtaken = [.. cohort.WaitList.InOrder.TakeWhile(w => w != waiting).Where(w => IsConsidered(w, cohort, isFreed: false, now)).Select(w => w.Participant)];
        if (overtaken.Length > 0 && reason.Length == 0)
            return Refusal.Of(Reason.NotInTurn, 38, $"{overtaken.Length} who wait come first: out of turn an offer has a reason.", ("come_first", overtaken.Length));
        return Offered(person, cohort, cohortKey, overtaken.IsEmpty ? "" : reason, overtaken, now);
    }

    /// <summary>Takes the seat that is offered: an ordinary booking, out of the person's own offer.</summary>
    public static Decision Accept(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (NoOffer(person.Participant, cohort, now) is { } none) return none;
        return Booking.Book(person, cohort, cohortKey, now);
    }

    /// <summary>Gives an offer back. The person keeps their place, and the seat goes to the next.</summary>
    public static Decision Decline(PersonFacts person, CohortState cohort, string cohortKey, string reason, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (NoOffer(person.Participant, cohort, now) is { } none) return none;
        return Decision.Of(
            [new EnrolmentEnded(cohortKey), .. Elsewhere(person, cohortKey)],
            Reserving(cohort, Staffing.RiskOf(cohort, now, new OfferDeclined(person.Participant, reason)), Again.Hindered, now));
    }

    /// <summary>Records what time has done: an offer has lapsed, or a hold has ended.</summary>
    public static Decision Lapse(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        ImmutableArray<IEvent> own = person.Enrolments.Any(e => e.Cohort == cohortKey && e.HeldUntil <= now) ? [new EnrolmentEnded(cohortKey), .. Elsewhere(person, cohortKey)] : [];
        if (cohort.WaitList?.Of(person.Participant)?.OfferUntil <= now)
            return Decision.Of(own, Reserving(cohort, Staffing.RiskOf(cohort, now, new OfferLapsed(person.Participant)), Again.Hindered, now));
        if (cohort.WaitList is not null && cohort.SeatOf(person.Participant) is { IsBooked: false, IsOffer: false } hold && hold.HeldUntil <= now)
            return Decision.Of(own, Reserving(cohort, Staffing.RiskOf(cohort, now, new HoldExpired(person.Participant)), Again.Everybody, now));
        // Somebody else's act has forgotten the hold: its seat may wait for somebody still.
        return Decision.Of([], Reserving(cohort, [], Again.Nobody, now));
    }

    /// <summary>Something may have made the person eligible, or ended their waiting. A seat that is open to all is offered to them.</summary>
    public static Decision Reconsider(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (cohort.Plan is not { } plan || cohort.WaitList?.Of(person.Participant) is not { } waiting) return Decision.Already;
        if (waiting.IsOwn && cohort.Pathway is not null && !IsOnItsPathway(person, plan)) return Leave(person, cohort, cohortKey, "left-pathway", now);
        // What was offered to one of the pool goes with their waiting there.
        if (!waiting.IsOwn && waiting.OfferUntil > now && Pools.Membership(person, plan) is null) return Decline(person, cohort, cohortKey, "left-pool", now);
        // Who is not passed over has their turn anyway; what is kept is for them.
        // Who did not want it is not asked again: two lists would send a person to and fro.
        if (waiting.HasLetGo || !waiting.IsPassed || waiting.OfferUntil is not null || Open(cohort, now) == 0 || IsSeated(waiting, cohort, now)) return Decision.Already;
        if (Hinders(person, cohort, cohortKey, now) is not null) return Decision.Already;
        // What is kept for others may come to them yet: they are in the order again.
        return Open(cohort, now) > Kept(cohort, now) ? Offered(person, cohort, cohortKey, "", [], now) : Decision.Of([], Reserving(cohort, [], Again.Hindered, now));
    }

    /// <summary>A seat was freed by an act that could not say so itself: that of a guest, whose unit ends elsewhere.</summary>
    public static Decision Reserve(CohortState cohort, Instant now) => Decision.Of([], Reserving(cohort, [], Again.Everybody, now));

    /// <summary>Whose turn it is; null while no seat is kept for anybody.</summary>
    public static string? First(CohortState cohort, Instant now)
    {
        if (Kept(cohort, now) == 0) return null;
        foreach (var waiting in cohort.WaitList!.InOrder)
        {
            if (IsConsidered(waiting, cohort, isFreed: false, now)) return waiting.Participant;
        }
        return null;
    }

    /// <summary>Open seats that are kept for those who wait and have not been passed over: none in a cohort that takes nobody, so that a closed group is not filled (rules 31 and 32).</summary>
    public static int Kept(CohortState cohort, Instant now) => cohort.WaitList is null ? 0 : KeptFromOthers(cohort, "", isFreed: false, now);

    /// <summary>
    /// Open seats that a person who comes without an offer does not get, for they are kept for those who wait and come first; of nobody in particular, with "". What time
    /// alone has freed is kept already, though <see cref="Kept"/>, which says whose turn it is, goes by what is recorded: else somebody would be passed over without end,
    /// until the record comes.
    /// </summary>
    public static int KeptFrom(CohortState cohort, string participant, Instant now) =>
        cohort.WaitList is null ? 0 : KeptFromOthers(cohort, participant, FreedByTime(cohort, now), now);

    /// <summary>Why an open seat is not to be had by somebody without an offer; null when more are open than are kept for others.</summary>
    public static Refusal? Keeps(CohortState cohort, string participant, Instant now)
    {
        var (open, kept) = (Open(cohort, now), KeptFrom(cohort, participant, now));
        return kept == 0 || open > kept
            ? null
            : Refusal.Of(Reason.SeatKeptForList, 38, $"{open} seats are open, and kept for the {kept} who wait and come first.", ("seats_open", open), ("seats_kept", kept), ("waiting", cohort.WaitList!.InOrder.Length));
    }

    /// <summary>The events of an act that has freed seats, followed by their being kept when somebody waits; those of any other act as they are.</summary>
    internal static ImmutableArray<IEvent> Freeing(CohortState before, ImmutableArray<IEvent> events, Instant now)
    {
        if (before.WaitList is null) return events;
        return Open(After(before, events, now), now) > Open(before, now) ? Reserving(before, events, Again.Everybody, now) : events;
    }

    /// <summary>
    /// The events of an act that takes a seat, followed by another one's being kept when there is one: with a hold that had ended, and that nobody had recorded, it is
    /// forgotten by the same act that its seat became free.
    /// </summary>
    internal static ImmutableArray<IEvent> Forgetting(CohortState before, ImmutableArray<IEvent> events, Instant now)
    {
        if (before.WaitList is null || events.Any(e => e is SeatReserved)) return events;
        return FreedByTime(before, now) ? Reserving(before, events, Again.Nobody, now) : events;
    }

    /// <summary>What a person who waits elsewhere too has to say there when a seat or hold of theirs has ended.</summary>
    internal static ImmutableArray<IEvent> Elsewhere(PersonFacts person, string cohortKey) => Anew(person.Lists.Remove(cohortKey), person.Pools);

    /// <summary>What a person has to say where they wait when they may be eligible again; nothing for nearly everybody.</summary>
    internal static ImmutableArray<IEvent> Anew(ImmutableArray<string> lists, ImmutableArray<PoolMembership> pools) =>
        [.. lists.IsEmpty ? [] : new IEvent[] { new WaitsAnew(lists) }, .. pools.IsEmpty ? [] : new IEvent[] { new PoolsAnew([.. pools.Select(p => p.Pool)]) }];

    /// <summary>The events by which a cohort takes a copy of its pool over, followed by an open seat's being kept for whoever has come.</summary>
    internal static ImmutableArray<IEvent> Copied(CohortState cohort, PoolCopied copied, Instant now) => Reserving(cohort, [copied], Again.Nobody, now);

    /// <summary>Why a referral was not received when the caller says; null when it may have been.</summary>
    internal static Refusal? ReceivedWrongly(Instant? referred, Instant? receivedAt, Instant now)
    {
        if (referred is not null && receivedAt is not null && receivedAt != referred)
            return new Refusal(Reason.PathwayDecides, $"The person's referral was received at {referred}, as their pathway says.", 38, [("received_at", referred.Value.ToString())]);
        return receivedAt > now ? new Refusal(Reason.TimeNotYet, "A referral is not received in the future.", 38, [("received_at", receivedAt.Value.ToString())]) : null;
    }

    /// <summary>Why somebody who waits could not book here now, or is not to be offered a seat; null when they are.</summary>
    private static Refusal? Hinders(PersonFacts person, CohortState cohort, string cohortKey, Instant now) =>
        Pools.Hinders(person, cohort.WaitList!.Of(person.Participant)!, cohort.Plan!, cohortKey, now) ?? Booking.Hinders(person, cohort, cohortKey, now);

    private static Refusal NotWaiting => new(Reason.NotOnWaitList, "The person does not wait for this cohort.", 38);

    /// <summary>Every act after which an open seat is kept for somebody says so: what makes the offer follows that event, and nothing else.</summary>
    private static ImmutableArray<IEvent> Reserving(CohortState before, ImmutableArray<IEvent> events, string again, Instant now)
    {
        var after = After(before, events, now);
        if (after.WaitList is null) return events;
        after = after.Apply(new SeatReserved(0, again), now);
        return Kept(after, now) is > 0 and var kept ? events.Add(new SeatReserved(kept, again)) : events;
    }

    private static Decision Offered(PersonFacts person, CohortState cohort, string cohortKey, string reason, ImmutableArray<string> overtaken, Instant now)
    {
        var plan = cohort.Plan!;
        // An offer lasts as long as a hold, and not beyond the intake.
        var until = Instant.Min(now + plan.Holds.Ttl, plan.IntakeClosesAt);
        return Decision.Of(
            [
                new EnrolmentHeld(cohortKey, plan.FirstDay(), plan.LastDay(), plan.MayOverlap, until), Whereabouts.Of(cohort, cohortKey, 0, now),
                .. cohort.WaitList!.Of(person.Participant)!.Pooled is not null && Pools.Membership(person, plan) is { } membership ? OfPool(person, membership, plan.Site, cohortKey) : [],
            ],
            Reserving(cohort, [new SeatOffered(person.Participant, until, reason, overtaken)], Again.Nobody, now));
    }

    /// <summary>An offer to one of a pool is their only one, and the site that makes it knows them from then on: who joined a pool has asked to be called by it.</summary>
    private static ImmutableArray<IEvent> OfPool(PersonFacts person, PoolMembership membership, string site, string cohortKey) =>
        person.Sites.IsEmpty || person.Sites.Contains(site) ? [new PoolOffered(membership.Pool, cohortKey)] : [new PoolOffered(membership.Pool, cohortKey), new AccessGranted(site)];

    /// <summary>Why a person has no offer to answer; null when they have.</summary>
    private static Refusal? NoOffer(string participant, CohortState cohort, Instant now)
    {
        if (cohort.WaitList?.Of(participant)?.OfferUntil is { } until) return until > now ? null : Lapsed(until);
        return cohort.SeatOf(participant) is { IsBooked: true }
            ? new Refusal(Reason.OfferNotFound, "The person has a seat: no offer stands any more.", 38)
            : new Refusal(Reason.OfferNotFound, "No seat is offered to the person.", 38);
    }

    private static Refusal Lapsed(Instant at) => new(Reason.OfferLapsed, $"The offer lapsed at {at}.", 38, [("offer_expired_at", at.ToString())]);

    private static bool IsOnItsPathway(PersonFacts person, CohortOpened plan) =>
        person.Place is { } place && place.Site == plan.Site && place.Program == plan.Program && place.Stage.IsOpen();

    /// <summary>Open seats at this instant; none in a cohort that takes nobody.</summary>
    private static int Open(CohortState cohort, Instant now) =>
        cohort.Plan is null || Booking.NotOpen(cohort, lateAllowed: false, now) is not null ? 0 : Math.Max(0, cohort.Usable().Seats - Booking.TakenAt(cohort, now));

    private static int KeptFromOthers(CohortState cohort, string participant, bool isFreed, Instant now)
    {
        var open = Open(cohort, now);
        if (open == 0) return 0;
        var waiting = 0;
        foreach (var other in cohort.WaitList!.InOrder)
        {
            if (other.Participant != participant && IsConsidered(other, cohort, isFreed, now)) waiting++;
        }
        return Math.Min(open, waiting);
    }

    /// <summary>True for somebody who waits for an open seat: not passed over for it, without an offer, and without a seat or hold here.</summary>
    private static bool IsConsidered(Waiting waiting, CohortState cohort, bool isFreed, Instant now) =>
        waiting.OfferUntil is null && (isFreed || !waiting.IsPassed) && !IsSeated(waiting, cohort, now);

    private static bool IsSeated(Waiting waiting, CohortState cohort, Instant now) => cohort.SeatOf(waiting.Participant)?.IsTakenAt(now) == true;

    /// <summary>True when a hold has ended and nobody has recorded it yet: its seat is free anew from that instant, and not from when somebody says so.</summary>
    private static bool FreedByTime(CohortState cohort, Instant now)
    {
        if (cohort.Seats.Count == cohort.SeatsBooked) return false;
        foreach (var seat in cohort.Seats.Values)
        {
            if (!seat.IsOffer && seat.HeldUntil <= now) return true;
        }
        return false;
    }

    private static CohortState After(CohortState cohort, ImmutableArray<IEvent> events, Instant now)
    {
        foreach (var @event in events) cohort = cohort.Apply(@event, now);
        return cohort;
    }
}
