namespace RttNetwork.Silo;

/// <summary>
/// Gives memory back once a silo is quiet. Under load what a collection has freed is kept for the next allocations, because giving
/// pages back and faulting them in again costs a tenth of a booking; after a rush they would be kept for nothing.
/// </summary>
/// <remarks>The collection stops the process, for longer the more people are awake. It comes once after each load, and never during one.</remarks>
internal sealed class QuietMemory(TimeProvider time) : BackgroundService
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>How often it looks.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>A silo that allocates less than this in a period serves next to nobody.</summary>
    private const long QuietBytesMax = 8 * Megabyte;

    /// <summary>Quiet for so many periods, one after the other.</summary>
    private const int QuietPeriods = 3;

    /// <summary>Allocated since the last time: less is not worth a pause.</summary>
    private const long WorthwhileBytes = 256 * Megabyte;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var (seen, collected, quiet) = (0L, 0L, 0);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            quiet = allocated - seen < QuietBytesMax ? quiet + 1 : 0;
            seen = allocated;
            if (quiet < QuietPeriods || allocated - collected < WorthwhileBytes) continue;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            collected = allocated;
        }
    }
}
