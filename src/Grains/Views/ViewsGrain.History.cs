using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What capacity was.
public sealed partial class ViewsGrain
{
    /// <summary>Of the past, too, an authority is told what a Nation authorises now.</summary>
    public async Task<CapacityMoment> CapacityAt(Caller caller, CapacityAsk ask, Instant at)
    {
        var nothing = new CapacityMoment(null, "", at, Behind: false, IsBeforeAll: false);
        if (!MayAsk(caller, ask.Region)) return nothing;
        if (await SeenBy(caller, ask.Region) is not { } seen) return nothing with { Behind = true };
        return await new CapacityPast(seen.Views, Network).At(caller, ask, at) with { Withheld = seen.Withheld };
    }

    public async Task<CapacitySeries> CapacityHistory(Caller caller, PageRequest page, HistoryAsk ask)
    {
        var nothing = new CapacitySeries([], null, Behind: false);
        if (!MayAsk(caller, ask.Of.Region)) return nothing;
        if (await SeenBy(caller, ask.Of.Region) is not { } seen) return nothing with { Behind = true };
        return await new CapacityPast(seen.Views, Network).Series(caller, page, ask) with { Withheld = seen.Withheld };
    }
}
