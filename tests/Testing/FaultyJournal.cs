using System.Collections.Concurrent;
using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Testing;

/// <summary>
/// A real journal that fails on purpose, in the ways that a network and a server can make it fail: the answer to a
/// commit is lost, the commit is held back and lands later, or nothing can be sent at all. What it does to the database
/// is always the real thing.
/// </summary>
public sealed class FaultyJournal(IJournal inner) : IJournal
{
    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly ConcurrentDictionary<string, int> _eventsLoaded = new();
    private readonly ConcurrentDictionary<string, int> _entriesLoaded = new();
    private LateLoad? _lateLoad;

    /// <summary>Entries of the test's tenant that were read back so far.</summary>
    public int EntriesLoaded => _entriesLoaded.GetValueOrDefault(TestNetwork.Network);

    /// <summary>Events of one stream that were read back so far, by the end of its name.</summary>
    public int EventsLoadedOf(string id) => _eventsLoaded.Where(e => e.Key.EndsWith(id, StringComparison.Ordinal)).Sum(e => e.Value);

    /// <summary>Whether a unit is what a client asked for: fences have no receipt, and what follows by itself has the dispatcher's.</summary>
    public static bool IsOfClient(JournalUnit unit) => unit.Receipts.Any(r => r.Key.Subject != "dispatcher");

    /// <summary>Nothing fails on purpose any more: what a test before planned, and did not meet, is forgotten.</summary>
    public void Forget()
    {
        _faults.Clear();
        Unreachable = null;
    }

    /// <summary>What becomes of the next commit of the test's tenant that fits; later ones are untouched.</summary>
    public Fault Next(FaultKind kind, Func<JournalUnit, bool>? fits = null)
    {
        var network = TestNetwork.Network + "/";
        var fault = new Fault(kind, unit => unit.Appends.All(a => a.Stream.StartsWith(network, StringComparison.Ordinal)) && fits?.Invoke(unit) != false);
        _faults.Enqueue(fault);
        return fault;
    }

    /// <summary>For as long as it is set, no commit that fits can be sent, whoever sends it.</summary>
    public Func<JournalUnit, bool>? Unreachable { get; set; }

    /// <summary>The next load reads at once, and answers when the test says so.</summary>
    public LateLoad NextLoad() => _lateLoad = new LateLoad();

    public async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        if (Unreachable?.Invoke(unit) == true) return new CommitResult(CommitOutcome.Unavailable);
        if (!_faults.TryPeek(out var fault) || !fault.Fits(unit) || !_faults.TryDequeue(out fault)) return await inner.Commit(unit);
        fault.Met.TrySetResult();
        switch (fault.Kind)
        {
            case FaultKind.AnswerLost:
                await inner.Commit(unit);
                return new CommitResult(CommitOutcome.Unknown);
            case FaultKind.RequestLost:
                return new CommitResult(CommitOutcome.Unknown);
            case FaultKind.LandsLater:
                _ = Land();
                return new CommitResult(CommitOutcome.Unknown);
            case FaultKind.AnswerLate:
                var result = await inner.Commit(unit);
                fault.Landed.SetResult(result.Outcome);
                await fault.MayLand.Task;
                return result;
            case FaultKind.RequestLate:
                await fault.MayLand.Task;
                var late = await inner.Commit(unit);
                fault.Landed.SetResult(late.Outcome);
                return late;
            case FaultKind.Unreachable:
                return new CommitResult(CommitOutcome.Unavailable);
            default:
                throw new InvalidOperationException($"Unknown fault {fault.Kind}.");
        }

        async Task Land()
        {
            await fault.MayLand.Task;
            fault.Landed.SetResult((await inner.Commit(unit)).Outcome);
        }
    }

    public async ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline)
    {
        var entries = await inner.Load(stream, after, deadline);
        if (Interlocked.Exchange(ref _lateLoad, null) is { } late)
        {
            late.Read.SetResult();
            await late.MayAnswer.Task;
        }
        _entriesLoaded.AddOrUpdate(stream[..stream.IndexOf('/', StringComparison.Ordinal)], entries.Length, (_, sum) => sum + entries.Length);
        var events = entries.Sum(e => EntryCodec.Read(e.Entry.Span).Sum(a => Math.Max(1, a.Events.Length)));
        _eventsLoaded.AddOrUpdate(stream, events, (_, sum) => sum + events);
        return entries;
    }

    public ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) => inner.FindReceipt(key, deadline);
}

/// <summary>How a commit goes wrong.</summary>
public enum FaultKind
{
    /// <summary>It is durable, and nobody hears of it.</summary>
    AnswerLost,
    /// <summary>It never reaches the server, and nobody can tell.</summary>
    RequestLost,
    /// <summary>Its outcome is unknown, and it reaches the server when the test says so.</summary>
    LandsLater,
    /// <summary>It is durable, and the answer comes when the test says so.</summary>
    AnswerLate,
    /// <summary>It is on its way until the test says so, and whoever sent it waits.</summary>
    RequestLate,
    /// <summary>The server cannot be reached before anything is sent.</summary>
    Unreachable,
}

/// <summary>One planned fault.</summary>
public sealed class Fault(FaultKind kind, Func<JournalUnit, bool> fits)
{
    public FaultKind Kind { get; } = kind;
    public Func<JournalUnit, bool> Fits { get; } = fits;

    /// <summary>Ends when the commit that fits has come.</summary>
    public TaskCompletionSource Met { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For <see cref="FaultKind.LandsLater"/>, <see cref="FaultKind.RequestLate"/> and <see cref="FaultKind.AnswerLate"/>: lets it land, or its answer.</summary>
    public TaskCompletionSource MayLand { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For <see cref="FaultKind.LandsLater"/>, <see cref="FaultKind.RequestLate"/> and <see cref="FaultKind.AnswerLate"/>: what became of it.</summary>
    public TaskCompletionSource<CommitOutcome> Landed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A load whose answer is kept back.</summary>
public sealed class LateLoad
{
    /// <summary>Ends when the entries have been read.</summary>
    public TaskCompletionSource Read { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the answer go.</summary>
    public TaskCompletionSource MayAnswer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
