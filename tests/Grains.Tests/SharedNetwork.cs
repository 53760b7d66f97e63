using System.Collections.Immutable;
using System.Globalization;
using RttNetwork.Rig;
using RttNetwork.Testing;

namespace RttNetwork.Grains.Tests;

/// <summary>
/// One cluster on one database for all tests of a class: most of a short test's time would else go into starting them. Each test acts in a tenant of its own,
/// and meets nothing of the others.
/// </summary>
public sealed class SharedNetwork : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNetwork? _other;
    private int _tenants;

    /// <summary>The cluster.</summary>
    public TestNetwork Cluster { get; private set; } = null!;

    /// <summary>Stands before the journal of the cluster, to make it fail on purpose.</summary>
    public FaultyJournal Journal { get; private set; } = null!;

    public TestDatabase Database => _database;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        Cluster = await TestNetwork.Start(_database, journal: real => Journal = new FaultyJournal(real));
    }

    public async Task DisposeAsync()
    {
        if (_other is not null) await _other.DisposeAsync();
        await Cluster.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Gives a test its tenant. For its constructor: what that sets is seen by all of the test.</summary>
    public void BeginTest()
    {
        TestNetwork.ActIn(string.Create(CultureInfo.InvariantCulture, $"bc{++_tenants}"));
        Journal.Forget();
    }

    /// <summary>A second cluster on the same database, which knows nothing of the first.</summary>
    public async Task<TestNetwork> Other() => _other ??= await TestNetwork.Start(_database, seed: 2);

    /// <summary>What the journal has of the test's tenant, in the order in which it became true.</summary>
    public async Task<ImmutableArray<ReadEntry>> Entries() => [.. (await JournalReader.ReadAll(_database.ConnectionString)).Where(e => TestNetwork.IsOfNetwork(e.Stream))];
}

/// <summary>Tests that share a cluster: what they begin with is set up in each test's own tenant.</summary>
public abstract class SharedNetworkTests : IClassFixture<SharedNetwork>, IAsyncLifetime
{
    protected SharedNetworkTests(SharedNetwork shared)
    {
        Shared = shared;
        shared.BeginTest();
    }

    /// <summary>The cluster with its database and its journal.</summary>
    protected SharedNetwork Shared { get; }

    /// <summary>What commands are sent to.</summary>
    protected TestNetwork Cluster => Shared.Cluster;

    public abstract Task InitializeAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;
}
