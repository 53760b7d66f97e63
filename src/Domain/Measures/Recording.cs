using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Measures;

/// <summary>A measure as it was recorded.</summary>
/// <param name="Pathway">On which of the person's pathways, from 1.</param>
/// <param name="Corrects">The record that it took the place of; 0 for none.</param>
/// <param name="CorrectedBy">The record that took its place; 0 while it counts.</param>
public sealed record MeasureResult(int Pathway, int Record, string Measure, string Point, int Score, Instant TakenAt, LocalDate TakenOn, string By, int Corrects, int CorrectedBy)
{
    public bool Counts => CorrectedBy == 0;
}

/// <summary>An alert that no clinician has cleared yet.</summary>
/// <param name="Clinician">Who was named in the contact in which it was raised.</param>
/// <param name="Outcome">What the last assessment came to that did not clear it; empty before one.</param>
public sealed record RiskAlert(int Record, string Measure, Instant RaisedAt, string Clinician, string Outcome);

/// <summary>What an assessment after an alert came to.</summary>
public static class RiskOutcomes
{
    /// <summary>Assessed in a structured way: the person goes on.</summary>
    public const string GoesOn = "assessed-goes-on";
    /// <summary>Assessed, and a safety plan is made with the person: they go on with it.</summary>
    public const string SafetyPlan = "safety-plan-made";
    /// <summary>Assessed: no medicine for now. The alert stands.</summary>
    public const string NotNow = "no-medicine-for-now";
    /// <summary>Handed to emergency care. The alert stands.</summary>
    public const string Emergency = "emergency-care";

    public static ImmutableArray<string> All { get; } = [GoesOn, SafetyPlan, NotNow, Emergency];

    public static bool Clears(string outcome) => outcome is GoesOn or SafetyPlan;
}

/// <summary>Recording measures (rule 44), and what an answer above "not at all" to an alert item asks for (rule 45).</summary>
public static class Recording
{
    /// <summary>Records that are kept of one person.</summary>
    public const int RecordsMax = 512;

    /// <summary>A measure is recorded so long after it was taken, at most.</summary>
    public const int DaysBackMax = 366;

    /// <summary>Who may be named for an alert, and clear it: clinicians with a licence.</summary>
    public static ImmutableArray<string> Clinicians { get; } = [Roles.Prescriber, Roles.Nurse, Roles.Therapist];

    /// <summary>
    /// Records a measure, wherever on the pathway the person is: also when it is overdue, and also while they are in a session. An alert goes to
    /// the clinician who is named with it; without one nothing is recorded, for the answer is then nobody's.
    /// </summary>
    /// <param name="point">The due point that it answers; empty for a reading between them.</param>
    /// <param name="corrects">The record that it takes the place of; 0 for none.</param>
    /// <param name="clinician">Null when nobody was named.</param>
    public static Decision Record(
        PersonFacts person, PathwayState pathway, MeasureDefinition measure, FilledIn filled, string point, Instant takenAt, int corrects, Signer? clinician, string by, Instant now)
    {
        if (pathway.Opened is not { } opened) return Journey.NotOpen(person.Stage);
        if (takenAt > now || pathway.Today(takenAt).PlusDays(DaysBackMax) < pathway.Today(now))
            return new Refusal(Reason.TimeNotYet, $"A measure is taken before it is recorded, and at most {DaysBackMax} days before.", 44, [("taken_at", takenAt.ToString())]);
        if (pathway.Measures.Length >= RecordsMax)
            return Refusal.Of(Reason.MeasuresMaxReached, 44, $"At most {RecordsMax} measures are kept of one person.", ("records", pathway.Measures.Length));
        if (pathway.Measures.FirstOrDefault(r => r.Record == corrects) is var corrected && corrects != 0 && (corrected is not { Counts: true } || corrected.Pathway != pathway.Number || corrected.Measure != measure.Code || corrected.Point != point))
            return Refusal.Of(Reason.MeasureNotDue, 44, $"There is no record {corrects} of {measure.Code} at this point that still counts.", ("corrects", corrects));
        if (point.Length > 0 && corrects == 0 && NotDue(person, pathway, measure.Code, point, takenAt, now) is { } notDue) return notDue;
        if (Scoring.Of(measure, filled) is var (wrong, scored) && wrong is not null) return wrong;
        if (scored.Alert && clinician is null)
        {
            return new Refusal(Reason.ClinicianMissing, $"Question {measure.AlertItem} was answered with more than \"not at all\": a clinician is named in the same contact.", 45)
            {
                Violations = [new Violation(45, "clinician", $"must name the {string.Join(", ", Clinicians[..^1])} or {Clinicians[^1]} who knows of it now")],
            };
        }
        if (clinician is not null && NoClinician(clinician, opened, pathway.Today(now)) is { } unfit) return unfit;
        var step = new Step(person, pathway, now);
        var record = pathway.Measures.Length + 1;
        step.Record(new MeasureRecorded(record, measure.Code, point, scored.Score, takenAt, pathway.Today(takenAt), corrects, by));
        // What a correction takes back of an answer, it does not take back of an alert: a clinician does.
        if (scored.Alert) step.Record(new RiskAlertRaised(record, measure.Code, clinician!.Facilitator, clinician.Version));
        return step.Done();
    }

    /// <summary>Says what a clinician's assessment came to: the one who was named, or another with the role (rule 45).</summary>
    public static Decision Assess(PersonFacts person, PathwayState pathway, string outcome, Signer clinician, Instant now)
    {
        if (pathway.Opened is not { } opened) return Journey.NotOpen(person.Stage);
        if (pathway.Alert is null) return NoAlert;
        if (!RiskOutcomes.All.Contains(outcome))
        {
            return new Refusal(Reason.MeasureInvalid, "There is no such outcome of an assessment.", 45)
            {
                Violations = [new Violation(45, "outcome", $"must be one of {string.Join(", ", RiskOutcomes.All)}")],
            };
        }
        if (NoClinician(clinician, opened, pathway.Today(now)) is { } unfit) return unfit;
        var step = new Step(person, pathway, now);
        step.Record(new RiskAlertAssessed(clinician.Facilitator, clinician.Version, outcome, RiskOutcomes.Clears(outcome)));
        return step.Done();
    }

    /// <summary>Why a person takes no medicine while an alert stands (rule 45); null when none does. Nothing sets it aside.</summary>
    public static Refusal? AlertOpen(PathwayState pathway) => pathway.Alert is { } alert
        ? new Refusal(Reason.RiskAlertOpen, $"An answer of {alert.Measure} awaits a clinician's assessment, since {alert.RaisedAt}: no medicine before that.", 45, [("raised_at", alert.RaisedAt.ToString())])
        : null;

    /// <summary>Why a person takes no first medicine (rule 44); null when every baseline is there.</summary>
    public static Refusal? BaselineMissing(PathwayState pathway)
    {
        var missing = MeasureSchedule.BaselineMissing(pathway);
        return missing.IsEmpty
            ? null
            : new Refusal(Reason.BaselineMissing, $"The baseline of {string.Join(", ", missing)} comes before the first medicine session.", 44, [("measures", string.Join(",", missing))]);
    }

    public static readonly Refusal NoAlert = new(Reason.NotThisSession, "No alert awaits an assessment.", 45);

    private static Refusal? NotDue(PersonFacts person, PathwayState pathway, string measure, string point, Instant takenAt, Instant now)
    {
        var due = MeasureSchedule.Of(person, pathway, pathway.Today(now)).Where(d => d.Measure == measure).ToImmutableArray();
        if (due.FirstOrDefault(d => d.Point == point) is not { } asked)
        {
            return new Refusal(Reason.MeasureNotDue, $"{measure} has no point '{point}' on this pathway; there are: {string.Join(", ", due.Select(d => d.Point).DefaultIfEmpty("none"))}.", 44,
                [("measure", measure), ("point", point)]);
        }
        if (asked.Record is { } record)
            return Refusal.Of(Reason.MeasureNotDue, 44, $"{measure} is answered there by record {record}: a correction names it.", ("record", record));
        if (point == MeasurePoint.Baseline)
        {
            return pathway.Medicine.FirstOrDefault(v => v.Pathway == pathway.Number) is { } first && takenAt >= first.CheckedInAt
                ? new Refusal(Reason.MeasureNotDue, "A baseline is taken before the first medicine session.", 44, [("first_medicine_at", first.CheckedInAt.ToString())])
                : null;
        }
        return pathway.Today(takenAt) < asked.OpensOn
            ? new Refusal(Reason.MeasureNotDue, $"{measure} is due there from {asked.OpensOn:uuuu-MM-dd} on; before, it is a reading between the points.", 44, [("opens_on", asked.OpensOn.ToString("uuuu-MM-dd", null))])
            : null;
    }

    /// <summary>Why this is nobody who assesses a person here today.</summary>
    private static Refusal? NoClinician(Signer signer, PathwayOpened opened, LocalDate today)
    {
        Refusal? first = null;
        foreach (var role in Clinicians.Where(signer.Roles.Contains))
        {
            if (signer.MayNot(role, opened.Jurisdiction, today) is not { } refusal) return null;
            first ??= refusal;
        }
        return first ?? new Refusal(Reason.RoleNotHeld, $"This needs a {string.Join(", ", Clinicians[..^1])} or {Clinicians[^1]}, which the facilitator is not.", 45);
    }
}
