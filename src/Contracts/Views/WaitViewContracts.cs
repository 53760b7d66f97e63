using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of waits (docs/adr/0020).
public partial interface IViewsGrain
{
    /// <summary>How long people have waited, by each definition, as the caller may see it.</summary>
    /// <param name="atLeast">The place that the answer must include; null for whatever is there.</param>
    [Alias("Waits")] Task<WaitsAnswer> Waits(Caller caller, string? atLeast, WaitsAsk ask);
}

/// <summary>Of which cases: whose wait ended in the period, both of its days included.</summary>
[GenerateSerializer, Immutable, Alias("rtt.WaitsAsk")]
public sealed record WaitsAsk(
    [property: Id(0)] string? Region,
    [property: Id(1)] string? Site,
    [property: Id(2)] string? Program,
    [property: Id(3)] LocalDate From,
    [property: Id(4)] LocalDate To)
{
    /// <summary>Days of a period, the first and the last included: a year.</summary>
    public const int DaysMax = 366;

    /// <summary>Cases that one answer is reckoned from.</summary>
    public const int CasesMax = 100_000;
}

/// <param name="AsOf">When the figures were true.</param>
/// <param name="StaleSince">Since when something is recorded that is not in them; null while they are current.</param>
/// <param name="Behind">The tables have not come to the place that was asked for: there are no figures.</param>
/// <param name="IsTooMuch">More than <see cref="WaitsAsk.CasesMax"/> cases: there are no figures.</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitsAnswer")]
public sealed record WaitsAnswer(
    [property: Id(0)] ImmutableArray<WaitFigures> Figures,
    [property: Id(1)] string Token,
    [property: Id(2)] Instant AsOf,
    [property: Id(3)] Instant? StaleSince,
    [property: Id(4)] bool Behind,
    [property: Id(5)] bool IsTooMuch)
{
    /// <summary>As of a <see cref="Page{TRow}"/>.</summary>
    [Id(6)] public ImmutableArray<string> Withheld { get; init; } = [];
}

/// <param name="Definition">The definition's code.</param>
/// <param name="Cases">Null for somebody who is told of seats only, and where seats alone are counted.</param>
/// <param name="P50">By nearest rank, in the unit; null when there is no case, and to an authority when there are few (rule 51).</param>
/// <param name="P90">As <paramref name="P50"/>.</param>
/// <param name="Unit">"days" or "weeks".</param>
/// <param name="ThirdNextDays">Of the third next start with a free seat alone; null when there are fewer.</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitFigures")]
public sealed record WaitFigures(
    [property: Id(0)] string Definition,
    [property: Id(1)] PeopleCount? Cases,
    [property: Id(2)] double? P50,
    [property: Id(3)] double? P90,
    [property: Id(4)] string Unit,
    [property: Id(5)] int? ThirdNextDays);
