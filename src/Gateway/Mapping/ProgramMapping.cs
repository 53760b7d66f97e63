using System.Collections.Immutable;
using Google.Protobuf.Collections;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using WireProgram = RttNetwork.Wire.V1.Program;

namespace RttNetwork.Gateway.Mapping;

/// <summary>
/// Programs and rule packs, both ways. Only the form is judged here; what contradicts itself is found by the domain,
/// whose fields have the same names.
/// </summary>
internal static class ProgramMapping
{
    private const int SessionsMax = 40;
    private const int WeeksMax = 104;
    private const int EntriesMax = 20;
    private const int RulesMax = 200;
    private const int VersionMax = 1_000_000;

    public static (ProgramName Program, PublishProgram Command) Read(Fields fields, CreateProgramVersionRequest request)
    {
        var parent = fields.Network("parent", request.Parent);
        if (!fields.Has("template", request.Template)) return default;
        var template = request.Template;
        var program = fields.ProgramId("template.program", template.Program);
        if (!(fields.Has("template.sizes", template.Sizes) & fields.Has("template.medicine", template.Medicine) & fields.Has("template.intake", template.Intake))) return default;
        var view = new ProgramTemplateView(
            program,
            fields.Number("template.version", template.Version, 1, VersionMax),
            fields.Text("template.display_name", template.DisplayName, CohortMapping.DisplayNameLengthMax),
            fields.RequiredDate("template.effective_from", template.EffectiveFrom),
            fields.Date("template.effective_until", template.EffectiveUntil),
            fields.Code("template.audience", template.Audience),
            template.Weeks,
            new GroupSizesView(template.Sizes.CohortMin, template.Sizes.CohortMax, template.Sizes.PodMin, template.Sizes.PodTarget, template.Sizes.PodMax),
            fields.Codes("template.routes", template.Routes, EntriesMax),
            new MedicineRulesView(template.Medicine.GapDaysMin, template.Medicine.PreparationsMin, template.Medicine.PreparationHoursMin, template.Medicine.PreparationDaysMax, template.Medicine.IntegrationBetween),
            new IntakeRulesView(
                template.Intake.ReferralRequired,
                fields.Code("template.intake.entry", template.Intake.Entry),
                template.Intake.ClosesDays,
                fields.Code("template.intake.closed_at", template.Intake.ClosedAt),
                template.Intake.ScreeningDays,
                template.Intake.AttendancePercentMin,
                template.Intake.SystolicMax,
                template.Intake.DiastolicMax,
                fields.Code("template.intake.fasting_preset", template.Intake.FastingPreset, required: false)),
            fields.Codes("template.facilitator_roles", template.FacilitatorRoles, EntriesMax),
            Sessions(fields, template.Sessions),
            Measures(fields, template.Measures),
            template.Award is { } award
                ? new TrainingAwardView(fields.Code("template.award.role", award.Role), fields.Code("template.award.level", award.Level), fields.Code("template.award.membership", award.Membership, required: false), award.ValidDays)
                : null)
        {
            TrainingLevel = fields.Code("template.training_level", template.TrainingLevel, required: false),
        };
        return (new ProgramName(parent.Network ?? "", program), new PublishProgram(view));
    }

    public static PublishRulePack? Read(Fields fields, CreateRulePackVersionRequest request)
    {
        var parent = fields.Network("parent", request.Parent);
        if (!fields.Has("rule_pack", request.RulePack)) return null;
        var pack = request.RulePack;
        var site = pack.Site.Length > 0 ? fields.Site("rule_pack.site", pack.Site) : default;
        if (site.Network is not null && site.Network != parent.Network) fields.Wrong("rule_pack.site", "must be a site of the parent");
        var inForm = fields.Count("rule_pack.ratios", pack.Ratios.Count, 0, RulesMax) & fields.Count("rule_pack.caps", pack.Caps.Count, 0, RulesMax) & fields.Count("rule_pack.routes", pack.Routes.Count, 0, RulesMax);
        return new PublishRulePack(new RulePackView(
            fields.Id("rule_pack.pack", pack.Pack),
            fields.Number("rule_pack.version", pack.Version, 1, VersionMax),
            fields.Text("rule_pack.display_name", pack.DisplayName, CohortMapping.DisplayNameLengthMax),
            pack.Jurisdiction.Length > 0 ? fields.Jurisdiction("rule_pack.jurisdiction", pack.Jurisdiction) : "",
            site.Site ?? "",
            fields.RequiredDate("rule_pack.effective_from", pack.EffectiveFrom),
            fields.Date("rule_pack.effective_until", pack.EffectiveUntil),
            fields.Text("rule_pack.source", pack.Source, 500, required: false),
            !inForm ? [] : [.. pack.Ratios.Select((r, i) => new RatioRuleView(
                fields.Code($"rule_pack.ratios[{i}].session_kind", r.SessionKind, required: false),
                fields.Code($"rule_pack.ratios[{i}].route", r.Route, required: false),
                r.Dose is { } dose ? new DoseBandView(dose.FromMicrograms, dose.UpToMicrograms, dose.UpToIncluded) : null,
                fields.Code($"rule_pack.ratios[{i}].role", r.Role),
                r.ParticipantsPerMember,
                r.MembersMin,
                r.GroupsOnly))],
            !inForm ? [] : [.. pack.Caps.Select((c, i) => new CapRuleView(
                fields.Code($"rule_pack.caps[{i}].session_kind", c.SessionKind, required: false), fields.Code($"rule_pack.caps[{i}].route", c.Route, required: false), c.SeatsMax))],
            !inForm ? [] : [.. pack.Routes.Select((r, i) => new RouteRuleView(
                fields.Code($"rule_pack.routes[{i}].route", r.Route, required: false), fields.Codes($"rule_pack.routes[{i}].accreditation_any_of", r.AccreditationAnyOf, EntriesMax)))]));
    }

    public static WireProgram ToWire(this ProgramView view, string? token = null)
    {
        var program = new WireProgram { Name = new ProgramName(view.Network, view.Template.Program).ToString(), Template = view.Template.ToWire(), Token = token ?? "" };
        foreach (var version in view.Versions)
            program.Versions.Add(new ProgramVersion { Version = version.Version, EffectiveFrom = version.EffectiveFrom.ToWire(), EffectiveUntil = version.EffectiveUntil.ToWire() });
        return program;
    }

    public static WireProgram ToWire(this ProgramRow row, string network) => new()
    {
        Name = new ProgramName(network, row.Program).ToString(),
        Template = new ProgramTemplate
        {
            Program = row.Program,
            Version = row.Version,
            DisplayName = row.DisplayName,
            Audience = row.Audience,
            Weeks = row.Weeks,
            EffectiveFrom = row.EffectiveFrom.ToWire(),
        },
    };

    public static RulePack ToWire(this RulePackView view, string network)
    {
        var pack = new RulePack
        {
            Pack = view.Pack,
            Version = view.Version,
            DisplayName = view.DisplayName,
            Jurisdiction = view.Jurisdiction,
            Site = view.Site.Length > 0 ? new SiteName(network, view.Site).ToString() : "",
            EffectiveFrom = view.EffectiveFrom.ToWire(),
            EffectiveUntil = view.EffectiveUntil.ToWire(),
            Source = view.Source,
        };
        foreach (var ratio in view.Ratios)
        {
            pack.Ratios.Add(new RatioRule
            {
                SessionKind = ratio.SessionKind,
                Route = ratio.Route,
                Dose = ratio.Dose is { } dose ? new DoseBand { FromMicrograms = dose.FromMicrograms, UpToMicrograms = dose.UpToMicrograms, UpToIncluded = dose.UpToIncluded } : null,
                Role = ratio.Role,
                ParticipantsPerMember = ratio.ParticipantsPerMember,
                MembersMin = ratio.MembersMin,
                GroupsOnly = ratio.GroupsOnly,
            });
        }
        foreach (var cap in view.Caps) pack.Caps.Add(new CapRule { SessionKind = cap.SessionKind, Route = cap.Route, SeatsMax = cap.SeatsMax });
        foreach (var route in view.Routes) pack.Routes.Add(new RouteRule { Route = route.Route, AccreditationAnyOf = { route.AccreditationAnyOf } });
        return pack;
    }

    private static ProgramTemplate ToWire(this ProgramTemplateView view)
    {
        var template = new ProgramTemplate
        {
            Program = view.Program,
            Version = view.Version,
            DisplayName = view.DisplayName,
            EffectiveFrom = view.EffectiveFrom.ToWire(),
            EffectiveUntil = view.EffectiveUntil.ToWire(),
            Audience = view.Audience,
            Weeks = view.Weeks,
            Sizes = new GroupSizes { CohortMin = view.Sizes.CohortMin, CohortMax = view.Sizes.CohortMax, PodMin = view.Sizes.PodMin, PodTarget = view.Sizes.PodTarget, PodMax = view.Sizes.PodMax },
            Routes = { view.Routes },
            Medicine = new MedicineRules
            {
                GapDaysMin = view.Medicine.GapDaysMin,
                PreparationsMin = view.Medicine.PreparationsMin,
                PreparationHoursMin = view.Medicine.PreparationHoursMin,
                PreparationDaysMax = view.Medicine.PreparationDaysMax,
                IntegrationBetween = view.Medicine.IntegrationBetween,
            },
            Intake = new IntakeRules
            {
                ReferralRequired = view.Intake.ReferralRequired,
                Entry = view.Intake.Entry,
                ClosesDays = view.Intake.ClosesDays,
                ClosedAt = view.Intake.ClosedAt,
                ScreeningDays = view.Intake.ScreeningDays,
                AttendancePercentMin = view.Intake.AttendancePercentMin,
                SystolicMax = view.Intake.SystolicMax,
                DiastolicMax = view.Intake.DiastolicMax,
                FastingPreset = view.Intake.FastingPreset,
            },
            FacilitatorRoles = { view.FacilitatorRoles },
            TrainingLevel = view.TrainingLevel,
            Award = view.Award is { } award ? new TrainingAward { Role = award.Role, Level = award.Level, Membership = award.Membership, ValidDays = award.ValidDays } : null,
        };
        foreach (var session in view.Sessions)
        {
            template.Sessions.Add(new SessionTemplate
            {
                Id = session.Id,
                Kind = session.Kind,
                DisplayName = session.DisplayName,
                Scope = session.Scope,
                Mode = session.Mode,
                Weeks = { session.Weeks },
                PerWeek = session.PerWeek,
                WeeksMayDiffer = session.WeeksMayDiffer,
                CountMin = session.CountMin,
                CountMax = session.CountMax,
                Minutes = session.Minutes,
                ObservationMinutes = session.ObservationMinutes,
                TurnoverMinutes = session.TurnoverMinutes,
                Staffing = { session.Staffing.Select(n => new StaffingNeed { Role = n.Role, ParticipantsPerMember = n.ParticipantsPerMember, MembersMin = n.MembersMin }) },
                Activities = { session.Activities },
                Attached = { session.Attached.Select(a => new AttachedRole { Role = a.Role, Required = a.Required }) },
            });
        }
        foreach (var measure in view.Measures)
        {
            template.Measures.Add(new MeasureTemplate
            {
                Measure = measure.Measure,
                Due = { measure.Due.Select(d => new DuePoint { Id = d.Id, Anchor = d.Anchor, DaysAfter = d.DaysAfter, WindowDays = d.WindowDays }) },
            });
        }
        return template;
    }

    private static ImmutableArray<SessionTemplateView> Sessions(Fields fields, RepeatedField<SessionTemplate> sessions)
    {
        if (!fields.Count("template.sessions", sessions.Count, 1, SessionsMax)) return [];
        return [.. sessions.Select((s, i) => Session(fields, s, $"template.sessions[{i}]"))];
    }

    private static SessionTemplateView Session(Fields fields, SessionTemplate session, string at)
    {
        var inForm = fields.Count($"{at}.weeks", session.Weeks.Count, 0, WeeksMax) & fields.Count($"{at}.staffing", session.Staffing.Count, 0, EntriesMax)
            & fields.Count($"{at}.activities", session.Activities.Count, 0, EntriesMax) & fields.Count($"{at}.attached", session.Attached.Count, 0, EntriesMax);
        return new SessionTemplateView(
            fields.Id($"{at}.id", session.Id),
            fields.Code($"{at}.kind", session.Kind),
            fields.Text($"{at}.display_name", session.DisplayName, CohortMapping.DisplayNameLengthMax),
            fields.Code($"{at}.scope", session.Scope),
            fields.Code($"{at}.mode", session.Mode),
            inForm ? [.. session.Weeks] : [],
            session.PerWeek,
            session.WeeksMayDiffer,
            session.CountMin,
            session.CountMax,
            session.Minutes,
            session.ObservationMinutes,
            session.TurnoverMinutes,
            inForm ? [.. session.Staffing.Select((n, i) => new StaffingNeedView(fields.Code($"{at}.staffing[{i}].role", n.Role), n.ParticipantsPerMember, n.MembersMin))] : [],
            inForm ? [.. session.Activities.Select((a, i) => fields.Code($"{at}.activities[{i}]", a))] : [],
            inForm ? [.. session.Attached.Select((a, i) => new AttachedRoleView(fields.Code($"{at}.attached[{i}].role", a.Role), a.Required))] : []);
    }

    private static ImmutableArray<MeasureTemplateView> Measures(Fields fields, RepeatedField<MeasureTemplate> measures)
    {
        if (!fields.Count("template.measures", measures.Count, 0, EntriesMax)) return [];
        return [.. measures.Select((m, i) => new MeasureTemplateView(
            fields.Code($"template.measures[{i}].measure", m.Measure),
            fields.Count($"template.measures[{i}].due", m.Due.Count, 0, EntriesMax)
                ? [.. m.Due.Select((d, j) => new DuePointView(
                    fields.Code($"template.measures[{i}].due[{j}].id", d.Id), fields.Code($"template.measures[{i}].due[{j}].anchor", d.Anchor), d.DaysAfter, d.WindowDays))]
                : []))];
    }
}
