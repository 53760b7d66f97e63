using System.Collections.Immutable;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.WaitMetrics;

namespace RttNetwork.Grains.Views;

// Waits.
public sealed partial class ViewsGrain
{
    /// <summary>An authority is told percentiles of so many cases and more, if it is told how many (rule 51, by the larger of its thresholds): of ten, the ninetieth is nobody's longest wait any more.</summary>
    private const int PercentilesFrom = 11;

    public async Task<WaitsAnswer> Waits(Caller caller, string? atLeast, WaitsAsk ask)
    {
        var now = Now;
        var nothing = new WaitsAnswer([], "", now, null, Behind: false, IsTooMuch: false);
        if (!MayAsk(caller, ask.Region)) return nothing;
        if (atLeast is not null && !await views.Reached(atLeast, CancellationToken.None)) return nothing with { Behind = true };
        if (await SeenBy(caller, ask.Region) is not { } seen) return nothing with { Behind = true };
        var read = await seen.Views.Waits(Network, ask, atLeast, now, CancellationToken.None);
        if (read.Behind) return nothing with { Token = read.Token, Behind = true };
        if (read.Cases.Length > WaitsAsk.CasesMax) return nothing with { Token = read.Token, IsTooMuch = true };
        var figures = ImmutableArray.CreateBuilder<WaitFigures>();
        foreach (var definition in WaitDefinition.All) figures.Add(Told(caller, ask, definition, definition.Over(read.Cases, ask.From, ask.To)));
        // Seats are not people: whoever may ask is told.
        figures.Add(new WaitFigures(ThirdNextAvailable.Code, null, null, null, WaitDefinition.UnitDays, ThirdNextAvailable.Days(read.Starts)));
        return new WaitsAnswer(figures.DrainToImmutable(), read.Token, read.StaleSince ?? now, read.StaleSince, Behind: false, IsTooMuch: false) { Withheld = seen.Withheld };
    }

    /// <summary>The operator and the site itself see what is so; an authority by rule `round`, and no percentile of few (rule 51); other sites nothing.</summary>
    private static WaitFigures Told(Caller caller, WaitsAsk ask, WaitDefinition definition, WaitResult result)
    {
        var exact = new WaitFigures(definition.Code, new PeopleCount(result.Cases, false), result.P50, result.P90, definition.Unit, null);
        switch (caller.Scope)
        {
            case CallerScope.Authority:
                var cases = DisclosurePolicyView.Of(caller).Rounded(result.Cases);
                return cases.IsSuppressed || result.Cases < PercentilesFrom ? exact with { Cases = cases, P50 = null, P90 = null } : exact with { Cases = cases };
            case CallerScope.Site when ask.Site is null || !caller.Sites.Contains(ask.Site):
                return exact with { Cases = null, P50 = null, P90 = null };
            default:
                return exact;
        }
    }
}
