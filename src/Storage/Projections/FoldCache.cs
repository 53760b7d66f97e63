using System.Diagnostics.CodeAnalysis;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// Folds by stream, at most so many: when half of them are new, the older half is forgotten, and whoever is asked for
/// meanwhile becomes new again. A fold is a function of the journal, so an old one is never wrong, only behind.
/// </summary>
internal sealed class FoldCache<TState>(int max) where TState : class
{
    private Dictionary<string, Fold<TState>> _new = [];
    private Dictionary<string, Fold<TState>> _old = [];

    public bool TryGet(string stream, [MaybeNullWhen(false)] out Fold<TState> fold) =>
        _new.TryGetValue(stream, out fold) || _old.TryGetValue(stream, out fold);

    public void Set(string stream, Fold<TState> fold)
    {
        if (_new.Count >= max / 2 && !_new.ContainsKey(stream)) (_old, _new) = (_new, []);
        _new[stream] = fold;
    }
}

/// <summary>A stream's state at a version.</summary>
internal readonly record struct Fold<TState>(TState State, int Version) where TState : class;
