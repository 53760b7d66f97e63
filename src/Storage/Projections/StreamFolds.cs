using System.Collections.Immutable;
using RttNetwork.Domain.Common;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>A part of a stream that must be read before a batch can be folded: after one version, before another.</summary>
internal readonly record struct Missing(string Stream, int After, int Before);

/// <summary>A stream's state before and after a batch.</summary>
/// <param name="Version">Of the last entry that changed something of it that is shown.</param>
/// <param name="Tick">The first tick that this entry is in.</param>
internal readonly record struct Change<TState>(string Stream, TState Before, TState After, int Version, int Tick) where TState : class;

/// <summary>A stream's state at the end of a tick in which something of it changed that is shown.</summary>
/// <param name="Before">At the end of the tick before, or of the batch before.</param>
/// <param name="Version">Of the last entry of the tick that changed something.</param>
internal readonly record struct HistoryStep<TState>(string Stream, int Tick, TState Before, TState State, int Version) where TState : class;

/// <summary>The streams of one kind in a batch, in the order of the calls that fold one.</summary>
internal interface IStreamFolds
{
    /// <summary>Forgets the batch before.</summary>
    void Begin();

    /// <summary>Takes one more entry of the batch.</summary>
    /// <param name="tick">The first tick that it is in; they do not go back within a batch.</param>
    void Take(string stream, int version, ImmutableArray<Act> acts, int tick);

    /// <summary>What must be read, and given to <see cref="FoldIn"/> in order.</summary>
    IEnumerable<Missing> Missing();

    /// <summary>Folds an entry from before the batch.</summary>
    void FoldIn(string stream, int version, ImmutableArray<Act> acts);

    /// <summary>Folds the batch itself.</summary>
    void Fold();
}

/// <summary>
/// Folds the streams of one kind with the domain's own <see cref="IFold{TSelf}.Apply"/>: no figure is reckoned here a
/// second time. A stream is folded only when a batch changes something of it that is shown; what was passed over until
/// then is read from the journal.
/// </summary>
/// <remarks>
/// Folds are kept before anybody knows whether the batch's rows became durable. That is harmless: a fold is a function
/// of the journal alone, and one that is ahead of the batch is not used.
/// </remarks>
/// <param name="shown">True for an event that changes what a row shows.</param>
/// <param name="keptMax">How many folds stay in memory.</param>
/// <param name="inSteps">True where history is kept: what a batch changes is told by ticks, too.</param>
internal sealed class StreamFolds<TState>(Func<IEvent, bool> shown, int keptMax, bool inSteps = false) : IStreamFolds where TState : class, IFold<TState>
{
    private readonly FoldCache<TState> _kept = new(keptMax);
    private readonly Dictionary<string, Pending> _batch = [];

    /// <summary>What the batch changes of what is shown.</summary>
    public IEnumerable<Change<TState>> Changes =>
        _batch.Where(p => p.Value.Shown).Select(p => new Change<TState>(p.Key, p.Value.Before, p.Value.After, p.Value.ShownLast, p.Value.ShownTick));

    /// <summary>The same by ticks: of each stream one step at least, in order.</summary>
    public IEnumerable<IReadOnlyList<HistoryStep<TState>>> Steps => _batch.Where(p => p.Value.Shown).Select(p => p.Value.Steps);

    public void Begin() => _batch.Clear();

    public void Take(string stream, int version, ImmutableArray<Act> acts, int tick)
    {
        if (!_batch.TryGetValue(stream, out var pending)) _batch.Add(stream, pending = new Pending(version));
        pending.Entries.Add((version, acts, tick));
        foreach (var act in acts)
        {
            foreach (var @event in act.Events)
            {
                if (shown(@event)) (pending.ShownLast, pending.ShownTick) = (version, tick);
            }
        }
    }

    public IEnumerable<Missing> Missing()
    {
        foreach (var (stream, pending) in _batch)
        {
            if (!pending.Shown) continue;
            if (_kept.TryGet(stream, out var kept) && kept.Version < pending.First) (pending.Before, pending.Version) = kept;
            if (pending.Version < pending.First - 1) yield return new Missing(stream, pending.Version, pending.First);
        }
    }

    public void FoldIn(string stream, int version, ImmutableArray<Act> acts)
    {
        var pending = _batch[stream];
        pending.Before = pending.Next(stream, pending.Before, version, acts);
    }

    public void Fold()
    {
        foreach (var (stream, pending) in _batch)
        {
            if (!pending.Shown) continue;
            pending.After = pending.Before;
            foreach (var (version, acts, tick) in pending.Entries)
            {
                pending.After = pending.Next(stream, pending.After, version, acts);
                if (inSteps && acts.Any(a => a.Events.Any(shown))) pending.StepTo(stream, tick, version);
            }
            _kept.Set(stream, new Fold<TState>(pending.After, pending.Version));
        }
    }

    private sealed class Pending(int first)
    {
        public int First { get; } = first;
        public List<(int Version, ImmutableArray<Act> Acts, int Tick)> Entries { get; } = [];
        public List<HistoryStep<TState>> Steps { get; } = [];
        public bool Shown => ShownLast > 0;
        public int ShownLast { get; set; }
        public int ShownTick { get; set; }
        public TState Before { get; set; } = TState.Empty;
        public TState After { get; set; } = TState.Empty;
        public int Version { get; set; }

        public void StepTo(string stream, int tick, int version)
        {
            if (Steps is [.., var last] && last.Tick == tick) Steps[^1] = last with { State = After, Version = version };
            else Steps.Add(new HistoryStep<TState>(stream, tick, Steps is [.., var before] ? before.State : Before, After, version));
        }

        public TState Next(string stream, TState state, int version, ImmutableArray<Act> acts)
        {
            if (version != Version + 1) throw new JournalGapException(stream, Version + 1, version);
            Version = version;
            foreach (var act in acts)
            {
                foreach (var @event in act.Events)
                {
                    if (@event is not Fenced) state = state.Apply(@event, act.At);
                }
            }
            return state;
        }
    }
}
