using NodaTime;
using RttNetwork.Contracts.Measures;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Grains.Measures;

/// <summary>Between the measures' contracts and their domain.</summary>
internal static class MeasureMapping
{
    public static Decision Decide(this RecordMeasure command, PersonFacts person, PathwayState pathway, Signer? clinician, string by, Instant now) => Recording.Record(
        person, pathway, command.Measure.ToDomain(), new FilledIn(command.Items, command.Score, command.AlertItem), command.Point, command.TakenAt ?? now, command.Corrects, clinician, by, now);

    public static MeasureDefinition ToDomain(this MeasureDefinitionView measure) => new(
        measure.Code, measure.Items, measure.ItemMax, measure.ItemsMin, measure.Scoring, measure.ScoreMax, measure.HigherIsWorse, measure.ReliableChange, measure.AlertItem);

    public static MeasuresView ToMeasuresView(this PathwayState pathway, PersonFacts person, Instant now)
    {
        if (pathway.Opened is null) return new MeasuresView([], [], null);
        var today = pathway.Today(now);
        return new MeasuresView(
            [.. pathway.Measures.Where(r => r.Pathway == pathway.Number).Select(r => new MeasureResultView(r.Record, r.Measure, r.Point, r.Score, r.TakenAt, r.By, r.Corrects, r.CorrectedBy))],
            [.. MeasureSchedule.Of(person, pathway, today).Select(d => new DueMeasureView(d.Measure, d.Point, d.OpensOn, d.Until, StandingOf(d, today), d.Record ?? 0))],
            pathway.Alert is { } alert ? new RiskAlertView(alert.Record, alert.Measure, alert.RaisedAt, alert.Clinician, alert.Outcome) : null);
    }

    private static string StandingOf(DueMeasure due, LocalDate today) =>
        due.Record is not null ? "recorded" : due.IsOverdueOn(today) ? "overdue" : due.IsDueOn(today) ? "due" : "to-come";
}
