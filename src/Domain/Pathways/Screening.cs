using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>From the referral to "may take part": rules 27 to 30. Readings are judged and forgotten; what is kept is the verdict.</summary>
public static class Screening
{
    /// <summary>A person is on one pathway at a time (I9). Says no more: the other site's program is not this one's business.</summary>
    public static readonly Refusal OnPathway = new(Reason.PathwayOpen, "The person is on a pathway already: it ends before another begins.", 27);

    /// <summary>Opens a pathway. A person is on one at a time (I9), whichever site opened it.</summary>
    public static Decision Refer(PersonFacts person, PathwayState pathway, PathwayOpened opened, Instant now)
    {
        if (person.Stage.IsOpen()) return OnPathway;
        if (!opened.Policy.ReferralSources.IsEmpty && !opened.Policy.ReferralSources.Contains(opened.Source))
            return new Refusal(Reason.ReferralRequired, $"{opened.Program} takes nobody without a referral by {string.Join(", ", opened.Policy.ReferralSources)}.", 28);
        if (opened.ReceivedAt > now)
            return new Refusal(Reason.TimeNotYet, "A referral is not received in the future.", 38, [("received_at", opened.ReceivedAt.ToString())]);
        var step = new Step(person, pathway, now);
        step.RecordOfPerson(new PathwayEntered(opened.Program, opened.Policy.Version, opened.Site));
        step.Record(opened);
        step.Move(Stage.Referred, opened.Source);
        return step.Done();
    }

    /// <summary>Begins screening, for the first time or anew. For a person who has a seat a new sign-off is enough.</summary>
    public static Decision Begin(PersonFacts person, PathwayState pathway, Instant now)
    {
        if (!Stage.Screening.Follows(person.Stage)) return Journey.Illegal(person.Stage, Stage.Screening);
        var step = new Step(person, pathway, now);
        step.Record(new ScreeningBegun());
        step.Move(Stage.Screening, "screening-begun");
        return step.Done();
    }

    /// <summary>Records what screening found: conditions by code, and a reading that is judged by the policy's limit (rule 30).</summary>
    public static Decision Find(PersonFacts person, PathwayState pathway, ImmutableArray<string> conditions, BloodPressure? reading, Instant now)
    {
        if (MayNotScreen(person) is { } refusal) return refusal;
        var policy = pathway.Opened!.Policy;
        var found = reading is not null && policy.BloodPressureMax is { } limit && reading.IsAbove(limit) ? conditions.Add(PathwayPolicy.Hypertension) : conditions;
        var step = new Step(person, pathway, now);
        foreach (var condition in found.Distinct())
        {
            var excludes = policy.Exclusions.Contains(condition) || condition == PathwayPolicy.Hypertension;
            if (!excludes && !policy.CaseByCase.Contains(condition))
                return new Refusal(Reason.ConditionUnknown, $"{policy.Program} names no condition '{condition}'.", 30, [("condition", condition)]);
            // What was decided stays decided until screening begins anew.
            if (!step.Evidence.Conditions.ContainsKey(condition)) step.Record(new ConditionFound(condition, excludes));
        }
        if (step.Evidence.Conditions.Count > PathwayState.ConditionsMax)
            return Refusal.Of(Reason.ConditionsMaxReached, 30, $"At most {PathwayState.ConditionsMax} conditions are recorded in one screening.", ("conditions", step.Evidence.Conditions.Count));
        step.Advance(pathway.Today(now), "condition-found");
        return step.Done();
    }

    /// <summary>A prescriber decides on a condition that the policy leaves to a clinician; on one that excludes nobody does (rule 30).</summary>
    public static Decision Decide(PersonFacts person, PathwayState pathway, string condition, bool allowed, Signer signer, Instant now)
    {
        if (MayNotScreen(person) is { } refusal) return refusal;
        if (pathway.Conditions.GetValueOrDefault(condition) is not { } found)
            return new Refusal(Reason.ConditionUnknown, "No such condition was found in this person.", 30);
        if (found.Excludes)
            return new Refusal(Reason.ConditionExcludes, $"{condition} excludes from {pathway.Opened!.Program}: it is treated, and the person screened anew.", 30);
        if (signer.MayNot(Roles.Prescriber, pathway.Opened!.Jurisdiction, pathway.Today(now)) is { } unfit) return unfit;
        if (found.Allowed == allowed) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.Record(new ConditionDecided(condition, allowed, signer.Facilitator, signer.Version));
        step.Advance(pathway.Today(now), "condition-decided");
        return step.Done();
    }

    /// <summary>
    /// Signs off: medical by a prescriber, psychological by a therapist, by two people, each with a credential that is valid at the site that day
    /// (rule 28). A new signature replaces the old one of its kind and holds for the policy's validity (rule 29).
    /// </summary>
    public static Decision SignOff(PersonFacts person, PathwayState pathway, string kind, bool clear, Signer signer, Instant now)
    {
        if (MayNotScreen(person) is { } refusal) return refusal;
        var today = pathway.Today(now);
        var role = kind == PathwayState.Medical ? Roles.Prescriber : Roles.Therapist;
        if (signer.MayNot(role, pathway.Opened!.Jurisdiction, today) is { } unfit) return unfit;
        var other = kind == PathwayState.Medical ? PathwayState.Psychological : PathwayState.Medical;
        if (pathway.SignOffs.GetValueOrDefault(other)?.Facilitator == signer.Facilitator)
            return new Refusal(Reason.SameSigner, $"The {other} sign-off is by the same person: two sign-offs, two people.", 28);
        var step = new Step(person, pathway, now);
        step.Record(new SignedOff(kind, signer.Facilitator, signer.Version, clear, today, today.PlusDays(pathway.Opened.Policy.ScreeningValidityDays)));
        step.Advance(today, clear ? "signed-off" : "not-fit");
        return step.Done();
    }

    /// <summary>Why nothing of a screening is recorded where the person is; null when it is.</summary>
    public static Refusal? MayNotScreen(PersonFacts person) => person.Stage switch
    {
        Stage.InMedicine => new Refusal(Reason.IllegalTransition, "The person is in a medicine session: they are discharged first.", 27),
        _ when person.Stage.HasSeat() => null,
        Stage.Ineligible => new Refusal(Reason.IllegalTransition, "The person was found ineligible: screening begins anew first.", 27),
        _ when person.Stage.IsJudgedByScreening() => null,
        _ => new Refusal(Reason.IllegalTransition, $"The person is {person.Stage.Code()}: screening begins first.", 27, [("stage", person.Stage.Code())]),
    };
}
