using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Tests.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Tests.WaitLists;

/// <summary>The list of a cohort (rule 38, I8), rule by rule. The first five are what wait-lists elsewhere are known to get wrong.</summary>
public sealed class WaitListTests
{
    private static readonly Instant Now = World.Start;
    private static readonly Instant Later = Now + Duration.FromMinutes(15);

    [Fact]
    public void A_head_of_the_list_who_is_not_eligible_is_passed_over_with_the_reason_and_the_seat_is_not_left_empty()
    {
        var world = Full("ann", "bob", "eve");
        world.SetEligible("ann", false, Now);
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        var list = world.Cohorts["c1"].WaitList!;
        Assert.Equal(["ann", "bob", "eve"], list.InOrder.Select(w => w.Participant));
        Assert.Equal(new Pass("not-eligible", Now), Assert.Single(list.Of("ann")!.Passes));
        Assert.Equal(Later, list.Of("bob")!.OfferUntil);
        Assert.Null(list.Of("eve")!.OfferUntil);
    }

    [Fact]
    public void An_offer_by_hand_and_one_in_turn_for_the_same_seat_never_overbook()
    {
        var world = Full("ann", "bob");
        world.Cancel("p0", "c1", Now);
        // Both were started for the one seat: whichever is decided second finds it offered.
        Assert.Equal(Reason.NotInTurn, world.Offer("bob", "c1", Now).Refusal?.Reason);
        Assert.Null(world.Offer("bob", "c1", Now, "travels-far").Refusal);
        Assert.Null(Waits.OfferInTurn(world.People["ann"].Facts("ann"), world.Cohorts["c1"], "c1", Now));
        Assert.Equal(Reason.SeatHeldByOther, world.Offer("ann", "c1", Now).Refusal?.Reason);
        Assert.Equal("overtaken", Assert.Single(world.Cohorts["c1"].WaitList!.Of("ann")!.Passes).Reason);
        world.React(Now);
        Assert.Equal(2, Booking.TakenAt(world.Cohorts["c1"], Now));
        // And the other way round.
        world = Full("ann", "bob");
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
        Assert.Equal(Reason.SeatHeldByOther, world.Offer("bob", "c1", Now, "travels-far").Refusal?.Reason);
        Assert.Equal(2, Booking.TakenAt(world.Cohorts["c1"], Now));
    }

    [Fact]
    public void The_cancellation_itself_keeps_the_seat_whether_or_not_anybody_makes_the_offer_after_it()
    {
        var world = Full("ann");
        world.Register("walk-in");
        var cancelled = world.Cancel("p0", "c1", Now);
        Assert.Equal(new SeatReserved(1, Again.Everybody), cancelled.Last[^1]);
        var refused = world.Book("walk-in", "c1", Now + Duration.FromDays(1)).Refusal!;
        Assert.Equal((Reason.SeatKeptForList, 38), (refused.Reason, refused.Rule));
        Assert.Equal<(string, string)>([("seats_open", "1"), ("seats_kept", "1"), ("waiting", "1")], refused.Numbers.AsEnumerable());
        Assert.Equal(Reason.SeatKeptForList, world.Hold("walk-in", "c1", Now).Refusal?.Reason);
        world.React(Now + Duration.FromDays(1));
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
    }

    [Fact]
    public void An_offer_is_a_seat_that_is_held_for_the_person_and_not_a_notice()
    {
        var world = Full("ann");
        world.Register("walk-in");
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        Assert.Equal((2, 1), (Booking.TakenAt(world.Cohorts["c1"], Now), world.Cohorts["c1"].SeatsHeldAt(Now)));
        Assert.Equal(Reason.SeatHeldByOther, world.Book("walk-in", "c1", Now).Refusal?.Reason);
        Assert.Equal(Later, Assert.Single(world.People["ann"].Enrolments).HeldUntil);
        Assert.Null(world.Accept("ann", "c1", Later - Duration.Epsilon).Refusal);
        Assert.True(world.Cohorts["c1"].SeatOf("ann")!.IsBooked);
        Assert.Null(world.Cohorts["c1"].WaitList);
        Assert.Empty(world.People["ann"].Lists);
    }

    [Fact]
    public void A_closed_group_is_not_filled_from_the_list()
    {
        var world = Full("ann");
        var closed = world.Cohorts["c1"].Plan!.IntakeClosesAt;
        Assert.DoesNotContain(world.Cancel("p0", "c1", closed).Last, e => e is SeatReserved);
        Assert.Null(Waits.First(world.Cohorts["c1"], closed));
        Assert.Equal(Reason.IntakeClosed, world.Offer("ann", "c1", closed).Refusal?.Reason);
        Assert.Equal(Reason.IntakeClosed, world.Join("p0", "c1", closed).Refusal?.Reason);
    }

    [Fact]
    public void The_order_is_clinical_priority_then_the_referrals_date_then_who_joined_first()
    {
        var world = Full();
        foreach (var (person, priority, days) in new[] { ("d", 3, 10), ("e", 3, 10), ("c", 3, 20), ("a", 1, 1), ("b", 2, 90) })
        {
            world.Register(person);
            Assert.Null(world.Join(person, "c1", Now, priority, Now - Duration.FromDays(days)).Refusal);
        }
        Assert.Equal(["a", "b", "c", "d", "e"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => w.Participant));
        // Another priority, and the place among those of it by the same date as before.
        world.Join("d", "c1", Now, ClinicalPriority.Soon);
        Assert.Equal(["a", "b", "d", "c", "e"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => w.Participant));
        Assert.Equal(Now - Duration.FromDays(10), world.Cohorts["c1"].WaitList!.Of("d")!.ReferralReceivedAt);
        Assert.True(world.Join("d", "c1", Now, ClinicalPriority.Soon).Last.IsEmpty);
    }

    [Fact]
    public void Declined_or_lapsed_the_offer_goes_to_the_next_and_when_all_are_passed_over_the_seat_is_open_to_all()
    {
        var world = Full("ann", "bob");
        world.Register("walk-in");
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        Assert.Null(world.Decline("ann", "c1", Now).Refusal);
        Assert.Empty(world.People["ann"].Enrolments);
        world.React(Now);
        Assert.Equal(Later, world.Cohorts["c1"].WaitList!.Of("bob")!.OfferUntil);
        Assert.Equal(Reason.OfferLapsed, world.Accept("bob", "c1", Later).Refusal?.Reason);
        // Nobody has recorded it yet, and nobody else waits for the seat: it is open already.
        Assert.Equal(0, Waits.Kept(world.Cohorts["c1"], Later));
        world.Lapse("bob", "c1", Later);
        world.React(Later);
        Assert.Equal(["declined", "lapsed"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => Assert.Single(w.Passes).Reason));
        Assert.Null(world.Book("walk-in", "c1", Later).Refusal);
        // The next seat that is free is a new one: it is offered to the first again.
        world.Cancel("walk-in", "c1", Later);
        world.React(Later);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
    }

    [Fact]
    public void An_offer_that_is_accepted_twice_or_by_somebody_else_is_refused_and_changes_nothing()
    {
        var world = Full("ann", "bob");
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        var offered = world.Cohorts["c1"];
        Assert.Equal(Reason.OfferNotFound, world.Accept("bob", "c1", Now).Refusal?.Reason);
        Assert.Equal(Reason.OfferNotFound, world.Decline("bob", "c1", Now).Refusal?.Reason);
        Assert.Same(offered, world.Cohorts["c1"]);
        world.Accept("ann", "c1", Now);
        var booked = world.Cohorts["c1"];
        Assert.Equal(Reason.OfferNotFound, world.Accept("ann", "c1", Now).Refusal?.Reason);
        Assert.Same(booked, world.Cohorts["c1"]);
    }

    [Fact]
    public void A_hold_that_ends_by_itself_frees_its_seat_for_the_list_from_that_instant()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 1));
        foreach (var person in new[] { "p0", "ann", "walk-in" }) world.Register(person);
        world.Hold("p0", "c1", Now);
        world.Join("ann", "c1", Now);
        // Between the end of the hold and its record a walk-in comes.
        Assert.Equal(Reason.SeatKeptForList, world.Book("walk-in", "c1", Later).Refusal?.Reason);
        Assert.Equal<IEvent>([new HoldExpired("p0"), new SeatReserved(1, Again.Everybody)], world.Lapse("p0", "c1", Later).Last.AsEnumerable());
        Assert.True(world.Lapse("p0", "c1", Later).Last is [SeatReserved]);
        world.React(Later);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
        Assert.True(world.Lapse("p0", "c1", Later).Last.IsEmpty);
    }

    [Fact]
    public void Who_was_passed_over_and_is_eligible_again_gets_the_seat_that_is_still_open()
    {
        var world = Full("ann");
        world.SetEligible("ann", false, Now);
        world.React(Now);
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        Assert.True(world.Cohorts["c1"].WaitList!.Of("ann")!.IsPassed);
        world.SetEligible("ann", true, Now);
        world.React(Now);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
    }

    [Fact]
    public void A_person_has_one_offer_at_overlapping_times_and_is_considered_elsewhere_once_it_is_over()
    {
        var world = Full("ann");
        world.Open("c2", World.Plan(seatsMax: 1));
        world.Register("q0");
        world.Book("q0", "c2", Now);
        world.Join("ann", "c2", Now);
        world.Cancel("p0", "c1", Now);
        world.React(Now);
        world.Cancel("q0", "c2", Now);
        world.React(Now);
        Assert.Equal("already-enrolled", Assert.Single(world.Cohorts["c2"].WaitList!.Of("ann")!.Passes).Reason);
        world.Decline("ann", "c1", Now);
        world.React(Now);
        Assert.NotNull(world.Cohorts["c2"].WaitList!.Of("ann")!.OfferUntil);
    }

    [Fact]
    public void Staff_who_come_and_a_room_that_is_dry_again_free_seats_for_the_list()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 4, staffing: [new StaffingRequirement("nurse", 1, 1)]));
        world.Cohorts["c1"] = world.Cohorts["c1"].Apply(new Domain.Cohorts.FacilitatorAssigned("n1", "nurse", 1), Now);
        foreach (var person in new[] { "p0", "ann", "bob" }) world.Register(person);
        world.Book("p0", "c1", Now);
        world.Join("ann", "c1", Now);
        world.Join("bob", "c1", Now);
        Assert.Equal(new SeatReserved(1, Again.Everybody), Staffing.WithRisk(world.Cohorts["c1"], Now, new FacilitatorAssigned("n2", "nurse", 1))[^1]);
        var blocked = world.Cohorts["c1"].Apply(new FacilitatorAssigned("n2", "nurse", 1), Now).Apply(new RoomCopied(new RoomCopy("hall", 100, true, 2)), Now);
        Assert.Equal(0, Waits.Kept(blocked, Now));
        Assert.Equal(new SeatReserved(1, Again.Everybody), Staffing.CopyRoom(new RoomCopy("hall", 100, false, 3), blocked, Now).Last[^1]);
    }

    [Fact]
    public void Joining_beside_an_open_seat_is_an_offer_at_once_and_a_seat_that_nobody_waits_for_stays_open_to_all()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 2));
        foreach (var person in new[] { "ann", "walk-in" }) world.Register(person);
        Assert.Equal(new SeatReserved(1, Again.Nobody), world.Join("ann", "c1", Now).Last[^1]);
        Assert.Null(world.Book("walk-in", "c1", Now).Refusal);
        world.React(Now);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
        Assert.Equal(Reason.SeatNotFound, world.Release("ann", "c1", Now).Refusal?.Reason);
        world.Leave("ann", "c1", Now);
        Assert.Empty(world.People["ann"].Enrolments);
        Assert.Equal(1, Booking.TakenAt(world.Cohorts["c1"], Now));
        Assert.Equal(Reason.NotOnWaitList, world.Leave("ann", "c1", Now).Refusal?.Reason);
    }

    [Fact]
    public void Offers_count_for_no_caller_and_lists_have_an_end()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 6, holdsMax: 1, holdsPerCallerMax: 1));
        foreach (var person in new[] { "ann", "bob", "walk-in" }) world.Register(person);
        world.Join("ann", "c1", Now);
        world.Join("bob", "c1", Now);
        world.React(Now);
        Assert.Equal(2, world.Cohorts["c1"].SeatsHeldAt(Now));
        Assert.Null(world.Hold("walk-in", "c1", Now).Refusal);

        for (var i = 0; i < ParticipantState.ListsMax; i++) world.People["walk-in"] = world.People["walk-in"].Apply(new ListJoined($"other-{i}"), Now);
        world.Open("c2", World.Plan());
        Assert.Equal(Reason.WaitListsMaxReached, world.Join("walk-in", "c2", Now).Refusal?.Reason);
        for (var i = 0; i < WaitList.PeopleMax; i++) world.Cohorts["c2"] = world.Cohorts["c2"].Apply(new WaitJoined($"w{i}", 3, Now), Now);
        Assert.Equal(Reason.WaitListFull, world.Join("bob", "c2", Now).Refusal?.Reason);
    }

    [Fact]
    public void On_a_pathway_joining_is_the_stage_and_leaving_the_last_list_ends_it()
    {
        var plan = World.Plan(seatsMax: 1);
        var cohort = CohortState.Empty.Apply(plan, Now).Apply(new PathwayRequired(Course.Policy() with { Program = plan.Program }), Now).Apply(new SeatBooked("p0"), Now);
        var referred = Now - Duration.FromDays(40);
        var person = ParticipantState.Empty.Apply(new ParticipantRegistered("nanaimo", false, "", ""), Now)
            .Apply(new PathwayEntered(plan.Program, 1, plan.Site), Now)
            .Apply(new PathwayMoved("not-referred", "referred", "self", null), Now).Apply(new PathwayMoved("referred", "screening", "begun", null), Now);
        // Before everything is signed the person waits all the same, and is passed over.
        var early = Waits.Join(person.Facts("ann"), referred, cohort, "c1", 3, null, Now);
        Assert.IsType<ListJoined>(Assert.Single(early.First));
        person = person.Apply(new PathwayMoved("screening", "eligible", "signed", null), Now).Apply(new PathwayMoved("eligible", "consented", "signed", null), Now);
        var joined = Waits.Join(person.Facts("ann"), referred, cohort, "c1", 3, null, Now);
        Assert.Equal("wait-listed", Assert.IsType<PathwayMoved>(joined.First[1]).To);
        Assert.Equal(referred, Assert.IsType<WaitJoined>(joined.Last[0]).ReferralReceivedAt);
        Assert.Equal(Reason.PathwayDecides, Waits.Join(person.Facts("ann"), referred, cohort, "c1", 3, Now, Now).Refusal?.Reason);
        foreach (var e in joined.First) person = person.Apply(e, Now);
        foreach (var e in joined.Last) cohort = cohort.Apply(e, Now);
        Assert.Equal(Reason.OnWaitList, Journey.WaitFor(person.Facts("ann"), PathwayState.Empty, waits: false, "full", Now).Refusal?.Reason);
        Assert.Equal("consented", Assert.IsType<PathwayMoved>(Waits.Leave(person.Facts("ann"), cohort, "c1", "found-elsewhere", Now).First[^1]).To);
        // Who has left the pathway waits no more.
        var withdrawn = person.Apply(new PathwayMoved("wait-listed", "withdrawn", "asked", null), Now);
        Assert.Equal<IEvent>([new WaitLeft("ann", "left-pathway")], Waits.Reconsider(withdrawn.Facts("ann"), cohort, "c1", Now).Last.AsEnumerable());
        Assert.Equal(Reason.NotEligible, Waits.Join(withdrawn.Facts("ann"), null, cohort, "c1", 3, null, Now).Refusal?.Reason);
    }

    [Fact]
    public void A_cohort_without_a_list_says_nothing_of_one()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 2));
        world.Register("p0");
        Assert.Single(world.Book("p0", "c1", Now).Last);
        Assert.Single(world.Cancel("p0", "c1", Now).Last);
        Assert.Null(world.Cohorts["c1"].WaitList);
    }

    /// <summary>A cohort of two with two in it, and those who wait.</summary>
    private static World Full(params string[] waiting)
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 2));
        for (var i = 0; i < 2; i++)
        {
            world.Register($"p{i}");
            world.Book($"p{i}", "c1", Now);
        }
        foreach (var person in waiting)
        {
            world.Register(person);
            Assert.Null(world.Join(person, "c1", Now).Refusal);
        }
        return world;
    }
}
