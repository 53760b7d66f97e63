using System.Collections.Immutable;
using CsCheck;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;

namespace RttNetwork.Storage.Tests.Feed;

public sealed class FeedTailTests
{
    /// <summary>Followers at places of their own, each of whom must see every entry once and in order, whoever of them read it from the database.</summary>
    [Fact]
    public void Whoever_follows_from_what_is_kept_sees_what_the_database_would_have_said()
    {
        var followers = Gen.Select(Gen.Int[0, 3], Gen.Int[1, 7], Gen.Int[0, 5]);
        Gen.Select(Gen.Int[150, 2000], followers.Array[1, 200]).Sample((bytesMax, steps) =>
        {
            var tail = new FeedTail(bytesMax);
            List<FeedEntry> feed = [];
            var places = new FeedPosition[4];
            var asked = 0;
            foreach (var (who, max, more) in steps)
            {
                for (var i = 0; i < more; i++) feed.Add(Entry(feed.Count));
                var kept = tail.Read(places[who], max);
                ImmutableArray<FeedEntry> expected = [.. feed.Where(e => e.Position > places[who]).Take(max)];
                if (kept.IsEmpty)
                {
                    asked++;
                    tail.Add(places[who], expected);
                }
                else
                {
                    // Perhaps fewer than are there, but never others, nor with a gap.
                    Assert.Equal(expected.Take(kept.Length), kept);
                    expected = kept;
                }
                if (!expected.IsEmpty) places[who] = expected[^1].Position;
            }
            Assert.InRange(asked, 1, steps.Length);
        }, iter: 2000);
    }

    [Fact]
    public void Who_comes_second_asks_nobody_and_what_is_kept_has_a_bound()
    {
        var tail = new FeedTail(bytesMax: 10_000);
        ImmutableArray<FeedEntry> entries = [.. Enumerable.Range(0, 200).Select(Entry)];
        foreach (var (chunk, i) in entries.Chunk(20).Select((c, i) => (c, i))) tail.Add(i == 0 ? default : entries[(i * 20) - 1].Position, [.. chunk]);

        Assert.Equal(entries.Skip(190), tail.Read(entries[189].Position, 500));
        Assert.Equal(entries.Skip(190).Take(5), tail.Read(entries[189].Position, 5));
        Assert.Empty(tail.Read(entries[199].Position, 5));
        Assert.Empty(tail.Read(default, 5));
        var kept = Enumerable.Range(0, 199).Count(i => !tail.Read(entries[i].Position, 1).IsEmpty);
        Assert.InRange(kept, 20, 10_000 / 120);
    }

    private static FeedEntry Entry(int number) => new(new FeedPosition((ulong)(number / 3) + 7, number), $"n/c-{number % 5}", number, DateTimeOffset.UnixEpoch, new byte[number % 11]);
}
