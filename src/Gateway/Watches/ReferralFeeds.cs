using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Gateway.Watches;

/// <summary>
/// What changes of the referrals of every network that somebody watches here (docs/adr/0017). Of each network there is one reader, however many watch: it asks for what has
/// changed since it last asked, and tells every watch what concerns it.
/// </summary>
internal sealed class ReferralFeeds : IDisposable
{
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(5);

    private readonly IGrainFactory _grains;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ReferralFeeds> _logger;
    private readonly Meter _meter = new("Rtt");
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Network, string Subject), int> _ofClient = [];
    private int _all;

    public ReferralFeeds(IGrainFactory grains, GatewayOptions options, TimeProvider time, ILogger<ReferralFeeds> logger)
    {
        (_grains, _options, _time, _logger) = (grains, options, time, logger);
        _meter.CreateObservableGauge("rtt.feed.staleness", Staleness, "s", "Since what is watched here was last read, of the network of which that is longest ago; 0 when nobody watches");
        _meter.CreateObservableGauge("rtt.feed.watches", () => Volatile.Read(ref _all), "{stream}", "Streams that are open here");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>Opens a watch, which collects from now on; null when the client or this gateway has as many as may be.</summary>
    /// <param name="site">Null for every site.</param>
    public ReferralWatch? Open(Caller caller, string? site, bool outgoing)
    {
        var client = (caller.Network, caller.Subject);
        lock (_lock)
        {
            var has = _ofClient.GetValueOrDefault(client);
            if (_all >= _options.WatchesMax || has >= _options.WatchesPerClientMax) return null;
            _all++;
            _ofClient[client] = has + 1;
            if (!_feeds.TryGetValue(caller.Network, out var feed))
            {
                _feeds[caller.Network] = feed = new Feed(caller.Network) { ReadAt = _time.GetTimestamp() };
                _ = Task.Run(() => Follow(feed), CancellationToken.None);
            }
            var watch = new ReferralWatch(site, outgoing, _options.WatchPendingMax, feed.Begun.Task, () => _time.GetElapsedTime(feed.ReadAt), closed => Close(client, feed, closed));
            feed.Watches = feed.Watches.Add(watch);
            return watch;
        }
    }

    private void Close((string Network, string Subject) client, Feed feed, ReferralWatch watch)
    {
        lock (_lock)
        {
            _all--;
            if (--_ofClient[client] == 0) _ofClient.Remove(client);
            feed.Watches = feed.Watches.Remove(watch);
            if (!feed.Watches.IsEmpty) return;
            // Nobody watches: nothing is read. Whoever comes next begins a reader of their own.
            _feeds.Remove(feed.Network);
            feed.Stop.Cancel();
        }
    }

    private double Staleness()
    {
        lock (_lock) return _feeds.Count == 0 ? 0 : _feeds.Values.Max(f => _time.GetElapsedTime(f.ReadAt).TotalSeconds);
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
                var read = await _grains.Of<IViewsGrain>(feed.Network)
                    .ReferralChanges(caller, new ReferralChangesAsk(null, Outgoing: false, OpenOnly: false, at, ReferralChangesAsk.ChangesMax)).WaitAsync(ReadWithin, _time, stop);
                feed.ReadAt = _time.GetTimestamp();
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
                _logger.LogWarning("What changes of referrals of {Network} could not be read, and will be tried again: {Error}", feed.Network, e.GetType().Name);
            }
            await Task.Delay(_options.WatchInterval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
