using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Wire.V1;

namespace RttNetwork.Client.Tests;

/// <summary>A gateway on loopback that answers as it is told, one answer a call, and remembers what it was sent.</summary>
internal sealed class FailingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Script _script;

    private FailingServer(WebApplication app, Script script)
    {
        _app = app;
        _script = script;
    }

    public Uri Endpoint => new(_app.Urls.First());

    /// <summary>What arrived, in order.</summary>
    public IReadOnlyList<Received> Received => [.. _script.Received];

    /// <summary>Starts a server that gives these answers, in order, and then the last one for ever.</summary>
    public static async Task<FailingServer> Start(params Func<ServerCallContext, Task<Seat>>[] answers)
    {
        var script = new Script(answers);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(script);
        var app = builder.Build();
        app.MapGrpcService<FakeCohorts>();
        app.MapGrpcService<FakeWatch>();
        await app.StartAsync();
        return new FailingServer(app, script);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public sealed class Script(Func<ServerCallContext, Task<Seat>>[] answers)
    {
        private int _calls;

        public ConcurrentQueue<Received> Received { get; } = new();

        public Task<Seat> Answer(ServerCallContext context) =>
            answers[Math.Min(Interlocked.Increment(ref _calls) - 1, answers.Length - 1)](context);
    }

    /// <summary>The one stream that every gateway has: two answers, and then as it was told.</summary>
    private sealed class FakeWatch(Script script) : Health.HealthBase
    {
        public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
        {
            script.Received.Enqueue(new("", context));
            await responseStream.WriteAsync(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing });
            await responseStream.WriteAsync(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving });
            await script.Answer(context);
        }
    }

    private sealed class FakeCohorts(Script script) : Cohorts.CohortsBase
    {
        public override Task<Seat> BookSeat(BookSeatRequest request, ServerCallContext context)
        {
            script.Received.Enqueue(new(request.RequestId, context));
            return script.Answer(context);
        }

        public override async Task<Cohort> GetCohort(GetCohortRequest request, ServerCallContext context)
        {
            script.Received.Enqueue(new("", context));
            return new Cohort { Name = (await script.Answer(context)).Name };
        }
    }
}

/// <summary>What one attempt carried.</summary>
internal sealed record Received(string RequestId, string? Attempt, string? Authorization, TimeSpan TimeLeft)
{
    public Received(string requestId, ServerCallContext context)
        : this(
            requestId,
            context.RequestHeaders.GetValue("rtt-attempt"),
            context.RequestHeaders.GetValue("authorization"),
            context.Deadline == DateTime.MaxValue ? TimeSpan.MaxValue : context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime)
    {
    }
}
