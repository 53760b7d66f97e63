using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Pathways;

namespace RttNetwork.Contracts.Measures;

/// <summary>A measure of the catalogue, as the gateway reads it from <c>programs/measures.json</c>; it travels with the commands that need it.</summary>
/// <param name="Items">Questions that are answered one by one; 0 for a measure whose score alone is recorded.</param>
/// <param name="ItemMax">The highest answer; the lowest is 0.</param>
/// <param name="ItemsMin">So many questions must apply.</param>
/// <param name="Scoring">"sum" or "percent".</param>
/// <param name="ReliableChange">0 where no source gives one.</param>
/// <param name="AlertItem">The question, from 1, whose answer above 0 raises an alert; 0 for none.</param>
[GenerateSerializer, Immutable, Alias("rtt.MeasureDefinitionView")]
public sealed record MeasureDefinitionView(
    [property: Id(0)] string Code,
    [property: Id(1)] int Items,
    [property: Id(2)] int ItemMax,
    [property: Id(3)] int ItemsMin,
    [property: Id(4)] string Scoring,
    [property: Id(5)] int ScoreMax,
    [property: Id(6)] bool HigherIsWorse,
    [property: Id(7)] int ReliableChange,
    [property: Id(8)] int AlertItem);

/// <summary>Records a measure; its answers are judged and not kept.</summary>
/// <param name="Signer">The key of the clinician who knows of an alert in the same contact; empty when nobody was named.</param>
/// <param name="Items">In order, null for a question that does not apply; empty when only the score is known.</param>
/// <param name="Point">The due point that it answers; empty for a reading between them.</param>
/// <param name="TakenAt">Null means at the instant of the call.</param>
/// <param name="Corrects">The record that it takes the place of; 0 for none.</param>
[GenerateSerializer, Immutable, Alias("rtt.RecordMeasure")]
public sealed record RecordMeasure(
    string Signer,
    [property: Id(0)] MeasureDefinitionView Measure,
    [property: Id(1)] ImmutableArray<int?> Items,
    [property: Id(2)] int? Score,
    [property: Id(3)] int? AlertItem,
    [property: Id(4)] string Point,
    [property: Id(5)] Instant? TakenAt,
    [property: Id(6)] int Corrects) : PathwayCommand(Signer, "");

/// <summary>Says what a clinician's assessment after an alert came to.</summary>
/// <param name="Outcome">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.AssessRisk")]
public sealed record AssessRisk(string Signer, [property: Id(0)] string Outcome) : PathwayCommand(Signer, "");

/// <summary>The measures of a person's pathway.</summary>
/// <param name="Due">In the order in which they open.</param>
/// <param name="Alert">Null when no answer awaits an assessment. That is no finding that there is no risk.</param>
[GenerateSerializer, Immutable, Alias("rtt.MeasuresView")]
public sealed record MeasuresView(
    [property: Id(0)] ImmutableArray<MeasureResultView> Results,
    [property: Id(1)] ImmutableArray<DueMeasureView> Due,
    [property: Id(2)] RiskAlertView? Alert);

/// <param name="By">The subject who recorded it.</param>
/// <param name="Corrects">0 for none.</param>
/// <param name="CorrectedBy">0 while it counts.</param>
[GenerateSerializer, Immutable, Alias("rtt.MeasureResultView")]
public sealed record MeasureResultView(
    [property: Id(0)] int Record,
    [property: Id(1)] string Measure,
    [property: Id(2)] string Point,
    [property: Id(3)] int Score,
    [property: Id(4)] Instant TakenAt,
    [property: Id(5)] string By,
    [property: Id(6)] int Corrects,
    [property: Id(7)] int CorrectedBy);

/// <param name="Standing">"to-come", "due", "overdue" or "recorded".</param>
/// <param name="Record">0 while there is none.</param>
[GenerateSerializer, Immutable, Alias("rtt.DueMeasureView")]
public sealed record DueMeasureView(
    [property: Id(0)] string Measure,
    [property: Id(1)] string Point,
    [property: Id(2)] LocalDate OpensOn,
    [property: Id(3)] LocalDate Until,
    [property: Id(4)] string Standing,
    [property: Id(5)] int Record);

/// <param name="Clinician">The id of the facilitator who was named.</param>
/// <param name="Outcome">Of the last assessment, which did not clear it; empty before one.</param>
[GenerateSerializer, Immutable, Alias("rtt.RiskAlertView")]
public sealed record RiskAlertView(
    [property: Id(0)] int Record,
    [property: Id(1)] string Measure,
    [property: Id(2)] Instant RaisedAt,
    [property: Id(3)] string Clinician,
    [property: Id(4)] string Outcome);
