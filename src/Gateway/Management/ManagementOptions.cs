using System.Globalization;
using System.Net;

namespace RttNetwork.Gateway.Management;

/// <summary>Where a process, silo or gateway, says how it is, and whether it sends traces (docs/adr/0019).</summary>
public sealed record ManagementOptions
{
    /// <summary>The address to listen on. Nobody is asked who they are there: keep it inside.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port of <c>/metrics</c> and <c>/health</c>, over HTTP/1.1; 0 takes a free one.</summary>
    public int Port { get; init; } = 5090;

    /// <summary>Where traces are sent to, as OTLP over HTTP (<c>http://collector:4318/v1/traces</c>); null sends none, and then none are made.</summary>
    public Uri? Traces { get; init; }

    /// <summary>The part of all traces that is sent: 0 to 1. It follows from the trace's id, so that every process decides alike and no caller decides it.</summary>
    public double TracesRatio { get; init; } = 0.01;

    /// <summary>Reads the section <c>Rtt:Management</c> of the configuration.</summary>
    /// <param name="port">Unless it says another.</param>
    /// <exception cref="InvalidOperationException">Something is not as it must be.</exception>
    public static ManagementOptions From(IConfiguration configuration, int port)
    {
        var management = configuration.GetSection("Rtt:Management");
        var (address, traces, ratio) = (management["Address"], management["Traces"], management["TracesRatio"]);
        var options = new ManagementOptions
        {
            Address = IPAddress.TryParse(address ?? "127.0.0.1", out var parsed) ? parsed : throw new InvalidOperationException("Rtt:Management:Address must be an IP address."),
            Port = management.GetValue("Port", port),
            Traces = string.IsNullOrEmpty(traces)
                ? null
                : Uri.TryCreate(traces, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new InvalidOperationException("Rtt:Management:Traces must be an http or https address, such as http://collector:4318/v1/traces."),
            TracesRatio = ratio is null ? 0.01 : double.TryParse(ratio, NumberStyles.Float, CultureInfo.InvariantCulture, out var part) ? part : double.NaN,
        };
        GatewayOptions.Require(options.Port is >= 0 and <= 65535, "Rtt:Management:Port must be 0 to 65535.");
        GatewayOptions.Require(options.TracesRatio is >= 0 and <= 1, "Rtt:Management:TracesRatio must be 0 to 1.");
        return options;
    }
}
