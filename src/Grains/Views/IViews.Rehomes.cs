using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Plans by which people go elsewhere.
public partial interface IViews
{
    /// <summary>Plans of a network, in the order in which they were proposed.</summary>
    ValueTask<Page<RehomeRow>> Rehomes(string network, PageRequest page, CancellationToken cancel);

    /// <summary>
    /// Up to <paramref name="max"/> cohorts of a program that are not over and have a free seat, whatever their intake says, at sites that are not hidden: of the region of
    /// the cohort that is left first, then the nearest to it, then the closest in time.
    /// </summary>
    /// <param name="from">The cohort that is left: site.cohort.</param>
    ValueTask<ImmutableArray<DestinationRow>> Destinations(string network, string from, string program, Instant now, int max, CancellationToken cancel);
}

/// <param name="Cohort">site.cohort</param>
/// <param name="Km">Between the sites; null when one of them has no coordinates.</param>
public sealed record DestinationRow(string Cohort, int? Km);
