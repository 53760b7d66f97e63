using System.Diagnostics;
using OpenTelemetry;

namespace RttNetwork.Gateway.Management;

/// <summary>
/// What leaves the process of a span: which method, how long, what came of it. Paths have people's names and calendars' secrets in them, grain keys name people and cohorts, and drivers
/// say whom they are connected as: what is not known to be harmless is taken off.
/// </summary>
internal sealed class TraceRedaction : BaseProcessor<Activity>
{
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme", "error.type", "rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "grpc.method", "grpc.status_code",
        "db.system", "db.system.name", "db.response.status_code", "otel.status_code",
    };

    public override void OnEnd(Activity data)
    {
        foreach (var (name, _) in data.TagObjects.ToList())
        {
            if (!Kept.Contains(name)) data.SetTag(name, null);
        }
        // A span's own name may be a path or a statement: the route says the same without what is in it.
        if (data.GetTagItem("db.system.name") is not null || data.GetTagItem("db.system") is not null) data.DisplayName = "database";
        // What was thrown stands in an event with its message, and nothing takes an event off again: such a span stays here.
        if (data.Events.Any()) data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        if (data.Status == ActivityStatusCode.Error) data.SetStatus(ActivityStatusCode.Error);
    }
}
