using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Tests.Cohorts;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Facilitators;

/// <summary>Levels of training: recorded, awarded by the program for staff, asked for by a template, lapsing as credentials do.</summary>
public sealed class TrainingTests
{
    private static readonly ProgramTemplate Program = Templates.Small with
    {
        Program = "KAP-TRAINING",
        Audience = Audiences.Staff,
        Weeks = 4,
        Sizes = new GroupSizes(1, 24, 0, 0, 0),
        Routes = [],
        Sessions = [Templates.Session("workshop", SessionKinds.Workshop, Scopes.Cohort, Modes.InPerson, [1, 2, 3, 4], 120, 15, [new(Roles.Facilitator, 12, 2)])],
        Intake = Templates.Small.Intake with { AttendancePercentMin = 75 },
        Award = new TrainingAward(Roles.Facilitator, "kap-trained", "practitioners", 365),
    };

    [Fact]
    public void Who_completes_the_training_counts_from_that_day_and_lapses_as_any_credential_does()
    {
        var (stage, cohort) = Planned();
        stage.People["fay"] = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [Roles.Peer], []), PlanStage.Now);
        var end = cohort.Plan!.Sessions[^1].EndsAt;
        var zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
        var person = new PersonFacts("ann", false, false, [], null);
        // Staff are not screened; the seat is a seat.
        var booked = Booking.Book(person, cohort, "c1", PlanStage.Now);
        Assert.Null(booked.Refusal);
        cohort = booked.Last.Aggregate(cohort, (c, e) => c.Apply(e, PlanStage.Now));
        Decision Complete(string facilitator, string participant, Instant at) => Trainings.Complete(stage.People[facilitator], facilitator, 3, cohort, "c1", participant, zone, at);

        Assert.Equal(Reason.TimeNotYet, Complete("fay", "ann", end - Duration.FromSeconds(1)).Refusal!.Reason);
        Assert.Equal(Reason.SeatNotFound, Complete("fay", "bob", end).Refusal!.Reason);
        for (var i = 0; i < 2; i++) cohort = Attend(cohort, person, i);
        var few = Complete("fay", "ann", end).Refusal!;
        Assert.Equal((Reason.TrainingIncomplete, 20), (few.Reason, few.Rule));
        Assert.Contains(("attended", "2"), few.Numbers);
        cohort = Attend(cohort, person, 3);

        var completed = Complete("fay", "ann", end);
        Assert.Null(completed.Refusal);
        var fay = completed.First.Aggregate(stage.People["fay"], (f, e) => f.Apply(e, end));
        var day = end.InZone(zone).Date;
        Assert.Contains(Roles.Facilitator, fay.Roles);
        Assert.Equal(new Training("kap-trained", "practitioners", day, day.PlusDays(365)), Assert.Single(fay.Trainings));
        Assert.NotNull(fay.Unfit(Roles.Facilitator, "CA-BC", day.PlusDays(-1), "kap-trained", [Roles.Facilitator]));
        Assert.Null(fay.Unfit(Roles.Facilitator, "CA-BC", day, "kap-trained", [Roles.Facilitator]));
        Assert.Null(fay.Unfit(Roles.Facilitator, "CA-BC", day.PlusDays(365), "kap-trained", [Roles.Facilitator]));
        Assert.NotNull(fay.Unfit(Roles.Facilitator, "CA-BC", day.PlusDays(366), "kap-trained", [Roles.Facilitator]));
        Assert.NotNull(fay.Unfit(Roles.Facilitator, "CA-AB", day, null, []));

        // Once, and one participant is one facilitator.
        cohort = completed.Last.Aggregate(cohort, (c, e) => c.Apply(e, end));
        Assert.Equal(Decision.Already, Complete("fay", "ann", end));
        Assert.Equal(Reason.AlreadyExists, Complete("t1", "ann", end).Refusal!.Reason);
    }

    [Fact]
    public void A_template_asks_for_a_level_of_those_who_count_as_facilitators()
    {
        var stage = new PlanStage().WithTeam(2);
        var template = Templates.Small with { TrainingLevel = "kap-trained" };
        var refused = stage.Decide(PlanStage.Small(stage.Roster.Select(r => r with { Pods = [] }).ToImmutableArray()), template).Refusal!;
        Assert.Contains(refused.Violations, v => v.Description.Contains("no training of the level kap-trained", StringComparison.Ordinal) && v.Description.Contains("rule 20", StringComparison.Ordinal));
        // The prescriber counts as none, and is asked for none.
        Assert.DoesNotContain(refused.Violations, v => v.Description.Contains("md has no", StringComparison.Ordinal));

        foreach (var id in stage.People.Keys.Where(k => k != "md").ToList())
            stage.People[id] = Trainings.Record(stage.People[id], new Training("kap-trained", "", new LocalDate(2026, 1, 1), null)).Last.Aggregate(stage.People[id], (f, e) => f.Apply(e, PlanStage.Now));
        stage.Planned(PlanStage.Small(stage.Roster.Select(r => r with { Pods = [] }).ToImmutableArray()), template);
        Assert.Equal("kap-trained", stage.Cohorts["c1"].Planned!.TrainingLevel);

        // A level that will lapse flags the sessions after it at once (rule 21).
        var lapsing = stage.People["rt1"].Apply(new TrainingRecorded(new Training("kap-trained", "", new LocalDate(2026, 1, 1), PlanStage.StartsOn.PlusDays(10)), ["c1"]), PlanStage.Now);
        var recounted = Staffing.Recount(lapsing, "rt1", 9, stage.Cohorts["c1"], PlanStage.Now);
        var lapsed = recounted.Last.OfType<SessionsRecounted>().Single().Lapsed;
        Assert.NotEmpty(lapsed);
        Assert.All(stage.Cohorts["c1"].Planned!.Sessions.Where(s => lapsed.Contains(s.Id)), s => Assert.True(s.LocalStart.Date > PlanStage.StartsOn.PlusDays(10)));
    }

    private static (PlanStage Stage, CohortState Cohort) Planned()
    {
        var stage = new PlanStage().With("t1", Roles.Therapist).With("t2", Roles.Therapist);
        var request = PlanStage.Small([new RosterEntry("t1", Roles.Therapist, []), new RosterEntry("t2", Roles.Therapist, [])], 6) with
        {
            Slots = [new Slot("workshop", 0, IsoDayOfWeek.Tuesday, new LocalTime(10, 0), "hall", [])],
        };
        stage.Planned(request, Program);
        Assert.Equal(75, stage.Cohorts["c1"].Training!.Award.AttendancePercentMin);
        return (stage, stage.Cohorts["c1"]);
    }

    private static CohortState Attend(CohortState cohort, PersonFacts person, int number)
    {
        var session = cohort.Plan!.Sessions[number];
        var facts = new SessionFacts("c1", "CA-BC", "KAP-TRAINING", number, session.Kind, session.LocalStart.Date, session.StartsAt, session.EndsAt, cohort.IsTheirs(person.Participant, number), false, 0, 6, "room", 1, 0, false, false) { IsTraining = true };
        var decision = Attendance.Record(person, PathwayState.Empty, facts, true, session.StartsAt);
        Assert.Null(decision.Refusal);
        return decision.Between.Aggregate(cohort, (c, e) => c.Apply(e, session.StartsAt));
    }
}
