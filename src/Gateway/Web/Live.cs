using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>
/// The figures of "Network now" as server-sent events: what the watches of capacity say, in the words of the page. An event <c>cells</c> has those that changed, <c>anew</c> says that the
/// page is to be fetched again. Each gateway can serve each stream: whoever loses one begins anew, anywhere.
/// </summary>
internal sealed class Live(Words words, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Milliseconds after which a browser asks again whose stream was refused.</summary>
    private const string RefusedRetry = "retry: 15000\n\n";

    private static readonly CapacityBy[] Kinds = [CapacityBy.ByRegion, CapacityBy.ByCohort];

    /// <summary>False for an authority of more regions than one client has streams for: its page is made anew now and then instead, and does not say that it is live.</summary>
    public static bool Suffices(SignedIn session, GatewayOptions options) => session.Regions().Count * Kinds.Length <= options.WatchesPerClientMax;

    public async Task Serve(HttpContext http)
    {
        var session = SignedIn.Of(http);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            var view = await NetworkNow.Read(session, Instant.FromDateTimeOffset(time.GetUtcNow()));
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            await Follow(session, view, http.Response, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The page is closed, or this gateway stops: another one goes on.
        }
        catch (CallFailedException e) when (!http.Response.HasStarted)
        {
            http.Response.StatusCode = e.Failure.IsPassing ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status404NotFound;
        }
        catch (CallFailedException)
        {
            // The stream ends as the watch does, and the browser asks again: with a token that is good no more it is told so. There may be too many streams: not at once.
            if (!end.IsCancellationRequested) await http.Response.WriteAsync(RefusedRetry, CancellationToken.None);
        }
    }

    private async Task Follow(SignedIn session, NetworkNow view, HttpResponse to, CancellationToken end)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(end);
        var news = Channel.CreateBounded<(CapacityBy By, WatchCapacityResponse Message)>(1);
        var watches = session.Regions().SelectMany(region => Kinds.Select(by => Watch(session, region, by, news.Writer, all.Token))).ToList();
        _ = Task.WhenAny(watches).ContinueWith(first => news.Writer.TryComplete(first.Unwrap().Exception?.InnerException), TaskScheduler.Default);
        try
        {
            IReadOnlyDictionary<string, Cell> known = view.Cells(words);
            await Send(to, "cells", known, end);
            await foreach (var (by, message) in news.Reader.ReadAllAsync(end))
            {
                var fits = view.Put(by, message.Figures, message.Removed);
                if (message.Token.Length == 0) continue;
                if (by is CapacityBy.ByRegion) view.Place(message.Token, message.AsOfTime, message.StaleSinceTime);
                if (!fits || view.Today != Instant.FromDateTimeOffset(time.GetUtcNow()).InUtc().Date)
                {
                    await Send(to, "anew", new Dictionary<string, Cell>(), end);
                    return;
                }
                var now = view.Cells(words);
                await Send(to, "cells", now.Where(c => !known.TryGetValue(c.Key, out var before) || before != c.Value).ToDictionary(), end);
                known = now;
            }
        }
        finally
        {
            await all.CancelAsync();
        }
    }

    private static async Task Watch(SignedIn session, string region, CapacityBy by, ChannelWriter<(CapacityBy, WatchCapacityResponse)> to, CancellationToken end)
    {
        using var stream = session.Capacity.WatchCapacity(new WatchCapacityRequest { Parent = session.Network, By = by, Region = region }, cancellationToken: end);
        await foreach (var message in stream.ResponseStream.ReadAllAsync(end)) await to.WriteAsync((by, message), end);
    }

    private static async Task Send(HttpResponse to, string kind, IReadOnlyDictionary<string, Cell> cells, CancellationToken end)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write("retry: 1000\nevent: "u8);
        body.Write(System.Text.Encoding.ASCII.GetBytes(kind));
        body.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            foreach (var (key, cell) in cells)
            {
                json.WriteStartArray(key);
                json.WriteStringValue(cell.Text);
                json.WriteNumberValue(cell.Level);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        body.Write("\n\n"u8);
        await to.Body.WriteAsync(body.WrittenMemory, end);
        await to.Body.FlushAsync(end);
    }
}
