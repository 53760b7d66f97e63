using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Pathways;

// Where a person is stands in the participant's stream, beside the seats; why they are there stands in the pathway's. Codes only in both.

/// <summary>In the participant's stream: the person was referred to a program.</summary>
/// <param name="Site">The site that leads the person's pathway.</param>
[EventName("pathway-entered/1")]
public sealed record PathwayEntered(string Program, int PolicyVersion, string Site) : IEvent;

/// <summary>In the participant's stream: the person went from one place of the pathway to another (rule 27).</summary>
/// <param name="From">A code of <see cref="Stages"/>.</param>
/// <param name="To">A code of <see cref="Stages"/>.</param>
/// <param name="Reason">A code.</param>
/// <param name="Cohort">The key of the cohort in which the person has, or had, a seat; null when there is none.</param>
[EventName("pathway-moved/1")]
public sealed record PathwayMoved(string From, string To, string Reason, string? Cohort) : IEvent;

/// <summary>In the participant's stream: the few facts of the pathway that a booking needs.</summary>
/// <param name="ScreenedUntil">The last local day for which the sign-offs hold (rule 29); null without two that are clear.</param>
/// <param name="ConsentVersion">The version of the consent to treatment; 0 when there is none (any more).</param>
/// <param name="Consented">True when every consent that the pathway's policy asks for is given.</param>
/// <param name="IntakeUntil">Enrolment after the intake was allowed until then, by name (rule 54).</param>
/// <param name="LastMedicine">The local day of the person's last medicine session, wherever it was (I7); null before the first.</param>
[EventName("clearance-set/1")]
public sealed record ClearanceSet(LocalDate? ScreenedUntil, int ConsentVersion, bool Consented, Instant? IntakeUntil, LocalDate? LastMedicine) : IEvent
{
    /// <summary>Of a person who was just referred, and never took part in a medicine session.</summary>
    public static readonly ClearanceSet None = new(null, 0, false, null, null);
}

/// <summary>A pathway was opened by a referral, under one version of the program's policy.</summary>
/// <param name="Source">Who referred: a code, "self" included.</param>
/// <param name="ReceivedAt">When the referral was received: the date that the person keeps (rule 38).</param>
[EventName("pathway-opened/1")]
public sealed record PathwayOpened(
    string Program, string Site, string Jurisdiction, string TimeZone, PathwayPolicy Policy, string Source, Instant ReceivedAt) : IEvent;

/// <summary>Screening began, for the first time or anew: earlier sign-offs count no more.</summary>
[EventName("screening-begun/1")]
public sealed record ScreeningBegun : IEvent;

/// <summary>A condition was found that excludes, or that a clinician must decide on (rule 30).</summary>
[EventName("condition-found/1")]
public sealed record ConditionFound(string Condition, bool Excludes) : IEvent;

/// <summary>A named clinician decided on a condition (rule 30).</summary>
/// <param name="Facilitator">The clinician's id.</param>
[EventName("condition-decided/1")]
public sealed record ConditionDecided(string Condition, bool Allowed, string Facilitator, int FacilitatorVersion) : IEvent;

/// <summary>A clinician signed off (rule 28).</summary>
/// <param name="Kind">"medical" or "psychological".</param>
/// <param name="Facilitator">The signer's id.</param>
/// <param name="FacilitatorVersion">The version of the signer at which role and credential were seen.</param>
/// <param name="Clear">False when the person is not fit for the program.</param>
/// <param name="On">The local day of the signature.</param>
/// <param name="Until">The last local day for which it holds (rule 29).</param>
[EventName("signed-off/1")]
public sealed record SignedOff(string Kind, string Facilitator, int FacilitatorVersion, bool Clear, LocalDate On, LocalDate Until) : IEvent;

/// <summary>A consent was given, in one version of its form (rule 35).</summary>
[EventName("consent-given/1")]
public sealed record ConsentGiven(string Kind, int Version) : IEvent;

/// <summary>A consent was withdrawn: at once, for everything to come. What was done under it stays on record (rule 35).</summary>
[EventName("consent-revoked/1")]
public sealed record ConsentRevoked(string Kind) : IEvent;

/// <summary>A rule was set aside for one person, by name, for a reason, until an instant (rule 54).</summary>
/// <param name="Rule">The rule's number.</param>
/// <param name="Facilitator">The prescriber who answers for it.</param>
[EventName("rule-overridden/1")]
public sealed record RuleOverridden(int Rule, string Facilitator, int FacilitatorVersion, string Reason, Instant Until) : IEvent;

/// <summary>The person left the pathway and has a seat still: the dispatcher gives it back.</summary>
/// <param name="Cohort">The cohort's key.</param>
[EventName("seat-left/1")]
public sealed record SeatLeft(string Cohort) : IEvent;

/// <summary>The person left the pathway and is expected as a guest still: the dispatcher cancels the make-up, and so frees the place.</summary>
/// <param name="Cohort">The key of the cohort whose session it is.</param>
[EventName("make-up-left/1")]
public sealed record MakeUpLeft(string Cohort, int Session) : IEvent;

/// <summary>Whether the person took part in a session without medicine.</summary>
/// <param name="Session">Its place in the cohort's plan, from 0.</param>
[EventName("session-attended/1")]
public sealed record SessionAttended(string Cohort, int Session, string Kind, LocalDate Day, Instant EndsAt, bool Attended) : IEvent;

/// <summary>Attendance fell below the policy's share: somebody looks at it, and nothing else happens (rule 37).</summary>
[EventName("attendance-review-due/1")]
public sealed record AttendanceReviewDue(int Attended, int Recorded) : IEvent;

/// <summary>Somebody has looked at the person's attendance.</summary>
[EventName("attendance-reviewed/1")]
public sealed record AttendanceReviewed(string Outcome) : IEvent;

/// <summary>The checklist before a medicine session did not pass: this person is held, and the session goes on (rule 33).</summary>
/// <param name="Failed">The items that did not pass: codes, and no readings.</param>
[EventName("check-in-held/1")]
public sealed record CheckInHeld(string Cohort, int Session, ImmutableArray<string> Failed, string Facilitator) : IEvent;

/// <summary>The checklist passed: the person is in a medicine session.</summary>
/// <param name="Day">By the calendar of the session's place.</param>
[EventName("checked-in/1")]
public sealed record CheckedIn(string Cohort, int Session, LocalDate Day, string Facilitator) : IEvent;

/// <summary>Medicine was given: observation begins anew (rule 34). How much is the medical record's business.</summary>
/// <param name="Route">A code: "im", "sl", "lozenge", "iv".</param>
[EventName("dose-given/1")]
public sealed record DoseGiven(string Route, string Facilitator) : IEvent;

/// <summary>Medicine was given under a program that limits how much one visit may have: what is counted is kept, for the next dose is judged by it.</summary>
/// <param name="Route">A code: "im", "sl", "lozenge", "iv".</param>
[EventName("dose-given/2")]
public sealed record MeasuredDoseGiven(string Route, int Micrograms, string Facilitator) : IEvent;

/// <summary>A clinician let the person go after observation, with an escort (rule 34).</summary>
/// <param name="Deviation">A code that answers for final vitals outside of the limits; empty when they were within.</param>
[EventName("discharged/1")]
public sealed record Discharged(string Cohort, int Session, string Facilitator, string Deviation) : IEvent;

/// <summary>A missed medicine session is made up in another cohort (rule 36).</summary>
[EventName("make-up-arranged/1")]
public sealed record MakeUpArranged(string Cohort, int Session, LocalDate Day) : IEvent;

/// <summary>The make-up is off.</summary>
[EventName("make-up-cancelled/1")]
public sealed record MakeUpCancelled(string Cohort, int Session) : IEvent;

// In the cohort's stream: who is in the room, for the ratio is counted over those who are.

/// <summary>A person was checked in to a medicine session.</summary>
[EventName("person-checked-in/1")]
public sealed record PersonCheckedIn(string Participant, int Session) : IEvent;

/// <summary>A person was discharged from a medicine session.</summary>
[EventName("person-discharged/1")]
public sealed record PersonDischarged(string Participant, int Session) : IEvent;

/// <summary>A person of another cohort is expected at one session, and takes a seat of it (rule 36).</summary>
[EventName("guest-expected/1")]
public sealed record GuestExpected(string Participant, int Session) : IEvent;

/// <summary>The guest comes no more, or has been.</summary>
[EventName("guest-gone/1")]
public sealed record GuestGone(string Participant, int Session) : IEvent;
