using System.Collections.Immutable;

namespace RttNetwork.Grains.Dispatch;

/// <summary>Plans that are being carried out, as the projection has them.</summary>
public interface IRehomePlans
{
    /// <summary>The keys of up to <paramref name="max"/> plans of every network that have something left to carry out, in order.</summary>
    ValueTask<ImmutableArray<string>> Executing(int max, CancellationToken cancel);
}
