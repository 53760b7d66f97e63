using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>Replacing a facilitator: who is proposed first, what it needs, and who is held out meanwhile.</summary>
public sealed class SubstitutionTests
{
    private static readonly Instant Now = PlanStage.Now;

    /// <summary>After the preparation, before the first medicine session.</summary>
    private static readonly Instant Prepared = Instant.FromUtc(2027, 1, 14, 12, 0);

    [Fact]
    public void Local_substitutes_come_before_others_and_continuity_decides()
    {
        var stage = Stage();
        stage.With("n-local", Roles.Nurse).With("n-lapsed", Roles.Nurse, until: new LocalDate(2027, 1, 31)).With("t9", Roles.Therapist);
        stage.People["n-away"] = FacilitatorState.Empty.Apply(new FacilitatorRegistered("victoria", [Roles.Nurse], [new Credential(Roles.Nurse, PlanStage.Jurisdiction, new LocalDate(2020, 1, 1), null)]), Now);
        stage.With("n-alberta", Roles.Nurse, jurisdiction: "CA-AB");
        var proposed = Substitution.Propose(stage.Cohorts["c1"], "c1", "n1", Members(stage), Now);
        Assert.Equal(["n-local", "n-away", "n-lapsed"], proposed.Select(c => c.Facilitator));
        Assert.Equal([true, false, true], proposed.Select(c => c.IsLocal));
        Assert.Equal(["", "", "No credential as nurse is valid in CA-BC on 2027-02-02."], proposed.Select(c => c.Hindrance));
    }

    [Fact]
    public void Who_leads_another_pod_of_the_cohort_in_the_same_role_is_known_there_and_comes_first()
    {
        var stage = new PlanStage().WithTeam(2, nursesPerPod: 2);
        stage.With("aa-new", Roles.Therapist);
        var request = PlanStage.Rtt([.. stage.Roster.Where(r => r.Facilitator != "aa-new")], 16, 2) with { BelowMinReason = "pilot" };
        // Pods that never meet at once: the therapist of one can lead the other.
        stage.Planned(request, Templates.Rtt);
        var proposed = Substitution.Propose(stage.Cohorts["c1"], "c1", "rt1", Members(stage), Now);
        Assert.Equal(["aa-new", "rt2"], proposed.Select(c => c.Facilitator).Order(StringComparer.Ordinal));
        Assert.True(proposed.Single(c => c.Facilitator == "rt2").Led > 0);
        Assert.Equal(proposed.OrderByDescending(c => c.Hindrance.Length == 0).ThenByDescending(c => c.Covers).ThenByDescending(c => c.Led).Select(c => c.Facilitator), proposed.Select(c => c.Facilitator));
    }

    [Fact]
    public void Before_preparation_nobody_is_asked_and_the_plan_is_as_good_as_before()
    {
        var stage = Stage();
        stage.With("n2", Roles.Nurse);
        var decision = Substitution.Decide(stage.Cohorts["c1"], "c1", "n1", Member(stage, "n2"), chartsReviewed: false, "left", Now);
        Assert.Null(decision.Refusal);
        Assert.Empty(Assert.IsType<FacilitatorSubstituted>(decision.Cohort[0]).ConsentNeeded);
        var after = decision.Cohort.Aggregate(stage.Cohorts["c1"], (c, e) => c.Apply(e, Now));
        Assert.Empty(after.Capacity!.Understaffed);
        Assert.Equal(stage.Cohorts["c1"].Usable(), after.Usable());
        Assert.IsType<AssignmentEnded>(Assert.Single(decision.Leaving));
        Assert.Equal(stage.Cohorts["c1"].Facilitators["n1"].Sessions.Length, Assert.IsType<AssignmentOpened>(Assert.Single(decision.Substitute)).Times.Length);
    }

    [Fact]
    public void After_preparation_charts_are_reviewed_and_who_has_not_consented_is_held_out()
    {
        var stage = Stage();
        stage.With("n2", Roles.Nurse);
        var world = new World();
        world.Cohorts["c1"] = stage.Cohorts["c1"];
        foreach (var person in new[] { "ann", "bob" })
        {
            world.Register(person);
            Assert.Null(world.Book(person, "c1", Now).Refusal);
        }
        var cohort = world.Cohorts["c1"];
        Assert.Equal(Reason.AttestationMissing, Substitution.Decide(cohort, "c1", "n1", Member(stage, "n2"), chartsReviewed: false, "ill", Prepared).Refusal!.Reason);
        var decision = Substitution.Decide(cohort, "c1", "n1", Member(stage, "n2"), chartsReviewed: true, "ill", Prepared);
        Assert.Equal(["ann", "bob"], Assert.IsType<FacilitatorSubstituted>(decision.Cohort[0]).ConsentNeeded.AsEnumerable());
        cohort = decision.Cohort.Aggregate(cohort, (c, e) => c.Apply(e, Prepared));
        Assert.True(Substitution.IsHeldOut(cohort, "ann", "w02-medicine"));
        Assert.False(Substitution.IsHeldOut(cohort, "ann", "w01-preparation"));
        // The session goes on for the others: it has its staff.
        Assert.Empty(cohort.Capacity!.Understaffed);

        cohort = Substitution.Accept(cohort, "ann", "n2").Last.Aggregate(cohort, (c, e) => c.Apply(e, Prepared));
        Assert.False(Substitution.IsHeldOut(cohort, "ann", "w02-medicine"));
        Assert.True(Substitution.IsHeldOut(cohort, "bob", "w02-medicine"));
        Assert.True(Substitution.Accept(cohort, "ann", "n2").Last.IsEmpty);
        Assert.Equal(Reason.NotFound, Substitution.Accept(cohort, "cat", "n2").Refusal!.Reason);
    }

    [Fact]
    public void Who_was_withdrawn_can_be_replaced_later_and_the_cohort_recovers()
    {
        var stage = Stage();
        stage.With("n2", Roles.Nurse);
        var world = new World();
        world.Cohorts["c1"] = stage.Cohorts["c1"];
        world.Register("ann");
        world.Book("ann", "c1", Now);
        var cohort = Staffing.Withdraw("n1", world.Cohorts["c1"], "c1", "ill", Now).Last.Aggregate(world.Cohorts["c1"], (c, e) => c.Apply(e, Now));
        Assert.True(cohort.AtRisk);
        Assert.Equal(["n2"], Substitution.Propose(cohort, "c1", "n1", Members(stage), Now).Select(c => c.Facilitator));
        var decision = Substitution.Decide(cohort, "c1", "n1", Member(stage, "n2"), chartsReviewed: true, "ill", Now);
        Assert.True(decision.Leaving.IsEmpty);
        cohort = decision.Cohort.Aggregate(cohort, (c, e) => c.Apply(e, Now));
        Assert.False(cohort.AtRisk);
    }

    [Fact]
    public void Who_is_assigned_to_a_planned_cohort_leads_what_lacks_somebody_and_is_never_in_two_pods_at_once()
    {
        var stage = new PlanStage().WithTeam(2, nursesPerPod: 2).With("aa", Roles.Therapist).With("ab", Roles.Therapist).With("n9", Roles.Nurse);
        var request = PlanStage.Rtt([.. stage.Roster.Where(r => r.Facilitator != "n9")], 16, 2) with { BelowMinReason = "pilot" };
        stage.Planned(request, Templates.Rtt);
        var cohort = stage.Cohorts["c1"];
        Assert.Equal(Reason.NotNeeded, Staffing.Assign(stage.People["n9"], "n9", 1, cohort, "c1", Roles.Nurse, Now).Refusal!.Reason);
        foreach (var leaving in new[] { "rn1-1", "rn1-2", "rn2-1", "rn2-2" })
            cohort = Staffing.Withdraw(leaving, cohort, "c1", "left", Now).Last.Aggregate(cohort, (c, e) => c.Apply(e, Now));
        var decision = Staffing.Assign(stage.People["n9"], "n9", 1, cohort, "c1", Roles.Nurse, Now);
        var times = Assert.IsType<AssignmentOpened>(Assert.Single(decision.First)).Times;
        for (var i = 1; i < times.Length; i++) Assert.False(times[i].ConflictsWith(times[i - 1]));
        var assigned = Assert.IsType<FacilitatorAssignedTo>(decision.Last[0]);
        Assert.Equal(times.Length, assigned.Sessions.Length);
        Assert.Contains(assigned.Sessions, s => s.EndsWith("-p1", StringComparison.Ordinal));
        Assert.Contains(assigned.Sessions, s => s.EndsWith("-p2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("t9", Reason.RoleNotHeld)]
    [InlineData("n-lapsed", Reason.CredentialNotValid)]
    [InlineData("n-busy", Reason.FacilitatorBusy)]
    [InlineData("n1", Reason.FacilitatorAlreadyAssigned)]
    public void A_substitute_who_cannot_is_refused_with_the_rule(string substitute, Reason expected)
    {
        var stage = Stage();
        stage.With("t9", Roles.Therapist).With("n-lapsed", Roles.Nurse, until: new LocalDate(2027, 1, 31)).With("n-busy", Roles.Nurse);
        var medicine = stage.Cohorts["c1"].Planned!.Sessions.First(s => s.IsMedicine);
        stage.People["n-busy"] = stage.People["n-busy"].Apply(new AssignmentOpened("other", Roles.Nurse, [new Busy("other", "victoria", medicine.FreeAt + Duration.FromMinutes(30), medicine.FreeAt + Duration.FromHours(2))]), Now);
        Assert.Equal(expected, Substitution.Decide(stage.Cohorts["c1"], "c1", "n1", Member(stage, substitute), chartsReviewed: true, "ill", Now).Refusal!.Reason);
        Assert.Equal(Reason.NotAssigned, Substitution.Decide(stage.Cohorts["c1"], "c1", "nobody", Member(stage, "n-busy"), chartsReviewed: true, "ill", Now).Refusal!.Reason);
    }

    private static PlanStage Stage()
    {
        var stage = new PlanStage();
        stage.With("t1", Roles.Therapist).With("t2", Roles.Therapist).With("n1", Roles.Nurse).With("md", Roles.Prescriber);
        stage.Planned(PlanStage.Small(stage.Roster, 5), Templates.Small);
        return stage;
    }

    private static System.Collections.Immutable.ImmutableArray<RosterMember> Members(PlanStage stage) => [.. stage.People.Keys.Order(StringComparer.Ordinal).Select(f => Member(stage, f))];

    private static RosterMember Member(PlanStage stage, string facilitator) => new(facilitator, 1, stage.People[facilitator]);
}
