using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// A facilitator was replaced in the sessions to come that they led (rules 23 and 24). After preparation each person
/// concerned must consent; who has not is held out of those sessions, and the sessions go on.
/// </summary>
/// <param name="Sessions">The sessions that the substitute leads instead, by id.</param>
/// <param name="ConsentNeeded">Who must consent, by id; empty before preparation.</param>
/// <param name="ChartsReviewed">That the substitute attests to have reviewed the charts.</param>
[EventName("facilitator-substituted/1")]
public sealed record FacilitatorSubstituted(
    string Leaving, string Substitute, string Role, int SubstituteVersion, ImmutableArray<string> Sessions, ImmutableArray<string> ConsentNeeded, bool ChartsReviewed, string Reason) : IEvent;

/// <summary>A person consented to a substitute (rule 23).</summary>
[EventName("substitute-accepted/1")]
public sealed record SubstituteAccepted(string Participant, string Substitute) : IEvent;

/// <summary>Somebody who could take the sessions of a facilitator over.</summary>
/// <param name="IsLocal">True when the cohort's site is the person's home.</param>
/// <param name="Covers">Of the sessions to be taken over, how many the person can lead.</param>
/// <param name="Led">Sessions of the cohort that the person leads already: continuity.</param>
/// <param name="Hindrance">Why not all of them; empty when all.</param>
public sealed record Candidate(string Facilitator, string HomeSite, bool IsLocal, int Covers, int Led, string Hindrance);

/// <summary>Replacing a facilitator of a planned cohort: proposals in order (rule 24), and the rules of doing it (rules 7, 18 to 20 and 23).</summary>
public static class Substitution
{
    /// <summary>
    /// Who could take the sessions of somebody over: those who can lead all of them before those who cannot, at home there
    /// before from another site, then who leads most of the cohort already (rule 24). Whoever replaces another in the same
    /// role keeps ratio and mix.
    /// </summary>
    public static ImmutableArray<Candidate> Propose(CohortState cohort, string cohortKey, string leaving, ImmutableArray<RosterMember> members, Instant now)
    {
        if (cohort.Planned is not { } plan || TakenOver(cohort, plan, leaving, now) is not { } taken) return [];
        return
        [
            .. members.Where(m => m.Facilitator != leaving && m.State.Roles.Contains(taken.Role) && MayJoin(cohort, m.Facilitator, taken.Role))
                .Select(m =>
                {
                    var hindrances = taken.Sessions.Select(s => Hindrance(m.State, plan, cohort, m.Facilitator, s, taken.Role, cohortKey, now)).ToList();
                    return new Candidate(
                        m.Facilitator, m.State.HomeSite ?? "", m.State.HomeSite == plan.Site, hindrances.Count(h => h is null),
                        cohort.Facilitators.TryGetValue(m.Facilitator, out var here) ? plan.Sessions.Count(s => here.Leads(s.Id)) : 0, hindrances.FirstOrDefault(h => h is not null)?.Message ?? "");
                })
                .Where(c => c.Covers > 0)
                .OrderByDescending(c => c.Covers == taken.Sessions.Length).ThenByDescending(c => c.IsLocal).ThenByDescending(c => c.Covers).ThenByDescending(c => c.Led).ThenBy(c => c.Facilitator, StringComparer.Ordinal),
        ];
    }

    /// <summary>Replaces a facilitator, who may have been withdrawn before, in every session to come.</summary>
    /// <returns>The events of the leaving one, of the substitute and of the cohort; or why not.</returns>
    public static SubstitutionDecision Decide(CohortState cohort, string cohortKey, string leaving, RosterMember substitute, bool chartsReviewed, string reason, Instant now)
    {
        if (cohort.Planned is not { } plan) return cohort.Plan is null ? Refusal.NotFound : new Refusal(Reason.NotPlanned, "The cohort was not planned from a template: withdraw and assign instead.", 24);
        if (TakenOver(cohort, plan, leaving, now) is not { } taken) return new Refusal(Reason.NotAssigned, "The facilitator leads no session of this cohort that is still to come.", 24);
        if (!substitute.State.Roles.Contains(taken.Role)) return new Refusal(Reason.RoleNotHeld, $"The substitute does not hold the role {taken.Role}.", 18);
        if (leaving == substitute.Facilitator || !MayJoin(cohort, substitute.Facilitator, taken.Role))
            return new Refusal(Reason.FacilitatorAlreadyAssigned, "The substitute leads this cohort in another role already; a person has one (rule 19).", 19);
        foreach (var session in taken.Sessions)
        {
            if (Hindrance(substitute.State, plan, cohort, substitute.Facilitator, session, taken.Role, cohortKey, now) is { } hindrance) return hindrance;
        }
        var prepared = taken.Sessions.Where(s => IsPrepared(plan, s, now)).ToList();
        if (prepared.Count > 0 && !chartsReviewed)
            return new Refusal(Reason.AttestationMissing, "After preparation a substitute attests to have reviewed the charts of everybody concerned.", 23);
        ImmutableArray<string> consent =
            [.. cohort.Seats.Values.Where(s => s.IsBooked && prepared.Any(p => p.Pod == 0 || cohort.PodOf.GetValueOrDefault(s.Participant) == p.Pod)).Select(s => s.Participant).Order(StringComparer.Ordinal)];
        var times = cohort.Facilitators.TryGetValue(substitute.Facilitator, out var assigned)
            ? substitute.State.Assignments.GetValueOrDefault(cohortKey)?.Times ?? []
            : [];
        return new SubstitutionDecision(
            null,
            cohort.Facilitators.ContainsKey(leaving) ? [new AssignmentEnded(cohortKey)] : [],
            [new AssignmentOpened(cohortKey, taken.Role, [.. times, .. taken.Sessions.Select(s => TimeOf(plan, s, cohortKey))])],
            Staffing.WithRisk(cohort, now, new FacilitatorSubstituted(leaving, substitute.Facilitator, taken.Role, substitute.Version, [.. taken.Sessions.Select(s => s.Id)], consent, chartsReviewed, reason)));
    }

    /// <summary>Records that a person consents to a substitute (rule 23).</summary>
    public static Decision Accept(CohortState cohort, string participant, string substitute)
    {
        // Somebody who has no seat here is not there: nothing is said of whom another site knows.
        if (cohort.SeatOf(participant) is not { IsBooked: true }) return Refusal.NotFound;
        return cohort.ConsentMissing.GetValueOrDefault(participant, []).Contains(substitute) ? Decision.Of(new SubstituteAccepted(participant, substitute)) : Decision.Already;
    }

    /// <summary>True when a person is held out of a session: somebody leads it whom they have not consented to (rule 23).</summary>
    public static bool IsHeldOut(CohortState cohort, string participant, string session) =>
        cohort.ConsentMissing.TryGetValue(participant, out var missing) && missing.Any(f => cohort.Facilitators.TryGetValue(f, out var assigned) && assigned.Leads(session));

    /// <summary>What somebody leads or led in the plan, and nobody in their place: the sessions to come, and the role.</summary>
    private static (string Role, ImmutableArray<PlanSession> Sessions)? TakenOver(CohortState cohort, CohortPlanned plan, string leaving, Instant now)
    {
        ImmutableArray<PlanSession> sessions;
        string role;
        if (cohort.Facilitators.TryGetValue(leaving, out var assigned))
            (role, sessions) = (assigned.Role, [.. plan.Sessions.Where(s => s.StartsAt > now && assigned.Leads(s.Id))]);
        else if (plan.Team.FirstOrDefault(t => t.Facilitator == leaving) is { } member)
            (role, sessions) = (member.Role, [.. plan.Sessions.Where(s => s.StartsAt > now && s.Staff.Contains(leaving) && cohort.Capacity!.Understaffed.Contains(s.Id))]);
        else
            return null;
        return sessions.IsEmpty ? null : (role, sessions);
    }

    private static bool MayJoin(CohortState cohort, string facilitator, string role) =>
        !cohort.Facilitators.TryGetValue(facilitator, out var here) || (here.Role == role && !here.Sessions.IsEmpty);

    private static Refusal? Hindrance(FacilitatorState person, CohortPlanned plan, CohortState cohort, string facilitator, PlanSession session, string role, string cohortKey, Instant now)
    {
        var day = session.LocalStart.Date;
        if (cohort.Facilitators.TryGetValue(facilitator, out var here) && here.Leads(session.Id))
            return new Refusal(Reason.FacilitatorAlreadyAssigned, $"The substitute leads {session.Id} already; a person satisfies one requirement (rule 19).", 19);
        if (person.Unfit(role, plan.Jurisdiction, day, plan.TrainingLevel, plan.FacilitatorRoles) is { } lacking)
        {
            return new Refusal(Reason.CredentialNotValid, $"No {lacking.What} is {lacking.Valid}.", 20,
                [("jurisdiction", plan.Jurisdiction), ("date", day.ToString("uuuu-MM-dd", null))]);
        }
        var time = TimeOf(plan, session, cohortKey);
        foreach (var other in person.Assignments.Values.SelectMany(a => a.Times))
        {
            if (other.To >= now && other.ConflictsWith(time))
                return new Refusal(Reason.FacilitatorBusy, $"The facilitator is taken from {other.From} to {other.To}, travel included.", 7, [("from", other.From.ToString()), ("to", other.To.ToString())]);
        }
        return person.Assignments.Count >= FacilitatorState.AssignmentsMax || person.BusyCount >= FacilitatorState.BusyMax
            ? Refusal.Of(Reason.AssignmentsMaxReached, 0, $"A facilitator has at most {FacilitatorState.AssignmentsMax} assignments and {FacilitatorState.BusyMax} sessions.", ("assignments", person.Assignments.Count), ("sessions", person.BusyCount))
            : null;
    }

    /// <summary>True when preparation of a session's group has begun: people have met those who would lead them.</summary>
    private static bool IsPrepared(CohortPlanned plan, PlanSession session, Instant now) =>
        plan.Sessions.Any(s => s.Kind == SessionKinds.Preparation && s.StartsAt <= now && (s.Pod == session.Pod || s.Pod == 0 || session.Pod == 0));

    private static Busy TimeOf(CohortPlanned plan, PlanSession session, string cohortKey) => new(cohortKey, session.IsVirtual ? "" : plan.Site, session.StartsAt, session.FreeAt);
}

/// <summary>What a substitution comes to, stream by stream.</summary>
public sealed record SubstitutionDecision(Refusal? Refusal, ImmutableArray<IEvent> Leaving, ImmutableArray<IEvent> Substitute, ImmutableArray<IEvent> Cohort)
{
    public static implicit operator SubstitutionDecision(Refusal refusal) => new(refusal, [], [], []);
}
