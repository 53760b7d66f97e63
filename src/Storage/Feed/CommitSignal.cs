namespace RttNetwork.Storage.Feed;

/// <summary>
/// Wakes the followers in this silo when its journal has committed something. Only a hint: what another silo commits
/// is found by polling, and so is what was missed here.
/// </summary>
public sealed class CommitSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Something was committed. Costs one exchange when nobody waits.</summary>
    public void Raise() => Interlocked.Exchange(ref _waiting, null)?.TrySetResult();

    /// <summary>Completes with the next commit.</summary>
    public Task Next()
    {
        while (true)
        {
            if (Volatile.Read(ref _waiting) is { } waiting) return waiting.Task;
            var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.CompareExchange(ref _waiting, fresh, null) is null) return fresh.Task;
        }
    }
}
