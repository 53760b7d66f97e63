using System.Collections.Immutable;

namespace RttNetwork.Domain.Common;

/// <summary>Every reason for which a rule refuses. The names are part of the public interface: they are never reused.</summary>
public enum Reason
{
    NotFound,
    AlreadyExists,
    SeatFull,
    SeatHeldByOther,
    RatioWouldBreak,
    HoldExpired,
    HoldsMaxReached,
    IntakeClosed,
    NotEligible,
    ProvisionalParticipant,
    AlreadyEnrolled,
    EnrolmentsMaxReached,
    CohortAtRisk,
    SeatNotFound,
    RoomBlocked,
    RoomOccupied,
    RoomTooSmall,
    RoomsMaxReached,
    CohortsMaxReached,
    SessionTimeInvalid,
    RoleNotHeld,
    CredentialNotValid,
    CredentialNotFound,
    CredentialsMaxReached,
    FacilitatorBusy,
    FacilitatorAlreadyAssigned,
    NotAssigned,
    AssignmentsMaxReached,
    AccreditationNotFound,
    AccreditationsMaxReached,
    AccreditationLapsed,
    UnderAge,
    Deceased,
    IdentifiersOfSeveralPeople,
    PathwayOpen,
    PathwayDecides,
    ReferralRequired,
    IllegalTransition,
    TimeNotYet,
    ConditionUnknown,
    ConditionExcludes,
    ConditionsMaxReached,
    SameSigner,
    ScreeningExpired,
    ConsentMissing,
    ConsentOutdated,
    ConsentsMaxReached,
    NotOverridable,
    OverrideTimeInvalid,
    ProgramMismatch,
    SeatsTaken,
    GapTooShort,
    PreparationMissing,
    IntegrationMissing,
    MedicineSessionsMaxReached,
    NotThisSession,
    ObservationNotOver,
    VitalsOutside,
    EscortMissing,
    GroupConsentMissing,
    PersonalDataErased,
    SitesMaxReached,
    TemplateInvalid,
    VersionsMaxReached,
    PlanRefused,
    TemplateNotEffective,
    NotPlanned,
    AttestationMissing,
    NotNeeded,
    SessionBlocked,
    SubstituteNotAccepted,
    MeasureInvalid,
    MeasureNotDue,
    MeasuresMaxReached,
    BaselineMissing,
    ClinicianMissing,
    RiskAlertOpen,
    SafetyEventOpen,
    SafetyReportNotDue,
    PersonBusy,
    AppointmentWithdrawn,
    AppointmentOver,
    CalendarLinksMaxReached,
    TrainingIncomplete,
    DoseMissing,
    DoseLimitReached,
    ReferralOpen,
    ReferralNotOpen,
    ReferralInvalid,
    ReferralOverdue,
    SharingNotConsented,
    WeeksNotCompatible,
    SeatOpen,
    NotYourSide,
    SeatKeptForList,
    NotOnWaitList,
    OnWaitList,
    NotInTurn,
    NoWaitList,
    WaitListFull,
    WaitListsMaxReached,
    OfferNotFound,
    OfferLapsed,
    OfferStands,
    SiteNotLimited,
    LimitedCapacityOver,
    RehomeNotOpen,
    RehomeRevised,
    RehomeTooLarge,
    WebhookAddressRefused,
    WebhooksMaxReached,
    WebhookDisabled,
    DeliveryNotFailed,
}

/// <summary>Why a rule says no: a value with the rule's numbers, never an exception.</summary>
/// <param name="Reason">The machine's reason.</param>
/// <param name="Message">One sentence for a person. It names no other site, program or person.</param>
/// <param name="Rule">The number of the rule in the domain's list, 0 when it has none.</param>
/// <param name="Numbers">What was counted, by name.</param>
public sealed record Refusal(Reason Reason, string Message, int Rule = 0, ImmutableArray<(string Name, string Value)> Numbers = default)
{
    /// <summary>Where a rule looks at many things at once: everything that stands against it, not the first alone.</summary>
    public ImmutableArray<Violation> Violations { get; init; } = [];

    /// <summary>There is nothing by that name, or nothing that the caller may see: the two look alike (I11).</summary>
    public static readonly Refusal NotFound = new(Reason.NotFound, "There is nothing by that name that you may see.");

    /// <summary>A refusal whose numbers are integers.</summary>
    public static Refusal Of(Reason reason, int rule, string message, params ReadOnlySpan<(string Name, int Value)> numbers)
    {
        var shown = ImmutableArray.CreateBuilder<(string, string)>(numbers.Length);
        foreach (var (name, value) in numbers) shown.Add((name, value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return new Refusal(reason, message, rule, shown.MoveToImmutable());
    }
}

/// <summary>One of several things that a rule finds.</summary>
/// <param name="Rule">The number of the rule in the domain's list, 0 when it has none.</param>
/// <param name="Subject">What it is about: the path of a field, or a session, facilitator or room.</param>
/// <param name="Description">What is wrong, with its numbers, and what would be right.</param>
public sealed record Violation(int Rule, string Subject, string Description);

/// <summary>A fact that has happened, in the past tense. What is stored is its JSON under its name.</summary>
public interface IEvent;

/// <summary>The name that an event is stored under, for ever: a changed shape gets a new number.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventNameAttribute(string name) : Attribute
{
    /// <summary>For example "seat-booked/1".</summary>
    public string Name { get; } = name;
}

/// <summary>A state that is the fold of its stream's events.</summary>
public interface IFold<TSelf> where TSelf : IFold<TSelf>
{
    /// <summary>The state before anything has happened.</summary>
    static abstract TSelf Empty { get; }

    /// <summary>Bumped when the fold changes its meaning: snapshots of an older fold are discarded.</summary>
    static abstract int FoldVersion { get; }

    /// <summary>The state after one more event. Live decisions and replays go through this one function.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="at">When it was decided.</param>
    TSelf Apply(IEvent @event, NodaTime.Instant at);
}
