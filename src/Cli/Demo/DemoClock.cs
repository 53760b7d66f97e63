using NodaTime;

namespace RttNetwork.Cli.Demo;

/// <summary>
/// The clock of a demonstration: its hands stand still until the story moves them, and they move forward only. What is measured by a stopwatch or
/// waited for goes by the machine's own time: a demonstration waits as long as the work takes, and no longer.
/// </summary>
internal sealed class DemoClock(Instant start) : TimeProvider
{
    private long _ticks = start.ToUnixTimeTicks();

    public Instant Now => Instant.FromUnixTimeTicks(Interlocked.Read(ref _ticks));

    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    /// <summary>Moves the hands to an instant. One that has passed already leaves them where they are.</summary>
    public void MoveTo(Instant instant)
    {
        var to = instant.ToUnixTimeTicks();
        for (var at = Interlocked.Read(ref _ticks); at < to;)
        {
            var before = Interlocked.CompareExchange(ref _ticks, to, at);
            if (before == at) return;
            at = before;
        }
    }
}
