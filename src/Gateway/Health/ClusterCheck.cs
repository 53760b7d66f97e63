using Microsoft.Extensions.Diagnostics.HealthChecks;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Health;

/// <summary>Ready means that a grain can be reached and vouches for what it read: the cluster and the journal are there.</summary>
internal sealed class ClusterCheck(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time) : IHealthCheck
{
    public const string Name = "cluster";

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);

    /// <summary>A network that no token can name: its only site is never opened.</summary>
    internal static readonly Caller Probe = new("-", "health", CallerScope.System, [], [], "health");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) return HealthCheckResult.Unhealthy("Stopping.");
        try
        {
            var answer = await grains.Of<ISiteGrain>(Keys.Site(Probe.Network, "health")).Get(Probe).WaitAsync(Wait, time, cancellationToken);
            return answer.Unavailable ? HealthCheckResult.Unhealthy("The journal cannot be asked.") : HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return HealthCheckResult.Unhealthy($"No grain can be reached: {e.GetType().Name}.");
        }
    }
}
