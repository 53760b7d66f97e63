using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

/// <summary>
/// The projections, for reading. Every page is read in one snapshot of the database together with the place in the feed
/// that the projection had reached, so that its figures are the fold of the journal at that token (I10).
/// </summary>
public partial interface IViews
{
    /// <summary>
    /// Waits up to a second until the projection has reached a place in the feed ("xid.position").
    /// </summary>
    /// <returns>False when it has not.</returns>
    ValueTask<bool> Reached(string atLeast, CancellationToken cancel);

    /// <summary>Sites of a network by id, of one region when it is given; limits of capacity judged at <paramref name="now"/>.</summary>
    ValueTask<Page<SiteRow>> Sites(string network, PageRequest page, string? region, Instant now, CancellationToken cancel);

    /// <summary>Where a site is; null when there is none, or, for <paramref name="regions"/> that are given, none in one of them.</summary>
    ValueTask<SiteLocation?> LocationOf(string network, string site, ImmutableArray<string>? regions, CancellationToken cancel);

    /// <summary>Cohorts of a site by id; holds and limits of capacity judged at <paramref name="now"/>.</summary>
    ValueTask<Page<CohortRow>> Cohorts(string network, PageRequest page, string site, Instant now, CancellationToken cancel);

    /// <summary>Appointments of a site in order of time; holds judged at the search's instant.</summary>
    ValueTask<Page<AppointmentRow>> Appointments(string network, PageRequest page, AppointmentSearch search, CancellationToken cancel);

    /// <summary>Sessions of a site or of a facilitator, those who led them once included, in order of time.</summary>
    ValueTask<Page<CalendarRow>> Calendar(string network, CalendarSearch search, CancellationToken cancel);

    /// <summary>Facilitators whose home is the site, by id.</summary>
    ValueTask<Page<FacilitatorRow>> Facilitators(string network, PageRequest page, string site, CancellationToken cancel);

    /// <summary>Participants whom the site has access to, by id.</summary>
    ValueTask<Page<ParticipantRow>> Participants(string network, PageRequest page, string site, CancellationToken cancel);

    /// <summary>Up to <paramref name="max"/> facilitators of the network who hold a role, by id.</summary>
    ValueTask<ImmutableArray<FacilitatorRow>> FacilitatorsInRole(string network, string role, int max, CancellationToken cancel);

    /// <summary>Programs by id, each with its newest version.</summary>
    ValueTask<Page<ProgramRow>> Programs(string network, PageRequest page, CancellationToken cancel);

    /// <summary>Cohorts with open seats at sites that are not hidden: those without limited capacity first, then by points (<see cref="Domain.Matching.Match"/>), then by key.</summary>
    ValueTask<Page<CohortRow>> SearchSeats(string network, PageRequest page, SeatSearch search, CancellationToken cancel);

    /// <summary>
    /// Up to <paramref name="max"/> cohorts of the same program with open seats in the order of a search that sets out from the given cohort's
    /// site and counts days from its first one, either way.
    /// </summary>
    ValueTask<ImmutableArray<CohortRow>> Alternatives(string network, string cohort, int max, Instant now, CancellationToken cancel);
}
