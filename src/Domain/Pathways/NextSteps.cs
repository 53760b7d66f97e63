using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>What may be asked for next, and why the rest may not.</summary>
/// <param name="Action">The name of a method, beginning in lower case.</param>
/// <param name="Refusal">Null when nothing that is known here stands against it: the request itself may still say something wrong.</param>
public readonly record struct NextStep(string Action, Refusal? Refusal);

/// <summary>Answers with the rules themselves: each step is tried, and nothing is decided here a second time.</summary>
public static class NextSteps
{
    private const string Asked = "asked";

    /// <summary>What the participant's own stream says: the moves of rule 27, and what stands in the way of a seat.</summary>
    public static ImmutableArray<NextStep> OfPlace(PersonFacts person, Place place, Instant now)
    {
        NextStep To(string action, Stage stage) => new(action, stage.Follows(place.Stage) ? null : Journey.Illegal(place.Stage, stage));
        // The day anywhere on Earth: the cohort's own zone decides when it is asked for.
        var today = now.InUtc().Date;
        return
        [
            To("referParticipant", Stage.Referred),
            new("setEligibility", place.Stage.IsOpen() ? ParticipantRules.PathwayDecides : null),
            To("beginScreening", Stage.Screening),
            new("signOff", Screening.MayNotScreen(person)),
            new("giveConsent", Consent.MayNotGive(person)),
            new("holdSeat", Admission.NotReady(person, place.Site, place.Program, books: false, today)),
            new("bookSeat", Admission.NotReady(person, place.Site, place.Program, books: true, today)),
            To("deferParticipant", Stage.Deferred),
            To("withdrawParticipant", Stage.Withdrawn),
            To("transferOut", Stage.TransferredOut),
            To("completePathway", Stage.Completed),
            To("beginFollowUp", Stage.FollowUp),
        ];
    }

    public static ImmutableArray<NextStep> Of(PersonFacts person, PathwayState pathway, Instant now)
    {
        var steps = ImmutableArray.CreateBuilder<NextStep>();
        if (pathway.Opened is not { } opened) return [new NextStep("referParticipant", null)];
        void Step(string action, Refusal? refusal) => steps.Add(new NextStep(action, refusal));
        void Try(string action, Decision decision) => Step(action, decision.Refusal);

        Step("referParticipant", person.Stage.IsOpen() ? Screening.OnPathway : null);
        Try("beginScreening", Screening.Begin(person, pathway, now));
        Step("recordFindings", Screening.MayNotScreen(person));
        Step("decideCondition", Screening.MayNotScreen(person) ?? (pathway.Conditions.Values.Any(c => !c.Excludes && c.Allowed is null)
            ? null
            : new Refusal(Reason.ConditionUnknown, "No condition awaits a decision.", 30)));
        Step("signOff", Screening.MayNotScreen(person));
        Step("giveConsent", Consent.MayNotGive(person));
        Step("revokeConsent", pathway.Consents.IsEmpty ? new Refusal(Reason.ConsentMissing, "No consent is given.", 35) : null);
        Step("holdSeat", Admission.NotReady(person, opened.Site, opened.Program, books: false, pathway.Today(now)));
        Step("bookSeat", Admission.NotReady(person, opened.Site, opened.Program, books: true, pathway.Today(now)));
        Try("joinWaitList", Journey.WaitFor(person, pathway, true, Asked, now));
        Try("leaveWaitList", Journey.WaitFor(person, pathway, false, Asked, now));
        Try("deferParticipant", Journey.Leave(person, pathway, Stage.Deferred, Asked, now));
        Try("withdrawParticipant", Journey.Leave(person, pathway, Stage.Withdrawn, Asked, now));
        Try("transferOut", Journey.Leave(person, pathway, Stage.TransferredOut, Asked, now));
        Try("completePathway", Journey.Complete(person, pathway, Asked, now));
        Try("beginFollowUp", Journey.FollowUp(person, pathway, Asked, now));
        var seated = person.Stage.HasSeat() ? null : Journey.Illegal(person.Stage, Stage.InMedicine);
        Step("recordAttendance", seated);
        Step("reviewAttendance", pathway.ReviewDue ? null : new Refusal(Reason.NotThisSession, "No review is due.", 37));
        Step("checkIn", Medicine.NotToday(person, pathway, now));
        Step("recordDose", person.Stage is Stage.InMedicine ? Recording.AlertOpen(pathway) : Journey.Illegal(person.Stage, Stage.InMedicine));
        Step("dischargeParticipant", Medicine.ObservedUntil(person, pathway) is { } until && now < until ? Medicine.Observed(pathway, until) : Stage.Integrating.Follows(person.Stage) ? null : Journey.Illegal(person.Stage, Stage.Integrating));
        Step("arrangeMakeUp", seated);
        Step("cancelMakeUp", pathway.MakeUp is null ? new Refusal(Reason.NotThisSession, "No make-up is arranged.", 36) : null);
        // A measure is never refused for being late: what is overdue is in the list of what is due.
        Step("recordMeasure", null);
        Step("assessRisk", pathway.Alert is null ? Recording.NoAlert : null);
        Step("overrideRule", person.Stage.IsOpen() ? null : Journey.NotOpen(person.Stage));
        return steps.ToImmutable();
    }
}
