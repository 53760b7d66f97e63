using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of capacity as it was (docs/adr/0023).
public partial interface IViewsGrain
{
    /// <summary>Seats, and who took and waited for them, at a past moment: one row, as the caller may see it.</summary>
    /// <param name="at">Past since <see cref="HistoryTicks.PastAfter"/>; answered as of the tick at or before it, for an authority of the hour that its policy says.</param>
    [Alias("CapacityAt")] Task<CapacityMoment> CapacityAt(Caller caller, CapacityAsk ask, Instant at);

    /// <summary>The same at the end of every civil day or week of the sites, a page of rows by day and key.</summary>
    [Alias("CapacityHistory")] Task<CapacitySeries> CapacityHistory(Caller caller, PageRequest page, HistoryAsk ask);
}

/// <param name="Figures">Null when there was nothing to count.</param>
/// <param name="Token">The place in the feed of the last change by then: the figures are the fold of the journal up to it.</param>
/// <param name="AsOf">The moment that was answered.</param>
/// <param name="Behind">What was recorded by then is not projected yet: there are no figures.</param>
/// <param name="IsBeforeAll">The history of the network begins later.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityMoment")]
public sealed record CapacityMoment(
    [property: Id(0)] CapacityFigures? Figures, [property: Id(1)] string Token, [property: Id(2)] Instant AsOf, [property: Id(3)] bool Behind, [property: Id(4)] bool IsBeforeAll)
{
    /// <summary>As of a <see cref="Page{TRow}"/>.</summary>
    [Id(5)] public ImmutableArray<string> Withheld { get; init; } = [];
}

/// <param name="Of">Not by week: each row has its weeks.</param>
/// <param name="From">The first day; both of them are over at every site.</param>
/// <param name="ByWeek">The ends of weeks alone, Sundays.</param>
[GenerateSerializer, Immutable, Alias("rtt.HistoryAsk")]
public sealed record HistoryAsk([property: Id(0)] CapacityAsk Of, [property: Id(1)] LocalDate From, [property: Id(2)] LocalDate To, [property: Id(3)] bool ByWeek)
{
    /// <summary>Days of a period, the first and the last included.</summary>
    public const int DaysMax = 732;

    /// <summary>Cohorts at the ends of days that one page is reckoned from: a page ends sooner than its size when there are many. The first day of a page is whole.</summary>
    public const int StatesMax = 2000;

    /// <summary>Days, or weeks, that one page looks at.</summary>
    public const int PageDaysMax = 92;
}

/// <param name="Day">At whose end, by the calendar of each site.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityDay")]
public sealed record CapacityDay([property: Id(0)] LocalDate Day, [property: Id(1)] CapacityFigures Figures);

/// <param name="Next">As of a <see cref="Page{TRow}"/>.</param>
/// <param name="Behind">As of <see cref="CapacityMoment"/>.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacitySeries")]
public sealed record CapacitySeries([property: Id(0)] ImmutableArray<CapacityDay> Rows, [property: Id(1)] string? Next, [property: Id(2)] bool Behind)
{
    /// <summary>As of a <see cref="Page{TRow}"/>.</summary>
    [Id(3)] public ImmutableArray<string> Withheld { get; init; } = [];
}
