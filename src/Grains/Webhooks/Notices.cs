using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Domain.Webhooks;

namespace RttNetwork.Grains.Webhooks;

/// <summary>Something that webhooks tell of.</summary>
/// <param name="Type">One of <see cref="WebhookTypes"/>.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Place">The place of its event among those of the stream's version, from 0: with the version it orders what happened to one thing.</param>
/// <param name="Sites">The ids of the sites that it concerns.</param>
/// <param name="Participant">The id of the person, where the stream does not say it; else empty.</param>
public sealed record Notice(string Stream, int Version, int Place, string Type, Instant At, ImmutableArray<string> Sites, string Participant)
{
    /// <summary>The webhook-id of this notice for a webhook: derived, so that whoever comes after one that died sends it under the same.</summary>
    public string DeliveryTo(string webhook)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Stream}@{Version}/{Place} {webhook}"), hash);
        return $"msg_{Convert.ToHexStringLower(hash[..16])}";
    }

    /// <summary>The payload: what happened, when, and the names of what it happened to. Whoever may know more asks for it by name.</summary>
    public string Body()
    {
        var network = Keys.NetworkOf(Stream);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, Type);
            json.WriteString("timestamp"u8, InstantPattern.ExtendedIso.Format(At));
            json.WriteStartObject("data"u8);
            if (Keys.KindOf(Stream) is StreamKind.Cohort)
            {
                var (site, cohort) = Keys.CohortParts(Stream);
                json.WriteString("name"u8, $"networks/{network}/sites/{site}/cohorts/{cohort}");
                json.WriteString("participant"u8, $"networks/{network}/participants/{Participant}");
            }
            else
            {
                json.WriteString("name"u8, $"networks/{network}/referrals/{Keys.IdOf(Stream)}");
                json.WriteString("source"u8, $"networks/{network}/sites/{Sites[0]}");
                json.WriteString("target"u8, $"networks/{network}/sites/{Sites[1]}");
            }
            json.WriteNumber("version"u8, Version);
            json.WriteNumber("place"u8, Place);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

/// <summary>What an event of the journal tells.</summary>
public static class Notices
{
    /// <summary>The type of a referral's event; null when nobody is told of it. A draft is nobody's but the source's.</summary>
    public static string? OfReferral(IEvent @event) => @event switch
    {
        ReferralSent => WebhookTypes.ReferralSent,
        ReferralReceived => WebhookTypes.ReferralReceived,
        ReferralTriaged => WebhookTypes.ReferralTriaged,
        ReferralAccepted => WebhookTypes.ReferralAccepted,
        ReferralDeclined => WebhookTypes.ReferralDeclined,
        ReferralExpired => WebhookTypes.ReferralExpired,
        ReferralCancelRequested => WebhookTypes.ReferralCancelRequested,
        ReferralWithdrawn => WebhookTypes.ReferralWithdrawn,
        ReferralCompleted => WebhookTypes.ReferralCompleted,
        _ => null,
    };

    /// <summary>What a cohort's event does to an offer, of whom, and what webhooks tell of it; nothing for nearly every event.</summary>
    /// <param name="standing">Until when a person's offer stands, or stood that nobody has said yet what became of; null for none.</param>
    public static (string Participant, string Type)? OfOffer(IEvent @event, Instant at, Func<string, Instant?> standing) => @event switch
    {
        SeatOffered e => (e.Participant, WebhookTypes.OfferMade),
        OfferDeclined e => (e.Participant, WebhookTypes.OfferDeclined),
        OfferLapsed e => (e.Participant, WebhookTypes.OfferLapsed),
        // An offer is accepted by an ordinary booking, and one that has lapsed is not: the person booked another way.
        SeatBooked e when standing(e.Participant) is { } until => (e.Participant, at < until ? WebhookTypes.OfferAccepted : WebhookTypes.OfferLapsed),
        WaitLeft e when standing(e.Participant) is { } until => (e.Participant, at < until ? WebhookTypes.OfferWithdrawn : WebhookTypes.OfferLapsed),
        _ => null,
    };

    /// <summary>
    /// False when nothing can follow from an entry, which then is not read: of cohorts nearly everything. It is told by the events' names in the bytes.
    /// </summary>
    /// <param name="hasOffers">The cohort has an offer that stands: a booking may be its acceptance.</param>
    public static bool MayTell(StreamKind kind, ReadOnlySpan<byte> entry, bool hasOffers) => kind switch
    {
        StreamKind.Webhooks or StreamKind.Referral => true,
        StreamKind.Cohort => hasOffers || entry.IndexOf("\"seat-offered"u8) >= 0,
        _ => false,
    };
}
