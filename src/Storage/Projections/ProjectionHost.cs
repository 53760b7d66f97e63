using Microsoft.Extensions.Hosting;

namespace RttNetwork.Storage.Projections;

/// <summary>Keeps a projection up to date for as long as the silo runs.</summary>
public sealed class ProjectionHost(CapacityProjector projector) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => projector.Run(stoppingToken);
}
