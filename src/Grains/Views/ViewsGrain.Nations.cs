using System.Collections.Immutable;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What Nations govern (rule 53, docs/adr/0026).
public sealed partial class ViewsGrain
{
    /// <summary>What a caller may be told of, and the ids of the sites of the region of which it may not: null when nobody knows. Asked after the place that an answer must include was reached.</summary>
    private async ValueTask<(IViews Views, ImmutableArray<string> Withheld)?> SeenBy(Caller caller, string? region)
    {
        if (caller.Scope is not CallerScope.Authority) return (views, []);
        if (await views.Withheld(Network, Now, CancellationToken.None) is not { } withheld) return null;
        return (views.Without([.. withheld.Select(w => w.Site)]), WithheldSite.Of(withheld, region));
    }
}
