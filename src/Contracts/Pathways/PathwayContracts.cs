using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Pathways;

/// <summary>
/// The evidence of a person's pathway: findings, sign-offs, consents, and what happened in sessions. Where the person is stands in the
/// participant's stream; a unit of the pathway goes participant → facilitator → cohort → pathway, as far as it needs them.
/// </summary>
[Alias("rtt.IPathwayGrain")]
public interface IPathwayGrain : IGrainWithStringKey
{
    /// <summary>The end of every chain that changes a pathway.</summary>
    [Alias("Finish")] Task<UnitAnswer<PathwayView>> Finish(PathwayCommand command, Unit unit);

    /// <summary>The end of participant → cohorts → pathway, when a person who is expected as a guest gives their seat back.</summary>
    [Alias("FinishDeparture")] Task<UnitAnswer<SeatView>> FinishDeparture(Departure command, Unit unit);

    /// <summary>The end of every unit in which a person on a pathway moves, or is referred.</summary>
    [Alias("FinishMove")] Task<UnitAnswer<MovedView>> FinishMove(MoveCommand command, Unit unit);

    /// <summary>The make-up that is arranged, and when the referral was received, for a unit that must take them along; asked by the participant's grain.</summary>
    [Alias("Expected")] Task<ReadAnswer<ExpectedView>> Expected();

    /// <summary>The pathway of a person whom the caller may see; asked by the participant's grain, which says where the person is.</summary>
    [Alias("Show")] Task<ReadAnswer<PathwayView>> Show(ParticipantFacts person, Caller caller, Instant now);

    /// <summary>What the evidence has against the person's going to each of these: a code, or null; asked by the participant's grain.</summary>
    [Alias("MayGo")] Task<ReadAnswer<Hindrances>> MayGo(Caller caller, ImmutableArray<DestinationView> destinations, Instant now);

    /// <summary>Where the person is in the course of one session; asked by the participant's grain.</summary>
    [Alias("AtTheDoor")] Task<ReadAnswer<PersonAtTheDoorView>> AtTheDoor(ParticipantFacts person, PathwaySessionFacts session, Caller caller, Instant now);
}

/// <summary>What is asked of a pathway.</summary>
/// <param name="Signer">The key of the facilitator who answers for it; empty when nobody has to.</param>
/// <param name="Cohort">The key of the cohort whose session it is about; empty when it is about none.</param>
[GenerateSerializer, Immutable, Alias("rtt.PathwayCommand")]
public abstract record PathwayCommand([property: Id(0)] string Signer, [property: Id(1)] string Cohort);

/// <param name="Site">The id of the site that leads the pathway.</param>
/// <param name="Jurisdiction">The site's.</param>
/// <param name="TimeZone">The site's.</param>
/// <param name="Source">Who referred: a code.</param>
/// <param name="ReceivedAt">When the referral was received; null means at the instant of the call.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReferParticipant")]
public sealed record ReferParticipant(
    [property: Id(0)] string Site,
    [property: Id(1)] string Jurisdiction,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] PathwayPolicyView Policy,
    [property: Id(4)] string Source,
    [property: Id(5)] Instant? ReceivedAt) : PathwayCommand("", "");

[GenerateSerializer, Immutable, Alias("rtt.BeginScreening")]
public sealed record BeginScreening() : PathwayCommand("", "");

/// <param name="Conditions">Codes.</param>
/// <param name="Reading">Judged and not kept; null when none was taken.</param>
[GenerateSerializer, Immutable, Alias("rtt.RecordFindings")]
public sealed record RecordFindings([property: Id(0)] ImmutableArray<string> Conditions, [property: Id(1)] BloodPressureView? Reading) : PathwayCommand("", "");

[GenerateSerializer, Immutable, Alias("rtt.DecideCondition")]
public sealed record DecideCondition(string Signer, [property: Id(0)] string Condition, [property: Id(1)] bool Allowed) : PathwayCommand(Signer, "");

/// <param name="Kind">"medical" or "psychological".</param>
[GenerateSerializer, Immutable, Alias("rtt.SignOff")]
public sealed record SignOff(string Signer, [property: Id(0)] string Kind, [property: Id(1)] bool Clear) : PathwayCommand(Signer, "");

[GenerateSerializer, Immutable, Alias("rtt.GiveConsent")]
public sealed record GiveConsent([property: Id(0)] string Kind, [property: Id(1)] int Version) : PathwayCommand("", "");

[GenerateSerializer, Immutable, Alias("rtt.RevokeConsent")]
public sealed record RevokeConsent([property: Id(0)] string Kind) : PathwayCommand("", "");

/// <summary>Moves that need no more than to be asked for.</summary>
public enum PathwayMove
{
    JoinWaitList,
    LeaveWaitList,
    Defer,
    Withdraw,
    TransferOut,
    Complete,
    BeginFollowUp,
}

/// <param name="Reason">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.MovePathway")]
public sealed record MovePathway([property: Id(0)] PathwayMove Move, [property: Id(1)] string Reason) : PathwayCommand("", "");

/// <param name="Reason">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.OverrideRule")]
public sealed record OverrideRule(string Signer, [property: Id(0)] int Rule, [property: Id(1)] string Reason, [property: Id(2)] Instant Until) : PathwayCommand(Signer, "");

/// <param name="Session">The session's place in the plan, from 0.</param>
[GenerateSerializer, Immutable, Alias("rtt.RecordAttendance")]
public sealed record RecordAttendance(string Cohort, [property: Id(0)] int Session, [property: Id(1)] bool Attended) : PathwayCommand("", Cohort), ISessionCommand;

/// <param name="Outcome">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReviewAttendance")]
public sealed record ReviewAttendance([property: Id(0)] string Outcome) : PathwayCommand("", "");

/// <summary>What was asked and measured; judged, and not kept.</summary>
[GenerateSerializer, Immutable, Alias("rtt.CheckIn")]
public sealed record CheckIn(
    string Signer,
    string Cohort,
    [property: Id(0)] int Session,
    [property: Id(1)] BloodPressureView? Pressure,
    [property: Id(2)] int? OxygenPercent,
    [property: Id(3)] Instant? LastFoodAt,
    [property: Id(4)] Instant? LastClearFluidAt,
    [property: Id(5)] bool EscortNamed,
    [property: Id(6)] bool MedicinesReviewed,
    [property: Id(7)] bool PregnancyAnswered,
    [property: Id(8)] bool Item9Reviewed,
    [property: Id(9)] bool PressureAccepted) : PathwayCommand(Signer, Cohort), ISessionCommand;

/// <param name="Route">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.RecordDose")]
public sealed record RecordDose(string Signer, [property: Id(0)] string Route) : PathwayCommand(Signer, "")
{
    /// <summary>0 when nobody said.</summary>
    [Id(1)] public int Micrograms { get; init; }
}

/// <param name="Deviation">A code that answers for vitals outside of the limits; empty when they are within.</param>
[GenerateSerializer, Immutable, Alias("rtt.Discharge")]
public sealed record Discharge(
    string Signer,
    string Cohort,
    [property: Id(0)] int Session,
    [property: Id(1)] BloodPressureView? Pressure,
    [property: Id(2)] int? OxygenPercent,
    [property: Id(3)] bool EscortPresent,
    [property: Id(4)] string Deviation) : PathwayCommand(Signer, Cohort), ISessionCommand;

[GenerateSerializer, Immutable, Alias("rtt.ArrangeMakeUp")]
public sealed record ArrangeMakeUp(string Cohort, [property: Id(0)] int Session, [property: Id(1)] bool GroupConsents) : PathwayCommand("", Cohort), ISessionCommand;

[GenerateSerializer, Immutable, Alias("rtt.CancelMakeUp")]
public sealed record CancelMakeUp(string Cohort, [property: Id(0)] int Session) : PathwayCommand("", Cohort), ISessionCommand;

/// <summary>A command about one session of <see cref="PathwayCommand.Cohort"/>.</summary>
public interface ISessionCommand
{
    int Session { get; }
}

/// <summary>What the pathway's rules must know of a session and its cohort.</summary>
/// <param name="Cohort">The cohort's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.PathwaySessionFacts")]
public sealed record PathwaySessionFacts(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Jurisdiction,
    [property: Id(2)] string Program,
    [property: Id(3)] int Session,
    [property: Id(4)] string Kind,
    [property: Id(5)] LocalDate Day,
    [property: Id(6)] Instant StartsAt,
    [property: Id(7)] Instant EndsAt,
    [property: Id(8)] bool HasSeat,
    [property: Id(9)] bool IsGuest,
    [property: Id(10)] int Present,
    [property: Id(11)] int SeatsUsable,
    [property: Id(12)] string BoundBy,
    [property: Id(13)] int SeatsTaken,
    [property: Id(14)] int ConsentVersion,
    [property: Id(15)] bool Blocked,
    [property: Id(16)] bool HeldOut) : Facts
{
    /// <summary>True when the site may not give medicine that day (rule 26).</summary>
    [Id(17)] public bool NotPermitted { get; init; }
    [Id(50)] public bool IsAppointment { get; init; }
    [Id(51)] public bool IsTraining { get; init; }

    /// <summary>Of an appointment: whether the person came; of a training's session, true when they were there; null until somebody has recorded it.</summary>
    [Id(52)] public bool? Kept { get; init; }
}

/// <summary>Makes a cohort ask for the pathway of its program.</summary>
[GenerateSerializer, Immutable, Alias("rtt.RequirePathway")]
public sealed record RequirePathway([property: Id(0)] PathwayPolicyView Policy);

/// <summary>What the pathway's rules must know of who signs.</summary>
[GenerateSerializer, Immutable, Alias("rtt.SignerFacts")]
public sealed record SignerFacts(
    [property: Id(0)] string Facilitator,
    [property: Id(1)] int Version,
    [property: Id(2)] ImmutableArray<string> Roles,
    [property: Id(3)] ImmutableArray<Facilitators.CredentialView> Credentials) : Facts;

/// <summary>Where a person is on the pathway: what a booking carries of it.</summary>
/// <param name="Stage">A code, "consented".</param>
/// <param name="Cohort">The key of the pathway's cohort; null when the person has no seat on it.</param>
[GenerateSerializer, Immutable, Alias("rtt.PlaceView")]
public sealed record PlaceView(
    [property: Id(0)] string Program,
    [property: Id(1)] int PolicyVersion,
    [property: Id(2)] string Site,
    [property: Id(3)] string Stage,
    [property: Id(4)] string? Cohort,
    [property: Id(5)] LocalDate? ScreenedUntil,
    [property: Id(6)] int ConsentVersion,
    [property: Id(7)] bool Consented,
    [property: Id(8)] Instant? IntakeUntil,
    [property: Id(9)] LocalDate? LastMedicine);

/// <summary>What one version of a program asks of a person, as the gateway reads it from the program's data.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PathwayPolicyView")]
public sealed record PathwayPolicyView(
    [property: Id(0)] string Program,
    [property: Id(1)] int Version,
    [property: Id(2)] ImmutableArray<string> ReferralSources,
    [property: Id(3)] int ScreeningValidityDays,
    [property: Id(4)] int IntakeCloseDays,
    [property: Id(5)] ImmutableArray<string> Exclusions,
    [property: Id(6)] ImmutableArray<string> CaseByCase,
    [property: Id(7)] BloodPressureView? BloodPressureMax,
    [property: Id(8)] int OxygenPercentMin,
    [property: Id(9)] FastingPresetView Fasting,
    [property: Id(10)] ImmutableArray<ConsentVersion> Consents,
    [property: Id(11)] PreparationView Preparation,
    [property: Id(12)] int MedicineSessionsMax,
    [property: Id(13)] int MedicineGapDays,
    [property: Id(14)] bool IntegrationBetween,
    [property: Id(15)] Duration ObservationMin,
    [property: Id(16)] int AttendancePercentMin,
    [property: Id(17)] ImmutableArray<string> Measures,
    [property: Id(18)] ImmutableArray<MeasurePointView> MeasurePoints,
    [property: Id(19)] SafetyRegimeView Safety)
{
    /// <summary>The most of each route in one visit; empty for no limit.</summary>
    [Id(20)] public ImmutableArray<DoseLimitView> DoseLimits { get; init; } = [];
}

[GenerateSerializer, Immutable, Alias("rtt.DoseLimitView")]
public sealed record DoseLimitView([property: Id(0)] string Route, [property: Id(1)] int Micrograms);

[GenerateSerializer, Immutable, Alias("rtt.BloodPressureView")]
public sealed record BloodPressureView([property: Id(0)] int Systolic, [property: Id(1)] int Diastolic);

[GenerateSerializer, Immutable, Alias("rtt.FastingPresetView")]
public sealed record FastingPresetView([property: Id(0)] string Code, [property: Id(1)] Duration Food, [property: Id(2)] Duration ClearFluid);

[GenerateSerializer, Immutable, Alias("rtt.ConsentVersion")]
public sealed record ConsentVersion([property: Id(0)] string Kind, [property: Id(1)] int Version);

[GenerateSerializer, Immutable, Alias("rtt.PreparationView")]
public sealed record PreparationView([property: Id(0)] int SessionsMin, [property: Id(1)] Duration LeadMin, [property: Id(2)] int DaysMax);

[GenerateSerializer, Immutable, Alias("rtt.MeasurePointView")]
public sealed record MeasurePointView(
    [property: Id(0)] string Code,
    [property: Id(1)] string Anchor,
    [property: Id(2)] int DaysAfter,
    [property: Id(3)] int WindowDays,
    [property: Id(4)] int EveryDays)
{
    /// <summary>The measures that are due then; null for every one of the policy's.</summary>
    [Id(5)] public ImmutableArray<string>? Measures { get; init; }
}

[GenerateSerializer, Immutable, Alias("rtt.SafetyRegimeView")]
public sealed record SafetyRegimeView([property: Id(0)] string Code, [property: Id(1)] int ReportDays, [property: Id(2)] int SessionFormDays);

/// <summary>A pathway as the site that leads it sees it.</summary>
/// <param name="Site">The id of the site that leads the pathway; empty for a person who was never referred.</param>
/// <param name="Stage">A code, "in-medicine".</param>
/// <param name="Cohort">The key of the pathway's cohort; empty when the person has no seat on it.</param>
/// <param name="Steps">What may be asked for next, and why the rest may not.</param>
/// <param name="Version">The evidence's version; 0 before there is any.</param>
[GenerateSerializer, Immutable, Alias("rtt.PathwayView")]
public sealed record PathwayView(
    [property: Id(0)] string Network,
    [property: Id(1)] string Participant,
    [property: Id(2)] string Site,
    [property: Id(3)] string Program,
    [property: Id(4)] int PolicyVersion,
    [property: Id(5)] string Stage,
    [property: Id(6)] string Cohort,
    [property: Id(7)] string Source,
    [property: Id(8)] Instant? ReceivedAt,
    [property: Id(9)] ImmutableArray<SignOffView> SignOffs,
    [property: Id(10)] ImmutableArray<ConditionView> Conditions,
    [property: Id(11)] ImmutableArray<ConsentVersion> Consents,
    [property: Id(12)] ImmutableArray<ConsentVersion> ConsentsAsked,
    [property: Id(13)] LocalDate? ScreenedUntil,
    [property: Id(14)] ImmutableArray<OverrideView> Overrides,
    [property: Id(15)] ImmutableArray<StepView> Steps,
    [property: Id(16)] int Version,
    [property: Id(17)] ImmutableArray<MedicineVisitView> Medicine,
    [property: Id(18)] ImmutableArray<string> HeldFor,
    [property: Id(19)] Instant? ObservationUntil,
    [property: Id(20)] int SessionsAttended,
    [property: Id(21)] int SessionsRecorded,
    [property: Id(22)] bool ReviewDue,
    [property: Id(23)] MakeUpView? MakeUp,
    [property: Id(24)] MeasuresView Measures)
{
    /// <summary>True from the referral until the pathway has ended.</summary>
    [Id(25)] public bool IsOpen { get; init; }
}

/// <summary>A medicine session that the person took part in.</summary>
/// <param name="Cohort">The cohort's key; empty when it was on an earlier pathway, which another site may have led.</param>
/// <param name="Deviation">True when the person was discharged with vitals outside of the limits.</param>
[GenerateSerializer, Immutable, Alias("rtt.MedicineVisitView")]
public sealed record MedicineVisitView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] int Session,
    [property: Id(2)] LocalDate Day,
    [property: Id(3)] Instant CheckedInAt,
    [property: Id(4)] int Doses,
    [property: Id(5)] Instant? DischargedAt,
    [property: Id(6)] bool Deviation);

/// <param name="MakeUp">Null when none is arranged.</param>
[GenerateSerializer, Immutable, Alias("rtt.ExpectedView")]
public sealed record ExpectedView([property: Id(0)] MakeUpView? MakeUp)
{
    /// <summary>How many pathways the person was on, the one that is open included.</summary>
    [Id(1)] public int Number { get; init; }

    /// <summary>When the referral of the last one was received.</summary>
    [Id(2)] public Instant? ReceivedAt { get; init; }
}

[GenerateSerializer, Immutable, Alias("rtt.MakeUpView")]
public sealed record MakeUpView([property: Id(0)] string Cohort, [property: Id(1)] int Session, [property: Id(2)] LocalDate Day);

[GenerateSerializer, Immutable, Alias("rtt.SignOffView")]
public sealed record SignOffView(
    [property: Id(0)] string Kind,
    [property: Id(1)] string Facilitator,
    [property: Id(2)] bool Clear,
    [property: Id(3)] LocalDate On,
    [property: Id(4)] LocalDate Until);

/// <param name="Allowed">Null until a clinician has decided.</param>
[GenerateSerializer, Immutable, Alias("rtt.ConditionView")]
public sealed record ConditionView([property: Id(0)] string Code, [property: Id(1)] bool Excludes, [property: Id(2)] bool? Allowed);

[GenerateSerializer, Immutable, Alias("rtt.OverrideView")]
public sealed record OverrideView(
    [property: Id(0)] int Rule,
    [property: Id(1)] string Facilitator,
    [property: Id(2)] string Reason,
    [property: Id(3)] Instant Until);

/// <param name="Refusal">Null when nothing that is known stands against it.</param>
[GenerateSerializer, Immutable, Alias("rtt.StepView")]
public sealed record StepView([property: Id(0)] string Action, [property: Id(1)] Refusal? Refusal);
