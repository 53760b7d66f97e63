using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Referrals.
public sealed partial class ViewsGrain
{
    public Task<Page<ReferralRow>> Referrals(Caller caller, PageRequest page, string? site, bool outgoing, bool ended) =>
        (site is null ? caller.ReachesAll(Network) : caller.Reaches(Network, site))
            ? Answer(page, p => views.Referrals(Network, p, site, outgoing, ended, CancellationToken.None))
            : Nothing<ReferralRow>();

    public Task<ReferralChanges> ReferralChanges(Caller caller, ReferralChangesAsk ask) =>
        (ask.Site is null ? caller.ReachesAll(Network) : caller.Reaches(Network, ask.Site))
            ? views.ReferralChanges(Network, ask with { Max = Math.Clamp(ask.Max, 1, ReferralChangesAsk.ChangesMax) }, CancellationToken.None).AsTask()
            : Task.FromResult(new ReferralChanges([], default, More: false, Reset: false));

    public async Task<Page<FlowRow>> ReferralFlows(Caller caller, string? atLeast, string region)
    {
        if (!caller.ReachesAll(Network) && !(caller.Network == Network && caller.Scope is CallerScope.Authority && caller.Regions.Contains(region))) return await Nothing<FlowRow>();
        if (atLeast is not null && !await views.Reached(atLeast, CancellationToken.None)) return new Page<FlowRow>([], null, "", Behind: true);
        return await views.ReferralFlows(Network, region, CancellationToken.None);
    }
}
