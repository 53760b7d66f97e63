using Microsoft.AspNetCore.Mvc.RazorPages;
using NodaTime;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Pages;

/// <summary>One region: its sites and their seats, how long people wait, and who is referred in and out.</summary>
internal sealed class RegionModel(Words words, TimeProvider time) : PageModel
{
    /// <summary>Waits that ended in so many days.</summary>
    private const int WaitDays = 90;

    public string Region { get; private set; } = "";
    public LocalDate WaitsFrom { get; private set; }
    public LocalDate WaitsTo { get; private set; }
    public IReadOnlyList<Site> Sites { get; private set; } = [];
    public IReadOnlyDictionary<string, CapacityFigure> Figures { get; private set; } = new Dictionary<string, CapacityFigure>();

    /// <summary>Names of sites of which whoever looks is told nothing.</summary>
    public IReadOnlyCollection<string> Withheld { get; private set; } = [];
    public IReadOnlyList<WaitFigure> Waits { get; private set; } = [];

    /// <summary>Null for whoever is not told of them.</summary>
    public IReadOnlyList<ReferralFlow>? Flows { get; private set; }
    public Freshness Freshness { get; private set; } = null!;

    /// <summary>Null where no site says where it is.</summary>
    public Outline? Outline { get; private set; }

    public async Task OnGet(string region)
    {
        var session = SignedIn.Of(HttpContext);
        Region = region;
        var name = $"regions/{region}";
        WaitsTo = Instant.FromDateTimeOffset(time.GetUtcNow()).InUtc().Date;
        WaitsFrom = WaitsTo.PlusDays(1 - WaitDays);
        var sites = session.AllSites(name);
        var capacity = session.AllCapacity(CapacityBy.BySite, name);
        var waits = session.Capacity.GetWaitsAsync(new GetWaitsRequest { Parent = session.Network, Region = name, From = Day(WaitsFrom), To = Day(WaitsTo) });
        Sites = [.. (await sites).OrderBy(s => s.DisplayName, StringComparer.Ordinal)];
        var (figures, last) = await capacity;
        Figures = figures.ToDictionary(f => f.Name, StringComparer.Ordinal);
        Withheld = [.. last.WithheldSites];
        Waits = [.. (await waits).Figures];
        if (session.May("/rtt.v1.Referrals/ListReferralFlows"))
            Flows = [.. (await session.Referrals.ListReferralFlowsAsync(new ListReferralFlowsRequest { Parent = session.Network, Region = name })).Flows];
        Freshness = new Freshness(words.Moment(last.AsOfTime), last.Token, last.StaleSinceTime is null ? "" : words.Moment(last.StaleSinceTime), IsLive: false);
        Outline = Outline.Around(Sites);
    }

    private static Google.Type.Date Day(LocalDate day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };
}
