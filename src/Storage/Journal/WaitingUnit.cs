using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>A unit between its caller and its outcome, and a link in the queue while it waits.</summary>
internal sealed class WaitingUnit(JournalUnit unit, int bytes, long since)
{
    // Continuations run elsewhere: a writer must not run its callers' code.
    private readonly TaskCompletionSource<CommitResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JournalUnit Unit => unit;
    public int Bytes => bytes;
    public long Since => since;
    public Task<CommitResult> Done => _done.Task;

    public WaitingUnit? Previous { get; set; }
    public WaitingUnit? Next { get; set; }

    /// <summary>Gives the unit its outcome; the first one stands.</summary>
    public bool Complete(CommitResult result) => _done.TrySetResult(result);
}
