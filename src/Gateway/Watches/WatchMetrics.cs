using System.Diagnostics.Metrics;

namespace RttNetwork.Gateway.Watches;

/// <summary>How the streams of this gateway are, in the meter "Rtt".</summary>
internal sealed class WatchMetrics : IDisposable
{
    private readonly Meter _meter = new("Rtt");

    public WatchMetrics(WatchPlaces places, ReferralFeeds referrals, CapacityFeeds capacity)
    {
        _meter.CreateObservableGauge<double>(
            "rtt.feed.staleness",
            IEnumerable<Measurement<double>> () => [Of("referrals", referrals.Staleness()), Of("capacity", capacity.Staleness())],
            "s",
            "Since what is watched here was last read, of the network of which that is longest ago; 0 when nobody watches");
        _meter.CreateObservableGauge("rtt.feed.watches", () => places.Taken, "{stream}", "Streams that are open here");

        static Measurement<double> Of(string kind, TimeSpan age) => new(age.TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
    }

    public void Dispose() => _meter.Dispose();
}
