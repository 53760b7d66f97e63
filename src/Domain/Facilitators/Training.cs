using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Facilitators;

/// <summary>A facilitator's level of training, and the membership that comes with it, from one day to another, both included.</summary>
/// <param name="Level">A code: "kap-trained".</param>
/// <param name="Membership">A code; empty for none.</param>
/// <param name="ValidUntil">The last valid day; null when it has no end.</param>
public sealed record Training(string Level, string Membership, LocalDate ValidFrom, LocalDate? ValidUntil)
{
    public bool Covers(string level, LocalDate date) => Level == level && ValidFrom <= date && !(ValidUntil < date);
}

/// <summary>A level of training was recorded; it replaces the one of the same level.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("training-recorded/1")]
public sealed record TrainingRecorded(Training Training, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>In the facilitator's stream: a training was completed, and with it came the role, its certificate, the level and the membership.</summary>
/// <param name="Cohort">The key of the training's cohort.</param>
/// <param name="Participant">As whom the facilitator took part in it.</param>
/// <param name="Credential">The certificate: it counts from its first day, and lapses as every other (rules 20 and 21).</param>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("training-awarded/1")]
public sealed record TrainingAwarded(string Cohort, string Participant, Credential Credential, Training Training, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>In the cohort's stream, beside its plan: the program is a training, and ends in this.</summary>
/// <param name="ValidDays">How long the certificate is valid; 0 when it has no end.</param>
/// <param name="AttendancePercentMin">Of the sessions; below it nothing is awarded.</param>
[EventName("training-planned/1")]
public sealed record TrainingPlanned(string Role, string Level, string Membership, int ValidDays, int AttendancePercentMin) : IEvent;

/// <summary>In the cohort's stream: whether somebody took part in a session of a training.</summary>
/// <param name="Session">Its place in the plan, from 0.</param>
[EventName("training-attended/1")]
public sealed record TrainingAttended(string Participant, int Session, bool Attended) : IEvent;

/// <summary>In the cohort's stream: a participant completed the training as a facilitator.</summary>
[EventName("training-completed/1")]
public sealed record TrainingCompleted(string Participant, string Facilitator, int FacilitatorVersion) : IEvent;

/// <summary>What a cohort is when it is a training.</summary>
/// <param name="Attended">The sessions in which each participant took part.</param>
/// <param name="Completed">The facilitator as whom each participant completed it.</param>
public sealed record CohortTraining(TrainingPlanned Award, ImmutableDictionary<string, ImmutableArray<int>> Attended, ImmutableDictionary<string, string> Completed)
{
    public CohortTraining After(IEvent @event) => @event switch
    {
        TrainingAttended { Attended: true } e => this with { Attended = Attended.SetItem(e.Participant, [.. Attended.GetValueOrDefault(e.Participant, []).Remove(e.Session), e.Session]) },
        TrainingAttended e => this with { Attended = Attended.SetItem(e.Participant, Attended.GetValueOrDefault(e.Participant, []).Remove(e.Session)) },
        TrainingCompleted e => this with { Completed = Completed.SetItem(e.Participant, e.Facilitator) },
        _ => throw new InvalidOperationException($"A training does not fold {@event.GetType().Name}."),
    };
}

/// <summary>The rules of levels of training, and of the program that ends in one.</summary>
public static class Trainings
{
    /// <summary>Levels that one person may have.</summary>
    public const int Max = 16;

    /// <summary>Records a level that somebody has from elsewhere, or puts another end to one.</summary>
    public static Decision Record(FacilitatorState facilitator, Training training)
    {
        if (facilitator.HomeSite is null) return Refusal.NotFound;
        if (facilitator.Trainings.Contains(training)) return Decision.Already;
        if (facilitator.Trainings.Length >= Max && facilitator.Trainings.All(t => t.Level != training.Level))
            return Refusal.Of(Reason.CredentialsMaxReached, 0, $"A facilitator has at most {Max} levels of training.", ("trainings", facilitator.Trainings.Length));
        return Decision.Of(new TrainingRecorded(training, CohortsLed(facilitator)));
    }

    /// <summary>
    /// Completes a training: whoever took part in enough of it has from this day on the role, its certificate in the training's jurisdiction (rule 20), the level and
    /// the membership. One participant is one facilitator, once.
    /// </summary>
    public static Decision Complete(FacilitatorState facilitator, string facilitatorId, int facilitatorVersion, CohortState cohort, string cohortKey, string participant, DateTimeZone zone, Instant now)
    {
        if (facilitator.HomeSite is null || cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Training is not { } training) return new Refusal(Reason.NotPlanned, "The cohort's program ends in no certificate.", 20);
        if (training.Completed.TryGetValue(participant, out var already) || training.Completed.ContainsValue(facilitatorId))
        {
            return already == facilitatorId
                ? Decision.Already
                : new Refusal(Reason.AlreadyExists, "The participant or the facilitator has completed this training already: one participant is one facilitator.", 20);
        }
        if (cohort.SeatOf(participant) is not { IsBooked: true }) return new Refusal(Reason.SeatNotFound, "The participant has no booked seat in this training.", 20);
        if (plan.Sessions.Max(s => s.EndsAt) is var endsAt && now < endsAt)
            return new Refusal(Reason.TimeNotYet, $"The training ends at {endsAt}.", 20, [("ends_at", endsAt.ToString())]);
        var (attended, sessions) = (training.Attended.GetValueOrDefault(participant, []).Length, plan.Sessions.Length);
        if (attended * 100 < sessions * training.Award.AttendancePercentMin)
        {
            return Refusal.Of(Reason.TrainingIncomplete, 20, $"The participant took part in {attended} of {sessions} sessions, and {training.Award.AttendancePercentMin} percent are asked for.",
                ("attended", attended), ("sessions", sessions), ("attendance_percent_min", training.Award.AttendancePercentMin));
        }
        if (facilitator.Credentials.Length >= FacilitatorState.CredentialsMax)
            return Refusal.Of(Reason.CredentialsMaxReached, 0, $"A facilitator has at most {FacilitatorState.CredentialsMax} credentials.", ("credentials", facilitator.Credentials.Length));
        var award = training.Award;
        var from = now.InZone(zone).Date;
        LocalDate? until = award.ValidDays > 0 ? from.PlusDays(award.ValidDays) : null;
        return Decision.Of(
            [new TrainingAwarded(cohortKey, participant, new Credential(award.Role, plan.Jurisdiction, from, until), new Training(award.Level, award.Membership, from, until), CohortsLed(facilitator))],
            [new TrainingCompleted(participant, facilitatorId, facilitatorVersion)]);
    }

    /// <summary>Any cohort that the person leads may ask for a level.</summary>
    private static ImmutableArray<string> CohortsLed(FacilitatorState facilitator) => [.. facilitator.Assignments.Keys.Order(StringComparer.Ordinal)];
}
