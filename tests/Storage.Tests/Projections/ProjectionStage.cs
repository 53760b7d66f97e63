using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Journal;
using RttNetwork.Storage.Projections;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>A fresh database with a journal, its feed and the views; projectors as many as a test asks for.</summary>
internal sealed class ProjectionStage : IAsyncDisposable
{
    private readonly Stage _stage;
    private readonly StorageDataSources _sources;
    private readonly CommitSignal _signal = new();

    private ProjectionStage(Stage stage, ProjectionOptions options)
    {
        _stage = stage;
        Options = options;
        _sources = new StorageDataSources(new StorageOptions(stage.Database.ConnectionString));
        Feed = new NpgsqlFeed(Source, new FeedOptions { BusyInterval = TimeSpan.FromMilliseconds(2) }, _signal, TimeProvider.System);
        Views = new NpgsqlViews(Source, options, TimeProvider.System);
        Journal = stage.Journal();
    }

    public ProjectionOptions Options { get; }
    public NpgsqlDataSource Source => _sources.Projections;
    public NpgsqlFeed Feed { get; }
    public NpgsqlViews Views { get; }
    public NpgsqlJournal Journal { get; }

    public static async Task<ProjectionStage> Create(ProjectionOptions? options = null, bool withProjection = true) => new(await Stage.Create(withProjection), options ?? new ProjectionOptions());

    public Task<NpgsqlConnection> Open() => _stage.Database.Open();

    /// <summary>Commits units of which none touches a stream of another.</summary>
    public async Task<FeedPosition> Commit(params ImmutableArray<JournalUnit> units)
    {
        var results = await Task.WhenAll(units.Select(u => Journal.Commit(u).AsTask()));
        Assert.All(results, r => Assert.Equal(CommitOutcome.Committed, r.Outcome));
        _signal.Raise();
        return results.Max(r => r.Token);
    }

    public async Task CommitRandom(RandomNetwork network, int units)
    {
        // Each in its turn, several in flight: a unit waits only for those that wrote to its streams before.
        var last = new Dictionary<string, Task>();
        List<Task> all = [];
        for (var i = 0; i < units; i++)
        {
            var unit = network.Next();
            var before = Task.WhenAll(unit.Appends.Select(a => last.GetValueOrDefault(a.Stream, Task.CompletedTask)).Concat(all.Count >= 8 ? [all[^8]] : []));
            var mine = CommitAfter(before, unit);
            foreach (var append in unit.Appends) last[append.Stream] = mine;
            all.Add(mine);
        }
        await Task.WhenAll(all);

        async Task CommitAfter(Task before, JournalUnit unit)
        {
            await before;
            await Commit(unit);
        }
    }

    public async Task<ImmutableArray<FeedEntry>> Entries()
    {
        await using var connection = await Open();
        return await Oracle.Journal(connection);
    }

    /// <summary>Says when each entry was recorded, in the feed's order.</summary>
    public async Task Record(IReadOnlyList<Instant> times)
    {
        await using var connection = await Open();
        await using var command = new NpgsqlCommand(
            """
            UPDATE rtt.journal j SET recorded_at = t.at FROM (SELECT stream, version, row_number() OVER (ORDER BY xid, position) AS n FROM rtt.journal) o
            JOIN unnest($1) WITH ORDINALITY AS t (at, n) ON t.n = o.n WHERE j.stream = o.stream AND j.version = o.version
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<DateTime[]> { TypedValue = [.. times.Select(t => t.ToDateTimeUtc())] });
        Assert.Equal(times.Count, await command.ExecuteNonQueryAsync());
    }

    /// <summary>A projector as a silo has one, with nothing in memory yet.</summary>
    public CapacityProjector Projector() => new(Source, Feed, Options, TimeProvider.System, NullLogger<CapacityProjector>.Instance);

    /// <summary>Projects up to a place. An empty step is not the end: a transaction of another test may hold the feed back.</summary>
    public async Task CatchUp(FeedPosition to)
    {
        await using var connection = await Source.OpenConnectionAsync();
        var projector = Projector();
        await projector.Prepare(connection, default);
        while (await projector.Step(connection, default) || await Reached() < to) { }
    }

    /// <summary>The place that the projection has reached.</summary>
    public async Task<FeedPosition> Reached()
    {
        await using var connection = await Source.OpenConnectionAsync();
        return (await CursorStore.Read(connection, CapacityProjector.SchemaName)).Position;
    }

    /// <summary>True when the projection reaches a place before patience ends.</summary>
    public async Task<bool> ReachedSoon(FeedPosition place)
    {
        for (var i = 0; i < 30; i++)
        {
            if (await Views.Reached(Place.ToText(place), default)) return true;
        }
        return false;
    }

    /// <summary>Every list and many searches of every network, page by page, against the folds at the place that each page carries.</summary>
    public async Task AssertTrue(IReadOnlyCollection<FeedEntry> journal, Random random, Instant now)
    {
        var size = random.Next(1, 7);
        Oracle? oracle = null;
        foreach (var network in RandomNetwork.Networks)
        {
            foreach (var region in (string?[])[null, .. RandomNetwork.Regions])
                await Compare(page => Views.Sites(network, page, region, now, default), o => o.Sites(network, region, now));
            foreach (var site in RandomNetwork.SiteIds)
            {
                await Compare(page => Views.Cohorts(network, page, site, now, default), o => o.Cohorts(network, site, now));
                await Compare(page => Views.Facilitators(network, page, site, default), o => o.Facilitators(network, site));
                await Compare(page => Views.Participants(network, page, site, default), o => o.Participants(network, site));
            }
            for (var i = 0; i < 4; i++)
            {
                var search = RandomSearch(random, now);
                await Compare(page => Views.SearchSeats(network, page, search, default), o => o.SearchSeats(network, search));
                var ask = RandomCapacity(random, now);
                Assert.Equal(Oracle.Text(oracle!.Capacity(network, ask, now)), Oracle.Text(await Capacity(network, ask)));
                var cohort = Keys.Cohort(network, RandomNetwork.SiteIds[random.Next(3)], $"c{random.Next(6)}");
                Assert.Equal(Oracle.Text(oracle!.Alternatives(network, cohort, 3, now)), Oracle.Text(await Views.Alternatives(network, cohort, 3, now, default)));
            }
        }

        async Task<List<CapacityFigures>> Capacity(string network, CapacityAsk ask)
        {
            List<CapacityFigures> all = [];
            string? after = null;
            do
            {
                var read = await Views.Capacity(network, ask, new PageRequest(size, after, null), now, default);
                if (ask.By is CapacityBy.Cohort) Assert.InRange(read.Rows.Length, 0, size + 1);
                if (ask.By is CapacityBy.Site) Assert.InRange(read.Rows.Select(r => r.Site).Distinct().Count(), 0, size + 1);
                var figures = CapacityRollUp.Of(read.Rows, ask, now, Operator(network)).Where(f => after is null || string.CompareOrdinal(f.Key, after) > 0).ToList();
                all.AddRange(figures.Take(size));
                after = figures.Count > size ? figures[size - 1].Key : null;
            }
            while (after is not null);
            return all;
        }

        async Task Compare<TRow>(Func<PageRequest, ValueTask<Page<TRow>>> read, Func<Oracle, IEnumerable<TRow>> expected)
        {
            List<TRow> rows = [];
            string? after = null;
            do
            {
                var page = await read(new PageRequest(size, after, null));
                oracle ??= Oracle.At(journal, page.Token);
                Assert.InRange(page.Rows.Length, after is null ? 0 : 1, size);
                rows.AddRange(page.Rows);
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(Oracle.Text(expected(oracle)), Oracle.Text(rows));
        }
    }

    public static Caller Operator(string network) => new(network, "ops", CallerScope.Operator, [], [], "test");

    private static CapacityAsk RandomCapacity(Random random, Instant now) => new(
        (CapacityBy)random.Next(6),
        random.Next(3) > 0 ? null : RandomNetwork.Regions[random.Next(2)],
        random.Next(3) > 0 ? null : RandomNetwork.SiteIds[random.Next(3)],
        null,
        random.Next(3) > 0 ? null : RandomNetwork.Programs[random.Next(2)],
        random.Next(3) > 0 ? null : CapacityRollUp.MondayOf(CapacityRollUp.Today(now)).PlusWeeks(random.Next(6)));

    public static SeatSearch RandomSearch(Random random, Instant now)
    {
        var earliest = new LocalDate(2026, 12, 2).PlusDays(random.Next(40));
        return new SeatSearch(
            random.Next(2) == 0 ? null : RandomNetwork.Programs[random.Next(2)],
            random.Next(2) == 0 ? null : RandomNetwork.Regions[random.Next(2)],
            random.Next(3) > 0 ? null : earliest,
            random.Next(3) > 0 ? null : earliest.PlusDays(random.Next(30)),
            random.Next(4),
            now)
        {
            Origin = random.Next(2) == 0 ? null : new GeoPoint(random.Next(-90, 91), random.Next(-180, 181)),
            DistanceKmMax = random.Next(4) > 0 ? null : random.Next(1, 15_000),
            Language = random.Next(4) > 0 ? null : RandomNetwork.Codes[random.Next(2)],
            Accessibility = random.Next(4) > 0 ? [] : RandomNetwork.Codes[..random.Next(1, 3)],
            WaitDaysMax = random.Next(4) > 0 ? null : random.Next(40),
            Today = earliest.PlusDays(random.Next(-10, 10)),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _sources.DisposeAsync();
        await _stage.DisposeAsync();
    }
}
