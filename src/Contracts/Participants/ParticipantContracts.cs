using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;

namespace RttNetwork.Contracts.Participants;

/// <summary>A participant: eligibility, the sites that have access, and the seats and holds that the person has. Opaque ids only.</summary>
[Alias("rtt.IParticipantGrain")]
public interface IParticipantGrain : IGrainWithStringKey
{
    /// <summary>The end of identities → participant, or the whole unit when the person has no identifier.</summary>
    [Alias("FinishRegister")] Task<UnitAnswer<ParticipantView>> FinishRegister(RegisterParticipant command, Unit unit);

    [Alias("SetEligibility")] Task<UnitAnswer<ParticipantView>> SetEligibility(SetEligibility command, Unit unit);

    /// <summary>Begins the unit participant → cohort.</summary>
    [Alias("Seat")] Task<UnitAnswer<SeatView>> Seat(SeatRequest command, SeatAsk ask, Unit unit);

    /// <summary>Begins the unit participant → cohort that is about the cohort's list.</summary>
    [Alias("Wait")] Task<UnitAnswer<WaitView>> Wait(WaitRequest command, Unit unit);

    /// <summary>Begins the unit participant → pool.</summary>
    [Alias("Pool")] Task<UnitAnswer<PoolPlaceView>> Pool(PoolRequest command, Unit unit);

    /// <summary>Begins, or goes on with, the unit that withdraws an appointment which the person has.</summary>
    [Alias("WithdrawAppointment")] Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit);

    [Alias("ErasePersonalData")] Task<UnitAnswer<ParticipantView>> ErasePersonalData(Unit unit);

    /// <summary>Records that the caller reads the personal fields, then reads and decrypts them.</summary>
    [Alias("ReadPersonalData")] Task<UnitAnswer<PersonalFields>> ReadPersonalData(Unit unit);

    [Alias("Get")] Task<ReadAnswer<ParticipantView>> Get(Caller caller, Instant now);

    /// <summary>Begins every unit of the pathway.</summary>
    [Alias("Pathway")] Task<UnitAnswer<PathwayView>> Pathway(PathwayCommand command, Unit unit);

    /// <summary>Begins a unit in which the person may move.</summary>
    [Alias("Move")] Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit);

    /// <summary>The person, and what the evidence of a pathway that is open has against each of these destinations.</summary>
    [Alias("MayGo")] Task<ReadAnswer<MayGoView>> MayGo(Caller caller, ImmutableArray<DestinationView> destinations, Instant now);

    /// <summary>Begins the unit of a safety event that is about this person.</summary>
    [Alias("SafetyEvent")] Task<UnitAnswer<SafetyEventView>> SafetyEvent(SafetyCommand command, Unit unit);

    [Alias("GetPathway")] Task<ReadAnswer<PathwayView>> GetPathway(Caller caller, Instant now);

    /// <summary>Where the person is in the course of one session, for a caller whose site leads the pathway.</summary>
    [Alias("AtTheDoor")] Task<ReadAnswer<PersonAtTheDoorView>> AtTheDoor(PathwaySessionFacts session, Caller caller, Instant now);
}

/// <summary>
/// An identifier of a person, as the keyed hash that the gateway makes of it: claimed by at most one participant of a
/// network, for ever.
/// </summary>
[Alias("rtt.IIdentityGrain")]
public interface IIdentityGrain : IGrainWithStringKey
{
    /// <summary>The participant id that claimed this identifier; its value is null when nobody did.</summary>
    [Alias("Owner")] Task<ReadAnswer<IdentityOwner>> Owner();

    /// <summary>Claims this identifier and passes the unit on to the next one of <see cref="RegisterParticipant.Identities"/>, the participant last.</summary>
    [Alias("Claim")] Task<UnitAnswer<ParticipantView>> Claim(RegisterParticipant command, Unit unit);
}

/// <param name="Participant">Null when nobody claimed the identifier.</param>
[GenerateSerializer, Immutable, Alias("rtt.IdentityOwner")]
public sealed record IdentityOwner([property: Id(0)] string? Participant);

/// <param name="Participant">The participant's id: the owner of a claimed identifier, or a new one derived from the request.</param>
/// <param name="Identities">The keys of the identifiers' grains, in order, at most 8; none for a provisional participant.</param>
/// <param name="Personal">The personal fields, for the encrypted table; null when none were given.</param>
[GenerateSerializer, Immutable, Alias("rtt.RegisterParticipant")]
public sealed record RegisterParticipant(
    [property: Id(0)] string Participant,
    [property: Id(1)] string Site,
    [property: Id(2)] ImmutableArray<string> Identities,
    [property: Id(3)] string ResidenceRegion,
    [property: Id(4)] string GoverningNation,
    [property: Id(5)] PersonalFields? Personal,
    [property: Id(6)] bool Deceased,
    [property: Id(7)] bool UnderAge);

/// <summary>The claim of one identifier, for the decision at the end.</summary>
/// <param name="Owner">Who has claimed it already; null when nobody did.</param>
[GenerateSerializer, Immutable, Alias("rtt.IdentityFacts")]
public sealed record IdentityFacts([property: Id(0)] string? Owner) : Facts;

/// <summary>What is personal. It passes through a grain on its way to the encrypted table and is kept in none.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PersonalFields")]
public sealed record PersonalFields(
    [property: Id(0)] string FamilyName,
    [property: Id(1)] string GivenName,
    [property: Id(2)] LocalDate? BirthDate,
    [property: Id(3)] string Phone,
    [property: Id(4)] string Email,
    [property: Id(5)] string Language)
{
    /// <summary>Never the fields themselves: a record's text may end in a log.</summary>
    public override string ToString() => "PersonalFields { … }";
}

[GenerateSerializer, Immutable, Alias("rtt.SetEligibility")]
public sealed record SetEligibility([property: Id(0)] bool Eligible, [property: Id(1)] string Reason);

/// <summary>What a cohort must know of a participant.</summary>
/// <param name="Place">Null for a person who was never referred.</param>
[GenerateSerializer, Immutable, Alias("rtt.ParticipantFacts")]
public sealed record ParticipantFacts(
    [property: Id(0)] string Participant,
    [property: Id(1)] bool Eligible,
    [property: Id(2)] bool Provisional,
    [property: Id(3)] ImmutableArray<EnrolmentView> Enrolments,
    [property: Id(4)] PlaceView? Place) : Facts
{
    /// <summary>The keys of the cohorts for which the person waits.</summary>
    [Id(5)] public ImmutableArray<string> Lists { get; init; } = [];

    /// <summary>The pools in which the person waits, at most 4.</summary>
    [Id(6)] public ImmutableArray<PoolMembershipView> Pools { get; init; } = [];

    /// <summary>The ids of the sites that have access, for an offer; empty where nothing depends on them.</summary>
    [Id(7)] public ImmutableArray<string> Sites { get; init; } = [];
}

/// <param name="Pool">The pool's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.PoolMembershipView")]
public sealed record PoolMembershipView([property: Id(0)] string Pool, [property: Id(1)] string Program, [property: Id(2)] string Region);

/// <param name="Cohort">The cohort's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.EnrolmentView")]
public sealed record EnrolmentView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] SeatState State,
    [property: Id(2)] LocalDate FirstDay,
    [property: Id(3)] LocalDate LastDay,
    [property: Id(4)] bool MayOverlap,
    [property: Id(5)] Instant? HoldExpiresAt)
{
    /// <summary>The zone by whose clock <see cref="Times"/> are.</summary>
    [Id(6)] public string TimeZone { get; init; } = "";

    /// <summary>When it takes the person (rule 7).</summary>
    [Id(7)] public ImmutableArray<WallTimeView> Times { get; init; } = [];
    [Id(8)] public bool IsAppointment { get; init; }

    /// <summary>The key of the pool for whose people it is offered; null for any other.</summary>
    [Id(9)] public string? Pool { get; init; }
}

/// <param name="From">Minutes since 2000-01-01 00:00 by the clock of the place.</param>
[GenerateSerializer, Immutable, Alias("rtt.WallTimeView")]
public readonly record struct WallTimeView([property: Id(0)] int From, [property: Id(1)] int Minutes);

[GenerateSerializer, Immutable, Alias("rtt.ParticipantView")]
public sealed record ParticipantView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Participant,
    [property: Id(2)] string HomeSite,
    [property: Id(3)] bool Provisional,
    [property: Id(4)] bool Eligible,
    [property: Id(5)] ImmutableArray<EnrolmentView> Enrolments,
    [property: Id(6)] bool PersonalDataErased,
    [property: Id(7)] bool AlreadyRegistered,
    [property: Id(8)] int Version)
{
    /// <summary>Where the person is on the pathway, and what stands in the way of a seat; null when another site leads the pathway, or nobody.</summary>
    [Id(9)] public PathwayBrief? Pathway { get; init; }
}

/// <param name="Stage">A code, "in-medicine".</param>
/// <param name="Steps">What may be asked for next, and why the rest may not, as far as the participant's own stream says it.</param>
[GenerateSerializer, Immutable, Alias("rtt.PathwayBrief")]
public sealed record PathwayBrief(
    [property: Id(0)] string Program,
    [property: Id(1)] string Stage,
    [property: Id(2)] ImmutableArray<StepView> Steps);
