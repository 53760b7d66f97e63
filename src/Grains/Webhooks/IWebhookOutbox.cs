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

    /// <summary>
    /// What is due, in the order in which places are given: every webhook's first delivery before anybody's second one, those under way counted, and of equals first the
    /// webhook that was tried longest ago. Nobody is passed over for ever, whatever waits for the others.
    /// </summary>
    /// <param name="underWay">Left out.</param>
    ValueTask<ImmutableArray<DueDelivery>> Due(Instant by, DueMax most, IReadOnlyCollection<DeliveryKey> underWay, CancellationToken cancel);

    /// <summary>The receiver has it.</summary>
    /// <param name="slow">It took its time: the webhook's next delivery has a place among the slow.</param>
    ValueTask Delivered(DeliveryKey key, bool slow, Instant now, CancellationToken cancel);

    /// <summary>It did not succeed: it is due again at an instant, or given up. The webhook's next delivery has a place among the slow.</summary>
    /// <param name="dueAt">Null to give it up.</param>
    ValueTask NotDelivered(DeliveryKey key, int attempts, string result, Instant now, Instant? dueAt, CancellationToken cancel);

    /// <summary>True when a delivery is among those that were given up.</summary>
    ValueTask<bool> HasFailed(string network, string webhook, string delivery, CancellationToken cancel);

    /// <summary>What was given up, the latest first.</summary>
    /// <param name="site">Of webhooks of this site; null for all.</param>
    ValueTask<Page<FailedDeliveryRow>> Failed(string network, string? site, PageRequest page, CancellationToken cancel);

    /// <summary>What waits for each webhook of a network, and what was given up, by webhook.</summary>
    ValueTask<ImmutableDictionary<string, WebhookBacklog>> Backlogs(string network, CancellationToken cancel);

    /// <summary>Removes what nobody needs: deliveries of webhooks that have ended, deliveries that were given up before an instant, and webhooks that were deleted and have none.</summary>
    /// <param name="max">Deliveries at most, of each of the two: a statement stays short however many there are.</param>
    /// <returns>True when there may be more.</returns>
    ValueTask<bool> Tidy(Instant givenUpBefore, int max, CancellationToken cancel);
}

/// <param name="Webhooks">By network.</param>
public sealed record FollowedSoFar(ImmutableDictionary<string, WebhooksState> Webhooks, ImmutableArray<OpenOffer> Offers);

/// <summary>An offer that stands: that a booking is its acceptance is said by nothing else.</summary>
/// <param name="Cohort">The cohort's key.</param>
public sealed record OpenOffer(string Cohort, string Participant, Instant ExpiresAt);

/// <param name="Delivery">Its webhook-id: the same for one event and one webhook, whoever writes it and however often.</param>
public readonly record struct DeliveryKey(string Network, string Webhook, string Delivery);

/// <param name="Slow">The webhook's last delivery did not succeed, or took long.</param>
public sealed record DueDelivery(DeliveryKey Key, Webhook Webhook, string Body, int Attempts, bool Slow);

/// <summary>How many deliveries are looked at.</summary>
/// <param name="PerWebhook">Of one webhook, those under way counted; of one that is slow one.</param>
/// <param name="PerNetwork">Of one network, and as many of its slow webhooks.</param>
/// <param name="All">Of all networks.</param>
public readonly record struct DueMax(int PerWebhook, int PerNetwork, int All);

/// <summary>What following the journal changes.</summary>
public abstract record OutboxChange;

/// <summary>A webhook is new, or other than before.</summary>
public sealed record WebhookKept(string Network, Webhook Webhook) : OutboxChange;

/// <summary>Nothing is sent there any more. What waited is removed by <see cref="IWebhookOutbox.Tidy"/>.</summary>
/// <param name="Disabled">The webhook is still there, and says why.</param>
public sealed record WebhookEnded(string Network, string Webhook, bool Disabled) : OutboxChange;

public sealed record OfferStands(OpenOffer Offer) : OutboxChange;

public sealed record OfferIsOver(string Cohort, string Participant) : OutboxChange;

/// <summary>Something is to be told. Where the webhook's list of what waits is full it is given up at once; where that list is full too it is counted.</summary>
/// <param name="GivenUpAs">Why it is given up unsent whatever waits, as the list of failures says it; empty to send it.</param>
public sealed record Queued(DeliveryKey Key, string Type, string Body, Instant HappenedAt, Instant DueAt, string GivenUpAs) : OutboxChange;

public sealed record Revived(DeliveryKey Key, Instant DueAt) : OutboxChange;
