using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Pathways;

/// <summary>A session of a cohort, with what the rules must know of the cohort at that moment.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Number">The session's place in the plan, from 0.</param>
/// <param name="HasSeat">The person has a booked seat in the cohort, and the session is one of all or of their pod (rule 12).</param>
/// <param name="IsGuest">The person is expected at this session from another cohort (rule 36).</param>
/// <param name="Present">People who are checked in to the session now.</param>
/// <param name="SeatsUsable">What room and staff carry now in this session (rules 9 and 16).</param>
/// <param name="SeatsTaken">Places of this session that its group, holds and guests take.</param>
/// <param name="ConsentVersion">The consent to treatment that the cohort asks for; 0 when it asks for no pathway.</param>
/// <param name="Blocked">True when its staff were not complete at the cure deadline: it is not run as a medicine session (rule 21).</param>
/// <param name="HeldOut">True when somebody leads it whom the person has not consented to (rule 23).</param>
public sealed record SessionFacts(
    string Cohort, string Jurisdiction, string Program, int Number, string Kind, LocalDate Day, Instant StartsAt, Instant EndsAt,
    bool HasSeat, bool IsGuest, int Present, int SeatsUsable, string BoundBy, int SeatsTaken, int ConsentVersion, bool Blocked, bool HeldOut)
{
    public const string Preparation = "preparation";
    public const string Integration = "integration";

    /// <summary>False when the site may not give medicine that day, by the accreditations that it has now (rule 26).</summary>
    public bool IsPermitted { get; init; } = true;

    /// <summary>True when it is an appointment's.</summary>
    public bool IsAppointment { get; init; }

    /// <summary>Of an appointment: whether somebody has recorded it, and what.</summary>
    public bool? Kept { get; init; }

    /// <summary>True when it is a training's: whoever takes part is staff, and on no pathway.</summary>
    public bool IsTraining { get; init; }

    public bool IsMedicine => Kind == Cohorts.Session.Medicine;
}

/// <summary>Sessions without medicine: who was there (rules 3, 5 and 37).</summary>
public static class Attendance
{
    /// <summary>Sessions that are recorded of one pathway.</summary>
    public const int SessionsMax = 256;

    /// <summary>Attendance is looked at from so many recorded sessions on: one missed of one says nothing.</summary>
    public const int ReviewFrom = 4;

    /// <summary>Records whether the person took part; recorded again, the later word counts.</summary>
    public static Decision Record(PersonFacts person, PathwayState pathway, SessionFacts session, bool attended, Instant now)
    {
        if (session.IsTraining) return RecordTraining(person, pathway, session, attended, now);
        if (session.IsAppointment) return RecordAppointment(person, pathway, session, attended, now);
        if (!person.Stage.HasSeat()) return Journey.Illegal(person.Stage, Stage.Prepared);
        if (session.Cohort != person.Place!.Cohort || !session.HasSeat) return NotHere;
        if (session.IsMedicine) return new Refusal(Reason.NotThisSession, "Who takes part in a medicine session checks in to it.", 33);
        if (now < session.StartsAt) return new Refusal(Reason.TimeNotYet, $"The session begins at {session.StartsAt}.", 0, [("starts_at", session.StartsAt.ToString())]);
        if (pathway.Sessions.Any(s => s.Cohort == session.Cohort && s.Session == session.Number && s.Attended == attended)) return Decision.Already;
        if (pathway.Sessions.Length >= SessionsMax)
            return Refusal.Of(Reason.EnrolmentsMaxReached, 0, $"At most {SessionsMax} sessions are recorded of one pathway.", ("sessions", pathway.Sessions.Length));
        var step = new Step(person, pathway, now);
        step.Record(new SessionAttended(session.Cohort, session.Number, session.Kind, session.Day, session.EndsAt, attended));
        var policy = pathway.Opened!.Policy;
        if (step.At is Stage.Enrolled && policy.Preparation.SessionsMin > 0 && Count(step.Evidence, SessionFacts.Preparation) >= policy.Preparation.SessionsMin)
            step.Move(Stage.Prepared, "preparation-attended", person.Place.Cohort);
        var counted = step.Evidence.Sessions.Where(s => s.Kind is not (SessionKinds.Consultation or SessionKinds.Intake or SessionKinds.Screening)).ToList();
        var (there, recorded) = (counted.Count(s => s.Attended), counted.Count);
        // A review is due, once, and never expels anybody.
        if (!pathway.ReviewDue && !attended && recorded >= ReviewFrom && there * 100 < recorded * policy.AttendancePercentMin)
            step.Record(new AttendanceReviewDue(there, recorded));
        return step.Done();
    }

    /// <summary>Records whether somebody took part in a session of a training: with the training, for completing it asks for enough of them.</summary>
    private static Decision RecordTraining(PersonFacts person, PathwayState pathway, SessionFacts session, bool attended, Instant now)
    {
        if (!session.HasSeat) return NotHere;
        if (now < session.StartsAt) return new Refusal(Reason.TimeNotYet, $"The session begins at {session.StartsAt}.", 0, [("starts_at", session.StartsAt.ToString())]);
        if (session.Kept == attended) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.RecordOfCohort(new TrainingAttended(person.Participant, session.Number, attended));
        return step.Done();
    }

    /// <summary>
    /// Records whether the person came to an appointment: with the appointment, and in the pathway of its program when they are on it, where a private
    /// preparation counts as one (rule 3). Who comes to a free consultation may be on none.
    /// </summary>
    private static Decision RecordAppointment(PersonFacts person, PathwayState pathway, SessionFacts session, bool attended, Instant now)
    {
        if (!session.HasSeat) return NotHere;
        if (now < session.StartsAt) return new Refusal(Reason.TimeNotYet, $"The appointment begins at {session.StartsAt}.", 0, [("starts_at", session.StartsAt.ToString())]);
        if (session.Kept == attended) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.RecordOfCohort(new AppointmentKept(person.Participant, attended));
        if (pathway.Opened is not { } opened || opened.Program != session.Program || !person.Stage.IsOpen()) return step.Done();
        if (pathway.Sessions.Length >= SessionsMax)
            return Refusal.Of(Reason.EnrolmentsMaxReached, 0, $"At most {SessionsMax} sessions are recorded of one pathway.", ("sessions", pathway.Sessions.Length));
        step.Record(new SessionAttended(session.Cohort, session.Number, session.Kind, session.Day, session.EndsAt, attended));
        if (step.At is Stage.Enrolled && opened.Policy.Preparation.SessionsMin > 0 && Count(step.Evidence, SessionFacts.Preparation) >= opened.Policy.Preparation.SessionsMin)
            step.Move(Stage.Prepared, "preparation-attended", person.Place!.Cohort);
        return step.Done();
    }

    /// <summary>Says that somebody has looked at the person's attendance.</summary>
    public static Decision Review(PersonFacts person, PathwayState pathway, string outcome, Instant now)
    {
        if (!person.Stage.IsOpen()) return Journey.NotOpen(person.Stage);
        if (!pathway.ReviewDue) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.Record(new AttendanceReviewed(outcome));
        return step.Done();
    }

    public static readonly Refusal NotHere = new(Reason.SeatNotFound, "The person has no seat in this cohort, and is not expected at this session.", 12);

    private static int Count(PathwayState pathway, string kind) => pathway.Sessions.Count(s => s.Kind == kind && s.Attended);
}
