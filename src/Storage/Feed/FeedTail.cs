using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Feed;

/// <summary>
/// The end of the feed as it was read last. Projector, dispatcher and webhooks follow close behind one another: the first to come reads from the database, the
/// others get the same entries from here. What the feed has returned once never changes, and nothing comes between it any more.
/// </summary>
/// <param name="bytesMax">What the kept entries weigh together; a single one may be heavier.</param>
internal sealed class FeedTail(int bytesMax)
{
    private readonly Lock _lock = new();
    private readonly List<FeedEntry> _entries = [];
    private FeedPosition _after;
    private long _bytes;

    /// <summary>Entries after a place; none when they are not here.</summary>
    public ImmutableArray<FeedEntry> Read(FeedPosition after, int max)
    {
        lock (_lock)
        {
            if (after < _after) return [];
            var (first, end) = (0, _entries.Count);
            while (first < end)
            {
                var middle = (first + end) / 2;
                if (_entries[middle].Position <= after) first = middle + 1;
                else end = middle;
            }
            return [.. CollectionsMarshal.AsSpan(_entries).Slice(first, Math.Min(max, _entries.Count - first))];
        }
    }

    /// <summary>Keeps what was read after a place, when it goes on from what is here or is further on.</summary>
    public void Add(FeedPosition after, ImmutableArray<FeedEntry> read)
    {
        lock (_lock)
        {
            var last = _entries.Count > 0 ? _entries[^1].Position : _after;
            if (read.IsEmpty || read[^1].Position <= last) return;
            if (after < _after || after > last || _entries.Count == 0)
            {
                _entries.Clear();
                (_after, _bytes, last) = (after, 0, after);
            }
            foreach (var entry in read)
            {
                if (entry.Position <= last) continue;
                _entries.Add(entry);
                _bytes += Weight(entry);
            }
            if (_bytes <= bytesMax) return;
            // Half of it goes at once, so that moving the rest is rare.
            var gone = 0;
            while (_bytes > bytesMax / 2 && gone < _entries.Count - 1) _bytes -= Weight(_entries[gone++]);
            _after = _entries[gone - 1].Position;
            _entries.RemoveRange(0, gone);
        }
    }

    private static int Weight(FeedEntry entry) => entry.Entry.Length + (2 * entry.Stream.Length) + 120;
}
