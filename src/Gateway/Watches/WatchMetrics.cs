using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace RttNetwork.Gateway.Watches;

/// <summary>
/// How the streams are, in the meter "Rtt". Measurements are of the process: with two gateways in one, as in tests, each name has the worst or the sum of both, and what ends with one
/// of them takes nothing from the other.
/// </summary>
internal sealed class WatchMetrics : IDisposable
{
    private static readonly Meter Meter = new("Rtt");
    private static readonly ConcurrentDictionary<WatchMetrics, bool> Gateways = new();

    private readonly WatchPlaces _places;
    private readonly ReferralFeeds _referrals;
    private readonly CapacityFeeds _capacity;

    static WatchMetrics()
    {
        Meter.CreateObservableGauge(
            "rtt.feed.staleness", Staleness, "s", "Since what is watched here was last read, of the network of which that is longest ago; 0 when nobody watches");
        Meter.CreateObservableGauge("rtt.feed.watches", () => Gateways.Keys.Sum(g => g._places.Taken), "{stream}", "Streams that are open here");
    }

    public WatchMetrics(WatchPlaces places, ReferralFeeds referrals, CapacityFeeds capacity)
    {
        (_places, _referrals, _capacity) = (places, referrals, capacity);
        Gateways[this] = true;
    }

    public void Dispose() => Gateways.TryRemove(this, out _);

    private static IEnumerable<Measurement<double>> Staleness() =>
        [Of("referrals", g => g._referrals.Staleness()), Of("capacity", g => g._capacity.Staleness())];

    private static Measurement<double> Of(string kind, Func<WatchMetrics, TimeSpan> staleness) =>
        new(Gateways.Keys.Select(staleness).DefaultIfEmpty().Max().TotalSeconds, new KeyValuePair<string, object?>("kind", kind));
}
