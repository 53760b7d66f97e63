using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>A long stream is activated from a snapshot and a short tail, and a snapshot is never believed over the journal.</summary>
public sealed class SnapshotTests
{
    private const int EventsAtLeast = 5_000;
    private const int EventsReadMax = 200;
    private const int People = 50;

    [Fact]
    public async Task A_cohort_of_five_thousand_events_activates_reading_at_most_two_hundred()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        FaultyJournal journal = null!;
        await using var network = await Start(database, journal: real => journal = new FaultyJournal(real));
        await network.OpenSite();
        await network.OpenCohort("c1", seats: 100, holdsMax: 100);
        for (var p = 0; p < People; p++) await network.Register($"p{p}");
        for (var events = 0; events < EventsAtLeast; events += 2 * People)
        {
            await Task.WhenAll(Enumerable.Range(0, People).Select(p => network.Ask(SeatAsk.Book, $"p{p}", "c1")));
            await Task.WhenAll(Enumerable.Range(0, People).Select(p => network.Ask(SeatAsk.Cancel, $"p{p}", "c1")));
        }
        Accepted(await network.Book("p0", "c1"));
        var before = await network.Get("c1");
        await network.Cluster.DeactivateAsync(network.Cohort("c1"));

        var read = journal.EventsLoadedOf("c-nanaimo.c1");
        var after = await network.Get("c1");
        Assert.InRange(journal.EventsLoadedOf("c-nanaimo.c1") - read, 0, EventsReadMax);
        Assert.Equal((before.Version, before.Seats), (after.Version, after.Seats));
    }

    [Fact]
    public async Task What_was_refused_to_a_repeat_stays_refused_to_its_first_attempt_after_a_snapshot()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        await using var network = await Start(database);
        await network.OpenSite();
        await network.OpenCohort("c1", seats: 1);
        await network.Register("ann");
        await network.Register("bob");
        Accepted(await network.Book("bob", "c1"));
        var id = network.NextRequestId();
        Assert.Equal("SEAT_FULL", (await network.Book("ann", "c1", network.Unit(requestId: id, attempt: 1))).Refusal!.Reason);
        for (var i = 0; i < 2 * UnitLimits.EventsPerSnapshot; i++) Accepted(await network.Ask(i % 2 == 0 ? SeatAsk.Cancel : SeatAsk.Book, "bob", "c1"));
        Accepted(await network.Ask(SeatAsk.Cancel, "bob", "c1"));
        await network.Cluster.DeactivateAsync(network.Cohort("c1"));

        Assert.Equal(UnitOutcome.Conflict, (await network.Book("ann", "c1", network.Unit(requestId: id, attempt: 0))).Outcome);
        Assert.Equal(0, (await network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_snapshot_above_the_head_of_the_journal_is_not_believed()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        await using var connection = await database.Open();
        await using (var network = await Start(database))
        {
            await network.OpenSite();
            await network.OpenCohort("c1", seats: 4);
            await network.Register("ann");
            Accepted(await network.Book("ann", "c1"));
            await Do("create table backup as select * from rtt.journal");
            for (var i = 0; i < 2 * UnitLimits.EventsPerSnapshot; i++) Accepted(await network.Ask(i % 2 == 0 ? SeatAsk.Cancel : SeatAsk.Book, "ann", "c1"));
        }
        // The journal is taken back to before the snapshot, as by a restore from an older backup.
        await Do("delete from rtt.journal j where not exists (select from backup b where b.position = j.position); delete from rtt.receipt");

        await using var again = await Start(database, seed: 2);
        var cohort = await again.Get("c1");
        Assert.Equal(1, cohort.Seats.Booked);
        Assert.InRange(cohort.Version, 2, UnitLimits.EventsPerSnapshot - 1);

        async Task Do(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }
    }
}
