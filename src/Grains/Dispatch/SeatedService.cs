using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RttNetwork.Grains.Dispatch;

/// <summary>Something of which one is active in the cluster: whoever has its seat works until the seat is lost, and the others wait for it.</summary>
public abstract class SeatedService(string name, IFollowers followers, TimeProvider time, ILogger log) : BackgroundService
{
    /// <summary>The waits run on this clock.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Before a seat is asked for again.</summary>
    protected static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var seat = await followers.TryTake(name, stoppingToken);
                if (seat is not null) await Work(seat, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogError("The {Name} gave up its seat and tries again: {Error}", name, e.Message);
            }
            await Task.Delay(Pause, Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Works until told to stop, or until the seat is somebody else's.</summary>
    protected abstract Task Work(IFollower seat, CancellationToken stop);
}
