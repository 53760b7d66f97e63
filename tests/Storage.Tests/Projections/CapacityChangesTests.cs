using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Views;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What the gateway's reader learns of capacity: every cohort that has changed, and whether the projection is current.</summary>
public sealed class CapacityChangesTests
{
    private static readonly PageRequest Whole = new(200, null, null);
    private const string Network = "bc";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_folded_from_changes_is_every_row_at_every_place(int seed)
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { EntriesPerStepMax = 30 });
        var network = new RandomNetwork(seed);
        await stage.CommitRandom(network, 100);
        await using var connection = await stage.Source.OpenConnectionAsync();
        var projector = stage.Projector();
        await projector.Prepare(connection, default);
        // Other tests' transactions on the same server may hold the feed back.
        var committed = (await stage.Entries())[^1].Position;
        while (await stage.Reached() < committed) await projector.Step(connection, default);
        var begun = await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(null, null), network.Now, default);
        var rows = begun.Rows.ToDictionary(r => r.Cohort);
        var at = begun.Place;
        Assert.NotEmpty(rows);
        var changes = 0;
        for (var part = 0; part < 8; part++)
        {
            await stage.CommitRandom(network, 40);
            var end = (await stage.Entries())[^1].Position;
            do
            {
                await projector.Step(connection, default);
                var read = await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(at, null, begun.Build), network.Now, default);
                Assert.False(read.Reset);
                foreach (var row in read.Rows) rows[row.Cohort] = row;
                (at, changes) = (read.Place, changes + read.Rows.Length);
                var all = await stage.Views.Capacity(Network, new CapacityAsk(CapacityBy.Cohort), Whole, network.Now, default);
                Assert.Equal($"{at.Xid}.{at.Position}", all.Token);
                Assert.Equal(Text(all.Rows), Text(rows.Values));
            }
            while (await stage.Reached() < end);
        }
        // Fewer than the list read again each time: what has not changed is not read.
        Assert.InRange(changes, 1, 8 * 40 * 2);
    }

    [Fact]
    public async Task A_place_of_another_epoch_or_ahead_of_the_projection_begins_anew()
    {
        await using var stage = await ProjectionStage.Create();
        var network = new RandomNetwork(3);
        await stage.CommitRandom(network, 60);
        await stage.CatchUp((await stage.Entries())[^1].Position);
        var begun = await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(null, null), network.Now, default);
        var place = begun.Place;
        foreach (var (from, reset) in new[] { (place, false), (place with { Epoch = place.Epoch + 1 }, true), (place with { Position = place.Position + 1 }, true), (place with { Position = 0 }, false) })
            Assert.Equal(reset, (await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(from, null, begun.Build), network.Now, default)).Reset);
        Assert.True((await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(place, null, begun.Build - 1), network.Now, default)).Reset);
    }

    /// <summary>The tables of the build before serve until those of this one are there: nothing is known of capacity, and that is not the same as no seats.</summary>
    [Fact]
    public async Task Figures_whose_tables_are_not_there_yet_are_unknown_and_not_zero_and_after_a_rebuild_whoever_watches_begins_anew()
    {
        await using var stage = await ProjectionStage.Create(withProjection: false);
        var network = new RandomNetwork(1);
        await stage.CommitRandom(network, 100);
        var ask = new CapacityAsk(CapacityBy.Cohort);
        Assert.True((await stage.Views.Capacity(Network, ask, Whole, network.Now, default)).Behind);
        await stage.CatchUp((await stage.Entries())[^1].Position);
        Assert.NotEmpty((await stage.Views.Capacity(Network, ask, Whole, network.Now, default)).Rows);
        var begun = await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(null, null), network.Now, default);
        await using (var connection = await stage.Source.OpenConnectionAsync())
        await using (var command = new NpgsqlCommand("DROP TABLE projection_capacity.cohort_weeks", connection))
        {
            await command.ExecuteNonQueryAsync();
            Assert.True((await stage.Views.Capacity(Network, ask, Whole, network.Now, default)).Behind);
            await stage.Projector().Rebuild(connection, default);
        }
        Assert.True((await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(begun.Place, null, begun.Build), network.Now, default)).Reset);
    }

    [Fact]
    public async Task Figures_are_stale_while_something_is_recorded_that_is_not_projected_and_silence_is_not_stale()
    {
        await using var stage = await ProjectionStage.Create();
        var network = new RandomNetwork(4);
        await stage.CommitRandom(network, 60);
        await stage.CatchUp((await stage.Entries())[^1].Position);
        await stage.CommitRandom(network, 20);
        var waiting = (await stage.Entries())[^1];
        var began = TimeProvider.System.GetTimestamp();
        CapacityRead read;
        while ((read = await stage.Views.Capacity(Network, new CapacityAsk(CapacityBy.Site), Whole, network.Now, default)).StaleSince is null)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "A projection that stands still is not seen.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        Assert.True(read.StaleSince <= Instant.FromDateTimeOffset(waiting.RecordedAt));
        await stage.CatchUp(waiting.Position);
        Assert.Null((await stage.Views.CapacityChanges(Network, new CapacityChangesAsk(null, null), network.Now, default)).StaleSince);
    }

    private static string Text(IEnumerable<CapacityRow> rows) => Oracle.Text(rows.OrderBy(r => r.Cohort, StringComparer.Ordinal));
}
