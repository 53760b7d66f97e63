using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Domain.WaitMetrics;

/// <summary>The days of one case between which the definitions count; null for what has not happened.</summary>
/// <param name="SeatFrom">The first session, of those that were still to come when they took the seat, of the cohort in which the person has one.</param>
public readonly record struct WaitDays(LocalDate ReceivedOn, LocalDate? ConsultOn, LocalDate? EligibleOn, LocalDate? SeatFrom, LocalDate? AttendedOn, LocalDate? MedicineOn)
{
    /// <summary>The program's code.</summary>
    public string Program { get; init; } = "";

    /// <summary>The first session that was scheduled for the person, whether they came to it or not. Who went on in another cohort has come to one before it.</summary>
    public LocalDate? ScheduledOn => AttendedOn is { } attended && !(SeatFrom < attended) ? attended : SeatFrom;
}

/// <summary>How long the cases of a definition have waited.</summary>
/// <param name="Cases">How many they are.</param>
/// <param name="P50">By nearest rank, in the definition's unit; null when there is no case.</param>
/// <param name="P90">As <paramref name="P50"/>.</param>
public readonly record struct WaitResult(int Cases, double? P50, double? P90);

/// <summary>
/// A named way of counting a wait between two stored days (rule 47): several are right at once, and none is "the" wait. A case belongs to the period in
/// which its wait ended. Nothing is deducted: the journal has no spans for which a person said that they were unavailable.
/// </summary>
/// <param name="Code">Its name, which is never given to another way of counting.</param>
/// <param name="Unit">"days" of the calendar, or "weeks" of seven of them, to a tenth.</param>
public sealed record WaitDefinition(string Code, string Unit, Func<WaitDays, LocalDate?> From, Func<WaitDays, LocalDate?> To)
{
    public const string UnitDays = "days";
    public const string UnitWeeks = "weeks";
    private const int DaysPerWeek = 7;

    /// <summary>CIHI's: from the referral to the first session that was scheduled and accepted, attended or not.</summary>
    public static readonly WaitDefinition Cihi = new("cihi", UnitDays, d => d.ReceivedOn, d => d.ScheduledOn);

    /// <summary>British Columbia's wait one: from the referral to the first consult.</summary>
    public static readonly WaitDefinition BcWaitOne = new("bc-wait-one", UnitDays, d => d.ReceivedOn, d => d.ConsultOn);

    /// <summary>British Columbia's wait two, over completed cases: from the clinicians' decision, both sign-offs clear, to what they decided on, the first medicine.</summary>
    public static readonly WaitDefinition BcWaitTwo = new("bc-wait-two", UnitWeeks, d => d.EligibleOn, d => d.MedicineOn);

    /// <summary>From the referral to the first session of the program that the person came to.</summary>
    public static readonly WaitDefinition Attended = new("attended", UnitDays, d => d.ReceivedOn, d => d.AttendedOn);

    /// <summary>Those over cases, in the order in which they are shown. <see cref="ThirdNextAvailable"/> is over cohorts.</summary>
    public static ImmutableArray<WaitDefinition> All { get; } = [Cihi, BcWaitOne, BcWaitTwo, Attended];

    /// <summary>The wait of one case in days; null when it has not ended in the period, or did not begin before that.</summary>
    public int? Days(WaitDays days, LocalDate first, LocalDate last) =>
        From(days) is { } from && To(days) is { } to && from <= to && to >= first && to <= last ? Period.DaysBetween(from, to) : null;

    /// <summary>Over the cases of whatever site, region or network: of the cases themselves at each level, for percentiles of percentiles mean nothing (rule 48).</summary>
    public WaitResult Over(IEnumerable<WaitDays> cases, LocalDate first, LocalDate last)
    {
        var waits = cases.Select(c => Days(c, first, last)).OfType<int>().Order().ToList();
        return new WaitResult(waits.Count, InUnit(NearestRank.Of(waits, 50)), InUnit(NearestRank.Of(waits, 90)));
    }

    private double? InUnit(int? days) =>
        days is not { } d ? null : Unit == UnitWeeks ? (double)Math.Round(d / (decimal)DaysPerWeek, 1, MidpointRounding.AwayFromZero) : d;
}

/// <summary>Percentiles by nearest rank (rule 48): always a value that a case has, and never one in between.</summary>
public static class NearestRank
{
    /// <summary>The smallest value that so many percent of all are not above; null of none.</summary>
    /// <param name="ordered">From the smallest to the largest.</param>
    /// <param name="percent">1 to 100.</param>
    public static int? Of(IReadOnlyList<int> ordered, int percent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        return ordered.Count == 0 ? null : ordered[(int)((((long)percent * ordered.Count) + 99) / 100) - 1];
    }
}

/// <summary>A cohort that somebody could join now: a seat is free that nobody holds, its intake is open, and room and staff carry it.</summary>
/// <param name="Today">The day that it is where the cohort is.</param>
public readonly record struct CohortStart(LocalDate FirstDay, LocalDate Today);

/// <summary>How far away the third cohort is that begins with a free seat (rule 49): one that was just cancelled, or two, say little of how easy it is to get in.</summary>
public static class ThirdNextAvailable
{
    public const string Code = "tna";
    private const int Third = 3;

    /// <summary>Calendar days from today, weekends and holidays included; 0 is today. Null when fewer than three begin.</summary>
    public static int? Days(IEnumerable<CohortStart> starts)
    {
        var days = starts.Where(s => s.FirstDay >= s.Today).Select(s => Period.DaysBetween(s.Today, s.FirstDay)).Order().Take(Third).ToList();
        return days.Count == Third ? days[^1] : null;
    }
}
