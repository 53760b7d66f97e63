using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>Where the pathway and the seats meet: rules 28, 29, 31 and 35, and I9. The cohort's first day is 12 January 2027.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public void A_seat_and_the_move_that_goes_with_it_are_one_unit()
    {
        var course = Course.Consented();
        Assert.Null(course.Book().Refusal);
        Assert.Equal((Stage.Enrolled, Course.CohortKey), (course.Stage, course.Facts.Place!.Cohort));
        Assert.Null(course.Cancel().Refusal);
        Assert.Equal((Stage.Consented, (string?)null), (course.Stage, course.Facts.Place!.Cohort));
    }

    [Fact]
    public void The_flag_of_a_site_counts_where_no_pathway_is_asked_for_and_nowhere_else()
    {
        var flagged = new Course { Cohort = CohortState.Empty.Apply(World.Plan(), World.Start) };
        flagged.Person = flagged.Person.Apply(new EligibilitySet(true, "screened"), World.Start);
        Assert.Null(flagged.Book().Refusal);
        Assert.Equal(Stage.NotReferred, flagged.Stage);

        var asked = new Course { Cohort = CohortState.Empty.Apply(World.Plan(), World.Start).Apply(new PathwayRequired(Course.Policy()), World.Start) };
        asked.Person = asked.Person.Apply(new EligibilitySet(true, "screened"), World.Start);
        Assert.Equal(Reason.NotEligible, asked.Book().Refusal?.Reason);
        asked.Refer();
        Assert.False(asked.Person.Eligible);
        Assert.Equal(Reason.PathwayDecides, ParticipantRules.SetEligibility(asked.Person, true, "screened").Refusal?.Reason);
    }

    /// <summary>The sign-offs of 1 December hold until 1 March: ninety days, the last one included.</summary>
    [Theory]
    [InlineData(90, null)]
    [InlineData(91, Reason.ScreeningExpired)]
    public void Sign_offs_carry_a_seat_for_ninety_days(int daysLater, Reason? refused)
    {
        var course = Course.Consented(Course.Policy(intakeCloseDays: 0));
        course.Cohort = course.Cohort with { Plan = World.Plan(firstDay: new LocalDate(2027, 6, 1)) };
        course.Now += Duration.FromDays(daysLater);
        Assert.Equal(refused, course.Book().Refusal?.Reason);
    }

    /// <summary>Intake is open through the day that is seven before the first session's, by the site's calendar.</summary>
    [Theory]
    [InlineData("2027-01-06T06:59:59Z", null)]
    [InlineData("2027-01-06T07:00:00Z", Reason.IntakeClosed)]
    public void Intake_ends_with_a_local_day(string now, Reason? refused)
    {
        var course = Course.Consented();
        course.Cohort = course.Cohort with { Plan = course.Cohort.Plan! with { IntakeClosesAt = course.Cohort.Plan.Sessions[0].StartsAt } };
        course.Now = NodaTime.Text.InstantPattern.General.Parse(now).Value;
        Assert.Equal(refused, course.Book().Refusal?.Reason);
        if (refused is null) return;
        // By name, and until an instant, it is set aside: but never into a group that is closed.
        course.Do((p, w, at) => Overriding.Override(p, w, Overriding.Intake, "late-referral", at + Duration.FromDays(1), Course.Prescriber, at));
        Assert.Null(course.Book().Refusal);
        course.Cancel();
        course.Now += Duration.FromDays(1);
        Assert.Equal(Reason.IntakeClosed, course.Book().Refusal?.Reason);
    }

    [Fact]
    public void A_closed_group_takes_nobody_whatever_is_set_aside()
    {
        var course = Course.Consented();
        course.Now = course.Cohort.Plan!.IntakeClosesAt;
        course.Do((p, w, at) => Overriding.Override(p, w, Overriding.Intake, "late-referral", at + Duration.FromDays(1), Course.Prescriber, at));
        Assert.Equal(Reason.IntakeClosed, course.Book().Refusal?.Reason);
    }

    [Fact]
    public void A_cohort_asks_for_the_consent_of_its_own_version()
    {
        var course = Course.Consented();
        course.Cohort = course.Cohort with { Pathway = Course.Policy(consents: [new ConsentRequirement("treatment", 3)]) };
        Assert.Equal(Reason.ConsentOutdated, course.Book().Refusal?.Reason);
        course.Give(version: 3);
        Assert.Null(course.Book().Refusal);
    }

    [Fact]
    public void A_hold_needs_the_sign_offs_and_no_consent_yet()
    {
        var course = Course.Consented();
        course.Revoke();
        Assert.Null(course.Hold().Refusal);
        Assert.Equal(Reason.ConsentMissing, course.Book().Refusal?.Reason);
        course.Give();
        Assert.Null(course.Book().Refusal);
    }

    [Fact]
    public void A_person_on_another_sites_pathway_is_as_if_on_none()
    {
        var course = Course.Consented();
        course.Cohort = course.Cohort with { Plan = course.Cohort.Plan! with { Site = "victoria" } };
        Assert.Equal(Reason.NotEligible, course.Book().Refusal?.Reason);
        Assert.DoesNotContain("nanaimo", course.Book().Refusal!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Stage.Integrating, Stage.Deferred)]
    [InlineData(Stage.Prepared, Stage.Consented)]
    public void A_seat_that_is_given_back_leads_to_where_a_seat_can_be_taken_again(Stage from, Stage to)
    {
        var course = Course.Consented();
        course.Book();
        course.Person = course.Person with { Place = course.Person.Place! with { Stage = from } };
        Assert.Null(course.Cancel().Refusal);
        Assert.Equal(to, course.Stage);
    }

    [Fact]
    public void A_person_in_a_medicine_session_keeps_the_seat()
    {
        var course = Course.Consented();
        course.Book();
        course.Person = course.Person with { Place = course.Person.Place! with { Stage = Stage.InMedicine } };
        Assert.Equal(Reason.IllegalTransition, course.Cancel().Refusal?.Reason);
        Assert.Equal(Reason.IllegalTransition, course.Leave(Stage.Withdrawn).Refusal?.Reason);
    }

    [Fact]
    public void Who_withdraws_leaves_a_seat_behind_that_is_then_given_back()
    {
        var course = Course.Consented();
        course.Book();
        Assert.Equal(new SeatLeft(Course.CohortKey), Assert.Single(course.Leave(Stage.Withdrawn).Last));
        Assert.Null(course.Cancel().Refusal);
        Assert.Equal(Stage.Withdrawn, course.Stage);
        Assert.Empty(course.Person.Enrolments);
    }

    [Fact]
    public void A_cohort_asks_for_the_pathway_of_its_own_program_before_it_takes_anybody()
    {
        var cohort = CohortState.Empty.Apply(World.Plan(), World.Start);
        Assert.Equal(Reason.ProgramMismatch, Admission.Require(cohort, Course.Policy() with { Program = "RTT-KaT-12" }, World.Start).Refusal?.Reason);
        Assert.Equal(Reason.SeatsTaken, Admission.Require(cohort.Apply(new SeatBooked("bob"), World.Start), Course.Policy(), World.Start).Refusal?.Reason);
        cohort = cohort.Apply(Assert.Single(Admission.Require(cohort, Course.Policy(), World.Start).Last), World.Start);
        Assert.Empty(Admission.Require(cohort, Course.Policy(), World.Start).Last);
        Assert.Equal(Reason.AlreadyExists, Admission.Require(cohort, Course.Policy() with { Version = 2 }, World.Start).Refusal?.Reason);
    }
}
