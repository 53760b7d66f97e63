using System.Collections.Concurrent;
using System.Collections.Frozen;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>What rules have refused since this process started, by network: for its operator. Counting one that was counted before allocates nothing.</summary>
internal sealed class RefusalCounts
{
    private const string Networks = "networks/";

    /// <summary>Networks that are told apart; of more nothing is counted.</summary>
    private const int NetworksMax = 1000;

    private static readonly FrozenDictionary<string, int> Places = StatusTable.Reasons.Select((reason, place) => (reason, place)).ToFrozenDictionary(r => r.reason, r => r.place, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, long[]> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long[]>.AlternateLookup<ReadOnlySpan<char>> _byPart;

    public RefusalCounts() => _byPart = _counts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <param name="subject">The resource's name: its network is the caller's, or it would not have come so far.</param>
    public void Count(string subject, string reason)
    {
        if (!Places.TryGetValue(reason, out var place) || !subject.StartsWith(Networks, StringComparison.Ordinal)) return;
        var network = subject.AsSpan(Networks.Length);
        if (network.IndexOf('/') is >= 0 and var end) network = network[..end];
        if (!_byPart.TryGetValue(network, out var counts))
        {
            if (_counts.Count >= NetworksMax) return;
            counts = _counts.GetOrAdd(network.ToString(), _ => new long[Places.Count]);
        }
        Interlocked.Increment(ref counts[place]);
    }

    /// <summary>The most frequent first.</summary>
    public IEnumerable<(string Reason, long Count)> Of(string network) => _counts.TryGetValue(network, out var counts)
        ? Places.Select(p => (Reason: p.Key, Count: Interlocked.Read(ref counts[p.Value]))).Where(c => c.Count > 0).OrderByDescending(c => c.Count).ThenBy(c => c.Reason, StringComparer.Ordinal)
        : [];
}
