using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// The journal on PostgreSQL, with group commit and group load: a small fixed number of writers and loaders, each of
/// which sends at once when it is idle, and takes all that has gathered meanwhile when it comes back.
/// </summary>
public sealed class NpgsqlJournal : IJournal, IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly UnitQueue _units;
    private readonly LoadChannel _loads;
    private readonly JournalMetrics _metrics;
    private readonly ILogger<NpgsqlJournal> _logger;
    private readonly ImmutableArray<WriteConnection> _connections;
    private readonly ImmutableArray<JournalWriter> _writers;
    private readonly CommitSignal? _signal;
    private readonly ITimer _sweep;
    private readonly TaskCompletionSource _writersEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _writersRunning;
    private bool _closing;

    /// <param name="database">A data source of the journal's own, see <see cref="JournalDataSource"/>.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="time">Deadlines are judged on this clock.</param>
    /// <param name="logger">Refusals are logged by kind, never by content.</param>
    /// <param name="signal">Raised after each batch, for the followers in this process.</param>
    public NpgsqlJournal(NpgsqlDataSource database, JournalOptions options, TimeProvider time, ILogger<NpgsqlJournal> logger, CommitSignal? signal = null)
    {
        (_time, _logger, _signal) = (time, logger, signal);
        _units = new UnitQueue(options);
        _metrics = new JournalMetrics(() => _units.Count, () => _loads!.Count);
        _loads = new LoadChannel(database, options, time, _metrics);
        _connections = [.. Enumerable.Range(0, options.Writers).Select(_ => new WriteConnection(database, options, time))];
        _writers = [.. _connections.Select(connection => new JournalWriter(connection, _metrics, time, logger))];
        _sweep = time.CreateTimer(_ => Sweep(), null, options.ExpirySweep, options.ExpirySweep);
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        var since = _time.GetTimestamp();
        if (UnitCheck.Bytes(unit) is not { } bytes)
        {
            _logger.LogError("A unit of {Streams} streams breaks a limit of the journal and was not sent.", unit.Appends.IsDefault ? 0 : unit.Appends.Length);
            return Refuse(CommitOutcome.Poison, since);
        }

        var waiting = new WaitingUnit(unit, bytes, since);
        var (accepted, start) = _units.Enqueue(waiting);
        if (!accepted) return Refuse(Volatile.Read(ref _closing) ? CommitOutcome.Unavailable : CommitOutcome.Overloaded, since);
        if (start is { } writer) StartWriter(writer);
        return new ValueTask<CommitResult>(waiting.Done);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) => _loads.Load(stream, after, deadline);

    /// <inheritdoc/>
    public ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) => _loads.Find(key, deadline);

    /// <summary>Accepts nothing more, answers what still waits with Unavailable, and returns when what is in flight has its outcome.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closing, true)) return;
        await _sweep.DisposeAsync();
        foreach (var unit in _units.Close()) Complete(unit, CommitOutcome.Unavailable);
        if (Volatile.Read(ref _writersRunning) > 0) await _writersEnded.Task;
        await _loads.DisposeAsync();
        foreach (var connection in _connections) await connection.DisposeAsync();

        _metrics.Dispose();
    }

    private ValueTask<CommitResult> Refuse(CommitOutcome outcome, long since)
    {
        _metrics.Outcome(outcome, _time.GetElapsedTime(since));
        return new ValueTask<CommitResult>(new CommitResult(outcome));
    }

    // Off the caller's scheduler: a grain's turn must not become a writer.
    private void StartWriter(int writer)
    {
        Interlocked.Increment(ref _writersRunning);
        ThreadPool.UnsafeQueueUserWorkItem(static start => _ = start.Journal.RunWriter(start.Writer), (Journal: this, Writer: writer), preferLocal: false);
    }

    private async Task RunWriter(int writer)
    {
        List<WaitingUnit> batch = [];
        List<WaitingUnit> expired = [];
        while (true)
        {
            if (_units.Take(writer, batch, expired, _time.GetUtcNow()) is { } further) StartWriter(further);
            foreach (var unit in expired) Complete(unit, CommitOutcome.Expired);
            expired.Clear();
            if (batch.Count == 0) break;

            try
            {
                await _writers[writer].Write(batch);
            }
            catch (Exception e)
            {
                // A programmer's error. Whoever has no answer yet gets the honest one.
                _logger.LogCritical(e, "The journal's writer failed with {Units} units in its hands.", batch.Count);
                foreach (var unit in batch) Complete(unit, CommitOutcome.Unknown);
            }

            _units.Release(batch);
            _signal?.Raise();
            batch.Clear();
        }

        if (Interlocked.Decrement(ref _writersRunning) == 0 && Volatile.Read(ref _closing)) _writersEnded.TrySetResult();
    }

    private void Sweep()
    {
        _loads.StartForLate();
        if (_units.Count == 0) return;
        if (_units.TakeWriterForLate() is { } writer) StartWriter(writer);
        List<WaitingUnit> expired = [];
        _units.Expire(expired, _time.GetUtcNow());
        foreach (var unit in expired) Complete(unit, CommitOutcome.Expired);
    }

    private void Complete(WaitingUnit unit, CommitOutcome outcome)
    {
        if (unit.Complete(new CommitResult(outcome))) _metrics.Outcome(outcome, _time.GetElapsedTime(unit.Since));
    }
}
