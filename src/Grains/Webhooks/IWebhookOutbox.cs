using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Webhooks;

/// <summary>What waits to be sent, and what was given up. It is written from the journal, in one transaction with the place up to which that was followed.</summary>
public interface IWebhookOutbox
{
    /// <summary>The webhooks and the open offers, as of the follower's place.</summary>
    ValueTask<FollowedSoFar> Load(CancellationToken cancel);

    /// <summary>Writes the changes and moves the follower's place; false, with nothing written, when the place is not where the caller believes.</summary>
    /// <param name="anew">True at the beginning of the journal: what was there before says nothing any more.</param>
    ValueTask<bool> Write(FeedPosition from, FeedPosition to, ImmutableArray<OutboxChange> changes, bool anew, CancellationToken cancel);

    /// <summary>What is due: of each webhook the first ones, those of webhooks whose last delivery succeeded before the others.</summary>
    /// <param name="underWay">Left out.</param>
    ValueTask<ImmutableArray<DueDelivery>> Due(Instant by, int perWebhookMax, int max, IReadOnlyCollection<DeliveryKey> underWay, CancellationToken cancel);

    /// <summary>The receiver has it.</summary>
    ValueTask Delivered(DeliveryKey key, CancellationToken cancel);

    /// <summary>It did not succeed: it is due again at an instant, or given up.</summary>
    /// <param name="dueAt">Null to give it up.</param>
    ValueTask NotDelivered(DeliveryKey key, int attempts, string result, Instant now, Instant? dueAt, CancellationToken cancel);

    /// <summary>True when a delivery is among those that were given up.</summary>
    ValueTask<bool> HasFailed(string network, string webhook, string delivery, CancellationToken cancel);

    /// <summary>What was given up, the latest first.</summary>
    /// <param name="site">Of webhooks of this site; null for all.</param>
    ValueTask<Page<FailedDeliveryRow>> Failed(string network, string? site, PageRequest page, CancellationToken cancel);

    /// <summary>Forgets what was given up before an instant.</summary>
    ValueTask Forget(Instant before, CancellationToken cancel);
}

/// <param name="Webhooks">By network.</param>
public sealed record FollowedSoFar(ImmutableDictionary<string, WebhooksState> Webhooks, ImmutableArray<OpenOffer> Offers);

/// <summary>An offer that stands: that a booking is its acceptance is said by nothing else.</summary>
/// <param name="Cohort">The cohort's key.</param>
public sealed record OpenOffer(string Cohort, string Participant, Instant ExpiresAt);

/// <param name="Delivery">Its webhook-id: the same for one event and one webhook, whoever writes it and however often.</param>
public readonly record struct DeliveryKey(string Network, string Webhook, string Delivery);

/// <param name="Failing">The webhook's last delivery did not succeed.</param>
public sealed record DueDelivery(DeliveryKey Key, Webhook Webhook, string Body, int Attempts, bool Failing);

/// <summary>What following the journal changes.</summary>
public abstract record OutboxChange;

/// <summary>A webhook is new, or other than before.</summary>
public sealed record WebhookKept(string Network, Webhook Webhook) : OutboxChange;

/// <summary>Nothing is sent there any more.</summary>
/// <param name="Disabled">The webhook is still there, and says why.</param>
public sealed record WebhookEnded(string Network, string Webhook, bool Disabled) : OutboxChange;

public sealed record OfferStands(OpenOffer Offer) : OutboxChange;

public sealed record OfferIsOver(string Cohort, string Participant) : OutboxChange;

public sealed record Queued(DeliveryKey Key, string Type, string Body, Instant HappenedAt, Instant DueAt) : OutboxChange;

public sealed record Revived(DeliveryKey Key, Instant DueAt) : OutboxChange;
