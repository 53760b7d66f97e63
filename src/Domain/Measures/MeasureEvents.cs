using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Measures;

// In the pathway's stream. Scores and codes: answers to single questions are judged and not kept.

/// <summary>A measure was recorded (rule 44). It is never changed: a later record corrects it.</summary>
/// <param name="Record">Its number among the person's, from 1.</param>
/// <param name="Point">Which of the due points it answers: "baseline", "monthly-2"; empty for a reading between them.</param>
/// <param name="TakenOn">The day at the pathway's site.</param>
/// <param name="Corrects">The record that it takes the place of; 0 for none.</param>
/// <param name="By">The subject who recorded it.</param>
[EventName("measure-recorded/1")]
public sealed record MeasureRecorded(int Record, string Measure, string Point, int Score, Instant TakenAt, LocalDate TakenOn, int Corrects, string By) : IEvent;

/// <summary>The alert item of a measure was answered with more than "not at all": a named clinician knows of it in the same contact (rule 45).</summary>
/// <param name="Record">The record that raised it.</param>
/// <param name="Clinician">The facilitator's id.</param>
[EventName("risk-alert-raised/1")]
public sealed record RiskAlertRaised(int Record, string Measure, string Clinician, int ClinicianVersion) : IEvent;

/// <summary>A clinician has assessed the person after an alert (rule 45).</summary>
/// <param name="Outcome">A code of <see cref="RiskOutcomes"/>.</param>
/// <param name="Clears">False: the person takes no medicine still.</param>
[EventName("risk-alert-assessed/1")]
public sealed record RiskAlertAssessed(string Clinician, int ClinicianVersion, string Outcome, bool Clears) : IEvent;
