using System.Collections.Concurrent;

namespace RttNetwork.Gateway.Authentication;

/// <summary>
/// Tokens that were found good, by their exact text, so that a signature is checked once and not ten thousand times a
/// second. Two generations of half the size each: when the young one is full it becomes the old one, and what nobody
/// asks for is gone with the next change. Whoever asks judges expiry and revocation anew every time.
/// </summary>
internal sealed class TokenCache(int sizeMax)
{
    private readonly Lock _change = new();
    private readonly int _halfMax = Math.Max(1, sizeMax / 2);
    private volatile ConcurrentDictionary<string, GoodToken> _young = new(Whole.Comparer);
    private volatile ConcurrentDictionary<string, GoodToken> _old = new(Whole.Comparer);
    private int _youngCount;

    /// <summary>Tokens remembered, for tests of the bound.</summary>
    public int Count => _young.Count + _old.Count;

    public GoodToken? Find(string header)
    {
        if (_young.TryGetValue(header, out var found)) return found;
        if (!_old.TryGetValue(header, out found)) return null;
        Add(header, found);
        return found;
    }

    public void Add(string header, GoodToken token)
    {
        if (!_young.TryAdd(header, token) || Interlocked.Increment(ref _youngCount) < _halfMax) return;
        lock (_change)
        {
            if (_youngCount < _halfMax) return;
            _old = _young;
            _young = new ConcurrentDictionary<string, GoodToken>(Whole.Comparer);
            _youngCount = 0;
        }
    }

    /// <summary>Forgets everything: the keys have changed.</summary>
    public void Clear()
    {
        lock (_change)
        {
            _old = new ConcurrentDictionary<string, GoodToken>(Whole.Comparer);
            _young = new ConcurrentDictionary<string, GoodToken>(Whole.Comparer);
            _youngCount = 0;
        }
    }

    /// <summary>
    /// Compares the whole text and hashes its end, which is the signature and different for every token. Only good tokens
    /// are added, so nobody can make the hashes meet.
    /// </summary>
    private sealed class Whole : IEqualityComparer<string>
    {
        public static readonly Whole Comparer = new();
        private const int HashedLength = 24;

        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string text) => string.GetHashCode(text.AsSpan(Math.Max(0, text.Length - HashedLength)), StringComparison.Ordinal);
    }
}
