using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RttNetwork.Gateway.Tests.Hosting;

namespace RttNetwork.Gateway.Tests.Management;

/// <summary>A gateway in a process of its own: what it says of itself, and which traces leave it.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class GatewayProcessTests(RealGateway network)
{
    [Fact]
    public async Task It_says_how_it_is_and_what_it_counts_and_its_traces_name_methods_and_nobody()
    {
        await using var collector = await Collector.Start();
        var (http, management) = (RealGateway.FreePort(), RealGateway.FreePort());
        var environment = new Dictionary<string, string>(network.Environment) { ["Rtt__Management__Traces"] = $"{collector.Address}/v1/traces", ["Rtt__Management__TracesRatio"] = "1" };
        using var process = ProcessTests.Start(environment, RealGateway.FreePort(), http, management);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
            using var port = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{management}") };
            Assert.True(await ProcessTests.Becomes(client, HttpStatusCode.OK));
            using var asked = new HttpRequestMessage(HttpMethod.Get, $"v1/{network.North.ParticipantName}");
            asked.Headers.Authorization = new("Bearer", network.NorthToken);
            Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(asked)).StatusCode);

            Assert.Equal("Healthy", await port.GetStringAsync("health/ready"));
            var detail = JsonDocument.Parse(await port.GetStringAsync("health/detail")).RootElement;
            Assert.True(detail.GetProperty("cluster").GetProperty("roundTripMs").GetDouble() > 0);
            var scrape = await Scrape.Of(port);
            Assert.Contains(scrape.Samples, s => s.Name == "http_server_request_duration_seconds_count" && s.Labels.GetValueOrDefault("http_route", "").Contains("participants", StringComparison.Ordinal) && s.Value > 0);
            Assert.Contains("rtt_feed_staleness_seconds", scrape.Names);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("metrics")).StatusCode);
            await ProcessTests.Stop(process);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
        var traces = collector.Text;
        Assert.Contains("http.route", traces, StringComparison.Ordinal);
        Assert.Contains("rtt-gateway", traces, StringComparison.Ordinal);
        foreach (var secret in new[] { network.North.Participant, "networks/demo", "demo/", "url.path", "Host=", "Password" }) Assert.DoesNotContain(secret, traces, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Takes what is sent to it as a collector does.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly StringBuilder _text = new();

        private Collector(WebApplication app) => _app = app;

        public string Address => _app.Urls.First();

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public static async Task<Collector> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var collector = new Collector(builder.Build());
            collector._app.MapPost("/v1/traces", collector.Take);
            await collector._app.StartAsync();
            return collector;
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();

        private async Task Take(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            lock (_text) _text.Append(Encoding.Latin1.GetString(body.GetBuffer(), 0, (int)body.Length));
        }
    }
}
