using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Tests.Pathways;

namespace RttNetwork.Domain.Tests.Measures;

/// <summary>Rules 44 and 45: what is due, what is overdue and blocks nothing, what comes before medicine, and what an answer to question 9 asks for.</summary>
public sealed class RecordingTests
{
    private static readonly PathwayPolicy Wide = Course.Policy() with
    {
        MeasurePoints =
        [
            new MeasurePoint("baseline", MeasureAnchors.Referral, 0, 60, 0), new MeasurePoint("end", MeasureAnchors.LastDay, 7, 7, 0),
            new MeasurePoint("monthly", MeasureAnchors.Referral, 30, 7, 30) { Measures = ["gad-7"] }, new MeasurePoint("session", MeasureAnchors.Medicine, 0, 1, 0) { Measures = ["phq-9"] },
        ],
    };

    [Fact]
    public void Measures_are_due_by_the_points_of_the_policy()
    {
        var course = Course.Prepared(Wide);
        var referred = course.Pathway.Today(World.Start);
        var lastDay = course.Facts.Enrolments[0].LastDay;
        // What comes again is shown as far as the next time; what follows a medicine session, once it has been.
        Assert.Equal(
            ["baseline/gad-7/recorded", "baseline/phq-9/recorded", "monthly-1/gad-7/overdue", "monthly-2/gad-7/to-come", "end/gad-7/to-come", "end/phq-9/to-come"],
            Due(course).Where(d => !d.StartsWith("monthly-3", StringComparison.Ordinal)));
        Assert.Equal((referred.PlusDays(30), referred.PlusDays(37)), Days(course, "monthly-1"));
        Assert.Equal((lastDay.PlusDays(7), lastDay.PlusDays(14)), Days(course, "end"));
        course.Through(2);
        Assert.Equal(new LocalDate(2027, 1, 26), Days(course, "session-1").OpensOn);
        Assert.Contains("session-1/phq-9/overdue", Due(course));
    }

    [Theory]
    [InlineData(6, "to-come")]
    [InlineData(7, "due")]
    [InlineData(14, "due")]
    [InlineData(15, "overdue")]
    public void A_window_is_open_to_its_last_day(int daysAfterTheLast, string standing)
    {
        var course = Course.Prepared();
        course.Now = (course.Facts.Enrolments[0].LastDay.PlusDays(daysAfterTheLast).At(new LocalTime(12, 0))).InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"]).ToInstant();
        Assert.Contains($"end/phq-9/{standing}", Due(course));
        // Late is late and not lost; early is no answer to the point.
        Assert.Equal(standing == "to-come" ? Reason.MeasureNotDue : null, course.Fill(Course.Phq9, 1, point: "end").Refusal?.Reason);
    }

    [Fact]
    public void An_overdue_measure_blocks_neither_a_seat_nor_a_session_nor_a_discharge()
    {
        var course = Course.Prepared(Wide);
        Assert.Contains(Due(course), d => d.EndsWith("/overdue", StringComparison.Ordinal));
        course.Through(2);
        Assert.Equal(Stage.Integrating, course.Stage);
        Assert.Contains(NextSteps.Of(course.Facts, course.Pathway, course.Now), s => s is { Action: "recordMeasure", Refusal: null });
    }

    [Fact]
    public void Without_a_baseline_there_is_no_first_medicine_session_and_everything_else()
    {
        // Enrolled as one who has no baseline: the fold without the records of it.
        var course = Course.Prepared();
        course.Pathway = course.Pathway with { Measures = [] };
        course.Now = course.StartOf(2);
        var refusal = course.CheckIn(2).Refusal;
        Assert.Equal((Reason.BaselineMissing, 44, "phq-9,gad-7"), (refusal?.Reason, refusal?.Rule, refusal?.Numbers[0].Value));
        Assert.Equal(Reason.BaselineMissing, NextSteps.Of(course.Facts, course.Pathway, course.Now).Single(s => s.Action == "checkIn").Refusal?.Reason);
        Assert.Null(course.Fill(Course.Phq9, 2, point: "baseline").Refusal);
        Assert.Equal("gad-7", course.CheckIn(2).Refusal?.Numbers[0].Value);
        Assert.Null(course.Fill(Course.Gad7, 2, point: "baseline").Refusal);
        Assert.Null(course.CheckIn(2).Refusal);

        // For the first one only: whoever has had medicine comes to the next one all the same.
        var later = Course.Prepared();
        later.Through(2);
        later.Pathway = later.Pathway with { Measures = [] };
        later.Now = later.StartOf(4);
        Assert.Null(later.CheckIn(4).Refusal);
        // And what was taken after it is no baseline.
        Assert.Equal(Reason.MeasureNotDue, later.Fill(Course.Phq9, 1, point: "baseline").Refusal?.Reason);
        Assert.Null(later.Fill(Course.Phq9, 1, point: "baseline", takenAt: later.StartOf(2) - Duration.FromHours(3)).Refusal);
    }

    [Fact]
    public void A_record_is_corrected_by_a_later_one_and_stays()
    {
        var course = Course.Consented();
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Phq9, 2, point: "baseline").Refusal?.Reason);
        Assert.Null(course.Fill(Course.Phq9, 2, point: "baseline", corrects: 1).Refusal);
        Assert.Equal([(8, 3), (6, 0), (16, 0)], course.Pathway.Measures.Select(m => (m.Score, m.CorrectedBy)));
        Assert.Equal(16, course.Pathway.ResultAt("phq-9", "baseline")!.Score);
        // What was corrected is not corrected again, nor by another measure or at another point.
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Phq9, 1, point: "baseline", corrects: 1).Refusal?.Reason);
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Gad7, 1, point: "baseline", corrects: 3).Refusal?.Reason);
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Phq9, 1, corrects: 3).Refusal?.Reason);
    }

    [Fact]
    public void A_reading_is_taken_before_it_is_recorded_and_a_point_is_one_of_the_policys()
    {
        var course = Course.Consented();
        Assert.Equal(Reason.TimeNotYet, course.Fill(Course.Gad7, 1, takenAt: course.Now + Duration.FromTicks(1)).Refusal?.Reason);
        Assert.Equal(Reason.TimeNotYet, course.Fill(Course.Gad7, 1, takenAt: course.Now - Duration.FromDays(367)).Refusal?.Reason);
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Gad7, 1, point: "whenever").Refusal?.Reason);
        Assert.Null(course.Fill(Course.Gad7, 1).Refusal);
        Assert.Equal(Reason.IllegalTransition, new Course().Fill(Course.Gad7, 1).Refusal?.Reason);
    }

    [Fact]
    public void An_answer_above_not_at_all_needs_a_named_clinician_in_the_same_contact()
    {
        var course = Course.Consented();
        var refusal = course.Fill(Course.Phq9, 0, last: 1).Refusal;
        Assert.Equal((Reason.ClinicianMissing, 45, "clinician"), (refusal?.Reason, refusal?.Rule, Assert.Single(refusal!.Violations).Subject));
        Assert.Null(course.Pathway.Alert);
        Assert.Equal(Reason.RoleNotHeld, course.Fill(Course.Phq9, 0, last: 1, clinician: Course.SignerOf("pat", Roles.Peer)).Refusal?.Reason);
        Assert.Equal(Reason.CredentialNotValid, course.Fill(Course.Phq9, 0, last: 1, clinician: Course.SignerOf("tom", Roles.Therapist, "CA-AB")).Refusal?.Reason);
        var decision = course.Fill(Course.Phq9, 0, last: 1, clinician: Course.Nurse);
        Assert.Equal(["MeasureRecorded", "RiskAlertRaised"], decision.Last.Select(e => e.GetType().Name));
        Assert.Equal(("nan", "phq-9", ""), (course.Pathway.Alert!.Clinician, course.Pathway.Alert.Measure, course.Pathway.Alert.Outcome));
        // The answer itself is not kept: the score is.
        Assert.DoesNotContain("Items", string.Join(' ', decision.Last), StringComparison.Ordinal);
    }

    [Fact]
    public void An_alert_stops_medicine_until_a_clinician_clears_it_and_nothing_else()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        Assert.Null(course.Fill(Course.Phq9, 1, last: 1, clinician: Course.Nurse).Refusal);
        Assert.Equal((Reason.RiskAlertOpen, 45), (course.CheckIn(2).Refusal?.Reason, course.CheckIn(2).Refusal?.Rule));
        Assert.Equal(Reason.RiskAlertOpen, NextSteps.Of(course.Facts, course.Pathway, course.Now).Single(s => s.Action == "checkIn").Refusal?.Reason);
        // A correction takes the answer back, and not the alert.
        Assert.Null(course.Fill(Course.Phq9, 1, corrects: 3).Refusal);
        Assert.Equal(Reason.RiskAlertOpen, course.CheckIn(2).Refusal?.Reason);
        Assert.Equal(Reason.NotOverridable, course.Do((p, w, now) => Overriding.Override(p, w, 45, "no-risk", now + Duration.FromDays(1), Course.Prescriber, now)).Refusal?.Reason);
        Assert.Equal("outcome", Assert.Single(course.Assess("no-risk").Refusal!.Violations).Subject);
        Assert.Equal(Reason.RoleNotHeld, course.Assess(RiskOutcomes.GoesOn, Course.SignerOf("pat", Roles.Peer)).Refusal?.Reason);
        Assert.Null(course.Assess(RiskOutcomes.NotNow).Refusal);
        Assert.Equal((Reason.RiskAlertOpen, RiskOutcomes.NotNow), (course.CheckIn(2).Refusal?.Reason, course.Pathway.Alert!.Outcome));
        // Another one than who was named may.
        Assert.Null(course.Assess(RiskOutcomes.SafetyPlan, Course.Therapist).Refusal);
        Assert.Null(course.CheckIn(2).Refusal);
        Assert.Equal(Reason.NotThisSession, course.Assess(RiskOutcomes.GoesOn).Refusal?.Reason);

        // In the session it stops the dose that is still to come, and never the way out.
        Assert.Null(course.Dose().Refusal);
        Assert.Null(course.Fill(Course.Phq9, 1, last: 3, clinician: Course.Nurse).Refusal);
        Assert.Equal(Reason.RiskAlertOpen, course.Dose().Refusal?.Reason);
        course.Now += Duration.FromHours(2);
        Assert.Null(course.Discharge(2).Refusal);
    }

    [Fact]
    public void An_alert_outlasts_the_pathway_on_which_it_was_raised()
    {
        var course = Course.Consented();
        Assert.Null(course.Fill(Course.Phq9, 1, last: 1, clinician: Course.Nurse).Refusal);
        Assert.Null(course.Leave(Stage.Withdrawn).Refusal);
        Assert.Null(course.Refer().Refusal);
        Assert.NotNull(course.Pathway.Alert);
        // The scores are kept, and answer nothing of this pathway.
        Assert.Equal([1, 1, 1], course.Pathway.Measures.Select(m => m.Pathway));
        Assert.Equal("phq-9 gad-7", string.Join(' ', MeasureSchedule.BaselineMissing(course.Pathway)));
        Assert.Equal(Reason.MeasureNotDue, course.Fill(Course.Phq9, 1, point: "baseline", corrects: 1).Refusal?.Reason);
    }

    /// <summary>Nothing says "no risk": a 0 leaves no trace, and the checklist asks for question 9 to be looked at all the same.</summary>
    [Fact]
    public void An_answer_of_not_at_all_clears_nobody()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        var decision = course.Fill(Course.Phq9, 0);
        Assert.IsType<MeasureRecorded>(Assert.Single(decision.Last));
        Assert.DoesNotContain(typeof(MeasureRecorded).GetProperties(), p => p.PropertyType == typeof(bool));
        var held = Assert.IsType<CheckInHeld>(Assert.Single(course.CheckIn(2, course.Good() with { Item9Reviewed = false }).Last));
        Assert.Equal("item-9", Assert.Single(held.Failed));
        // And an alert that stands is not cleared by a later 0.
        Assert.Null(course.Fill(Course.Phq9, 0, last: 1, clinician: Course.Nurse).Refusal);
        Assert.Null(course.Fill(Course.Phq9, 0).Refusal);
        Assert.NotNull(course.Pathway.Alert);
    }

    [Fact]
    public void Who_has_left_owes_nothing_more()
    {
        var course = Course.Prepared(Wide);
        Assert.Null(course.Leave(Stage.Withdrawn).Refusal);
        Assert.All(Due(course), d => Assert.EndsWith("/recorded", d, StringComparison.Ordinal));
    }

    private static ImmutableArray<string> Due(Course course)
    {
        var today = course.Pathway.Today(course.Now);
        return [.. MeasureSchedule.Of(course.Facts, course.Pathway, today).Select(d =>
            $"{d.Point}/{d.Measure}/{(d.Record is not null ? "recorded" : d.IsOverdueOn(today) ? "overdue" : d.IsDueOn(today) ? "due" : "to-come")}")];
    }

    private static (LocalDate OpensOn, LocalDate Until) Days(Course course, string point)
    {
        var due = MeasureSchedule.Of(course.Facts, course.Pathway, course.Pathway.Today(course.Now)).First(d => d.Point == point);
        return (due.OpensOn, due.Until);
    }
}
