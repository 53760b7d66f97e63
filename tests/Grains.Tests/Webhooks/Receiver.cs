using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>A delivery as it arrived.</summary>
public sealed record Arrived(string Id, long Timestamp, string Signatures, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
    public string Type => Json.GetProperty("type").GetString()!;
    public JsonElement Data => Json.GetProperty("data");
    public string Name => Data.GetProperty("name").GetString()!;
    public (int Version, int Place) Order => (Data.GetProperty("version").GetInt32(), Data.GetProperty("place").GetInt32());

    /// <summary>As the specification has it, and as a receiver would write it who has never seen the sender: one of the signatures must be that of the secret.</summary>
    public bool IsSignedWith(string secret)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        var expected = hmac.ComputeHash(Encoding.UTF8.GetBytes(Id + "." + Timestamp.ToString(CultureInfo.InvariantCulture) + "." + Body));
        return Signatures.Split(' ').Any(s => s.Split(',') is ["v1", var signature] && CryptographicOperations.FixedTimeEquals(expected, Convert.FromBase64String(signature)));
    }
}

/// <summary>A real server that is sent deliveries, and answers what a test says.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _ends = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _atOnce;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>The status for a delivery; -1 for no answer at all.</summary>
    public Func<Arrived, int> Answer { get; set; } = _ => 204;

    /// <summary>How long it takes to answer.</summary>
    public TimeSpan AnswersAfter { get; set; }

    /// <summary>The most deliveries that waited for their answers at one time, since somebody last set it.</summary>
    public int AtOnceMost { get; set; }

    /// <summary>Everything that came, in order, however it was answered.</summary>
    public ConcurrentQueue<Arrived> All { get; } = [];

    public Uri Address { get; private set; } = null!;
    public string Url => new Uri(Address, "/hooks").ToString();

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        receiver.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        _ends.TrySetResult();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task Take(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var headers = http.Request.Headers;
        var arrived = new Arrived(headers["webhook-id"].Single()!, long.Parse(headers["webhook-timestamp"].Single()!, CultureInfo.InvariantCulture), headers["webhook-signature"].Single()!, body);
        All.Enqueue(arrived);
        AtOnceMost = Math.Max(AtOnceMost, Interlocked.Increment(ref _atOnce));
        var status = Answer(arrived);
        if (AnswersAfter > TimeSpan.Zero) await Task.Delay(AnswersAfter, TimeProvider.System);
        if (status < 0) await _ends.Task;
        if (status is >= 300 and < 400) http.Response.Headers.Location = Url + "/elsewhere";
        http.Response.StatusCode = Math.Max(status, 200);
        Interlocked.Decrement(ref _atOnce);
    }
}
