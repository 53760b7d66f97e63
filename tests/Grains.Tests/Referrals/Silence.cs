using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>A journal that does not answer to whatever is of one stream: late first, and then that it cannot be reached.</summary>
internal sealed class Silence
{
    public string Of { get; set; } = "";

    public TaskCompletionSource Met { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Answers { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IJournal Before(IJournal real) => new Journal(real, this);

    private sealed class Journal(IJournal real, Silence silence) : IJournal
    {
        public async ValueTask<CommitResult> Commit(JournalUnit unit)
        {
            if (silence.Of.Length == 0 || unit.Appends.All(a => a.Stream != silence.Of)) return await real.Commit(unit);
            silence.Met.TrySetResult();
            await silence.Answers.Task;
            return new CommitResult(CommitOutcome.Unavailable);
        }

        public ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) => real.Load(stream, after, deadline);

        public ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) => real.FindReceipt(key, deadline);
    }
}
