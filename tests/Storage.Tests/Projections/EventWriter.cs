using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Writes events as they come, without rules: what a list must show of them is what the test says.</summary>
internal sealed class EventWriter(ProjectionStage stage)
{
    /// <summary>What a pathway is opened with that asks for little.</summary>
    public static readonly PathwayPolicy Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], null, 92, new FastingPreset("usual", Duration.Zero, Duration.Zero), [], new PreparationRule(0, Duration.Zero, 0), 3, 14, true, Duration.Zero, 75, ["gad-7"], [], new SafetyRegime("none", 0, 0));

    private readonly Dictionary<string, int> _versions = [];

    public FeedPosition Last { get; private set; }

    public async Task Write(string stream, Instant at, params ImmutableArray<IEvent> events)
    {
        var version = _versions[stream] = _versions.GetValueOrDefault(stream) + 1;
        Last = await stage.Commit(new JournalUnit([new Append(stream, version, EntryCodec.Write([new Act(Guid.Empty, "desk", "site", "care", at, events)]))], [], [], TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20)));
    }
}
