using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Writes events as they come, without rules: what a list must show of them is what the test says.</summary>
internal sealed class EventWriter(ProjectionStage stage)
{
    private readonly Dictionary<string, int> _versions = [];

    public FeedPosition Last { get; private set; }

    public async Task Write(string stream, Instant at, params ImmutableArray<IEvent> events)
    {
        var version = _versions[stream] = _versions.GetValueOrDefault(stream) + 1;
        Last = await stage.Commit(new JournalUnit([new Append(stream, version, EntryCodec.Write([new Act(Guid.Empty, "desk", "site", "care", at, events)]))], [], [], TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20)));
    }
}
