using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Contracts.Views;

/// <summary>Makes a link to a calendar. The token itself never leaves the gateway.</summary>
/// <param name="Hash">SHA-256 of the token, in lower-case hexadecimal.</param>
[GenerateSerializer, Immutable, Alias("rtt.MakeCalendarLink")]
public sealed record MakeCalendarLink([property: Id(0)] string Link, [property: Id(1)] string Hash);

[GenerateSerializer, Immutable, Alias("rtt.RevokeCalendarLink")]
public sealed record RevokeCalendarLink([property: Id(0)] string Link);

/// <summary>The links of one site or facilitator, by id.</summary>
[GenerateSerializer, Immutable, Alias("rtt.CalendarLinkList")]
public sealed record CalendarLinkList([property: Id(0)] ImmutableArray<string> Links);

/// <summary>Whose calendar a token opens.</summary>
/// <param name="DisplayName">A site's; empty for a facilitator, of whom the network knows no name.</param>
[GenerateSerializer, Immutable, Alias("rtt.CalendarOwner")]
public sealed record CalendarOwner([property: Id(0)] string DisplayName);

/// <summary>Sessions of one site or of one facilitator, in order of time.</summary>
/// <param name="Site">The site's id; empty for a facilitator's.</param>
/// <param name="Facilitator">The facilitator's id; empty for a site's.</param>
/// <param name="Max">No more than these, the earliest first.</param>
[GenerateSerializer, Immutable, Alias("rtt.CalendarSearch")]
public sealed record CalendarSearch(
    [property: Id(0)] string Site,
    [property: Id(1)] string Facilitator,
    [property: Id(2)] Instant From,
    [property: Id(3)] Instant To,
    [property: Id(4)] int Max);

/// <summary>A session in a calendar. Nobody who takes part is in it.</summary>
/// <param name="Cohort">The id of the cohort or appointment at the site.</param>
/// <param name="Room">The room's id; empty for a virtual one.</param>
/// <param name="Cancelled">It was withdrawn, or whoever's calendar it is leads it no more.</param>
/// <param name="Revision">Rises with every change that a calendar shows.</param>
/// <param name="RevisedAt">When it last did.</param>
[GenerateSerializer, Immutable, Alias("rtt.CalendarRow")]
public sealed record CalendarRow(
    [property: Id(0)] string Site,
    [property: Id(1)] string SiteDisplayName,
    [property: Id(2)] string Cohort,
    [property: Id(3)] string Session,
    [property: Id(4)] string Program,
    [property: Id(5)] string Kind,
    [property: Id(6)] string DisplayName,
    [property: Id(7)] LocalDateTime LocalStart,
    [property: Id(8)] string TimeZone,
    [property: Id(9)] Instant StartsAt,
    [property: Id(10)] Instant EndsAt,
    [property: Id(11)] string Room,
    [property: Id(12)] int Pod,
    [property: Id(13)] bool Cancelled,
    [property: Id(14)] int Revision,
    [property: Id(15)] Instant RevisedAt);
