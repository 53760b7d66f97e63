using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What capacity was.
public sealed partial class ViewsGrain
{
    private CapacityPast Past => new(views, Network);

    public Task<CapacityMoment> CapacityAt(Caller caller, CapacityAsk ask, Instant at) =>
        MayAsk(caller, ask.Region) ? Past.At(caller, ask, at) : Task.FromResult(new CapacityMoment(null, "", at, Behind: false, IsBeforeAll: false));

    public Task<CapacitySeries> CapacityHistory(Caller caller, PageRequest page, HistoryAsk ask) =>
        MayAsk(caller, ask.Of.Region) ? Past.Series(caller, page, ask) : Task.FromResult(new CapacitySeries([], null, Behind: false));
}
