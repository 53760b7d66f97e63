using System.Collections.Immutable;

namespace RttNetwork.Domain.Common;

/// <summary>A calendar of the stream's site or facilitator can be read by whoever has the link's token, of which only the hash is kept.</summary>
/// <param name="Link">The link's id: it says nothing of the token.</param>
/// <param name="Hash">SHA-256 of the token, in lower-case hexadecimal.</param>
[EventName("calendar-link-made/1")]
public sealed record CalendarLinkMade(string Link, string Hash) : IEvent;

/// <summary>The link's token opens nothing any more.</summary>
[EventName("calendar-link-revoked/1")]
public sealed record CalendarLinkRevoked(string Link) : IEvent;

/// <summary>The links to the calendar of one site or facilitator. There is no personal data behind them, and still they are named and revoked one by one.</summary>
public static class CalendarLinks
{
    /// <summary>Links of one site or facilitator at a time: a person has a few devices.</summary>
    public const int Max = 8;

    public static Decision Make(ImmutableDictionary<string, string> links, string link, string hash)
    {
        if (links.TryGetValue(link, out var kept)) return kept == hash ? Decision.Already : new Refusal(Reason.AlreadyExists, "A link with this id exists.");
        return links.Count >= Max
            ? Refusal.Of(Reason.CalendarLinksMaxReached, 0, $"A calendar has at most {Max} links: revoke one first.", ("links", links.Count))
            : Decision.Of(new CalendarLinkMade(link, hash));
    }

    public static Decision Revoke(ImmutableDictionary<string, string> links, string link) =>
        links.ContainsKey(link) ? Decision.Of(new CalendarLinkRevoked(link)) : Refusal.NotFound;

    /// <summary>The links after an event.</summary>
    public static ImmutableDictionary<string, string> After(ImmutableDictionary<string, string> links, IEvent @event) => @event switch
    {
        CalendarLinkMade e => links.SetItem(e.Link, e.Hash),
        CalendarLinkRevoked e => links.Remove(e.Link),
        _ => links,
    };
}
