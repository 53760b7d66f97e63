using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Contracts.Facilitators;

/// <summary>A facilitator: roles, credentials with their dates, and the times at which the person is taken.</summary>
[Alias("rtt.IFacilitatorGrain")]
public interface IFacilitatorGrain : IGrainWithStringKey
{
    [Alias("Register")] Task<UnitAnswer<FacilitatorView>> Register(RegisterFacilitator command, Unit unit);
    [Alias("RecordCredential")] Task<UnitAnswer<FacilitatorView>> RecordCredential(RecordCredential command, Unit unit);
    [Alias("WithdrawCredential")] Task<UnitAnswer<FacilitatorView>> WithdrawCredential(WithdrawCredential command, Unit unit);

    /// <summary>Begins the unit facilitator → cohort that assigns the person to every session of a cohort.</summary>
    [Alias("Assign")] Task<UnitAnswer<CohortView>> Assign(AssignFacilitator command, Unit unit);

    /// <summary>Begins the unit facilitator → cohort that ends an assignment.</summary>
    [Alias("Withdraw")] Task<UnitAnswer<CohortView>> Withdraw(WithdrawFacilitator command, Unit unit);

    /// <summary>Begins the unit that brings a cohort's copy of this person's credentials up to date: the dispatcher's.</summary>
    [Alias("RefreshCredential")] Task<UnitAnswer<CohortView>> RefreshCredential(RefreshCredential command, Unit unit);

    /// <summary>Begins, or goes on with, the unit of a plan: every facilitator of the roster, then the site, then the cohort.</summary>
    [Alias("Plan")] Task<UnitAnswer<CohortView>> Plan(PlanCohort command, Unit unit);

    /// <summary>Begins, or goes on with, the unit of a substitution: both facilitators in the order of their keys, then the cohort.</summary>
    [Alias("Substitute")] Task<UnitAnswer<CohortView>> Substitute(SubstituteFacilitator command, Unit unit);

    /// <summary>Begins, or goes on with, the unit that resolves the times of a cohort anew which the person leads.</summary>
    [Alias("ResolveTimes")] Task<UnitAnswer<CohortView>> ResolveTimes(ResolveTimes command, Unit unit);

    [Alias("RecordTraining")] Task<UnitAnswer<FacilitatorView>> RecordTraining(RecordTraining command, Unit unit);

    /// <summary>Begins the unit facilitator → training that completes it.</summary>
    [Alias("CompleteTraining")] Task<UnitAnswer<CohortView>> CompleteTraining(CompleteTraining command, Unit unit);

    /// <summary>Begins, or goes on with, the unit that withdraws an appointment which the person leads.</summary>
    [Alias("WithdrawAppointment")] Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit);

    /// <summary>What a cohort must know of the person to say whether they could come; any site of the network may ask.</summary>
    [Alias("Facts")] Task<ReadAnswer<FacilitatorFacts>> Facts(Caller caller);

    /// <summary>Goes on with a unit of the pathway that this person signs.</summary>
    [Alias("SignPathway")] Task<UnitAnswer<PathwayView>> SignPathway(PathwayCommand command, Unit unit);

    /// <summary>Begins, or goes on with, the unit of a safety event that this person signs.</summary>
    [Alias("SignSafety")] Task<UnitAnswer<SafetyEventView>> SignSafety(SafetyCommand command, Unit unit);

    /// <summary>Who verifies what depends on the jurisdiction when a person moves (rule 41).</summary>
    [Alias("SignMove")] Task<UnitAnswer<MovedView>> SignMove(MoveCommand command, Unit unit);

    /// <summary>Makes a link to the calendar: a unit of this grain alone.</summary>
    [Alias("MakeCalendarLink")] Task<UnitAnswer<CalendarLinkList>> MakeCalendarLink(MakeCalendarLink command, Unit unit);

    [Alias("RevokeCalendarLink")] Task<UnitAnswer<CalendarLinkList>> RevokeCalendarLink(RevokeCalendarLink command, Unit unit);

    [Alias("CalendarLinks")] Task<ReadAnswer<CalendarLinkList>> CalendarLinks(Caller caller);

    /// <summary>Whose calendar a token of this hash opens, for whoever has the token; nothing when it opens none.</summary>
    [Alias("OpenCalendar")] Task<ReadAnswer<CalendarOwner>> OpenCalendar(string hash);

    [Alias("Get")] Task<ReadAnswer<FacilitatorView>> Get(Caller caller);
}

[GenerateSerializer, Immutable, Alias("rtt.RegisterFacilitator")]
public sealed record RegisterFacilitator(
    [property: Id(0)] string HomeSite,
    [property: Id(1)] ImmutableArray<string> Roles,
    [property: Id(2)] ImmutableArray<CredentialView> Credentials);

[GenerateSerializer, Immutable, Alias("rtt.RecordCredential")]
public sealed record RecordCredential([property: Id(0)] CredentialView Credential);

[GenerateSerializer, Immutable, Alias("rtt.WithdrawCredential")]
public sealed record WithdrawCredential([property: Id(0)] string Role, [property: Id(1)] string Jurisdiction, [property: Id(2)] string Reason);

/// <param name="Cohort">The cohort's key.</param>
/// <param name="AtLeast">The version of the facilitator whose change is passed on.</param>
[GenerateSerializer, Immutable, Alias("rtt.RefreshCredential")]
public sealed record RefreshCredential([property: Id(0)] string Cohort, [property: Id(1)] int AtLeast);

[GenerateSerializer, Immutable, Alias("rtt.CredentialView")]
public sealed record CredentialView(
    [property: Id(0)] string Role,
    [property: Id(1)] string Jurisdiction,
    [property: Id(2)] LocalDate ValidFrom,
    [property: Id(3)] LocalDate? ValidUntil);

/// <summary>What a cohort must know of a facilitator.</summary>
/// <param name="Version">The facilitator's version that this is a copy of.</param>
[GenerateSerializer, Immutable, Alias("rtt.FacilitatorFacts")]
public sealed record FacilitatorFacts(
    [property: Id(0)] string Facilitator,
    [property: Id(1)] int Version,
    [property: Id(2)] ImmutableArray<string> Roles,
    [property: Id(3)] ImmutableArray<CredentialView> Credentials,
    [property: Id(4)] ImmutableArray<BusyView> Busy) : Facts
{
    [Id(5)] public string HomeSite { get; init; } = "";
    [Id(6)] public ImmutableArray<TrainingView> Trainings { get; init; } = [];
}

/// <summary>A time at which a facilitator is taken, at a site.</summary>
[GenerateSerializer, Immutable, Alias("rtt.BusyView")]
public readonly record struct BusyView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Role,
    [property: Id(2)] string Site,
    [property: Id(3)] Instant From,
    [property: Id(4)] Instant To);

[GenerateSerializer, Immutable, Alias("rtt.FacilitatorView")]
public sealed record FacilitatorView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Facilitator,
    [property: Id(2)] string HomeSite,
    [property: Id(3)] ImmutableArray<string> Roles,
    [property: Id(4)] ImmutableArray<CredentialView> Credentials,
    [property: Id(5)] ImmutableArray<AssignmentView> Assignments,
    [property: Id(6)] int Version)
{
    [Id(7)] public ImmutableArray<TrainingView> Trainings { get; init; } = [];
}

/// <param name="Cohort">The cohort's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.AssignmentView")]
public sealed record AssignmentView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Role,
    [property: Id(2)] Instant FirstStart,
    [property: Id(3)] Instant LastEnd);
