using System.Collections.Immutable;
using System.Globalization;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Feed;

public sealed class FeedTests
{
    [Fact]
    public async Task Sessions_whose_xids_and_positions_cross_are_followed_without_missing_a_row()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var feed = new NpgsqlFeed(source, new FeedOptions(), new CommitSignal(), TimeProvider.System);
        await using var slow = await stage.Database.Open();
        await using var fast = await stage.Database.Open();
        var byFeed = new List<string>();
        var byPosition = new List<string>();
        var place = default(FeedPosition);
        var position = 0L;

        // The slow session takes its xid first and its position last.
        await slow.Execute("begin; select pg_current_xact_id()");
        await fast.Execute("begin");
        await Append(fast, "n1/c-fast", 1);
        await fast.Execute("commit");
        await Follow(until: 0);                                                                    // the feed waits for the slow one; the other reader runs ahead
        await Append(slow, "n1/c-slow", 1);
        await slow.Execute("commit");
        await Follow(until: 2);

        // The other way about: the slow session draws its position first and commits last.
        await slow.Execute("begin");
        await Append(slow, "n1/c-slow", 2);
        await fast.Execute("begin");
        await Append(fast, "n1/c-fast", 2);
        await fast.Execute("commit");
        await Follow(until: 2);
        await slow.Execute("commit");
        await Follow(until: 4);

        Assert.Equal(["n1/c-slow@1", "n1/c-fast@1", "n1/c-slow@2", "n1/c-fast@2"], byFeed);
        Assert.Equal(["n1/c-fast@1", "n1/c-slow@1", "n1/c-fast@2"], byPosition);                  // and so one row is lost for ever

        async Task Follow(int until)
        {
            // Other databases of the server have transactions too, which hold the feed back for a moment.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            do
            {
                foreach (var entry in await feed.Read(place, 10, patience.Token))
                {
                    byFeed.Add($"{entry.Stream}@{entry.Version}");
                    place = entry.Position;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
            }
            while (byFeed.Count < until);
            Assert.Equal(until, byFeed.Count);

            await using var connection = await stage.Database.Open();
            await using var command = new NpgsqlCommand($"select position, stream || '@' || version from rtt.journal where position > {position} order by position", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                position = reader.GetInt64(0);
                byPosition.Add(reader.GetString(1));
            }
        }
    }

    [Fact]
    public async Task A_follower_of_two_silos_under_load_sees_every_commit_once_and_streams_in_order()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var feed = new NpgsqlFeed(source, new FeedOptions { BusyInterval = TimeSpan.Zero, IdleInterval = TimeSpan.FromMilliseconds(5) }, new CommitSignal(), TimeProvider.System);
        var silos = new[] { stage.Journal(), stage.Journal() };
        const int callers = 12, each = 80;
        List<FeedPosition> tokens = [];
        var writing = Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (var version = 1; version <= each; version++)
            {
                var result = await silos[caller % 2].Commit(Stage.Unit(Guid.NewGuid(), ($"n1/c-{caller}", version), ($"n1/p-{caller}-{version}", 1)));
                Assert.Equal(CommitOutcome.Committed, result.Outcome);
                lock (tokens) tokens.Add(result.Token);
            }
        }));

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var heads = new Dictionary<string, int>(StringComparer.Ordinal);
        var place = default(FeedPosition);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (seen.Count < callers * each * 2)
        {
            var entries = await feed.Read(place, 37, patience.Token);
            foreach (var entry in entries)
            {
                Assert.True(entry.Position > place);
                place = entry.Position;
                Assert.True(seen.Add($"{entry.Stream}@{entry.Version}"));
                Assert.Equal(heads.GetValueOrDefault(entry.Stream) + 1, entry.Version);
                heads[entry.Stream] = entry.Version;
            }

            if (entries.Length < 37) await feed.WaitForMore(patience.Token);
        }

        await writing;
        Assert.Equal(place, tokens.Max());                                                        // a token includes its unit
    }

    [Fact]
    public async Task Of_two_followers_at_one_place_one_moves_the_cursor_and_the_rows_of_the_other_vanish()
    {
        await using var stage = await Stage.Create();
        await using var one = await stage.Database.Open();
        await using var other = await stage.Database.Open();
        await one.Execute("create table applied (n int)");
        var start = await CursorStore.Read(one, "f");
        Assert.Equal(new FeedCursor(1, default), start);
        Assert.True(await CursorStore.TryMove(one, "f", start, new FeedPosition(10, 1)));
        Assert.False(await CursorStore.TryMove(one, "f", start, new FeedPosition(11, 1)));
        var here = await CursorStore.Read(other, "f");

        await using var first = await one.BeginTransactionAsync();
        await using var second = await other.BeginTransactionAsync();
        Assert.True(await CursorStore.TryMove(one, "f", here, new FeedPosition(20, 5)));
        await one.Execute("insert into applied values (1)");
        var rival = Task.Run(async () => await CursorStore.TryMove(other, "f", here, new FeedPosition(20, 5)));
        await first.CommitAsync();

        Assert.False(await rival);
        await second.RollbackAsync();
        Assert.Equal(new FeedCursor(1, new FeedPosition(20, 5)), await CursorStore.Read(one, "f"));
        Assert.Equal(1L, await one.Scalar<long>("select count(*) from applied"));
    }

    [Fact]
    public async Task A_followers_seat_is_taken_by_one_and_the_next_goes_on_where_it_stood()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var followers = new NpgsqlFollowers(source);
        var stop = CancellationToken.None;
        var first = await followers.TryTake("dispatcher", stop);
        Assert.NotNull(first);
        Assert.Null(await followers.TryTake("dispatcher", stop));
        Assert.True(await first.MoveTo(new FeedPosition(7, 3), stop));

        await first.DisposeAsync();                                                              // its pooled connection stays open
        var second = await followers.TryTake("dispatcher", stop);
        Assert.NotNull(second);
        Assert.Equal(new FeedPosition(7, 3), second.Position);
        await using (var thief = await stage.Database.Open())
            Assert.True(await CursorStore.TryMove(thief, "dispatcher", new FeedCursor(1, new FeedPosition(7, 3)), new FeedPosition(8, 1)));
        Assert.False(await second.MoveTo(new FeedPosition(9, 1), stop));

        await using (var connection = await stage.Database.Open()) await connection.Execute("select rtt.raise_feed_epoch()");
        await second.DisposeAsync();
        await using var third = await followers.TryTake("dispatcher", stop);
        Assert.Equal(default, third!.Position);
        Assert.True(await third.MoveTo(new FeedPosition(1, 1), stop));
    }

    [Fact]
    public async Task A_restore_raises_the_epoch_and_keeps_the_order_of_what_it_brought()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        for (var i = 1; i <= 5; i++) await journal.Commit(Stage.Unit(($"n1/c-{i}", 1), ("n1/x-1", i)));
        await using var connection = await stage.Database.Open();
        await connection.Execute("update rtt.journal set xid = (xid::text::bigint + 1000000000)::text::xid8");       // as if from a cluster with a longer life
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var feed = new NpgsqlFeed(source, new FeedOptions(), new CommitSignal(), TimeProvider.System);
        Assert.Empty(await feed.Read(default, 100, CancellationToken.None));

        Assert.Equal(2, await connection.Scalar<int>("select rtt.raise_feed_epoch()"));

        Assert.Equal(2, await feed.Epoch(CancellationToken.None));
        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/x-1", 6)))).Outcome);
        List<FeedEntry> entries = [];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (entries.Count < 11)
        {
            entries.AddRange(await feed.Read(entries.Count == 0 ? default : entries[^1].Position, 100, patience.Token));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }

        Assert.Equal([1, 2, 3, 4, 5, 6], entries.Where(e => e.Stream == "n1/x-1").Select(e => e.Version));
        Assert.Equal(Enumerable.Range(1, 5).Select(i => $"n1/c-{i}"), entries.Where(e => e.Stream != "n1/x-1").Select(e => e.Stream));
    }

    [Fact]
    public void A_token_is_taken_back_only_by_its_network_and_epoch()
    {
        var position = new FeedPosition(ulong.MaxValue, long.MaxValue);
        var token = FeedToken.Encode("n1", 3, position);

        Assert.Equal(FeedTokenError.None, FeedToken.Decode(token, "n1", 3, out var read));
        Assert.Equal(position, read);
        Assert.Equal(FeedTokenError.OtherNetwork, FeedToken.Decode(token, "n2", 3, out _));
        Assert.Equal(FeedTokenError.OtherEpoch, FeedToken.Decode(token, "n1", 4, out _));
        foreach (var bad in new[] { null, "", "x", token[..8], token + "!", new string('a', 2000) })
            Assert.Equal(FeedTokenError.Malformed, FeedToken.Decode(bad, "n1", 3, out _));
    }

    private static async Task Append(NpgsqlConnection connection, string stream, int version) =>
        await connection.Execute(string.Create(CultureInfo.InvariantCulture, $"insert into rtt.journal (stream, version, entry) values ('{stream}', {version}, '0')"));
}
