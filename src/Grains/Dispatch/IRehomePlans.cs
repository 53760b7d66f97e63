using System.Collections.Immutable;

namespace RttNetwork.Grains.Dispatch;

/// <summary>Plans that are being carried out, as the projection has them.</summary>
public interface IRehomePlans
{
    /// <summary>The keys of up to <paramref name="max"/> plans of every network that have something left to carry out, in order, beginning behind one and then from the first again.</summary>
    /// <param name="after">The key of a plan, whether it is still there or not; null to begin with the first.</param>
    ValueTask<ImmutableArray<string>> Executing(string? after, int max, CancellationToken cancel);
}
