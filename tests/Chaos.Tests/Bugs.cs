using System.Collections.Concurrent;
using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Chaos.Tests;

/// <summary>A journal with a mistake in it. The product has no switch for any of these: they stand between it and its journal.</summary>
internal abstract class JournalBug(IJournal inner) : IJournal
{
    protected IJournal Inner => inner;

    public virtual ValueTask<CommitResult> Commit(JournalUnit unit) => inner.Commit(unit);

    public virtual ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) => inner.Load(stream, after, deadline);

    public virtual ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) => inner.FindReceipt(key, deadline);

    protected static bool IsCommand(JournalUnit unit) => !unit.Receipts.IsEmpty;

    /// <summary>Writes a unit at whatever versions are free now.</summary>
    protected async ValueTask<CommitResult> CommitAnyhow(JournalUnit unit)
    {
        var result = new CommitResult(CommitOutcome.Conflict);
        for (var attempt = 0; attempt < 5 && result.Outcome == CommitOutcome.Conflict; attempt++)
        {
            var appends = ImmutableArray.CreateBuilder<Append>();
            foreach (var append in unit.Appends)
            {
                var entries = await inner.Load(append.Stream, 0, unit.Deadline);
                appends.Add(append with { Version = entries.Length + 1 });
            }
            result = await inner.Commit(unit with { Appends = appends.ToImmutable() });
        }
        return result;
    }
}

/// <summary>A journal on a bad network: answers are lost, requests are lost, commits land late. What it does to the database is the real thing.</summary>
internal sealed class StormyJournal(IJournal inner, int seed) : JournalBug(inner)
{
    private readonly Random _random = new(seed);
    private readonly ConcurrentBag<Task> _late = [];
    private volatile bool _calm;

    /// <summary>No further faults; returns when the last late commit has landed.</summary>
    public async Task Calm()
    {
        _calm = true;
        await Task.WhenAll(_late);
    }

    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        switch (Roll(100))
        {
            case < 4:
                await Inner.Commit(unit);
                return new CommitResult(CommitOutcome.Unknown);
            case < 8:
                return new CommitResult(CommitOutcome.Unknown);
            case < 14:
                _late.Add(Land(unit, TimeSpan.FromMilliseconds(20 + Roll(300))));
                return new CommitResult(CommitOutcome.Unknown);
            case < 17:
                return new CommitResult(CommitOutcome.Unavailable);
            default:
                return await Inner.Commit(unit);
        }
    }

    public override ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) =>
        Roll(100) < 2 ? throw new JournalUnavailableException("A storm.") : Inner.Load(stream, after, deadline);

    private async Task Land(JournalUnit unit, TimeSpan delay)
    {
        await Task.Delay(delay, TimeProvider.System);
        await Inner.Commit(unit with { Deadline = TimeProvider.System.GetUtcNow().AddSeconds(10) });
    }

    /// <summary>Beyond every fault when it is calm.</summary>
    private int Roll(int sides)
    {
        if (_calm) return sides;
        lock (_random) return _random.Next(sides);
    }
}

/// <summary>Accepted is said before it is durable, and now and then the process dies in between.</summary>
internal sealed class AcknowledgedBeforeCommit(IJournal inner) : JournalBug(inner)
{
    private int _units;

    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        if (!IsCommand(unit)) return await Inner.Commit(unit);
        if (Interlocked.Increment(ref _units) % 4 != 0) _ = Inner.Commit(unit).AsTask();
        return new CommitResult(CommitOutcome.Committed);
    }
}

/// <summary>Whoever comes second writes after the first, on what it believed before.</summary>
internal sealed class NoVersionFence(IJournal inner) : JournalBug(inner)
{
    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        var result = await Inner.Commit(unit);
        return result.Outcome == CommitOutcome.Conflict && IsCommand(unit) ? await CommitAnyhow(unit) : result;
    }
}

/// <summary>Nothing remembers that a command was accepted.</summary>
internal sealed class NoReceipts(IJournal inner) : JournalBug(inner)
{
    public override ValueTask<CommitResult> Commit(JournalUnit unit) => Inner.Commit(unit with { Receipts = [] });
}

/// <summary>A lost answer is taken for a good one.</summary>
internal sealed class UnknownTakenForCommitted(IJournal inner) : JournalBug(inner)
{
    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        var result = await Inner.Commit(unit);
        return result.Outcome == CommitOutcome.Unknown ? new CommitResult(CommitOutcome.Committed) : result;
    }
}

/// <summary>A lost answer is taken for a lost request, and the unit is written again.</summary>
internal sealed class SentAgainBlindly(IJournal inner) : JournalBug(inner)
{
    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        var result = await Inner.Commit(unit);
        return result.Outcome == CommitOutcome.Unknown && IsCommand(unit) ? await CommitAnyhow(unit with { Receipts = [] }) : result;
    }
}

/// <summary>A unit of unknown outcome is declared dead, and nothing is done about it.</summary>
internal sealed class NoSettling(IJournal inner) : JournalBug(inner)
{
    public override ValueTask<CommitResult> Commit(JournalUnit unit) =>
        IsCommand(unit) ? Inner.Commit(unit) : new ValueTask<CommitResult>(new CommitResult(CommitOutcome.Committed));
}

/// <summary>One stream of a unit is written and the other is not.</summary>
internal sealed class SplitUnits(IJournal inner) : JournalBug(inner)
{
    private int _units;

    public override ValueTask<CommitResult> Commit(JournalUnit unit) =>
        unit.Appends.Length > 1 && Interlocked.Increment(ref _units) % 8 == 0 ? Inner.Commit(unit with { Appends = [unit.Appends[^1]] }) : Inner.Commit(unit);
}

/// <summary>Whoever asks what is new is told that nothing is.</summary>
internal sealed class StaleLoads(IJournal inner) : JournalBug(inner)
{
    public override ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) =>
        after > 0 ? new ValueTask<ImmutableArray<JournalEntry>>([]) : Inner.Load(stream, after, deadline);
}

/// <summary>A repeat is answered with the reply of another command.</summary>
internal sealed class AnotherReply(IJournal inner) : JournalBug(inner)
{
    private Receipt? _last;

    public override async ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline)
    {
        if (await Inner.FindReceipt(key, deadline) is not { } receipt) return null;
        var other = Interlocked.Exchange(ref _last, receipt);
        return other is null ? receipt : receipt with { Reply = other.Reply };
    }
}

/// <summary>A command is refused though it was written.</summary>
internal sealed class RefusedAfterCommit(IJournal inner) : JournalBug(inner)
{
    private int _units;

    public override async ValueTask<CommitResult> Commit(JournalUnit unit)
    {
        var result = await Inner.Commit(unit);
        return result.Outcome == CommitOutcome.Committed && unit.Receipts.Length == 1 && Interlocked.Increment(ref _units) % 5 == 0 ? new CommitResult(CommitOutcome.Poison) : result;
    }
}
