using System.Collections.Immutable;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>Takes the seat away from whoever carries a plan out, after its first step and before its second: what was moved is durable, and the plan knows nothing of it.</summary>
internal sealed class Crash
{
    private bool _isOver;

    public TaskCompletionSource Happened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IFollowers Before(IFollowers real) => new Followers(real, this);

    public IRehomePlans Before(IRehomePlans real) => new Plans(real, this);

    private sealed class Followers(IFollowers real, Crash crash) : IFollowers
    {
        public async ValueTask<IFollower?> TryTake(string name, CancellationToken cancel) =>
            !crash._isOver && await real.TryTake(name, cancel) is { } seat ? new Seat(seat, crash) : null;
    }

    private sealed class Plans(IRehomePlans real, Crash crash) : IRehomePlans
    {
        public async ValueTask<ImmutableArray<string>> Executing(string? after, int max, CancellationToken cancel)
        {
            var plans = await real.Executing(after, max, cancel);
            // It stands until the turn that begins now is over.
            if (!plans.IsEmpty) crash._isOver = true;
            return plans;
        }
    }

    private sealed class Seat(IFollower real, Crash crash) : IFollower
    {
        public FeedPosition Position => real.Position;

        public ValueTask<bool> Stands(CancellationToken cancel) => crash._isOver ? ValueTask.FromResult(false) : real.Stands(cancel);

        public ValueTask<bool> MoveTo(FeedPosition position, CancellationToken cancel) => real.MoveTo(position, cancel);

        public async ValueTask DisposeAsync()
        {
            await real.DisposeAsync();
            if (crash._isOver) crash.Happened.TrySetResult();
        }
    }
}
