using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What Nations govern (rule 53, docs/adr/0026).
public partial interface IViews
{
    /// <summary>
    /// The sites that no authority is told of at this moment, in the order of their ids. While the projection is stale that is every site that a Nation governs, for a revocation may
    /// be among what is not projected. Null when the tables are not there yet: then nobody knows.
    /// </summary>
    ValueTask<ImmutableArray<WithheldSite>?> Withheld(string network, Instant now, CancellationToken cancel);

    /// <summary>The same views of a network in which some sites have, and had, no figures: neither their own, nor any in a sum.</summary>
    IViews Without(ImmutableArray<string> sites);
}
