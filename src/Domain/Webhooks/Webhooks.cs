using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Webhooks;

/// <summary>An address that is told of events.</summary>
/// <param name="Site">The id of the site whose events are told; empty for those of every site.</param>
/// <param name="Types">Which ones; empty for all.</param>
public sealed record Webhook(string Id, string Site, string Url, ImmutableArray<string> Types, SealedSecret Secret, Instant CreatedAt)
{
    /// <summary>The secret before the last rotation, and until when it signs too.</summary>
    public SealedSecret? OldSecret { get; init; }
    public Instant? OldUntil { get; init; }

    /// <summary>True once the receiver has said that it is gone.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>True when an event of this type at these sites is told.</summary>
    public bool Wants(string type, ImmutableArray<string> sites) =>
        !IsDisabled && (Types.IsEmpty || Types.Contains(type)) && (Site.Length == 0 || sites.Contains(Site));
}

/// <summary>The webhooks of a network as the fold of their stream.</summary>
public sealed record WebhooksState : IFold<WebhooksState>
{
    /// <summary>Webhooks of one network at a time, those that are disabled included.</summary>
    public const int Max = 50;

    /// <summary>Of which of one site: no site uses up what is there for all.</summary>
    public const int PerSiteMax = 5;

    /// <summary>How long the secret before the last rotation still signs: a receiver takes over the new one meanwhile.</summary>
    public static readonly Duration OldSecretFor = Duration.FromHours(24);

    public static WebhooksState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, Webhook> All { get; init; } = ImmutableSortedDictionary.Create<string, Webhook>(StringComparer.Ordinal);

    public Webhook? Of(string webhook) => All.GetValueOrDefault(webhook);

    /// <inheritdoc/>
    public WebhooksState Apply(IEvent @event, Instant at) => @event switch
    {
        WebhookCreated e => With(new Webhook(e.Webhook, e.Site, e.Url, e.Types, e.Secret, at)),
        WebhookDeleted e => this with { All = All.Remove(e.Webhook) },
        WebhookDisabled e => With(All[e.Webhook] with { IsDisabled = true }),
        WebhookSecretRotated e => With(All[e.Webhook] with { Secret = e.Secret, OldSecret = All[e.Webhook].Secret, OldUntil = at + OldSecretFor }),
        WebhookDeliveryRevived => this,
        _ => throw new InvalidOperationException($"Webhooks do not fold {@event.GetType().Name}."),
    };

    private WebhooksState With(Webhook webhook) => this with { All = All.SetItem(webhook.Id, webhook) };
}

/// <summary>What may be done with webhooks. Whose they are the grain has asked before.</summary>
public static class WebhookRules
{
    /// <param name="hindrance">What stands against the address; null for nothing.</param>
    public static Decision Create(WebhooksState webhooks, WebhookCreated asked, string? hindrance)
    {
        if (webhooks.Of(asked.Webhook) is not null) return new Refusal(Reason.AlreadyExists, "A webhook with this id exists.");
        if (hindrance is not null) return new Refusal(Reason.WebhookAddressRefused, hindrance);
        if (asked.Site.Length > 0 && webhooks.All.Values.Count(w => w.Site == asked.Site) is >= WebhooksState.PerSiteMax and var ofSite)
        {
            return Refusal.Of(
                Reason.WebhooksMaxReached, 0, $"A site has at most {WebhooksState.PerSiteMax} webhooks: delete one first.", ("webhooks", ofSite), ("webhooks_max", WebhooksState.PerSiteMax));
        }
        return webhooks.All.Count >= WebhooksState.Max
            ? Refusal.Of(Reason.WebhooksMaxReached, 0, $"A network has at most {WebhooksState.Max} webhooks: delete one first.", ("webhooks", webhooks.All.Count), ("webhooks_max", WebhooksState.Max))
            : Decision.Of(asked);
    }

    public static Decision Delete(WebhooksState webhooks, string webhook) =>
        webhooks.Of(webhook) is null ? Refusal.NotFound : Decision.Of(new WebhookDeleted(webhook));

    public static Decision Disable(WebhooksState webhooks, string webhook) =>
        webhooks.Of(webhook) is { IsDisabled: false } ? Decision.Of(new WebhookDisabled(webhook)) : Decision.Already;

    public static Decision Rotate(WebhooksState webhooks, string webhook, SealedSecret secret) => webhooks.Of(webhook) switch
    {
        null => Refusal.NotFound,
        { IsDisabled: true } => Disabled,
        _ => Decision.Of(new WebhookSecretRotated(webhook, secret)),
    };

    /// <param name="hasFailed">True when the delivery is in the list of those that were given up.</param>
    public static Decision Revive(WebhooksState webhooks, string webhook, string delivery, bool hasFailed) => webhooks.Of(webhook) switch
    {
        null => Refusal.NotFound,
        { IsDisabled: true } => Disabled,
        _ when !hasFailed => new Refusal(Reason.DeliveryNotFailed, "No delivery of the webhook by that id has been given up."),
        _ => Decision.Of(new WebhookDeliveryRevived(webhook, delivery)),
    };

    private static Refusal Disabled => new(Reason.WebhookDisabled, "The receiver has said that it is gone for good: make another webhook.");
}
