using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Tests.Cohorts;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>Medicine sessions of a planned cohort of two pods of four: rules 9, 12, 16, 21, 23 and 36 of the pod's own session.</summary>
public sealed class PlannedSessionTests
{
    private const string First = "w02-medicine-p1";
    private const string Second = "w02-medicine-p2";

    [Fact]
    public void A_person_takes_medicine_with_their_own_pod()
    {
        var course = InPlan();
        Assert.Equal(1, course.Cohort.PodOf[Course.Who]);
        course.Now = course.StartOf(Number(course.Cohort, "w01-preparation-p2"));
        Assert.Equal(Reason.SeatNotFound, course.Attend(Number(course.Cohort, "w01-preparation-p2")).Refusal?.Reason);
        Prepare(course);
        course.Now = course.StartOf(Number(course.Cohort, Second));
        Assert.Equal(Reason.SeatNotFound, course.CheckIn(Number(course.Cohort, Second)).Refusal?.Reason);
        course.Now = course.StartOf(Number(course.Cohort, First));
        Assert.Null(course.CheckIn(Number(course.Cohort, First)).Refusal);
    }

    /// <summary>Two facilitators carry eight, the one nurse of a pod five: five are in the session, whatever the other pod's staff would carry.</summary>
    [Theory]
    [InlineData(4, null)]
    [InlineData(5, Reason.RatioWouldBreak)]
    public void The_ratio_is_that_of_the_pods_own_session(int present, Reason? refused)
    {
        var course = InPlan();
        Prepare(course);
        var session = Number(course.Cohort, First);
        course.Now = course.StartOf(session);
        for (var i = 0; i < present; i++) course.Cohort = course.Cohort.Apply(new PersonCheckedIn($"g{i}", session), course.Now);
        Assert.Equal(refused, course.CheckIn(session).Refusal?.Reason);
    }

    /// <summary>A full cohort of two pods of four: each session carries five, so one guest has room in each, and takes no seat of anybody.</summary>
    [Fact]
    public void A_guest_takes_a_place_of_one_session_and_of_no_other()
    {
        var cohort = Full();
        var (first, second) = (Number(cohort, First), Number(cohort, Second));
        Assert.Equal((4, 5), (cohort.TakenIn(first, World.Start), cohort.CarriedIn(first).Seats));
        cohort = cohort.Apply(new GuestExpected("guest", first), World.Start);
        Assert.Equal((5, 4), (cohort.TakenIn(first, World.Start), cohort.TakenIn(second, World.Start)));
        // Eight members and eight seats still: the guest sits on the fifth place of a session of four.
        Assert.Equal((8, false), (cohort.Usable().Seats, cohort.HasPodOver()));
        // A guest more, and the pod has room for three.
        Assert.Equal(7, cohort.Apply(new GuestExpected("another", first), World.Start).Usable().Seats);
    }

    [Fact]
    public void Who_joins_beside_a_guest_goes_where_there_is_room()
    {
        var cohort = Full(booked: 6);
        var first = Number(cohort, First);
        Assert.Equal((3, 3), (cohort.JoinedIn(1), cohort.JoinedIn(2)));
        cohort = cohort.Apply(new GuestExpected("g1", first), World.Start).Apply(new GuestExpected("g2", first), World.Start);
        Assert.Equal((7, 2), (cohort.Usable().Seats, cohort.Capacity!.PodToJoin(cohort)));
        // A hold finds its seat in the other pod, and a second one none.
        var held = cohort.Apply(new SeatHeld("h1", "desk", World.Start + Duration.FromDays(1)), World.Start);
        Assert.Equal(5, held.TakenIn(first, World.Start));
        Assert.Equal(6, held.Apply(new SeatHeld("h2", "desk", World.Start + Duration.FromDays(1)), World.Start).TakenIn(first, World.Start));
    }

    [Theory]
    [InlineData(-1, SessionStanding.AtRisk)]
    [InlineData(0, SessionStanding.Blocked)]
    public void A_session_without_its_nurse_is_at_risk_at_once_and_blocked_at_the_cure_deadline(int secondsAfter, SessionStanding standing)
    {
        var course = InPlan();
        Prepare(course);
        var session = Number(course.Cohort, First);
        var deadline = course.StartOf(session) - Duration.FromHours(72);
        Assert.Equal(SessionStanding.Ready, Standing(course, First));
        course.Now = World.Start;
        Ill(course, "rn1");
        Assert.Equal((SessionStanding.AtRisk, SessionStanding.Ready), (Standing(course, First), Standing(course, Second)));
        course.Now = deadline + Duration.FromSeconds(secondsAfter);
        Assert.Equal(standing, Standing(course, First));
        Replace(course, "rn1", "rn9");
        Assert.Equal(standing is SessionStanding.AtRisk ? SessionStanding.Ready : SessionStanding.Blocked, Standing(course, First));
        // Cured too late, it is run no more, though everybody would be there.
        course.Do((p, w, now) => Consent.Give(p, w, "treatment", 2, now));
        course.Cohort = course.Cohort with { ConsentMissing = course.Cohort.ConsentMissing.Clear() };
        course.Now = course.StartOf(session);
        Assert.Equal(standing is SessionStanding.AtRisk ? null : Reason.SessionBlocked, course.CheckIn(session).Refusal?.Reason);
    }

    [Fact]
    public void What_is_lost_after_the_deadline_can_be_cured_until_the_session_and_never_opens_below()
    {
        var course = InPlan();
        Prepare(course);
        var session = Number(course.Cohort, First);
        course.Now = course.StartOf(session) - Duration.FromHours(3);
        Ill(course, "rn1");
        course.Now = course.StartOf(session);
        Assert.Equal((SessionStanding.AtRisk, Reason.RatioWouldBreak), (Standing(course, First), course.CheckIn(session).Refusal?.Reason));
        course.Now = course.StartOf(session) - Duration.FromHours(1);
        Replace(course, "rn1", "rn9");
        Assert.Equal(SessionStanding.Ready, Standing(course, First));
    }

    /// <summary>Four people of a pod, whose nurse has left and another's credential lapses: who must be found, and until when.</summary>
    [Fact]
    public void The_door_says_who_is_missing_for_those_who_are_expected_and_until_when()
    {
        var cohort = Full();
        var session = Number(cohort, First);
        var at = cohort.Plan!.Sessions[session].StartsAt;
        Assert.Empty(Doors.Of(cohort, session, World.Start).Shortages);

        var lapsed = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [Roles.Nurse], [new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), new LocalDate(2027, 1, 15))]), World.Start);
        foreach (var e in Staffing.Recount(lapsed, "rn1", 2, cohort, World.Start).Last) cohort = cohort.Apply(e, World.Start);
        var door = Doors.Of(cohort, session, World.Start);
        Assert.Equal((SessionStanding.AtRisk, 4, 0), (door.Standing, door.Expected, door.Carried.Seats));
        // The nurse was one of the two facilitators too.
        Assert.Equal([("facilitator", 2, 1), ("nurse", 1, 0)], door.Shortages.Select(s => (s.Role, s.Needed, s.Counted)).OrderBy(s => s.Role));
        Assert.All(door.Shortages, s => Assert.Equal("rn1", Assert.Single(s.NotCounted)));
        Assert.Contains(door.Against, r => r.Rule == 16 && r.Message.Contains("1 x nurse must lead it for 4 people at 1:5, and 0 count (not rn1: no credential is valid that day)", StringComparison.Ordinal)
            && r.Message.EndsWith($"until {at - Cures.Deadline}.", StringComparison.Ordinal));

        // After the deadline it is not run as a medicine session, and is closed when its time has come.
        var blocked = Doors.Of(cohort, session, at);
        Assert.Equal((SessionStanding.Blocked, false), (blocked.Standing, blocked.IsOpen));
        Assert.Equal(Reason.SessionBlocked, blocked.Against[0].Reason);
        Assert.True(Doors.Of(cohort, Number(cohort, Second), cohort.Plan!.Sessions[Number(cohort, Second)].StartsAt).IsOpen);
    }

    [Fact]
    public void A_lapse_that_is_cured_in_time_leaves_no_trace_and_a_session_without_medicine_is_never_blocked()
    {
        var course = InPlan();
        var nurse = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [Roles.Nurse], [new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), new LocalDate(2027, 1, 15))]), World.Start);
        course.Seat((_, c, now) => Staffing.Recount(nurse, "rn1", 2, c, now));
        Assert.Equal(SessionStanding.AtRisk, Standing(course, First));
        course.Seat((_, c, now) => Staffing.Recount(nurse.Apply(new CredentialRecorded(new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), null), []), now), "rn1", 3, c, now));
        Assert.Equal((SessionStanding.Ready, true), (Standing(course, First), course.Cohort.BelowSince.IsEmpty));
        Ill(course, "rt1");
        course.Now = course.StartOf(Number(course.Cohort, "w03-integration-p1"));
        Assert.Equal(SessionStanding.AtRisk, Standing(course, "w03-integration-p1"));
    }

    [Fact]
    public void Who_has_not_consented_to_a_substitute_is_held_out_of_the_session()
    {
        var course = InPlan();
        Prepare(course);
        var session = Number(course.Cohort, First);
        course.Now = course.StartOf(session) - Duration.FromHours(80);
        Replace(course, "rn1", "rn9");
        course.Now = course.StartOf(session);
        Assert.Equal(Reason.SubstituteNotAccepted, course.CheckIn(session).Refusal?.Reason);
        course.Seat((_, c, _) => Substitution.Accept(c, Course.Who, "rn9"));
        Assert.Null(course.CheckIn(session).Refusal);
    }

    /// <summary>Intake closes a week before the first session, the group with the end of its first week: between the two a person comes in by name alone.</summary>
    [Theory]
    [InlineData("2027-01-05T18:00:01Z", false, 31)]
    [InlineData("2027-01-05T18:00:01Z", true, null)]
    [InlineData("2027-01-18T06:59:59Z", true, null)]
    [InlineData("2027-01-18T07:00:00Z", true, 32)]
    public void Intake_is_set_aside_by_name_and_never_for_a_group_that_is_closed(string now, bool byName, int? refused)
    {
        var course = Course.Consented();
        course.Cohort = Planned().Apply(new PathwayRequired(Course.Policy()), World.Start);
        course.Now = NodaTime.Text.InstantPattern.General.Parse(now).Value;
        if (byName) course.Do((p, w, at) => Overriding.Override(p, w, Overriding.Intake, "late-referral", at + Duration.FromDays(1), Course.Prescriber, at));
        Assert.Equal(refused is 32 ? Reason.IntakeClosed : null, Booking.WithoutThePerson("bob", course.Cohort, course.Now)?.Reason);
        Assert.Equal(refused, course.Book().Refusal?.Rule);
    }

    private static readonly ProgramTemplate Template = Templates.Small with
    {
        Program = "GRIP-8",
        Sizes = new GroupSizes(2, 12, 2, 4, 6),
        Sessions = [.. Templates.Small.Sessions.Select(s => s with { Scope = Scopes.Pod })],
    };

    private static CohortState Planned()
    {
        var stage = new PlanStage().WithTeam(2);
        var request = PlanStage.Small(stage.Roster, 8) with
        {
            Pods = 2,
            Slots = [.. Enumerable.Range(1, 2).SelectMany(p => PlanStage.SmallSessions.Select(s => new Slot(s, p, p == 1 ? IsoDayOfWeek.Tuesday : IsoDayOfWeek.Wednesday, new LocalTime(10, 0), "hall", [])))],
        };
        stage.Planned(request, Template, Course.CohortKey);
        return stage.Cohorts[Course.CohortKey];
    }

    private static CohortState Full(int booked = 8)
    {
        var cohort = Planned();
        for (var i = 0; i < booked; i++) cohort = cohort.Apply(new SeatBooked($"p{i}"), World.Start).Apply(new PodJoined($"p{i}", 1 + (i % 2)), World.Start);
        return cohort;
    }

    /// <summary>A person with a seat in the first pod.</summary>
    private static Course InPlan()
    {
        var course = Course.Consented();
        course.Cohort = Planned().Apply(new PathwayRequired(Course.Policy()), World.Start);
        Assert.Null(course.Book().Refusal);
        return course;
    }

    private static void Prepare(Course course)
    {
        var preparation = Number(course.Cohort, "w01-preparation-p1");
        course.Now = course.StartOf(preparation);
        Assert.Null(course.Attend(preparation).Refusal);
    }

    private static void Ill(Course course, string facilitator) => Assert.Null(course.Seat((_, c, now) => Staffing.Withdraw(facilitator, c, Course.CohortKey, "ill", now) with { First = [] }).Refusal);

    private static void Replace(Course course, string leaving, string substitute)
    {
        var person = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [Roles.Nurse], [new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), null)]), World.Start);
        var decision = Substitution.Decide(course.Cohort, Course.CohortKey, leaving, new RosterMember(substitute, 1, person), chartsReviewed: true, "ill", course.Now);
        Assert.Null(decision.Refusal);
        foreach (var e in decision.Cohort) course.Cohort = course.Cohort.Apply(e, course.Now);
    }

    private static SessionStanding Standing(Course course, string session) => Cures.Of(course.Cohort, course.Cohort.Planned!.Sessions[Number(course.Cohort, session)], course.Now);

    private static int Number(CohortState cohort, string session)
    {
        var sessions = cohort.Planned!.Sessions;
        for (var i = 0; i < sessions.Length; i++)
        {
            if (sessions[i].Id == session) return i;
        }
        throw new InvalidOperationException($"No session {session}.");
    }
}
