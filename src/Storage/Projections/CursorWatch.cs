using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>Waits for the projection to reach a place. All who wait in a silo look together: their number costs the database nothing.</summary>
internal sealed class CursorWatch(Func<Task<FeedPosition>> look, ProjectionOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Task<FeedPosition>? _looking;

    public async ValueTask<bool> Reached(FeedPosition wanted, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (await Look().WaitAsync(cancel) >= wanted) return true;
            var left = options.ReachedWithin - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return false;
            await Task.Delay(left < options.ReachedInterval ? left : options.ReachedInterval, time, cancel);
        }
    }

    private Task<FeedPosition> Look()
    {
        lock (_lock) return _looking is { IsCompleted: false } looking ? looking : _looking = look();
    }
}
