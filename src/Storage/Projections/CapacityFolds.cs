using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitMetrics;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>What the projection of capacity folds, by kind of stream, and the clock of its history.</summary>
internal sealed class CapacityFolds
{
    private CapacityFolds(ProjectionOptions options, int unwrittenMax)
    {
        IsOfRebuild = unwrittenMax > 0;
        Sites = new(e => e is SiteOpened or SiteDescribed or LimitedCapacitySet or LimitedCapacityDated or SiteHidden or SiteUnhidden or NationGovernanceSet, options.OthersKeptMax, unwrittenMax);
        Cohorts = new(e => e is not Fenced, options.CohortsKeptMax, unwrittenMax, inSteps: true, firstAtOnce: true);
        Facilitators = new(e => e is FacilitatorRegistered, options.OthersKeptMax, unwrittenMax);
        Participants = new(
            e => e is ParticipantRegistered or ParticipantMatched or AccessGranted or AccessEnded or EligibilitySet or PathwayMoved or PersonalDataErased, options.OthersKeptMax, unwrittenMax);
        Programs = new(e => e is ProgramVersionPublished, options.OthersKeptMax, unwrittenMax);
        Pathways = new(
            e => e is PathwayOpened or Transferred or ConsentGiven or ConsentRevoked or MeasureRecorded or SignedOff or ConditionDecided or SessionAttended or CheckedIn,
            options.OthersKeptMax, unwrittenMax);
        SafetyEvents = new(e => e is not Fenced, options.OthersKeptMax, unwrittenMax);
        Referrals = new(e => e is not Fenced, options.OthersKeptMax, unwrittenMax);
        Rehomes = new(e => e is not Fenced, options.OthersKeptMax, unwrittenMax);
        All = [Sites, Cohorts, Facilitators, Participants, Programs, Pathways, SafetyEvents, Referrals, Rehomes];
    }

    /// <summary>For tables that are read: what a batch changes is written with it.</summary>
    public static CapacityFolds OfServing(ProjectionOptions options) => new(options, 0);

    /// <summary>For tables that nobody reads before they are complete, and that begin empty.</summary>
    public static CapacityFolds OfRebuild(ProjectionOptions options) => new(options, options.UnwrittenMax);

    public bool IsOfRebuild { get; }
    public StreamFolds<SiteState> Sites { get; }
    public StreamFolds<CohortState> Cohorts { get; }
    public StreamFolds<FacilitatorState> Facilitators { get; }
    public StreamFolds<ParticipantState> Participants { get; }
    public StreamFolds<ProgramState> Programs { get; }
    public StreamFolds<WaitHistory> Pathways { get; }
    public StreamFolds<SafetyEventState> SafetyEvents { get; }
    public StreamFolds<ReferralState> Referrals { get; }
    public StreamFolds<RehomeState> Rehomes { get; }
    public ImmutableArray<IStreamFolds> All { get; }

    /// <summary>The tick of the last entry. An entry is in the first tick by which it, and everything before it in the feed, was recorded.</summary>
    public int Tick { get; set; }

    /// <summary>Takes the next batch.</summary>
    public void Take(IReadOnlyList<FeedEntry> entries)
    {
        foreach (var folds in All) folds.Begin();
        foreach (var entry in entries)
        {
            Tick = Math.Max(Tick, HistoryTicks.First(Instant.FromDateTimeOffset(entry.RecordedAt)));
            Of(Keys.KindOf(entry.Stream))?.Take(entry, EntryCodec.Read(entry.Entry.Span), Tick);
        }
    }

    private IStreamFolds? Of(StreamKind kind) => kind switch
    {
        StreamKind.Site => Sites,
        StreamKind.Cohort => Cohorts,
        StreamKind.Facilitator => Facilitators,
        StreamKind.Participant => Participants,
        StreamKind.Program => Programs,
        StreamKind.Pathway => Pathways,
        StreamKind.SafetyEvent => SafetyEvents,
        StreamKind.Referral => Referrals,
        StreamKind.Rehome => Rehomes,
        _ => null,
    };
}
