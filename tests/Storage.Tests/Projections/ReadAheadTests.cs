using System.Collections.Immutable;
using CsCheck;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

public sealed class ReadAheadTests
{
    /// <summary>Whatever is taken at a time: each entry once, in order, with nothing more at once than was asked for, and the end when it is there.</summary>
    [Fact]
    public async Task A_feed_that_is_read_ahead_says_what_it_says()
    {
        var takes = Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 4000]).Array[1, 8];
        await Gen.Select(Gen.Int[0, 9000], Gen.Int[1, 40], takes).SampleAsync(async (count, weightMax, takes) =>
        {
            ImmutableArray<FeedEntry> entries = [.. Enumerable.Range(0, count).Select(i => new FeedEntry(new FeedPosition(1, i + 1), "n/c-s.c", i + 1, DateTimeOffset.UnixEpoch, new byte[(i * 7 % weightMax) + 1]))];
            var taken = new List<FeedEntry>();
            await using var ahead = new ReadAhead(new InMemoryFeed(entries), default, CancellationToken.None);
            for (var i = 0; ; i++)
            {
                var (entriesMax, bytesMax) = takes[i % takes.Length];
                var some = await ahead.Take(entriesMax, bytesMax);
                if (some.IsEmpty) break;
                Assert.InRange(some.Length, 1, entriesMax);
                Assert.True(some.Length == 1 || some.Sum(e => e.Entry.Length) <= bytesMax);
                taken.AddRange(some);
            }
            Assert.Equal(entries, taken);
        }, iter: 200);
    }

    /// <summary>The next entries are being read before anybody asks for them, and only those.</summary>
    [Fact]
    public async Task The_next_entries_are_read_while_the_ones_before_are_worked_on()
    {
        var feed = new InMemoryFeed([.. Enumerable.Range(0, 10_000).Select(i => new FeedEntry(new FeedPosition(1, i + 1), "n/c-s.c", i + 1, DateTimeOffset.UnixEpoch, new byte[1]))]);
        await using var ahead = new ReadAhead(feed, default, CancellationToken.None);
        await ahead.Take(1, 1);
        Assert.Equal(2, feed.Reads);
        await ahead.Take(1, 1);
        Assert.Equal(2, feed.Reads);
    }
}
