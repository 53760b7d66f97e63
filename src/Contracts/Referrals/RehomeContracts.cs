using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Referrals;

/// <summary>
/// A plan by which people go elsewhere when a site, cohort or room closes or a facilitator leaves: the operator's alone. Each of its units is of this grain
/// alone; each person's move is a unit of its own that <c>Rehomes</c> starts.
/// </summary>
[Alias("rtt.IRehomeGrain")]
public interface IRehomeGrain : IGrainWithStringKey
{
    /// <summary>Looks where everybody could go, and proposes that: anew, while nobody has approved it.</summary>
    [Alias("Propose")] Task<UnitAnswer<RehomeView>> Propose(ProposeRehome command, Unit unit);

    [Alias("Approve")] Task<UnitAnswer<RehomeView>> Approve(ApproveRehome command, Unit unit);

    [Alias("Cancel")] Task<UnitAnswer<RehomeView>> Cancel(CancelRehome command, Unit unit);

    /// <summary>Records what became of items, and begins the next: whoever carries the plan out.</summary>
    [Alias("Step")] Task<UnitAnswer<RehomeStepView>> Step(StepRehome command, Unit unit);

    /// <summary>The end state against the proposal: each item with what became of it, and where its person is now.</summary>
    [Alias("Report")] Task<ReadAnswer<RehomeReport>> Report(Caller caller, Instant now);
}

/// <param name="Kind">"site", "cohort", "room" or "facilitator".</param>
/// <param name="Subject">The key of the site, the cohort or the facilitator; of a room, of its site.</param>
/// <param name="Room">The room's id; empty for every other kind.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeCauseView")]
public sealed record RehomeCauseView([property: Id(0)] string Kind, [property: Id(1)] string Subject, [property: Id(2)] string Room);

/// <param name="Cause">Null to propose the plan anew for what it was made for.</param>
[GenerateSerializer, Immutable, Alias("rtt.ProposeRehome")]
public sealed record ProposeRehome([property: Id(0)] RehomeCauseView? Cause)
{
    /// <summary>A place in the feed that the lists of cohorts must have reached; null for whatever is there.</summary>
    [Id(1)] public string? AtLeast { get; init; }
}

/// <param name="Revision">The one that was reviewed.</param>
[GenerateSerializer, Immutable, Alias("rtt.ApproveRehome")]
public sealed record ApproveRehome([property: Id(0)] int Revision);

/// <param name="Reason">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.CancelRehome")]
public sealed record CancelRehome([property: Id(0)] string Reason);

[GenerateSerializer, Immutable, Alias("rtt.StepRehome")]
public sealed record StepRehome([property: Id(0)] ImmutableArray<RehomeEndView> Ends);

/// <param name="Reason">Why the person was not moved: a code; null when they were.</param>
/// <param name="Attempt">Which attempt of the item this became of.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeEndView")]
public sealed record RehomeEndView([property: Id(0)] int Item, [property: Id(1)] string? Reason, [property: Id(2)] int Attempt);

/// <summary>A plan without its items.</summary>
/// <param name="Status">A code: "proposed", "executing", "finished", "cancelled".</param>
/// <param name="People">Items, one for each seat that is lost.</param>
/// <param name="Placed">Those with a place to which the plan moves them.</param>
/// <param name="Failed">Those of which no answer came.</param>
/// <param name="NeedsReviewer">Those with a place in another jurisdiction: transfers by hand.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeView")]
public sealed record RehomeView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Rehome,
    [property: Id(2)] RehomeCauseView Cause,
    [property: Id(3)] int Revision,
    [property: Id(4)] string Status,
    [property: Id(5)] int People,
    [property: Id(6)] int Placed,
    [property: Id(7)] int Begun,
    [property: Id(8)] int Moved,
    [property: Id(9)] int Refused,
    [property: Id(10)] int Skipped,
    [property: Id(11)] string ApprovedBy,
    [property: Id(12)] string CancelReason,
    [property: Id(13)] Instant? ProposedAt,
    [property: Id(14)] Instant? ApprovedAt,
    [property: Id(15)] Instant? EndedAt,
    [property: Id(16)] int Version,
    [property: Id(17)] int Failed,
    [property: Id(18)] int NeedsReviewer);

/// <param name="Rehome">Of items that were not moved by the plan, those whose people are not where it proposed.</param>
/// <param name="Items">As many as a plan has at most.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeReport")]
public sealed record RehomeReport([property: Id(0)] RehomeView Rehome, [property: Id(1)] ImmutableArray<RehomeItemView> Items);

/// <param name="Participant">The person's id.</param>
/// <param name="From">The key of the cohort that is left.</param>
/// <param name="To">The key of the cohort that is proposed; empty for none.</param>
/// <param name="Status">
/// A code: "proposed", "unplaced", "needs-reviewer", "begun", "moved", "refused", "failed", "skipped"; "seated-otherwise" when the plan did not move the person, and they
/// have a seat where it proposed.
/// </param>
/// <param name="Reason">Of an item that is unplaced, needs a reviewer, was refused, has failed or was skipped: a code; else empty.</param>
/// <param name="Now">The keys of the cohorts in which the person has a seat now.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeItemView")]
public sealed record RehomeItemView(
    [property: Id(0)] string Participant,
    [property: Id(1)] string From,
    [property: Id(2)] string To,
    [property: Id(3)] string Status,
    [property: Id(4)] string Reason,
    [property: Id(5)] ImmutableArray<string> Now);

/// <summary>What is to be carried out now.</summary>
/// <param name="Cause">One of the kinds of a cause.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeStepView")]
public sealed record RehomeStepView([property: Id(0)] int Revision, [property: Id(1)] string Cause, [property: Id(2)] ImmutableArray<RehomeMoveView> Moves);

/// <param name="Participant">The person's key.</param>
/// <param name="Attempt">0, or how often the item was begun before: given once, by the plan's own stream.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeMoveView")]
public sealed record RehomeMoveView(
    [property: Id(0)] int Item,
    [property: Id(1)] string Participant,
    [property: Id(2)] string From,
    [property: Id(3)] string To,
    [property: Id(4)] string Program,
    [property: Id(5)] int TemplateVersion,
    [property: Id(7)] int Attempt);

/// <summary>Whose seats a cohort loses, and what they look for.</summary>
/// <param name="Week">The week of the program that it is in; 0 before it begins.</param>
/// <param name="IsConcerned">False for a cohort that the cause does nothing to.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatsLostView")]
public sealed record SeatsLostView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Program,
    [property: Id(2)] int TemplateVersion,
    [property: Id(3)] string Region,
    [property: Id(4)] LocalDate FirstDay,
    [property: Id(5)] int Week,
    [property: Id(6)] ImmutableArray<SeatLostView> Seats,
    [property: Id(7)] bool IsConcerned);

/// <param name="Participant">The person's id.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatLostView")]
public readonly record struct SeatLostView([property: Id(0)] string Participant, [property: Id(1)] Instant BookedAt);

/// <summary>A cohort that may take people, seen from those who look for one.</summary>
/// <param name="SeatsOpen">Seats that nobody has and no list keeps.</param>
/// <param name="ReferralSources">Who may refer to its program; empty when a person may come by themself.</param>
[GenerateSerializer, Immutable, Alias("rtt.DestinationView")]
public sealed record DestinationView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Region,
    [property: Id(2)] string Jurisdiction,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] ImmutableArray<string> ReferralSources,
    [property: Id(5)] LocalDate FirstDay,
    [property: Id(6)] int SeatsOpen);

/// <param name="Person">The person as they are now.</param>
/// <param name="Hindrances">What the evidence of their pathway has against each destination, in their order: a code, or null.</param>
[GenerateSerializer, Immutable, Alias("rtt.MayGoView")]
public sealed record MayGoView([property: Id(0)] ParticipantFacts Person, [property: Id(1)] ImmutableArray<string?> Hindrances);

/// <param name="People">Who would come.</param>
/// <param name="From">The cohort that each of them leaves, in their order.</param>
/// <param name="Program">The template of all of these.</param>
[GenerateSerializer, Immutable, Alias("rtt.WouldTake")]
public sealed record WouldTake(
    [property: Id(0)] ImmutableArray<ParticipantFacts> People,
    [property: Id(1)] ImmutableArray<string> From,
    [property: Id(2)] string Program,
    [property: Id(3)] int TemplateVersion);

/// <param name="Codes">In the order of what was asked: what stands against each, or null.</param>
[GenerateSerializer, Immutable, Alias("rtt.Hindrances")]
public sealed record Hindrances([property: Id(0)] ImmutableArray<string?> Codes);
