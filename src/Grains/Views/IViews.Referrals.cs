using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Referrals.
public partial interface IViews
{
    /// <summary>Referrals that a site was sent, or sent, or of every one: the most urgent first, then by when the person was first referred.</summary>
    ValueTask<Page<ReferralRow>> Referrals(string network, PageRequest page, string? site, bool outgoing, bool ended, CancellationToken cancel);

    /// <summary>What has changed of referrals since a place, in the order of the changes; each as it is now.</summary>
    ValueTask<ReferralChanges> ReferralChanges(string network, ReferralChangesAsk ask, CancellationToken cancel);

    /// <summary>
    /// Referrals into, out of and within a region, counted by regions, status and outcome; drafts are nobody's yet. A referral is of the day on which it was
    /// sent, by the calendar of the site that is in the region: of the source where both are.
    /// </summary>
    ValueTask<Page<FlowRow>> ReferralFlows(string network, FlowsAsk ask, CancellationToken cancel);
}
