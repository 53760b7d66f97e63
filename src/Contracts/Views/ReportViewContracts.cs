using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What is published of a region (docs/adr/0025).
public partial interface IViewsGrain
{
    /// <summary>
    /// The report of a region about a quarter: made when it is asked for first, and the same for ever. Nothing can be learned by comparing it with a later one of
    /// the same quarter, for there is none.
    /// </summary>
    /// <param name="measures">Those that outcomes are told by.</param>
    /// <param name="peopleMin">The fewest people that are told by the policy of the region; a stricter law counts instead.</param>
    [Alias("RegionReport")] Task<ReportAnswer> RegionReport(Caller caller, string region, ReportPeriod period, ImmutableArray<MeasureDefinitionView> measures, int peopleMin);
}

/// <summary>A quarter of the calendar year.</summary>
[GenerateSerializer, Immutable, Alias("rtt.ReportPeriod")]
public readonly record struct ReportPeriod([property: Id(0)] int Year, [property: Id(1)] int Quarter)
{
    private const int MonthsPerQuarter = 3;

    /// <summary>Days after its end in which what belongs to it is still recorded: nobody reports it before they are over.</summary>
    private const int DaysToRecord = 14;

    /// <summary>Days after its end until which it is to be reported.</summary>
    private const int DaysToReport = 30;

    /// <summary>Months of a quarter, the first one first.</summary>
    public IEnumerable<DayPeriod> Months
    {
        get
        {
            var first = From;
            return Enumerable.Range(0, MonthsPerQuarter).Select(m => new DayPeriod(first.PlusMonths(m), first.PlusMonths(m + 1).PlusDays(-1)));
        }
    }

    public LocalDate From => new(Year, (MonthsPerQuarter * (Quarter - 1)) + 1, 1);

    public LocalDate To => From.PlusMonths(MonthsPerQuarter).PlusDays(-1);

    /// <summary>The first day on which it is reported.</summary>
    public LocalDate OpensOn => To.PlusDays(DaysToRecord + 1);

    /// <summary>The last day on which its report is in time.</summary>
    public LocalDate DueOn => To.PlusDays(DaysToReport);

    public DayPeriod Days => new(From, To);

    /// <summary>"2026-Q4"</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Year:D4}-Q{Quarter}");
}

/// <param name="Report">Null when there is none.</param>
/// <param name="Behind">Something that was recorded in the period is not projected yet.</param>
/// <param name="IsTooMuch">More cases than waits are reckoned from.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReportAnswer")]
public sealed record ReportAnswer([property: Id(0)] RegionReportView? Report, [property: Id(1)] bool Behind, [property: Id(2)] bool IsTooMuch);

/// <param name="DueOn">The last day on which it is in time; of one that was made late <paramref name="MadeAt"/> is after it.</param>
/// <param name="Token">The place in the feed that it is true at.</param>
/// <param name="PeopleMin">Fewer people, and more than none, are not told, nor what they could be reckoned from (rule 51).</param>
[GenerateSerializer, Immutable, Alias("rtt.RegionReportView")]
public sealed record RegionReportView(
    [property: Id(0)] string Region,
    [property: Id(1)] string Period,
    [property: Id(2)] LocalDate From,
    [property: Id(3)] LocalDate To,
    [property: Id(4)] LocalDate DueOn,
    [property: Id(5)] Instant MadeAt,
    [property: Id(6)] string Token,
    [property: Id(7)] int PeopleMin,
    [property: Id(8)] ImmutableArray<ReportTableView> Tables,
    [property: Id(9)] ImmutableArray<ReportWaitView> Waits)
{
    /// <summary>Ids of sites that were left out of it (<see cref="WithheldSite"/>).</summary>
    [Id(10)] public ImmutableArray<string> Withheld { get; init; } = [];
}

/// <summary>What the rows and columns of a table add up to.</summary>
public enum ReportTotals
{
    None = 0,
    /// <summary>Each row has its total as one more cell.</summary>
    Rows = 1,
    /// <summary>So has each column: one more row.</summary>
    Both = 2,
}

/// <param name="Of">What is counted: "people", "seats", ...</param>
/// <param name="Rows">Codes, as the columns'.</param>
/// <param name="Cells">Row by row, totals last; null for what is not told.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReportTableView")]
public sealed record ReportTableView(
    [property: Id(0)] string Code,
    [property: Id(1)] string Of,
    [property: Id(2)] ReportTotals Totals,
    [property: Id(3)] ImmutableArray<string> Rows,
    [property: Id(4)] ImmutableArray<string> Columns,
    [property: Id(5)] ImmutableArray<int?> Cells);

/// <param name="P50">Null where cases are few, or none.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReportWaitView")]
public sealed record ReportWaitView([property: Id(0)] string Definition, [property: Id(1)] string Unit, [property: Id(2)] double? P50, [property: Id(3)] double? P90)
{
    /// <summary>A program's code; empty for the whole region.</summary>
    [Id(4)] public string Program { get; init; } = "";
}
