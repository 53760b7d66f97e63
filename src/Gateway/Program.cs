using Npgsql;
using Orleans.Configuration;
using RttNetwork.Gateway;

// The gateway alone: a client of the cluster that it finds in the database.
var builder = WebApplication.CreateSlimBuilder(args);
var options = RttNetwork.Gateway.GatewayOptions.From(builder.Configuration, builder.Environment.EnvironmentName);
var database = builder.Configuration["Rtt:Database"] ?? throw new InvalidOperationException("Rtt:Database is missing: the connection string of the cluster's database.");

builder.Services.AddRttGateway(options);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
builder.UseOrleansClient(client => client
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
app.MapRttGateway();
await app.RunAsync();
