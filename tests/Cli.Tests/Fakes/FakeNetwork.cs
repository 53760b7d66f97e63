using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RpcStatus = Google.Rpc.Status;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>
/// A gateway on loopback that knows people by their identifiers and answers each request id once, and whose seats do as they are told: what
/// the command line needs of a network, without one.
/// </summary>
internal sealed class FakeNetwork : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeNetwork(WebApplication app, World state)
    {
        _app = app;
        State = state;
    }

    public World State { get; }

    public string Endpoint => _app.Urls.First();

    public static async Task<FakeNetwork> Start()
    {
        var state = new World();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(state);
        var app = builder.Build();
        app.MapGrpcService<FakeParticipants>();
        app.MapGrpcService<FakeCohorts>();
        app.MapGrpcService<FakePrograms>();
        app.MapGrpcService<FakeSites>();
        app.MapGrpcService<FakePathways>();
        app.MapGrpcService<FakeMeasures>();
        app.MapGrpcService<FakeSafety>();
        app.MapGrpcService<FakeRehoming>();
        app.MapGrpcService<FakeSessions>();
        app.MapGrpcService<FakeWebhooks>();
        app.MapGrpcService<FakeReferrals>();
        app.MapGrpcService<FakeCapacity>();
        app.MapGrpcService<FakeWaitLists>();
        await app.StartAsync();
        return new FakeNetwork(app, state);
    }

    /// <summary>Runs a command against this network.</summary>
    public Task<Ran> Run(params string[] args) => Ran.With([.. args, "--endpoint", Endpoint, "--network", "bc"]);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static RpcException Refuse(StatusCode status, string reason, string message, params IMessage[] details)
    {
        var rich = new RpcStatus { Code = (int)status, Message = message };
        rich.Details.Add(Any.Pack(new ErrorInfo { Reason = reason, Domain = "rtt" }));
        rich.Details.AddRange(details.Select(Any.Pack));
        return rich.ToRpcException();
    }
}
