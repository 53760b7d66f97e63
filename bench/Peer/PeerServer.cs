using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RttNetwork.Peer.Calls;
using RttNetwork.Peer.Database;

namespace RttNetwork.Peer;

/// <summary>The peer as a running server.</summary>
public sealed class PeerServer : IAsyncDisposable
{
    /// <summary>The bytes of one message, as the product has it.</summary>
    private const int MessageBytesMax = 256 * 1024;

    private readonly WebApplication _app;

    private PeerServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<PeerServer> Start(PeerOptions options, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var store = await SeatStore.Open(options);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(new Tokens(await File.ReadAllBytesAsync(options.KeyFile)));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<CohortsService>();
        builder.Services.AddSingleton<ReferralsService>();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MessageBytesMax;
            grpc.CompressionProviders = [];
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 256;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.MapGrpcService<CohortsService>();
        app.MapGrpcService<ReferralsService>();
        await app.StartAsync();
        return new PeerServer(app);
    }

    public Task WaitForShutdown() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
