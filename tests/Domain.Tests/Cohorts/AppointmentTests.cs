using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Tests.Pathways;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>Appointments: sessions of one seat with the same holds, gates and calendar as any.</summary>
public sealed class AppointmentTests
{
    /// <summary>The small program with what it makes with each person.</summary>
    internal static readonly ProgramTemplate WithAppointments = Templates.Small with
    {
        Program = "GRIP-8",
        Sessions =
        [
            .. Templates.Small.Sessions,
            Person("consultation", SessionKinds.Consultation, Modes.Virtual, 20),
            Person("intake", SessionKinds.Intake, Modes.Hybrid, 60),
            Person("medical-screening", SessionKinds.Screening, Modes.InPerson, 45, Roles.Prescriber),
            Person("private-preparation", SessionKinds.Preparation, Modes.InPerson, 60),
        ],
    };

    private static readonly LocalDateTime At = PlanStage.StartsOn.PlusDays(-20).At(new LocalTime(10, 20));

    [Fact]
    public void A_consultation_is_one_seat_of_twenty_minutes_with_somebody_who_is_free()
    {
        var stage = Stage();
        var decision = Offer(stage, "a1", "consultation");
        Assert.Null(decision.Refusal);
        var appointment = stage.Cohorts["a1"];
        var session = Assert.Single(appointment.Planned!.Sessions);
        Assert.Equal((1, 1, Duration.FromMinutes(20), At, ""), (appointment.Plan!.SeatsMax, appointment.Usable().Seats, session.Length, session.LocalStart, session.Room));
        Assert.Equal("t1", Assert.Single(session.Staff));
        Assert.True(appointment.Plan.MayOverlap);
        Assert.Equal(session.StartsAt, appointment.Plan.IntakeClosesAt);

        // The same hour again takes the other therapist; a third time nobody is left.
        Assert.Null(Offer(stage, "a2", "consultation").Refusal);
        Assert.Equal("t2", Assert.Single(stage.Cohorts["a2"].Planned!.Sessions[0].Staff));
        var refused = Offer(stage, "a3", "consultation").Refusal!;
        Assert.Equal(Reason.PlanRefused, refused.Reason);
        Assert.Contains(refused.Violations, v => v.Rule == 18 && v.Description.Contains("t1 is taken", StringComparison.Ordinal));
    }

    [Fact]
    public void An_appointment_is_held_to_its_place_its_hour_and_its_credential()
    {
        var stage = Stage();
        Assert.Contains(Offer(stage, "a1", "nonsense").Refusal!.Violations, v => v.Subject == "session" && v.Description.Contains("consultation", StringComparison.Ordinal));
        Assert.Contains(Offer(stage, "a1", "medicine").Refusal!.Violations, v => v.Subject == "session");
        // A hybrid intake takes a room or none; one in person needs one; a virtual one has none.
        Assert.Equal("hall", Offered(stage, "a1", "intake", room: "hall").Planned!.Sessions[0].Room);
        Assert.Equal("", Offered(stage, "a2", "intake", at: At.PlusHours(2)).Planned!.Sessions[0].Room);
        Assert.Contains(Offer(stage, "a3", "medical-screening", roster: ["md"]).Refusal!.Violations, v => v.Rule == 7);
        Assert.Contains(Offer(stage, "a3", "consultation", room: "hall").Refusal!.Violations, v => v.Rule == 6);
        // The room has somebody already.
        Assert.Contains(Offer(stage, "a3", "medical-screening", room: "hall", roster: ["md"]).Refusal!.Violations, v => v.Rule == 7 && v.Description.Contains("room hall is taken", StringComparison.Ordinal));
        // An hour that the clock skips is nobody's appointment: Toronto's on 14 March 2027.
        var east = Stage("America/Toronto");
        Assert.Contains(Offer(east, "a1", "consultation", at: new LocalDateTime(2027, 3, 14, 2, 30)).Refusal!.Violations, v => v.Rule == 8);
        // A credential that has run out by that day.
        stage.With("t9", Roles.Therapist, until: At.Date.PlusDays(-1));
        Assert.Contains(Offer(stage, "a3", "consultation", at: At.PlusDays(1), roster: ["t9"]).Refusal!.Violations, v => v.Description.Contains("rule 20", StringComparison.Ordinal));
    }

    [Fact]
    public void Its_one_seat_is_held_and_booked_once_and_is_open_again_when_it_is_given_back()
    {
        var (stage, world) = (Stage(), new World());
        Offered(stage, "a1", "consultation");
        world.Cohorts["a1"] = stage.Cohorts["a1"];
        // Who comes to a free consultation has been found nothing yet.
        world.Register("ann", eligible: false);
        world.Register("bob", eligible: false, provisional: true);
        Assert.Null(world.Hold("ann", "a1", World.Start).Refusal);
        Assert.Equal(Reason.SeatHeldByOther, world.Book("bob", "a1", World.Start).Refusal!.Reason);
        Assert.Null(world.Book("bob", "a1", World.Start + Duration.FromMinutes(16)).Refusal);
        Assert.Equal(Reason.HoldExpired, world.Book("ann", "a1", World.Start + Duration.FromMinutes(17)).Refusal!.Reason);
        Assert.Null(world.Cancel("bob", "a1", World.Start + Duration.FromMinutes(18)).Refusal);
        Assert.Null(world.Book("ann", "a1", World.Start + Duration.FromMinutes(19)).Refusal);
        Assert.Equal(1, world.Cohorts["a1"].SeatsBooked);
    }

    [Fact]
    public void An_intake_visit_closes_with_the_intake_of_its_cohort()
    {
        var stage = Stage();
        var closesAt = At.PlusDays(1).InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"]).ToInstant();
        var late = Offer(stage, "a1", "intake", at: At.PlusDays(1), intake: closesAt).Refusal!;
        Assert.Equal((Reason.IntakeClosed, 31), (late.Reason, late.Rule));
        Assert.Null(Offer(stage, "a1", "intake", at: At.PlusDays(1).PlusMinutes(-1), intake: closesAt).Refusal);

        // Nobody comes to it any more once the intake has closed, or it has begun.
        var world = new World();
        var early = stage.Cohorts["a1"] with { Plan = stage.Cohorts["a1"].Plan! with { IntakeClosesAt = World.Start + Duration.FromDays(1) } };
        world.Cohorts["a1"] = early;
        world.Register("ann");
        var refused = world.Book("ann", "a1", World.Start + Duration.FromDays(1)).Refusal!;
        Assert.Equal((Reason.IntakeClosed, 31), (refused.Reason, refused.Rule));
        Assert.Null(world.Book("ann", "a1", World.Start + Duration.FromDays(1) - Duration.FromSeconds(1)).Refusal);
    }

    [Theory]
    [InlineData("medical-screening", "referred", false, null)]
    [InlineData("medical-screening", "not-referred", false, Reason.NotEligible)]
    [InlineData("medical-screening", "withdrawn", false, Reason.NotEligible)]
    [InlineData("private-preparation", "screening", true, Reason.NotEligible)]
    [InlineData("private-preparation", "eligible", false, Reason.ConsentMissing)]
    [InlineData("private-preparation", "consented", true, null)]
    [InlineData("private-preparation", "prepared", true, null)]
    [InlineData("private-preparation", "prepared", false, Reason.ConsentMissing)]
    [InlineData("consultation", "not-referred", false, null)]
    [InlineData("intake", "not-referred", false, null)]
    public void What_an_appointment_asks_of_a_person_depends_on_its_kind(string session, string stage, bool consented, Reason? refusal)
    {
        var site = Stage();
        Offered(site, "a1", session, room: session is "consultation" ? "" : "hall", roster: session == "medical-screening" ? ["md"] : ["t1"]);
        var place = stage == "not-referred" ? null : new Place("GRIP-8", 1, "nanaimo", Stages.Of(stage), null, new ClearanceSet(new LocalDate(2027, 5, 1), consented ? 1 : 0, consented, null, null));
        var person = new PersonFacts("ann", false, false, [], place);
        Assert.Equal(refusal, Booking.Book(person, site.Cohorts["a1"], "a1", PlanStage.Now).Refusal?.Reason);
        // A hold waits for the consents.
        if (refusal == Reason.ConsentMissing) Assert.Null(Booking.Hold(person, site.Cohorts["a1"], "a1", "desk", PlanStage.Now).Refusal);
        // Another program's pathway, or another site's, is none.
        if (refusal is null && place is not null)
            Assert.Equal(Reason.NotEligible, Booking.Book(person with { Place = place with { Site = "victoria" } }, site.Cohorts["a1"], "a1", PlanStage.Now).Refusal!.Reason);
    }

    [Fact]
    public void Nobody_has_an_appointment_while_they_are_in_a_session_of_their_cohort_nor_the_other_way_round()
    {
        var (stage, world) = (Stage(), new World());
        world.Open("c1", World.Plan());
        var meeting = world.Cohorts["c1"].Plan!.Sessions[2];
        Assert.Null(Offer(stage, "during", "consultation", at: meeting.LocalStart.PlusMinutes(80)).Refusal);
        Assert.Null(Offer(stage, "after", "consultation", at: meeting.LocalStart.PlusMinutes(90)).Refusal);
        foreach (var id in new[] { "during", "after" }) world.Cohorts[id] = stage.Cohorts[id];
        world.Register("ann");
        world.Register("bob");
        Assert.Null(world.Book("ann", "c1", World.Start).Refusal);
        var refused = world.Book("ann", "during", World.Start).Refusal!;
        Assert.Equal((Reason.PersonBusy, 7), (refused.Reason, refused.Rule));
        Assert.DoesNotContain("c1", refused.Message, StringComparison.Ordinal);
        Assert.Null(world.Book("ann", "after", World.Start).Refusal);

        Assert.Null(world.Book("bob", "during", World.Start).Refusal);
        Assert.Equal(Reason.PersonBusy, world.Book("bob", "c1", World.Start).Refusal!.Reason);
        Assert.Equal(Reason.PersonBusy, world.Hold("bob", "c1", World.Start).Refusal!.Reason);
        Assert.Null(world.Cancel("bob", "during", World.Start).Refusal);
        Assert.Null(world.Book("bob", "c1", World.Start).Refusal);
    }

    [Fact]
    public void What_is_withdrawn_frees_the_room_the_facilitator_and_whoever_had_it()
    {
        var (stage, world) = (Stage(), new World());
        Offered(stage, "a1", "intake", room: "hall");
        world.Cohorts["a1"] = stage.Cohorts["a1"];
        world.Register("ann");
        world.Book("ann", "a1", World.Start);
        stage.Cohorts["a1"] = world.Cohorts["a1"];
        // Somebody has it whose turn the unit does not hold.
        Assert.Null(Appointments.Withdraw(stage.Cohorts["a1"], "a1", [], ["t1"], "ill", PlanStage.Now));
        var decision = Appointments.Withdraw(stage.Cohorts["a1"], "a1", ["ann"], ["t1"], "ill", PlanStage.Now)!;
        Assert.Equal(("ann", "t1", "hall"), (Assert.Single(decision.People), Assert.Single(decision.Facilitators), decision.Room));
        var after = decision.Cohort.Aggregate(stage.Cohorts["a1"], (c, e) => c.Apply(e, PlanStage.Now));
        Assert.Equal((0, 0), (after.Usable().Seats, after.SeatsBooked));
        Assert.Equal(Reason.AppointmentWithdrawn, Booking.Book(world.People["ann"].Facts("ann"), after, "a1", World.Start).Refusal!.Reason);
        Assert.Same(WithdrawalDecision.Nothing, Appointments.Withdraw(after, "a1", [], [], "ill", PlanStage.Now));
        Assert.True(after.LedOnce("t1", "w01-intake"));
        var begun = stage.Cohorts["a1"].Plan!.Sessions[0].StartsAt;
        Assert.Equal(Reason.AppointmentOver, Appointments.Withdraw(stage.Cohorts["a1"], "a1", ["ann"], ["t1"], "ill", begun)!.Refusal!.Reason);
    }

    [Fact]
    public void A_private_preparation_that_was_kept_counts_as_one_and_a_consultation_needs_no_pathway()
    {
        var course = Course.Enrolled();
        var session = new SessionFacts("bc/c-nanaimo.prep", course.Pathway.Opened!.Jurisdiction, course.Pathway.Opened.Program, 0, SessionKinds.Preparation, new LocalDate(2026, 12, 20),
            World.Start, World.Start + Duration.FromHours(1), true, false, 0, 1, "room", 1, 0, false, false)
        { IsAppointment = true };
        var person = course.Facts;
        Assert.Equal(Reason.TimeNotYet, Attendance.Record(person, course.Pathway, session, true, World.Start - Duration.FromSeconds(1)).Refusal!.Reason);
        var kept = Attendance.Record(person, course.Pathway, session, true, session.EndsAt);
        Assert.Null(kept.Refusal);
        Assert.Contains(kept.Between, e => e is AppointmentKept { Attended: true });
        Assert.Contains(kept.Last, e => e is SessionAttended { Kind: SessionKinds.Preparation, Attended: true });
        Assert.Contains(kept.First, e => e is PathwayMoved { To: "prepared" });
        Assert.Equal(Decision.Already, Attendance.Record(person, course.Pathway, session with { Kept = true }, true, session.EndsAt));

        var nobody = new PersonFacts("ann", false, false, [], null);
        var came = Attendance.Record(nobody, PathwayState.Empty, session with { Kind = SessionKinds.Consultation }, false, session.EndsAt);
        Assert.Null(came.Refusal);
        Assert.Equal((1, 0, 0), (came.Between.Length, came.First.Length, came.Last.Length));
    }

    internal static PlanStage Stage(string zone = "America/Vancouver") =>
        new PlanStage(zone, ("hall", 8), ("annex", 5)).With("t1", Roles.Therapist).With("t2", Roles.Therapist).With("md", Roles.Prescriber);

    internal static PlanDecision Offer(PlanStage stage, string id, string session, LocalDateTime? at = null, string room = "", string[]? roster = null, Instant? intake = null)
    {
        roster ??= ["t1", "t2"];
        var decision = Appointments.Offer(
            new AppointmentRequest("", session, at ?? At, room, [.. roster.Select(f => new RosterEntry(f, "", []))], intake is null ? "" : "bc/c-nanaimo.c1", intake, new HoldPolicy(Duration.FromMinutes(15), 1, 1)),
            WithAppointments, stage.Packs, stage.Site, "nanaimo", 1, [.. roster.Where(stage.People.ContainsKey).Select(f => new RosterMember(f, 1, stage.People[f]))],
            stage.Cohorts.GetValueOrDefault(id, CohortState.Empty), id, DateTimeZoneProviders.Tzdb[stage.Site.Profile!.TimeZone], "test", PlanStage.Now);
        foreach (var e in decision.Cohort) stage.Cohorts[id] = stage.Cohorts.GetValueOrDefault(id, CohortState.Empty).Apply(e, PlanStage.Now);
        foreach (var e in decision.Site) stage.Site = stage.Site.Apply(e, PlanStage.Now);
        foreach (var (facilitator, events) in decision.Facilitators) stage.People[facilitator] = events.Aggregate(stage.People[facilitator], (p, e) => p.Apply(e, PlanStage.Now));
        return decision;
    }

    private static CohortState Offered(PlanStage stage, string id, string session, LocalDateTime? at = null, string room = "", string[]? roster = null)
    {
        var decision = Offer(stage, id, session, at, room, roster);
        Assert.True(decision.Refusal is null, string.Join("\n", decision.Refusal?.Violations.Select(v => $"{v.Rule} {v.Subject}: {v.Description}") ?? []));
        return stage.Cohorts[id];
    }

    private static SessionTemplate Person(string id, string kind, string mode, int minutes, string role = Roles.Therapist) =>
        Templates.Session(id, kind, Scopes.Person, mode, [], minutes, mode == Modes.Virtual ? 0 : 10, [new StaffingNeed(role, 0, 1)]);
}
