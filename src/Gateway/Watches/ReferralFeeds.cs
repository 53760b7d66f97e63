using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Gateway.Watches;

/// <summary>
/// What changes of the referrals of every network that somebody watches here (docs/adr/0017). Of each network there is one reader, however many watch: it asks for what has
/// changed since it last asked, and tells every watch what concerns it.
/// </summary>
internal sealed class ReferralFeeds(IGrainFactory grains, WatchPlaces places, GatewayOptions options, TimeProvider time, ILogger<ReferralFeeds> logger)
{
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);

    /// <summary>Opens a watch, which collects from now on; null when the client or this gateway has as many as may be.</summary>
    /// <param name="site">Null for every site.</param>
    public ReferralWatch? Open(Caller caller, string? site, bool outgoing)
    {
        if (!places.TryTake(caller)) return null;
        lock (_lock)
        {
            if (!_feeds.TryGetValue(caller.Network, out var feed))
            {
                _feeds[caller.Network] = feed = new Feed(caller.Network) { ReadAt = time.GetTimestamp() };
                _ = Task.Run(() => Follow(feed), CancellationToken.None);
            }
            var watch = new ReferralWatch(site, outgoing, options.WatchPendingMax, feed.Begun.Task, () => time.GetElapsedTime(feed.ReadAt), closed => Close(caller, feed, closed));
            feed.Watches = feed.Watches.Add(watch);
            return watch;
        }
    }

    private void Close(Caller caller, Feed feed, ReferralWatch watch)
    {
        places.GiveBack(caller);
        lock (_lock)
        {
            feed.Watches = feed.Watches.Remove(watch);
            if (!feed.Watches.IsEmpty) return;
            // Nobody watches: nothing is read. Whoever comes next begins a reader of their own.
            _feeds.Remove(feed.Network);
            feed.Stop.Cancel();
        }
    }

    /// <summary>For how long nothing has been read of the network of which that is longest ago; nothing while nobody watches.</summary>
    public TimeSpan Staleness()
    {
        lock (_lock) return _feeds.Count == 0 ? TimeSpan.Zero : _feeds.Values.Max(f => time.GetElapsedTime(f.ReadAt));
    }

    private async Task Follow(Feed feed)
    {
        var stop = feed.Stop.Token;
        var caller = new Caller(feed.Network, "gateway", CallerScope.System, [], [], "watch");
        FeedPlace? at = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var read = await grains.Of<IViewsGrain>(feed.Network)
                    .ReferralChanges(caller, new ReferralChangesAsk(null, Outgoing: false, OpenOnly: false, at, ReferralChangesAsk.ChangesMax)).WaitAsync(ReadWithin, time, stop);
                feed.ReadAt = time.GetTimestamp();
                // Told before it is forgotten where the reader is: whoever is told begins anew at a place that is not before the reader's.
                if (read.Reset) foreach (var watch in feed.Watches) watch.BeginAnew();
                else if (at is not null) foreach (var watch in feed.Watches) watch.Take(read.Changes, read.More ? null : read.Place);
                at = read.More ? read.Changes[^1].At : read.Place;
                feed.Begun.TrySetResult();
                if (read.More) continue;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning("What changes of referrals of {Network} could not be read, and will be tried again: {Error}", feed.Network, e.GetType().Name);
            }
            await Task.Delay(options.WatchInterval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Feed(string network)
    {
        public string Network => network;
        public CancellationTokenSource Stop { get; } = new();
        public ImmutableHashSet<ReferralWatch> Watches { get; set; } = [];

        /// <summary>Done when the reader has a place: what a watch reads for itself after that is not before it.</summary>
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>A timestamp.</summary>
        public long ReadAt { get; set; }
    }
}
