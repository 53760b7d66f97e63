using Microsoft.Extensions.Diagnostics.HealthChecks;
using RttNetwork.Gateway.Management;

namespace RttNetwork.Silo.Health;

/// <summary>Is the silo an active member of its cluster, and who else is: ready means the first.</summary>
internal sealed class Membership(ISiloStatusOracle oracle) : IHealthCheck, IDependency
{
    public string Name => "membership";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(oracle.CurrentStatus == SiloStatus.Active ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(oracle.CurrentStatus.ToString()));

    public Task<DependencyState> Ask(CancellationToken cancel)
    {
        var silos = oracle.GetApproximateSiloStatuses().Values;
        var ok = oracle.CurrentStatus == SiloStatus.Active;
        return Task.FromResult(new DependencyState(ok, ok ? null : $"This silo is {oracle.CurrentStatus}.",
            ("silosActive", silos.Count(s => s == SiloStatus.Active)), ("silosDead", silos.Count(s => s == SiloStatus.Dead))));
    }
}
