using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Tests.WaitLists;

/// <summary>The pool of a program in a region (rule 38, I8), rule by rule.</summary>
public sealed class PoolTests
{
    private static readonly Instant Now = World.Start;

    [Fact]
    public void The_act_that_frees_a_seat_keeps_it_for_the_pool_and_the_offer_that_follows_is_the_only_one()
    {
        var world = Full("ann", "bob");
        Assert.Equal(new SeatReserved(1, Again.Everybody), world.Cancel("c1-p0", "c1", Now).Last[^1]);
        world.Cancel("c2-p0", "c2", Now);
        world.Register("walk-in");
        Assert.Equal(Reason.SeatKeptForList, world.Book("walk-in", "c2", Now).Refusal?.Reason);
        world.React(Now);
        // One seat each, and neither person two.
        Assert.Equal(["c1", "c2"], Offered(world));
        Assert.Single(world.People["ann"].Enrolments);
        Assert.Equal("offer-stands", Assert.Single(world.Cohorts["c2"].WaitList!.Of("ann")!.Passes).Reason);
        Assert.Null(world.Accept("ann", "c1", Now).Refusal);
        Assert.Empty(world.People["ann"].Pools);
        world.React(Now);
        Assert.Equal(["bob"], world.Pool.InOrder.Select(m => m.Participant));
        Assert.Null(world.Cohorts["c2"].WaitList!.Of("ann"));
    }

    [Fact]
    public void Those_of_the_pool_and_those_of_the_list_stand_in_one_order()
    {
        var world = Full();
        foreach (var (person, priority, days, isPooled) in new[] { ("d", 3, 10, true), ("e", 3, 10, false), ("c", 3, 20, false), ("a", 1, 1, true), ("b", 2, 90, true) })
        {
            world.Register(person);
            if (isPooled) world.JoinPool(person, Now, priority, Now - Duration.FromDays(days));
            else world.Join(person, "c1", Now, priority, Now - Duration.FromDays(days));
            world.React(Now);
        }
        Assert.Equal(["a", "b", "c", "d", "e"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => w.Participant));
        Assert.Equal(["a", "b", "d"], world.Cohorts["c2"].WaitList!.InOrder.Select(w => w.Participant));
        // By name and as one of the pool: one place, and the pool's when the other is given up.
        world.Join("d", "c1", Now, ClinicalPriority.Urgent, Now - Duration.FromDays(10));
        Assert.Equal("d", world.Cohorts["c1"].WaitList!.InOrder[0].Participant);
        world.Leave("d", "c1", Now);
        Assert.Equal(["a", "b", "c", "d", "e"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => w.Participant));
        Assert.False(world.Cohorts["c1"].WaitList!.Of("d")!.IsOwn);
    }

    /// <summary>Found by the property: an old copy passed them over for good.</summary>
    [Fact]
    public void Who_was_passed_over_because_they_had_left_the_pool_has_their_turn_when_they_join_by_name()
    {
        var world = Full("ann");
        world.LeavePool("ann", Now);
        world.Cancel("c1-p0", "c1", Now);
        // The offer comes before the copy is cleared.
        var decision = Waits.OfferInTurn(world.People["ann"].Facts("ann"), world.Cohorts["c1"], "c1", Now)!.Value;
        foreach (var e in decision.Last) world.Cohorts["c1"] = world.Cohorts["c1"].Apply(e, Now);
        Assert.True(world.Cohorts["c1"].WaitList!.Of("ann")!.IsPassed);
        Assert.Equal(new SeatReserved(1, Again.Nobody), world.Join("ann", "c1", Now).Last[^1]);
    }

    [Fact]
    public void Who_left_the_pool_is_passed_over_by_whoever_does_not_know_it_yet()
    {
        var world = Full("ann", "bob");
        world.LeavePool("ann", Now);
        world.Cancel("c1-p0", "c1", Now);
        Assert.Equal("ann", Waits.First(world.Cohorts["c1"], Now));
        var passed = Waits.OfferInTurn(world.People["ann"].Facts("ann"), world.Cohorts["c1"], "c1", Now)!.Value;
        Assert.Equal(new WaitPassed("ann", "not-on-wait-list"), passed.Last[0]);
        world.React(Now);
        Assert.Null(world.Cohorts["c1"].WaitList!.Of("ann"));
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("bob")!.OfferUntil);
    }

    [Fact]
    public void Who_leaves_while_a_seat_is_offered_to_them_gives_it_to_the_next()
    {
        var world = Full("ann", "bob");
        world.Cancel("c1-p0", "c1", Now);
        world.React(Now);
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("ann")!.OfferUntil);
        world.LeavePool("ann", Now);
        world.React(Now);
        Assert.Empty(world.People["ann"].Enrolments);
        Assert.Equal(["bob"], world.Cohorts["c1"].WaitList!.InOrder.Select(w => w.Participant));
        Assert.NotNull(world.Cohorts["c1"].WaitList!.Of("bob")!.OfferUntil);
    }

    [Fact]
    public void A_closed_group_has_no_copy_and_is_not_filled_from_the_pool()
    {
        var world = Full("ann");
        var closed = world.Cohorts["c1"].Plan!.IntakeClosesAt;
        Assert.DoesNotContain(world.Cancel("c1-p0", "c1", closed).Last, e => e is SeatReserved);
        world.Register("eve");
        world.JoinPool("eve", closed);
        world.React(closed);
        Assert.Null(world.Cohorts["c1"].WaitList);
        Assert.DoesNotContain("c1", world.Pool.Cohorts);
    }

    [Fact]
    public void A_cohort_that_is_opened_knows_who_waits_and_keeps_its_seats_for_them()
    {
        var world = Full("ann");
        world.Open("c3", World.Plan(seatsMax: 3));
        Assert.Equal(new SeatReserved(1, Again.Nobody), world.Tell("c3", Now).Last[^1]);
        Assert.DoesNotContain(world.Tell("c3", Now).Last, e => e is PoolCopied { Joined.IsEmpty: false });
        world.React(Now);
        Assert.NotNull(world.Cohorts["c3"].WaitList!.Of("ann")!.OfferUntil);
    }

    [Fact]
    public void An_older_copy_never_replaces_a_newer_one()
    {
        var world = Full("ann");
        var (older, version) = (world.Pool, world.PoolVersion);
        world.LeavePool("ann", Now);
        world.React(Now);
        Assert.Null(world.Cohorts["c1"].WaitList);
        Assert.Empty(Pools.Copy(older, version, world.Cohorts["c1"], "c1", Now).Last);
    }

    [Fact]
    public void Erased_withdrawn_or_seated_a_person_waits_in_no_pool()
    {
        var world = Full("ann", "bob", "eve");
        world.Erase("ann", Now);
        world.React(Now);
        Assert.Equal(["bob", "eve"], world.Pool.InOrder.Select(m => m.Participant));
        world.Cancel("c1-p0", "c1", Now);
        Assert.Null(world.Offer("eve", "c1", Now, "travels-far").Refusal);
        // Accepted by an ordinary booking.
        Assert.Null(world.Book("eve", "c1", Now).Refusal);
        world.React(Now);
        Assert.Equal(["bob"], world.Pool.InOrder.Select(m => m.Participant));
        Assert.Equal(["bob"], world.Cohorts["c2"].WaitList!.InOrder.Select(w => w.Participant));
    }

    [Fact]
    public void Joining_has_limits_and_says_what_stands_against_it()
    {
        var world = new World();
        world.Register("ann");
        Assert.Equal(Reason.NoWaitList, world.JoinPool("ann", Now).Refusal?.Reason);
        world = Full("ann");
        Assert.Equal(Reason.TimeNotYet, world.JoinPool("ann", Now, receivedAt: Now + Duration.Epsilon).Refusal?.Reason);
        Assert.True(world.JoinPool("ann", Now).Last.IsEmpty);
        Assert.Equal(Reason.NotOnWaitList, world.LeavePool("c1-p0", Now).Refusal?.Reason);
        for (var i = 1; i < PoolState.PeopleMax; i++)
        {
            world.Register($"w{i}");
            Assert.Null(world.JoinPool($"w{i}", Now).Refusal);
        }
        world.Register("last");
        Assert.Equal(Reason.WaitListFull, world.JoinPool("last", Now).Refusal?.Reason);
        var many = world.People["last"].Facts("last") with { Pools = [.. Enumerable.Range(0, ParticipantState.PoolsMax).Select(i => new PoolMembership($"p{i}", "X", "y"))] };
        var room = world.Pool with { InOrder = [] };
        Assert.Equal(Reason.WaitListsMaxReached, Pools.Join(many, null, room, "pool", "nanaimo", 3, null, Now).Refusal?.Reason);
    }

    [Fact]
    public void On_a_pathway_the_stage_goes_with_the_pool()
    {
        var world = Full();
        var consented = new Place("GRIP-8", 1, "nanaimo", Stage.Consented, null, ClearanceSet.None);
        world.Register("ann");
        world.People["ann"] = world.People["ann"] with { Place = consented };
        world.JoinPool("ann", Now);
        Assert.Equal(Stage.WaitListed, world.People["ann"].Place!.Stage);
        Assert.Equal(Reason.OnWaitList, Journey.WaitFor(world.People["ann"].Facts("ann"), PathwayState.Empty, waits: false, "full", Now).Refusal?.Reason);
        world.LeavePool("ann", Now);
        Assert.Equal(Stage.Consented, world.People["ann"].Place!.Stage);
    }

    /// <summary>Two full cohorts of one seat each, known to the pool, and those who wait in it.</summary>
    private static World Full(params string[] waiting)
    {
        var world = new World();
        foreach (var cohort in new[] { "c1", "c2" })
        {
            world.Open(cohort, World.Plan(seatsMax: 1, mayOverlap: cohort == "c2"));
            world.Tell(cohort, Now);
            world.Register($"{cohort}-p0");
            world.Book($"{cohort}-p0", cohort, Now);
        }
        foreach (var person in waiting)
        {
            world.Register(person);
            Assert.Null(world.JoinPool(person, Now).Refusal);
        }
        world.React(Now);
        return world;
    }

    private static List<string> Offered(World world) => [.. world.Cohorts.Where(c => c.Value.WaitList?.InOrder.Any(w => w.OfferUntil is not null) == true).Select(c => c.Key).Order(StringComparer.Ordinal)];
}
