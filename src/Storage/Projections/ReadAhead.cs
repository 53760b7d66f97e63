using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>The feed for one who is far behind its end: the next entries are read while the ones before are worked on. Not for concurrent use.</summary>
/// <param name="feed">What is read.</param>
/// <param name="after">Where to begin.</param>
/// <param name="cancel">Ends the reading.</param>
internal sealed class ReadAhead(IFeed feed, FeedPosition after, CancellationToken cancel) : IAsyncDisposable
{
    private const int EntriesPerRead = 4096;

    private ImmutableArray<FeedEntry> _read = [];
    private int _taken;
    private Task<ImmutableArray<FeedEntry>>? _next;

    /// <summary>The next entries, one at least however heavy it is; none when there were no more.</summary>
    public async Task<ImmutableArray<FeedEntry>> Take(int entriesMax, int bytesMax)
    {
        if (_taken == _read.Length)
        {
            var read = await (_next ?? Read(after));
            (_read, _taken, _next) = (read, 0, read.IsEmpty ? null : Read(read[^1].Position));
            if (read.IsEmpty) return [];
        }
        var (first, end, bytes) = (_taken, _taken, 0);
        do bytes += _read[end++].Entry.Length;
        while (end < _read.Length && end - first < entriesMax && bytes + _read[end].Entry.Length <= bytesMax);
        _taken = end;
        return _read[first..end];
    }

    /// <summary>Returns when nothing is being read any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_next is { } next) await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task<ImmutableArray<FeedEntry>> Read(FeedPosition place) => feed.Read(place, EntriesPerRead, cancel).AsTask();
}
