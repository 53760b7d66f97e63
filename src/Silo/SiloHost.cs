using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using Npgsql;
using Orleans.Configuration;
using Orleans.Storage;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Gateway;
using RttNetwork.Gateway.Management;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Silo.Health;
using RttNetwork.Storage;
using RttNetwork.Storage.Migrations;
using GatewayOptions = RttNetwork.Gateway.GatewayOptions;

namespace RttNetwork.Silo;

/// <summary>The composition root of a silo: clustering, journal, reminders, projections, health. No rules.</summary>
public static class SiloHost
{
    private const string Invariant = "Npgsql";

    /// <summary>The name of the grain storage that snapshots are kept in.</summary>
    public const string SnapshotStorage = "snapshots";

    /// <summary>
    /// A silo as a web application: with the management port, and with the gateway on its own ports when <see cref="SiloOptions.HostGateway"/>.
    /// Check the schema before running it (<see cref="CheckSchema"/>).
    /// </summary>
    /// <param name="options">What is not the same everywhere.</param>
    /// <param name="gateway">The gateway's options; required when it is hosted here.</param>
    /// <param name="configure">A last word on the builder, for the command line and for tests.</param>
    public static WebApplication Build(SiloOptions options, GatewayOptions? gateway = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        // Polly, which Orleans places grains with, would write two lines for every grain that is woken.
        builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);
        builder.UseOrleans(silo =>
        {
            UseDatabase(silo, options);
            AddNetwork(silo, options);
            // It goes with every call between grains, so only where somebody reads it.
            if (options.Management.Traces is not null) silo.AddActivityPropagation();
        });
        if (options.HostGateway)
            builder.Services.AddRttGateway(gateway ?? throw new InvalidOperationException("The gateway is hosted here and has no options."));
        builder.Services.AddRttManagement(options.Management, "rtt-silo", meters: [Invariant], sources: [Invariant]);
        builder.Services.AddSingleton<IDependency, JournalDependency>();
        builder.Services.AddSingleton<IDependency, ProjectionDependency>();
        builder.Services.AddSingleton<IDependency, Membership>();
        builder.Services.AddHostedService<QuietMemory>();
        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseRttManagement();
        if (options.HostGateway) app.MapRttGateway();
        return app;
    }

    /// <summary>Refuses to go on with a database of another version, saying the one line that mends it.</summary>
    public static async Task CheckSchema(SiloOptions options, CancellationToken cancel = default)
    {
        await using var database = NpgsqlDataSource.Create(options.Storage.ConnectionString);
        await SchemaGuard.Check(database, cancel);
    }

    /// <summary>Membership, reminders and the endpoints of a real cluster on PostgreSQL.</summary>
    private static void UseDatabase(ISiloBuilder silo, SiloOptions options)
    {
        silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        if (options.Name is not null) silo.Configure<Orleans.Configuration.SiloOptions>(o => o.SiloName = options.Name);
        silo.Configure<EndpointOptions>(o => (o.AdvertisedIPAddress, o.SiloPort, o.GatewayPort) = (options.Address, options.SiloPort, options.OrleansGatewayPort));
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = options.ProbeTimeout;
            // A silo that was heard of within this times three is not suspected, whatever probes it misses. The default is four
            // times the probe's: a frozen silo then stayed a member, and kept its grains, for 25 s instead of 6.
            o.MaxProbeTimeout = options.ProbeTimeout;
            // Nobody tells a silo that it was declared dead while it slept: it reads that. By default once a minute, for which it
            // stayed a door that leads nowhere; this one reads as it wakes.
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        });
#pragma warning disable ORLEANSEXP003 // Experimental: off unless it is asked for, to be measured against the default.
        if (options.DistributedDirectory) silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.UseAdoNetClustering(o => o.Invariant = Invariant);
        silo.Services.AddOptions<AdoNetClusteringSiloOptions>().Configure<StorageDataSources>((o, sources) => o.DataSource = sources.Orleans);
        silo.UseAdoNetReminderService(o => o.Invariant = Invariant);
        silo.Services.AddOptions<AdoNetReminderTableOptions>().Configure<StorageDataSources>((o, sources) => o.DataSource = sources.Orleans);
    }

    /// <summary>What every silo of the network has, whatever its cluster runs on.</summary>
    public static void AddNetwork(ISiloBuilder silo, SiloOptions options)
    {
        silo.Services.AddRttStorage(options.Storage);
        silo.Services.AddSingleton<UnitServices>();
        silo.Services.AddSingleton<CohortsNearby>();
        silo.Services.AddSingleton<ICohortsNearby>(services => services.GetRequiredService<CohortsNearby>());
        silo.Services.TryAddSingleton(DateTimeZoneProviders.Tzdb);
        silo.Services.AddSingleton(_ => new PersonalCipher(options.PersonalKey));
        silo.Services.AddHostedService<Dispatcher>();
        silo.Services.AddHostedService<Deadlines>();
        silo.Services.AddHostedService<Rehomes>();
        silo.Services.AddSingleton(options.Webhooks);
        silo.Services.AddSingleton<ReceiverAddresses>();
        silo.Services.AddHostedService<WebhookFollower>();
        silo.Services.AddHostedService<WebhookSender>();
        silo.AddIncomingGrainCallFilter<UnitStartFilter>();
        silo.AddAdoNetGrainStorage(SnapshotStorage, o => o.Invariant = Invariant);
        silo.Services.AddOptions<AdoNetGrainStorageOptions>(SnapshotStorage)
            .Configure<StorageDataSources, IServiceProvider>((o, sources, services) =>
            {
                o.DataSource = sources.Orleans;
                o.GrainStorageSerializer = ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(services);
            });
        // Most people are asked for once and not again for days. At full speed thousands wake each second: kept for the usual quarter of
        // an hour they would fill any memory.
        silo.Configure<GrainCollectionOptions>(o =>
        {
            o.CollectionQuantum = TimeSpan.FromSeconds(30);
            o.ClassSpecificCollectionAge[typeof(ParticipantGrain).FullName!] = TimeSpan.FromMinutes(2);
        });
        // Where the grains are that are asked again and again. Its usual million of places is made at once and costs 20 MB, and a person asked for once gains nothing by one.
        silo.Configure<GrainDirectoryOptions>(o => o.CacheSize = 50_000);
        // Longer than a unit may take, so that a late answer is late and not lost.
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(15));
        silo.Services.AddHealthChecks().AddCheck<Membership>("silo", tags: [ManagementPort.ReadyTag]);
    }
}
