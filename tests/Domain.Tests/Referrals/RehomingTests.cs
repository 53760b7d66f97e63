using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Tests.Cohorts;
using RttNetwork.Domain.Tests.Programs;
using Xunit.Abstractions;

namespace RttNetwork.Domain.Tests.Referrals;

/// <summary>Where people go when something closes: the proposal, whose seats are lost, and the plan by which it is carried out (rule 42).</summary>
public sealed class RehomingTests(ITestOutputHelper output)
{
    private static readonly RehomeCause Cause = new(RehomeCauses.Cohort, "bc/c-nanaimo.c0", "");

    /// <summary>Small networks: up to seven people, two of whom may be one, and up to four cohorts with up to two seats.</summary>
    private static readonly Gen<(ImmutableArray<Displaced> People, ImmutableArray<Destination> Destinations)> Networks =
        from seats in Gen.Int[0, 2].Array[1, 4]
        from people in Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 60], Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 14]).Array[seats.Length]).Array[0, 7]
        select (
            people.Select((p, i) => new Displaced($"p{p.Item1}", $"c{i}", p.Item2, Stage.NotReferred, World.Start + Duration.FromMinutes(p.Item3),
                [.. p.Item4.Select((o, d) => new Option(d, o.Item1, o.Item3, o.Item4, o.Item5, o.Item2 ? "weeks-not-compatible" : null)).Where((_, d) => (p.Item3 + d) % 5 != 0)])).ToImmutableArray(),
            seats.Select((s, i) => new Destination($"d{i}", s)).ToImmutableArray());

    [Fact]
    public void No_destination_gets_more_than_its_seats_nobody_gets_two_places_and_as_many_as_can_be_get_one() => Networks.Sample((people, destinations) =>
    {
        var placements = Rehoming.Propose(people, destinations);
        Assert.Equal(people.Length, placements.Length);
        foreach (var (destination, i) in destinations.Select((d, i) => (d, i))) Assert.True(placements.Count(p => p.To == i) <= destination.SeatsOpen);
        foreach (var person in placements.GroupBy(p => p.Person.Participant)) Assert.True(person.Count(p => p.To is not null) <= 1);
        foreach (var placed in placements.Where(p => p.To is not null)) Assert.Null(placed.Person.Options.Single(o => o.Destination == placed.To).Hindrance);
        Assert.Equal(Most([.. First(placements)], destinations), placements.Count(p => p.To is not null));
    });

    [Fact]
    public void Nobody_goes_without_so_that_somebody_after_them_has_a_place() => Networks.Sample((people, destinations) =>
    {
        var placements = Rehoming.Propose(people, destinations);
        // In their order: whoever could have a place beside all who have one before them has one.
        var before = new List<Displaced>();
        foreach (var placement in placements.DistinctBy(p => p.Person.Participant))
        {
            var could = Most([.. before, placement.Person], destinations) == before.Count + 1;
            Assert.Equal(could, placement.To is not null);
            if (could) before.Add(placement.Person);
        }
        Assert.Equal(placements.Select(p => p.Person), placements.Select(p => p.Person).OrderByDescending(p => p.Week).ThenBy(p => p.BookedAt).ThenBy(p => p.Participant, StringComparer.Ordinal).ThenBy(p => p.From, StringComparer.Ordinal));
    });

    [Fact]
    public void Whoever_has_no_place_is_told_the_true_reason() => Networks.Sample((people, destinations) =>
    {
        var placements = Rehoming.Propose(people, destinations);
        foreach (var placement in placements)
        {
            var fits = placement.Person.Options.Where(o => o.Hindrance is null).ToList();
            var isTrue = placement.Reason switch
            {
                null => placement.To is not null,
                Rehoming.SecondSeat => placements.First(p => p.Person.Participant == placement.Person.Participant) != placement,
                Rehoming.NoCohort => placement.Person.Options.IsEmpty,
                Rehoming.NoSeatLeft => fits.Count > 0 && fits.All(o => placements.Count(p => p.To == o.Destination) == destinations[o.Destination].SeatsOpen),
                _ => fits.Count == 0 && placement.Person.Options.Any(o => o.Hindrance == placement.Reason),
            };
            Assert.True(isTrue, $"{placement.Person.Participant}: {placement.Reason}");
        }
    });

    [Fact]
    public void The_same_is_proposed_in_whatever_order_people_are_given() => Gen.Select(Networks, Gen.Int).Sample((network, seed) =>
    {
        var shuffled = network.Item1.ToArray();
        new Random(seed).Shuffle(shuffled);
        Assert.Equal(Rehoming.Propose(network.Item1, network.Item2).AsEnumerable(), Rehoming.Propose([.. shuffled], network.Item2));
    });

    [Fact]
    public void Of_the_same_region_first_then_the_nearest_then_of_the_same_weekday_then_the_closest_in_time()
    {
        ImmutableArray<Option> options = [new(0, true, 0, false, 0, null), new(1, false, 9, false, 0, null), new(2, false, 3, true, 0, null), new(3, false, 3, false, 9, null), new(4, false, 3, false, 2, null)];
        ImmutableArray<Destination> destinations = [.. options.Select(o => new Destination($"d{o.Destination}", 1))];
        ImmutableArray<Displaced> people = [.. Enumerable.Range(0, 5).Select(i => new Displaced($"p{i}", "c", 0, Stage.NotReferred, World.Start + Duration.FromMinutes(i), options))];
        Assert.Equal([4, 3, 2, 1, 0], Rehoming.Propose(people, destinations).Select(p => p.To!.Value));
    }

    /// <summary>Also of those who gave way to others.</summary>
    [Fact]
    public void Nobody_has_a_place_while_a_better_one_is_free() => Networks.Sample((people, destinations) =>
    {
        var placements = Rehoming.Propose(people, destinations);
        foreach (var placement in placements.Where(p => p.To is not null))
        {
            var better = placement.Person.Options.OrderBy(o => o.OtherRegion).ThenBy(o => o.Km).ThenBy(o => o.OtherWeekday).ThenBy(o => o.DaysApart).ThenBy(o => o.Destination)
                .TakeWhile(o => o.Destination != placement.To).Where(o => o.Hindrance is null);
            Assert.All(better, o => Assert.Equal(destinations[o.Destination].SeatsOpen, placements.Count(p => p.To == o.Destination)));
        }
    }, iter: 2000);

    [Fact]
    public void Whoever_is_further_on_comes_first_then_who_booked_first()
    {
        ImmutableArray<Option> options = [new(0, false, 0, false, 0, null)];
        Displaced Person(string id, int week, Stage stage, int minute) => new(id, "c", week, stage, World.Start + Duration.FromMinutes(minute), options);
        var placements = Rehoming.Propose(
            [Person("early", 0, Stage.Enrolled, 0), Person("late", 2, Stage.Prepared, 5), Person("medicine", 2, Stage.Integrating, 9), Person("begun", 2, Stage.Prepared, 4)], [new Destination("d", 1)]);
        Assert.Equal(["medicine", "begun", "late", "early"], placements.Select(p => p.Person.Participant));
        Assert.Equal((0, Rehoming.NoSeatLeft), (placements[0].To, placements[1].Reason));
    }

    [Fact]
    public void When_a_facilitator_leaves_those_who_booked_last_give_way_and_nobody_whom_the_others_carry()
    {
        var (world, cohort) = Seated(5, new StaffingRequirement("nurse", 2, 1));
        foreach (var nurse in new[] { "n1", "n2", "n3" }) cohort = cohort.Apply(new FacilitatorAssigned(nurse, "nurse", 1), World.Start);
        Assert.Equal(["p4"], Rehoming.LosesSeats(cohort, RehomeCauses.Facilitator, "n1", World.Start).Select(s => s.Participant));
        Assert.Empty(Rehoming.LosesSeats(cohort, RehomeCauses.Facilitator, "nobody", World.Start));
        Assert.Equal(5, Rehoming.LosesSeats(cohort, RehomeCauses.Cohort, "", World.Start).Length);
        Assert.Equal((5, 0), (Rehoming.LosesSeats(cohort, RehomeCauses.Room, "hall", World.Start).Length, Rehoming.LosesSeats(cohort, RehomeCauses.Room, "attic", World.Start).Length));
        // What is over is lost by nobody.
        Assert.Empty(Rehoming.LosesSeats(cohort, RehomeCauses.Cohort, "", cohort.Plan!.Sessions[^1].EndsAt));
        Assert.Equal(5, world.Cohorts["c0"].SeatsBooked);
    }

    [Fact]
    public void A_cohort_gives_what_nobody_has_and_no_list_keeps()
    {
        var (world, _) = Seated(2);
        world.Open("c1", World.Plan(seatsMax: 1, firstDay: new LocalDate(2028, 1, 11)));
        world.Register("waits");
        Assert.Equal(6, Rehoming.SeatsToGive(world.Cohorts["c0"], World.Start));
        Assert.Null(world.Hold("waits", "c0", World.Start).Refusal);
        Assert.Equal(5, Rehoming.SeatsToGive(world.Cohorts["c0"], World.Start));
        // Intake is over, and people of other cohorts still come.
        Assert.Equal(6, Rehoming.SeatsToGive(world.Cohorts["c0"], world.Cohorts["c0"].Plan!.IntakeClosesAt));
        Assert.Equal(0, Rehoming.SeatsToGive(world.Cohorts["c0"].Apply(new RoomCopied(new RoomCopy("hall", 100, true, 2)), World.Start), World.Start));

        // No more than room and staff carry: one nurse for two people, of whom one is there.
        var (_, led) = Seated(1, new StaffingRequirement("nurse", 2, 1));
        Assert.Equal(1, Rehoming.SeatsToGive(led.Apply(new FacilitatorAssigned("n1", "nurse", 1), World.Start), World.Start));

        world.Register("full");
        world.Book("full", "c1", World.Start);
        Assert.Null(world.Join("waits", "c1", World.Start).Refusal);
        world.Owed.Clear();
        Assert.Null(world.Cancel("full", "c1", World.Start).Refusal);
        Assert.Equal(0, Rehoming.SeatsToGive(world.Cohorts["c1"], World.Start));
    }

    /// <summary>Rule 32: a group that has closed is filled by no plan, though its intake was over before and that stood against nothing.</summary>
    [Fact]
    public void A_group_that_has_closed_has_no_seat_to_give()
    {
        var stage = new PlanStage().With("t1", Roles.Therapist).With("t2", Roles.Therapist).With("n1", Roles.Nurse).With("md", Roles.Prescriber);
        var plan = stage.Planned(PlanStage.Small(stage.Roster, 5), Templates.Small);
        var cohort = stage.Cohorts["c1"] with { Planned = plan with { ClosesAt = plan.IntakeClosesAt + Duration.FromDays(1) } };
        Assert.InRange(Rehoming.SeatsToGive(cohort, plan.IntakeClosesAt), 1, int.MaxValue);
        Assert.InRange(Rehoming.SeatsToGive(cohort, cohort.Planned.ClosesAt!.Value - Duration.Epsilon), 1, int.MaxValue);
        Assert.Equal(0, Rehoming.SeatsToGive(cohort, cohort.Planned.ClosesAt.Value));
    }

    [Fact]
    public void A_plan_is_proposed_anew_until_it_is_approved_in_the_revision_that_was_reviewed()
    {
        var plan = Proposed(3);
        Assert.Equal(Reason.RehomeRevised, RehomeRules.Approve(Apply(plan, RehomeRules.Propose(plan, Cause, plan.Cohorts, plan.Items)), 1, "ops").Refusal?.Reason);
        var approved = Apply(plan, RehomeRules.Approve(plan, 1, "ops"));
        Assert.Equal((RehomeStatus.Executing, "ops"), (approved.Status, approved.ApprovedBy));
        Assert.Empty(RehomeRules.Approve(approved, 1, "ops").Last);
        Assert.Equal(Reason.RehomeNotOpen, RehomeRules.Propose(approved, Cause, plan.Cohorts, plan.Items).Refusal?.Reason);
        Assert.Equal(Reason.NotNeeded, RehomeRules.Propose(RehomeState.Empty, Cause, [], []).Refusal?.Reason);
        Assert.Equal(Reason.RehomeTooLarge, RehomeRules.TooLarge(Rehoming.PeopleMax + 1, 1)?.Reason);
        Assert.Equal(Reason.RehomeTooLarge, RehomeRules.TooLarge(Rehoming.PeopleMax, Rehoming.CohortsMax + 1)?.Reason);
        Assert.Null(RehomeRules.TooLarge(Rehoming.PeopleMax, Rehoming.CohortsMax));
        // What it is for is what it was made for.
        Assert.Equal(Reason.RehomeNotOpen, RehomeRules.Propose(plan, Cause with { Subject = "bc/c-nanaimo.c1" }, plan.Cohorts, plan.Items).Refusal?.Reason);
        Assert.Equal(Reason.NotFound, RehomeRules.Approve(RehomeState.Empty, 1, "ops").Refusal?.Reason);
    }

    /// <summary>Random outcomes, repeats, late word and cancellations: what was begun ends once, the plan always ends, and every item has one end.</summary>
    [Fact]
    public void A_plan_ends_however_often_it_is_told_what_it_knows() =>
        Gen.Select(Gen.Int[1, 30], Gen.Select(Gen.Int[0, 29], Gen.Bool, Gen.Int[0, 20], Gen.Int[0, 3]).Array[0, 60]).Sample((people, steps) =>
        {
            var plan = Apply(Proposed(people), RehomeRules.Approve(Proposed(people), 1, "ops"));
            var moved = new HashSet<int>();
            foreach (var (item, isMoved, dice, ago) in steps)
            {
                if (dice == 0 && plan.Status is not RehomeStatus.Finished) plan = Apply(plan, RehomeRules.Cancel(plan, "stays-open", "ops"));
                if (item >= people) continue;
                var was = plan.Progress[item];
                plan = Apply(plan, RehomeRules.Step(plan, [new RehomeAnswer(item, was.Attempt - ago, isMoved ? null : "seat-full")], World.Start));
                if (isMoved && was.Status is (RehomeItemStatus.Begun or RehomeItemStatus.Refused or RehomeItemStatus.Failed)) moved.Add(item);
                Assert.True(plan.Count(RehomeItemStatus.Begun) <= RehomeRules.AtOnceMax);
                Assert.Equal(moved.Order(), Items(plan, RehomeItemStatus.Moved));
                if (!isMoved && ago > 0 && was.Status is RehomeItemStatus.Begun) Assert.NotEqual(RehomeItemStatus.Refused, plan.Progress[item].Status);
            }
            while (plan.IsExecuting) plan = Apply(plan, RehomeRules.Step(plan, [.. Items(plan, RehomeItemStatus.Begun).Select(i => new RehomeAnswer(i, plan.Progress[i].Attempt, null))], World.Start));
            Assert.True(plan.Status is RehomeStatus.Finished or RehomeStatus.Cancelled);
            Assert.DoesNotContain(plan.Progress, p => p.Status is RehomeItemStatus.Begun or RehomeItemStatus.Proposed);
        });

    /// <summary>The plan's own stream counts the attempts: whoever leads, and whatever their clock says, a later step has a later number.</summary>
    [Fact]
    public void An_attempt_has_a_number_that_no_other_has_and_the_refusal_of_an_earlier_one_says_nothing_of_the_latest()
    {
        var plan = Approved(1);
        plan = Apply(plan, RehomeRules.Step(plan, [], World.Start));
        Assert.Equal((RehomeItemStatus.Begun, 0), (plan.Progress[0].Status, plan.Progress[0].Attempt));
        // Somebody else goes on, whose clock is an hour behind.
        plan = Apply(plan, RehomeRules.Step(plan, [], World.Start - Duration.FromHours(1)));
        Assert.Equal((RehomeItemStatus.Begun, 1), (plan.Progress[0].Status, plan.Progress[0].Attempt));
        plan = Apply(plan, RehomeRules.Step(plan, [new RehomeAnswer(0, 0, "seat-full")], World.Start));
        Assert.Equal((RehomeItemStatus.Begun, 2), (plan.Progress[0].Status, plan.Progress[0].Attempt));
        var refused = Apply(plan, RehomeRules.Step(plan, [new RehomeAnswer(0, 2, "seat-full")], World.Start));
        Assert.Equal((RehomeItemStatus.Refused, "seat-full", RehomeStatus.Finished), (refused.Progress[0].Status, refused.Progress[0].Reason, refused.Status));
        // That somebody was moved is so, whoever says it and when.
        Assert.Equal(RehomeItemStatus.Moved, Apply(refused, RehomeRules.Step(refused, [new RehomeAnswer(0, 0, null)], World.Start)).Progress[0].Status);
    }

    [Fact]
    public void An_item_of_which_no_answer_comes_is_given_up_after_ten_attempts_and_the_plan_ends_and_says_so()
    {
        var plan = Approved(RehomeRules.AtOnceMax + 1);
        for (var step = 0; plan.Status is RehomeStatus.Executing; step++)
        {
            Assert.True(step <= 2 * RehomeRules.AttemptsMax, "The plan does not end.");
            // Of everybody but the first.
            plan = Apply(plan, RehomeRules.Step(plan, [.. Items(plan, RehomeItemStatus.Begun).Where(i => i > 0).Select(i => new RehomeAnswer(i, plan.Progress[i].Attempt, null))], World.Start));
        }
        Assert.Equal((RehomeItemStatus.Failed, RehomeRules.NoAnswer, RehomeRules.AttemptsMax - 1), (plan.Progress[0].Status, plan.Progress[0].Reason, plan.Progress[0].Attempt));
        Assert.Equal((RehomeStatus.Finished, RehomeRules.AtOnceMax, 1), (plan.Status, plan.Count(RehomeItemStatus.Moved), plan.Count(RehomeItemStatus.Failed)));
        // An answer that comes all the same is true.
        Assert.Equal(RehomeItemStatus.Moved, Apply(plan, RehomeRules.Step(plan, [new RehomeAnswer(0, 3, null)], World.Start)).Progress[0].Status);
    }

    [Fact]
    public void Who_can_go_only_where_a_reviewer_is_needed_is_proposed_what_is_left_there_and_is_not_moved_by_the_plan()
    {
        Displaced Person(string id, int minute, params ImmutableArray<Option> options) => new(id, "c0", 0, Stage.Enrolled, World.Start + Duration.FromMinutes(minute), options);
        var over = new Option(0, false, 0, false, 0, Rehoming.NeedsReviewer);
        var placements = Rehoming.Propose(
            [Person("first", 0, over), Person("here", 1, over with { Hindrance = null }), Person("either", 2, over, new Option(1, true, 9, true, 9, null)), Person("last", 3, over)],
            [new Destination("d0", 2), new Destination("d1", 1)]);
        // Whoever can go without one keeps the place, and nobody waits for a reviewer who need not.
        Assert.Equal(
            [("first", 0, Rehoming.NeedsReviewer), ("here", 0, null), ("either", 1, null), ("last", null, Rehoming.NoSeatLeft)],
            placements.Select(p => (p.Person.Participant, p.To, p.Reason)));

        var plan = Apply(RehomeState.Empty, RehomeRules.Propose(
            RehomeState.Empty, Cause, [new("c0", "GRIP-8", 1), new("c1", "GRIP-8", 1)], [new RehomeItem("first", 0, 1, Rehoming.NeedsReviewer), new RehomeItem("here", 0, 1, null)]));
        Assert.Equal((1, RehomeItemStatus.NeedsReviewer), (plan.Placed, plan.Progress[0].Status));
        plan = Apply(plan, RehomeRules.Approve(plan, 1, "ops"));
        for (var step = 0; step < 2; step++) plan = Apply(plan, RehomeRules.Step(plan, [.. Items(plan, RehomeItemStatus.Begun).Select(i => new RehomeAnswer(i, 0, null))], World.Start));
        Assert.Equal((RehomeStatus.Finished, RehomeItemStatus.NeedsReviewer, RehomeItemStatus.Moved), (plan.Status, plan.Progress[0].Status, plan.Progress[1].Status));
    }

    /// <summary>
    /// Two thousand people and two hundred cohorts, with too few seats and with enough. What nobody can try out is certified: whoever has no place finds, along all who
    /// could give way, neither a free seat nor anybody who comes after them.
    /// </summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 10)]
    [InlineData(3, 12)]
    public void Two_thousand_people_and_two_hundred_cohorts_are_matched_as_few_are(int seed, int seatsMax)
    {
        var random = new Random(seed);
        ImmutableArray<Destination> destinations = [.. Enumerable.Range(0, 200).Select(d => new Destination($"d{d}", random.Next(seatsMax + 1)))];
        ImmutableArray<Displaced> people =
        [
            .. Enumerable.Range(0, 2_000).Select(i => new Displaced($"p{i}", $"c{i / 10}", random.Next(3), Stage.Enrolled, World.Start + Duration.FromMinutes(random.Next(500)),
            [
                .. Enumerable.Range(0, 200).Select(d => new Option(d, random.Next(2) == 0, random.Next(200), random.Next(2) == 0, random.Next(60), random.Next(seatsMax > 10 ? 40 : 3) == 0 ? null : "weeks-not-compatible")),
            ])),
        ];
        var started = TimeProvider.System.GetTimestamp();
        var placements = Rehoming.Propose(people, destinations);
        var took = TimeProvider.System.GetElapsedTime(started);
        output.WriteLine($"{placements.Count(p => p.To is not null)} of {people.Length} people on {destinations.Sum(d => d.SeatsOpen)} seats in {took.TotalMilliseconds:F0} ms.");

        var seated = destinations.Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < placements.Length; i++)
        {
            if (placements[i].To is { } to) seated[to].Add(i);
        }
        for (var d = 0; d < destinations.Length; d++) Assert.True(seated[d].Count <= destinations[d].SeatsOpen);
        int[][] fits = [.. placements.Select(p => p.Person.Options.Where(o => o.Hindrance is null).Select(o => o.Destination).ToArray())];
        Assert.All(placements.Where(p => p.To is not null), p => Assert.Null(p.Person.Options[p.To!.Value].Hindrance));
        for (var i = 0; i < placements.Length; i++)
        {
            if (placements[i].To is not null) continue;
            var (reached, open) = (new bool[destinations.Length], new Stack<int>([i]));
            while (open.TryPop(out var person))
            {
                foreach (var place in fits[person].Where(f => !reached[f]))
                {
                    reached[place] = true;
                    Assert.True(seated[place].Count == destinations[place].SeatsOpen, $"{placements[i].Person.Participant} could have a place.");
                    Assert.True(seated[place].All(other => other < i), $"{placements[i].Person.Participant} goes without for somebody after them.");
                    foreach (var other in seated[place]) open.Push(other);
                }
            }
        }
    }

    /// <summary>What a plan proposes and what a booking gives are one notion: also of a seat that time has freed, and that nobody has recorded.</summary>
    [Fact]
    public void A_seat_that_time_has_freed_is_kept_for_the_list_and_no_plan_gives_it()
    {
        var world = new World();
        world.Open("c1", World.Plan(seatsMax: 1));
        world.Register("ann", eligible: false);
        foreach (var person in new[] { "p0", "holds", "comes" }) world.Register(person);
        world.Book("p0", "c1", World.Start);
        world.Join("ann", "c1", World.Start);
        world.Cancel("p0", "c1", World.Start);
        world.React(World.Start);
        // She was passed over: it is open to all.
        Assert.Equal(1, Rehoming.SeatsToGive(world.Cohorts["c1"], World.Start));
        Assert.Null(world.Hold("holds", "c1", World.Start).Refusal);
        var later = World.Start + Duration.FromHours(1);
        Assert.Equal(0, Rehoming.SeatsToGive(world.Cohorts["c1"], later));
        Assert.Equal(Reason.SeatKeptForList, world.Book("comes", "c1", later).Refusal?.Reason);
    }

    private static IEnumerable<int> Items(RehomeState plan, RehomeItemStatus status) => Enumerable.Range(0, plan.Items.Length).Where(i => plan.Progress[i].Status == status);

    private static RehomeState Approved(int people) => Apply(Proposed(people), RehomeRules.Approve(Proposed(people), 1, "ops"));

    private static RehomeState Proposed(int people) => Apply(
        RehomeState.Empty,
        RehomeRules.Propose(RehomeState.Empty, Cause, [new("c0", "GRIP-8", 1), new("c1", "GRIP-8", 1)], [.. Enumerable.Range(0, people).Select(i => new RehomeItem($"p{i}", 0, 1, null))]));

    private static RehomeState Apply(RehomeState plan, Decision decision)
    {
        Assert.Null(decision.Refusal);
        return decision.Last.Aggregate(plan, (state, e) => state.Apply(e, World.Start));
    }

    private static (World World, CohortState Cohort) Seated(int people, params ImmutableArray<StaffingRequirement> staffing)
    {
        var world = new World();
        world.Open("c0", World.Plan(seatsMax: 8));
        for (var i = 0; i < people; i++)
        {
            world.Register($"p{i}");
            Assert.Null(world.Book($"p{i}", "c0", World.Start + Duration.FromMinutes(i)).Refusal);
        }
        return (world, world.Cohorts["c0"] with { Plan = world.Cohorts["c0"].Plan! with { Staffing = staffing } });
    }

    private static IEnumerable<Displaced> First(ImmutableArray<Placement> placements) => placements.DistinctBy(p => p.Person.Participant).Select(p => p.Person);

    /// <summary>How many of these can have a place at once, by trying everything.</summary>
    private static int Most(ImmutableArray<Displaced> people, ImmutableArray<Destination> destinations)
    {
        return Try(0, [.. destinations.Select(d => d.SeatsOpen)]);

        int Try(int person, ImmutableArray<int> seats)
        {
            if (person == people.Length) return 0;
            var most = Try(person + 1, seats);
            foreach (var option in people[person].Options.Where(o => o.Hindrance is null && seats[o.Destination] > 0))
                most = Math.Max(most, 1 + Try(person + 1, seats.SetItem(option.Destination, seats[option.Destination] - 1)));
            return most;
        }
    }
}
