using NodaTime;

namespace RttNetwork.Storage.Projections;

/// <summary>A look that several ask for at once is taken once: whoever asks gets one that begins after they asked, so that nobody goes back in time.</summary>
/// <param name="look">Looks, from what the look before saw: null when there was none, or it failed.</param>
internal sealed class SharedLook<T>(Func<T?, Instant, Task<T?>> look)
    where T : class
{
    private readonly Lock _lock = new();
    private Task<T?> _looking = Task.FromResult<T?>(null);

    /// <summary>The one after it, for those who came while it was under way; null when there are none.</summary>
    private Task<T?>? _next;

    public Task<T?> Look(Instant now)
    {
        lock (_lock)
        {
            if (_next is { } next) return next;
            return _looking.IsCompleted ? _looking = Begin(_looking, now) : _next = LookNext(now);
        }
    }

    private async Task<T?> LookNext(Instant now)
    {
        // It goes on elsewhere even when the look under way has ended just now: else it would be over before it stands in its place, and stay there.
        await ((Task)_looking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<T?> looking;
        lock (_lock) (_next, _looking) = (null, looking = Begin(_looking, now));
        return await looking;
    }

    private async Task<T?> Begin(Task<T?> before, Instant now) => await look(before.IsCompletedSuccessfully ? await before : null, now);
}
