using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;

namespace RttNetwork.Contracts.Cohorts;

/// <summary>A cohort: its seats, holds, sessions and assigned facilitators. The last grain of every chain that it is in.</summary>
[Alias("rtt.ICohortGrain")]
public interface ICohortGrain : IGrainWithStringKey
{
    /// <summary>
    /// The gateway's first question of a hold or booking, answered from the confirmed state without waiting: a refusal
    /// when there is no seat and the person has none here, so that a rush wakes nobody else; null means "go on".
    /// </summary>
    [Alias("Glance")] Task<UnitAnswer<SeatView>?> Glance(SeatRequest command, Unit unit);

    /// <summary>The end of participant → cohort: decides over both, and commits.</summary>
    [Alias("FinishSeat")] Task<UnitAnswer<SeatView>> FinishSeat(SeatRequest command, SeatAsk ask, Unit unit);

    /// <summary>The end of participant → cohort for everything that is about the list.</summary>
    [Alias("FinishWait")] Task<UnitAnswer<WaitView>> FinishWait(WaitRequest command, Unit unit);

    /// <summary>The dispatcher's, after a guest's place was given back: seats are kept for those who wait.</summary>
    [Alias("ReserveSeats")] Task<UnitAnswer<CohortView>> ReserveSeats(Unit unit);

    /// <summary>Whose turn it is at <paramref name="now"/>, from a state that holds at least <paramref name="version"/>.</summary>
    [Alias("NextInTurn")] Task<ReadAnswer<NextInTurn>> NextInTurn(int version, Instant now);

    /// <summary>The end of pool → cohort: takes over who waits in the pool.</summary>
    [Alias("FinishPool")] Task<UnitAnswer<CohortView>> FinishPool(TellCohort command, Unit unit);

    /// <summary>Who waits, in order.</summary>
    [Alias("WaitList")] Task<ReadAnswer<WaitListView>> WaitList(Caller caller, Instant now);

    /// <summary>Goes on with the unit in which a person who is expected as a guest gives their seat back: both cohorts in the order of their keys, then the pathway.</summary>
    [Alias("Depart")] Task<UnitAnswer<SeatView>> Depart(Departure command, Unit unit);

    /// <summary>The end of site → cohort.</summary>
    [Alias("FinishOpen")] Task<UnitAnswer<CohortView>> FinishOpen(OpenCohort command, Unit unit);

    /// <summary>The end of facilitators → site → cohort: decides the whole plan over all of them, and commits.</summary>
    [Alias("FinishPlan")] Task<UnitAnswer<CohortView>> FinishPlan(PlanCohort command, Unit unit);

    /// <summary>The end of participants → facilitators → site → appointment: withdraws it.</summary>
    [Alias("FinishWithdrawal")] Task<UnitAnswer<CohortView>> FinishWithdrawal(WithdrawAppointment command, Unit unit);

    /// <summary>The end of facilitators → site → cohort: resolves its times anew.</summary>
    [Alias("FinishResolving")] Task<UnitAnswer<CohortView>> FinishResolving(ResolveTimes command, Unit unit);

    /// <summary>The end of facilitator → training.</summary>
    [Alias("FinishTraining")] Task<UnitAnswer<CohortView>> FinishTraining(CompleteTraining command, Unit unit);

    /// <summary>The end of site → cohort, after a room has changed.</summary>
    [Alias("FinishRoom")] Task<UnitAnswer<CohortView>> FinishRoom(Unit unit);

    /// <summary>The end of facilitator → cohort.</summary>
    [Alias("FinishAssign")] Task<UnitAnswer<CohortView>> FinishAssign(AssignFacilitator command, Unit unit);

    /// <summary>The end of facilitator → cohort.</summary>
    [Alias("FinishWithdraw")] Task<UnitAnswer<CohortView>> FinishWithdraw(WithdrawFacilitator command, Unit unit);

    /// <summary>The end of facilitator → cohort, after a credential has changed.</summary>
    [Alias("FinishCredential")] Task<UnitAnswer<CohortView>> FinishCredential(Unit unit);

    /// <summary>The end of both facilitators → cohort.</summary>
    [Alias("FinishSubstitute")] Task<UnitAnswer<CohortView>> FinishSubstitute(SubstituteFacilitator command, Unit unit);

    /// <summary>Records a person's consent to a substitute.</summary>
    [Alias("AcceptSubstitute")] Task<UnitAnswer<SeatView>> AcceptSubstitute(AcceptSubstitute command, Unit unit);

    /// <summary>Who of these could take the sessions of somebody over, best first, from the confirmed state.</summary>
    [Alias("Substitutes")] Task<ReadAnswer<CandidateList>> Substitutes(Caller caller, string leaving, ImmutableArray<FacilitatorFacts> candidates, Instant now);

    /// <summary>Makes the cohort ask for the pathway of its program: a unit of this grain alone.</summary>
    /// <summary>A serious safety event of one of the sessions stands open, or no more: the dispatcher's (rule 46).</summary>
    [Alias("FlagSafety")] Task<UnitAnswer<CohortView>> FlagSafety(FlagSafety command, Unit unit);

    [Alias("RequirePathway")] Task<UnitAnswer<CohortView>> RequirePathway(RequirePathway command, Unit unit);

    /// <summary>Goes on with a unit of the pathway that is about a session of this cohort.</summary>
    [Alias("PathwaySession")] Task<UnitAnswer<PathwayView>> PathwaySession(PathwayCommand command, Unit unit);

    /// <summary>Goes on with a unit in which somebody moves, or ends it.</summary>
    [Alias("Move")] Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit);

    /// <summary>Whose seats it loses for this cause.</summary>
    [Alias("SeatsLost")] Task<ReadAnswer<SeatsLostView>> SeatsLost(Caller caller, RehomeCauseView cause, Instant now);

    /// <summary>What it can give to people who come from elsewhere.</summary>
    [Alias("Destination")] Task<ReadAnswer<DestinationView>> Destination(Caller caller, Instant now);

    /// <summary>What stands against each of these people's coming, by the rule that decides a move.</summary>
    [Alias("WouldTake")] Task<ReadAnswer<Hindrances>> WouldTake(Caller caller, WouldTake ask, Instant now);

    /// <summary>The cohort as it is confirmed now, with its figures at <paramref name="now"/>.</summary>
    [Alias("Get")] Task<ReadAnswer<CohortView>> Get(Caller caller, Instant now);

    /// <summary>One session's door at <paramref name="now"/>, and the people whose session it is.</summary>
    [Alias("Session")] Task<ReadAnswer<SessionView>> Session(Caller caller, int number, Instant now);

    /// <summary>The seats taken now.</summary>
    [Alias("Seats")] Task<ReadAnswer<SeatList>> Seats(Caller caller, Instant now);
}

/// <summary>What is asked of a seat.</summary>
public enum SeatAsk
{
    Hold,
    Book,
    Cancel,
    Release,
    /// <summary>Books the seat that the list offers to the person.</summary>
    Accept,
}

/// <param name="Cohort">The cohort's key.</param>
/// <param name="Participant">The participant's key.</param>
/// <param name="Reason">For a cancellation: a code.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatRequest")]
public sealed record SeatRequest([property: Id(0)] string Cohort, [property: Id(1)] string Participant, [property: Id(2)] string Reason);

/// <summary>Opens a cohort: everything that the simple form of a plan has.</summary>
[GenerateSerializer, Immutable, Alias("rtt.OpenCohort")]
public sealed record OpenCohort(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string DisplayName,
    [property: Id(2)] string Program,
    [property: Id(3)] int TemplateVersion,
    [property: Id(4)] string Room,
    [property: Id(5)] int SeatsMin,
    [property: Id(6)] int SeatsMax,
    [property: Id(7)] int HardCap,
    [property: Id(8)] ImmutableArray<StaffingRequirementView> Staffing,
    [property: Id(9)] ImmutableArray<SessionDraft> Sessions,
    [property: Id(10)] Instant? IntakeClosesAt,
    [property: Id(11)] bool MayOverlap,
    [property: Id(12)] Duration HoldTtl,
    [property: Id(13)] int HoldsMax,
    [property: Id(14)] int HoldsPerCallerMax);

[GenerateSerializer, Immutable, Alias("rtt.SessionDraft")]
public sealed record SessionDraft(
    [property: Id(0)] string Kind,
    [property: Id(1)] LocalDateTime LocalStart,
    [property: Id(2)] Duration Length,
    [property: Id(3)] Duration Turnover,
    [property: Id(4)] bool IsVirtual);

/// <summary>A session with its resolved instant (rule 8).</summary>
[GenerateSerializer, Immutable, Alias("rtt.PlannedSession")]
public sealed record PlannedSession(
    [property: Id(0)] string Kind,
    [property: Id(1)] LocalDateTime LocalStart,
    [property: Id(2)] Instant StartsAt,
    [property: Id(3)] Duration Length,
    [property: Id(4)] Duration Turnover,
    [property: Id(5)] bool IsVirtual);

[GenerateSerializer, Immutable, Alias("rtt.StaffingRequirementView")]
public sealed record StaffingRequirementView(
    [property: Id(0)] string Role,
    [property: Id(1)] int ParticipantsPerMember,
    [property: Id(2)] int MembersMin);

[GenerateSerializer, Immutable, Alias("rtt.AssignFacilitator")]
public sealed record AssignFacilitator([property: Id(0)] string Cohort, [property: Id(1)] string Role);

[GenerateSerializer, Immutable, Alias("rtt.WithdrawFacilitator")]
public sealed record WithdrawFacilitator([property: Id(0)] string Cohort, [property: Id(1)] string Reason);

[GenerateSerializer, Immutable, Alias("rtt.CohortView")]
public sealed record CohortView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Site,
    [property: Id(2)] string Cohort,
    [property: Id(3)] string DisplayName,
    [property: Id(4)] string Program,
    [property: Id(5)] int TemplateVersion,
    [property: Id(6)] string Room,
    [property: Id(7)] int SeatsMin,
    [property: Id(8)] int SeatsMax,
    [property: Id(9)] int HardCap,
    [property: Id(10)] ImmutableArray<StaffingRequirementView> Staffing,
    [property: Id(11)] ImmutableArray<PlannedSession> Sessions,
    [property: Id(12)] Instant IntakeClosesAt,
    [property: Id(13)] bool MayOverlap,
    [property: Id(14)] Duration HoldTtl,
    [property: Id(15)] int HoldsMax,
    [property: Id(16)] int HoldsPerCallerMax,
    [property: Id(17)] ImmutableArray<AssignedView> Facilitators,
    [property: Id(18)] bool AtRisk,
    [property: Id(19)] SeatCountView Seats,
    [property: Id(20)] Instant AsOf,
    [property: Id(21)] LocalDate FirstDay,
    [property: Id(22)] LocalDate LastDay,
    [property: Id(23)] int Version)
{
    /// <summary>The version of the program's policy whose pathway the cohort asks for; 0 when it asks for none.</summary>
    [Id(24)] public int PathwayVersion { get; init; }

    /// <summary>Null for a cohort in the simple form.</summary>
    [Id(25)] public PlanView? Plan { get; init; }

    /// <summary>Ids of the serious safety events of its sessions that stand open.</summary>
    [Id(40)] public ImmutableArray<string> SafetyFlags { get; init; } = [];

    /// <summary>Medicine sessions that the site's accreditations do not permit (rule 26), by their place in the plan.</summary>
    [Id(41)] public ImmutableArray<int> NotPermitted { get; init; } = [];
    /// <summary>Null for a cohort that is no appointment.</summary>
    [Id(26)] public AppointmentView? Appointment { get; init; }

    /// <summary>The zone database by which its times were resolved last; empty in the simple form until they were resolved anew.</summary>
    [Id(27)] public string TimeZoneVersion { get; init; } = "";

    /// <summary>What the last change of the zone database left standing against sessions.</summary>
    [Id(28)] public ImmutableArray<TimeConflictView> TimeConflicts { get; init; } = [];
}

/// <param name="Facilitator">The facilitator's id.</param>
/// <param name="Counted">False when a credential was withdrawn after the assignment.</param>
[GenerateSerializer, Immutable, Alias("rtt.AssignedView")]
public sealed record AssignedView([property: Id(0)] string Facilitator, [property: Id(1)] string Role, [property: Id(2)] bool Counted);

/// <param name="BoundBy">What bounds <paramref name="Usable"/>: "room", "template", "hard-cap" or a role.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatCountView")]
public sealed record SeatCountView(
    [property: Id(0)] int Usable,
    [property: Id(1)] int Booked,
    [property: Id(2)] int Held,
    [property: Id(3)] int Open,
    [property: Id(4)] string BoundBy);

/// <summary>Gives a seat back, and the place of the make-up with it.</summary>
/// <param name="Host">The key of the cohort that expects the person as a guest at <paramref name="Session"/>; it may be the seat's own.</param>
[GenerateSerializer, Immutable, Alias("rtt.Departure")]
public sealed record Departure([property: Id(0)] SeatRequest Seat, [property: Id(1)] string Host, [property: Id(2)] int Session);

/// <summary>What the cohort of a seat says of its being given back.</summary>
/// <param name="Recovers">A cohort that was at risk is so no more, with these seats taken and usable.</param>
[GenerateSerializer, Immutable, Alias("rtt.DepartureFacts")]
public sealed record DepartureFacts([property: Id(0)] bool Recovers, [property: Id(1)] int Taken, [property: Id(2)] int Usable) : Facts
{
    /// <summary>Seats that are kept for those who wait from then on.</summary>
    [Id(3)] public int Kept { get; init; }
}

public enum SeatState
{
    /// <summary>The person has no seat (any more).</summary>
    None = 0,
    Held = 1,
    Booked = 2,
}

/// <param name="Cohort">The cohort's key.</param>
/// <param name="Participant">The participant's id.</param>
[GenerateSerializer, Immutable, Alias("rtt.SeatView")]
public sealed record SeatView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Participant,
    [property: Id(2)] SeatState State,
    [property: Id(3)] Instant? HoldExpiresAt,
    [property: Id(4)] Instant? BookedAt)
{
    /// <summary>The pod that the person is in; 0 for none.</summary>
    [Id(5)] public int Pod { get; init; }

    /// <summary>Substitutes to whom the person has yet to consent (rule 23), by id.</summary>
    [Id(6)] public ImmutableArray<string> ConsentMissing { get; init; } = [];

    /// <summary>True for a hold that is an offer of the list.</summary>
    [Id(7)] public bool IsOffer { get; init; }
}

/// <summary>At most 200 seats: the most that a cohort can have.</summary>
[GenerateSerializer, Immutable, Alias("rtt.SeatList")]
public sealed record SeatList([property: Id(0)] ImmutableArray<SeatView> Seats);
