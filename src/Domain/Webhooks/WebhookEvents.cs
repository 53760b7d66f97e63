using System.Collections.Immutable;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Webhooks;

// The stream of a network's webhooks: who is told of what, and where. Secrets stand here sealed, with a key that is not in the database.

/// <summary>Somebody is told of events at an address from now on.</summary>
/// <param name="Webhook">The webhook's id.</param>
/// <param name="Site">The id of the site whose events are told; empty for those of every site.</param>
/// <param name="Url">Where they are sent.</param>
/// <param name="Types">Which ones: <see cref="WebhookTypes"/>; empty for all, those that are yet to come included.</param>
[EventName("webhook-created/1")]
public sealed record WebhookCreated(string Webhook, string Site, string Url, ImmutableArray<string> Types, SealedSecret Secret) : IEvent;

/// <summary>The address is told nothing any more, also not what waited for it.</summary>
[EventName("webhook-deleted/1")]
public sealed record WebhookDeleted(string Webhook) : IEvent;

/// <summary>The receiver said that it is gone for good (410): it is told nothing any more, also not what waited for it.</summary>
[EventName("webhook-disabled/1")]
public sealed record WebhookDisabled(string Webhook) : IEvent;

/// <summary>What is sent is signed with another secret, and for <see cref="WebhooksState.OldSecretFor"/> with the one before too.</summary>
[EventName("webhook-secret-rotated/1")]
public sealed record WebhookSecretRotated(string Webhook, SealedSecret Secret) : IEvent;

/// <summary>A delivery that was given up is tried again from the beginning.</summary>
/// <param name="Delivery">Its webhook-id.</param>
[EventName("webhook-delivery-revived/1")]
public sealed record WebhookDeliveryRevived(string Webhook, string Delivery) : IEvent;

/// <summary>A secret that says nothing to whoever has the journal alone: base64 of what the cipher made.</summary>
/// <param name="Key">The secret's own key, wrapped.</param>
/// <param name="Ciphertext">The secret, encrypted with it.</param>
public sealed record SealedSecret(string Key, string Ciphertext)
{
    /// <summary>Nothing of it: what is printed ends in logs.</summary>
    public override string ToString() => nameof(SealedSecret);
}

/// <summary>What a webhook can tell of, as the payload's <c>type</c> says it. A name stays for ever.</summary>
public static class WebhookTypes
{
    public const string OfferMade = "offer.made";
    public const string OfferAccepted = "offer.accepted";
    public const string OfferDeclined = "offer.declined";
    public const string OfferLapsed = "offer.lapsed";

    /// <summary>The person left the list, and the offer went with it.</summary>
    public const string OfferWithdrawn = "offer.withdrawn";

    public const string ReferralSent = "referral.sent";
    public const string ReferralReceived = "referral.received";
    public const string ReferralTriaged = "referral.triaged";
    public const string ReferralAccepted = "referral.accepted";
    public const string ReferralDeclined = "referral.declined";
    public const string ReferralExpired = "referral.expired";
    public const string ReferralCancelRequested = "referral.cancel_requested";
    public const string ReferralWithdrawn = "referral.withdrawn";
    public const string ReferralCompleted = "referral.completed";

    public static ImmutableArray<string> All { get; } =
    [
        OfferMade, OfferAccepted, OfferDeclined, OfferLapsed, OfferWithdrawn,
        ReferralSent, ReferralReceived, ReferralTriaged, ReferralAccepted, ReferralDeclined, ReferralExpired, ReferralCancelRequested, ReferralWithdrawn, ReferralCompleted,
    ];
}
