using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Configuration;
using Orleans.Storage;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Migrations;

/// <summary>Orleans' own ADO.NET providers, in a real silo, on our tables and our SQL.</summary>
public sealed class OrleansProviderTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;
    private IHost _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("c", "s"))
            .ConfigureEndpoints(IPAddress.Loopback, FreePort(), FreePort())
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", _database.ConnectionString))
            .AddAdoNetGrainStorage("snapshots", o => (o.Invariant, o.ConnectionString) = ("Npgsql", _database.ConnectionString))
            .UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = ("Npgsql", _database.ConnectionString)));
        _silo = builder.Build();
        await _silo.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _silo.StopAsync();
        _silo.Dispose();
        await _source.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task First_writes_of_one_grain_state_that_race_leave_one_row_and_one_winner(bool numericKeys)
    {
        var storage = _silo.Services.GetRequiredKeyedService<IGrainStorage>("snapshots");
        for (var grain = 0; grain < 25; grain++)
        {
            // A numeric key leaves the column of the textual one null.
            var id = numericKeys ? GrainId.Create(GrainType.Create("cohort"), GrainIdKeyExtensions.CreateIntegerKey(grain)) : GrainId.Create("cohort", $"c-{grain}");
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => TryWrite(storage, id, writer)));
            Assert.Equal(1, outcomes.Count(won => won));
        }

        await using var connection = await _database.Open();
        Assert.Equal(25L, await connection.Scalar<long>("select count(*) from OrleansStorage"));
        Assert.Equal(numericKeys ? 25L : 0L, await connection.Scalar<long>("select count(*) from OrleansStorage where GrainIdExtensionString is null"));
    }

    [Fact]
    public async Task A_grain_state_is_written_read_and_cleared_by_compare_and_set()
    {
        var storage = _silo.Services.GetRequiredKeyedService<IGrainStorage>("snapshots");
        var id = GrainId.Create("cohort", "c-1");
        var mine = new GrainState<Snapshot>(new Snapshot { Text = "one" });
        await storage.WriteStateAsync("state", id, mine);
        var theirs = new GrainState<Snapshot>();
        await storage.ReadStateAsync("state", id, theirs);
        Assert.Equal("one", theirs.State?.Text);

        mine.State = new Snapshot { Text = "two" };
        await storage.WriteStateAsync("state", id, mine);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, theirs));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("state", id, theirs));

        await storage.ClearStateAsync("state", id, mine);
        var cleared = new GrainState<Snapshot>();
        await storage.ReadStateAsync("state", id, cleared);
        Assert.False(cleared.RecordExists);
        cleared.State = new Snapshot { Text = "three" };
        await storage.WriteStateAsync("state", id, cleared);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, mine));
    }

    [Fact]
    public async Task Of_two_membership_changes_at_one_version_one_wins_and_the_other_changes_nothing()
    {
        var table = _silo.Services.GetRequiredService<IMembershipTable>();
        for (var round = 0; round < 10; round++)
        {
            var before = await table.ReadAllAsync();
            var next = before.Version.Next();
            var inserts = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => table.InsertRowAsync(Silo(round, i), next)));
            Assert.Equal(1, inserts.Count(won => won));

            var after = await table.ReadAllAsync();
            Assert.Equal(before.Version.Version + 1, after.Version.Version);
            Assert.Equal(before.Members.Count + 1, after.Members.Count);

            var (entry, etag) = after.Members.First(m => m.Item1.HostName == "test");
            var updates = await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            {
                var changed = new MembershipEntry
                {
                    SiloAddress = entry.SiloAddress,
                    SiloName = entry.SiloName,
                    HostName = entry.HostName,
                    Status = SiloStatus.ShuttingDown,
                    SuspectTimes = [Tuple.Create(entry.SiloAddress, new DateTime(2026, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc))],
                    StartTime = entry.StartTime,
                    IAmAliveTime = entry.IAmAliveTime,
                };
                return table.UpdateRowAsync(changed, etag, after.Version.Next());
            }));
            Assert.Equal(1, updates.Count(won => won));
            Assert.Equal(after.Version.Version + 1, (await table.ReadAllAsync()).Version.Version);
        }
    }

    [Fact]
    public async Task A_refused_membership_change_changes_nothing_even_with_assertions_off()
    {
        await using var connection = await _database.Open();
        await connection.Execute($"alter database {connection.Database} set plpgsql.check_asserts = off");
        NpgsqlConnection.ClearAllPools();
        var table = _silo.Services.GetRequiredService<IMembershipTable>();
        var before = await table.ReadAllAsync();
        var silo = Silo(99, 0);
        Assert.True(await table.InsertRowAsync(silo, before.Version.Next()));

        Assert.False(await table.InsertRowAsync(Silo(99, 1), before.Version.Next()));                  // the version has moved on
        var now = await table.ReadAllAsync();
        Assert.False(await table.InsertRowAsync(silo, now.Version.Next()));                            // the row is there already

        var after = await table.ReadAllAsync();
        Assert.Equal(now.Version.Version, after.Version.Version);
        Assert.Equal(now.Members.Count, after.Members.Count);
    }

    [Fact]
    public async Task Cleaning_up_deletes_dead_silos_and_no_others_and_a_missing_row_still_brings_the_version()
    {
        var table = _silo.Services.GetRequiredService<IMembershipTable>();
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (var (i, status) in new[] { (1, SiloStatus.Joining), (2, SiloStatus.ShuttingDown), (3, SiloStatus.Dead), (4, SiloStatus.Active) })
        {
            var entry = Silo(7, i);
            (entry.Status, entry.IAmAliveTime) = (status, old);
            Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        }

        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(old.AddDays(1), TimeSpan.Zero));

        var left = (await table.ReadAllAsync()).Members.Select(m => m.Item1).Where(m => m.HostName == "test").Select(m => m.Status);
        Assert.Equal([SiloStatus.Joining, SiloStatus.ShuttingDown, SiloStatus.Active], left.OrderBy(s => s == SiloStatus.Active).ThenBy(s => s).ToArray());
        var missing = await table.ReadRowAsync(Silo(8, 8).SiloAddress);
        Assert.Empty(missing.Members);
        Assert.Equal((await table.ReadAllAsync()).Version.Version, missing.Version.Version);
    }

    [Fact]
    public async Task A_heartbeat_moves_no_version_and_gateways_are_the_active_ones()
    {
        var table = _silo.Services.GetRequiredService<IMembershipTable>();
        var entry = Silo(1, 1);
        (entry.Status, entry.ProxyPort) = (SiloStatus.Active, 4242);
        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next()));
        var before = await table.ReadAllAsync();

        entry.IAmAliveTime = new DateTime(2030, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        await table.UpdateIAmAliveAsync(entry);

        var after = await table.ReadAllAsync();
        Assert.Equal(before.Version.Version, after.Version.Version);
        Assert.Equal(entry.IAmAliveTime, after.Members.Single(m => m.Item1.SiloAddress.Equals(entry.SiloAddress)).Item1.IAmAliveTime);
        await using var connection = await _database.Open();
        Assert.Equal(2L, await connection.Scalar<long>("select count(*) from OrleansMembershipTable where Status = 3 and ProxyPort > 0"));
    }

    [Fact]
    public async Task Reminders_are_kept_found_by_range_and_deleted_at_their_version()
    {
        var table = _silo.Services.GetRequiredService<IReminderTable>();
        var grain = GrainId.Create("referral", "r-1");
        var entry = new ReminderEntry { GrainId = grain, ReminderName = "deadline", StartAt = new DateTime(2026, 8, 1, 0, 0, 0, DateTimeKind.Utc), Period = TimeSpan.FromHours(1) };
        var first = await table.UpsertRow(entry);
        var second = await table.UpsertRow(entry);
        Assert.NotEqual(first, second);

        var hash = grain.GetUniformHashCode();
        Assert.Single((await table.ReadRows(hash - 1, hash)).Reminders);
        Assert.Empty((await table.ReadRows(hash, hash + 1)).Reminders);
        Assert.Single((await table.ReadRows(hash + 1, hash)).Reminders);                          // the wrapped range
        Assert.Equal(entry.StartAt, (await table.ReadRow(grain, "deadline"))!.StartAt);
        Assert.False(await table.RemoveRow(grain, "deadline", first!));
        Assert.True(await table.RemoveRow(grain, "deadline", second!));
        Assert.Empty((await table.ReadRows(grain)).Reminders);
    }

    [Serializable, GenerateSerializer, Alias("test-snapshot")]
    public sealed class Snapshot
    {
        [Id(0)] public string Text { get; set; } = "";
    }

    private static async Task<bool> TryWrite(IGrainStorage storage, GrainId id, int writer)
    {
        try
        {
            await storage.WriteStateAsync("state", id, new GrainState<Snapshot>(new Snapshot { Text = $"{writer}" }));
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private static MembershipEntry Silo(int round, int number) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 20_000 + round, 1 + number),
        SiloName = $"silo-{number}",
        HostName = "test",
        Status = SiloStatus.Joining,
        StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
