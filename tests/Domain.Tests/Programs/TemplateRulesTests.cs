using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Tests.Programs;

/// <summary>Templates that contradict themselves: each fault names its field, and all of them are found at once.</summary>
public sealed class TemplateRulesTests
{
    private static readonly Instant Now = World.Start;

    private static readonly Dictionary<string, (string Field, int Rule, ProgramTemplate Template)> Wrong = new()
    {
        ["ends before it begins"] = ("effective_until", 1, Templates.Rtt with { EffectiveUntil = Templates.From.PlusDays(-1) }),
        ["no week"] = ("weeks", 0, Templates.Rtt with { Weeks = 0 }),
        ["for nobody"] = ("audience", 0, Templates.Rtt with { Audience = "everybody" }),
        ["more at least than at most"] = ("sizes.cohort_min", 11, Templates.Rtt with { Sizes = Templates.Rtt.Sizes with { CohortMin = 41 } }),
        ["a pod larger than the cohort"] = ("sizes.pod_max", 12, Templates.Rtt with { Sizes = Templates.Rtt.Sizes with { PodMax = 41 } }),
        ["a pod outside its bounds"] = ("sizes.pod_target", 12, Templates.Rtt with { Sizes = Templates.Rtt.Sizes with { PodTarget = 4 } }),
        ["a prescriber who facilitates"] = ("facilitator_roles[0]", 19, Templates.Rtt with { FacilitatorRoles = [Roles.Prescriber, Roles.Therapist] }),
        ["medicine without a route"] = ("routes", 25, Templates.Rtt with { Routes = [] }),
        ["a negative gap"] = ("medicine.gap_days_min", 4, Templates.Rtt with { Medicine = Templates.Rtt.Medicine with { GapDaysMin = -14 } }),
        ["preparation that expires before it counts"] = ("medicine.preparation_days_max", 3, Templates.Rtt with { Medicine = Templates.Rtt.Medicine with { PreparationHoursMin = 72, PreparationDaysMax = 2 } }),
        ["a required referral by consultation"] = ("intake.entry", 28, Templates.Rtt with { Intake = Templates.Rtt.Intake with { Entry = "consultation" } }),
        ["half a blood pressure"] = ("intake.diastolic_max", 30, Templates.Rtt with { Intake = Templates.Rtt.Intake with { DiastolicMax = 0 } }),
        ["virtual medicine"] = ("sessions[2].mode", 6, Templates.Rtt.With("medicine", s => s with { Mode = Modes.Virtual })),
        ["medicine without observation"] = ("sessions[2].observation_minutes", 34, Templates.Rtt.With("medicine", s => s with { ObservationMinutes = 0 })),
        ["observation longer than the session"] = ("sessions[2].observation_minutes", 34, Templates.Rtt.With("medicine", s => s with { ObservationMinutes = 240 })),
        ["a week after the last"] = ("sessions[2].weeks[2]", 2, Templates.Rtt.With("medicine", s => s with { Weeks = [4, 6, 13] })),
        ["weeks out of order"] = ("sessions[2].weeks[1]", 2, Templates.Rtt.With("medicine", s => s with { Weeks = [6, 4, 8] })),
        ["weeks too near for the gap"] = ("sessions[2].weeks[1]", 4, Templates.Rtt.With("medicine", s => s with { Weeks = [4, 5, 8] })),
        ["medicine before any preparation"] = ("sessions[2].weeks[0]", 3, Templates.Rtt.With("preparation", s => s with { Weeks = [9] })),
        ["no integration between"] = ("sessions[2].weeks[1]", 5, Templates.Rtt.With("integration", s => s with { Weeks = [9, 10, 11, 12] })),
        ["a group with one facilitator"] = ("sessions[0].staffing", 15, Templates.Rtt.With("large-group", s => s with { Staffing = [new(Roles.Facilitator, 20, 1)] })),
        ["medicine without a prescriber"] = ("sessions[2].staffing", 22, Templates.Rtt.With("medicine", s => s with { Staffing = [new(Roles.Facilitator, 4, 2)] })),
        ["a negative ratio"] = ("sessions[2].staffing[0].participants_per_member", 16, Templates.Rtt.With("medicine", s => s with { Staffing = [new(Roles.Facilitator, -4, 2), new(Roles.Prescriber, 0, 1)] })),
        ["a role that nobody has"] = ("sessions[0].staffing[1].role", 0, Templates.Rtt.With("large-group", s => s with { Staffing = [new(Roles.Facilitator, 20, 2), new("shaman", 0, 1)] })),
        ["pods in a program without pods"] = ("sessions[0].scope", 12, Templates.Small.With("preparation", s => s with { Scope = Scopes.Pod })),
        ["an appointment in a week"] = ("sessions[0].weeks", 2, Templates.Rtt.With("large-group", s => s with { Scope = Scopes.Person })),
        ["a measure that is never due"] = ("measures[0].due", 44, Templates.Rtt with { Measures = [new MeasureTemplate("phq-9", [])] }),
        ["a certificate for participants"] = ("award", 20, Templates.Rtt with { Award = new TrainingAward(Roles.Facilitator, "kap-trained", "", 0) }),
        ["two sessions of one name"] = ("sessions", 0, Templates.Rtt with { Sessions = [.. Templates.Rtt.Sessions, Templates.Rtt.Sessions[0]] }),
    };

    public static TheoryData<string> Faults => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_template_that_contradicts_itself_is_told_which_field_and_rule(string what)
    {
        var (field, rule, template) = Wrong[what];
        var found = TemplateRules.Faults(template);
        Assert.Contains(found, f => f.Subject == field && f.Rule == rule);
        Assert.All(found, f => Assert.StartsWith("must", f.Description, StringComparison.Ordinal));
    }

    [Fact]
    public void A_good_template_has_no_fault()
    {
        Assert.Empty(TemplateRules.Faults(Templates.Rtt));
        Assert.Empty(TemplateRules.Faults(Templates.Small));
    }

    [Fact]
    public void Every_fault_is_found_at_once()
    {
        var template = Templates.Rtt with { Weeks = 3, Routes = [], Audience = "" };
        var refusal = ProgramRules.Publish(ProgramState.Empty, template).Refusal!;
        Assert.Equal(Reason.TemplateInvalid, refusal.Reason);
        Assert.True(refusal.Violations.Select(v => v.Subject).Distinct().Count() > 10);
    }

    [Fact]
    public void A_version_never_changes_and_a_cohort_that_begins_later_has_the_later_one()
    {
        var program = Published(Templates.Rtt, Templates.Rtt with { Version = 2, EffectiveFrom = new LocalDate(2027, 1, 1) });
        Assert.Equal(Reason.AlreadyExists, ProgramRules.Publish(program, Templates.Rtt with { DisplayName = "Another name" }).Refusal!.Reason);
        Assert.Equal(1, program.EffectiveOn(new LocalDate(2026, 12, 31))!.Version);
        Assert.Equal(2, program.EffectiveOn(new LocalDate(2027, 1, 1))!.Version);
        Assert.Null(program.EffectiveOn(Templates.From.PlusDays(-1)));
        Assert.Equal("Roots to Thrive", program.Version(1)!.DisplayName);
    }

    [Theory]
    [InlineData(3, 2027, "version")]
    [InlineData(2, 2026, "effective_from")]
    public void Versions_have_no_gap_and_no_overlap(int version, int from, string field)
    {
        var refusal = ProgramRules.Publish(Published(Templates.Rtt), Templates.Rtt with { Version = version, EffectiveFrom = new LocalDate(from, 1, 1) }).Refusal!;
        Assert.Equal(field, Assert.Single(refusal.Violations).Subject);
    }

    [Fact]
    public void A_version_that_begins_before_the_one_before_it_ends_is_refused()
    {
        var first = Templates.Rtt with { EffectiveUntil = new LocalDate(2027, 6, 30) };
        var next = Templates.Rtt with { Version = 2, EffectiveFrom = new LocalDate(2027, 6, 30) };
        Assert.Equal("effective_from", Assert.Single(ProgramRules.Publish(Published(first), next).Refusal!.Violations).Subject);
        Assert.Null(ProgramRules.Publish(Published(first), next with { EffectiveFrom = new LocalDate(2027, 7, 1) }).Refusal);
    }

    private static ProgramState Published(params ProgramTemplate[] templates)
    {
        var program = ProgramState.Empty;
        foreach (var template in templates)
        {
            var decision = ProgramRules.Publish(program, template);
            Assert.Null(decision.Refusal);
            program = decision.Last.Aggregate(program, (p, e) => p.Apply(e, Now));
        }
        return program;
    }
}
