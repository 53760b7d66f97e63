using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Webhooks;

/// <summary>
/// Turns the journal into deliveries that wait (docs/adr/0014). One is active in the cluster. Its rows and its place are one transaction: nothing is left out, and
/// nothing is queued twice. What a webhook is told begins after the entry that made it.
/// </summary>
public sealed class WebhookFollower(IFollowers followers, IFeed feed, IJournal journal, IWebhookOutbox outbox, WebhookOptions options, TimeProvider time, ILogger<WebhookFollower> log)
    : SeatedService(SeatName, followers, time, log)
{
    /// <summary>Its seat and its place in the feed.</summary>
    public const string SeatName = "webhooks";

    /// <summary>What the list of failures says of what was not sent because it happened too long ago.</summary>
    private const string TooOld = "too-old";

    private const int EntriesMax = 500;
    private const int ReferralsKnownMax = 10_000;
    private static readonly TimeSpan PlaceNotedEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LoadWithin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, WebhooksState> _webhooks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, Instant>> _offers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<string>> _sitesOfReferral = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        var (written, anew) = (seat.Position, seat.Position == default);
        var read = written;
        await Begin(anew, stop);
        var writtenAt = Time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            var entries = await feed.Read(read, EntriesMax, stop);
            if (entries.IsEmpty)
            {
                await feed.WaitForMore(stop);
                continue;
            }
            var changes = ImmutableArray.CreateBuilder<OutboxChange>();
            foreach (var entry in entries) await Follow(entry, changes);
            if (changes.Count(c => c is Queued { GivenUpAs.Length: > 0 }) is > 0 and var unsent)
                log.LogWarning("{Deliveries} deliveries are of events from more than {Days} days ago: they are listed as given up and not sent.", unsent, options.ToldWithin.TotalDays);
            read = entries[^1].Position;
            // The place is a durable write: where nothing was told it is only noted now and then, for reading it again costs less.
            if (changes.Count == 0 && !anew && Time.GetElapsedTime(writtenAt) < PlaceNotedEvery) continue;
            if (!await outbox.Write(written, read, changes.DrainToImmutable(), anew, stop)) return;
            (written, anew, writtenAt) = (read, false, Time.GetTimestamp());
        }
    }

    private async Task Begin(bool anew, CancellationToken stop)
    {
        _webhooks.Clear();
        _offers.Clear();
        if (anew) return;
        var soFar = await outbox.Load(stop);
        foreach (var (network, state) in soFar.Webhooks) _webhooks[network] = state;
        foreach (var offer in soFar.Offers) Stands(offer);
    }

    private async Task Follow(FeedEntry entry, ImmutableArray<OutboxChange>.Builder changes)
    {
        var kind = Keys.KindOf(entry.Stream);
        if (!Notices.MayTell(kind, entry.Entry.Span, _offers.ContainsKey(entry.Stream))) return;
        if (kind is StreamKind.Referral && !IsHeard(entry)) return;
        var place = 0;
        foreach (var act in EntryCodec.Read(entry.Entry.Span))
        {
            foreach (var @event in act.Events)
            {
                if (kind is StreamKind.Webhooks) Administer(Keys.NetworkOf(entry.Stream), @event, act.At, changes);
                else if (kind is StreamKind.Cohort) OfOffer(entry, @event, act.At, place, changes);
                else if (Notices.OfReferral(@event) is { } type && await SitesOf(entry.Stream, @event) is { IsEmpty: false } sites)
                    Tell(new Notice(entry.Stream, entry.Version, place, type, act.At, sites, ""), entry, changes);
                place++;
            }
        }
    }

    private void OfOffer(FeedEntry entry, IEvent @event, Instant at, int place, ImmutableArray<OutboxChange>.Builder changes)
    {
        if (Notices.OfOffer(@event, at, person => _offers.TryGetValue(entry.Stream, out var of) && of.TryGetValue(person, out var until) ? until : null) is not var (participant, type)) return;
        if (@event is SeatOffered offered)
        {
            var offer = new OpenOffer(entry.Stream, participant, offered.ExpiresAt);
            Stands(offer);
            changes.Add(new OfferStands(offer));
        }
        else
        {
            if (_offers.TryGetValue(entry.Stream, out var of) && of.Remove(participant) && of.Count == 0) _offers.Remove(entry.Stream);
            changes.Add(new OfferIsOver(entry.Stream, participant));
        }
        if (IsHeard(entry)) Tell(new Notice(entry.Stream, entry.Version, place, type, at, [Keys.CohortParts(entry.Stream).Site], participant), entry, changes);
    }

    private void Tell(Notice notice, FeedEntry entry, ImmutableArray<OutboxChange>.Builder changes)
    {
        var (network, now) = (Keys.NetworkOf(notice.Stream), Time.GetUtcNow());
        foreach (var webhook in _webhooks[network].All.Values.Where(w => w.Wants(notice.Type, notice.Sites)))
            changes.Add(new Queued(new DeliveryKey(network, webhook.Id, notice.DeliveryTo(webhook.Id)), notice.Type, notice.Body(), Instant.FromDateTimeOffset(entry.RecordedAt), Instant.FromDateTimeOffset(now), entry.RecordedAt > now - options.ToldWithin ? "" : TooOld));
    }

    private void Administer(string network, IEvent @event, Instant at, ImmutableArray<OutboxChange>.Builder changes)
    {
        // A fence is nobody's.
        if (@event is Fenced) return;
        var after = (_webhooks.GetValueOrDefault(network) ?? WebhooksState.Empty).Apply(@event, at);
        _webhooks[network] = after;
        changes.Add(@event switch
        {
            WebhookCreated e => new WebhookKept(network, after.Of(e.Webhook)!),
            WebhookSecretRotated e => new WebhookKept(network, after.Of(e.Webhook)!),
            WebhookDeleted e => new WebhookEnded(network, e.Webhook, Disabled: false),
            WebhookDisabled e => new WebhookEnded(network, e.Webhook, Disabled: true),
            WebhookDeliveryRevived e => new Revived(new DeliveryKey(network, e.Webhook, e.Delivery), Now()),
            _ => throw new InvalidOperationException($"Nothing is known to follow from {@event.GetType().Name}."),
        });
    }

    /// <summary>The source's and the target's ids, from the event with which the referral was sent; empty for a draft that was withdrawn, of which nobody is told.</summary>
    private async ValueTask<ImmutableArray<string>> SitesOf(string referral, IEvent @event)
    {
        if (@event is ReferralSent sent) return Known(referral, sent.Form);
        if (_sitesOfReferral.TryGetValue(referral, out var known)) return known;
        var entries = await journal.Load(referral, 0, Time.GetUtcNow() + LoadWithin);
        foreach (var entry in entries)
        {
            foreach (var told in EntryCodec.Read(entry.Entry.Span).SelectMany(act => act.Events))
            {
                if (told is ReferralSent first) return Known(referral, first.Form);
            }
        }
        return [];
    }

    private ImmutableArray<string> Known(string referral, ReferralForm form)
    {
        if (_sitesOfReferral.Count >= ReferralsKnownMax) _sitesOfReferral.Clear();
        return _sitesOfReferral[referral] = [form.Source, form.Target];
    }

    /// <summary>True when anybody in the network listens.</summary>
    private bool IsHeard(FeedEntry entry) => _webhooks.TryGetValue(Keys.NetworkOf(entry.Stream), out var webhooks) && !webhooks.All.IsEmpty;

    private void Stands(OpenOffer offer)
    {
        if (!_offers.TryGetValue(offer.Cohort, out var of)) _offers[offer.Cohort] = of = new Dictionary<string, Instant>(StringComparer.Ordinal);
        of[offer.Participant] = offer.ExpiresAt;
    }

    private Instant Now() => Instant.FromDateTimeOffset(Time.GetUtcNow());
}
