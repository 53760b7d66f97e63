using System.Collections.Immutable;
using RttNetwork.Rig;
using RttNetwork.Testing;

namespace RttNetwork.Grains.Tests;

/// <summary>Tests on real grains and a real database of their own, with two sites: what rehoming, offers and pools have in common.</summary>
public abstract class NetworkTests : IAsyncLifetime
{
    private int _runs;

    /// <summary>The database, which outlives every run of the network.</summary>
    private protected TestDatabase Database { get; private set; } = null!;

    /// <summary>The network that runs now; a test may stop it and run another.</summary>
    private protected TestNetwork Cluster { get; set; } = null!;

    /// <summary>Each run has ids of its own.</summary>
    private protected int NextSeed => ++_runs;

    public async Task InitializeAsync()
    {
        Database = await PostgresFixture.CreateDatabase();
        Cluster = await First();
        await Cluster.OpenSite();
        await Cluster.OpenSite("victoria");
    }

    public virtual async Task DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Starts the network that a test begins with.</summary>
    private protected abstract Task<TestNetwork> First();

    private protected Task<ImmutableArray<ReadEntry>> Journal() => JournalReader.ReadAll(Database.ConnectionString);

    /// <summary>Ratios, capacity, one seat for each person: at every prefix of the journal, whatever moved whom.</summary>
    private protected async Task Holds()
    {
        var journal = await Journal();
        JournalChecks.StreamsHaveNoGap(journal);
        JournalChecks.SeatsHold(journal);
    }

    /// <summary>Waits until something is so, and fails with what is so otherwise.</summary>
    private protected static async Task Soon(Func<Task<bool>> isSo, Func<Task<string>> otherwise, int secondsMax = 20)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(secondsMax);
        while (!await isSo())
        {
            if (TimeProvider.System.GetUtcNow() > deadline) Assert.Fail(await otherwise());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
