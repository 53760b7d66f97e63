namespace RttNetwork.Peer.Calls;

internal static class Clock
{
    /// <summary>In whole microseconds, as PostgreSQL keeps it: or the first reply would not be the same as its repeats.</summary>
    public static DateTimeOffset Now(TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
