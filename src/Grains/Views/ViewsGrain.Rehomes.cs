using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Plans by which people go elsewhere.
public sealed partial class ViewsGrain
{
    public Task<Page<RehomeRow>> Rehomes(Caller caller, PageRequest page) =>
        caller.ReachesAll(Network) ? Answer(page, p => views.Rehomes(Network, p, CancellationToken.None)) : Nothing<RehomeRow>();
}
