using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Programs;

/// <summary>A program: its versions, which never change. Reference data: read, and passed by value; never enlisted with others.</summary>
[Alias("rtt.IProgramGrain")]
public interface IProgramGrain : IGrainWithStringKey
{
    [Alias("Publish")] Task<UnitAnswer<ProgramView>> Publish(PublishProgram command, Unit unit);

    /// <summary>One version: by its number, or for 0 the one that a cohort beginning on <paramref name="effectiveOn"/> is made from, or the newest.</summary>
    [Alias("Get")] Task<ReadAnswer<ProgramView>> Get(Caller caller, int version, LocalDate? effectiveOn);
}

/// <summary>The rule packs of a network: ratios, caps and routes with their dates. Reference data, as programs are.</summary>
[Alias("rtt.IRulePacksGrain")]
public interface IRulePacksGrain : IGrainWithStringKey
{
    [Alias("Publish")] Task<UnitAnswer<RulePackView>> Publish(PublishRulePack command, Unit unit);

    /// <summary>Every version of every pack; of those that may count at one site when it is given.</summary>
    [Alias("Get")] Task<ReadAnswer<RulePackList>> Get(Caller caller, string? jurisdiction, string? site);
}

[GenerateSerializer, Immutable, Alias("rtt.PublishProgram")]
public sealed record PublishProgram([property: Id(0)] ProgramTemplateView Template);

/// <param name="Versions">Every version that there is, in order.</param>
[GenerateSerializer, Immutable, Alias("rtt.ProgramView")]
public sealed record ProgramView(
    [property: Id(0)] string Network,
    [property: Id(1)] ProgramTemplateView Template,
    [property: Id(2)] ImmutableArray<ProgramVersionView> Versions);

[GenerateSerializer, Immutable, Alias("rtt.ProgramVersionView")]
public sealed record ProgramVersionView([property: Id(0)] int Version, [property: Id(1)] LocalDate EffectiveFrom, [property: Id(2)] LocalDate? EffectiveUntil);

/// <summary>One version of a program, as the domain has it.</summary>
[GenerateSerializer, Immutable, Alias("rtt.ProgramTemplateView")]
public sealed record ProgramTemplateView(
    [property: Id(0)] string Program,
    [property: Id(1)] int Version,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] LocalDate EffectiveFrom,
    [property: Id(4)] LocalDate? EffectiveUntil,
    [property: Id(5)] string Audience,
    [property: Id(6)] int Weeks,
    [property: Id(7)] GroupSizesView Sizes,
    [property: Id(8)] ImmutableArray<string> Routes,
    [property: Id(9)] MedicineRulesView Medicine,
    [property: Id(10)] IntakeRulesView Intake,
    [property: Id(11)] ImmutableArray<string> FacilitatorRoles,
    [property: Id(12)] ImmutableArray<SessionTemplateView> Sessions,
    [property: Id(13)] ImmutableArray<MeasureTemplateView> Measures,
    [property: Id(14)] TrainingAwardView? Award)
{
    /// <summary>The level of training that whoever counts as a facilitator must have; empty for none.</summary>
    [Id(15)] public string TrainingLevel { get; init; } = "";
}

[GenerateSerializer, Immutable, Alias("rtt.GroupSizesView")]
public sealed record GroupSizesView(
    [property: Id(0)] int CohortMin,
    [property: Id(1)] int CohortMax,
    [property: Id(2)] int PodMin,
    [property: Id(3)] int PodTarget,
    [property: Id(4)] int PodMax);

[GenerateSerializer, Immutable, Alias("rtt.MedicineRulesView")]
public sealed record MedicineRulesView(
    [property: Id(0)] int GapDaysMin,
    [property: Id(1)] int PreparationsMin,
    [property: Id(2)] int PreparationHoursMin,
    [property: Id(3)] int PreparationDaysMax,
    [property: Id(4)] bool IntegrationBetween);

[GenerateSerializer, Immutable, Alias("rtt.IntakeRulesView")]
public sealed record IntakeRulesView(
    [property: Id(0)] bool ReferralRequired,
    [property: Id(1)] string Entry,
    [property: Id(2)] int ClosesDays,
    [property: Id(3)] string ClosedAt,
    [property: Id(4)] int ScreeningDays,
    [property: Id(5)] int AttendancePercentMin,
    [property: Id(6)] int SystolicMax,
    [property: Id(7)] int DiastolicMax,
    [property: Id(8)] string FastingPreset);

[GenerateSerializer, Immutable, Alias("rtt.SessionTemplateView")]
public sealed record SessionTemplateView(
    [property: Id(0)] string Id,
    [property: Id(1)] string Kind,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string Scope,
    [property: Id(4)] string Mode,
    [property: Id(5)] ImmutableArray<int> Weeks,
    [property: Id(6)] int PerWeek,
    [property: Id(7)] bool WeeksMayDiffer,
    [property: Id(8)] int CountMin,
    [property: Id(9)] int CountMax,
    [property: Id(10)] int Minutes,
    [property: Id(11)] int ObservationMinutes,
    [property: Id(12)] int TurnoverMinutes,
    [property: Id(13)] ImmutableArray<StaffingNeedView> Staffing,
    [property: Id(14)] ImmutableArray<string> Activities,
    [property: Id(15)] ImmutableArray<AttachedRoleView> Attached);

[GenerateSerializer, Immutable, Alias("rtt.StaffingNeedView")]
public sealed record StaffingNeedView([property: Id(0)] string Role, [property: Id(1)] int ParticipantsPerMember, [property: Id(2)] int MembersMin);

[GenerateSerializer, Immutable, Alias("rtt.AttachedRoleView")]
public sealed record AttachedRoleView([property: Id(0)] string Role, [property: Id(1)] bool Required);

[GenerateSerializer, Immutable, Alias("rtt.MeasureTemplateView")]
public sealed record MeasureTemplateView([property: Id(0)] string Measure, [property: Id(1)] ImmutableArray<DuePointView> Due);

[GenerateSerializer, Immutable, Alias("rtt.DuePointView")]
public sealed record DuePointView([property: Id(0)] string Id, [property: Id(1)] string Anchor, [property: Id(2)] int DaysAfter, [property: Id(3)] int WindowDays);

[GenerateSerializer, Immutable, Alias("rtt.TrainingAwardView")]
public sealed record TrainingAwardView([property: Id(0)] string Role, [property: Id(1)] string Level, [property: Id(2)] string Membership, [property: Id(3)] int ValidDays);

[GenerateSerializer, Immutable, Alias("rtt.PublishRulePack")]
public sealed record PublishRulePack([property: Id(0)] RulePackView Pack);

[GenerateSerializer, Immutable, Alias("rtt.RulePackList")]
public sealed record RulePackList([property: Id(0)] ImmutableArray<RulePackView> Packs);

/// <summary>One version of a rule pack, as the domain has it.</summary>
[GenerateSerializer, Immutable, Alias("rtt.RulePackView")]
public sealed record RulePackView(
    [property: Id(0)] string Pack,
    [property: Id(1)] int Version,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string Jurisdiction,
    [property: Id(4)] string Site,
    [property: Id(5)] LocalDate EffectiveFrom,
    [property: Id(6)] LocalDate? EffectiveUntil,
    [property: Id(7)] string Source,
    [property: Id(8)] ImmutableArray<RatioRuleView> Ratios,
    [property: Id(9)] ImmutableArray<CapRuleView> Caps,
    [property: Id(10)] ImmutableArray<RouteRuleView> Routes);

[GenerateSerializer, Immutable, Alias("rtt.RatioRuleView")]
public sealed record RatioRuleView(
    [property: Id(0)] string SessionKind,
    [property: Id(1)] string Route,
    [property: Id(2)] DoseBandView? Dose,
    [property: Id(3)] string Role,
    [property: Id(4)] int ParticipantsPerMember,
    [property: Id(5)] int MembersMin,
    [property: Id(6)] bool GroupsOnly);

[GenerateSerializer, Immutable, Alias("rtt.DoseBandView")]
public sealed record DoseBandView([property: Id(0)] int FromMicrograms, [property: Id(1)] int UpToMicrograms, [property: Id(2)] bool UpToIncluded);

[GenerateSerializer, Immutable, Alias("rtt.CapRuleView")]
public sealed record CapRuleView([property: Id(0)] string SessionKind, [property: Id(1)] string Route, [property: Id(2)] int SeatsMax);

[GenerateSerializer, Immutable, Alias("rtt.RouteRuleView")]
public sealed record RouteRuleView([property: Id(0)] string Route, [property: Id(1)] ImmutableArray<string> AccreditationAnyOf);
