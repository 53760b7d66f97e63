using System.Collections.Immutable;
using RttNetwork.Domain.Common;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>A part of a stream that must be read before a batch can be folded: after one version, before another.</summary>
internal readonly record struct Missing(string Stream, int After, int Before);

/// <summary>What became of a stream since its rows were written last.</summary>
/// <param name="Version">Of the last entry that changed something of it that is shown.</param>
/// <param name="FirstTick">The tick of the first such entry.</param>
/// <param name="Tick">The tick of the last.</param>
/// <param name="Place">Where in the feed the last one is.</param>
internal readonly record struct Change<TState>(string Stream, TState Before, TState After, int Version, int FirstTick, int Tick, FeedPosition Place) where TState : class;

/// <summary>A stream's state at the end of a tick in which something of it changed that is shown.</summary>
/// <param name="Before">At the end of the step before; when its rows were written, where that was later.</param>
/// <param name="Place">Where in the feed the last change of the tick is.</param>
internal readonly record struct HistoryStep<TState>(string Stream, int Tick, TState Before, TState State, FeedPosition Place) where TState : class;

/// <summary>The streams of one kind, a batch of entries after the other, in the order of the calls that fold one.</summary>
internal interface IStreamFolds
{
    /// <summary>Forgets the batch before, but for what is not written yet.</summary>
    void Begin();

    /// <summary>Takes one more entry of the batch.</summary>
    /// <param name="acts">What is in it.</param>
    /// <param name="tick">The tick that it is in.</param>
    void Take(FeedEntry entry, ImmutableArray<Act> acts, int tick);

    /// <summary>What must be read, and given to <see cref="FoldIn"/> in order.</summary>
    IEnumerable<Missing> Missing();

    /// <summary>Folds an entry from before the batch.</summary>
    void FoldIn(string stream, int version, ImmutableArray<Act> acts);

    /// <summary>Folds the batch itself, and tells what is to be written now.</summary>
    void Fold();

    /// <summary>Instead of a batch: tells of at most so many streams that are not written yet; returns of how many.</summary>
    int Rest(int max);
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
/// <param name="unwrittenMax">How many streams may have changed and not be written: none, where somebody reads the rows. What is written seldom costs little.</param>
/// <param name="inSteps">True where history is kept: what changes is told by ticks, too.</param>
/// <param name="firstAtOnce">True where what a stream begins with makes so many rows that those of many streams would make a transaction long: they do not wait.</param>
internal sealed class StreamFolds<TState>(Func<IEvent, bool> shown, int keptMax, int unwrittenMax, bool inSteps = false, bool firstAtOnce = false) : IStreamFolds where TState : class, IFold<TState>
{
    private readonly FoldCache<TState> _kept = new(keptMax);

    /// <summary>The streams of the batch, and those that are not written.</summary>
    private readonly Dictionary<string, Pending> _streams = [];
    private readonly List<Pending> _batch = [];
    private readonly Queue<Pending> _unwritten = [];

    /// <summary>What is to be written now.</summary>
    public List<Change<TState>> Changes { get; } = [];

    /// <summary>Of each of <see cref="Changes"/> the last step: what it is now.</summary>
    public List<HistoryStep<TState>> Last { get; } = [];

    /// <summary>The steps that another of the same stream has come after.</summary>
    public List<HistoryStep<TState>> Over { get; } = [];

    /// <summary>The steps that the batch began or went on with.</summary>
    public List<HistoryStep<TState>> Touched { get; } = [];

    public void Begin()
    {
        Changes.Clear();
        Last.Clear();
        Over.Clear();
        Touched.Clear();
        foreach (var pending in _batch)
        {
            pending.Entries.Clear();
            pending.ShownNow = false;
            if (!pending.IsUnwritten || unwrittenMax == 0) _streams.Remove(pending.Stream);
        }
        _batch.Clear();
        if (unwrittenMax == 0) _unwritten.Clear();
    }

    public void Take(FeedEntry entry, ImmutableArray<Act> acts, int tick)
    {
        if (!_streams.TryGetValue(entry.Stream, out var pending)) _streams.Add(entry.Stream, pending = new Pending(entry.Stream));
        if (pending.Entries.Count == 0) _batch.Add(pending);
        var isShown = acts.Any(a => a.Events.Any(shown));
        pending.ShownNow |= isShown;
        pending.Entries.Add((entry.Version, acts, isShown, tick, entry.Position));
    }

    public IEnumerable<Missing> Missing()
    {
        foreach (var pending in _batch)
        {
            if (pending.IsUnwritten || !pending.ShownNow) continue;
            var first = pending.Entries[0].Version;
            if (_kept.TryGet(pending.Stream, out var kept) && kept.Version < first) (pending.Before, pending.Version) = kept;
            if (pending.Version < first - 1) yield return new Missing(pending.Stream, pending.Version, first);
        }
    }

    public void FoldIn(string stream, int version, ImmutableArray<Act> acts)
    {
        var pending = _streams[stream];
        pending.Before = pending.Next(pending.Before, version, acts);
    }

    public void Fold()
    {
        foreach (var pending in _batch)
        {
            var atOnce = false;
            if (!pending.IsUnwritten)
            {
                if (!pending.ShownNow) continue;
                atOnce = firstAtOnce && pending.Version == 0;
                pending.After = pending.Before;
                pending.FirstTick = pending.Entries.Find(e => e.IsShown).Tick;
                pending.IsUnwritten = true;
                if (!atOnce) _unwritten.Enqueue(pending);
            }
            var began = pending.Entries[0].Place;
            foreach (var (version, acts, isShown, tick, place) in pending.Entries)
            {
                pending.After = pending.Next(pending.After, version, acts);
                if (!isShown) continue;
                (pending.ShownLast, pending.ShownTick, pending.Place) = (version, tick, place);
                if (inSteps) pending.StepTo(tick, place);
            }
            _kept.Set(pending.Stream, new Fold<TState>(pending.After, pending.Version));
            if (inSteps)
            {
                Touched.AddRange(pending.Steps.Where(s => s.Place >= began));
                Over.AddRange(pending.Steps.SkipLast(1));
                pending.Steps.RemoveRange(0, pending.Steps.Count - 1);
            }
            if (atOnce) Tell(pending);
        }
        while (_unwritten.Count > unwrittenMax) Tell(_unwritten.Dequeue());
    }

    public int Rest(int max)
    {
        Begin();
        var told = 0;
        for (; told < max && _unwritten.Count > 0; told++) Tell(_unwritten.Dequeue());
        return told;
    }

    private void Tell(Pending pending)
    {
        pending.IsUnwritten = false;
        _streams.Remove(pending.Stream);
        Changes.Add(new Change<TState>(pending.Stream, pending.Before, pending.After, pending.ShownLast, pending.FirstTick, pending.ShownTick, pending.Place));
        if (inSteps) Last.Add(pending.Steps[^1]);
    }

    private sealed class Pending(string stream)
    {
        public string Stream => stream;
        public List<(int Version, ImmutableArray<Act> Acts, bool IsShown, int Tick, FeedPosition Place)> Entries { get; } = [];
        public List<HistoryStep<TState>> Steps { get; } = [];

        /// <summary>The batch changes something that is shown.</summary>
        public bool ShownNow { get; set; }

        /// <summary>Something that is shown has changed since the rows were written.</summary>
        public bool IsUnwritten { get; set; }

        public int ShownLast { get; set; }
        public int ShownTick { get; set; }
        public int FirstTick { get; set; }
        public FeedPosition Place { get; set; }
        public TState Before { get; set; } = TState.Empty;
        public TState After { get; set; } = TState.Empty;
        public int Version { get; set; }

        public void StepTo(int tick, FeedPosition place)
        {
            if (Steps is [.., var last] && last.Tick == tick) Steps[^1] = last with { State = After, Place = place };
            else Steps.Add(new HistoryStep<TState>(stream, tick, Steps is [.., var before] ? before.State : Before, After, place));
        }

        public TState Next(TState state, int version, ImmutableArray<Act> acts)
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
