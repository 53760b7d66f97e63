using System.Collections.Concurrent;
using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;
using By = RttNetwork.Contracts.Views.CapacityBy;

namespace RttNetwork.Gateway.Watches;

/// <summary>Figures and the message that says them: made once, however many streams send it.</summary>
internal sealed class ShownFigures(CapacityFigures figures, string network, By by)
{
    private CapacityFigure? _wire;

    public CapacityFigures Figures => figures;

    /// <summary>Not to be changed.</summary>
    public CapacityFigure Wire => _wire ??= figures.ToWire(network, by);
}

/// <summary>Every cohort of a network that is not over, at one place in the feed and one instant.</summary>
/// <param name="History">Rises when what was before it says nothing any more.</param>
/// <param name="Build">Which build of the tables it is of.</param>
/// <param name="Withheld">Sites that no authority is told of.</param>
internal sealed record CapacityMoment(
    ImmutableDictionary<string, CapacityRow> Rows, FeedPlace Place, Instant AsOf, Instant? StaleSince, int History, long Build, ImmutableArray<WithheldSite> Withheld)
{
    private readonly ConcurrentDictionary<(CapacityAsk Ask, CallerScope Scope, string Reach), Lazy<ImmutableArray<ShownFigures>>> _figures = new();

    /// <summary>The figures of a list as a caller may see them: rolled up once, however many streams show them.</summary>
    public ImmutableArray<ShownFigures> Figures(CapacityAsk ask, Caller caller) => _figures
        .GetOrAdd((ask, caller.Scope, string.Join(' ', caller.Sites.Concat(caller.Regions))), _ => new Lazy<ImmutableArray<ShownFigures>>(() =>
            [.. CapacityRollUp.Of(RowsFor(caller), ask, AsOf, caller).Select(f => new ShownFigures(f, caller.Network, ask.By))])).Value;

    /// <summary>The ids of the sites of the region that a caller is told nothing of.</summary>
    public ImmutableArray<string> WithheldFrom(Caller caller, string? region) => caller.Scope is CallerScope.Authority ? WithheldSite.Of(Withheld, region) : [];

    private IEnumerable<CapacityRow> RowsFor(Caller caller)
    {
        if (caller.Scope is not CallerScope.Authority || Withheld.IsEmpty) return Rows.Values;
        var withheld = Withheld.Select(w => w.Site).ToHashSet(StringComparer.Ordinal);
        return Rows.Values.Where(r => !withheld.Contains(r.Site));
    }
}

/// <summary>
/// The capacity of every network that somebody watches here (docs/adr/0018). Of each network there is one reader, however many watch: it asks for the cohorts of which
/// something has changed, and keeps all that are not over. Streams roll up what it has, so nothing waits in them.
/// </summary>
internal sealed class CapacityFeeds(IGrainFactory grains, WatchPlaces places, GatewayOptions options, TimeProvider time, ILogger<CapacityFeeds> logger)
{
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);

    /// <summary>Opens a watch; null when the client or this gateway has as many as may be.</summary>
    public CapacityWatch? Open(Caller caller)
    {
        if (!places.TryTake(caller)) return null;
        lock (_lock)
        {
            if (!_feeds.TryGetValue(caller.Network, out var feed))
            {
                _feeds[caller.Network] = feed = new Feed(caller.Network) { ReadAt = time.GetTimestamp() };
                _ = Task.Run(() => Follow(feed), CancellationToken.None);
            }
            feed.Watches++;
            return new CapacityWatch(feed.Look, () => time.GetElapsedTime(feed.ReadAt), () => Close(caller, feed));
        }
    }

    /// <summary>For how long nothing has been read of the network of which that is longest ago; nothing while nobody watches.</summary>
    public TimeSpan Staleness()
    {
        lock (_lock) return _feeds.Count == 0 ? TimeSpan.Zero : _feeds.Values.Max(f => time.GetElapsedTime(f.ReadAt));
    }

    private void Close(Caller caller, Feed feed)
    {
        places.GiveBack(caller);
        lock (_lock)
        {
            if (--feed.Watches > 0) return;
            // Nobody watches: nothing is read. Whoever comes next begins a reader of their own.
            _feeds.Remove(feed.Network);
            feed.Stop.Cancel();
        }
    }

    /// <summary>Who reads for all: what of it a caller is shown is judged where it is rolled up.</summary>
    public static Caller Reader(string network) => new(network, "gateway", CallerScope.System, [], [], "watch");

    private async Task Follow(Feed feed)
    {
        var stop = feed.Stop.Token;
        var rows = ImmutableDictionary<string, CapacityRow>.Empty;
        FeedPlace? at = null;
        var (build, history) = (0L, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (at is not { } place)
                {
                    (rows, at, build) = await All(feed.Network, stop);
                    history++;
                    continue;
                }
                var read = await Read(feed.Network, new CapacityChangesAsk(place, null, build), stop);
                if (read.Reset)
                {
                    at = null;
                    continue;
                }
                rows = rows.SetItems(read.Rows.Select(r => KeyValuePair.Create(r.Cohort, r)));
                at = read.Place;
                if (read.More) continue;
                feed.Show(rows = WithoutThoseThatAreOver(rows, feed, read.AsOf), read, history);
                feed.ReadAt = time.GetTimestamp();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning("The capacity of {Network} could not be read, and will be tried again: {Error}", feed.Network, e.GetType().Name);
            }
            await Task.Delay(Pause(feed), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan Pause(Feed feed)
    {
        int watches;
        lock (_lock) watches = feed.Watches;
        var pause = watches * options.WatchIntervalEach;
        return pause < options.WatchInterval ? options.WatchInterval : pause < options.WatchIntervalMax ? pause : options.WatchIntervalMax;
    }

    /// <summary>Page by page. They are not of one moment: what has changed since the first one is asked for next.</summary>
    private async Task<(ImmutableDictionary<string, CapacityRow> Rows, FeedPlace Begun, long Build)> All(string network, CancellationToken stop)
    {
        var rows = ImmutableDictionary.CreateBuilder<string, CapacityRow>(StringComparer.Ordinal);
        (FeedPlace Place, long Build)? begun = null;
        string? after = null;
        while (true)
        {
            var page = await Read(network, new CapacityChangesAsk(null, after), stop);
            begun ??= (page.Place, page.Build);
            foreach (var row in page.Rows) rows[row.Cohort] = row;
            if (!page.More) return (rows.ToImmutable(), begun.Value.Place, begun.Value.Build);
            after = page.Rows[^1].Cohort;
        }
    }

    private Task<CapacityChanges> Read(string network, CapacityChangesAsk ask, CancellationToken stop) => grains.Of<IViewsGrain>(network)
        .CapacityChanges(Reader(network), ask).WaitAsync(ReadWithin, time, stop);

    private static ImmutableDictionary<string, CapacityRow> WithoutThoseThatAreOver(ImmutableDictionary<string, CapacityRow> rows, Feed feed, Instant asOf)
    {
        var today = CapacityRollUp.Today(asOf);
        if (feed.Moment is { } before && CapacityRollUp.Today(before.AsOf) == today) return rows;
        return rows.RemoveRange(rows.Values.Where(r => r.LastDay < today).Select(r => r.Cohort));
    }

    private sealed class Feed(string network)
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _changed = New();
        private Instant? _lapses;

        public string Network => network;
        public CancellationTokenSource Stop { get; } = new();
        public int Watches { get; set; }

        /// <summary>A timestamp.</summary>
        public long ReadAt { get; set; }

        public CapacityMoment? Moment { get; private set; }

        /// <summary>What is known, null before anything is, and what ends when figures may have changed after it.</summary>
        public (CapacityMoment? Moment, Task Changed) Look()
        {
            lock (_lock) return (Moment, _changed.Task);
        }

        public void Show(ImmutableDictionary<string, CapacityRow> rows, CapacityChanges read, int history)
        {
            lock (_lock)
            {
                var before = Moment;
                Moment = new CapacityMoment(rows, read.Place, read.AsOf, read.StaleSince, history, read.Build, read.Withheld);
                var isSame = before is not null && ReferenceEquals(before.Rows, rows) && before.History == history && before.Withheld.AsSpan().SequenceEqual(read.Withheld.AsSpan()) && before.StaleSince is null == read.StaleSince is null
                    && CapacityRollUp.Today(before.AsOf) == CapacityRollUp.Today(read.AsOf) && !(_lapses <= read.AsOf);
                if (isSame) return;
                _lapses = rows.Values.Min(r => CapacityRollUp.LapsesAfter(r, read.AsOf));
                var changed = _changed;
                _changed = New();
                changed.TrySetResult();
            }
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A stream's look at what its network's reader knows.</summary>
/// <param name="silentFor">Since when nothing could be read.</param>
internal sealed class CapacityWatch(Func<(CapacityMoment? Moment, Task Changed)> look, Func<TimeSpan> silentFor, Action close) : IDisposable
{
    public TimeSpan SilentFor => silentFor();

    public (CapacityMoment? Moment, Task Changed) Look() => look();

    public void Dispose() => close();
}
