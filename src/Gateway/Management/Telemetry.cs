using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RttNetwork.Gateway.Management;

/// <summary>Which meters are read and which sources are traced. What is not named here costs nothing: nobody listens to it.</summary>
internal static class Telemetry
{
    private const string Orleans = "Microsoft.Orleans";
    private const string DatabaseClient = "db.client.";

    /// <summary>Orleans measures each of its parts; of those that an operator acts upon, these. None has a grain's key among its labels.</summary>
    private static readonly HashSet<string> OrleansKept = new(StringComparer.Ordinal)
    {
        "orleans-catalog-activations", "orleans-catalog-activation-created", "orleans-catalog-activation-destroyed", "orleans-runtime-total-physical-memory", "orleans-app-requests-timedout",
        "orleans-messaging-sent-messages-failed", "orleans-messaging-sent-messages-dropped", "orleans-messaging-expired", "orleans-messaging-rejected", "orleans-gateway-connected-clients",
    };

    public static void AddRttTelemetry(this IServiceCollection services, ManagementOptions options, string service, string[] meters, string[] sources)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service))
            .WithMetrics(metrics => metrics
                .AddMeter(["Rtt", Orleans, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", .. meters])
                .AddView(instrument => instrument.Meter.Name == Orleans && !OrleansKept.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null)
                // A driver labels what it measures with its pool, whose name is the connection string: of it the time that the database takes is kept, without any label.
                .AddView(instrument => !instrument.Name.StartsWith(DatabaseClient, StringComparison.Ordinal) ? null
                    : instrument.Name.EndsWith(".duration", StringComparison.Ordinal) ? new MetricStreamConfiguration { TagKeys = [] } : MetricStreamConfiguration.Drop)
                .AddPrometheusExporter(exporter =>
                {
                    exporter.ScopeInfoEnabled = false;
                    // Each scrape is of its own moment.
                    exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                }));
        if (options.Traces is not { } traces) return;
        var ratio = new TraceIdRatioBasedSampler(options.TracesRatio);
        telemetry.WithTracing(tracing => tracing
            // A parent in this process is followed. One from elsewhere is judged anew by the trace's id: silos and gateways come to the same.
            .SetSampler(new ParentBasedSampler(ratio, remoteParentSampled: ratio))
            .AddAspNetCoreInstrumentation(http => http.RecordException = false)
            .AddSource(["Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", .. sources])
            .AddProcessor(new TraceRedaction())
            .AddOtlpExporter(exporter => (exporter.Endpoint, exporter.Protocol) = (traces, OtlpExportProtocol.HttpProtobuf)));
    }
}
