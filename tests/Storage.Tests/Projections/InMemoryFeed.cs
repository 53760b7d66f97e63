using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>A feed whose entries are at the positions from 1 on.</summary>
internal sealed class InMemoryFeed(ImmutableArray<FeedEntry> entries) : IFeed
{
    public int Reads { get; private set; }

    public ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel)
    {
        Reads++;
        var from = (int)after.Position;
        return new(entries[from..Math.Min(entries.Length, from + max)]);
    }

    public ValueTask WaitForMore(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask<int> Epoch(CancellationToken cancel) => new(1);
}
