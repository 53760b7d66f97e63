using System.Diagnostics;
using System.Globalization;
using System.Net;
using Grpc.Net.Client;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>The gateway in a process of its own, as a client of a cluster that it finds in the database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class ProcessTests(RealGateway network)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_finds_the_cluster_serves_and_stops_when_it_is_told_to()
    {
        var (grpc, http) = (RealGateway.FreePort(), RealGateway.FreePort());
        using var process = Start(network.Environment, grpc, http);
        // Read, so that a full pipe does not stop it.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
            Assert.True(await Becomes(client, HttpStatusCode.OK));
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
            var site = await new Sites.SitesClient(channel).GetSiteAsync(new GetSiteRequest { Name = network.North.SiteName }, RealGateway.Headers(network.NorthToken));
            Assert.Equal(network.North.SiteName, site.Name);

            await Stop(process);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>Asks it to stop as an operator would.</summary>
    internal static async Task Stop(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("DOTNET_ENVIRONMENT", "Production", "Rtt:Tokens:DevKeyFile")]
    [InlineData("Rtt__Database", "", "Rtt:Database")]
    [InlineData("Rtt__IdentityKey", "c2hvcnQ=", "Rtt:IdentityKey")]
    public async Task It_does_not_start_with_a_setting_that_is_missing_or_dangerous(string setting, string value, string said)
    {
        var environment = new Dictionary<string, string>(network.Environment) { [setting] = value };
        using var process = Start(environment, RealGateway.FreePort(), RealGateway.FreePort());
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var (error, output) = (process.StandardError.ReadToEndAsync(patience.Token), process.StandardOutput.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token);
            Assert.NotEqual(0, process.ExitCode);
            Assert.Contains(said, await error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
            _ = await output;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    internal static Process Start(IReadOnlyDictionary<string, string> environment, int grpc, int http, int? management = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "RttNetwork.Gateway.dll")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["Rtt__Gateway__GrpcPort"] = grpc.ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Management__Port"] = (management ?? RealGateway.FreePort()).ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Gateway__HttpPort"] = http.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>Asks for readiness until it is as it should be, or patience ends.</summary>
    internal static async Task<bool> Becomes(HttpClient client, HttpStatusCode expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!patience.IsCancellationRequested)
        {
            try
            {
                using var response = await client.GetAsync("healthz/ready", patience.Token);
                if (response.StatusCode == expected) return true;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
        return false;
    }
}
