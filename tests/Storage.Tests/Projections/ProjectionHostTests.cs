using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Projections;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Silos as far as the projection knows them: their storage, registered as a silo does it, and its hosted services.</summary>
public sealed class ProjectionHostTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly PageRequest All = new(200, null, null);

    [Fact]
    public async Task What_one_silo_commits_every_silo_shows_also_after_a_crash_of_the_one_that_projects()
    {
        await using var database = await PostgresFixture.CreateDatabase(withProjection: false);
        await using var one = await Silo.Start(database);
        await using var other = await Silo.Start(database);
        for (var i = 0; i < 6; i++)
        {
            var token = await (i % 2 == 0 ? one : other).OpenSite($"site-{i}");
            foreach (var silo in (Silo[])[one, other])
            {
                Assert.True(await silo.ReachedSoon(token));
                Assert.Equal(i + 1, (await silo.Views.Sites("bc", All with { AtLeast = token }, null, Now, default)).Rows.Length);
            }
        }

        await using (var killer = await database.Open())
        {
            Assert.Equal(1L, await killer.Scalar<long>("""
                select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted
                and database = (select oid from pg_database where datname = current_database())
                """));
        }
        var after = await one.OpenSite("after");
        Assert.True(await one.ReachedSoon(after));

        await one.DisposeAsync();
        after = await other.OpenSite("alone");
        Assert.True(await other.ReachedSoon(after));
        Assert.Equal(8, (await other.Views.Sites("bc", All, null, Now, default)).Rows.Length);
    }

    [Fact]
    public async Task A_projector_that_has_the_lock_and_does_nothing_is_helped_and_the_age_of_what_waits_is_measured()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        await using (var first = await Silo.Start(database)) Assert.True(await first.ReachedSoon(await first.OpenSite("first")));
        await using var source = new StorageDataSources(new StorageOptions(database.ConnectionString));
        await using var paused = await LeaderLock.TryTake(source.Projections, CapacityProjector.SchemaName, default);
        Assert.NotNull(paused);

        var clock = new StandingClock();
        await using var silo = await Silo.Start(database, clock);
        var token = await silo.OpenSite("second");
        var views = new NpgsqlViews(source.Projections, new ProjectionOptions(), TimeProvider.System);

        Assert.False(await views.Reached(token, default));
        clock.Pass(TimeSpan.FromSeconds(1));
        Assert.False(await views.Reached(token, default));                                       // a second is not enough to call it dead
        // When the silo first looked is not known: it is from then that it must have stood still.
        var reached = false;
        for (var i = 0; i < 20 && !reached; i++)
        {
            clock.Pass(TimeSpan.FromSeconds(3));
            reached = await views.Reached(token, default);
        }
        Assert.True(reached);
    }

    /// <summary>Says how much time has passed as the test does; waits are real.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private long _at = System.GetTimestamp();

        public void Pass(TimeSpan time) => Interlocked.Add(ref _at, time.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

        public override long GetTimestamp() => Interlocked.Read(ref _at);
    }

    [Fact]
    public async Task An_entry_that_this_build_does_not_know_stops_the_projection_and_its_age_is_measured()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        var behind = 0d;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "rtt.projection.behind") listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<double>((_, value, _, _) => behind = Math.Max(behind, value));
        meters.Start();
        // The projectors of every test are heard: by this silo's clock alone so much time has passed.
        var clock = new LeapingClock();
        var leap = TimeSpan.FromDays(1000);
        await using var silo = await Silo.Start(database, clock);
        Assert.True(await silo.ReachedSoon(await silo.OpenSite("good")));
        await silo.Commit(new Append(Keys.Site("bc", "later"), 1, """[{"r":"00000000-0000-0000-0000-000000000000","s":"","c":"","p":"","at":"2026-12-01T17:00:00Z","e":[["site-opened/9",{}]]}]"""u8.ToArray()));
        var after = await silo.OpenSite("after");
        clock.Leap(leap);

        for (var i = 0; i < 30 && behind < leap.TotalSeconds; i++)
        {
            Assert.False(await silo.Views.Reached(after, default));
            meters.RecordObservableInstruments();
        }
        Assert.InRange(behind, leap.TotalSeconds, leap.TotalSeconds + TimeSpan.FromDays(1).TotalSeconds);
        Assert.Equal("good", Assert.Single((await silo.Views.Sites("bc", All, null, Now, default)).Rows).Site);
    }

    private sealed class Silo : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private readonly List<IHostedService> _hosted;

        private Silo(ServiceProvider services)
        {
            _services = services;
            _hosted = [.. services.GetServices<IHostedService>()];
        }

        public IViews Views => _services.GetRequiredService<IViews>();

        public static async Task<Silo> Start(TestDatabase database, TimeProvider? clock = null)
        {
            var silo = new Silo(new ServiceCollection().AddSingleton(clock ?? TimeProvider.System).AddLogging(l => l.ClearProviders()).AddRttStorage(new StorageOptions(database.ConnectionString)).BuildServiceProvider());
            foreach (var hosted in silo._hosted) await hosted.StartAsync(default);
            return silo;
        }

        public Task<string> OpenSite(string site) => Commit(new Append(Keys.Site("bc", site), 1,
            EntryCodec.Write([new Act(Guid.Empty, "desk", "site", "care", NodaTime.Instant.FromUtc(2026, 12, 1, 17, 0), [new SiteOpened(site, "island", "CA-BC", "America/Vancouver", null, null)])])));

        public async Task<string> Commit(Append append)
        {
            var result = await _services.GetRequiredService<IJournal>().Commit(new JournalUnit([append], [], [], TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20)));
            Assert.Equal(CommitOutcome.Committed, result.Outcome);
            return $"{result.Token.Xid}.{result.Token.Position}";
        }

        public async Task<bool> ReachedSoon(string token)
        {
            for (var i = 0; i < 20; i++)
            {
                if (await Views.Reached(token, default)) return true;
            }
            return false;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var hosted in _hosted) await hosted.StopAsync(default);
            await _services.DisposeAsync();
        }
    }
}
