using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Journal;
using RttNetwork.Storage.Privacy;
using RttNetwork.Storage.Projections;
using RttNetwork.Storage.Vitals;
using RttNetwork.Storage.Webhooks;

namespace RttNetwork.Storage;

/// <summary>What a silo needs to know to store anything.</summary>
/// <param name="ConnectionString">One PostgreSQL database, 15 or newer, migrated by <c>./rtt migrate</c>.</param>
public sealed record StorageOptions(string ConnectionString)
{
    /// <summary>The journal's limits.</summary>
    public JournalOptions Journal { get; init; } = new();

    /// <summary>How often followers look for more.</summary>
    public FeedOptions Feed { get; init; } = new();

    /// <summary>The projections' limits.</summary>
    public ProjectionOptions Projections { get; init; } = new();

    /// <summary>Connections of the projections and of everything that reads them.</summary>
    public int ProjectionConnectionsMax { get; init; } = 16;

    /// <summary>Connections of Orleans' membership, reminders and grain storage: a pool of their own, so that load cannot starve a heartbeat.</summary>
    public int OrleansConnectionsMax { get; init; } = 6;
}

/// <summary>The silo's data sources, one for each purpose, so that none can starve another.</summary>
public sealed class StorageDataSources : IAsyncDisposable
{
    public StorageDataSources(StorageOptions options)
    {
        Journal = JournalDataSource.Create(options.ConnectionString, options.Journal);
        Projections = Create(options.ConnectionString, "rtt projections", options.ProjectionConnectionsMax, TimeSpan.FromSeconds(10));
        // Orleans' providers leave nothing behind on a connection: resetting it would cost five statements for each of theirs.
        Orleans = Create(options.ConnectionString, "rtt orleans", options.OrleansConnectionsMax, TimeSpan.FromSeconds(4), resets: false);
    }

    /// <summary>The journal's writers and loaders; nothing else may use it.</summary>
    public NpgsqlDataSource Journal { get; }

    /// <summary>The feed, the projections, the vault and the webhooks.</summary>
    public NpgsqlDataSource Projections { get; }

    /// <summary>For the <c>DataSource</c> option of Orleans' three ADO.NET providers.</summary>
    public NpgsqlDataSource Orleans { get; }

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Projections.DisposeAsync();
        await Orleans.DisposeAsync();
    }

    private static NpgsqlDataSource Create(string connectionString, string name, int connectionsMax, TimeSpan statementTimeout, bool resets = true)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = name,
            MaxPoolSize = connectionsMax,
            MaxAutoPrepare = 20,
            NoResetOnClose = !resets,
            Timeout = 4,
            CommandTimeout = (int)statementTimeout.TotalSeconds + 2,
            Enlist = false,
        };
        // A process that is paused inside a transaction would hold the feed back for everyone, and one that vanished would
        // keep its leader's locks: the server ends both.
        var serverSide = $"-c statement_timeout={(int)statementTimeout.TotalMilliseconds} -c lock_timeout=2000 "
            + "-c idle_in_transaction_session_timeout=5000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
        settings.Options = string.IsNullOrEmpty(settings.Options) ? serverSide : $"{settings.Options} {serverSide}";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}

/// <summary>Registers the storage of a silo.</summary>
public static class StorageRegistration
{
    /// <summary>
    /// Adds <see cref="IJournal"/>, <see cref="IFeed"/>, <see cref="IFollowers"/>, <see cref="IPersonalVault"/>, <see cref="IWebhookOutbox"/> and <see cref="StorageDataSources"/>, as singletons. Nothing is
    /// connected yet: call <see cref="Migrations.SchemaGuard.Check"/> before the silo starts.
    /// </summary>
    public static IServiceCollection AddRttStorage(this IServiceCollection services, StorageOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(_ => new StorageDataSources(options));
        services.AddSingleton<CommitSignal>();
        services.AddSingleton(provider => new NpgsqlJournal(
            provider.GetRequiredService<StorageDataSources>().Journal,
            options.Journal,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NpgsqlJournal>>(),
            provider.GetRequiredService<CommitSignal>()));
        services.AddSingleton<IJournal>(provider => provider.GetRequiredService<NpgsqlJournal>());
        services.AddSingleton<IFeed>(provider => new NpgsqlFeed(
            provider.GetRequiredService<StorageDataSources>().Projections,
            options.Feed,
            provider.GetRequiredService<CommitSignal>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IFollowers>(provider => new NpgsqlFollowers(provider.GetRequiredService<StorageDataSources>().Projections));
        services.AddSingleton<IPersonalVault>(provider => new NpgsqlVault(provider.GetRequiredService<StorageDataSources>().Projections));
        services.AddSingleton<IWebhookOutbox>(provider => new NpgsqlWebhookOutbox(provider.GetRequiredService<StorageDataSources>().Projections, provider.GetService<WebhookOptions>() ?? new WebhookOptions()));
        services.AddRttProjections(options.Projections);
        services.AddSingleton<StorageVitals>();
        services.AddHostedService<NetworkGauges>();
        return services;
    }
}
