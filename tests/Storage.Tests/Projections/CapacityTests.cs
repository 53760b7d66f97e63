using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data;
using System.Runtime.CompilerServices;
using CsCheck;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>I10: every figure that is shown equals the fold of the journal at the token that it carries.</summary>
public sealed class CapacityTests
{
    private static readonly Gen<(int Seed, int EntriesMax, int KeptMax)> GenRun =
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 40], Gen.Int[2, 60]);

    private const int CrashesMin = 5;

    [Fact]
    public Task At_every_prefix_every_page_is_the_fold_of_the_journal_at_its_token() => GenRun.SampleAsync(async run =>
    {
        await using var stage = await ProjectionStage.Create(Limits(run.EntriesMax, run.KeptMax));
        var random = new Random(run.Seed);
        var network = new RandomNetwork(run.Seed);
        await using var first = await stage.Source.OpenConnectionAsync();
        await using var second = await stage.Source.OpenConnectionAsync();
        var projector = stage.Projector();
        await projector.Prepare(first, default);
        for (var part = 0; part < 4; part++)
        {
            await stage.CommitRandom(network, random.Next(20, 120));
            var journal = await stage.Entries();
            do
            {
                if (random.Next(8) == 0) await stage.AssertTrue(journal, random, network.Now + Duration.FromMinutes(random.Next(-20, 20)));
                if (random.Next(20) == 0) projector = stage.Projector();                         // a silo that starts has nothing in memory
            }
            while (await projector.Step(random.Next(3) == 0 ? second : first, default) || await stage.Reached() < journal[^1].Position);
            await stage.AssertTrue(journal, random, network.Now);
        }
    }, iter: 12, threads: 1);

    [Fact]
    public async Task Projectors_that_race_and_crash_show_each_entry_once_and_readers_never_see_another_figure()
    {
        await using var stage = await ProjectionStage.Create(Limits(entriesMax: 13, keptMax: 40));
        var network = new RandomNetwork(2026);
        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Prepare(connection, default);
        using var written = new CancellationTokenSource();
        var readers = Readers.Start(stage, network, written.Token);
        var end = new TaskCompletionSource<FeedPosition>();
        var crashes = new StrongBox<int>();
        var projectors = Task.WhenAll(Enumerable.Range(0, 3).Select(seed => RaceAndCrash(stage, new Random(seed), crashes, end.Task)));

        for (var part = 0; part < 12 || Volatile.Read(ref crashes.Value) < CrashesMin; part++)
        {
            await stage.CommitRandom(network, 40);
            if (part % 2 == 0) await readers.See((await stage.Entries())[^1].Position);
        }
        var journal = await stage.Entries();
        end.SetResult(journal[^1].Position);
        await projectors;
        await written.CancelAsync();

        await readers.AssertTrue(journal);
        await stage.AssertTrue(journal, new Random(1), network.Now);
    }

    [Fact]
    public async Task A_rebuild_repairs_every_row_while_reads_and_bookings_go_on()
    {
        await using var stage = await ProjectionStage.Create(Limits(entriesMax: 200, keptMax: 100));
        var network = new RandomNetwork(7);
        await stage.CommitRandom(network, 400);
        await stage.CatchUp((await stage.Entries())[^1].Position);
        var rows = await Rows(stage);
        var indexes = await Indexes(stage);
        await using (var connection = await stage.Open())
        {
            await connection.Execute("update projection_capacity.cohorts set booked = booked + 1, holds_until = '{}'");
            await connection.Execute("delete from projection_capacity.participant_sites where participant < 'p5'");
            await connection.Execute("update projection_capacity.sites set hidden = not hidden, limited_until = null");
        }
        Assert.NotEqual(rows, await Rows(stage));

        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Rebuild(connection, default);

        Assert.Equal(rows, await Rows(stage));
        Assert.Equal(indexes, await Indexes(stage));

        // And again, with a projector, readers and writers at work.
        using var written = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var running = stage.Projector().Run(stop.Token);
        var readers = Readers.Start(stage, network, written.Token);
        var rebuilds = Task.Run(async () =>
        {
            for (var i = 0; i < 4; i++)
            {
                await using var connection = await stage.Source.OpenConnectionAsync();
                await stage.Projector().Rebuild(connection, default);
            }
        });
        do
        {
            for (var part = 0; part < 8; part++)
            {
                await stage.CommitRandom(network, 20);
                await readers.See((await stage.Entries())[^1].Position);
            }
        }
        while (!rebuilds.IsCompleted);
        await rebuilds;
        var journal = await stage.Entries();
        Assert.True(await stage.ReachedSoon(journal[^1].Position));
        await written.CancelAsync();
        await readers.AssertTrue(journal);
        await stage.AssertTrue(journal, new Random(1), network.Now);
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Steps on a connection that the server ends now and then, in the middle of whatever it does.</summary>
    private static async Task RaceAndCrash(ProjectionStage stage, Random random, StrongBox<int> crashes, Task<FeedPosition> end)
    {
        var projector = stage.Projector();
        while (!end.IsCompleted || await stage.Reached() < await end)
        {
            await using var connection = await stage.Open();                                     // not pooled: a late crash hits nobody else
            using var crash = new CancellationTokenSource();
            var crashing = Crash(stage, connection.ProcessID, TimeSpan.FromMilliseconds(random.Next(5, 120)), crash.Token);
            try
            {
                while (!end.IsCompleted || await stage.Reached() < await end) await projector.Step(connection, default);
            }
            catch (Exception) when (connection.State != ConnectionState.Open)
            {
                Interlocked.Increment(ref crashes.Value);
                if (random.Next(2) == 0) projector = stage.Projector();
            }
            await crash.CancelAsync();
            await crashing;
        }
    }

    private static async Task Crash(ProjectionStage stage, int backend, TimeSpan after, CancellationToken cancel)
    {
        await Task.Delay(after, TimeProvider.System, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancel.IsCancellationRequested) return;
        await using var killer = await stage.Open();
        await killer.Scalar<bool>($"select pg_terminate_backend({backend})");
    }

    private static async Task<string> Rows(ProjectionStage stage)
    {
        await using var connection = await stage.Open();
        List<string> rows = [];
        foreach (var table in (string[])["cohorts", "sessions", "session_staff", "sites", "facilitators", "participant_sites"])
        {
            await using var command = new NpgsqlCommand($"select t::text from projection_capacity.{table} t order by t::text collate \"C\"", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) rows.Add($"{table} {reader.GetString(0)}");
        }
        Assert.True(rows.Count > 20);
        return string.Join('\n', rows);
    }

    private static async Task<string> Indexes(ProjectionStage stage)
    {
        await using var connection = await stage.Open();
        return await connection.Scalar<string>("select string_agg(indexdef, E'\\n' order by indexdef) from pg_indexes where schemaname = 'projection_capacity'");
    }

    private static ProjectionOptions Limits(int entriesMax, int keptMax) => new() { EntriesPerStepMax = entriesMax, CohortsKeptMax = keptMax, OthersKeptMax = keptMax, UnwrittenMax = 1 + (keptMax / 10) };

    /// <summary>Reads at random while others write, and looks afterwards whether each page was true at the place that it carries.</summary>
    private sealed class Readers
    {
        private readonly ConcurrentQueue<(string Token, string Shown, Func<Oracle, string> Expected)> _pages = [];
        private Task _reading = Task.CompletedTask;
        private FeedPosition _reached;

        public static Readers Start(ProjectionStage stage, RandomNetwork network, CancellationToken stop)
        {
            var readers = new Readers();
            readers._reading = Task.WhenAll(Enumerable.Range(0, 3).Select(seed => Task.Run(() => readers.Read(stage, network, new Random(seed), stop), CancellationToken.None)));
            return readers;
        }

        /// <summary>Returns when somebody has read a page that includes a place.</summary>
        public async Task See(FeedPosition place)
        {
            while (Reached() < place)
            {
                if (_reading.IsCompleted) await _reading;
                await Task.Yield();
            }
        }

        public async Task AssertTrue(ImmutableArray<FeedEntry> journal)
        {
            await _reading;
            foreach (var pages in _pages.GroupBy(p => p.Token))
            {
                var oracle = Oracle.At(journal, pages.Key);
                foreach (var (_, shown, expected) in pages) Assert.Equal(expected(oracle), shown);
            }
            Assert.InRange(_pages.DistinctBy(p => p.Token).Count(), 6, int.MaxValue);
        }

        private FeedPosition Reached()
        {
            lock (_pages) return _reached;
        }

        private async Task Read(ProjectionStage stage, RandomNetwork network, Random random, CancellationToken stop)
        {
            var last = default(FeedPosition);
            while (!stop.IsCancellationRequested)
            {
                var tenant = RandomNetwork.Networks[random.Next(2)];
                var site = RandomNetwork.SiteIds[random.Next(3)];
                var now = network.Now;
                var page = new PageRequest(200, null, null);
                if (random.Next(2) == 0)
                {
                    var search = ProjectionStage.RandomSearch(random, now);
                    Seen(await stage.Views.SearchSeats(tenant, page, search, default), o => o.SearchSeats(tenant, search));
                }
                else if (random.Next(2) == 0)
                {
                    Seen(await stage.Views.Cohorts(tenant, page, site, now, default), o => o.Cohorts(tenant, site, now));
                }
                else
                {
                    Seen(await stage.Views.Participants(tenant, page, site, default), o => o.Participants(tenant, site));
                }
            }

            void Seen<TRow>(Page<TRow> page, Func<Oracle, IEnumerable<TRow>> expected)
            {
                var place = Place.Parse(page.Token)!.Value;
                Assert.True(place >= last, $"A reader went back in time, from {last} to {place}: {typeof(TRow).Name}.");
                last = place;
                lock (_pages) _reached = place > _reached ? place : _reached;
                _pages.Enqueue((page.Token, Oracle.Text(page.Rows), o => Oracle.Text(expected(o))));
            }
        }
    }
}
