using Grpc.Core;
using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>Whole lists of the wire, page by page.</summary>
internal static class Lists
{
    private const int PageSize = 200;

    /// <summary>A list that is longer than so many pages is cut off, and no page shows more.</summary>
    private const int PagesMax = 10;

    private const int DaysPerWeek = 7;

    public static async Task<IReadOnlyList<Site>> AllSites(this SignedIn session, string region) => (await All(
        token => session.Sites.ListSitesAsync(new ListSitesRequest { Parent = session.Network, Region = region, PageSize = PageSize, PageToken = token }),
        answer => answer.Sites, answer => answer.NextPageToken)).Rows;

    public static async Task<IReadOnlyList<OpenSeats>> AllOpenSeats(this SignedIn session, string region) => (await All(
        token => session.Cohorts.SearchSeatsAsync(new SearchSeatsRequest { Parent = session.Network, Region = region, PageSize = PageSize, PageToken = token }),
        answer => answer.Results, answer => answer.NextPageToken)).Rows;

    /// <summary>The cohorts of a site, those that are over too, and with them where they are true.</summary>
    public static Task<(IReadOnlyList<Cohort> Cohorts, ListCohortsResponse Last)> AllCohorts(this SignedIn session, string site, string atLeast) => All(
        token => session.Cohorts.ListCohortsAsync(new ListCohortsRequest { Parent = site, PageSize = PageSize, AtLeast = atLeast, PageToken = token }),
        answer => answer.Cohorts, answer => answer.NextPageToken);

    /// <summary>Figures, and with them where and when they are true.</summary>
    public static Task<(IReadOnlyList<CapacityFigure> Figures, ListCapacityResponse Last)> AllCapacity(this SignedIn session, CapacityBy by, string region) => All(
        token => session.Capacity.ListCapacityAsync(new ListCapacityRequest { Parent = session.Network, By = by, Region = region, PageSize = PageSize, PageToken = token }),
        answer => answer.Figures, answer => answer.NextPageToken);

    /// <summary>What the capacity of a region was at the ends of weeks, from a Monday to a Sunday. Each page of it looks at one week at least, so there are no more pages than weeks.</summary>
    public static async Task<IReadOnlyList<CapacityHistoryRow>> AllWeeks(this SignedIn session, string region, LocalDate from, LocalDate to) => (await All(
        token => session.Capacity.ListCapacityHistoryAsync(new ListCapacityHistoryRequest
        {
            Parent = session.Network,
            By = CapacityBy.ByRegion,
            Region = region,
            Grain = HistoryGrain.ByCivilWeek,
            From = Words.Wire(from),
            To = Words.Wire(to),
            PageSize = PageSize,
            PageToken = token,
        }),
        answer => answer.Rows, answer => answer.NextPageToken, pagesMax: (Period.DaysBetween(from, to) / DaysPerWeek) + 1)).Rows;

    /// <summary>The regions that somebody's lists are of: an authority's own, one by one; for others all at once, by no name.</summary>
    public static IReadOnlyList<string> Regions(this SignedIn session) =>
        session.Caller.Scope is Contracts.Units.CallerScope.Authority ? [.. session.Caller.Regions.Select(r => $"regions/{r}")] : [""];

    /// <param name="ask">For the page that a token leads to; that of the first is empty.</param>
    private static async Task<(IReadOnlyList<TRow> Rows, TAnswer Last)> All<TAnswer, TRow>(
        Func<string, AsyncUnaryCall<TAnswer>> ask, Func<TAnswer, IEnumerable<TRow>> rows, Func<TAnswer, string> next, int pagesMax = PagesMax)
    {
        var (all, token) = (new List<TRow>(), "");
        for (var page = 1; ; page++)
        {
            var answer = await ask(token);
            all.AddRange(rows(answer));
            token = next(answer);
            if (token.Length == 0 || page == pagesMax) return (all, answer);
        }
    }
}
