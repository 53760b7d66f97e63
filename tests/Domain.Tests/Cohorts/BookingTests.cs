using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Tests.Cohorts;

public sealed class BookingTests
{
    private static readonly Instant Now = World.Start;
    private static readonly Instant Later = Now + Duration.FromMinutes(20);

    [Fact]
    public void A_seat_is_booked_in_the_cohort_and_in_the_person_at_once()
    {
        var world = With("c1", World.Plan(), "ann");
        Assert.Null(world.Book("ann", "c1", Now).Refusal);
        Assert.True(world.Cohorts["c1"].SeatOf("ann")!.IsBooked);
        Assert.True(Assert.Single(world.People["ann"].Enrolments).IsBooked);
    }

    [Fact]
    public void Asking_for_the_same_seat_twice_is_not_an_error_and_changes_nothing()
    {
        var world = With("c1", World.Plan(), "ann");
        world.Book("ann", "c1", Now);
        var again = world.Book("ann", "c1", Later);
        Assert.Null(again.Refusal);
        Assert.Empty(again.Last);
    }

    [Fact]
    public void The_last_seat_goes_to_one_and_the_other_hears_the_numbers()
    {
        var world = With("c1", World.Plan(seatsMax: 1), "ann", "bob");
        world.Book("ann", "c1", Now);
        var refusal = world.Book("bob", "c1", Now).Refusal!;
        Assert.Equal(Reason.SeatFull, refusal.Reason);
        Assert.Contains(("seats_taken", "1"), refusal.Numbers);
        Assert.Contains(("seats_usable", "1"), refusal.Numbers);
    }

    [Fact]
    public void A_seat_that_is_only_held_is_told_apart_from_a_full_cohort()
    {
        var world = With("c1", World.Plan(seatsMax: 1), "ann", "bob");
        world.Hold("ann", "c1", Now);
        Assert.Equal(Reason.SeatHeldByOther, world.Book("bob", "c1", Now).Refusal!.Reason);
    }

    [Fact]
    public void A_hold_ends_by_itself_and_its_seat_is_open_again()
    {
        var world = With("c1", World.Plan(seatsMax: 1), "ann", "bob");
        world.Hold("ann", "c1", Now);
        Assert.Null(world.Book("bob", "c1", Later).Refusal);
        Assert.Equal(Reason.HoldExpired, world.Book("ann", "c1", Later).Refusal!.Reason);
        Assert.Null(world.Cohorts["c1"].SeatOf("ann"));
    }

    [Fact]
    public void A_hold_expires_at_its_very_instant()
    {
        var world = With("c1", World.Plan(seatsMax: 1, holdTtl: Duration.FromMinutes(20)), "ann", "bob");
        world.Hold("ann", "c1", Now);
        Assert.Equal(Reason.SeatHeldByOther, world.Book("bob", "c1", Later - Duration.Epsilon).Refusal!.Reason);
        Assert.Null(world.Book("bob", "c1", Later).Refusal);
    }

    [Fact]
    public void A_held_seat_becomes_a_booked_one_though_the_cohort_is_full()
    {
        var world = With("c1", World.Plan(seatsMax: 2), "ann", "bob");
        world.Hold("ann", "c1", Now);
        world.Book("bob", "c1", Now);
        Assert.Null(world.Book("ann", "c1", Now).Refusal);
        Assert.Equal(2, world.Cohorts["c1"].SeatsBooked);
    }

    [Fact]
    public void Holds_are_capped_per_caller_and_per_cohort()
    {
        var world = With("c1", World.Plan(seatsMax: 10, holdsMax: 3, holdsPerCallerMax: 2), "ann", "bob", "cy", "di", "ed");
        world.Hold("ann", "c1", Now);
        world.Hold("bob", "c1", Now);
        Assert.Equal(Reason.HoldsMaxReached, world.Hold("cy", "c1", Now).Refusal!.Reason);
        Assert.Null(world.Hold("cy", "c1", Now, by: "other desk").Refusal);
        Assert.Equal(Reason.HoldsMaxReached, world.Hold("di", "c1", Now, by: "third desk").Refusal!.Reason);
        Assert.Null(world.Hold("di", "c1", Later).Refusal);
    }

    [Fact]
    public void Intake_is_closed_from_its_instant_on()
    {
        var plan = World.Plan();
        var world = With("c1", plan, "ann", "bob");
        Assert.Null(world.Book("ann", "c1", plan.IntakeClosesAt - Duration.Epsilon).Refusal);
        Assert.Equal(Reason.IntakeClosed, world.Book("bob", "c1", plan.IntakeClosesAt).Refusal!.Reason);
    }

    [Fact]
    public void A_hold_never_outlives_intake()
    {
        var plan = World.Plan(holdTtl: Duration.FromDays(10));
        var world = With("c1", plan, "ann");
        world.Hold("ann", "c1", plan.IntakeClosesAt - Duration.FromHours(1));
        Assert.Equal(plan.IntakeClosesAt, world.Cohorts["c1"].SeatOf("ann")!.HeldUntil);
    }

    [Fact]
    public void A_person_who_is_not_eligible_takes_no_seat()
    {
        var world = With("c1", World.Plan());
        world.Register("ann", eligible: false);
        Assert.Equal(Reason.NotEligible, world.Book("ann", "c1", Now).Refusal!.Reason);
        Assert.Equal(Reason.NotEligible, world.Hold("ann", "c1", Now).Refusal!.Reason);
    }

    [Fact]
    public void A_provisional_person_takes_no_seat_where_there_is_medicine()
    {
        var world = With("c1", World.Plan(medicine: true));
        world.Open("c2", World.Plan());
        world.Register("ann", provisional: true);
        Assert.Equal(Reason.ProvisionalParticipant, world.Book("ann", "c1", Now).Refusal!.Reason);
        Assert.Null(world.Book("ann", "c2", Now).Refusal);
    }

    [Fact]
    public void A_person_has_one_seat_at_most_in_programs_that_overlap()
    {
        var world = With("c1", World.Plan(), "ann");
        world.Open("c2", World.Plan(firstDay: new LocalDate(2027, 3, 2)));
        world.Open("c3", World.Plan(firstDay: new LocalDate(2027, 3, 3)));
        world.Book("ann", "c1", Now);
        // c1 meets for the last time on 2 March, the day that c2 begins.
        Assert.Equal(Reason.AlreadyEnrolled, world.Book("ann", "c2", Now).Refusal!.Reason);
        Assert.Null(world.Book("ann", "c3", Now).Refusal);
    }

    [Fact]
    public void An_alumni_circle_does_not_overlap_with_anything()
    {
        var world = With("c1", World.Plan(), "ann");
        world.Open("circle", World.Plan(mayOverlap: true, firstDay: new LocalDate(2027, 1, 13)));
        world.Open("same-evening", World.Plan(mayOverlap: true));
        world.Book("ann", "c1", Now);
        Assert.Null(world.Book("ann", "circle", Now).Refusal);
        // Its weeks may be the same; its hours may not (rule 7).
        Assert.Equal(Reason.PersonBusy, world.Book("ann", "same-evening", Now).Refusal!.Reason);
    }

    [Fact]
    public void A_refusal_names_no_other_site_or_program()
    {
        var world = With("secret-cohort", World.Plan(), "ann");
        world.Open("c2", World.Plan());
        world.Book("ann", "secret-cohort", Now);
        var refusal = world.Book("ann", "c2", Now).Refusal!;
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.Numbers.IsDefaultOrEmpty);
    }

    [Theory]
    [InlineData(100, 4, 0, 9, 4, "template")]
    [InlineData(3, 4, 0, 9, 3, "room")]
    [InlineData(100, 40, 25, 9, 25, "hard-cap")]
    [InlineData(100, 40, 0, 2, 8, "nurse")]
    [InlineData(100, 40, 0, 0, 0, "nurse")]
    public void Usable_seats_are_the_least_of_room_template_cap_and_ratio(int occupancy, int seatsMax, int hardCap, int nurses, int usable, string boundBy)
    {
        var cohort = CohortState.Empty.Apply(World.Plan(seatsMax, occupancy, hardCap, [new StaffingRequirement("nurse", 4, 1)]), Now);
        for (var i = 0; i < nurses; i++) cohort = cohort.Apply(new FacilitatorAssigned($"f{i}", "nurse", 1), Now);
        Assert.Equal(new SeatsUsable(usable, boundBy), cohort.Usable());
    }

    [Fact]
    public void A_booking_that_would_break_a_ratio_is_refused_with_the_ratio()
    {
        var world = With("c1", World.Plan(seatsMax: 40, staffing: [new StaffingRequirement("nurse", 1, 1)]), "ann", "bob");
        world.Cohorts["c1"] = world.Cohorts["c1"].Apply(new FacilitatorAssigned("f1", "nurse", 1), Now);
        Assert.Null(world.Book("ann", "c1", Now).Refusal);
        var refusal = world.Book("bob", "c1", Now).Refusal!;
        Assert.Equal((Reason.RatioWouldBreak, 16), (refusal.Reason, refusal.Rule));
        Assert.Contains(("members", "1"), refusal.Numbers);
        Assert.Contains(("participants_per_member", "1"), refusal.Numbers);
    }

    [Fact]
    public void Fewer_than_the_least_members_of_a_role_leave_no_seat()
    {
        var cohort = CohortState.Empty.Apply(World.Plan(seatsMax: 40, staffing: [new StaffingRequirement("therapist", 20, 2)]), Now)
            .Apply(new FacilitatorAssigned("f1", "therapist", 1), Now);
        Assert.Equal(new SeatsUsable(0, "therapist"), cohort.Usable());
        Assert.Equal(new SeatsUsable(40, "template"), cohort.Apply(new FacilitatorAssigned("f2", "therapist", 1), Now).Usable());
    }

    /// <summary>
    /// Three people with three commands each for two seats, in every one of the 1,680 orders: never more than two taken,
    /// never a seat on one side only, and exactly as many as the ones who ended with a seat.
    /// </summary>
    [Fact]
    public void Three_by_three_commands_in_every_order_never_give_a_seat_twice()
    {
        string[] people = ["ann", "bob", "cy"];
        Func<World, string, Decision>[][] scripts =
        [
            [(w, p) => w.Hold(p, "c1", Now), (w, p) => w.Book(p, "c1", Now), (w, p) => w.Cancel(p, "c1", Now)],
            [(w, p) => w.Book(p, "c1", Now), (w, p) => w.Cancel(p, "c1", Now), (w, p) => w.Book(p, "c1", Now)],
            [(w, p) => w.Hold(p, "c1", Now), (w, p) => w.Release(p, "c1", Now), (w, p) => w.Book(p, "c1", Now)],
        ];
        var orders = 0;
        foreach (var order in Interleavings([3, 3, 3]))
        {
            var world = With("c1", World.Plan(seatsMax: 2), people);
            var next = new int[3];
            foreach (var client in order)
            {
                scripts[client][next[client]++](world, people[client]);
                var taken = people.Count(p => world.Cohorts["c1"].SeatOf(p)?.IsTakenAt(Now) == true);
                Assert.InRange(taken, 0, 2);
                Assert.Equal(taken, Booking.TakenAt(world.Cohorts["c1"], Now));
                foreach (var p in people) Assert.Equal(world.Cohorts["c1"].SeatOf(p) is not null, world.People[p].Enrolments.Length == 1);
            }
            orders++;
        }
        Assert.Equal(1680, orders);
    }

    private static World With(string cohort, CohortOpened plan, params string[] people)
    {
        var world = new World();
        world.Open(cohort, plan);
        foreach (var person in people) world.Register(person);
        return world;
    }

    private static IEnumerable<ImmutableList<int>> Interleavings(int[] left)
    {
        if (left.All(n => n == 0)) yield return [];
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] == 0) continue;
            int[] rest = [.. left];
            rest[i]--;
            foreach (var tail in Interleavings(rest)) yield return tail.Insert(0, i);
        }
    }
}
