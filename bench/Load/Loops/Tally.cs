using Grpc.Core;
using HdrHistogram;

namespace RttNetwork.Load.Loops;

/// <summary>What became of the calls of a window, and how long they took. Not thread-safe: one for each connection, added up later.</summary>
internal sealed class Tally
{
    private const long MicrosecondsMax = 120_000_000;
    private readonly long[] _byStatus = new long[17];

    /// <summary>Latencies in microseconds.</summary>
    public LongHistogram Latency { get; } = new(MicrosecondsMax, 3);

    public long Total => _byStatus.Sum();

    public long Ok => Of(StatusCode.OK);

    /// <summary>Decisions: yes or no, but an answer by the rules.</summary>
    public long Decided => Ok + Of(StatusCode.FailedPrecondition);

    public long Of(StatusCode status) => _byStatus[(int)status];

    public void Add(StatusCode status, TimeSpan took)
    {
        _byStatus[(int)status]++;
        Latency.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, MicrosecondsMax));
    }

    public void Add(Tally other)
    {
        for (var i = 0; i < _byStatus.Length; i++) _byStatus[i] += other._byStatus[i];
        Latency.Add(other.Latency);
    }

    public void Clear()
    {
        Array.Clear(_byStatus);
        Latency.Reset();
    }

    /// <summary>A percentile in milliseconds.</summary>
    public double Milliseconds(double percentile) => Latency.GetValueAtPercentile(percentile) / 1000.0;

    public override string ToString() =>
        string.Join(", ", Enumerable.Range(0, _byStatus.Length).Where(i => _byStatus[i] > 0).Select(i => $"{(StatusCode)i} {_byStatus[i]}"));
}

/// <summary>One measured window.</summary>
/// <param name="Seconds">How long it was.</param>
internal sealed record Window(double Seconds, Tally Tally)
{
    /// <summary>Accepted calls per second.</summary>
    public double Rate => Tally.Ok / Seconds;

    /// <summary>Decisions per second.</summary>
    public double Decisions => Tally.Decided / Seconds;
}
