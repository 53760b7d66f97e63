using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.WaitMetrics;

namespace RttNetwork.Grains.Views;

// Waits.
public partial interface IViews
{
    /// <summary>The cases of which some wait ended in the period, and the cohorts to come that have a seat free, all in one snapshot.</summary>
    /// <param name="atLeast">The place that the answer must include; null for whatever is there.</param>
    ValueTask<WaitsRead> Waits(string network, WaitsAsk ask, string? atLeast, Instant now, CancellationToken cancel);
}

/// <param name="Cases">At most one more than <see cref="WaitsAsk.CasesMax"/>.</param>
/// <param name="Starts">The next of them: at most as many as tell which is the third.</param>
/// <param name="StaleSince">Since when something is recorded that is not projected; null while the projection is current.</param>
public sealed record WaitsRead(ImmutableArray<WaitDays> Cases, ImmutableArray<CohortStart> Starts, string Token, Instant? StaleSince, bool Behind);
