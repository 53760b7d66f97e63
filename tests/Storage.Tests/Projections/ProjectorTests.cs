using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Projections;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Projections;

public sealed class ProjectorTests
{
    [Fact]
    public async Task Projectors_of_several_silos_count_every_entry_exactly_once_and_a_rebuild_gives_identical_rows()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString + ";Options=-c lock_timeout=5000");
        var feed = new NpgsqlFeed(source, new FeedOptions { BusyInterval = TimeSpan.FromMilliseconds(2), IdleInterval = TimeSpan.FromMilliseconds(10) }, new CommitSignal(), TimeProvider.System);
        var journal = stage.Journal();
        using var stop = new CancellationTokenSource();
        var silos = Enumerable.Range(0, 3).Select(_ => new Heads(1, source, feed)).ToList();
        var running = silos.Select(s => s.Run(stop.Token)).ToList();
        FeedPosition last = default;
        for (var version = 1; version <= 60; version++)
            last = (await journal.Commit(Stage.Unit(("n1/c-1", version), ($"n1/p-{version}", 1)))).Token;

        foreach (var silo in silos) Assert.True(await silo.WaitFor(last, TimeSpan.FromSeconds(30)));
        Assert.False(await silos[0].WaitFor(last with { Xid = last.Xid + 1_000_000 }, TimeSpan.FromMilliseconds(50)));
        var before = await Rows(stage);
        Assert.Equal(61, before.Count);
        Assert.Contains("n1/c-1 60 60", before);

        // A newer build rebuilds while the others still run and serve.
        var rebuilder = new Heads(2, source, feed);
        await using (var connection = await source.OpenConnectionAsync())
        {
            Assert.True(await rebuilder.Prepare(connection, CancellationToken.None));
            // The server knows the new tables' sizes, and plans by them, from the first query on.
            Assert.Equal(before.Count, await connection.Scalar<long>($"select sum(reltuples)::bigint from pg_class where relnamespace = '{rebuilder.Schema}'::regnamespace and relkind = 'r'"));
        }

        Assert.Equal(before, await Rows(stage));
        last = (await journal.Commit(Stage.Unit(("n1/c-1", 61)))).Token;
        Assert.True(await silos[0].WaitFor(last, TimeSpan.FromSeconds(30)));
        Assert.Contains("n1/c-1 61 61", await Rows(stage));

        await stop.CancelAsync();
        await Task.WhenAll(running);
        NpgsqlConnection.ClearAllPools();
    }

    [Fact]
    public async Task Without_the_lock_two_projectors_that_step_together_still_apply_each_entry_once()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var feed = new NpgsqlFeed(source, new FeedOptions(), new CommitSignal(), TimeProvider.System);
        var journal = stage.Journal();
        for (var version = 1; version <= 100; version++) await journal.Commit(Stage.Unit(("n1/c-1", version)));
        await using (var connection = await source.OpenConnectionAsync()) await new Heads(1, source, feed).Prepare(connection, CancellationToken.None);
        for (var version = 101; version <= 200; version++) await journal.Commit(Stage.Unit(("n1/c-1", version)));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var connection = await source.OpenConnectionAsync();
            var projector = new Heads(1, source, feed);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while ((await CursorStore.Read(connection, projector.Schema)).Position is var at && !(await Rows(stage)).Contains("n1/c-1 200 200"))
            {
                await projector.Step(connection, patience.Token);
                Assert.True(at >= default(FeedPosition));
            }
        }));

        Assert.Equal(["n1/c-1 200 200"], await Rows(stage));
    }

    [Fact]
    public async Task A_rebuild_takes_the_place_of_the_old_only_when_no_reader_would_go_back_in_time()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var feed = new NpgsqlFeed(source, new FeedOptions(), new CommitSignal(), TimeProvider.System);
        var journal = stage.Journal();
        for (var version = 1; version <= 200; version++) await journal.Commit(Stage.Unit(("n1/c-1", version)));
        await using var connection = await source.OpenConnectionAsync();
        var serving = new Heads(1, source, feed);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await serving.Prepare(connection, patience.Token);
        while (!(await Rows(stage)).Contains("n1/c-1 200 200")) await serving.Step(connection, patience.Token);

        var halting = new HaltingFeed(feed);
        await new Heads(2, source, halting).Rebuild(connection, patience.Token);

        Assert.True(halting.Halts > 0);
        Assert.Equal(["n1/c-1 200 200"], await Rows(stage));
    }

    /// <summary>Says at every second read that there is nothing more, as a transaction that runs long would make it.</summary>
    private sealed class HaltingFeed(IFeed feed) : IFeed
    {
        private int _reads;

        public int Halts => _reads / 2;

        public ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel) =>
            ++_reads % 2 == 0 ? ValueTask.FromResult(ImmutableArray<FeedEntry>.Empty) : feed.Read(after, max, cancel);

        public ValueTask WaitForMore(CancellationToken cancel) => feed.WaitForMore(cancel);

        public ValueTask<int> Epoch(CancellationToken cancel) => feed.Epoch(cancel);
    }

    private static async Task<List<string>> Rows(Stage stage)
    {
        await using var connection = await stage.Database.Open();
        await using var command = new NpgsqlCommand("select stream || ' ' || entries || ' ' || head from projection_heads.head order by stream", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    /// <summary>Counts the entries of each stream: an entry that is applied twice, or never, shows.</summary>
    private sealed class Heads(int fold, NpgsqlDataSource source, IFeed feed)
        : Projector("heads", fold, source, feed, TimeProvider.System, NullLogger.Instance)
    {
        protected override int EntriesPerStep => 7;

        protected override string CreateTablesSql => "CREATE TABLE head (stream text PRIMARY KEY, entries int NOT NULL, head int NOT NULL)";

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries)
        {
            foreach (var entry in entries)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO head VALUES ($1, 1, $2) ON CONFLICT (stream) DO UPDATE SET entries = head.entries + 1, head = excluded.head")
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = entry.Stream }, new NpgsqlParameter<int> { TypedValue = entry.Version } },
                });
            }
        }
    }
}
