using System.Collections.Immutable;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Programs;

/// <summary>
/// What can be wrong with a template. Every fault is found at once, and each names its field and says what would be right.
/// </summary>
public static class TemplateRules
{
    public const int WeeksMax = 104;
    public const int SessionsMax = 40;
    public const int MeasuresMax = 20;
    public const int StaffingMax = 8;
    public const int CohortMaxMax = 200;
    private const int MinutesMax = 24 * 60;
    private const int RatioMax = 200;
    private const int MembersMax = 32;

    /// <summary>Everything that is wrong with a template by itself; empty when nothing is.</summary>
    public static ImmutableArray<Violation> Faults(ProgramTemplate template)
    {
        var faults = new FaultList();
        faults.Range("version", template.Version, 1, ProgramState.VersionsMax);
        if (template.EffectiveUntil is { } until && until < template.EffectiveFrom)
            faults.Add(1, "effective_until", $"must not be before effective_from, {template.EffectiveFrom:uuuu-MM-dd}");
        faults.OneOf("audience", template.Audience, Audiences.All);
        faults.Range("weeks", template.Weeks, 1, WeeksMax);
        Sizes(faults, template.Sizes);
        Roles(faults, template);
        Medicine(faults, template);
        Intake(faults, template);
        if (template.Sessions.Length is 0 or > SessionsMax) faults.Add(2, "sessions", $"must have 1 to {SessionsMax} entries");
        for (var i = 0; i < template.Sessions.Length; i++) Session(faults, template, template.Sessions[i], $"sessions[{i}]");
        Distinct(faults, "sessions", template.Sessions.Select(s => s.Id), "id");
        if (template.Sessions.Length > 0 && !template.Sessions.Any(s => s.IsPlanned)) faults.Add(2, "sessions", "must have a session of scope 'cohort' or 'pod': appointments alone are no program");
        Sequence(faults, template);
        Measures(faults, template);
        Award(faults, template);
        return faults.All;
    }

    private static void Sizes(FaultList faults, GroupSizes sizes)
    {
        faults.Range("sizes.cohort_max", sizes.CohortMax, 1, CohortMaxMax);
        faults.Range("sizes.cohort_min", sizes.CohortMin, 1, CohortMaxMax);
        if (sizes.CohortMin > sizes.CohortMax) faults.Add(11, "sizes.cohort_min", $"must be at most cohort_max, {sizes.CohortMax}");
        if (sizes is { PodMin: 0, PodTarget: 0, PodMax: 0 }) return;
        faults.Range("sizes.pod_min", sizes.PodMin, 1, CohortMaxMax);
        if (sizes.PodTarget < sizes.PodMin || sizes.PodTarget > sizes.PodMax) faults.Add(12, "sizes.pod_target", $"must be between pod_min, {sizes.PodMin}, and pod_max, {sizes.PodMax}");
        if (sizes.PodMax < sizes.PodMin) faults.Add(12, "sizes.pod_max", $"must be at least pod_min, {sizes.PodMin}");
        if (sizes.PodMax > sizes.CohortMax) faults.Add(12, "sizes.pod_max", $"must be at most cohort_max, {sizes.CohortMax}");
    }

    private static void Roles(FaultList faults, ProgramTemplate template)
    {
        for (var i = 0; i < template.FacilitatorRoles.Length; i++)
        {
            var field = $"facilitator_roles[{i}]";
            faults.OneOf(field, template.FacilitatorRoles[i], Common.Roles.All);
            if (template.FacilitatorRoles[i] == Common.Roles.Prescriber) faults.Add(19, field, "must not be 'prescriber': a prescriber never counts as facilitator");
        }
        Distinct(faults, "facilitator_roles", template.FacilitatorRoles, "role");
    }

    private static void Medicine(FaultList faults, ProgramTemplate template)
    {
        var (medicine, sessions) = (template.Medicine, template.Sessions.Where(s => s.Kind == SessionKinds.Medicine).ToList());
        Distinct(faults, "routes", template.Routes, "route");
        if (sessions.Count == 0)
        {
            if (!template.Routes.IsEmpty) faults.Add(25, "routes", "must be empty: the program has no medicine session");
            return;
        }
        if (template.Routes.IsEmpty) faults.Add(25, "routes", "must name a route: the program has medicine sessions");
        faults.Range("medicine.gap_days_min", medicine.GapDaysMin, 1, 365, rule: 4);
        faults.Range("medicine.preparations_min", medicine.PreparationsMin, 0, 20, rule: 3);
        faults.Range("medicine.preparation_hours_min", medicine.PreparationHoursMin, 0, 24 * 30, rule: 3);
        faults.Range("medicine.preparation_days_max", medicine.PreparationDaysMax, 1, 365, rule: 3);
        if (medicine.PreparationDaysMax * 24 < medicine.PreparationHoursMin) faults.Add(3, "medicine.preparation_days_max", $"must be longer than preparation_hours_min, {medicine.PreparationHoursMin} hours");
    }

    private static void Intake(FaultList faults, ProgramTemplate template)
    {
        var intake = template.Intake;
        faults.OneOf("intake.entry", intake.Entry, ["referral", "consultation", "intake-visit", "application"]);
        if (intake.ReferralRequired && intake.Entry != "referral") faults.Add(28, "intake.entry", "must be 'referral': the template requires one");
        faults.Range("intake.closes_days", intake.ClosesDays, 0, 365, rule: 31);
        faults.OneOf("intake.closed_at", intake.ClosedAt, ClosePoints.All);
        faults.Range("intake.screening_days", intake.ScreeningDays, 1, 730, rule: 29);
        faults.Range("intake.attendance_percent_min", intake.AttendancePercentMin, 0, 100, rule: 37);
        faults.Range("intake.systolic_max", intake.SystolicMax, 0, 250, rule: 30);
        faults.Range("intake.diastolic_max", intake.DiastolicMax, 0, 200, rule: 30);
        if (intake.SystolicMax == 0 != (intake.DiastolicMax == 0)) faults.Add(30, "intake.diastolic_max", "must be given together with systolic_max");
        else if (intake.SystolicMax > 0 && intake.DiastolicMax >= intake.SystolicMax) faults.Add(30, "intake.diastolic_max", $"must be below systolic_max, {intake.SystolicMax}");
    }

    private static void Session(FaultList faults, ProgramTemplate template, SessionTemplate session, string at)
    {
        faults.OneOf($"{at}.kind", session.Kind, SessionKinds.All);
        faults.OneOf($"{at}.scope", session.Scope, Scopes.All);
        faults.OneOf($"{at}.mode", session.Mode, Modes.All);
        faults.Range($"{at}.minutes", session.Minutes, 10, MinutesMax);
        faults.Range($"{at}.turnover_minutes", session.TurnoverMinutes, 0, 240, rule: 7);
        if (session.ObservationMinutes < 0 || session.ObservationMinutes >= session.Minutes)
            faults.Add(34, $"{at}.observation_minutes", $"must be 0 or more and less than minutes, {session.Minutes}: it is a part of them");
        var isMedicine = session.Kind == SessionKinds.Medicine;
        if (isMedicine && session.Mode != Modes.InPerson) faults.Add(6, $"{at}.mode", "must be 'in-person': medicine is never given at a distance");
        if (isMedicine && session.ObservationMinutes == 0) faults.Add(34, $"{at}.observation_minutes", "must be more than 0: people are observed after the last dose");
        if (isMedicine && session.Scope == Scopes.Person) faults.Add(2, $"{at}.scope", "must be 'cohort' or 'pod': medicine sessions are planned");
        if (!isMedicine && session.ObservationMinutes > 0) faults.Add(34, $"{at}.observation_minutes", "must be 0: only medicine sessions have an observation");
        if (session.Scope == Scopes.Pod && !template.HasPods) faults.Add(12, $"{at}.scope", "must be 'cohort': the template has no pods (sizes.pod_max)");
        Weeks(faults, template, session, at);
        Staffing(faults, template, session, at);
        for (var i = 0; i < session.Attached.Length; i++) faults.OneOf($"{at}.attached[{i}].role", session.Attached[i].Role, Common.Roles.All);
        Distinct(faults, $"{at}.attached", session.Attached.Select(a => a.Role), "role");
    }

    private static void Weeks(FaultList faults, ProgramTemplate template, SessionTemplate session, string at)
    {
        if (!session.IsPlanned)
        {
            if (!session.Weeks.IsEmpty) faults.Add(2, $"{at}.weeks", "must be empty: an appointment is made with each person");
            return;
        }
        faults.Range($"{at}.per_week", session.PerWeek, 1, 7, rule: 2);
        if (session.Weeks.IsEmpty) faults.Add(2, $"{at}.weeks", $"must name weeks from 1 to {template.Weeks}");
        for (var i = 0; i < session.Weeks.Length; i++)
        {
            if (session.Weeks[i] < 1 || session.Weeks[i] > template.Weeks) faults.Add(2, $"{at}.weeks[{i}]", $"must be 1 to {template.Weeks}, the weeks of the program");
            else if (i > 0 && session.Weeks[i] <= session.Weeks[i - 1]) faults.Add(2, $"{at}.weeks[{i}]", "must be after the week before it");
        }
        if (!session.WeeksMayDiffer) return;
        if (session.CountMin < 0 || session.CountMin > session.CountMax) faults.Add(2, $"{at}.count_min", $"must be 0 to count_max, {session.CountMax}");
        if (session.CountMax < 1 || session.CountMax > template.Weeks) faults.Add(2, $"{at}.count_max", $"must be 1 to {template.Weeks}, the weeks of the program");
        if (session.Weeks.Length < session.CountMin || session.Weeks.Length > session.CountMax) faults.Add(2, $"{at}.weeks", $"must be {session.CountMin} to {session.CountMax} weeks, as count_min and count_max say");
    }

    private static void Staffing(FaultList faults, ProgramTemplate template, SessionTemplate session, string at)
    {
        if (session.Staffing.Length > StaffingMax) faults.Add(16, $"{at}.staffing", $"must have at most {StaffingMax} entries");
        for (var i = 0; i < session.Staffing.Length; i++)
        {
            var (need, field) = (session.Staffing[i], $"{at}.staffing[{i}]");
            faults.OneOf($"{field}.role", need.Role, Common.Roles.All);
            faults.Range($"{field}.participants_per_member", need.ParticipantsPerMember, 0, RatioMax, rule: 16);
            faults.Range($"{field}.members_min", need.MembersMin, 0, MembersMax, rule: 16);
            if (need is { ParticipantsPerMember: 0, MembersMin: 0 }) faults.Add(16, $"{field}.members_min", "must be 1 or more when there is no ratio");
            if (need.Role == Common.Roles.Facilitator && template.FacilitatorRoles.IsEmpty) faults.Add(19, "facilitator_roles", "must name the roles that count as facilitators: a session needs some");
        }
        Distinct(faults, $"{at}.staffing", session.Staffing.Select(n => n.Role), "role");
        // Rule 15 looks at what a group may be, not at what comes: a cohort of one is no group.
        var isGroup = session.IsPlanned && template.Sizes.CohortMax > 1;
        if (isGroup && (session.Staffing.FirstOrDefault(n => n.Role == Common.Roles.Facilitator)?.MembersMin ?? 0) < 2)
            faults.Add(15, $"{at}.staffing", "must need at least 2 of 'facilitator': a group has two");
        if (session.Kind == SessionKinds.Medicine && (session.Staffing.FirstOrDefault(n => n.Role == Common.Roles.Prescriber)?.MembersMin ?? 0) < 1)
            faults.Add(22, $"{at}.staffing", "must need at least 1 of 'prescriber': one is on site whenever medicine is given");
    }

    /// <summary>Whether the weeks by themselves can keep rules 3 to 5; a plan is held to the days and hours.</summary>
    private static void Sequence(FaultList faults, ProgramTemplate template)
    {
        var medicine = template.Medicine;
        for (var i = 0; i < template.Sessions.Length; i++)
        {
            var session = template.Sessions[i];
            if (session.Kind != SessionKinds.Medicine || session.Weeks.IsEmpty) continue;
            for (var w = 1; w < session.Weeks.Length; w++)
            {
                // Two meetings in weeks n and m are at most 7 x (m - n) + 6 days apart, whatever their weekdays.
                if (((session.Weeks[w] - session.Weeks[w - 1]) * 7) + 6 < medicine.GapDaysMin)
                    faults.Add(4, $"sessions[{i}].weeks[{w}]", $"must leave {medicine.GapDaysMin} days after week {session.Weeks[w - 1]}");
            }
            if (session.PerWeek > 1 && medicine.GapDaysMin > 6) faults.Add(4, $"sessions[{i}].per_week", $"must be 1: two in a week are less than {medicine.GapDaysMin} days apart");
            if (medicine.PreparationsMin > 0 && Of(template, SessionKinds.Preparation).Count(week => week <= session.Weeks[0]) < medicine.PreparationsMin && !template.Sessions.Any(s => s is { Kind: SessionKinds.Preparation, IsPlanned: false }))
                faults.Add(3, $"sessions[{i}].weeks[0]", $"must come after {medicine.PreparationsMin} preparation sessions; add some in earlier weeks, or set medicine.preparations_min");
            if (!medicine.IntegrationBetween) continue;
            for (var w = 1; w < session.Weeks.Length; w++)
            {
                if (!Of(template, SessionKinds.Integration).Any(week => week >= session.Weeks[w - 1] && week <= session.Weeks[w]))
                    faults.Add(5, $"sessions[{i}].weeks[{w}]", $"must come after an integration session for week {session.Weeks[w - 1]}; add one, or set medicine.integration_between");
            }
        }
    }

    private static IEnumerable<int> Of(ProgramTemplate template, string kind) => template.Sessions.Where(s => s.Kind == kind).SelectMany(s => s.Weeks);

    private static void Measures(FaultList faults, ProgramTemplate template)
    {
        if (template.Measures.Length > MeasuresMax) faults.Add(44, "measures", $"must have at most {MeasuresMax} entries");
        Distinct(faults, "measures", template.Measures.Select(m => m.Measure), "measure");
        var hasMedicine = template.Sessions.Any(s => s.Kind == SessionKinds.Medicine);
        for (var i = 0; i < template.Measures.Length; i++)
        {
            var measure = template.Measures[i];
            if (measure.Due.IsEmpty) faults.Add(44, $"measures[{i}].due", "must say at least once when it is due");
            for (var d = 0; d < measure.Due.Length; d++)
            {
                var (due, at) = (measure.Due[d], $"measures[{i}].due[{d}]");
                faults.OneOf($"{at}.anchor", due.Anchor, Anchors.All);
                faults.Range($"{at}.days_after", due.DaysAfter, 0, 3650, rule: 44);
                faults.Range($"{at}.window_days", due.WindowDays, 0, 365, rule: 44);
                if (due.Anchor == Anchors.EachMedicine && !hasMedicine) faults.Add(44, $"{at}.anchor", "must not be 'each-medicine': the program has no medicine session");
            }
            Distinct(faults, $"measures[{i}].due", measure.Due.Select(d => d.Id), "id");
        }
    }

    private static void Award(FaultList faults, ProgramTemplate template)
    {
        if (template.TrainingLevel is not null && template.FacilitatorRoles.IsEmpty)
            faults.Add(20, "training_level", "must be absent: no role counts as facilitator (facilitator_roles)");
        if (template.Award is not { } award) return;
        if (template.Audience != Audiences.Staff) faults.Add(20, "award", "must be absent: only a program for staff ends in a certificate");
        faults.OneOf("award.role", award.Role, Common.Roles.All);
        faults.Range("award.valid_days", award.ValidDays, 0, 3650, rule: 20);
    }

    private static void Distinct(FaultList faults, string field, IEnumerable<string> keys, string what)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (!seen.Add(key)) faults.Add(0, field, $"must not have the {what} '{key}' twice");
        }
    }
}

/// <summary>Faults as they are found.</summary>
public sealed class FaultList
{
    private readonly ImmutableArray<Violation>.Builder _all = ImmutableArray.CreateBuilder<Violation>();

    public ImmutableArray<Violation> All => _all.ToImmutable();

    public void Add(int rule, string field, string description) => _all.Add(new Violation(rule, field, description));

    public void Range(string field, int value, int min, int max, int rule = 0)
    {
        if (value < min || value > max) Add(rule, field, $"must be {min} to {max}, and is {value}");
    }

    public void OneOf(string field, string value, ImmutableArray<string> known)
    {
        if (!known.Contains(value)) Add(0, field, $"must be one of {string.Join(", ", known)}");
    }
}
