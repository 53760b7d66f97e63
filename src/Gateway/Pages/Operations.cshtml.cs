using Microsoft.AspNetCore.Mvc.RazorPages;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Pages;

/// <summary>How the network's processes are, for whoever looks after it.</summary>
internal sealed class OperationsModel(Words words) : PageModel
{
    /// <summary>Reasons in the picture: the others are in the table.</summary>
    public const int BarsMax = 8;

    public GetStatusResponse Status { get; private set; } = null!;
    public CapacityFigure Figure { get; private set; } = null!;
    public Freshness Freshness { get; private set; } = null!;

    /// <summary>Null where this gateway cannot see it.</summary>
    public double? BehindSeconds => Number("projection", "behindSeconds");
    public double? RoundTripMs => Number("database", "roundTripMs") ?? Number("cluster", "roundTripMs");

    public async Task OnGet()
    {
        var session = SignedIn.Of(HttpContext);
        Status = await session.Operations.GetStatusAsync(new GetStatusRequest { Parent = session.Network });
        var capacity = await session.Capacity.GetCapacityAsync(new GetCapacityRequest { Parent = session.Network });
        Figure = capacity.Figure;
        Freshness = new Freshness(words.Moment(Status.AsOfTime), capacity.Token, capacity.StaleSinceTime is null ? "" : words.Moment(capacity.StaleSinceTime), IsLive: false);
    }

    private double? Number(string dependency, string number) =>
        Status.Dependencies.FirstOrDefault(d => d.Name == dependency)?.Numbers is { } numbers && numbers.TryGetValue(number, out var value) ? value : null;
}
