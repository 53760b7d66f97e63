using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>The moves that need no more than to be asked for: rule 27 says from where.</summary>
public static class Journey
{
    /// <summary>Goes to the wait-list, or leaves it for <see cref="Stage.Consented"/>.</summary>
    public static Decision WaitFor(PersonFacts person, PathwayState pathway, bool waits, string reason, Instant now) => !waits && person.Waits
        ? Refusal.Of(Reason.OnWaitList, 38, $"The person waits for {person.Lists.Length} cohorts and in {person.Pools.Length} pools: they leave those lists, and this stage with the last.", ("lists", person.Lists.Length), ("pools", person.Pools.Length))
        : Move(person, pathway, waits ? Stage.WaitListed : Stage.Consented, reason, now, from: waits ? Stage.Consented : Stage.WaitListed);

    /// <summary>
    /// Puts the person off, or lets them go. It takes effect at once; a seat is given back by a unit of its own that this one asks for.
    /// </summary>
    /// <param name="to">Deferred, withdrawn or transferred out.</param>
    public static Decision Leave(PersonFacts person, PathwayState pathway, Stage to, string reason, Instant now) => Move(person, pathway, to, reason, now);

    /// <summary>Ends the program, not before the last day of the person's cohort.</summary>
    public static Decision Complete(PersonFacts person, PathwayState pathway, string reason, Instant now)
    {
        if (person.Stage is Stage.Completed) return Decision.Already;
        if (!Stage.Completed.Follows(person.Stage)) return Illegal(person.Stage, Stage.Completed);
        if (person.Enrolments.FirstOrDefault(e => e.Cohort == person.Place!.Cohort) is { } seat && pathway.Today(now) < seat.LastDay)
            return new Refusal(Reason.TimeNotYet, $"The cohort goes on until {seat.LastDay:uuuu-MM-dd}.", 27, [("last_day", seat.LastDay.ToString("uuuu-MM-dd", null))]);
        return Move(person, pathway, Stage.Completed, reason, now);
    }

    public static Decision FollowUp(PersonFacts person, PathwayState pathway, string reason, Instant now) => Move(person, pathway, Stage.FollowUp, reason, now);

    public static Refusal Illegal(Stage from, Stage to) =>
        new(Reason.IllegalTransition, $"From {from.Code()} nobody goes to {to.Code()}.", 27, [("from", from.Code()), ("to", to.Code())]);

    public static Refusal NotOpen(Stage stage) =>
        new(Reason.IllegalTransition, $"The person is {stage.Code()}: no pathway is open.", 27, [("stage", stage.Code())]);

    private static Decision Move(PersonFacts person, PathwayState pathway, Stage to, string reason, Instant now, Stage? from = null)
    {
        if (person.Stage == to) return Decision.Already;
        if (!to.Follows(person.Stage) || (from is not null && from != person.Stage)) return Illegal(person.Stage, to);
        var step = new Step(person, pathway, now);
        step.Move(to, reason, person.Place?.Cohort);
        // The seat, and a guest's place, go in units of their own: leaving never fails for want of a cohort.
        if (to is Stage.Deferred or Stage.Withdrawn or Stage.TransferredOut or Stage.Completed)
        {
            if (person.Stage.HasSeat() && to is not Stage.Completed && person.Place?.Cohort is { } cohort) step.Record(new SeatLeft(cohort));
            if (pathway.MakeUp is { } makeUp) step.Record(new MakeUpLeft(makeUp.Cohort, makeUp.Session));
        }
        return step.Done();
    }
}

/// <summary>Setting a rule aside for one person: by a prescriber who answers for it, with a reason, until an instant (rule 54).</summary>
public static class Overriding
{
    /// <summary>Rule 29: the sign-offs of a person are older than the policy lets them be.</summary>
    public const int ScreeningValidity = 29;

    /// <summary>Rule 31: enrolment after the intake closed, though never into a group that is closed (rule 32).</summary>
    public const int Intake = 31;

    /// <summary>Rule 33, and of it the fasting alone.</summary>
    public const int Fasting = 33;

    /// <summary>The longest that an override stands.</summary>
    public static readonly Duration LongestMax = Duration.FromDays(14);

    /// <summary>Ratio, credential, consent and observation rules are never set aside; nor is what is not named here.</summary>
    public static bool IsOverridable(int rule) => rule is ScreeningValidity or Intake or Fasting;

    public static Decision Override(PersonFacts person, PathwayState pathway, int rule, string reason, Instant until, Signer signer, Instant now)
    {
        if (!person.Stage.IsOpen()) return Journey.NotOpen(person.Stage);
        if (!IsOverridable(rule))
            return Refusal.Of(Reason.NotOverridable, 54, $"Rule {rule} is not set aside for anybody.", ("rule", rule));
        if (until <= now || until > now + LongestMax)
            return Refusal.Of(Reason.OverrideTimeInvalid, 54, $"An override ends after now, and at most {LongestMax.Days} days from now.", ("days_max", LongestMax.Days));
        if (signer.MayNot(Roles.Prescriber, pathway.Opened!.Jurisdiction, pathway.Today(now)) is { } unfit) return unfit;
        var step = new Step(person, pathway, now);
        step.Record(new RuleOverridden(rule, signer.Facilitator, signer.Version, reason, until));
        return step.Done();
    }
}
