using RttNetwork.Grains.Units;
using RttNetwork.Storage.Journal;

namespace RttNetwork.Storage.Tests.Journal;

public sealed class LoadTests
{
    private static readonly int[] Lengths = [21, 7, 0];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(256)]
    public async Task Streams_longer_than_a_page_are_read_whole_and_in_order_from_any_version(int page)
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(Stage.Patient with { EntriesPerPage = page, Loaders = 1 });
        for (var version = 1; version <= 21; version++)
        {
            var unit = version <= 7 ? Stage.Unit(("n1/c-21", version), ("n1/c-7", version)) : Stage.Unit(("n1/c-21", version));
            Assert.Equal(CommitOutcome.Committed, (await journal.Commit(unit)).Outcome);
        }

        var asked = (from length in Lengths from after in Enumerable.Range(0, length + 1) select (length, after)).ToList();
        var loads = await Task.WhenAll(asked.Select(a => journal.Load($"n1/c-{a.length}", a.after, Stage.Soon).AsTask()));

        for (var i = 0; i < asked.Count; i++)
            Assert.Equal(Enumerable.Range(asked[i].after + 1, asked[i].length - asked[i].after), loads[i].Select(e => e.Version));
    }

    [Fact]
    public async Task A_gap_is_refused_and_so_is_a_caller_that_holds_more_than_the_journal()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(Stage.Patient with { EntriesPerPage = 2, Loaders = 1 });
        for (var version = 1; version <= 9; version++) await journal.Commit(Stage.Unit(("n1/c-1", version), ("n1/c-2", version)));
        await using (var connection = await stage.Database.Open()) await connection.Execute("delete from rtt.journal where stream = 'n1/c-1' and version in (1, 5)");

        var sound = journal.Load("n1/c-2", 0, Stage.Soon);
        Assert.Contains("version 2 where 1", (await Gap(journal, "n1/c-1", 0)).Message, StringComparison.Ordinal);
        Assert.Contains("version 6 where 5", (await Gap(journal, "n1/c-1", 3)).Message, StringComparison.Ordinal);
        Assert.Contains("version 6 where 5", (await Gap(journal, "n1/c-1", 5)).Message, StringComparison.Ordinal);
        Assert.Contains("version 0 where 10", (await Gap(journal, "n1/c-2", 10)).Message, StringComparison.Ordinal);
        Assert.Contains("version 0 where 4", (await Gap(journal, "n1/unknown", 4)).Message, StringComparison.Ordinal);
        Assert.Equal(9, (await sound).Length);
        Assert.Equal(3, (await journal.Load("n1/c-1", 6, Stage.Soon)).Length);
    }

    [Fact]
    public async Task Too_many_waiting_loads_are_refused_at_once()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(Stage.Patient with { LoadsWaitingMax = 0 });
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await journal.Load("n1/c-1", 0, Stage.Soon));
    }

    [Fact]
    public async Task A_closed_journal_refuses_and_leaves_nobody_waiting()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        var before = Enumerable.Range(0, 50).Select(i => journal.Commit(Stage.Unit(($"n1/c-{i}", 1))).AsTask()).ToList();
        await journal.DisposeAsync();

        Assert.All(await Task.WhenAll(before), r => Assert.True(r.Outcome is CommitOutcome.Committed or CommitOutcome.Unavailable));
        Assert.Equal(CommitOutcome.Unavailable, (await journal.Commit(Stage.Unit(("n1/c-1", 2)))).Outcome);
        await Assert.ThrowsAsync<JournalUnavailableException>(async () => await journal.Load("n1/c-1", 0, Stage.Soon));
    }

    private static Task<JournalGapException> Gap(NpgsqlJournal journal, string stream, int after) =>
        Assert.ThrowsAsync<JournalGapException>(async () => await journal.Load(stream, after, Stage.Soon));
}
