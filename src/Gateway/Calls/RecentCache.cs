using System.Collections.Concurrent;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// What was found lately, by its key. Two generations of half the size each: when the young one is full it becomes the old one, and
/// what nobody asks for is gone with the next change.
/// </summary>
internal sealed class RecentCache<TKey, TValue>(int sizeMax, IEqualityComparer<TKey> comparer)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _change = new();
    private readonly int _halfMax = Math.Max(1, sizeMax / 2);
    private volatile ConcurrentDictionary<TKey, TValue> _young = new(comparer);
    private volatile ConcurrentDictionary<TKey, TValue> _old = new(comparer);
    private int _youngCount;

    /// <summary>Entries remembered, for tests of the bound.</summary>
    public int Count => _young.Count + _old.Count;

    public TValue? Find(TKey key)
    {
        if (_young.TryGetValue(key, out var found)) return found;
        if (!_old.TryGetValue(key, out found)) return null;
        Add(key, found);
        return found;
    }

    public void Add(TKey key, TValue value)
    {
        if (!_young.TryAdd(key, value) || Interlocked.Increment(ref _youngCount) < _halfMax) return;
        lock (_change)
        {
            if (_youngCount < _halfMax) return;
            _old = _young;
            _young = new ConcurrentDictionary<TKey, TValue>(comparer);
            _youngCount = 0;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_change)
        {
            _old = new ConcurrentDictionary<TKey, TValue>(comparer);
            _young = new ConcurrentDictionary<TKey, TValue>(comparer);
            _youngCount = 0;
        }
    }
}
