namespace RttNetwork.Testing;

/// <summary>The machine's clocks, as a process sees them that was frozen now and then: they are ahead of where it left them.</summary>
public sealed class LeapingClock : TimeProvider
{
    private long _leapTicks;

    /// <summary>The process has slept for so long, and does not know it.</summary>
    public void Leap(TimeSpan by) => Interlocked.Add(ref _leapTicks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _leapTicks));

    public override long GetTimestamp() => System.GetTimestamp() + (Interlocked.Read(ref _leapTicks) * TimestampFrequency / TimeSpan.TicksPerSecond);
}
