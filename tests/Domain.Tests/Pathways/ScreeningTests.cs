using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>Rules 27 to 30, 35 and 54: from the referral to "may take a seat".</summary>
public sealed class ScreeningTests
{
    [Fact]
    public void Two_sign_offs_by_two_people_and_the_consents_lead_to_consented()
    {
        var course = new Course();
        Assert.Equal(Stage.NotReferred, course.Stage);
        course.Refer();
        Assert.Equal(Stage.Referred, course.Stage);
        course.Begin();
        course.SignOff(PathwayState.Medical);
        Assert.Equal(Stage.Screening, course.Stage);
        course.SignOff(PathwayState.Psychological);
        Assert.Equal((Stage.Eligible, true), (course.Stage, course.Person.Eligible));
        course.Give();
        Assert.Equal(Stage.Consented, course.Stage);
    }

    [Fact]
    public void One_person_does_not_sign_twice()
    {
        var both = new Signer("both", 1, [Roles.Prescriber, Roles.Therapist], [.. Course.Prescriber.Credentials, .. Course.Therapist.Credentials]);
        var course = InScreening();
        course.SignOff(PathwayState.Medical, both);
        Assert.Equal(Reason.SameSigner, course.SignOff(PathwayState.Psychological, both).Refusal?.Reason);
        Assert.Equal(Stage.Screening, course.Stage);
        // A renewal is by the same person as before, and stays apart from the other one.
        Assert.Null(course.SignOff(PathwayState.Medical, both).Refusal);
    }

    [Theory]
    [InlineData(PathwayState.Medical, Roles.Therapist)]
    [InlineData(PathwayState.Psychological, Roles.Prescriber)]
    [InlineData(PathwayState.Medical, Roles.Nurse)]
    public void A_sign_off_needs_the_role(string kind, string role) =>
        Assert.Equal(Reason.RoleNotHeld, InScreening().SignOff(kind, Course.SignerOf("x", role)).Refusal?.Reason);

    /// <summary>World.Start is 1 December 2026, 9 in the morning in Vancouver.</summary>
    [Theory]
    [InlineData("CA-BC", "2026-12-01", null)]
    [InlineData("CA-BC", "2026-11-30", "CREDENTIAL")]
    [InlineData("CA-AB", "2030-01-01", "CREDENTIAL")]
    public void A_signers_credential_is_valid_at_the_site_that_day(string jurisdiction, string until, string? refused)
    {
        var signer = Course.SignerOf("doc", Roles.Prescriber, jurisdiction, NodaTime.Text.LocalDatePattern.Iso.Parse(until).Value);
        Assert.Equal(refused is null ? null : Reason.CredentialNotValid, InScreening().SignOff(PathwayState.Medical, signer).Refusal?.Reason);
    }

    [Theory]
    [InlineData(150, 90, Stage.Screening)]
    [InlineData(151, 90, Stage.Ineligible)]
    [InlineData(150, 91, Stage.Ineligible)]
    public void The_limit_of_blood_pressure_is_within_and_above_it_excludes(int systolic, int diastolic, Stage leadsTo)
    {
        var course = InScreening();
        course.Measure(systolic, diastolic);
        Assert.Equal(leadsTo, course.Stage);
    }

    [Fact]
    public void A_reading_is_judged_and_not_kept()
    {
        var decision = InScreening().Measure(171, 103);
        Assert.DoesNotContain(decision.Last, e => e.ToString()!.Contains("171", StringComparison.Ordinal) || e.ToString()!.Contains("103", StringComparison.Ordinal));
        Assert.Contains(new ConditionFound(PathwayPolicy.Hypertension, true), decision.Last);
    }

    [Fact]
    public void An_excluding_condition_is_nobodys_to_decide_and_screening_begins_anew()
    {
        var course = InScreening();
        course.Find("active-psychosis");
        Assert.Equal(Stage.Ineligible, course.Stage);
        Assert.Equal(Reason.IllegalTransition, course.SignOff(PathwayState.Medical).Refusal?.Reason);
        course.Begin();
        Assert.Equal(Stage.Screening, course.Stage);
        Assert.Empty(course.Pathway.Conditions);
    }

    [Fact]
    public void A_case_is_decided_by_a_named_prescriber_and_blocks_until_then()
    {
        var course = Course.Consented();
        course.Find("renal-disorder");
        Assert.Equal((Stage.NeedsReview, false), (course.Stage, course.Person.Eligible));
        Assert.Equal(Reason.NotEligible, course.Book().Refusal?.Reason);
        Assert.Equal(Reason.RoleNotHeld, Decide(course, "renal-disorder", true, Course.Therapist).Refusal?.Reason);
        Assert.Null(Decide(course, "renal-disorder", true, Course.Prescriber).Refusal);
        // The consents stand: the person is where they were.
        Assert.Equal(Stage.Consented, course.Stage);
        Decide(course, "renal-disorder", false, Course.Prescriber);
        Assert.Equal(Stage.Ineligible, course.Stage);
    }

    [Fact]
    public void A_condition_that_the_program_does_not_name_is_refused() =>
        Assert.Equal(Reason.ConditionUnknown, InScreening().Find("bad-mood").Refusal?.Reason);

    [Fact]
    public void A_program_that_asks_for_a_referral_takes_nobody_without()
    {
        var policy = Course.Policy(referralSources: ["physician"]);
        Assert.Equal(Reason.ReferralRequired, new Course().Refer(Course.Opened(policy, "self")).Refusal?.Reason);
        Assert.Null(new Course().Refer(Course.Opened(policy)).Refusal);
        Assert.Null(new Course().Refer(Course.Opened(source: "self")).Refusal);
    }

    [Fact]
    public void A_person_is_on_one_pathway_at_a_time_and_may_begin_again_after_it()
    {
        var course = new Course();
        course.Refer();
        Assert.Equal(Reason.PathwayOpen, course.Refer().Refusal?.Reason);
        course.Leave(Stage.Withdrawn);
        Assert.Null(course.Refer().Refusal);
        Assert.Equal(Stage.Referred, course.Stage);
    }

    [Fact]
    public void A_referral_that_is_deferred_keeps_its_date()
    {
        var received = World.Start - Duration.FromDays(40);
        var course = new Course();
        course.Refer(Course.Opened(receivedAt: received));
        course.Leave(Stage.Deferred);
        course.Begin();
        Assert.Equal((Stage.Screening, received), (course.Stage, course.Pathway.Opened!.ReceivedAt));
    }

    [Fact]
    public void A_referral_is_not_received_in_the_future()
    {
        var course = new Course();
        Assert.Equal(Reason.TimeNotYet, course.Refer(Course.Opened(receivedAt: World.Start + Duration.FromSeconds(1))).Refusal?.Reason);
        Assert.Equal(Stage.NotReferred, course.Stage);
        Assert.Null(course.Refer(Course.Opened(receivedAt: World.Start)).Refusal);
    }

    [Fact]
    public void A_consent_is_of_a_version_that_counts_and_is_withdrawn_at_once()
    {
        var course = Course.Consented();
        Assert.Equal(2, course.Facts.Place!.Clearance.ConsentVersion);
        course.Revoke();
        Assert.Equal((Stage.Eligible, 0), (course.Stage, course.Facts.Place!.Clearance.ConsentVersion));
        Assert.Equal(Reason.ConsentOutdated, course.Give(version: 1).Refusal?.Reason);
        Assert.Equal(Reason.ConsentMissing, course.Book().Refusal?.Reason);
        course.Give(version: 3);
        Assert.Equal(Stage.Consented, course.Stage);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(34, false)]
    [InlineData(35, false)]
    [InlineData(28, false)]
    [InlineData(20, false)]
    [InlineData(45, false)]
    [InlineData(29, true)]
    [InlineData(31, true)]
    [InlineData(33, true)]
    public void Ratio_credential_consent_and_observation_are_set_aside_for_nobody(int rule, bool may)
    {
        var course = InScreening();
        var decision = Override(course, rule, course.Now + Duration.FromDays(1), Course.Prescriber);
        Assert.Equal(may ? null : Reason.NotOverridable, decision.Refusal?.Reason);
        Assert.Equal(may, course.Pathway.IsOverridden(rule, course.Now));
        Assert.False(course.Pathway.IsOverridden(rule, course.Now + Duration.FromDays(1)));
    }

    [Fact]
    public void An_override_has_a_prescriber_and_an_end()
    {
        var course = InScreening();
        Assert.Equal(Reason.OverrideTimeInvalid, Override(course, 31, course.Now, Course.Prescriber).Refusal?.Reason);
        Assert.Equal(Reason.OverrideTimeInvalid, Override(course, 31, course.Now + Duration.FromDays(15), Course.Prescriber).Refusal?.Reason);
        Assert.Equal(Reason.RoleNotHeld, Override(course, 31, course.Now + Duration.FromDays(1), Course.Therapist).Refusal?.Reason);
    }

    /// <summary>Rule 27 in full: every pair that the order does not have is refused by the rule that is asked for it.</summary>
    [Fact]
    public void Every_move_that_the_order_does_not_have_is_refused()
    {
        var asked = new Dictionary<Stage, Func<Course, Decision>>
        {
            [Stage.Referred] = c => c.Refer(),
            [Stage.Screening] = c => c.Begin(),
            [Stage.WaitListed] = c => c.Do((p, w, now) => Journey.WaitFor(p, w, true, "full", now)),
            [Stage.Deferred] = c => c.Leave(Stage.Deferred),
            [Stage.Withdrawn] = c => c.Leave(Stage.Withdrawn),
            [Stage.TransferredOut] = c => c.Leave(Stage.TransferredOut),
            [Stage.Completed] = c => c.Do((p, w, now) => Journey.Complete(p, w, "done", now)),
            [Stage.FollowUp] = c => c.Do((p, w, now) => Journey.FollowUp(p, w, "done", now)),
        };
        foreach (var from in Enum.GetValues<Stage>())
        {
            foreach (var (to, ask) in asked)
            {
                if (from == to) continue;
                var course = Course.Consented();
                course.Person = course.Person with { Place = course.Person.Place! with { Stage = from } };
                var decision = ask(course);
                if (to.Follows(from))
                {
                    Assert.True(decision.Refusal is null && course.Stage == to, $"{from} to {to}: {decision.Refusal?.Message}");
                }
                else
                {
                    Assert.True(decision.Refusal?.Reason is Reason.IllegalTransition or Reason.PathwayOpen && course.Stage == from, $"{from} to {to} was not refused");
                }
            }
        }
    }

    [Fact]
    public void Next_steps_say_what_the_rules_say()
    {
        var course = Course.Consented();
        var steps = NextSteps.Of(course.Facts, course.Pathway, course.Now).ToDictionary(s => s.Action, s => s.Refusal?.Reason);
        Assert.Null(steps["bookSeat"]);
        Assert.Null(steps["withdrawParticipant"]);
        Assert.Equal(Reason.PathwayOpen, steps["referParticipant"]);
        Assert.Equal(Reason.IllegalTransition, steps["beginFollowUp"]);
        Assert.Equal(Reason.ConditionUnknown, steps["decideCondition"]);
        course.Revoke();
        steps = NextSteps.Of(course.Facts, course.Pathway, course.Now).ToDictionary(s => s.Action, s => s.Refusal?.Reason);
        Assert.Equal((Reason.ConsentMissing, (Reason?)null), (steps["bookSeat"], steps["holdSeat"]));
    }

    private static Course InScreening()
    {
        var course = new Course();
        course.Refer();
        course.Begin();
        return course;
    }

    private static Decision Decide(Course course, string condition, bool allowed, Signer signer) =>
        course.Do((p, w, now) => Screening.Decide(p, w, condition, allowed, signer, now));

    private static Decision Override(Course course, int rule, Instant until, Signer signer) =>
        course.Do((p, w, now) => Overriding.Override(p, w, rule, "late-referral", until, signer, now));
}
