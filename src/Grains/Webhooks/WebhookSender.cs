using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Webhooks;

/// <summary>
/// Sends what is due (docs/adr/0014). One is active in the cluster. A delivery is taken off the list after the receiver has answered: whoever dies in between sends
/// it again under the same id. A receiver that does not answer, or answers slowly, has one place of those that the slow share, and holds up nobody else.
/// </summary>
public sealed class WebhookSender(
    IFollowers followers, IWebhookOutbox outbox, PersonalCipher cipher, ReceiverAddresses addresses, IGrainFactory grains, WebhookOptions options, TimeProvider time, ILogger<WebhookSender> log)
    : SeatedService(SeatName, followers, time, log)
{
    /// <summary>Its seat; it has no place in the feed.</summary>
    public const string SeatName = "webhook-sender";

    private const int AnswerHeadersKilobytesMax = 16;
    private const int AnswerBytesMax = 16 * 1024;
    private const int DueAtOnceMax = 512;
    private static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(5);
    private static readonly Meter Meter = new("Rtt");
    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>("rtt.webhook.attempts", null, "Deliveries that were tried, by what came of it");

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        using var client = Client();
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var underWay = new Dictionary<DeliveryKey, (Task Done, bool Slow)>();
        try
        {
            long? tidiedAt = null;
            var most = new DueMax(options.PerWebhookAtOnceMax, options.PerNetworkAtOnceMax, DueAtOnceMax);
            while (!stop.IsCancellationRequested && await seat.Stands(stop))
            {
                foreach (var (key, (done, _)) in underWay.Where(u => u.Value.Done.IsCompleted).ToList())
                {
                    underWay.Remove(key);
                    await done;
                }
                foreach (var due in await outbox.Due(Now(), most, underWay.Keys, stop))
                {
                    if (HasPlace(due, underWay)) underWay[due.Key] = (Deliver(client, due, lost.Token), due.Slow);
                }
                if (tidiedAt is null || Time.GetElapsedTime(tidiedAt.Value) > TidyEvery)
                    tidiedAt = await outbox.Tidy(Now() - Duration.FromTimeSpan(options.FailedKeptFor), options.TidyMax, stop) ? null : Time.GetTimestamp();
                await Task.Delay(options.Look, Time, stop);
            }
        }
        finally
        {
            // The seat is somebody else's, or nobody's: what has no answer yet is sent again by whoever takes it.
            await lost.CancelAsync();
            await Task.WhenAll(underWay.Values.Select(u => u.Done)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool HasPlace(DueDelivery due, Dictionary<DeliveryKey, (Task Done, bool Slow)> underWay)
    {
        var alike = underWay.Where(u => u.Value.Slow == due.Slow).Select(u => u.Key).ToList();
        var (toIt, toNetwork) = (underWay.Keys.Count(k => k.Network == due.Key.Network && k.Webhook == due.Key.Webhook), alike.Count(k => k.Network == due.Key.Network));
        return due.Slow
            ? alike.Count < options.SlowAtOnceMax && toNetwork < options.SlowPerNetworkAtOnceMax && toIt == 0
            : alike.Count < options.AtOnceMax - options.SlowAtOnceMax && toNetwork < options.PerNetworkAtOnceMax && toIt < options.PerWebhookAtOnceMax;
    }

    /// <summary>One delivery. Whatever goes wrong with it, the others go on: it stays due, and is sent again.</summary>
    private async Task Deliver(HttpClient client, DueDelivery due, CancellationToken cancel)
    {
        try
        {
            await Try(client, due, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("What became of a delivery to webhook {Webhook} of {Network} could not be kept ({Error}).", due.Key.Webhook, due.Key.Network, e.GetType().Name);
        }
    }

    private async Task Try(HttpClient client, DueDelivery due, CancellationToken cancel)
    {
        var began = Time.GetTimestamp();
        var (result, isDelivered, isGone) = await Post(client, due, cancel);
        cancel.ThrowIfCancellationRequested();
        Attempts.Add(1, new KeyValuePair<string, object?>("result", result));
        if (isDelivered)
        {
            // A success, however late. That it took long is the webhook's to bear, and not that of whoever comes after it.
            await outbox.Delivered(due.Key, Time.GetElapsedTime(began) > options.SlowAfter, Now(), cancel);
            return;
        }
        if (isGone) await Disable(due);
        var now = Now();
        await outbox.NotDelivered(due.Key, due.Attempts + 1, result, now, due.Attempts < options.Retries.Length ? now + Duration.FromTimeSpan(RetryAfter(due)) : null, cancel);
    }

    private async Task<(string Result, bool IsDelivered, bool IsGone)> Post(HttpClient client, DueDelivery due, CancellationToken cancel)
    {
        try
        {
            using var message = Message(due);
            using var patience = new CancellationTokenSource(options.AnswerWithin, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            // The status says it all: what else the receiver says is not read.
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return (string.Create(CultureInfo.InvariantCulture, $"http-{(int)answer.StatusCode}"), answer.IsSuccessStatusCode, answer.StatusCode is HttpStatusCode.Gone);
        }
        catch (OperationCanceledException)
        {
            return ("timeout", false, false);
        }
        catch (HttpRequestException e)
        {
            return (e.InnerException is AddressRefusedException ? "address-refused" : "not-connected", false, false);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            // Sealed under another key: nothing that could be sent would be believed.
            log.LogError("The secret of webhook {Webhook} of {Network} cannot be opened.", due.Key.Webhook, due.Key.Network);
            return ("secret-lost", false, false);
        }
    }

    private HttpRequestMessage Message(DueDelivery due)
    {
        var now = Now();
        var timestamp = now.ToUnixTimeSeconds();
        var webhook = due.Webhook;
        var signatures = Signed(webhook.Secret);
        if (webhook.OldSecret is { } old && webhook.OldUntil > now && SignedOnce(old) is { } before) signatures = $"{signatures} {before}";
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(due.Body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        var message = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = content };
        message.Headers.Add("webhook-id", due.Key.Delivery);
        message.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("webhook-signature", signatures);
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("rtt-webhooks", "1"));
        return message;

        // A secret that was lost is replaced by rotating it: that it cannot be opened stands against nothing any more.
        string? SignedOnce(Domain.Webhooks.SealedSecret secret)
        {
            try
            {
                return Signed(secret);
            }
            catch (Exception e) when (e is CryptographicException or FormatException)
            {
                return null;
            }
        }

        string Signed(Domain.Webhooks.SealedSecret secret) => Signature.Of(Signature.Open(cipher, due.Key.Network, webhook.Id, secret), due.Key.Delivery, timestamp, due.Body);
    }

    /// <summary>Until the next attempt. What it is longer by follows from the delivery and the attempt: chance enough, and the same for whoever asks.</summary>
    private TimeSpan RetryAfter(DueDelivery due)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{due.Key.Delivery} {due.Attempts}")), hash);
        return options.Retries[due.Attempts] * (1 + (0.2 * hash[0] / byte.MaxValue));
    }

    private async Task Disable(DueDelivery due)
    {
        var now = Now();
        var caller = new Caller(due.Key.Network, SeatName, CallerScope.System, [], [], "follow-up");
        var unit = Unit.Start(caller, Reactions.RequestId($"gone {due.Key.Network} {due.Key.Webhook}"), [], now, now + Duration.FromTimeSpan(UnitLimits.Unit));
        try
        {
            await grains.Of<IWebhooksGrain>(Keys.Webhooks(due.Key.Network)).Disable(new DisableWebhook(due.Key.Webhook), unit);
        }
        catch (Exception e)
        {
            // The receiver says so again.
            log.LogWarning("A webhook of {Network} is gone and could not be disabled ({Error}).", due.Key.Network, e.GetType().Name);
        }
    }

    private HttpClient Client() => new(
        new SocketsHttpHandler
        {
            ConnectCallback = addresses.Connect,
            ConnectTimeout = options.ConnectWithin,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = options.AtOnceMax,
            MaxResponseHeadersLength = AnswerHeadersKilobytesMax,
            MaxResponseDrainSize = AnswerBytesMax,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            // A receiver that moves is found within so long.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private Instant Now() => Instant.FromDateTimeOffset(Time.GetUtcNow());
}
