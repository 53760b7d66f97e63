using RttNetwork.Contracts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Grains.Programs;

/// <summary>Between the contracts of programs and rule packs and their domain.</summary>
internal static class ProgramMapping
{
    public static ProgramView ToView(this ProgramState program, string key, ProgramTemplate template) => new(
        Keys.NetworkOf(key),
        template.ToView(),
        [.. program.Versions.Select(v => new ProgramVersionView(v.Version, v.EffectiveFrom, v.EffectiveUntil))]);

    public static ProgramTemplate ToDomain(this ProgramTemplateView view) => new(
        view.Program,
        view.Version,
        view.DisplayName,
        view.EffectiveFrom,
        view.EffectiveUntil,
        view.Audience,
        view.Weeks,
        new GroupSizes(view.Sizes.CohortMin, view.Sizes.CohortMax, view.Sizes.PodMin, view.Sizes.PodTarget, view.Sizes.PodMax),
        view.Routes,
        new MedicineRules(view.Medicine.GapDaysMin, view.Medicine.PreparationsMin, view.Medicine.PreparationHoursMin, view.Medicine.PreparationDaysMax, view.Medicine.IntegrationBetween),
        new IntakeRules(
            view.Intake.ReferralRequired,
            view.Intake.Entry,
            view.Intake.ClosesDays,
            view.Intake.ClosedAt,
            view.Intake.ScreeningDays,
            view.Intake.AttendancePercentMin,
            view.Intake.SystolicMax,
            view.Intake.DiastolicMax,
            view.Intake.FastingPreset),
        view.FacilitatorRoles,
        [.. view.Sessions.Select(s => new SessionTemplate(
            s.Id,
            s.Kind,
            s.DisplayName,
            s.Scope,
            s.Mode,
            s.Weeks,
            s.PerWeek,
            s.WeeksMayDiffer,
            s.CountMin,
            s.CountMax,
            s.Minutes,
            s.ObservationMinutes,
            s.TurnoverMinutes,
            [.. s.Staffing.Select(n => new StaffingNeed(n.Role, n.ParticipantsPerMember, n.MembersMin))],
            s.Activities,
            [.. s.Attached.Select(a => new AttachedRole(a.Role, a.Required))]))],
        [.. view.Measures.Select(m => new MeasureTemplate(m.Measure, [.. m.Due.Select(d => new DuePoint(d.Id, d.Anchor, d.DaysAfter, d.WindowDays))]))],
        view.Award is { } award ? new TrainingAward(award.Role, award.Level, award.Membership, award.ValidDays) : null)
    {
        TrainingLevel = view.TrainingLevel.Length > 0 ? view.TrainingLevel : null,
    };

    public static ProgramTemplateView ToView(this ProgramTemplate template) => new(
        template.Program,
        template.Version,
        template.DisplayName,
        template.EffectiveFrom,
        template.EffectiveUntil,
        template.Audience,
        template.Weeks,
        new GroupSizesView(template.Sizes.CohortMin, template.Sizes.CohortMax, template.Sizes.PodMin, template.Sizes.PodTarget, template.Sizes.PodMax),
        template.Routes,
        new MedicineRulesView(template.Medicine.GapDaysMin, template.Medicine.PreparationsMin, template.Medicine.PreparationHoursMin, template.Medicine.PreparationDaysMax, template.Medicine.IntegrationBetween),
        new IntakeRulesView(
            template.Intake.ReferralRequired,
            template.Intake.Entry,
            template.Intake.ClosesDays,
            template.Intake.ClosedAt,
            template.Intake.ScreeningDays,
            template.Intake.AttendancePercentMin,
            template.Intake.SystolicMax,
            template.Intake.DiastolicMax,
            template.Intake.FastingPreset),
        template.FacilitatorRoles,
        [.. template.Sessions.Select(s => new SessionTemplateView(
            s.Id,
            s.Kind,
            s.DisplayName,
            s.Scope,
            s.Mode,
            s.Weeks,
            s.PerWeek,
            s.WeeksMayDiffer,
            s.CountMin,
            s.CountMax,
            s.Minutes,
            s.ObservationMinutes,
            s.TurnoverMinutes,
            [.. s.Staffing.Select(n => new StaffingNeedView(n.Role, n.ParticipantsPerMember, n.MembersMin))],
            s.Activities,
            [.. s.Attached.Select(a => new AttachedRoleView(a.Role, a.Required))]))],
        [.. template.Measures.Select(m => new MeasureTemplateView(m.Measure, [.. m.Due.Select(d => new DuePointView(d.Id, d.Anchor, d.DaysAfter, d.WindowDays))]))],
        template.Award is { } award ? new TrainingAwardView(award.Role, award.Level, award.Membership, award.ValidDays) : null)
    {
        TrainingLevel = template.TrainingLevel ?? "",
    };

    public static RulePack ToDomain(this RulePackView view) => new(
        view.Pack,
        view.Version,
        view.DisplayName,
        view.Jurisdiction,
        view.Site,
        view.EffectiveFrom,
        view.EffectiveUntil,
        view.Source,
        [.. view.Ratios.Select(r => new RatioRule(
            r.SessionKind, r.Route, r.Dose is { } d ? new DoseBand(d.FromMicrograms, d.UpToMicrograms, d.UpToIncluded) : null, r.Role, r.ParticipantsPerMember, r.MembersMin, r.GroupsOnly))],
        [.. view.Caps.Select(c => new CapRule(c.SessionKind, c.Route, c.SeatsMax))],
        [.. view.Routes.Select(r => new RouteRule(r.Route, r.AccreditationAnyOf))]);

    public static RulePackView ToView(this RulePack pack) => new(
        pack.Pack,
        pack.Version,
        pack.DisplayName,
        pack.Jurisdiction,
        pack.Site,
        pack.EffectiveFrom,
        pack.EffectiveUntil,
        pack.Source,
        [.. pack.Ratios.Select(r => new RatioRuleView(
            r.SessionKind, r.Route, r.Dose is { } d ? new DoseBandView(d.FromMicrograms, d.UpToMicrograms, d.UpToIncluded) : null, r.Role, r.ParticipantsPerMember, r.MembersMin, r.GroupsOnly))],
        [.. pack.Caps.Select(c => new CapRuleView(c.SessionKind, c.Route, c.SeatsMax))],
        [.. pack.Routes.Select(r => new RouteRuleView(r.Route, r.AccreditationAnyOf))]);
}
