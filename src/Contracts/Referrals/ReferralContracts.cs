using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Referrals;

/// <summary>
/// A referral from one site to another, and what it holds. Its units go participant → referral → facilitator → cohorts → pathway, as far as they need them:
/// each decides its own part, and the last appends them all.
/// </summary>
[Alias("rtt.IReferralGrain")]
public interface IReferralGrain : IGrainWithStringKey
{
    /// <summary>Goes on with a unit in which somebody moves, or ends it.</summary>
    [Alias("Move")] Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit);

    /// <summary>What the target says of a referral that moves nobody.</summary>
    [Alias("Progress")] Task<UnitAnswer<ReferralView>> Progress(ReferralProgress command, Unit unit);

    [Alias("Get")] Task<ReadAnswer<ReferralView>> Get(Caller caller, Instant now);
}

/// <summary>A unit in which a person's seats may change together with a referral.</summary>
/// <param name="Participant">The person's key.</param>
/// <param name="Referral">The referral's key; empty for a transfer without one.</param>
/// <param name="Reviewer">The key of the facilitator who verifies what depends on the jurisdiction (rule 41); empty for nobody.</param>
/// <param name="Joins">The key of the cohort in which the person gets a seat, or a hold; empty for none.</param>
/// <param name="Leaves">The keys of the cohorts whose seat or hold the person gives back, in order. The participant adds the seat of the pathway.</param>
[GenerateSerializer, Immutable, Alias("rtt.MoveCommand")]
public abstract record MoveCommand(
    [property: Id(0)] string Participant,
    [property: Id(1)] string Referral,
    [property: Id(2)] string Reviewer,
    [property: Id(3)] string Joins,
    [property: Id(4)] ImmutableArray<string> Leaves)
{
    /// <summary>The cohorts of the unit, in the order of their keys.</summary>
    public ImmutableArray<string> Cohorts() => [.. Leaves.Append(Joins).Where(c => c.Length > 0).Distinct().Order(StringComparer.Ordinal)];
}

/// <summary>Prepares or sends a referral. Sending to a named cohort with a seat free holds it in the same unit; else nothing is held and the referral waits.</summary>
/// <param name="IsDraft">Nothing is sent yet: the person's stream is not touched.</param>
[GenerateSerializer, Immutable, Alias("rtt.SendReferral")]
public sealed record SendReferral(
    string Participant, string Referral, string Joins, [property: Id(0)] ReferralFormView Form, [property: Id(1)] bool IsDraft) : MoveCommand(Participant, Referral, "", Joins, [])
{
    /// <summary>What the lists say against it; null for nothing. Said only to a request that was not accepted before: a repeat gets its first answer, whatever they say by now.</summary>
    [Id(2)] public Refusal? Hindrance { get; init; }

    /// <summary>The shortest time that a target is given to decide.</summary>
    [Id(3)] public required Duration DueMin { get; init; }
}

/// <summary>The target takes the person: seated there, and what they held elsewhere given back.</summary>
[GenerateSerializer, Immutable, Alias("rtt.AcceptReferral")]
public sealed record AcceptReferral(string Participant, string Referral, string Reviewer, string Joins, ImmutableArray<string> Leaves) : MoveCommand(Participant, Referral, Reviewer, Joins, Leaves);

/// <summary>A referral ends without a seat.</summary>
/// <param name="Leaves">The cohort in which a seat was held; empty for none.</param>
/// <param name="Reason">A code; empty where the end needs none.</param>
[GenerateSerializer, Immutable, Alias("rtt.EndReferral")]
public sealed record EndReferral(string Participant, string Referral, ImmutableArray<string> Leaves, [property: Id(0)] ReferralEnd End, [property: Id(1)] string Reason)
    : MoveCommand(Participant, Referral, "", "", Leaves);

/// <summary>How a referral ends without a seat.</summary>
public enum ReferralEnd
{
    /// <summary>By the target.</summary>
    Decline,
    /// <summary>By the source: asked for, where the target is at it already.</summary>
    Withdraw,
    /// <summary>By the target, whose source has asked for it.</summary>
    ConfirmWithdrawal,
    /// <summary>By the clock.</summary>
    Expire,
}

/// <summary>Moves a person between two cohorts of one template, by somebody who reaches both (rule 42).</summary>
/// <param name="Program">The template of both, as the gateway read it of the cohort that is joined.</param>
/// <param name="Reason">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.TransferSeat")]
public sealed record TransferSeat(
    string Participant, string Reviewer, string Joins, ImmutableArray<string> Leaves, [property: Id(0)] string Program, [property: Id(1)] int TemplateVersion, [property: Id(2)] string Reason)
    : MoveCommand(Participant, "", Reviewer, Joins, Leaves);

/// <summary>A step of a referral that moves nobody.</summary>
/// <param name="Priority">1 to 4; of a triage.</param>
/// <param name="Outcome">A code; of a completion.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralProgress")]
public sealed record ReferralProgress([property: Id(0)] ReferralStep Step, [property: Id(1)] int Priority, [property: Id(2)] string Outcome);

public enum ReferralStep
{
    Receive,
    Triage,
    Complete,
}

/// <summary>What a referral says.</summary>
/// <param name="Participant">The person's id.</param>
/// <param name="Cohort">The key of the cohort that is named; empty for any.</param>
/// <param name="Leaves">The key of the cohort whose seat or hold the person gives back when they are accepted; empty for none.</param>
/// <param name="Priority">1 (urgent) to 4.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralFormView")]
public sealed record ReferralFormView(
    [property: Id(0)] string Participant,
    [property: Id(1)] string Source,
    [property: Id(2)] string SourceRegion,
    [property: Id(3)] string Target,
    [property: Id(4)] string TargetRegion,
    [property: Id(5)] string Program,
    [property: Id(6)] string Cohort,
    [property: Id(7)] string Leaves,
    [property: Id(8)] int Priority,
    [property: Id(9)] string Reason,
    [property: Id(10)] string Form,
    [property: Id(11)] Instant ReceivedAt,
    [property: Id(12)] Instant DueAt,
    [property: Id(13)] LocalDate? LastMedicine,
    [property: Id(14)] bool SharingAttested);

/// <summary>A referral as its two sites see it; what concerns the seats of one of them is empty for the other.</summary>
/// <param name="Status">A code, "cancel-requested".</param>
/// <param name="Priority">As the target's clinicians have it; the source's until then.</param>
/// <param name="HeldIn">The key of the cohort in which a seat is held for the person; empty for none: it waits.</param>
/// <param name="AcceptedIn">The key of the cohort in which the person was accepted; empty until then.</param>
/// <param name="Outcome">Why it was declined or taken back, or what came of it: a code.</param>
/// <param name="Overdue">As it was when the command was decided: a repeat has the same answer.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralView")]
public sealed record ReferralView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Referral,
    [property: Id(2)] ReferralFormView Form,
    [property: Id(3)] string Status,
    [property: Id(4)] int Priority,
    [property: Id(5)] string HeldIn,
    [property: Id(6)] string AcceptedIn,
    [property: Id(7)] string Reviewer,
    [property: Id(8)] string Outcome,
    [property: Id(9)] Instant? SentAt,
    [property: Id(10)] Instant? ReceivedAt,
    [property: Id(11)] Instant? DecidedAt,
    [property: Id(12)] int Version,
    [property: Id(13)] bool Overdue);

/// <summary>What became of a move.</summary>
/// <param name="Referral">Null for a transfer without one.</param>
/// <param name="Seat">The seat or hold that the person has in the cohort that they joined; null when they joined none.</param>
[GenerateSerializer, Immutable, Alias("rtt.MovedView")]
public sealed record MovedView([property: Id(0)] ReferralView? Referral, [property: Id(1)] SeatView? Seat);

/// <summary>The person, for the grains after it.</summary>
/// <param name="Referral">The key of the referral that is open; null when none is.</param>
/// <param name="Sites">The sites that have access.</param>
[GenerateSerializer, Immutable, Alias("rtt.MovingFacts")]
public sealed record MovingFacts([property: Id(0)] ParticipantFacts Person, [property: Id(1)] string? Referral, [property: Id(2)] ImmutableArray<string> Sites) : Facts;

/// <summary>What the referral decided of itself, as it would be stored, and how it would look then.</summary>
/// <param name="EventsWaiting">Instead, when no seat can be held; empty where that is no question.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferralPart")]
public sealed record ReferralPart(
    [property: Id(0)] byte[] Events,
    [property: Id(1)] ReferralView After,
    [property: Id(2)] byte[] EventsWaiting,
    [property: Id(3)] ReferralView? AfterWaiting) : Facts;

/// <summary>What a cohort decided of itself, as it would be stored.</summary>
/// <param name="Events">Of its own stream; empty when nothing changes there.</param>
/// <param name="OfPerson">Of the participant's.</param>
/// <param name="Joined">Null of a cohort that is left, or in which no seat could be held.</param>
[GenerateSerializer, Immutable, Alias("rtt.CohortPart")]
public sealed record CohortPart([property: Id(0)] byte[] Events, [property: Id(1)] byte[] OfPerson, [property: Id(2)] JoinedView? Joined) : Facts;

/// <param name="Seat">The seat or hold as it would be.</param>
/// <param name="ReferralSources">Who may refer to its program; empty when a person may come by themself.</param>
[GenerateSerializer, Immutable, Alias("rtt.JoinedView")]
public sealed record JoinedView(
    [property: Id(0)] SeatView Seat,
    [property: Id(1)] string Site,
    [property: Id(2)] string Jurisdiction,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] ImmutableArray<string> ReferralSources);
