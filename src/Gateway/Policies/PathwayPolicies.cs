using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using RttNetwork.Contracts.Pathways;

namespace RttNetwork.Gateway.Policies;

/// <summary>
/// What each program asks of a person, read once from <c>programs/pathways.json</c>: reference data that travels by value with the commands that
/// need it, so that no grain looks it up. Until the program templates supply it.
/// </summary>
internal sealed class PathwayPolicies
{
    private const string Embedded = "programs/pathways.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly FrozenDictionary<string, PathwayPolicyView> _byProgram;

    private PathwayPolicies(IEnumerable<PathwayPolicyView> policies) => _byProgram = policies.ToFrozenDictionary(p => p.Program, StringComparer.Ordinal);

    /// <summary>The programs that there are, in order.</summary>
    public IEnumerable<string> Programs => _byProgram.Keys.Order(StringComparer.Ordinal);

    /// <summary>The newest version of a program; null when there is no such program.</summary>
    public PathwayPolicyView? Find(string program) => _byProgram.GetValueOrDefault(program);

    /// <summary>The policies that come with the gateway, or those of a file of the operator's.</summary>
    /// <exception cref="InvalidOperationException">The file is not as it must be; the message names the place, and what would be right.</exception>
    public static PathwayPolicies Load(string? file, MeasureCatalogue measures)
    {
        var (json, name) = DataFile.Bytes(file, Embedded);
        return Parse(json, name, measures);
    }

    /// <exception cref="InvalidOperationException">As <see cref="Load"/>.</exception>
    public static PathwayPolicies Parse(ReadOnlySpan<byte> json, string name, MeasureCatalogue measures)
    {
        var file = DataFile.Read<PolicyFile>(json, name, Options);
        var faults = new List<string>();
        var policies = file.Programs.Select((program, i) => Read(file, program, $"programs[{i}]", measures, faults)).ToList();
        foreach (var twice in policies.GroupBy(p => p.Program, StringComparer.Ordinal).Where(g => g.Count() > 1))
            faults.Add($"programs: {twice.Key} is there twice; one version of each is current");
        return faults.Count == 0
            ? new PathwayPolicies(policies)
            : throw new InvalidOperationException(string.Join(Environment.NewLine, faults.Select(f => $"{name}: {f}")));
    }

    private static PathwayPolicyView Read(PolicyFile file, PolicyEntry e, string at, MeasureCatalogue measures, List<string> faults)
    {
        void Within(string field, int value, int min, int max)
        {
            if (value < min || value > max) faults.Add($"{at}.{field}: {value} must be {min} to {max}");
        }
        Duration Time(string field, string text)
        {
            var parts = text.Split(':');
            if (parts.Length == 2 && int.TryParse(parts[0], out var hours) && int.TryParse(parts[1], out var minutes) && hours is >= 0 and <= 99 && minutes is >= 0 and <= 59)
                return Duration.FromMinutes((hours * 60) + minutes);
            faults.Add($"{at}.{field}: '{text}' must be a time like 02:30");
            return Duration.Zero;
        }

        if (e.Program.Length == 0) faults.Add($"{at}.program: must not be empty");
        Within("version", e.Version, 1, 1_000_000);
        Within("screeningValidityDays", e.ScreeningValidityDays, 1, 366);
        Within("intakeCloseDays", e.IntakeCloseDays, 0, 90);
        Within("oxygenPercentMin", e.OxygenPercentMin, 0, 100);
        Within("medicineSessionsMax", e.MedicineSessionsMax, 0, 100);
        Within("medicineGapDays", e.MedicineGapDays, 0, 366);
        Within("attendancePercentMin", e.AttendancePercentMin, 0, 100);
        Within("preparation.sessionsMin", e.Preparation.SessionsMin, 0, 20);
        Within("preparation.daysMax", e.Preparation.DaysMax, 0, 366);
        if (e.BloodPressureMax is { } pressure)
        {
            Within("bloodPressureMax.systolic", pressure.Systolic, 60, 250);
            Within("bloodPressureMax.diastolic", pressure.Diastolic, 30, pressure.Systolic);
        }
        foreach (var (route, micrograms) in e.DoseLimitsMicrograms ?? ImmutableDictionary<string, int>.Empty) Within($"doseLimitsMicrograms.{route}", micrograms, 1, 1_000_000_000);
        foreach (var (kind, version) in e.Consents) Within($"consents.{kind}", version, 1, 10_000);
        if (e.MedicineSessionsMax > 0 && !e.Consents.ContainsKey("treatment")) faults.Add($"{at}.consents: a program with medicine asks for the consent to treatment");
        var fasting = file.FastingPresets.GetValueOrDefault(e.Fasting);
        if (fasting is null) faults.Add($"{at}.fasting: no preset '{e.Fasting}'; presets: {string.Join(", ", file.FastingPresets.Keys)}");
        var regime = file.SafetyRegimes.GetValueOrDefault(e.SafetyRegime);
        if (regime is null) faults.Add($"{at}.safetyRegime: no regime '{e.SafetyRegime}'; regimes: {string.Join(", ", file.SafetyRegimes.Keys)}");
        foreach (var unknown in e.Measures.Where(m => measures.Find(m) is null))
            faults.Add($"{at}.measures: the catalogue has no '{unknown}'; it has: {string.Join(", ", measures.All.Select(m => m.Code))}");
        for (var i = 0; i < e.MeasurePoints.Length; i++)
        {
            var point = e.MeasurePoints[i];
            foreach (var unknown in (point.Measures ?? []).Where(m => !e.Measures.Contains(m)))
                faults.Add($"{at}.measurePoints[{i}].measures: '{unknown}' is none of the program's measures");
            if (point.Anchor is not ("referral" or "last-day" or "medicine")) faults.Add($"{at}.measurePoints[{i}].anchor: '{point.Anchor}' must be referral, last-day or medicine");
            Within($"measurePoints[{i}].daysAfter", point.DaysAfter, 0, 1000);
            Within($"measurePoints[{i}].windowDays", point.WindowDays, 1, 366);
            Within($"measurePoints[{i}].everyDays", point.EveryDays, 0, 366);
        }
        return new PathwayPolicyView(
            e.Program,
            e.Version,
            e.ReferralSources,
            e.ScreeningValidityDays,
            e.IntakeCloseDays,
            file.Exclusions,
            file.CaseByCase,
            e.BloodPressureMax is { } limit ? new BloodPressureView(limit.Systolic, limit.Diastolic) : null,
            e.OxygenPercentMin,
            new FastingPresetView(e.Fasting, Time("fasting.food", fasting?.Food ?? "00:00"), Time("fasting.clearFluid", fasting?.ClearFluid ?? "00:00")),
            [.. e.Consents.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new ConsentVersion(c.Key, c.Value))],
            new PreparationView(e.Preparation.SessionsMin, Time("preparation.leadMin", e.Preparation.LeadMin), e.Preparation.DaysMax),
            e.MedicineSessionsMax,
            e.MedicineGapDays,
            e.IntegrationBetween,
            Time("observationMin", e.ObservationMin),
            e.AttendancePercentMin,
            e.Measures,
            [.. e.MeasurePoints.Select(p => new MeasurePointView(p.Code, p.Anchor, p.DaysAfter, p.WindowDays, p.EveryDays) { Measures = p.Measures })],
            new SafetyRegimeView(e.SafetyRegime, regime?.ReportDays ?? 0, regime?.SessionFormDays ?? 0))
        {
            DoseLimits = [.. (e.DoseLimitsMicrograms ?? ImmutableDictionary<string, int>.Empty).OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new DoseLimitView(d.Key, d.Value))],
        };
    }

    // The file as it is written; every member must be there.
    private sealed record PolicyFile(
        ImmutableDictionary<string, FastingEntry> FastingPresets,
        ImmutableDictionary<string, RegimeEntry> SafetyRegimes,
        ImmutableArray<string> Exclusions,
        ImmutableArray<string> CaseByCase,
        ImmutableArray<PolicyEntry> Programs);

    private sealed record FastingEntry(string Food, string ClearFluid);

    private sealed record RegimeEntry(int ReportDays, int SessionFormDays);

    private sealed record PressureEntry(int Systolic, int Diastolic);

    private sealed record PreparationEntry(int SessionsMin, string LeadMin, int DaysMax);

    private sealed record PointEntry(string Code, string Anchor, int DaysAfter, int WindowDays, int EveryDays)
    {
        /// <summary>Left out where every measure of the program is due then.</summary>
        public ImmutableArray<string>? Measures { get; init; }
    }

    private sealed record PolicyEntry(
        string Program,
        int Version,
        ImmutableArray<string> ReferralSources,
        int ScreeningValidityDays,
        int IntakeCloseDays,
        PressureEntry? BloodPressureMax,
        int OxygenPercentMin,
        string Fasting,
        ImmutableDictionary<string, int> Consents,
        PreparationEntry Preparation,
        int MedicineSessionsMax,
        int MedicineGapDays,
        bool IntegrationBetween,
        string ObservationMin,
        int AttendancePercentMin,
        ImmutableArray<string> Measures,
        ImmutableArray<PointEntry> MeasurePoints,
        string SafetyRegime)
    {
        /// <summary>By route; absent where the program limits none.</summary>
        public ImmutableDictionary<string, int>? DoseLimitsMicrograms { get; init; }
    }
}
