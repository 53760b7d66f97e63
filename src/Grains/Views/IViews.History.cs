using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What capacity was.
public partial interface IViews
{
    /// <summary>The cohorts that a question is about as they were at past moments, each of those that were there and not over.</summary>
    ValueTask<HistoryRead> CapacityHistory(string network, CapacityAsk ask, ImmutableArray<HistoryMoment> moments, CancellationToken cancel);

    /// <summary>The time zones of the sites of a network, of a region, or of one site.</summary>
    ValueTask<ImmutableArray<string>> TimeZones(string network, string? region, string? site, CancellationToken cancel);
}

/// <summary>A moment that is asked about.</summary>
/// <param name="Number">By which the answer names it.</param>
/// <param name="TimeZone">Only cohorts of sites in this zone; null for every one.</param>
/// <param name="At">Whole minutes.</param>
public readonly record struct HistoryMoment(int Number, string? TimeZone, Instant At);

/// <summary>A cohort as it was.</summary>
/// <param name="Moment">The number of the moment.</param>
public readonly record struct HistoricRow(int Moment, Instant At, CapacityRow Row);

/// <param name="Token">The place in the feed of the last change until the last moment; empty for none.</param>
/// <param name="Begins">When the history of the network begins; null for one that has none.</param>
/// <param name="Behind">What was recorded by the last moment is not projected yet.</param>
public sealed record HistoryRead(ImmutableArray<HistoricRow> Rows, string Token, Instant? Begins, bool Behind);
