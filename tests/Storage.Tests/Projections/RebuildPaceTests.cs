using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Projections;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What a rebuild leaves to others: transactions that stay short, and two fifths of the time. Its clock is the test's.</summary>
public sealed class RebuildPaceTests
{
    private const int BytesMax = 2 << 20, EntriesFewest = 64, EntriesMost = 4096;
    /// <summary>When it begins, before the rows are written, and after that.</summary>
    private const int LooksOfTransaction = 3;

    private static readonly TimeSpan ShortEnough = TimeSpan.FromMilliseconds(200);

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
            var clock = new PacedClock { LookTakes = _ => TimeSpan.Zero };
            var pace = new Pace(source, new InMemoryFeed(entries), clock);
            clock.LookTakes = look => TimeSpan.FromMilliseconds(durationsMs[look / LooksOfTransaction % durationsMs.Length]);
            // Of the same tables, whatever the one before had read.
            await using (var command = source.CreateCommand("DELETE FROM rtt.feed_cursor")) await command.ExecuteNonQueryAsync();
            await pace.Rebuild(CancellationToken.None);
            var sizes = pace.Batches.Select(b => b.Count).ToList();
            Assert.Equal(entries.Length, sizes.Sum());
            Assert.All(pace.Batches, b => Assert.True(b.Count == 1 || b.Sum(e => e.Entry.Length) <= BytesMax));
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

    /// <summary>After each transaction beside which others recorded something it stands still for seven tenths of what that took, and after no other.</summary>
    [Fact]
    public async Task While_others_record_a_rebuild_stands_still_two_fifths_of_the_time()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        ImmutableArray<FeedEntry> entries = [.. Enumerable.Range(0, 12_000).Select(i => new FeedEntry(new FeedPosition(1, i + 1), "n/c-s.c", i + 1, DateTimeOffset.UnixEpoch, new byte[8]))];
        await Record();                                                                          // the first one shows in no sequence
        await Gen.Select(Gen.Bool.Array[16], Gen.Int[1, 30]).SampleAsync(async (others, looked) =>
        {
            // A wait is of whole milliseconds.
            var look = TimeSpan.FromMilliseconds(10 * looked);
            var clock = new PacedClock { LookTakes = _ => look };
            // What comes after a transaction is made ready beside it.
            var pace = new Pace(source, new InMemoryFeed(entries), clock, ready => others[ready % others.Length] ? Record() : Task.CompletedTask);
            await using (var command = source.CreateCommand("DELETE FROM rtt.feed_cursor")) await command.ExecuteNonQueryAsync();
            await pace.Rebuild(CancellationToken.None);
            var transactions = pace.Batches.Count;
            // The first is made ready before it, and beside the last there is nothing more to make ready.
            var paused = Enumerable.Range(0, transactions).Count(i => (i == 0 && others[0]) || (i + 1 < transactions && others[(i + 1) % others.Length]));
            Assert.Equal(Enumerable.Repeat(look * LooksOfTransaction * 0.7, paused), clock.Pauses);
        }, iter: 12, threads: 1);

        async Task Record()
        {
            await using var command = source.CreateCommand("SELECT nextval('rtt.journal_position_seq')");
            await command.ExecuteScalarAsync();
        }
    }

    /// <summary>Writes no rows, and says what was to be written.</summary>
    /// <param name="readied">Called when a batch is made ready, with its number.</param>
    private sealed class Pace(NpgsqlDataSource source, IFeed feed, TimeProvider clock, Func<int, Task>? readied = null)
        : Projector("pace", 1, source, feed, clock, NullLogger.Instance)
    {
        private int _ready;

        public List<IReadOnlyList<FeedEntry>> Batches { get; } = [];

        protected override string CreateTablesSql => "CREATE TABLE nothing (n int)";

        protected override Task Ready(NpgsqlConnection connection, IReadOnlyList<FeedEntry> entries, CancellationToken cancel) => readied?.Invoke(_ready++) ?? Task.CompletedTask;

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries) => Batches.Add(entries);
    }

    /// <summary>A clock that moves when it is looked at. Who waits on it waits for nothing, and it is told how long that would have been.</summary>
    private sealed class PacedClock : TimeProvider
    {
        private readonly Lock _lock = new();
        private TimeSpan _passed;
        private int _looks;

        /// <summary>How long each look takes, by its number since this was set.</summary>
        public required Func<int, TimeSpan> LookTakes
        {
            get;
            set
            {
                lock (_lock) (field, _looks) = (value, 0);
            }
        }

        public List<TimeSpan> Pauses { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            lock (_lock) return (_passed += LookTakes(_looks++)).Ticks;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            callback(state);
            return new Passed();
        }

        private sealed class Passed : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
