using Microsoft.Extensions.Logging;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// Writes batches, one at a time, and finds the truthful outcome of every unit in them: together, then without those
/// that cannot be written any more, then each alone. A bad unit costs its neighbours time, never their outcome.
/// </summary>
internal sealed class JournalWriter(WriteConnection connection, JournalMetrics metrics, TimeProvider time, ILogger logger)
{
    private readonly List<WaitingUnit> _left = [];
    private readonly List<WaitingUnit> _alone = [];

    /// <summary>Gives every unit of the batch its outcome. Does not throw.</summary>
    public async ValueTask Write(List<WaitingUnit> batch)
    {
        metrics.Batch(batch.Count);
        var first = await connection.Send(batch);
        if (Settled(first, batch)) return;

        metrics.Contended();
        Refill(_left, batch);
        if (first.Outcome == SendOutcome.Contended)
        {
            if (!await FilterOut(_left)) return;
            Expire(_left);
            if (_left.Count == 0) return;
            if (Settled(await connection.Send(_left), _left)) return;
        }

        foreach (var unit in _left) await WriteAlone(unit);
    }

    private async ValueTask WriteAlone(WaitingUnit unit)
    {
        Refill(_alone, unit);
        Expire(_alone);
        if (_alone.Count == 0) return;
        var sent = await connection.Send(_alone);
        if (Settled(sent, _alone)) return;
        if (sent.Outcome == SendOutcome.BadData)
        {
            // Only the kind of error: the message may quote the data.
            logger.LogError("A unit of {Streams} streams and {Bytes} bytes was refused as bad data ({SqlState}) and will not be retried.", unit.Unit.Appends.Length, unit.Bytes, sent.SqlState);
            Complete(unit, new CommitResult(CommitOutcome.Poison));
            return;
        }

        if (!await FilterOut(_alone)) return;
        // A lock that would not come, three times over: rolled back each time.
        if (_alone.Count > 0) Complete(unit, new CommitResult(CommitOutcome.Unavailable));
    }

    /// <summary>Completes the units when sending them together has decided all of them alike.</summary>
    private bool Settled(SendResult sent, List<WaitingUnit> units)
    {
        CommitOutcome? outcome = sent.Outcome switch
        {
            SendOutcome.Committed => CommitOutcome.Committed,
            SendOutcome.Lost => CommitOutcome.Unknown,
            SendOutcome.NotSent or SendOutcome.Refused => CommitOutcome.Unavailable,
            _ => null,
        };
        if (outcome is not { } known) return false;
        if (sent.Outcome == SendOutcome.Refused)
            logger.LogError("The database refused a batch of {Units} units ({SqlState}); nothing of it was written.", units.Count, sent.SqlState);
        else if (sent.Outcome == SendOutcome.Lost)
            logger.LogWarning("The connection was lost with {Units} units in flight: their outcome is unknown until they are settled.", units.Count);
        foreach (var unit in units) Complete(unit, new CommitResult(known, sent.Token));
        return true;
    }

    /// <summary>Completes and removes the units that cannot be written any more; false when the database did not answer, with all completed.</summary>
    private async ValueTask<bool> FilterOut(List<WaitingUnit> units)
    {
        var verdicts = new CommitResult?[units.Count];
        if (!await connection.Probe(units, verdicts))
        {
            foreach (var unit in units) Complete(unit, new CommitResult(CommitOutcome.Unavailable));   // the attempt before was rolled back
            return false;
        }

        var kept = 0;
        for (var i = 0; i < verdicts.Length; i++)
        {
            if (verdicts[i] is { } verdict) Complete(units[i], verdict);
            else units[kept++] = units[i];
        }

        units.RemoveRange(kept, units.Count - kept);
        return true;
    }

    private void Expire(List<WaitingUnit> units)
    {
        var now = time.GetUtcNow();
        units.RemoveAll(unit =>
        {
            if (unit.Unit.Deadline > now) return false;
            Complete(unit, new CommitResult(CommitOutcome.Expired));
            return true;
        });
    }

    private void Complete(WaitingUnit unit, CommitResult result)
    {
        if (unit.Complete(result)) metrics.Outcome(result.Outcome, time.GetElapsedTime(unit.Since), unit.Unit.Appends.Length);
    }

    private static void Refill(List<WaitingUnit> list, List<WaitingUnit> with)
    {
        list.Clear();
        list.AddRange(with);
    }

    private static void Refill(List<WaitingUnit> list, WaitingUnit with)
    {
        list.Clear();
        list.Add(with);
    }
}
