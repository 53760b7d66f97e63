using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Cohorts;

/// <summary>
/// Plans a whole cohort as one unit over the facilitators of its roster, its site and itself. Template and rule packs are
/// reference data and passed by value.
/// </summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Site">The site's key.</param>
/// <param name="Facilitators">The keys of everybody in the roster, in order: the chain goes through them.</param>
/// <param name="Packs">Every version of every pack that may count at the site.</param>
[GenerateSerializer, Immutable, Alias("rtt.PlanCohort")]
public sealed record PlanCohort(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Site,
    [property: Id(2)] ImmutableArray<string> Facilitators,
    [property: Id(3)] string DisplayName,
    [property: Id(4)] ProgramTemplateView Template,
    [property: Id(5)] ImmutableArray<RulePackView> Packs,
    [property: Id(6)] LocalDate StartsOn,
    [property: Id(7)] int Seats,
    [property: Id(8)] int Pods,
    [property: Id(9)] ImmutableArray<SlotView> Slots,
    [property: Id(10)] ImmutableArray<RosterEntryView> Roster,
    [property: Id(11)] ImmutableArray<MoveView> Moves,
    [property: Id(12)] ImmutableArray<LocalDate> ClosedDays,
    [property: Id(13)] ImmutableArray<IntendedView> Given,
    [property: Id(14)] Duration HoldTtl,
    [property: Id(15)] int HoldsMax,
    [property: Id(16)] int HoldsPerCallerMax,
    [property: Id(17)] string BelowMinReason)
{
    /// <summary>Null for a whole cohort.</summary>
    [Id(18)] public AppointmentAsk? Appointment { get; init; }
}

/// <param name="Weekday">1 for Monday to 7 for Sunday.</param>
/// <param name="MinuteOfDay">Wall time at the site.</param>
[GenerateSerializer, Immutable, Alias("rtt.SlotView")]
public sealed record SlotView(
    [property: Id(0)] string Session,
    [property: Id(1)] int Pod,
    [property: Id(2)] int Weekday,
    [property: Id(3)] int MinuteOfDay,
    [property: Id(4)] string Room,
    [property: Id(5)] ImmutableArray<int> Weeks);

[GenerateSerializer, Immutable, Alias("rtt.RosterEntryView")]
public sealed record RosterEntryView([property: Id(0)] string Facilitator, [property: Id(1)] string Role, [property: Id(2)] ImmutableArray<int> Pods);

[GenerateSerializer, Immutable, Alias("rtt.MoveView")]
public sealed record MoveView(
    [property: Id(0)] string Session,
    [property: Id(1)] int Pod,
    [property: Id(2)] LocalDate On,
    [property: Id(3)] LocalDateTime To,
    [property: Id(4)] string Room);

[GenerateSerializer, Immutable, Alias("rtt.IntendedView")]
public sealed record IntendedView([property: Id(0)] string Route, [property: Id(1)] int DoseMicrograms);

/// <summary>What a plan must know of its site. Reservations are those of the rooms that the plan names, within its weeks.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PlanSiteFacts")]
public sealed record PlanSiteFacts(
    [property: Id(0)] int SiteVersion,
    [property: Id(1)] string Region,
    [property: Id(2)] string Jurisdiction,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] ImmutableArray<PlanRoomFacts> Rooms,
    [property: Id(5)] ImmutableArray<AccreditationView> Accreditations) : Facts;

[GenerateSerializer, Immutable, Alias("rtt.PlanRoomFacts")]
public sealed record PlanRoomFacts(
    [property: Id(0)] string Room,
    [property: Id(1)] int Occupancy,
    [property: Id(2)] bool Blocked,
    [property: Id(3)] string BlockedReason,
    [property: Id(4)] ImmutableArray<TakenView> Taken);

[GenerateSerializer, Immutable, Alias("rtt.TakenView")]
public readonly record struct TakenView([property: Id(0)] string Cohort, [property: Id(1)] Instant From, [property: Id(2)] Instant To);

/// <summary>A planned cohort beyond its simple form.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PlanView")]
public sealed record PlanView(
    [property: Id(0)] LocalDate StartsOn,
    [property: Id(1)] ImmutableArray<PodView> Pods,
    [property: Id(2)] ImmutableArray<PlanSessionView> Sessions,
    [property: Id(3)] ImmutableArray<PackUsedView> Packs,
    [property: Id(4)] Instant? ClosesAt,
    [property: Id(5)] string BelowMinReason,
    [property: Id(6)] string TimeZoneVersion);

[GenerateSerializer, Immutable, Alias("rtt.PodView")]
public sealed record PodView([property: Id(0)] int Number, [property: Id(1)] int SeatsMax, [property: Id(2)] int SeatsUsable, [property: Id(3)] int SeatsBooked);

[GenerateSerializer, Immutable, Alias("rtt.PackUsedView")]
public sealed record PackUsedView([property: Id(0)] string Pack, [property: Id(1)] int Version);

/// <param name="Pod">0 for the whole cohort.</param>
/// <param name="Staff">Ids of who leads it.</param>
/// <param name="NotCounted">Of these, who does not count that day (rule 21).</param>
/// <param name="AtRisk">True when its needs are not met for the people that it is planned for.</param>
/// <param name="Blocked">True for a medicine session whose staff were not complete at the cure deadline (rule 21).</param>
/// <param name="CureUntil">The cure deadline of a medicine session; null for others.</param>
[GenerateSerializer, Immutable, Alias("rtt.PlanSessionView")]
public sealed record PlanSessionView(
    [property: Id(0)] string Id,
    [property: Id(1)] string Kind,
    [property: Id(2)] string DisplayName,
    [property: Id(3)] int Week,
    [property: Id(4)] int Pod,
    [property: Id(5)] LocalDateTime LocalStart,
    [property: Id(6)] Instant StartsAt,
    [property: Id(7)] Duration Length,
    [property: Id(8)] Duration Observation,
    [property: Id(9)] Duration Turnover,
    [property: Id(10)] string Room,
    [property: Id(11)] int People,
    [property: Id(12)] int SeatsCap,
    [property: Id(13)] ImmutableArray<StaffingNeedView> Needs,
    [property: Id(14)] ImmutableArray<string> Staff,
    [property: Id(15)] ImmutableArray<string> NotCounted,
    [property: Id(16)] ImmutableArray<string> Activities,
    [property: Id(17)] ImmutableArray<AttachedRoleView> Attached,
    [property: Id(18)] bool AtRisk,
    [property: Id(19)] bool Blocked,
    [property: Id(20)] Instant? CureUntil);

/// <summary>Replaces a facilitator in every session to come (rules 23 and 24): one unit over both and the cohort.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Leaving">The key of who leaves.</param>
/// <param name="Substitute">The key of who comes.</param>
/// <param name="ChartsReviewed">The substitute's attestation.</param>
/// <param name="Reason">A code: "ill", "left".</param>
[GenerateSerializer, Immutable, Alias("rtt.SubstituteFacilitator")]
public sealed record SubstituteFacilitator(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Leaving,
    [property: Id(2)] string Substitute,
    [property: Id(3)] bool ChartsReviewed,
    [property: Id(4)] string Reason);

/// <summary>A person consents to a substitute (rule 23).</summary>
/// <param name="Participant">The participant's id.</param>
/// <param name="Facilitator">The substitute's id.</param>
[GenerateSerializer, Immutable, Alias("rtt.AcceptSubstitute")]
public sealed record AcceptSubstitute([property: Id(0)] string Participant, [property: Id(1)] string Facilitator);

/// <summary>Best first.</summary>
[GenerateSerializer, Immutable, Alias("rtt.CandidateList")]
public sealed record CandidateList([property: Id(0)] ImmutableArray<CandidateView> Candidates);

/// <param name="Covers">Of the sessions to be taken over, how many the person can lead.</param>
/// <param name="Led">Sessions of the cohort that the person leads already.</param>
/// <param name="Hindrance">Why not all; empty when all.</param>
[GenerateSerializer, Immutable, Alias("rtt.CandidateView")]
public sealed record CandidateView(
    [property: Id(0)] string Facilitator,
    [property: Id(1)] string HomeSite,
    [property: Id(2)] bool IsLocal,
    [property: Id(3)] int Covers,
    [property: Id(4)] int Led,
    [property: Id(5)] string Hindrance);
