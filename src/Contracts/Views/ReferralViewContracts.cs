using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of referrals.
public partial interface IViewsGrain
{
    /// <summary>Referrals of a site, or of the whole network for its operator: the most urgent first, then by when the person was first referred (rule 38).</summary>
    /// <param name="site">Null for every site.</param>
    /// <param name="outgoing">True for those that the site sent, drafts included; false for those that it was sent.</param>
    /// <param name="ended">True for those that are over, too.</param>
    [Alias("Referrals")] Task<Page<ReferralRow>> Referrals(Caller caller, PageRequest page, string? site, bool outgoing, bool ended);

    /// <summary>How many people were referred between which regions, and what came of it: of one region, in or out.</summary>
    [Alias("ReferralFlows")] Task<Page<FlowRow>> ReferralFlows(Caller caller, string? atLeast, string region);
}

/// <param name="Cohort">site.cohort that is named; empty for any.</param>
/// <param name="Status">A code.</param>
/// <param name="Holds">A seat is held for the person; false: it waits.</param>
/// <param name="SentAt">Null for a draft.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralRow")]
public sealed record ReferralRow(
    [property: Id(0)] string Referral,
    [property: Id(1)] string Participant,
    [property: Id(2)] string Source,
    [property: Id(3)] string SourceRegion,
    [property: Id(4)] string Target,
    [property: Id(5)] string TargetRegion,
    [property: Id(6)] string Program,
    [property: Id(7)] string Cohort,
    [property: Id(8)] string Status,
    [property: Id(9)] bool Holds,
    [property: Id(10)] int Priority,
    [property: Id(11)] Instant ReceivedAt,
    [property: Id(12)] Instant? SentAt,
    [property: Id(13)] Instant DueAt,
    [property: Id(14)] Instant? DecidedAt,
    [property: Id(15)] string Outcome);

/// <param name="Outcome">Why it was declined or taken back, or what came of it: a code; empty while there is none.</param>
[GenerateSerializer, Immutable, Alias("rtt.FlowRow")]
public sealed record FlowRow(
    [property: Id(0)] string SourceRegion,
    [property: Id(1)] string TargetRegion,
    [property: Id(2)] string Status,
    [property: Id(3)] string Outcome,
    [property: Id(4)] int Referrals);
