using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Contracts.Sites;

/// <summary>A site: its profile, rooms, accreditations and the times at which its rooms are taken.</summary>
[Alias("rtt.ISiteGrain")]
public interface ISiteGrain : IGrainWithStringKey
{
    [Alias("Open")] Task<UnitAnswer<SiteView>> Open(OpenSite command, Unit unit);
    [Alias("OpenRoom")] Task<UnitAnswer<SiteView>> OpenRoom(OpenRoom command, Unit unit);
    [Alias("BlockRoom")] Task<UnitAnswer<SiteView>> BlockRoom(BlockRoom command, Unit unit);
    [Alias("UnblockRoom")] Task<UnitAnswer<SiteView>> UnblockRoom(UnblockRoom command, Unit unit);
    [Alias("SetLimitedCapacity")] Task<UnitAnswer<SiteView>> SetLimitedCapacity(SetLimitedCapacity command, Unit unit);
    /// <summary>Hides the site from searches: the operator's, with its own or an authority's agreement (rule 43).</summary>
    [Alias("Hide")] Task<UnitAnswer<SiteView>> Hide(HideSite command, Unit unit);

    [Alias("Unhide")] Task<UnitAnswer<SiteView>> Unhide(UnhideSite command, Unit unit);

    /// <summary>Says anew whether a Nation governs what is known of the site, and what it authorises (rule 53): the operator's.</summary>
    [Alias("Govern")] Task<UnitAnswer<SiteView>> Govern(GovernSite command, Unit unit);

    /// <summary>Says anew where the site is and whom it can serve.</summary>
    [Alias("Describe")] Task<UnitAnswer<SiteView>> Describe(DescribeSite command, Unit unit);

    [Alias("GrantAccreditation")] Task<UnitAnswer<SiteView>> GrantAccreditation(GrantAccreditation command, Unit unit);
    [Alias("WithdrawAccreditation")] Task<UnitAnswer<SiteView>> WithdrawAccreditation(WithdrawAccreditation command, Unit unit);

    /// <summary>Begins the unit that opens a cohort: site, then cohort.</summary>
    [Alias("OpenCohort")] Task<UnitAnswer<CohortView>> OpenCohort(OpenCohort command, Unit unit);

    /// <summary>Goes on with the unit of a plan: facilitators, this site, then the cohort.</summary>
    [Alias("PlanCohort")] Task<UnitAnswer<CohortView>> PlanCohort(PlanCohort command, Unit unit);

    /// <summary>Begins, or goes on with, the unit that resolves the times of a cohort of this site anew.</summary>
    [Alias("ResolveTimes")] Task<UnitAnswer<CohortView>> ResolveTimes(ResolveTimes command, Unit unit);

    /// <summary>Goes on with the unit that withdraws an appointment of this site.</summary>
    [Alias("WithdrawAppointment")] Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit);

    /// <summary>Begins the unit that brings a cohort's copy of its room up to date: the dispatcher's, after a room has changed.</summary>
    [Alias("RefreshRoom")] Task<UnitAnswer<CohortView>> RefreshRoom(RefreshRoom command, Unit unit);

    /// <summary>Makes a link to the calendar: a unit of this grain alone.</summary>
    [Alias("MakeCalendarLink")] Task<UnitAnswer<CalendarLinkList>> MakeCalendarLink(MakeCalendarLink command, Unit unit);

    [Alias("RevokeCalendarLink")] Task<UnitAnswer<CalendarLinkList>> RevokeCalendarLink(RevokeCalendarLink command, Unit unit);

    [Alias("CalendarLinks")] Task<ReadAnswer<CalendarLinkList>> CalendarLinks(Caller caller);

    /// <summary>Whose calendar a token of this hash opens, for whoever has the token; nothing when it opens none.</summary>
    [Alias("OpenCalendar")] Task<ReadAnswer<CalendarOwner>> OpenCalendar(string hash);

    /// <summary>The site as it is confirmed now.</summary>
    [Alias("Get")] Task<ReadAnswer<SiteView>> Get(Caller caller);

    /// <summary>Where the site is: any site of the network may ask, for people are referred there.</summary>
    [Alias("Place")] Task<ReadAnswer<SitePlace>> Place(Caller caller);
}

[GenerateSerializer, Immutable, Alias("rtt.OpenSite")]
public sealed record OpenSite(
    [property: Id(0)] string DisplayName,
    [property: Id(1)] string Region,
    [property: Id(2)] string Jurisdiction,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] double? Latitude,
    [property: Id(5)] double? Longitude)
{
    /// <summary>Codes of the languages in which people are looked after: at most 16.</summary>
    [Id(6)] public ImmutableArray<string> Languages { get; init; } = [];

    /// <summary>Codes of what makes it accessible: at most 16.</summary>
    [Id(7)] public ImmutableArray<string> Accessibility { get; init; } = [];
}

/// <summary>Where a site is and whom it can serve, all of it anew.</summary>
/// <param name="Latitude">Degrees; null, as the longitude then is, when it is not known.</param>
[GenerateSerializer, Immutable, Alias("rtt.DescribeSite")]
public sealed record DescribeSite(
    [property: Id(0)] double? Latitude,
    [property: Id(1)] double? Longitude,
    [property: Id(2)] ImmutableArray<string> Languages,
    [property: Id(3)] ImmutableArray<string> Accessibility);

[GenerateSerializer, Immutable, Alias("rtt.OpenRoom")]
public sealed record OpenRoom([property: Id(0)] string Room, [property: Id(1)] string DisplayName, [property: Id(2)] int Occupancy);

[GenerateSerializer, Immutable, Alias("rtt.BlockRoom")]
public sealed record BlockRoom([property: Id(0)] string Room, [property: Id(1)] string Reason);

[GenerateSerializer, Immutable, Alias("rtt.UnblockRoom")]
public sealed record UnblockRoom([property: Id(0)] string Room);

[GenerateSerializer, Immutable, Alias("rtt.SetLimitedCapacity")]
public sealed record SetLimitedCapacity([property: Id(0)] bool Limited, [property: Id(1)] string Reason)
{
    /// <summary>The last day of it by the site's calendar; null when nobody knows yet.</summary>
    [Id(2)] public LocalDate? Until { get; init; }
}

/// <param name="AgreedBy">Whose agreement it is: "operator" or "authority".</param>
[GenerateSerializer, Immutable, Alias("rtt.HideSite")]
public sealed record HideSite([property: Id(0)] string Reason, [property: Id(1)] string AgreedBy);

[GenerateSerializer, Immutable, Alias("rtt.UnhideSite")]
public sealed record UnhideSite;

/// <param name="Nation">Empty when none governs it.</param>
/// <param name="Authorisation">Null for none.</param>
[GenerateSerializer, Immutable, Alias("rtt.GovernSite")]
public sealed record GovernSite([property: Id(0)] string Nation, [property: Id(1)] FiguresAuthorisationView? Authorisation);

[GenerateSerializer, Immutable, Alias("rtt.GrantAccreditation")]
public sealed record GrantAccreditation([property: Id(0)] string Code, [property: Id(1)] LocalDate ValidFrom, [property: Id(2)] LocalDate? ValidUntil);

[GenerateSerializer, Immutable, Alias("rtt.WithdrawAccreditation")]
public sealed record WithdrawAccreditation([property: Id(0)] string Code);

/// <param name="Cohort">The cohort's key.</param>
/// <param name="AtLeast">The version of the site whose change is passed on.</param>
[GenerateSerializer, Immutable, Alias("rtt.RefreshRoom")]
public sealed record RefreshRoom([property: Id(0)] string Cohort, [property: Id(1)] int AtLeast)
{
    /// <summary>The rule packs that may count at the site, for what it is permitted to do; null when nobody could say.</summary>
    [Id(2)] public RulePackList? Packs { get; init; }
}

/// <summary>What a cohort must know of its site and room.</summary>
/// <param name="SiteVersion">The site's version that this is a copy of: an older copy never replaces a newer one.</param>
[GenerateSerializer, Immutable, Alias("rtt.RoomFacts")]
public sealed record RoomFacts(
    [property: Id(0)] int SiteVersion,
    [property: Id(1)] string Region,
    [property: Id(2)] string Jurisdiction,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] string Room,
    [property: Id(5)] int Occupancy,
    [property: Id(6)] bool Blocked,
    [property: Id(7)] ImmutableArray<PlannedSession> Sessions) : Facts
{
    /// <summary>Every room that the cohort has reserved: a planned one may have several.</summary>
    [Id(8)] public ImmutableArray<RoomView> Rooms { get; init; } = [];

    /// <summary>What the site is permitted to do.</summary>
    [Id(9)] public ImmutableArray<AccreditationView> Accreditations { get; init; } = [];

    /// <summary>By which rules it is judged; null when nobody could say.</summary>
    [Id(10)] public RulePackList? Packs { get; init; }
}

[GenerateSerializer, Immutable, Alias("rtt.SiteView")]
public sealed record SiteView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Site,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string Region,
    [property: Id(4)] string Jurisdiction,
    [property: Id(5)] string TimeZone,
    [property: Id(6)] double? Latitude,
    [property: Id(7)] double? Longitude,
    [property: Id(8)] ImmutableArray<RoomView> Rooms,
    [property: Id(9)] ImmutableArray<AccreditationView> Accreditations,
    [property: Id(10)] bool LimitedCapacity,
    [property: Id(11)] string LimitedCapacityReason,
    [property: Id(12)] int Version)
{
    /// <summary>Since when and until when capacity is limited; null when it is not. One whose end has passed may still be here.</summary>
    [Id(13)] public CapacityLimitView? Limit { get; init; }

    /// <summary>Why searches do not show the site; null when they do.</summary>
    [Id(14)] public HidingView? Hidden { get; init; }

    [Id(15)] public ImmutableArray<string> Languages { get; init; } = [];

    [Id(16)] public ImmutableArray<string> Accessibility { get; init; } = [];

    /// <summary>Null when no Nation governs what is known of the site.</summary>
    [Id(17)] public NationGovernanceView? Governance { get; init; }
}

/// <param name="Until">The last day of it at the site; null when nobody knows yet.</param>
/// <param name="EndsAt">The instant at which that day is over there.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityLimitView")]
public sealed record CapacityLimitView([property: Id(0)] string Reason, [property: Id(1)] Instant Since, [property: Id(2)] LocalDate? Until, [property: Id(3)] Instant? EndsAt);

/// <param name="Authorisation">Null when no authority may see figures of the site.</param>
[GenerateSerializer, Immutable, Alias("rtt.NationGovernanceView")]
public sealed record NationGovernanceView([property: Id(0)] string Nation, [property: Id(1)] FiguresAuthorisationView? Authorisation);

/// <param name="GivenBy">Who gave it for the Nation.</param>
/// <param name="Until">From this instant on it counts no more.</param>
[GenerateSerializer, Immutable, Alias("rtt.FiguresAuthorisationView")]
public sealed record FiguresAuthorisationView([property: Id(0)] string GivenBy, [property: Id(1)] Instant From, [property: Id(2)] Instant Until);

[GenerateSerializer, Immutable, Alias("rtt.HidingView")]
public sealed record HidingView([property: Id(0)] string Reason, [property: Id(1)] string AgreedBy);

[GenerateSerializer, Immutable, Alias("rtt.RoomView")]
public sealed record RoomView(
    [property: Id(0)] string Room,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] int Occupancy,
    [property: Id(3)] bool Blocked,
    [property: Id(4)] string BlockedReason);

[GenerateSerializer, Immutable, Alias("rtt.AccreditationView")]
public sealed record AccreditationView([property: Id(0)] string Code, [property: Id(1)] LocalDate ValidFrom, [property: Id(2)] LocalDate? ValidUntil);

/// <param name="Region">The id of its region.</param>
[GenerateSerializer, Immutable, Alias("rtt.SitePlace")]
public sealed record SitePlace([property: Id(0)] string Region, [property: Id(1)] string Jurisdiction);
