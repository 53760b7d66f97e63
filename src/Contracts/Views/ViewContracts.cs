using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

/// <summary>
/// Reads of the projections: lists and searches. Every answer carries the place in the feed that it is true at.
/// The grain is a stateless worker, one pool a silo; its key is the network.
/// </summary>
[Alias("rtt.IViewsGrain")]
public partial interface IViewsGrain : IGrainWithStringKey
{
    [Alias("Sites")] Task<Page<SiteRow>> Sites(Caller caller, PageRequest page, string? region);
    [Alias("Cohorts")] Task<Page<CohortRow>> Cohorts(Caller caller, PageRequest page, string site);
    /// <summary>Appointments of a site, soonest first.</summary>
    [Alias("Appointments")] Task<Page<AppointmentRow>> Appointments(Caller caller, PageRequest page, AppointmentSearch search);

    [Alias("Facilitators")] Task<Page<FacilitatorRow>> Facilitators(Caller caller, PageRequest page, string site);
    [Alias("Participants")] Task<Page<ParticipantRow>> Participants(Caller caller, PageRequest page, string site);

    /// <summary>Facilitators of the whole network who hold a role, by id: at most 200, for whoever looks for a substitute.</summary>
    [Alias("FacilitatorsInRole")] Task<ImmutableArray<FacilitatorRow>> FacilitatorsInRole(Caller caller, string role);

    [Alias("Programs")] Task<Page<ProgramRow>> Programs(Caller caller, PageRequest page);

    /// <summary>Where a search may set out from: a site that the caller may see. Without coordinates when there is no such site, or when it has none.</summary>
    [Alias("LocationOf")] Task<SiteLocation> LocationOf(Caller caller, string? atLeast, string site);

    /// <summary>Open seats, best first with the reasons, sites with limited capacity last (rule 43).</summary>
    [Alias("SearchSeats")] Task<Page<CohortRow>> SearchSeats(Caller caller, PageRequest page, SeatSearch search);

    /// <summary>Sessions of a calendar whose owner has vouched for the link: nobody else asks, and nothing personal is in it.</summary>
    [Alias("Calendar")] Task<Page<CalendarRow>> Calendar(CalendarSearch search);

    /// <summary>Up to three cohorts with open seats that are nearest to one that is full; answers up to a second old.</summary>
    [Alias("Alternatives")] Task<ImmutableArray<CohortRow>> Alternatives(Caller caller, string cohort, Instant now);
}

/// <param name="Size">1 to 200.</param>
/// <param name="After">The key of the last row of the page before; null for the first page.</param>
/// <param name="AtLeast">A place in the feed that the answer must include; null for whatever is there.</param>
[GenerateSerializer, Immutable, Alias("rtt.PageRequest")]
public sealed record PageRequest([property: Id(0)] int Size, [property: Id(1)] string? After, [property: Id(2)] string? AtLeast);

/// <param name="Next">The key to pass as <see cref="PageRequest.After"/>; null on the last page.</param>
/// <param name="Token">The place in the feed that the rows are true at.</param>
/// <param name="Behind">True when the projection did not reach <see cref="PageRequest.AtLeast"/> within a second: no rows; ask again.</param>
[GenerateSerializer, Immutable, Alias("rtt.Page`1")]
public sealed record Page<TRow>(
    [property: Id(0)] ImmutableArray<TRow> Rows,
    [property: Id(1)] string? Next,
    [property: Id(2)] string Token,
    [property: Id(3)] bool Behind)
{
    /// <summary>True when there is more to go through than may be: no rows.</summary>
    [Id(4)] public bool IsTooMuch { get; init; }

    /// <summary>Ids of sites that the caller is told nothing of (<see cref="WithheldSite"/>).</summary>
    [Id(5)] public ImmutableArray<string> Withheld { get; init; } = [];
}

/// <summary>A site of which an authority is told nothing: a Nation governs it, and no authorisation of it counts at this moment (rule 53).</summary>
[GenerateSerializer, Immutable, Alias("rtt.WithheldSite")]
public sealed record WithheldSite([property: Id(0)] string Site, [property: Id(1)] string Region)
{
    /// <summary>The ids of those of a region.</summary>
    public static ImmutableArray<string> Of(IEnumerable<WithheldSite> sites, string? region) => [.. sites.Where(s => s.Region == region).Select(s => s.Site)];
}

/// <param name="Place">Null when there is no such site that the caller may see, or when it has no coordinates.</param>
/// <param name="TimeZone">The site's; empty when there is no such site.</param>
/// <param name="Behind">True when the projection did not reach the place in the feed that was asked for: ask again.</param>
/// <param name="Region">The site's; empty when there is no such site.</param>
[GenerateSerializer, Immutable, Alias("rtt.SiteLocation")]
public sealed record SiteLocation([property: Id(0)] GeoPoint? Place, [property: Id(1)] string TimeZone, [property: Id(2)] bool Behind, [property: Id(3)] string Region);

/// <summary>A point on the earth, in degrees. It may be near where somebody lives, so it is in no log: it does not say itself.</summary>
[GenerateSerializer, Immutable, Alias("rtt.GeoPoint")]
public sealed record GeoPoint([property: Id(0)] double Latitude, [property: Id(1)] double Longitude)
{
    public override string ToString() => nameof(GeoPoint);
}

/// <param name="Now">Holds, and limits of capacity, are judged at this instant.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatSearch")]
public sealed record SeatSearch(
    [property: Id(0)] string? Program,
    [property: Id(1)] string? Region,
    [property: Id(2)] LocalDate? Earliest,
    [property: Id(3)] LocalDate? Latest,
    [property: Id(4)] int SeatsOpenMin,
    [property: Id(5)] Instant Now)
{
    /// <summary>Where distances are measured from; null for a search in which distance counts for nothing.</summary>
    [Id(6)] public GeoPoint? Origin { get; init; }

    /// <summary>Only sites so near, in whole kilometres; those without coordinates are left out.</summary>
    [Id(7)] public int? DistanceKmMax { get; init; }

    /// <summary>Only cohorts in which medicine is given by this route.</summary>
    [Id(8)] public string? Route { get; init; }

    /// <summary>Only sites that look after people in this language.</summary>
    [Id(9)] public string? Language { get; init; }

    /// <summary>Only sites that have all of these.</summary>
    [Id(10)] public ImmutableArray<string> Accessibility { get; init; } = [];

    /// <summary>Ids of sites that are not shown, whatever else is asked.</summary>
    [Id(13)] public ImmutableArray<string> Without { get; init; } = [];

    /// <summary>Only cohorts whose first session is at most so many days away.</summary>
    [Id(11)] public int? WaitDaysMax { get; init; }

    /// <summary>The day that waiting is counted from.</summary>
    [Id(12)] public LocalDate Today { get; init; } = Now.InUtc().Date;
}

[GenerateSerializer, Immutable, Alias("rtt.SiteRow")]
public sealed record SiteRow(
    [property: Id(0)] string Site,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] string Region,
    [property: Id(3)] string Jurisdiction,
    [property: Id(4)] string TimeZone,
    [property: Id(5)] double? Latitude,
    [property: Id(6)] double? Longitude,
    [property: Id(7)] bool LimitedCapacity)
{
    /// <summary>True when searches do not show it (rule 43).</summary>
    [Id(8)] public bool Hidden { get; init; }

    [Id(9)] public ImmutableArray<string> Languages { get; init; } = [];

    [Id(10)] public ImmutableArray<string> Accessibility { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("rtt.CohortRow")]
public sealed record CohortRow(
    [property: Id(0)] string Site,
    [property: Id(1)] string SiteDisplayName,
    [property: Id(2)] string Region,
    [property: Id(3)] string Cohort,
    [property: Id(4)] string DisplayName,
    [property: Id(5)] string Program,
    [property: Id(6)] int SeatsMax,
    [property: Id(7)] SeatCountView Seats,
    [property: Id(8)] bool AtRisk,
    [property: Id(9)] LocalDate FirstDay,
    [property: Id(10)] LocalDate LastDay,
    [property: Id(11)] Instant IntakeClosesAt,
    [property: Id(12)] bool LimitedCapacity)
{
    /// <summary>By which routes medicine is given, in order; empty when the cohort does not say.</summary>
    [Id(13)] public ImmutableArray<string> Routes { get; init; } = [];

    /// <summary>Why it stands where it stands in the answer to a search; null in every other list.</summary>
    [Id(14)] public MatchView? Match { get; init; }
}

/// <param name="Points">What the search is ordered by, after limited capacity: fewer are better.</param>
/// <param name="WaitDays">Days until the first session, 0 when it has begun.</param>
/// <param name="DistanceKm">Null when the search has no origin or the site no coordinates.</param>
[GenerateSerializer, Immutable, Alias("rtt.MatchView")]
public sealed record MatchView(
    [property: Id(0)] int Points,
    [property: Id(1)] int WaitDays,
    [property: Id(2)] int? DistanceKm,
    [property: Id(3)] ImmutableArray<MatchReasonView> Reasons);

/// <param name="Code">"wait", "distance", "distance-unknown", "seats-open", "limited-capacity".</param>
/// <param name="Points">What it adds to the match's points.</param>
/// <param name="Text">The figures in words.</param>
[GenerateSerializer, Immutable, Alias("rtt.MatchReasonView")]
public sealed record MatchReasonView([property: Id(0)] string Code, [property: Id(1)] int Points, [property: Id(2)] string Text);

[GenerateSerializer, Immutable, Alias("rtt.FacilitatorRow")]
public sealed record FacilitatorRow(
    [property: Id(0)] string Facilitator,
    [property: Id(1)] string HomeSite,
    [property: Id(2)] ImmutableArray<string> Roles);

[GenerateSerializer, Immutable, Alias("rtt.ParticipantRow")]
public sealed record ParticipantRow(
    [property: Id(0)] string Participant,
    [property: Id(1)] string HomeSite,
    [property: Id(2)] bool Provisional,
    [property: Id(3)] bool Eligible);

/// <summary>A program with its newest version.</summary>
[GenerateSerializer, Immutable, Alias("rtt.ProgramRow")]
public sealed record ProgramRow(
    [property: Id(0)] string Program,
    [property: Id(1)] int Version,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] string Audience,
    [property: Id(4)] int Weeks,
    [property: Id(5)] LocalDate EffectiveFrom);
