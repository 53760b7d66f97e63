using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Cohorts;

/// <summary>The cohort is an appointment: one session of one seat, which a template has for each person (docs/adr/0008).</summary>
/// <param name="Session">The session's id in the template.</param>
/// <param name="Kind"><see cref="SessionKinds"/>: what must be true of a person depends on it.</param>
/// <param name="ForCohort">The key of the cohort whose intake it belongs to; empty for none.</param>
[EventName("appointment-offered/1")]
public sealed record AppointmentOffered(string Session, string Kind, string ForCohort) : IEvent;

/// <summary>The site does not offer the appointment any more: room, facilitator and whoever had it are free.</summary>
[EventName("appointment-withdrawn/1")]
public sealed record AppointmentWithdrawn(string Reason) : IEvent;

/// <summary>Whether the person came.</summary>
[EventName("appointment-kept/1")]
public sealed record AppointmentKept(string Participant, bool Attended) : IEvent;

/// <summary>What a cohort is when it is an appointment.</summary>
/// <param name="Kept">Null until somebody has recorded whether the person came.</param>
public sealed record Appointment(string Session, string Kind, string ForCohort, bool Withdrawn, AppointmentKept? Kept);

/// <summary>What is asked of an appointment.</summary>
/// <param name="Session">A session of the template with the scope "person".</param>
/// <param name="At">Wall time at the site (rule 8).</param>
/// <param name="Room">Empty for a virtual one.</param>
/// <param name="Roster">Who may lead it; an empty role is the one that the session needs first. One who is free and may do so that day is chosen.</param>
/// <param name="ForCohort">The key of the cohort whose intake it belongs to; empty for none.</param>
/// <param name="IntakeClosesAt">When that cohort's intake closes: a plan never changes, so it is passed by value. Null for none.</param>
public sealed record AppointmentRequest(
    string DisplayName, string Session, LocalDateTime At, string Room, ImmutableArray<RosterEntry> Roster, string ForCohort, Instant? IntakeClosesAt, HoldPolicy Holds);

/// <summary>
/// Appointments: GRIP's free consultation, an intake visit, a screening, a private preparation. Each is planned as a cohort of one seat with one session,
/// by the rules of every plan, and held, booked and given back as any seat is. What is an appointment's own is here.
/// </summary>
public static class Appointments
{
    /// <summary>Offers an appointment: the room, whoever leads it and the one seat, as one unit.</summary>
    public static PlanDecision Offer(
        AppointmentRequest request, ProgramTemplate template, ImmutableArray<RulePack> packs, SiteState site, string siteId, int siteVersion,
        ImmutableArray<RosterMember> roster, CohortState cohort, string cohortKey, DateTimeZone zone, string zoneVersion, Instant now)
    {
        if (template.SessionOf(request.Session) is not { IsPlanned: false } session)
        {
            var offered = string.Join(", ", template.Sessions.Where(s => !s.IsPlanned).Select(s => s.Id));
            return Planning.Against([new Violation(2, "session", $"the template has no appointment '{request.Session}'; appointments: {(offered.Length > 0 ? offered : "none")}")]);
        }
        var single = Single(template, session, isVirtual: request.Room.Length == 0);
        var day = request.At.Date;
        var decision = Planning.Decide(
            new PlanRequest(
                request.DisplayName.Length > 0 ? request.DisplayName : session.DisplayName, day, 1, 0,
                [new Slot(session.Id, 0, day.DayOfWeek, request.At.TimeOfDay, request.Room, [])],
                [.. request.Roster.Select(entry => entry.Role.Length > 0 ? entry : entry with { Role = RoleFor(session, template, roster, entry.Facilitator) })],
                [], [], [], request.Holds, ""),
            single, packs, site, siteId, siteVersion, roster, cohort, cohortKey, zone, zoneVersion, now);
        if (decision.Refusal is not null) return decision;
        var plan = (CohortPlanned)decision.Cohort[0];
        if (request.IntakeClosesAt is { } closesAt)
        {
            if (plan.Sessions[0].StartsAt >= closesAt)
            {
                return new Refusal(Reason.IntakeClosed, $"Intake closes at {closesAt}, and the appointment would begin at {plan.Sessions[0].StartsAt}: it must begin before.", 31,
                    [("intake_closed_at", closesAt.ToString()), ("starts_at", plan.Sessions[0].StartsAt.ToString())]);
            }
            plan = plan with { IntakeClosesAt = closesAt };
        }
        // One may have appointments beside a seat: what they overlap with is judged by their hours, not by their days (rule 7).
        return decision with { Cohort = [plan with { MayOverlap = true }, new AppointmentOffered(session.Id, session.Kind, request.ForCohort)] };
    }

    /// <summary>
    /// Why a person cannot have this appointment, as far as the pathway says; null when they can. Whoever is registered may come to a consultation or an
    /// intake visit; screening is of a person who was referred (rule 27); what follows it needs the sign-offs, and to be booked the consents (rules 28 and 35).
    /// </summary>
    public static Refusal? Refuses(PersonFacts person, CohortState cohort, bool books)
    {
        var (plan, kind) = (cohort.Plan!, cohort.Appointment!.Kind);
        if (kind is SessionKinds.Consultation or SessionKinds.Intake or SessionKinds.Orientation) return null;
        var place = person.Place;
        var onPathway = place is not null && place.Program == plan.Program && place.Site == plan.Site;
        if (onPathway && kind is SessionKinds.FollowUp && place!.Stage is Stage.Completed or Stage.FollowUp) return null;
        if (!onPathway || !place!.Stage.IsOpen()) return new Refusal(Reason.NotEligible, $"The person is on no pathway of {plan.Program} at this site.", 28);
        if (kind is SessionKinds.Screening) return null;
        if (!(place.Stage is Stage.Eligible or Stage.Consented or Stage.WaitListed || place.Stage.HasSeat()))
            return new Refusal(Reason.NotEligible, $"The person is {place.Stage.Code()}: two sign-offs come before this appointment.", 28, [("stage", place.Stage.Code())]);
        return books && !place.Clearance.Consented
            ? new Refusal(Reason.ConsentMissing, "The person has not given every consent that the program asks for.", 35)
            : null;
    }

    /// <summary>Withdraws an appointment whole: whoever has it, who leads it, the room and itself, as one unit.</summary>
    /// <param name="people">The ids of those whose turn the unit holds: everybody who has the seat or a hold that stands.</param>
    /// <returns>Null when somebody has the seat meanwhile who was not asked: the members are read anew.</returns>
    public static WithdrawalDecision? Withdraw(CohortState cohort, string cohortKey, ImmutableArray<string> people, ImmutableArray<string> facilitators, string reason, Instant now)
    {
        if (cohort.Plan is not { } plan || cohort.Appointment is not { } appointment) return WithdrawalDecision.Of(Refusal.NotFound);
        if (appointment.Withdrawn) return WithdrawalDecision.Nothing;
        if (plan.Sessions[0].StartsAt <= now)
            return WithdrawalDecision.Of(new Refusal(Reason.AppointmentOver, $"The appointment was at {plan.Sessions[0].StartsAt}.", 0, [("starts_at", plan.Sessions[0].StartsAt.ToString())]));
        if (cohort.Seats.Values.Any(s => s.IsTakenAt(now) && !people.Contains(s.Participant)) || cohort.Facilitators.Keys.Any(f => !facilitators.Contains(f))) return null;
        return new WithdrawalDecision(
            null,
            [.. people.Where(cohort.Seats.ContainsKey)],
            [.. facilitators.Where(cohort.Facilitators.ContainsKey)],
            cohort.Planned!.Sessions[0].Room,
            [new AppointmentWithdrawn(reason)]);
    }

    /// <summary>The template's appointment as a program of its own: one week, one seat, one session.</summary>
    private static ProgramTemplate Single(ProgramTemplate template, SessionTemplate session, bool isVirtual) => template with
    {
        Weeks = 1,
        Award = null,
        Sizes = new GroupSizes(1, 1, 0, 0, 0),
        Intake = template.Intake with { ClosesDays = 0, ClosedAt = ClosePoints.FirstSession },
        Sessions = [session with { Scope = Scopes.Cohort, Weeks = [1], PerWeek = 1, WeeksMayDiffer = false, Mode = session.Mode == Modes.Hybrid && isVirtual ? Modes.Virtual : session.Mode }],
    };

    /// <summary>The role that the session needs first; where whoever counts as facilitator may come, the first of these that the person holds.</summary>
    private static string RoleFor(SessionTemplate session, ProgramTemplate template, ImmutableArray<RosterMember> roster, string facilitator)
    {
        var role = session.Staffing.IsEmpty ? Roles.Facilitator : session.Staffing[0].Role;
        if (role != Roles.Facilitator) return role;
        var held = roster.FirstOrDefault(m => m.Facilitator == facilitator)?.State.Roles ?? [];
        return template.FacilitatorRoles.FirstOrDefault(held.Contains) ?? role;
    }
}

/// <summary>What a withdrawal comes to, stream by stream.</summary>
/// <param name="People">Ids of those whose enrolment ends.</param>
/// <param name="Facilitators">Ids of those whose assignment ends.</param>
/// <param name="Room">The room that is free again; empty for a virtual appointment.</param>
/// <param name="Cohort">Events of the appointment; empty when it was withdrawn before.</param>
public sealed record WithdrawalDecision(Refusal? Refusal, ImmutableArray<string> People, ImmutableArray<string> Facilitators, string Room, ImmutableArray<IEvent> Cohort)
{
    public static readonly WithdrawalDecision Nothing = new(null, [], [], "", []);

    public static WithdrawalDecision Of(Refusal refusal) => new(refusal, [], [], "", []);

    /// <summary>What happens to each person.</summary>
    public static IEvent OfPerson(string cohortKey) => new EnrolmentEnded(cohortKey);

    /// <summary>What happens to each facilitator.</summary>
    public static IEvent OfFacilitator(string cohortKey) => new AssignmentEnded(cohortKey);
}
