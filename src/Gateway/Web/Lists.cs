using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>Whole lists of the wire, page by page.</summary>
internal static class Lists
{
    private const int PageSize = 200;

    /// <summary>A list that is longer than so many pages is cut off, and no page shows more.</summary>
    private const int PagesMax = 10;

    public static async Task<IReadOnlyList<Site>> AllSites(this SignedIn session, string region)
    {
        var all = new List<Site>();
        var request = new ListSitesRequest { Parent = session.Network, Region = region, PageSize = PageSize };
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await session.Sites.ListSitesAsync(request);
            all.AddRange(answer.Sites);
            if (answer.NextPageToken.Length == 0) break;
            request.PageToken = answer.NextPageToken;
        }
        return all;
    }

    public static async Task<IReadOnlyList<OpenSeats>> AllOpenSeats(this SignedIn session, string region)
    {
        var all = new List<OpenSeats>();
        var request = new SearchSeatsRequest { Parent = session.Network, Region = region, PageSize = PageSize };
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await session.Cohorts.SearchSeatsAsync(request);
            all.AddRange(answer.Results);
            if (answer.NextPageToken.Length == 0) break;
            request.PageToken = answer.NextPageToken;
        }
        return all;
    }

    /// <summary>Figures, and with them where and when they are true.</summary>
    public static async Task<(IReadOnlyList<CapacityFigure> Figures, ListCapacityResponse Last)> AllCapacity(this SignedIn session, CapacityBy by, string region = "", string site = "")
    {
        var all = new List<CapacityFigure>();
        var request = new ListCapacityRequest { Parent = session.Network, By = by, Region = region, Site = site, PageSize = PageSize };
        for (var page = 0; ; page++)
        {
            var answer = await session.Capacity.ListCapacityAsync(request);
            all.AddRange(answer.Figures);
            if (answer.NextPageToken.Length == 0 || page == PagesMax) return (all, answer);
            request.PageToken = answer.NextPageToken;
        }
    }

    /// <summary>The regions that somebody's lists are of: an authority's own, one by one; for others all at once, by no name.</summary>
    public static IReadOnlyList<string> Regions(this SignedIn session) =>
        session.Caller.Scope is Contracts.Units.CallerScope.Authority ? [.. session.Caller.Regions.Select(r => $"regions/{r}")] : [""];
}
