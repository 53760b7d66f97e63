using Npgsql;
using Orleans.Configuration;
using RttNetwork.Gateway;
using RttNetwork.Gateway.Health;
using RttNetwork.Gateway.Management;

// The gateway alone: a client of the cluster that it finds in the database.
try
{
    var builder = WebApplication.CreateSlimBuilder(args);
    var options = RttNetwork.Gateway.GatewayOptions.From(builder.Configuration, builder.Environment.EnvironmentName);
    var database = builder.Configuration["Rtt:Database"] is { Length: > 0 } configured
        ? configured
        : throw new InvalidOperationException("Rtt:Database is missing: the connection string of the cluster's database.");

    builder.Services.AddRttGateway(options);
    builder.Services.AddRttManagement(options.Management, "rtt-gateway", meters: [], sources: []);
    builder.Services.AddSingleton<IDependency, ClusterDependency>();
    builder.Services.Configure<HostOptions>(host =>
    {
        // Calls that are under way end by themselves within ten seconds.
        host.ShutdownTimeout = TimeSpan.FromSeconds(20);
        // The ports are open, and say "not ready", while the cluster is still being looked for.
        host.ServicesStartConcurrently = true;
    });
    builder.UseOrleansClient(client => Traced(client)
        .UseConnectionRetryFilter(async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
            return true;
        })
        .Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = builder.Configuration["Rtt:ClusterId"] ?? "rtt";
            cluster.ServiceId = builder.Configuration["Rtt:ServiceId"] ?? "rtt";
        })
        .Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(15))
        .UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = "Npgsql";
            clustering.ConnectionString = new NpgsqlConnectionStringBuilder(database) { ApplicationName = "rtt-gateway", MaxPoolSize = 4 }.ConnectionString;
        }));

    var app = builder.Build();
    app.UseRttManagement();
    app.MapRttGateway();
    await app.RunAsync();
    return 0;

    IClientBuilder Traced(IClientBuilder client) => options.Management.Traces is null ? client : client.AddActivityPropagation();
}
catch (InvalidOperationException e)
{
    // A setting: one line is enough to mend it.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
