using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>Rules 3, 4, 5, 29, 33, 34, 36 and 37 of one person's history, and I7.</summary>
public sealed class MedicineTests
{
    [Fact]
    public void A_person_goes_through_three_medicine_sessions_and_completes()
    {
        var course = Course.Prepared();
        Assert.Equal(Stage.Prepared, course.Stage);
        foreach (var session in new[] { 2, 4, 6 }) course.Through(session);
        Assert.Equal((Stage.Integrating, 3), (course.Stage, course.Pathway.Medicine.Length));
        course.Now = course.StartOf(11);
        Assert.Null(course.Do((p, w, now) => Journey.Complete(p, w, "done", now)).Refusal);
        Assert.Equal(Stage.Completed, course.Stage);
    }

    public static TheoryData<string> Items => ["blood-pressure", "oxygen", "fasting", "escort", "medicines", "pregnancy-question", "item-9", "consent"];

    [Theory]
    [MemberData(nameof(Items))]
    public void An_item_that_does_not_pass_holds_this_person_and_nobody_else(string item)
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        var good = course.Good();
        var checklist = item switch
        {
            "blood-pressure" => good with { Pressure = new BloodPressure(151, 90) },
            "oxygen" => good with { OxygenPercent = 91 },
            "fasting" => good with { LastFoodAt = course.Now - Duration.FromHours(6) + Duration.FromMinutes(1) },
            "escort" => good with { EscortNamed = false },
            "medicines" => good with { MedicinesReviewed = false },
            "pregnancy-question" => good with { PregnancyAnswered = false },
            "item-9" => good with { Item9Reviewed = false },
            _ => good,
        };
        if (item == "consent") course.Revoke();
        var decision = course.CheckIn(2, checklist);
        Assert.Null(decision.Refusal);
        Assert.Equal(item, FailedOf(decision));
        Assert.Equal((Stage.Prepared, 0), (course.Stage, course.Cohort.PresentAt(2)));
        // Mended, it passes: the hold is not for good.
        if (item == "consent") course.Give();
        Assert.Null(course.CheckIn(2).Refusal);
        Assert.Equal((Stage.InMedicine, 1, true), (course.Stage, course.Cohort.PresentAt(2), course.Pathway.HeldFor.IsEmpty));
    }

    [Fact]
    public void What_was_not_taken_or_asked_does_not_pass()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        var decision = course.CheckIn(2, new Checklist(null, null, null, null, false, false, false, false, false));
        Assert.Equal("blood-pressure oxygen fasting escort medicines pregnancy-question item-9", FailedOf(decision));
    }

    [Fact]
    public void Fasting_alone_is_set_aside_by_name()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        course.Do((p, w, now) => Overriding.Override(p, w, Overriding.Fasting, "diabetes", now + Duration.FromHours(4), Course.Prescriber, now));
        var decision = course.CheckIn(2, course.Good() with { LastFoodAt = null, EscortNamed = false });
        Assert.Equal("escort", FailedOf(decision));
        Assert.Null(course.CheckIn(2, course.Good() with { LastFoodAt = null }).Refusal);
        Assert.Equal(Stage.InMedicine, course.Stage);
    }

    /// <summary>Two weeks later by the same wall clock are 335 hours across the spring change in Vancouver of 2026, and fourteen days.</summary>
    [Theory]
    [InlineData("2026-02-24", "2026-03-10", 14, true)]
    [InlineData("2026-02-24", "2026-03-09", 14, false)]
    [InlineData("2027-01-26", "2027-02-09", 14, true)]
    [InlineData("2027-01-26", "2027-02-08", 14, false)]
    [InlineData("2027-01-26", "2027-01-28", 2, true)]
    public void A_gap_is_counted_in_local_calendar_days(string one, string other, int daysMin, bool enough)
    {
        var (a, b) = (NodaTime.Text.LocalDatePattern.Iso.Parse(one).Value, NodaTime.Text.LocalDatePattern.Iso.Parse(other).Value);
        Assert.Equal(enough, Medicine.GapTooShort(a, b, daysMin) is null);
        Assert.Equal(enough, Medicine.GapTooShort(b, a, daysMin) is null);
    }

    [Fact]
    public void The_gap_holds_over_cohorts_sites_and_pathways_and_at_booking()
    {
        var course = Course.Prepared();
        course.Through(2);
        course.Leave(Stage.Withdrawn);
        course.Cancel();
        // A new pathway and a new cohort whose first medicine session is thirteen days after the last one.
        course.Refer();
        course.Begin();
        course.SignOff(PathwayState.Medical);
        course.SignOff(PathwayState.Psychological);
        course.Give();
        var lastDay = course.Pathway.Medicine[^1].Day;
        course.Cohort = CohortState.Empty.Apply(World.Plan(medicine: true, firstDay: lastDay.PlusDays(13 - 21)), World.Start).Apply(new PathwayRequired(Course.Policy(intakeCloseDays: 0)), World.Start);
        course.Cohort = course.Cohort with { Plan = course.Cohort.Plan! with { IntakeClosesAt = Instant.MaxValue } };
        course.Now = World.Start;
        Assert.Equal(Reason.GapTooShort, course.Book().Refusal?.Reason);
        course.Cohort = course.Cohort with { Plan = World.Plan(medicine: true, firstDay: lastDay.PlusDays(14 - 21)) with { IntakeClosesAt = Instant.MaxValue } };
        Assert.Null(course.Book().Refusal);
    }

    [Fact]
    public void The_first_medicine_session_has_a_preparation_a_day_before()
    {
        var course = Course.Enrolled();
        course.Now = course.StartOf(2);
        Assert.Equal(Reason.PreparationMissing, course.CheckIn(2).Refusal?.Reason);
        // Exactly 24 hours from its end are enough, and one minute less is not.
        var medicine = course.StartOf(2);
        foreach (var (minutesShort, refused) in new[] { (0, false), (1, true) })
        {
            var other = Course.Enrolled();
            other.Pathway = other.Pathway.Apply(new SessionAttended(Course.CohortKey, 0, "preparation", new LocalDate(2027, 1, 25), medicine - Duration.FromHours(24) + Duration.FromMinutes(minutesShort), true), other.Now);
            other.Now = medicine;
            Assert.Equal(refused, other.CheckIn(2).Refusal?.Reason == Reason.PreparationMissing);
        }
    }

    [Fact]
    public void An_integration_session_lies_between_two_medicine_sessions()
    {
        var course = Course.Prepared();
        course.Through(2);
        course.Attend(3, attended: false);
        course.Now = course.StartOf(4);
        Assert.Equal(Reason.IntegrationMissing, course.CheckIn(4).Refusal?.Reason);
        course.Attend(3);
        Assert.Null(course.CheckIn(4).Refusal);
    }

    [Theory]
    [InlineData(119, Reason.ObservationNotOver)]
    [InlineData(120, null)]
    public void Observation_counts_from_the_last_dose_to_the_minute(int minutes, Reason? refused)
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        course.CheckIn(2);
        course.Dose();
        course.Now += Duration.FromMinutes(30);
        course.Dose();
        course.Now += Duration.FromMinutes(minutes);
        Assert.Equal(refused, course.Discharge(2).Refusal?.Reason);
        Assert.Equal(refused is null ? Stage.Integrating : Stage.InMedicine, course.Stage);
    }

    [Fact]
    public void Nobody_goes_without_vitals_an_escort_and_a_clinicians_signature()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        course.CheckIn(2);
        Assert.Equal(Reason.EscortMissing, course.Discharge(2, escort: false).Refusal?.Reason);
        Assert.Equal(Reason.VitalsOutside, course.Discharge(2, new FinalVitals(null, 97)).Refusal?.Reason);
        Assert.Equal(Reason.VitalsOutside, course.Discharge(2, new FinalVitals(new BloodPressure(170, 80), 97)).Refusal?.Reason);
        Assert.Equal(Reason.RoleNotHeld, course.DoIn((p, w, s, now) => Medicine.Discharge(p, w, s, new FinalVitals(new BloodPressure(130, 80), 97), true, "", Course.Therapist, now), 2).Refusal?.Reason);
        // A deviation stands on record, and only where there is one.
        Assert.Equal("white-coat", course.Discharge(2, new FinalVitals(new BloodPressure(170, 80), 97), deviation: "white-coat").Last.OfType<Discharged>().Single().Deviation);
        Assert.Equal((Stage.Integrating, 0, true), (course.Stage, course.Cohort.PresentAt(2), course.Pathway.Medicine[^1].Deviation));
    }

    [Fact]
    public void The_ratio_is_counted_over_those_who_are_in_the_session()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2);
        var full = course.Cohort.Apply(new PersonCheckedIn("bob", 2), course.Now).Apply(new PersonCheckedIn("cyd", 2), course.Now);
        course.Cohort = full with { Room = full.Room with { Occupancy = 2 } };
        Assert.Equal(Reason.RatioWouldBreak, course.CheckIn(2).Refusal?.Reason);
        // Bob is held out of another session and cyd goes home: there is a place.
        course.Cohort = course.Cohort.Apply(new PersonDischarged("cyd", 2), course.Now);
        Assert.Null(course.CheckIn(2).Refusal);
    }

    [Theory]
    [InlineData(-121, Reason.TimeNotYet)]
    [InlineData(-120, null)]
    [InlineData(239, null)]
    [InlineData(240, Reason.TimeNotYet)]
    public void Check_in_is_from_two_hours_before_the_session_to_its_end(int minutes, Reason? refused)
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(2) + Duration.FromMinutes(minutes);
        Assert.Equal(refused, course.CheckIn(2).Refusal?.Reason);
    }

    [Fact]
    public void Sign_offs_that_do_not_hold_on_the_day_stop_it_unless_set_aside_by_name()
    {
        var course = Course.Prepared(firstDay: new LocalDate(2027, 2, 16));
        course.Now = course.StartOf(2);
        Assert.Equal(Reason.ScreeningExpired, course.CheckIn(2).Refusal?.Reason);
        course.Do((p, w, now) => Overriding.Override(p, w, Overriding.ScreeningValidity, "signer-away", now + Duration.FromHours(1), Course.Prescriber, now));
        Assert.Null(course.CheckIn(2).Refusal);
        // A person with a seat is screened anew where they are.
        var other = Course.Prepared(firstDay: new LocalDate(2027, 2, 16));
        other.Now = other.StartOf(2);
        other.SignOff(PathwayState.Medical);
        other.SignOff(PathwayState.Psychological);
        Assert.Equal(Stage.Prepared, other.Stage);
        Assert.Null(other.CheckIn(2).Refusal);
    }

    [Fact]
    public void A_make_up_needs_gap_ratio_gates_and_the_groups_consent()
    {
        var course = Course.Prepared();
        course.Through(2);
        var other = CohortState.Empty.Apply(World.Plan(seatsMax: 1, medicine: true, firstDay: course.Pathway.Medicine[^1].Day.PlusDays(14 - 21)), World.Start);
        Decision Ask(bool consents, CohortState cohort) => course.DoIn((p, w, s, now) => Medicine.MakeUp(p, w, s, consents, now), 3, "bc/c-nanaimo.other", cohort);
        Assert.Equal(Reason.GroupConsentMissing, Ask(false, other).Refusal?.Reason);
        Assert.Equal(Reason.RatioWouldBreak, Ask(true, other.Apply(new SeatBooked("bob"), World.Start)).Refusal?.Reason);
        Assert.Equal(Reason.GapTooShort, Ask(true, other with { Plan = World.Plan(medicine: true, firstDay: course.Pathway.Medicine[^1].Day.PlusDays(13 - 21)) }).Refusal?.Reason);
        var arranged = Ask(true, other);
        Assert.Contains(new GuestExpected(Course.Who, 3), arranged.Between);
        var withGuest = other.Apply(arranged.Between[0], course.Now);
        Assert.Equal((1, 0), (withGuest.Carried().Seats, withGuest.Usable().Seats));
        course.Now = other.Plan!.Sessions[3].StartsAt;
        Assert.Null(course.DoIn((p, w, s, now) => Medicine.CheckIn(p, w, s, course.Good(), Course.Nurse, now), 3, "bc/c-nanaimo.other", withGuest).Refusal);
        Assert.Equal(Stage.InMedicine, course.Stage);
    }

    [Theory]
    [InlineData(Stage.Withdrawn)]
    [InlineData(Stage.Deferred)]
    public void Who_leaves_asks_for_the_guests_place_to_be_freed_and_a_new_pathway_does_not_lose_it(Stage to)
    {
        var course = Course.Prepared();
        course.Through(2);
        const string key = "bc/c-nanaimo.other";
        var other = CohortState.Empty.Apply(World.Plan(medicine: true, firstDay: course.Pathway.Medicine[^1].Day.PlusDays(14 - 21)), World.Start);
        course.DoIn((p, w, s, now) => Medicine.MakeUp(p, w, s, true, now), 3, key, other);
        Assert.Contains(new MakeUpLeft(key, 3), course.Leave(to).Last);
        if (to is Stage.Withdrawn) Assert.Null(course.Refer(Course.Opened(receivedAt: course.Now)).Refusal);
        Assert.Contains(new GuestGone(Course.Who, 3), course.DoIn((p, w, s, now) => Medicine.CancelMakeUp(p, w, s, now), 3, key, other).Between);
        Assert.Null(course.Pathway.MakeUp);
    }

    [Fact]
    public void Attendance_below_the_share_makes_a_review_due_and_expels_nobody()
    {
        var course = Course.Prepared();
        foreach (var (session, there) in new[] { (1, false), (3, true), (5, false) })
        {
            course.Now = course.StartOf(session);
            course.Attend(session, there);
        }
        Assert.Equal((true, Stage.Prepared), (course.Pathway.ReviewDue, course.Stage));
        course.Do((p, w, now) => Attendance.Review(p, w, "goes-on", now));
        Assert.False(course.Pathway.ReviewDue);
    }

    private static string FailedOf(Decision decision) => string.Join(' ', Assert.IsType<CheckInHeld>(Assert.Single(decision.Last)).Failed);

    private enum Verb { Next, CheckIn, Hold, Dose, Discharge, Attend, Miss, Revoke, Give, Sign, Withdraw, Anew, Cancel, Alert, Assess, Baseline }

    private static readonly Gen<(Verb Verb, int Session, int Minutes)[]> Commands = Gen.Select(
        Gen.Frequency<Verb>((5, Gen.OneOf(Verb.Next, Verb.CheckIn, Verb.Dose, Verb.Discharge, Verb.Attend)), (1, Gen.Enum<Verb>())),
        Gen.Int[0, 11],
        Gen.Int[0, 70]).Array[60];

    /// <summary>Random days of random people: whatever was accepted keeps the rules, told plainly over what happened.</summary>
    [Fact]
    public void No_accepted_command_breaks_a_gap_an_observation_or_a_consent()
    {
        var (asked, visits) = (0, 0);
        Commands.Sample(
            commands =>
            {
                var course = Course.Prepared();
                course.Now = course.StartOf(2);
                var (at, consent, lastDose, integrated) = (2, true, Instant.MinValue, true);
                var (alert, baseline) = (false, true);
                foreach (var (verb, session, minutes) in commands)
                {
                    Interlocked.Increment(ref asked);
                    course.Now += Duration.FromMinutes(minutes);
                    var before = course.Stage;
                    switch (verb)
                    {
                        case Verb.Next:
                            at = Math.Min(11, at + 1);
                            if (course.StartOf(at) > course.Now) course.Now = course.StartOf(at);
                            break;
                        case Verb.CheckIn or Verb.Hold:
                            var checklist = verb == Verb.Hold ? course.Good() with { EscortNamed = false } : course.Good();
                            course.CheckIn(session < 9 ? at : session, checklist);
                            if (before != Stage.InMedicine && course.Stage == Stage.InMedicine)
                            {
                                Interlocked.Increment(ref visits);
                                Assert.True(consent && verb == Verb.CheckIn && integrated);
                                // Rules 44 and 45.
                                Assert.True(baseline && !alert);
                                (lastDose, integrated) = (Instant.MinValue, false);
                            }
                            break;
                        case Verb.Dose:
                            if (course.Dose().Refusal is null)
                            {
                                Assert.True(consent && before == Stage.InMedicine && !alert);
                                lastDose = course.Now;
                            }
                            break;
                        case Verb.Discharge:
                            var visit = course.Pathway.Visit;
                            if (course.Discharge(visit?.Session ?? 2).Refusal is null) Assert.True(before == Stage.InMedicine && (lastDose == Instant.MinValue || course.Now >= lastDose + Duration.FromHours(2)));
                            break;
                        case Verb.Attend or Verb.Miss:
                            var number = session < 9 ? at : session;
                            if (course.Attend(number, verb == Verb.Attend).Refusal is null && course.Cohort.Plan!.Sessions[number].Kind == "integration")
                                integrated = course.Pathway.Medicine.IsEmpty || course.Pathway.Sessions.Any(s => s.Attended && s.Kind == "integration" && s.EndsAt > course.Pathway.Medicine[^1].CheckedInAt);
                            break;
                        case Verb.Revoke: consent &= course.Revoke().Refusal is not null; break;
                        case Verb.Give: consent |= course.Give().Refusal is null; break;
                        case Verb.Sign:
                            course.SignOff(PathwayState.Medical);
                            course.SignOff(PathwayState.Psychological);
                            break;
                        case Verb.Withdraw: course.Leave(Stage.Withdrawn); break;
                        case Verb.Anew:
                            if (course.Refer().Refusal is null) (consent, integrated, baseline) = (false, true, false);
                            course.Begin();
                            break;
                        case Verb.Cancel: course.Cancel(); break;
                        case Verb.Alert: alert |= course.Fill(Course.Phq9, 1, last: 1, clinician: session < 9 ? Course.Nurse : null).Refusal is null; break;
                        case Verb.Assess: alert &= course.Assess(session < 9 ? RiskOutcomes.SafetyPlan : RiskOutcomes.NotNow).Refusal is not null || session >= 9; break;
                        case Verb.Baseline:
                            // A first medicine session that has been is too late for one, and of who has left nothing is due.
                            if (course.Stage is Stage.Withdrawn || course.Pathway.Medicine.Any(v => v.Pathway == course.Pathway.Number)) break;
                            course.Baseline();
                            baseline = true;
                            break;
                        default: throw new InvalidOperationException();
                    }
                    // I7: over every pathway of the person.
                    var days = course.Pathway.Medicine.Select(v => v.Day).Order().ToList();
                    for (var i = 1; i < days.Count; i++) Assert.True(Period.DaysBetween(days[i - 1], days[i]) >= 14, "I7: a gap was too short");
                    Assert.Equal(course.Stage == Stage.InMedicine, course.Cohort.Present.ContainsKey(Course.Who));
                    Assert.Equal(course.Stage == Stage.InMedicine, course.Pathway.Visit is not null);
                    Assert.True(course.Pathway.Medicine.Count(v => v.Pathway == course.Pathway.Number) <= 3);
                    Assert.Equal(course.Pathway.Clearance(), course.Facts.Place!.Clearance);
                }
            },
            iter: 2_000);
        Assert.True(asked >= 100_000 && visits > 1_000, $"{asked} commands, {visits} check-ins");
    }
}
