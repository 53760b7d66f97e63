using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>A gateway on free ports of this machine, in front of whatever grains it is given.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private readonly string _folder;
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, string folder, DevTokenIssuer issuer, Uri grpc, Uri http)
    {
        (_app, _folder, Issuer, GrpcAddress, HttpAddress) = (app, folder, issuer, grpc, http);
        Channel = GrpcChannel.ForAddress(grpc);
        Http = new HttpClient { BaseAddress = http };
    }

    public DevTokenIssuer Issuer { get; }
    public Uri GrpcAddress { get; }
    public Uri HttpAddress { get; }
    public GrpcChannel Channel { get; }
    public HttpClient Http { get; }
    public IServiceProvider Services => _app.Services;

    public static async Task<GatewayHost> Start(
        IGrainFactory grains, Func<GatewayOptions, GatewayOptions>? change = null, TimeProvider? time = null, IConfigurationSource? configuration = null, ILoggerProvider? logging = null)
    {
        var folder = Directory.CreateTempSubdirectory("rtt-gateway").FullName;
        var keyFile = Path.Combine(folder, "dev.key");
        var issuer = DevTokenIssuer.Load(keyFile, time);
        var options = new GatewayOptions
        {
            EnvironmentName = "Development",
            IdentityKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)],
            Tokens = new TokenOptions { DevKeyFile = keyFile },
            GrpcPort = 0,
            HttpPort = 0,
        };
        options = change?.Invoke(options) ?? options;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (logging is not null) builder.Logging.AddProvider(logging);
        if (configuration is not null) ((IConfigurationBuilder)builder.Configuration).Add(configuration);
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(grains);
        builder.Services.AddRttGateway(options);
        var app = builder.Build();
        app.MapRttGateway();
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        return new GatewayHost(app, folder, issuer, new Uri(addresses[0]), new Uri(addresses[1]));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
