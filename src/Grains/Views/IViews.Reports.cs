using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;

namespace RttNetwork.Grains.Views;

// What is published of a region.
public partial interface IViews
{
    /// <summary>Reads of which all see the same place in the feed.</summary>
    ValueTask<T> AtOnePlace<T>(Func<IViews, ValueTask<T>> read, CancellationToken cancel);

    /// <summary>What else a report tells of a region in a period of civil days of its sites.</summary>
    ValueTask<RegionFacts> RegionFacts(string network, string region, DayPeriod period, CancellationToken cancel);
}

/// <param name="Token">The place in the feed.</param>
/// <param name="Jurisdictions">Of its sites.</param>
/// <param name="SafetyEvents">Recorded in the period.</param>
/// <param name="Begun">Cohorts whose first day was in the period, by program.</param>
/// <param name="Risks">Of its sessions in the period.</param>
/// <param name="Scores">Of cohorts whose last day was in the period.</param>
public sealed record RegionFacts(string Token, ImmutableArray<string> Jurisdictions, ImmutableArray<SafetyCount> SafetyEvents, ImmutableArray<CohortsBegun> Begun, RiskHistory Risks, ImmutableArray<CohortScores> Scores);

/// <summary>Scores that count of the people of one cohort.</summary>
/// <param name="Cohort">site.cohort</param>
public sealed record CohortScores(string Cohort, ImmutableArray<CohortScore> Scores);

/// <param name="Reporting">How the regulators' clocks stand: a code of the domain's.</param>
/// <param name="DueOn">The day on which the first report is due that was not made; null when none is.</param>
public readonly record struct SafetyCount(string Severity, string Reporting, LocalDate? DueOn, int Events);

/// <param name="BelowMin">Of these, those that had fewer people than they are planned for at least when their first session began.</param>
public readonly record struct CohortsBegun(string Program, int Cohorts, int BelowMin);

/// <summary>What was published: kept as it is, for a second report of the same period could be compared with the first.</summary>
public interface IReports
{
    /// <summary>The report; null when none was made.</summary>
    ValueTask<string?> Find(string network, string region, string period, CancellationToken cancel);

    /// <summary>Keeps a report, and returns the one that is kept: another one when somebody was first.</summary>
    ValueTask<string> Keep(string network, string region, string period, string report, CancellationToken cancel);
}
