using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Reports;

/// <summary>What a report is made of: figures of one place in the feed, as their reader may see them.</summary>
/// <param name="Whole">What the report is about: a site, a region, or the whole network.</param>
/// <param name="Sites">The same by site, in the order of their names.</param>
/// <param name="At">When they were true.</param>
/// <param name="Token">The place in the feed.</param>
/// <param name="Withheld">Names of sites that the figures do not have: a Nation governs them.</param>
/// <param name="IsStale">Something was recorded after <paramref name="At"/> that is not in the figures.</param>
internal sealed record CapacitySnapshot(string Network, CapacityFigure Whole, IReadOnlyList<CapacityFigure> Sites, DateTimeOffset At, string Token, IReadOnlyList<string> Withheld, bool IsStale)
{
    /// <summary>A read of the whole and a read by site are of one place when nothing is recorded between them: so often it is tried.</summary>
    private const int TriesMax = 20;

    private const int PageSize = 200;

    /// <summary>The figures of a site, of a region, or of the whole network.</summary>
    /// <returns>Null when, whenever it looked, figures had changed while it read them.</returns>
    public static async Task<CapacitySnapshot?> Read(RttClient client, string network, string region, string site, CancellationToken cancel)
    {
        for (var i = 0; i < TriesMax; i++)
        {
            var whole = await client.Capacity.GetCapacityAsync(new GetCapacityRequest { Parent = ResourceName.Network(network), Region = region, Site = site }, cancellationToken: cancel);
            if (await ReadSites(client, network, region, site, whole.Token, cancel) is { } sites) return new(network, whole.Figure, sites, whole.AsOfTime.ToDateTimeOffset(), whole.Token, [.. whole.WithheldSites], whole.StaleSinceTime is not null);
        }

        return null;
    }

    /// <summary>Null when a page is of another place than the whole.</summary>
    private static async Task<List<CapacityFigure>?> ReadSites(RttClient client, string network, string region, string site, string place, CancellationToken cancel)
    {
        var sites = new List<CapacityFigure>();
        var request = new ListCapacityRequest { Parent = ResourceName.Network(network), By = CapacityBy.BySite, Region = region, Site = site, PageSize = PageSize };
        do
        {
            var page = await client.Capacity.ListCapacityAsync(request, cancellationToken: cancel);
            if (page.Token != place) return null;
            sites.AddRange(page.Figures);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return sites;
    }
}
