using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;

namespace RttNetwork.Grains.Webhooks;

/// <summary>Webhooks on their way out.</summary>
internal static class WebhookMapping
{
    public static WebhookView ToView(this Webhook webhook) => new(webhook.Id, webhook.Site, webhook.Url, webhook.Types, webhook.CreatedAt, webhook.IsDisabled, "", "");

    /// <summary>For a receipt: a repeat gets the same secret.</summary>
    public static WebhookView ToViewWithSecret(this Webhook webhook) => webhook.ToView() with { SealedKey = webhook.Secret.Key, SealedSecret = webhook.Secret.Ciphertext };
}
