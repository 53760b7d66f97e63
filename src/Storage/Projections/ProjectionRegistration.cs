using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using RttNetwork.Storage.Reports;

namespace RttNetwork.Storage.Projections;

/// <summary>Registers the projections.</summary>
public static class ProjectionRegistration
{
    /// <summary>
    /// Adds <see cref="IViews"/>, the <see cref="CapacityProjector"/> and its host. Asks for the <see cref="IFeed"/> and
    /// the <see cref="StorageDataSources"/> that the storage adds.
    /// </summary>
    public static IServiceCollection AddRttProjections(this IServiceCollection services, ProjectionOptions options)
    {
        services.AddSingleton(provider => new CapacityProjector(
            provider.GetRequiredService<StorageDataSources>().Projections,
            provider.GetRequiredService<IFeed>(),
            options,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<CapacityProjector>>()));
        services.AddHostedService<ProjectionHost>();
        services.AddSingleton<IViews>(provider => new NpgsqlViews(
            provider.GetRequiredService<StorageDataSources>().Projections,
            options,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IReports>(provider => new NpgsqlReports(provider.GetRequiredService<StorageDataSources>().Projections));
        services.AddSingleton<IDeadlines>(provider => new NpgsqlDeadlines(provider.GetRequiredService<StorageDataSources>().Projections));
        services.AddSingleton<IRehomePlans>(provider => new NpgsqlRehomePlans(provider.GetRequiredService<StorageDataSources>().Projections));
        return services;
    }
}
