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

    public Task<Page<FlowRow>> ReferralFlows(Caller caller, string? atLeast, string region) => ReferralFlowsIn(caller, atLeast, new FlowsAsk(region, null));

    public async Task<Page<FlowRow>> ReferralFlowsIn(Caller caller, string? atLeast, FlowsAsk ask)
    {
        var isAuthority = caller.Network == Network && caller.Scope is CallerScope.Authority && caller.Regions.Contains(ask.Region);
        if (!caller.ReachesAll(Network) && !isAuthority) return await Nothing<FlowRow>();
        if (atLeast is not null && !await views.Reached(atLeast, CancellationToken.None)) return new Page<FlowRow>([], null, "", Behind: true);
        if (await SeenBy(caller, ask.Region) is not { } seen) return new Page<FlowRow>([], null, "", Behind: true);
        var flows = await seen.Views.ReferralFlows(Network, ask, CancellationToken.None);
        return isAuthority ? flows with { Rows = [.. flows.Rows.Select(row => Rounded(row, DisclosurePolicyView.Of(caller)))], Withheld = seen.Withheld } : flows;
    }

    private static FlowRow Rounded(FlowRow row, DisclosurePolicyView policy) => row with { Referrals = policy.Rounded(row.Referrals).Count, IsSuppressed = policy.Rounded(row.Referrals).IsSuppressed };
}
