using Microsoft.AspNetCore.Mvc.RazorPages;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;
using CapacityBy = RttNetwork.Wire.V1.CapacityBy;

namespace RttNetwork.Gateway.Pages;

/// <summary>One region: its sites and their seats, what they were in the last weeks, how long people wait, and who is referred in and out.</summary>
internal sealed class RegionModel(Words words, TimeProvider time) : PageModel
{
    /// <summary>Waits that ended in so many months, whole ones that are over: as many as an authority's policy says where it asks for longer periods.</summary>
    private const int WaitMonths = 3;

    public string Region { get; private set; } = "";
    public LocalDate WaitsFrom { get; private set; }
    public LocalDate WaitsTo { get; private set; }
    public IReadOnlyList<Site> Sites { get; private set; } = [];
    public IReadOnlyDictionary<string, CapacityFigure> Figures { get; private set; } = new Dictionary<string, CapacityFigure>();
    public Trend Trend { get; private set; } = null!;

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
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var period = DayPeriod.LastOf(DisclosurePolicyView.Of(session.Caller).PeriodMonths, WaitMonths, CapacityRollUp.Today(now));
        (WaitsFrom, WaitsTo) = (period.From, period.To);
        var last = Trend.LastSunday(now);
        var sites = session.AllSites(name);
        var past = session.AllWeeks(name, Trend.FirstDay(last), last);
        var capacity = session.AllCapacity(CapacityBy.BySite, name);
        var waits = session.Capacity.GetWaitsAsync(new GetWaitsRequest { Parent = session.Network, Region = name, From = Words.Wire(WaitsFrom), To = Words.Wire(WaitsTo) });
        Sites = [.. (await sites).OrderBy(s => s.DisplayName, StringComparer.Ordinal)];
        var (figures, current) = await capacity;
        Figures = figures.ToDictionary(f => f.Name, StringComparer.Ordinal);
        Trend = new Trend(last, await past);
        Withheld = [.. current.WithheldSites];
        Waits = [.. (await waits).Figures];
        if (session.May("/rtt.v1.Referrals/ListReferralFlows"))
            Flows = [.. (await session.Referrals.ListReferralFlowsAsync(new ListReferralFlowsRequest { Parent = session.Network, Region = name })).Flows];
        Freshness = new Freshness(words.Moment(current.AsOfTime), current.Token, current.StaleSinceTime is null ? "" : words.Moment(current.StaleSinceTime), IsLive: false);
        Outline = Outline.Around(Sites);
    }
}
