using System.Net;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Calendars;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Health;
using RttNetwork.Gateway.Management;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.OpenApi;
using RttNetwork.Gateway.Policies;
using RttNetwork.Gateway.Services;
using RttNetwork.Gateway.Watches;
using RttNetwork.Gateway.Web;

namespace RttNetwork.Gateway;

/// <summary>
/// The gateway as a part of a process: of its own one, which is a client of the cluster, or of a silo's in development.
/// It needs an <see cref="IGrainFactory"/>, and nothing else of either.
/// </summary>
public static class RttGateway
{
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Adds the services, and the two endpoints to listen on.</summary>
    /// <exception cref="InvalidOperationException">An option is not as it must be, or a method of the wire does not say who may call it.</exception>
    public static IServiceCollection AddRttGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _ = MethodRules.All;

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(DisclosurePolicies.Load(options.DisclosureFile));
        services.AddSingleton<BearerTokens>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<PageTokens>();
        services.AddSingleton<OpenCohorts>();
        services.TryAddSingleton<ICohortsNearby, NoCohortsNearby>();
        services.AddSingleton<Identities>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<CallInterceptor>();
        services.AddSingleton<SitesService>();
        services.AddSingleton<FacilitatorsService>();
        services.AddSingleton<ParticipantsService>();
        services.AddSingleton<CohortsService>();
        services.AddSingleton<ProgramsService>();
        services.AddSingleton<PlansService>();
        var measures = MeasureCatalogue.Load(options.MeasuresFile);
        services.AddSingleton(measures);
        services.AddSingleton(PathwayPolicies.Load(options.PathwaysFile, measures));
        services.AddSingleton<AppointmentsService>();
        services.AddSingleton<CalendarAddress>();
        services.AddSingleton<CalendarFeed>();
        services.AddSingleton<CalendarsService>();
        services.AddSingleton<TrainingsService>();
        services.AddSingleton<TimesService>();
        services.AddSingleton<PathwaysService>();
        services.AddSingleton<MeasuresService>();
        services.AddSingleton(SafetyCatalogue.Load(options.SafetyFile));
        services.AddSingleton<SafetyService>();
        services.AddSingleton<WatchServices>();
        services.AddSingleton<WatchPlaces>();
        services.AddSingleton<ReferralFeeds>();
        services.AddSingleton<CapacityFeeds>();
        services.AddSingleton<WatchMetrics>();
        services.AddSingleton<CapacityService>();
        services.AddSingleton<RefusalCounts>();
        services.AddSingleton<JournalGrowth>();
        services.TryAddSingleton<HealthDetail>();
        services.AddSingleton<OperationsService>();
        services.AddSingleton<ReferralsService>();
        services.AddSingleton<RehomingService>();
        services.AddSingleton<SessionsService>();
        services.AddSingleton<WaitListsService>();
        services.AddSingleton<WebhooksService>();
        services.AddRttPages(options);
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = CallMiddleware.RequestBytesMax;
            grpc.EnableDetailedErrors = false;
            // A small message that unpacks into a large one would pass the limit above: requests come as they are.
            grpc.CompressionProviders = [];
            grpc.Interceptors.Add<CallInterceptor>();
        }).AddJsonTranscoding();
        if (options.Reflection) services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<ClusterCheck>(ClusterCheck.Name, tags: [ManagementPort.ReadyTag]);
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            // What these say of a call is in its status; of a hostile one they would say a page each.
            .AddFilter("Grpc.AspNetCore.Server", LogLevel.Critical)
            .AddFilter("Microsoft.AspNetCore.Grpc.JsonTranscoding", LogLevel.Critical));
        services.Configure<KestrelServerOptions>(kestrel => Listen(kestrel, options));
        return services;
    }

    /// <summary>Adds the middleware and the routes.</summary>
    public static WebApplication MapRttGateway(this WebApplication app)
    {
        // So that its measurements are there before the first stream is.
        app.Services.GetRequiredService<WatchMetrics>();
        app.UseRouting();
        app.UseMiddleware<CallMiddleware>();
        app.MapRttPages();
        AddRule(app.MapGrpcService<SitesService>());
        AddRule(app.MapGrpcService<FacilitatorsService>());
        AddRule(app.MapGrpcService<ParticipantsService>());
        AddRule(app.MapGrpcService<CohortsService>());
        AddRule(app.MapGrpcService<ProgramsService>());
        AddRule(app.MapGrpcService<PlansService>());
        AddRule(app.MapGrpcService<AppointmentsService>());
        AddRule(app.MapGrpcService<CalendarsService>());
        AddRule(app.MapGrpcService<TrainingsService>());
        AddRule(app.MapGrpcService<TimesService>());
        AddRule(app.MapGrpcService<PathwaysService>());
        AddRule(app.MapGrpcService<MeasuresService>());
        AddRule(app.MapGrpcService<SafetyService>());
        AddRule(app.MapGrpcService<CapacityService>());
        AddRule(app.MapGrpcService<OperationsService>());
        AddRule(app.MapGrpcService<ReferralsService>());
        AddRule(app.MapGrpcService<RehomingService>());
        AddRule(app.MapGrpcService<SessionsService>());
        AddRule(app.MapGrpcService<WaitListsService>());
        AddRule(app.MapGrpcService<WebhooksService>());
        app.MapGrpcHealthChecksService();
        if (app.Services.GetRequiredService<GatewayOptions>().Reflection) app.MapGrpcReflectionService();
        app.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ManagementPort.ReadyTag) });
        app.MapGet(CalendarAddress.Pattern, app.Services.GetRequiredService<CalendarFeed>().Serve);
        var document = OpenApiDocument.Write();
        app.MapGet("/openapi/v1.json", () => Results.Bytes(document, "application/json"));
        return app;
    }

    /// <summary>Every endpoint of a service, by gRPC and by JSON, carries its method's rule; one without a rule does not start.</summary>
    private static void AddRule(GrpcServiceEndpointConventionBuilder service) => service.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } method) endpoint.Metadata.Add(MethodRules.All[method.Method.FullName]);
    });

    private static void Listen(KestrelServerOptions kestrel, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        // The limit of a message is kept where it is read, which can say what it is about; this one is above what a stream may
        // send before anybody reads it, so that it never comes first.
        limits.MaxRequestBodySize = 4 * 1024 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.MaxConcurrentConnections = 10_000;
        limits.Http2.MaxStreamsPerConnection = 256;
        limits.Http2.MaxRequestHeaderFieldSize = 8 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        var address = IPAddress.Parse(options.Address);
        kestrel.Listen(address, options.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.Listen(address, options.HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
