using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Referrals;

namespace RttNetwork.Grains.Referrals;

/// <summary>Between the referral's contracts and its domain.</summary>
internal static class ReferralMapping
{
    /// <summary>The referral as this caller may see it: the seats of a site are that site's to see.</summary>
    public static ReferralView ToView(this ReferralState referral, string key, int version, Caller caller, Instant now)
    {
        var (form, network) = (referral.Form!, Keys.NetworkOf(key));
        var (isSource, isTarget) = (caller.Reaches(network, form.Source), caller.Reaches(network, form.Target));
        return new ReferralView(
            network,
            Keys.IdOf(key),
            form.ToView() with { Leaves = isSource ? form.Leaves : "" },
            ReferralRules.Code(referral.Status),
            (int)referral.Priority,
            referral.HeldIn,
            isTarget ? referral.AcceptedIn : "",
            isTarget ? referral.Reviewer : "",
            referral.Outcome,
            referral.SentAt,
            referral.ReceivedAt,
            referral.DecidedAt,
            version,
            referral.IsOverdueAt(now));
    }

    public static ReferralForm ToDomain(this ReferralFormView form) => new(
        form.Participant, form.Source, form.SourceRegion, form.Target, form.TargetRegion, form.Program, form.Cohort, form.Leaves, (Priority)form.Priority, form.Reason, form.Form,
        form.ReceivedAt, form.DueAt, form.LastMedicine, form.SharingAttested);

    public static ReferralFormView ToView(this ReferralForm form) => new(
        form.Participant, form.Source, form.SourceRegion, form.Target, form.TargetRegion, form.Program, form.Cohort, form.Leaves, (int)form.Priority, form.Reason, form.Form,
        form.ReceivedAt, form.DueAt, form.LastMedicine, form.SharingAttested);
}
