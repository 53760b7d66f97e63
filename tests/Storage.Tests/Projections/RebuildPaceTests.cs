using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Projections;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What a rebuild leaves to others: time, and transactions that stay short. Its clock is the test's.</summary>
public sealed class RebuildPaceTests
{
    private const int EntriesPerRead = 5, Entries = 40, BytesMax = 768 << 10, EntriesFewest = 64, EntriesMost = 4096;
    private static readonly TimeSpan ShortEnough = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Whatever is recorded in between, and however long each transaction takes: whenever somebody has recorded something, the rebuild stands still afterwards for two fifths of the
    /// time of both, and when nobody has, it does not stand still at all.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_rebuild_stands_still_two_fifths_of_the_time_while_others_record_and_else_not_at_all(int seed)
    {
        var random = new Random(seed);
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString + ";Pooling=false");
        var feed = new NpgsqlFeed(source, new FeedOptions(), new CommitSignal(), TimeProvider.System);
        var journal = stage.Journal();
        for (var version = 1; version <= Entries; version++) await journal.Commit(Stage.Unit(("n1/c-1", version)));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        // A transaction of another test may hold the feed back.
        while ((await feed.Read(default, Entries, patience.Token)).Length < Entries) await feed.WaitForMore(patience.Token);

        var (clock, recorded) = (new PacedClock(), 0);
        var pace = new Pace(source, new FewAtOnce(feed), clock, _ => clock.Pass(TimeSpan.FromMilliseconds(10 * random.Next(1, 100))), async () =>
        {
            // In the first of these nobody records anything, in the second somebody always does.
            if (recorded == Entries || !(seed == 1 || (seed > 1 && random.Next(2) == 0))) return false;
            await journal.Commit(Stage.Unit(("n1/c-2", ++recorded)));
            return true;
        });
        await pace.Rebuild(patience.Token);

        Assert.InRange(pace.Batches.Count, Entries / EntriesPerRead, int.MaxValue);
        Assert.Equal(seed == 0, recorded == 0);
        Assert.Equal(pace.Batches.Count(b => b.OthersRecorded), clock.Waits.Count);
        foreach (var (batch, stood) in pace.Batches.Where(b => b.OthersRecorded).Zip(clock.Waits)) Assert.InRange(stood / (batch.Took + stood), 0.38, 0.42);
    }

    /// <summary>
    /// However heavy entries are and however long their rows take to write: few at first, never more than the bounds at once but for one that is heavier by itself, fewer after a transaction
    /// that was long (but for the batch that is read ahead by then), and more again after short ones.
    /// </summary>
    [Fact]
    public async Task Transactions_of_a_rebuild_are_few_light_entries_and_fewer_when_they_take_long()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var weights = Gen.OneOf(Gen.Int[1, 100], Gen.Int[1, 20_000], Gen.Int[1, 400_000]);
        var durations = Gen.OneOf(Gen.Int[1, 200].Array[1, 8], Gen.Int[1, 1_000].Array[1, 8]);
        await Gen.Select(Gen.Int[0, 20_000], weights, durations).SampleAsync(async (drawn, weightMax, durationsMs) =>
        {
            // Some dozens of transactions: each is one of a real database.
            var count = Math.Min(durationsMs.Any(d => d > ShortEnough.TotalMilliseconds) ? drawn / 10 : drawn, 12_000_000 / weightMax);
            // One array for all: a part of it is an entry.
            var bytes = new byte[weightMax];
            ImmutableArray<FeedEntry> entries = [.. Enumerable.Range(0, count).Select(i => new FeedEntry(new FeedPosition(1, i + 1), "n/c-s.c", i + 1, DateTimeOffset.UnixEpoch, bytes.AsMemory(0, (int)(i * 7919L % weightMax) + 1)))];
            var clock = new PacedClock();
            var pace = new Pace(source, new InMemoryFeed(entries), clock, i => clock.EachLookTakes = TimeSpan.FromMilliseconds(durationsMs[i % durationsMs.Length]), () => Task.FromResult(false));
            // Of the same tables, whatever the one before had read.
            await using (var command = source.CreateCommand("DELETE FROM rtt.feed_cursor")) await command.ExecuteNonQueryAsync();
            await pace.Rebuild(CancellationToken.None);
            var sizes = pace.Batches.Select(b => b.Entries.Count).ToList();
            Assert.Equal(entries.Length, sizes.Sum());
            Assert.All(pace.Batches, b => Assert.True(b.Entries.Count == 1 || b.Entries.Sum(e => e.Entry.Length) <= BytesMax));
            Assert.All(sizes, size => Assert.InRange(size, 1, EntriesMost));
            Assert.All(sizes.Take(2), size => Assert.InRange(size, 0, EntriesFewest));
            var allowed = EntriesFewest;
            for (var i = 0; i + 2 < sizes.Count; i++)
            {
                var wasLong = TimeSpan.FromMilliseconds(durationsMs[i % durationsMs.Length]) > ShortEnough;
                allowed = wasLong ? Math.Max(EntriesFewest, allowed / 2) : Math.Min(EntriesMost, allowed * 2);
                Assert.InRange(sizes[i + 2], 1, allowed);
                // As many as it may be, when they are light and neither the end nor that of what is read at once is near.
                if (weightMax <= 100 && sizes.Take(i + 3).Sum() is var taken && taken < entries.Length && taken % EntriesMost != 0) Assert.Equal(allowed, sizes[i + 2]);
            }
        }, iter: 12, threads: 1);
    }

    /// <summary>One transaction of a rebuild.</summary>
    private sealed record Batch(IReadOnlyList<FeedEntry> Entries, TimeSpan Took)
    {
        public bool OthersRecorded { get; set; }
    }

    /// <summary>Writes no rows, and says what was to be written.</summary>
    /// <param name="written">Called when rows are written, with the number of the transaction; says how long it took.</param>
    /// <param name="meanwhile">Called while rows are written; true when something was recorded.</param>
    private sealed class Pace(NpgsqlDataSource source, IFeed feed, TimeProvider clock, Func<int, TimeSpan> written, Func<Task<bool>> meanwhile)
        : Projector("pace", 1, source, feed, clock, NullLogger.Instance)
    {
        public List<Batch> Batches { get; } = [];

        protected override string CreateTablesSql => "CREATE TABLE nothing (n int)";

        protected override async Task Ready(NpgsqlConnection connection, IReadOnlyList<FeedEntry> entries, CancellationToken cancel)
        {
            // The next is made ready while the one before is written: before the first nobody waits for anything.
            if (Batches.Count > 0) Batches[^1].OthersRecorded = await meanwhile();
        }

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries) => Batches.Add(new Batch(entries, written(Batches.Count)));
    }

    /// <summary>A clock that stands unless it is told to move; whoever waits has waited at once.</summary>
    private sealed class PacedClock : TimeProvider
    {
        private TimeSpan _passed;

        /// <summary>How far it moves whenever it is looked at.</summary>
        public TimeSpan EachLookTakes { get; set; }

        public List<TimeSpan> Waits { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public TimeSpan Pass(TimeSpan time)
        {
            _passed += time;
            return time;
        }

        public override long GetTimestamp() => (_passed += EachLookTakes).Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            Pass(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Few entries at once, so that a short feed takes many transactions.</summary>
    private sealed class FewAtOnce(IFeed feed) : IFeed
    {
        public ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel) => feed.Read(after, Math.Min(max, EntriesPerRead), cancel);

        public ValueTask WaitForMore(CancellationToken cancel) => feed.WaitForMore(cancel);

        public ValueTask<int> Epoch(CancellationToken cancel) => feed.Epoch(cancel);
    }
}
