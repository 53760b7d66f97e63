using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Domain.Programs;

/// <summary>
/// One version of a program: everything that a cohort of it must have, as data. A version never changes; a cohort keeps
/// the one that it was made from (rule 1). Its field names are those of the wire, so that a fault can name a field.
/// </summary>
/// <param name="Program">The field's own code: <c>RTT-KaT-12</c>.</param>
/// <param name="Version">1, 2, 3 and so on, without a gap.</param>
/// <param name="EffectiveFrom">The first day on which a cohort of this version may begin.</param>
/// <param name="EffectiveUntil">The last such day; null when a later version ends it.</param>
/// <param name="Audience"><see cref="Audiences"/>.</param>
/// <param name="Weeks">The last session falls within so many weeks (rule 2).</param>
/// <param name="Routes">How medicine may be given: im, sl, lozenge, iv, ... Empty for a program without medicine.</param>
/// <param name="FacilitatorRoles">
/// Roles whose members count as facilitators. A nurse listed here counts as facilitator and as nurse: the double counting
/// that rule 19 lets a template allow. A prescriber never counts.
/// </param>
/// <param name="Sessions">In the order in which the program shows them.</param>
public sealed record ProgramTemplate(
    string Program,
    int Version,
    string DisplayName,
    LocalDate EffectiveFrom,
    LocalDate? EffectiveUntil,
    string Audience,
    int Weeks,
    GroupSizes Sizes,
    ImmutableArray<string> Routes,
    MedicineRules Medicine,
    IntakeRules Intake,
    ImmutableArray<string> FacilitatorRoles,
    ImmutableArray<SessionTemplate> Sessions,
    ImmutableArray<MeasureTemplate> Measures,
    TrainingAward? Award)
{
    /// <summary>True when people of several pods may be taken: the small groups in which medicine is given (rule 12).</summary>
    public bool HasPods => Sizes.PodMax > 0;

    /// <summary>True when a cohort of it may begin on this day, as far as this version says.</summary>
    public bool MayBeginOn(LocalDate day) => EffectiveFrom <= day && !(EffectiveUntil < day);

    /// <summary>The level of training that whoever counts as a facilitator must have on the day (rule 20); null, and left out of what is stored, when the program asks for none.</summary>
    public string? TrainingLevel { get; init; }

    public SessionTemplate? SessionOf(string id) => Sessions.FirstOrDefault(s => s.Id == id);
}

/// <summary>Whom a program is for.</summary>
public static class Audiences
{
    public const string Participants = "participants";
    /// <summary>A training: it ends in a credential, and a person may be in it beside another program (I2).</summary>
    public const string Staff = "staff";
    /// <summary>An alumni circle: a person may be in it beside another program (I2).</summary>
    public const string Alumni = "alumni";

    public static ImmutableArray<string> All { get; } = [Participants, Staff, Alumni];
}

/// <param name="CohortMin">Soft: fewer is a warning (rule 11).</param>
/// <param name="CohortMax">Hard (rule 10).</param>
/// <param name="PodMin">0 with <paramref name="PodMax"/> when the whole cohort is one group.</param>
/// <param name="PodTarget">What a plan makes when it is not told how many pods.</param>
public sealed record GroupSizes(int CohortMin, int CohortMax, int PodMin, int PodTarget, int PodMax);

/// <summary>What holds between the sessions of one person (rules 3 to 5).</summary>
/// <param name="GapDaysMin">Local calendar days between two medicine sessions (rule 4).</param>
/// <param name="PreparationsMin">Preparation sessions before the first medicine session (rule 3).</param>
/// <param name="PreparationHoursMin">Elapsed hours from the end of preparation to medicine.</param>
/// <param name="PreparationDaysMax">A preparation counts for so many days.</param>
/// <param name="IntegrationBetween">An integration session follows each medicine session before the next (rule 5).</param>
public sealed record MedicineRules(int GapDaysMin, int PreparationsMin, int PreparationHoursMin, int PreparationDaysMax, bool IntegrationBetween);

/// <summary>How people come in (rules 28 to 33 and 37).</summary>
/// <param name="Entry">"referral", "consultation", "intake-visit" or "application".</param>
/// <param name="ClosesDays">Intake closes so many days before the first session (rule 31).</param>
/// <param name="ClosedAt">When the group closes for good (rule 32): <see cref="ClosePoints"/>.</param>
/// <param name="ScreeningDays">A screening counts for so many days before each medicine session (rule 29).</param>
/// <param name="AttendancePercentMin">Below it there is a review (rule 37); 0 for none.</param>
/// <param name="SystolicMax">Above it a person is excluded; 0 leaves it to the site.</param>
/// <param name="FastingPreset">A code of the site's fasting presets; empty for none.</param>
public sealed record IntakeRules(
    bool ReferralRequired, string Entry, int ClosesDays, string ClosedAt, int ScreeningDays, int AttendancePercentMin, int SystolicMax, int DiastolicMax, string FastingPreset);

/// <summary>When a group takes nobody any more.</summary>
public static class ClosePoints
{
    public const string Never = "never";
    public const string FirstSession = "first-session";
    public const string FirstWeekEnd = "first-week-end";

    public static ImmutableArray<string> All { get; } = [Never, FirstSession, FirstWeekEnd];
}

/// <summary>One kind of meeting of a program, and when and with whom it takes place.</summary>
/// <param name="Id">Its name within the template.</param>
/// <param name="Kind"><see cref="SessionKinds"/>.</param>
/// <param name="Scope"><see cref="Scopes"/>.</param>
/// <param name="Mode"><see cref="Modes"/>.</param>
/// <param name="Weeks">The weeks in which it takes place. Empty for appointments, which are made with each person.</param>
/// <param name="PerWeek">How often in each of these weeks.</param>
/// <param name="WeeksMayDiffer">True when a plan may choose other weeks of the program, and between <paramref name="CountMin"/> and <paramref name="CountMax"/> of them.</param>
/// <param name="Minutes">The whole meeting, observation included.</param>
/// <param name="ObservationMinutes">Of these, kept at the end for observation after the last dose (rules 7 and 34).</param>
/// <param name="TurnoverMinutes">What room and people need after it.</param>
/// <param name="Staffing">Who must be there, beside what the rule packs ask for.</param>
/// <param name="Activities">What is done: EMDR-style work, breath practice, ceremony, a topic of the curriculum.</param>
public sealed record SessionTemplate(
    string Id,
    string Kind,
    string DisplayName,
    string Scope,
    string Mode,
    ImmutableArray<int> Weeks,
    int PerWeek,
    bool WeeksMayDiffer,
    int CountMin,
    int CountMax,
    int Minutes,
    int ObservationMinutes,
    int TurnoverMinutes,
    ImmutableArray<StaffingNeed> Staffing,
    ImmutableArray<string> Activities,
    ImmutableArray<AttachedRole> Attached)
{
    /// <summary>False for an appointment of one person, which no plan of a cohort has.</summary>
    public bool IsPlanned => Scope != Scopes.Person;
}

/// <summary>What a session is for.</summary>
public static class SessionKinds
{
    public const string Orientation = "orientation";
    public const string Consultation = "consultation";
    public const string Intake = "intake";
    public const string Screening = "screening";
    public const string Preparation = "preparation";
    public const string Medicine = "medicine";
    public const string LargeGroup = "large-group";
    public const string SmallGroup = "small-group";
    public const string Integration = "integration";
    public const string FollowUp = "follow-up";
    public const string CommunityOfPractice = "community-of-practice";
    public const string Workshop = "workshop";
    public const string Practicum = "practicum";

    public static ImmutableArray<string> All { get; } =
        [Orientation, Consultation, Intake, Screening, Preparation, Medicine, LargeGroup, SmallGroup, Integration, FollowUp, CommunityOfPractice, Workshop, Practicum];
}

/// <summary>Who meets.</summary>
public static class Scopes
{
    public const string Cohort = "cohort";
    public const string Pod = "pod";
    /// <summary>One person: an appointment of one seat.</summary>
    public const string Person = "person";

    public static ImmutableArray<string> All { get; } = [Cohort, Pod, Person];
}

/// <summary>How people meet. A hybrid meeting takes its room too.</summary>
public static class Modes
{
    public const string InPerson = "in-person";
    public const string Virtual = "virtual";
    public const string Hybrid = "hybrid";

    public static ImmutableArray<string> All { get; } = [InPerson, Virtual, Hybrid];
}

/// <summary>How many of a role a session needs (rules 15, 16, 18 and 22).</summary>
/// <param name="Role">A role, or "facilitator" for whoever counts as one.</param>
/// <param name="ParticipantsPerMember">One member for so many people; 0 when there is no ratio, only a minimum.</param>
public sealed record StaffingNeed(string Role, int ParticipantsPerMember, int MembersMin)
{
    /// <summary>Members that so many people need.</summary>
    public int MembersFor(int people) =>
        Math.Max(MembersMin, ParticipantsPerMember == 0 ? 0 : (people + ParticipantsPerMember - 1) / ParticipantsPerMember);

    /// <summary>People that so many members let take part.</summary>
    public int SeatsFor(int members) =>
        members < MembersMin ? 0 : ParticipantsPerMember == 0 ? int.MaxValue : members * ParticipantsPerMember;
}

/// <summary>Somebody who may be there beside those who are counted: an Elder or Knowledge Keeper, a somatic practitioner, a peer.</summary>
/// <param name="Required">True when the session does not take place without one. Never a licence check.</param>
public sealed record AttachedRole(string Role, bool Required);

/// <summary>A questionnaire and when it is due (rule 44).</summary>
public sealed record MeasureTemplate(string Measure, ImmutableArray<DuePoint> Due);

/// <param name="Id">The point's name: "baseline", "end", "six-months".</param>
/// <param name="Anchor">What it is counted from: <see cref="Anchors"/>.</param>
/// <param name="DaysAfter">Days from the anchor to the day on which it is due.</param>
/// <param name="WindowDays">It may be answered so many days after that before it is overdue.</param>
public sealed record DuePoint(string Id, string Anchor, int DaysAfter, int WindowDays);

/// <summary>What the due points of measures are counted from.</summary>
public static class Anchors
{
    /// <summary>Before the first medicine session, or the first session where there is none.</summary>
    public const string Baseline = "baseline";
    /// <summary>Each medicine session.</summary>
    public const string EachMedicine = "each-medicine";
    /// <summary>Each month from the first session.</summary>
    public const string Monthly = "monthly";
    /// <summary>The last day of the program.</summary>
    public const string End = "end";

    public static ImmutableArray<string> All { get; } = [Baseline, EachMedicine, Monthly, End];
}

/// <summary>What who completes a training holds from then on.</summary>
/// <param name="Role">The role that the certificate makes count.</param>
/// <param name="Level">The level of training: "kap-trained".</param>
/// <param name="Membership">The membership that comes with it; empty for none.</param>
/// <param name="ValidDays">How long the certificate is valid; 0 when it has no end.</param>
public sealed record TrainingAward(string Role, string Level, string Membership, int ValidDays);
