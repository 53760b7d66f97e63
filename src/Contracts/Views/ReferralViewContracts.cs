using System.Collections.Immutable;
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

    /// <summary>What has changed of referrals since a place in the feed, each as it is now: for those who watch a worklist.</summary>
    [Alias("ReferralChanges")] Task<ReferralChanges> ReferralChanges(Caller caller, ReferralChangesAsk ask);

    /// <summary>How many people were referred between which regions, and what came of it: of one region, in or out.</summary>
    [Alias("ReferralFlows")] Task<Page<FlowRow>> ReferralFlows(Caller caller, string? atLeast, string region);

    /// <summary>The same of the referrals that were sent in a period.</summary>
    [Alias("ReferralFlowsIn")] Task<Page<FlowRow>> ReferralFlowsIn(Caller caller, string? atLeast, FlowsAsk ask);
}

/// <summary>Which referrals: those into, out of and within a region.</summary>
/// <param name="Period">Null for all there ever were.</param>
[GenerateSerializer, Immutable, Alias("rtt.FlowsAsk")]
public sealed record FlowsAsk([property: Id(0)] string Region, [property: Id(1)] DayPeriod? Period);

/// <summary>Days of civil calendars, both included.</summary>
[GenerateSerializer, Immutable, Alias("rtt.DayPeriod")]
public readonly record struct DayPeriod([property: Id(0)] LocalDate From, [property: Id(1)] LocalDate To)
{
    /// <summary>True for so many months of the calendar, or several times as many, counted from January: of such periods no two differ by a day.</summary>
    public bool IsOfMonths(int months) => Begins(From, months) && Begins(To.PlusDays(1), months);

    /// <summary>The last such period that is over, of <paramref name="monthsMin"/> months at least.</summary>
    public static DayPeriod LastOf(int months, int monthsMin, LocalDate today)
    {
        var month = today.With(DateAdjusters.StartOfMonth);
        var end = month.PlusMonths(-((month.Month - 1) % months));
        return new(end.PlusMonths(-((monthsMin + months - 1) / months * months)), end.PlusDays(-1));
    }

    private static bool Begins(LocalDate day, int months) => day.Day == 1 && (day.Month - 1) % months == 0;
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

/// <param name="Site">Those that the site sent or was sent; null for every referral of the network, for its operator.</param>
/// <param name="Outgoing">Which of the two.</param>
/// <param name="OpenOnly">Only those that stand in the list of open ones: to begin with. Else those that have left it, too.</param>
/// <param name="After">Null for all of them when only open ones are asked for; else for none, to be told the place.</param>
/// <param name="Max">Coerced to <see cref="ChangesMax"/>.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralChangesAsk")]
public sealed record ReferralChangesAsk(
    [property: Id(0)] string? Site, [property: Id(1)] bool Outgoing, [property: Id(2)] bool OpenOnly, [property: Id(3)] FeedPlace? After, [property: Id(4)] int Max)
{
    public const int ChangesMax = 500;
}

/// <param name="Place">Where the answer is true, when it is all of it.</param>
/// <param name="More">Others follow: ask again, after the last one's <see cref="ReferralChange.At"/>.</param>
/// <param name="Reset">The place that was asked for is none of this history, which a restore made another: begin anew.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralChanges")]
public sealed record ReferralChanges(
    [property: Id(0)] ImmutableArray<ReferralChange> Changes, [property: Id(1)] FeedPlace Place, [property: Id(2)] bool More, [property: Id(3)] bool Reset);

/// <param name="IsOpen">Sent, and not decided.</param>
/// <param name="At">The place of its last change.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralChange")]
public sealed record ReferralChange([property: Id(0)] ReferralRow Row, [property: Id(1)] bool IsOpen, [property: Id(2)] FeedPlace At)
{
    /// <summary>True when it stands in a site's list of open ones; a draft only in its source's.</summary>
    public bool IsListed(bool outgoing) => IsOpen || (outgoing && Row is { SentAt: null, DecidedAt: null });
}

/// <summary>A place in the feed, and the epoch that a restore raises: places of two epochs have nothing to do with each other.</summary>
[GenerateSerializer, Immutable, Alias("rtt.FeedPlace")]
public readonly record struct FeedPlace([property: Id(0)] int Epoch, [property: Id(1)] ulong Xid, [property: Id(2)] long Position)
{
    public static bool operator >(FeedPlace left, FeedPlace right) => (left.Epoch, left.Xid, left.Position).CompareTo((right.Epoch, right.Xid, right.Position)) > 0;
    public static bool operator <(FeedPlace left, FeedPlace right) => right > left;
}

/// <param name="Outcome">Why it was declined or taken back, or what came of it: a code; empty while there is none.</param>
/// <param name="Referrals">To an authority by rule `round`.</param>
/// <param name="IsSuppressed">Few, by the authority's policy, and it is not told how many: the count is 0.</param>
[GenerateSerializer, Immutable, Alias("rtt.FlowRow")]
public sealed record FlowRow(
    [property: Id(0)] string SourceRegion,
    [property: Id(1)] string TargetRegion,
    [property: Id(2)] string Status,
    [property: Id(3)] string Outcome,
    [property: Id(4)] int Referrals,
    [property: Id(5)] bool IsSuppressed = false);
