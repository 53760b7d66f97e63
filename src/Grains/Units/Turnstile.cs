namespace RttNetwork.Grains.Units;

/// <summary>
/// A grain's turn: one holder at a time, first come first served, with a bounded queue and a deadline for each who
/// waits. Grains are reentrant so that reads are answered while a write is in flight; this is what keeps commands apart.
/// Used from one grain's scheduler only.
/// </summary>
public sealed class Turnstile(TimeProvider time)
{
    private Queue<TaskCompletionSource<bool>>? _waiting;

    /// <summary>True while somebody holds the turn.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>True when no further command may wait.</summary>
    public bool IsFull => _waiting?.Count >= UnitLimits.WaitingMax;

    /// <returns>False when the deadline passed before the turn came: the caller then holds nothing.</returns>
    public async ValueTask<bool> Enter(TimeSpan patience)
    {
        if (!IsTaken)
        {
            IsTaken = true;
            return true;
        }
        if (patience <= TimeSpan.Zero && patience != Timeout.InfiniteTimeSpan) return false;
        var ticket = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_waiting ??= new Queue<TaskCompletionSource<bool>>()).Enqueue(ticket);
        using var timer = time.CreateTimer(static t => ((TaskCompletionSource<bool>)t!).TrySetResult(false), ticket, patience, Timeout.InfiniteTimeSpan);
        return await ticket.Task;
    }

    /// <summary>Gives the turn to the next who still waits.</summary>
    public void Leave()
    {
        while (_waiting is not null && _waiting.TryDequeue(out var next))
        {
            if (next.TrySetResult(true)) return;
        }
        IsTaken = false;
    }
}
