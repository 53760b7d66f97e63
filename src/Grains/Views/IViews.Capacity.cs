using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Capacity.
public partial interface IViews
{
    /// <summary>
    /// The cohorts that a page of figures is made of, all in one snapshot; appointments are none. Of figures by cohort or site those of the page and of one
    /// row more; of others each takes them all.
    /// </summary>
    ValueTask<CapacityRead> Capacity(string network, CapacityAsk ask, PageRequest page, Instant now, CancellationToken cancel);

    /// <summary>Cohorts of which something has changed since a place; each as it is now.</summary>
    ValueTask<CapacityChanges> CapacityChanges(string network, CapacityChangesAsk ask, Instant now, CancellationToken cancel);
}

/// <param name="StaleSince">Since when something is recorded that is not projected; null while the projection is current.</param>
public sealed record CapacityRead(ImmutableArray<CapacityRow> Rows, string Token, Instant? StaleSince, bool Behind);
