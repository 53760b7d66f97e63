using RttNetwork.Contracts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Gateway.Management;

namespace RttNetwork.Gateway.Health;

/// <summary>The cluster as a gateway sees it: does a grain answer, and how soon.</summary>
internal sealed class ClusterDependency(IGrainFactory grains, TimeProvider time) : IDependency
{
    public string Name => "cluster";

    public async Task<DependencyState> Ask(CancellationToken cancel)
    {
        var asked = time.GetTimestamp();
        var answer = await grains.Of<ISiteGrain>(Keys.Site(ClusterCheck.Probe.Network, "health")).Get(ClusterCheck.Probe).WaitAsync(cancel);
        return new DependencyState(!answer.Unavailable, answer.Unavailable ? "A grain answers, and the journal cannot be asked." : null, ("roundTripMs", time.GetElapsedTime(asked).TotalMilliseconds));
    }
}
