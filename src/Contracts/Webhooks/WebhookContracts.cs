using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Contracts.Webhooks;

/// <summary>The webhooks of a network. Key: <see cref="Keys.Webhooks"/>. A site's own see and change only those of the site.</summary>
[Alias("rtt.IWebhooksGrain")]
public interface IWebhooksGrain : IGrainWithStringKey
{
    /// <summary>The reply alone has the secret, and so has the reply to a repeat.</summary>
    [Alias("Create")] Task<UnitAnswer<WebhookView>> Create(CreateWebhook command, Unit unit);

    [Alias("Delete")] Task<UnitAnswer<WebhookView>> Delete(DeleteWebhook command, Unit unit);

    /// <summary>The reply alone has the new secret, and so has the reply to a repeat.</summary>
    [Alias("Rotate")] Task<UnitAnswer<WebhookView>> Rotate(RotateWebhookSecret command, Unit unit);

    /// <summary>For the sender: the receiver has said that it is gone.</summary>
    [Alias("Disable")] Task<UnitAnswer<WebhookView>> Disable(DisableWebhook command, Unit unit);

    /// <summary>Tries a delivery again that was given up; for the operator.</summary>
    [Alias("Redeliver")] Task<UnitAnswer<WebhookView>> Redeliver(RedeliverWebhook command, Unit unit);

    /// <param name="site">Null for those of every site, and of the whole network.</param>
    [Alias("List")] Task<Page<WebhookView>> List(Caller caller, PageRequest page, string? site);

    /// <summary>Deliveries that were given up, the latest first.</summary>
    [Alias("Failed")] Task<Page<FailedDeliveryRow>> Failed(Caller caller, PageRequest page, string? site);
}

/// <param name="Webhook">The id.</param>
/// <param name="Site">The id of the site whose events are told; empty for those of every site.</param>
/// <param name="Types">Empty for all.</param>
[GenerateSerializer, Immutable, Alias("rtt.CreateWebhook")]
public sealed record CreateWebhook([property: Id(0)] string Webhook, [property: Id(1)] string Site, [property: Id(2)] string Url, [property: Id(3)] ImmutableArray<string> Types);

[GenerateSerializer, Immutable, Alias("rtt.DeleteWebhook")]
public sealed record DeleteWebhook([property: Id(0)] string Webhook);

[GenerateSerializer, Immutable, Alias("rtt.RotateWebhookSecret")]
public sealed record RotateWebhookSecret([property: Id(0)] string Webhook);

[GenerateSerializer, Immutable, Alias("rtt.DisableWebhook")]
public sealed record DisableWebhook([property: Id(0)] string Webhook);

/// <param name="Delivery">Its webhook-id.</param>
[GenerateSerializer, Immutable, Alias("rtt.RedeliverWebhook")]
public sealed record RedeliverWebhook([property: Id(0)] string Webhook, [property: Id(1)] string Delivery);

/// <param name="Site">Empty for every site.</param>
/// <param name="SealedKey">Of a new secret, as it stands in the receipt; empty for whoever asks, who gets <see cref="Secret"/>.</param>
/// <param name="SealedSecret">See <see cref="SealedKey"/>.</param>
[GenerateSerializer, Immutable, Alias("rtt.WebhookView")]
public sealed record WebhookView(
    [property: Id(0)] string Webhook,
    [property: Id(1)] string Site,
    [property: Id(2)] string Url,
    [property: Id(3)] ImmutableArray<string> Types,
    [property: Id(4)] Instant CreatedAt,
    [property: Id(5)] bool Disabled,
    [property: Id(6)] string SealedKey,
    [property: Id(7)] string SealedSecret)
{
    /// <summary>whsec_ and base64, in the reply that makes it; empty everywhere else. In no receipt: it is added on the way out.</summary>
    [Id(8)] public string Secret { get; init; } = "";

    /// <summary>In lists alone.</summary>
    [Id(9)] public WebhookBacklog Backlog { get; init; } = WebhookBacklog.None;

    /// <summary>Without any secret: what is printed ends in logs.</summary>
    public override string ToString() => $"{nameof(WebhookView)} {{ {nameof(Webhook)} = {Webhook}, {nameof(Site)} = {Site}, {nameof(Url)} = {Url} }}";
}

/// <summary>How far a receiver is behind, a moment ago.</summary>
/// <param name="Waiting">Deliveries that wait.</param>
/// <param name="GivenUp">Deliveries that were given up, and are listed.</param>
/// <param name="Dropped">Deliveries since the webhook was made that were given up and are not listed: the list was full.</param>
/// <param name="Slow">The last delivery did not succeed, or took long.</param>
[GenerateSerializer, Immutable, Alias("rtt.WebhookBacklog")]
public sealed record WebhookBacklog([property: Id(0)] int Waiting, [property: Id(1)] int GivenUp, [property: Id(2)] long Dropped, [property: Id(3)] bool Slow)
{
    public static WebhookBacklog None { get; } = new(0, 0, 0, false);
}

/// <param name="Delivery">Its webhook-id.</param>
/// <param name="LastResult">A code: "http-500", "timeout", "not-connected", "address-refused"; of what was never sent "backlog", "too-old".</param>
/// <param name="HappenedAt">When the event was recorded.</param>
[GenerateSerializer, Immutable, Alias("rtt.FailedDeliveryRow")]
public sealed record FailedDeliveryRow(
    [property: Id(0)] string Webhook,
    [property: Id(1)] string Delivery,
    [property: Id(2)] string Type,
    [property: Id(3)] string Body,
    [property: Id(4)] int Attempts,
    [property: Id(5)] string LastResult,
    [property: Id(6)] Instant HappenedAt,
    [property: Id(7)] Instant FailedAt);
