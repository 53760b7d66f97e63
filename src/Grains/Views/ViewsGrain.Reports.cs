using System.Collections.Immutable;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// What is published of a region.
public sealed partial class ViewsGrain
{
    public Task<ReportAnswer> RegionReport(Caller caller, string region, ReportPeriod period, ImmutableArray<MeasureDefinitionView> measures, int peopleMin) =>
        caller.Scope is not CallerScope.Site && MayAsk(caller, region) ? new RegionReports(views, reports, Network, measures, peopleMin).Of(region, period, Now) : Task.FromResult(new ReportAnswer(null, Behind: false, IsTooMuch: false));
}
