using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Domain.Pathways;

/// <summary>
/// What one version of a program asks of a person on the way through it. Immutable, passed by value, and kept with the pathway that was
/// opened under it and with the cohort that requires it: a later version changes neither (rule 1).
/// </summary>
/// <param name="Program">The program's code.</param>
/// <param name="Version">The version of the program's template that the values are from.</param>
/// <param name="ReferralSources">Who may refer; empty when a person may come by themself (rule 28).</param>
/// <param name="ScreeningValidityDays">For so many local calendar days after it a sign-off carries a medicine session (rule 29).</param>
/// <param name="IntakeCloseDays">The last day on which a person may be enrolled is so many days before the first session's (rule 31).</param>
/// <param name="Exclusions">Conditions that exclude (rule 30).</param>
/// <param name="CaseByCase">Conditions on which a named clinician decides (rule 30).</param>
/// <param name="BloodPressureMax">A reading above either number excludes and holds; null when the site judges by a policy of its own.</param>
/// <param name="OxygenPercentMin">A saturation below it holds.</param>
/// <param name="Fasting">How long before check-in the person last ate and drank (rule 33).</param>
/// <param name="Consents">The consents that a person must have given, each in this version or a later one (rules 28 and 35).</param>
/// <param name="Preparation">What comes before the first medicine session (rule 3).</param>
/// <param name="MedicineSessionsMax">Medicine sessions that one person takes at most; 0 in a program without.</param>
/// <param name="MedicineGapDays">At least so many local calendar days lie between two medicine sessions of a person, wherever they are (rule 4, I7).</param>
/// <param name="IntegrationBetween">An integration session lies between two medicine sessions (rule 5).</param>
/// <param name="ObservationMin">From the last dose to discharge (rule 34).</param>
/// <param name="AttendancePercentMin">Of the sessions without medicine; below it a review is due, and nothing else happens (rule 37). 0 for none.</param>
/// <param name="Measures">Codes of the measures that are taken (rule 44).</param>
/// <param name="MeasurePoints">When each of them is due.</param>
/// <param name="Safety">Which regulator hears of a serious event, and how soon (rule 46).</param>
public sealed record PathwayPolicy(
    string Program,
    int Version,
    ImmutableArray<string> ReferralSources,
    int ScreeningValidityDays,
    int IntakeCloseDays,
    ImmutableArray<string> Exclusions,
    ImmutableArray<string> CaseByCase,
    BloodPressure? BloodPressureMax,
    int OxygenPercentMin,
    FastingPreset Fasting,
    ImmutableArray<ConsentRequirement> Consents,
    PreparationRule Preparation,
    int MedicineSessionsMax,
    int MedicineGapDays,
    bool IntegrationBetween,
    Duration ObservationMin,
    int AttendancePercentMin,
    ImmutableArray<string> Measures,
    ImmutableArray<MeasurePoint> MeasurePoints,
    SafetyRegime Safety)
{
    /// <summary>The condition that a reading above <see cref="BloodPressureMax"/> comes to.</summary>
    public const string Hypertension = "uncontrolled-hypertension";

    /// <summary>The most that one person is given of each route in one visit; null, and left out of what is stored, when the program limits none.</summary>
    public ImmutableArray<DoseLimit>? DoseLimits { get; init; }

    /// <summary>The limit of a route in micrograms; null when there is none.</summary>
    public int? DoseLimitOf(string route)
    {
        foreach (var limit in DoseLimits ?? [])
        {
            if (limit.Route == route) return limit.Micrograms;
        }
        return null;
    }

    /// <summary>The version of a consent that is asked for; 0 when the program does not ask for that kind.</summary>
    public int ConsentVersion(string kind)
    {
        foreach (var consent in Consents)
        {
            if (consent.Kind == kind) return consent.Version;
        }
        return 0;
    }
}

/// <summary>A reading in millimetres of mercury, or a limit that neither number may exceed.</summary>
public sealed record BloodPressure(int Systolic, int Diastolic)
{
    /// <summary>True when either number is above the limit's: a reading at the limit is within it.</summary>
    public bool IsAbove(BloodPressure limit) => Systolic > limit.Systolic || Diastolic > limit.Diastolic;

    public override string ToString() => $"{Systolic}/{Diastolic}";
}

/// <param name="Route">A code: "im", "sl", "lozenge", "iv".</param>
/// <param name="Micrograms">All doses of one visit by this route together.</param>
public sealed record DoseLimit(string Route, int Micrograms);

/// <summary>A named preset: how long nothing was eaten, and nothing clear was drunk.</summary>
public sealed record FastingPreset(string Code, Duration Food, Duration ClearFluid);

/// <param name="Kind">What is consented to: "treatment", "sharing", "touch".</param>
/// <param name="Version">The oldest version of the form that still counts.</param>
public sealed record ConsentRequirement(string Kind, int Version)
{
    /// <summary>To take part, and to be given medicine.</summary>
    public const string Treatment = "treatment";

    /// <summary>To have de-identified measures exported.</summary>
    public const string Research = "research";
}

/// <param name="SessionsMin">Preparation sessions that the person took part in.</param>
/// <param name="LeadMin">The last of them ended at least so long before the first medicine session: elapsed time.</param>
/// <param name="DaysMax">It was at most so many calendar days before it.</param>
public sealed record PreparationRule(int SessionsMin, Duration LeadMin, int DaysMax);

/// <summary>When measures are due.</summary>
/// <param name="Code">"baseline", "end", "six-months".</param>
/// <param name="Anchor">Counted from one of <see cref="MeasureAnchors"/>.</param>
/// <param name="DaysAfter">Calendar days after the anchor at which the window opens.</param>
/// <param name="WindowDays">For so many days it is due; then it is overdue.</param>
/// <param name="EveryDays">Due again after so many days while the person is on the pathway; 0 for once.</param>
public sealed record MeasurePoint(string Code, string Anchor, int DaysAfter, int WindowDays, int EveryDays)
{
    /// <summary>Before the first medicine: without it there is none (rule 44).</summary>
    public const string Baseline = "baseline";

    /// <summary>The measures that are due then; null for every one of the policy's. Left out of what is stored when it is null.</summary>
    public ImmutableArray<string>? Measures { get; init; }
}

/// <summary>The days that measures are counted from.</summary>
public static class MeasureAnchors
{
    /// <summary>The day on which the person was referred.</summary>
    public const string Referral = "referral";

    /// <summary>The last day of the person's cohort.</summary>
    public const string LastDay = "last-day";

    /// <summary>The day of each medicine session that the person took part in.</summary>
    public const string Medicine = "medicine";
}

/// <param name="Code">"ca-hospital", "us-rems", "none".</param>
/// <param name="ReportDays">A serious event is reported within so many calendar days of its first record; 0 where reporting is voluntary.</param>
/// <param name="SessionFormDays">A form is due so many calendar days after every medicine session; 0 for none.</param>
public sealed record SafetyRegime(string Code, int ReportDays, int SessionFormDays);
