using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Journal;

public sealed class CommitTests
{
    [Fact]
    public async Task A_unit_is_durable_in_all_its_streams_with_its_receipt_and_a_token()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        var request = Guid.NewGuid();

        var result = await journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 1)));

        Assert.Equal(CommitOutcome.Committed, result.Outcome);
        Assert.True(result.Token.Xid > 0 && result.Token.Position > 0);
        Assert.Equal(["n1/c-1@1", "n1/p-1@1"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
        var receipt = await journal.FindReceipt(Stage.Key(request), Stage.Soon);
        Assert.NotNull(receipt);
        Assert.Equal(["n1/p-1@1", "n1/c-1@1"], receipt.Streams.ToArray());
        Assert.Equal(request.ToByteArray(), receipt.Fingerprint.ToArray());
        Assert.Equal($$"""{"ok":"{{request}}"}""", System.Text.Encoding.UTF8.GetString(receipt.Reply.Span));
        Assert.Null(await journal.FindReceipt(Stage.Key(Guid.NewGuid()), Stage.Soon));
    }

    [Fact]
    public async Task A_taken_version_in_one_stream_refuses_the_whole_unit()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        await journal.Commit(Stage.Unit(("n1/c-1", 1)));

        var result = await journal.Commit(Stage.Unit(Guid.NewGuid(), ("n1/p-1", 1), ("n1/c-1", 1)));

        Assert.Equal(CommitOutcome.Conflict, result.Outcome);
        Assert.Single(await stage.Rows());
        Assert.Equal(0L, await stage.Count("rtt.receipt"));
    }

    [Fact]
    public async Task A_version_that_skips_one_is_refused_and_its_neighbours_are_not()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(Stage.Patient with { Writers = 1 });
        await journal.Commit(Stage.Unit(("n1/c-1", 1)));

        var results = await Task.WhenAll(
            journal.Commit(Stage.Unit(("n1/x-1", 1))).AsTask(),
            journal.Commit(Stage.Unit(("n1/c-1", 3))).AsTask(),
            journal.Commit(Stage.Unit(("n1/x-2", 1))).AsTask(),
            journal.Commit(Stage.Unit(("n1/x-3", 2))).AsTask(),
            journal.Commit(Stage.Unit(("n1/x-4", 1))).AsTask());

        Assert.Equal(
            [CommitOutcome.Committed, CommitOutcome.Conflict, CommitOutcome.Committed, CommitOutcome.Conflict, CommitOutcome.Committed],
            results.Select(r => r.Outcome));
        Assert.Equal(["n1/c-1@1", "n1/x-1@1", "n1/x-2@1", "n1/x-4@1"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
    }

    [Fact]
    public async Task A_repeated_request_is_told_of_its_receipt_even_where_its_versions_are_taken_too()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        var request = Guid.NewGuid();
        await journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 1)));

        var same = await journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 1)));
        var later = await journal.Commit(Stage.Unit(request, ("n1/p-1", 2), ("n1/c-1", 2)));

        Assert.Equal(CommitOutcome.ReceiptExists, same.Outcome);
        Assert.Equal(["n1/p-1@1", "n1/c-1@1"], same.Existing!.Streams.ToArray());
        Assert.Equal(CommitOutcome.ReceiptExists, later.Outcome);
        Assert.Equal(2, (await stage.Rows()).Count);
    }

    [Fact]
    public async Task Of_units_that_wait_together_and_want_the_same_the_first_wins_and_the_others_get_the_truth()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(Stage.Patient with { Writers = 1 });
        var request = Guid.NewGuid();

        var results = await Task.WhenAll(
            journal.Commit(Stage.Unit(("n1/busy-1", 1))).AsTask(),                                 // occupies the writer while the others gather
            journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 1))).AsTask(),
            journal.Commit(Stage.Unit(Guid.NewGuid(), ("n1/p-2", 1), ("n1/c-1", 1))).AsTask(),
            journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 1))).AsTask(),
            journal.Commit(Stage.Unit(request, ("n1/p-3", 1))).AsTask(),
            journal.Commit(Stage.Unit(Guid.NewGuid(), ("n1/c-1", 2))).AsTask());

        Assert.Equal(
            [CommitOutcome.Committed, CommitOutcome.Committed, CommitOutcome.Conflict, CommitOutcome.ReceiptExists, CommitOutcome.ReceiptExists, CommitOutcome.Committed],
            results.Select(r => r.Outcome));
        Assert.Equal(["n1/busy-1@1", "n1/c-1@1", "n1/c-1@2", "n1/p-1@1"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
    }
}
