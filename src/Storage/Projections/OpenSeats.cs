using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Matching;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Storage.Projections;

/// <summary>A cohort with a seat that nobody has booked.</summary>
/// <param name="Id">site.cohort.</param>
/// <param name="HeldUntil">The ends of its holds, those that are over included.</param>
internal sealed record OpenCohort(
    string Id, string Site, string Region, string Cohort, string DisplayName, string Program, int SeatsMax, int Usable, int Booked, ImmutableArray<Instant> HeldUntil, string BoundBy, bool AtRisk,
    LocalDate FirstDay, LocalDate LastDay, Instant IntakeClosesAt, ImmutableArray<string> Routes)
{
    public int HeldAt(Instant now)
    {
        var held = 0;
        foreach (var until in HeldUntil) held += until > now ? 1 : 0;
        return held;
    }
}

/// <summary>What a search asks of a site.</summary>
/// <param name="Limit">Null when its capacity was never limited.</param>
internal sealed record SearchedSite(
    string Site, string DisplayName, GeoPoint? Place, bool Hidden, ImmutableArray<string> Languages, ImmutableArray<string> Accessibility, CapacityLimit? Limit);

/// <summary>
/// Every cohort of a network in which a seat is not booked, and every site, at one place in the feed: what searches go through (docs/adr/0013).
/// Whether a hold, an intake or a limit has ended is judged at a search's own instant.
/// </summary>
/// <param name="Since">Cohorts whose intake had closed by this instant are not here.</param>
internal sealed record OpenSeats(
    ImmutableDictionary<string, OpenCohort> Cohorts, ImmutableDictionary<string, SearchedSite> Sites, FeedPlace Place, long Build, Instant Since)
{
    /// <summary>The day from which the points of a page's key are counted: a page that is asked for after midnight goes on where the last one ended.</summary>
    private static readonly LocalDate PointsFrom = new(2000, 1, 1);

    /// <summary>The best matches of a search, best first (<see cref="Match"/>).</summary>
    /// <param name="after">The last of the page before, null for the first one.</param>
    public ImmutableArray<CohortRow> Best(SeatSearch search, SearchKey? after, int max)
    {
        var near = Near(search);
        var latest = search.WaitDaysMax is { } days && search.Today.PlusDays(days) is var soon && !(search.Latest < soon) ? soon : search.Latest;
        var seatsMin = Math.Max(1, search.SeatsOpenMin);
        List<(SearchKey Key, OpenCohort Cohort, NearSite Site)> found = [];
        foreach (var cohort in Cohorts.Values)
        {
            if (cohort.IntakeClosesAt <= search.Now || !near.TryGetValue(cohort.Site, out var site)) continue;
            if (search.Program is { } program && program != cohort.Program) continue;
            if (search.Region is { } region && region != cohort.Region) continue;
            if (cohort.FirstDay < search.Earliest || cohort.FirstDay > latest) continue;
            if (search.Route is { } route && !cohort.Routes.Contains(route)) continue;
            if (cohort.Usable - cohort.Booked - cohort.HeldAt(search.Now) < seatsMin) continue;
            var key = new SearchKey(site.IsLimited, (Period.DaysBetween(PointsFrom, cohort.FirstDay) * Match.PointsPerDay) + site.Points, cohort.Id);
            if (after is { } last && key.CompareTo(last) <= 0) continue;
            found.Add((key, cohort, site));
        }
        return [.. found.OrderBy(f => f.Key).Take(max).Select(f => Row(search, f.Cohort, f.Site))];
    }

    public static SearchKey KeyOf(CohortRow row, SeatSearch search) =>
        new(row.LimitedCapacity, row.Match!.Points + (Period.DaysBetween(PointsFrom, search.Today) * Match.PointsPerDay), $"{row.Site}.{row.Cohort}");

    /// <summary>How far it is, and what a site offers, is asked once of each site and not of each of its cohorts.</summary>
    private Dictionary<string, NearSite> Near(SeatSearch search)
    {
        var near = new Dictionary<string, NearSite>(Sites.Count, StringComparer.Ordinal);
        foreach (var site in Sites.Values)
        {
            if (site.Hidden || search.Without.Contains(site.Site) || (search.Language is { } language && !site.Languages.Contains(language))) continue;
            if (!search.Accessibility.IsDefaultOrEmpty && !search.Accessibility.All(site.Accessibility.Contains)) continue;
            int? km = search.Origin is { } origin && site.Place is { } place ? Match.KmBetween(origin.Latitude, origin.Longitude, place.Latitude, place.Longitude) : null;
            if (search.DistanceKmMax is { } farthest && !(km <= farthest)) continue;
            var points = search.Origin is null ? 0 : (km ?? Match.UnknownKm) * Match.PointsPerKm;
            near[site.Site] = new NearSite(site, km, points, site.Limit?.HoldsAt(search.Now) == true);
        }
        return near;
    }

    private static CohortRow Row(SeatSearch search, OpenCohort cohort, NearSite near)
    {
        var held = cohort.HeldAt(search.Now);
        var open = cohort.Usable - cohort.Booked - held;
        var match = new Match(cohort.FirstDay, search.Today, near.Km, search.Origin is not null, open, near.IsLimited ? near.Site.Limit : null);
        return new CohortRow(
            cohort.Site, near.Site.DisplayName, cohort.Region, cohort.Cohort, cohort.DisplayName, cohort.Program, cohort.SeatsMax, new SeatCountView(cohort.Usable, cohort.Booked, held, open, cohort.BoundBy),
            cohort.AtRisk, cohort.FirstDay, cohort.LastDay, cohort.IntakeClosesAt, near.IsLimited)
        {
            Routes = cohort.Routes,
            Match = new MatchView(match.Points, match.WaitDays, near.Km, [.. match.Reasons().Select(m => new MatchReasonView(m.Code, m.Points, m.Text))]),
        };
    }

    private sealed record NearSite(SearchedSite Site, int? Km, int Points, bool IsLimited);
}
