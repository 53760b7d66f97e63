using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace RttNetwork.Gateway.Management;

/// <summary>
/// A port of its own for whoever looks after a process: <c>/metrics</c>, <c>/health/live</c>, <c>/health/ready</c> and <c>/health/detail</c>, and nothing else. The ports of clients answer
/// none of it, and this one none of theirs.
/// </summary>
public static class ManagementPort
{
    /// <summary>The tag of health checks that say whether the process can serve.</summary>
    public const string ReadyTag = "ready";

    /// <summary>Adds the endpoint to listen on, after those that were added before, and what it tells.</summary>
    /// <param name="service">What the process is: <c>rtt-silo</c>.</param>
    /// <param name="meters">Measured besides what every process of the network measures.</param>
    /// <param name="sources">Traced besides what every process of the network traces.</param>
    public static IServiceCollection AddRttManagement(this IServiceCollection services, ManagementOptions options, string service, string[] meters, string[] sources)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddHealthChecks();
        services.TryAddSingleton<HealthDetail>();
        services.AddRttTelemetry(options, service, meters, sources);
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                // Known by the connection that it came in by: what a request says of its host is the caller's word.
                listen.Use(next => connection =>
                {
                    connection.Features.Set(Management.Instance);
                    return next(connection);
                });
            });
        });
        return services;
    }

    /// <summary>Answers what comes in by the management port; the first of all middleware.</summary>
    public static void UseRttManagement(this IApplicationBuilder app) => app.MapWhen(http => http.Features.Get<Management>() is not null, port =>
    {
        port.UseHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        port.UseHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadyTag) });
        var detail = app.ApplicationServices.GetRequiredService<HealthDetail>();
        port.Map("/health/detail", at => at.Run(detail.Write));
        port.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
    });

    /// <summary>A connection of the management port has it.</summary>
    private sealed class Management
    {
        public static readonly Management Instance = new();
    }
}
