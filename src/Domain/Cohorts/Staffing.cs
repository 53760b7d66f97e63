using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>The rules of who leads a cohort (rules 15 to 24 in the simple form).</summary>
public static class Staffing
{
    /// <summary>Between sessions at two sites a facilitator needs at least this long (I3).</summary>
    public static readonly Duration Travel = Duration.FromHours(1);

    /// <summary>Assigns a facilitator to every session, in a role the person holds, with a credential valid here on each date (rule 20), and free then (rule 7).</summary>
    public static Decision Assign(FacilitatorState facilitator, string facilitatorId, int facilitatorVersion, CohortState cohort, string cohortKey, string role, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Planned is { } planned) return AssignWhereMissed(facilitator, facilitatorId, facilitatorVersion, cohort, planned, cohortKey, role, now);
        if (cohort.Facilitators.TryGetValue(facilitatorId, out var assigned))
        {
            return assigned.Role == role
                ? Decision.Already
                : new Refusal(Reason.FacilitatorAlreadyAssigned, $"The facilitator leads this cohort as {assigned.Role} already; a person satisfies one requirement (rule 19).", 19);
        }
        if (!facilitator.Roles.Contains(role))
            return new Refusal(Reason.RoleNotHeld, $"The facilitator does not hold the role {role}.", 18);
        if (NotCovered(facilitator, plan, role) is { } date)
        {
            return new Refusal(Reason.CredentialNotValid, $"No credential as {role} is valid in {plan.Jurisdiction} on {date:uuuu-MM-dd}.", 20,
                [("jurisdiction", plan.Jurisdiction), ("date", date.ToString("uuuu-MM-dd", null))]);
        }
        var taken = TimesOf(cohortKey, plan);
        if (facilitator.ConflictWith(taken, now) is { } conflict)
            return new Refusal(Reason.FacilitatorBusy, $"The facilitator is taken from {conflict.From} to {conflict.To}, travel included.", 7, [("from", conflict.From.ToString()), ("to", conflict.To.ToString())]);
        if (facilitator.Assignments.Count >= FacilitatorState.AssignmentsMax || facilitator.BusyCount + taken.Length > FacilitatorState.BusyMax)
            return Refusal.Of(Reason.AssignmentsMaxReached, 0, $"A facilitator has at most {FacilitatorState.AssignmentsMax} assignments and {FacilitatorState.BusyMax} sessions.", ("assignments", facilitator.Assignments.Count), ("sessions", facilitator.BusyCount));
        return Decision.Of(
            [new AssignmentOpened(cohortKey, role, taken)],
            WithRisk(cohort, now, new FacilitatorAssigned(facilitatorId, role, facilitatorVersion)));
    }

    /// <summary>
    /// Assigns a facilitator of a planned cohort to every session to come that lacks somebody of the role and that the person
    /// can lead: nobody leads every session of every pod.
    /// </summary>
    private static Decision AssignWhereMissed(FacilitatorState facilitator, string facilitatorId, int facilitatorVersion, CohortState cohort, CohortPlanned plan, string cohortKey, string role, Instant now)
    {
        if (!facilitator.Roles.Contains(role))
            return new Refusal(Reason.RoleNotHeld, $"The facilitator does not hold the role {role}.", 18);
        var here = cohort.Facilitators.GetValueOrDefault(facilitatorId);
        if (here is not null && here.Role != role)
            return new Refusal(Reason.FacilitatorAlreadyAssigned, $"The facilitator leads this cohort as {here.Role} already; a person satisfies one requirement (rule 19).", 19);
        var mine = facilitator.Assignments.GetValueOrDefault(cohortKey)?.Times ?? [];
        var others = facilitator.Assignments.Values.Where(a => a.Cohort != cohortKey).SelectMany(a => a.Times).Where(t => t.To >= now).ToList();
        var (sessions, times) = (new List<string>(), mine.ToList());
        Refusal? hindrance = null;
        foreach (var session in plan.Sessions.Where(s => s.StartsAt > now && here?.Leads(s.Id) != true && PlanCapacity.Lacks(s, role, cohort)))
        {
            var date = session.LocalStart.Date;
            var time = new Busy(cohortKey, session.IsVirtual ? "" : plan.Site, session.StartsAt, session.FreeAt);
            if (facilitator.Unfit(role, plan.Jurisdiction, date, plan.TrainingLevel, plan.FacilitatorRoles) is { } lacking)
            {
                hindrance ??= new Refusal(Reason.CredentialNotValid, $"No {lacking.What} is {lacking.Valid}.", 20,
                    [("jurisdiction", plan.Jurisdiction), ("date", date.ToString("uuuu-MM-dd", null))]);
            }
            else if (others.Concat(times).Any(t => t.ConflictsWith(time)))
            {
                hindrance ??= new Refusal(Reason.FacilitatorBusy, $"The facilitator is taken when {session.Id} takes place, travel included.", 7, [("from", time.From.ToString()), ("to", time.To.ToString())]);
            }
            else
            {
                sessions.Add(session.Id);
                times.Add(time);
            }
        }
        if (sessions.Count == 0) return hindrance ?? new Refusal(Reason.NotNeeded, $"No session to come lacks somebody as {role}.", 24);
        if (facilitator.Assignments.Count >= FacilitatorState.AssignmentsMax || facilitator.BusyCount + sessions.Count > FacilitatorState.BusyMax)
            return Refusal.Of(Reason.AssignmentsMaxReached, 0, $"A facilitator has at most {FacilitatorState.AssignmentsMax} assignments and {FacilitatorState.BusyMax} sessions.", ("assignments", facilitator.Assignments.Count), ("sessions", facilitator.BusyCount));
        return Decision.Of(
            [new AssignmentOpened(cohortKey, role, [.. times])],
            WithRisk(cohort, now, new FacilitatorAssignedTo(facilitatorId, role, facilitatorVersion, [.. sessions])));
    }

    /// <summary>Withdraws a facilitator, also below the ratio: an involuntary loss is recorded, never refused (I1).</summary>
    public static Decision Withdraw(string facilitatorId, CohortState cohort, string cohortKey, string reason, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (!cohort.Facilitators.ContainsKey(facilitatorId))
            return new Refusal(Reason.NotAssigned, "The facilitator does not lead this cohort.");
        return Decision.Of([new AssignmentEnded(cohortKey)], WithRisk(cohort, now, new FacilitatorWithdrawn(facilitatorId, reason)));
    }

    /// <summary>Brings the cohort's copy of a facilitator's credentials up to date; an older copy never replaces a newer one.</summary>
    public static Decision Recount(FacilitatorState facilitator, string facilitatorId, int facilitatorVersion, CohortState cohort, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (!cohort.Facilitators.TryGetValue(facilitatorId, out var assigned) || assigned.FacilitatorVersion >= facilitatorVersion) return Decision.Already;
        if (cohort.Planned is { } planned) return Decision.Of([], WithRisk(cohort, now, new SessionsRecounted(facilitatorId, facilitatorVersion, LapsedIn(facilitator, planned, assigned, now))));
        var counted = facilitator.Roles.Contains(assigned.Role) && NotCovered(facilitator, plan, assigned.Role, now) is null;
        return Decision.Of([], WithRisk(cohort, now, new FacilitatorRecounted(facilitatorId, facilitatorVersion, counted)));
    }

    /// <summary>Brings a planned cohort's copies of its rooms up to date.</summary>
    public static Decision CopyRooms(ImmutableArray<RoomCopy> rooms, CohortState cohort, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        var events = ImmutableArray.CreateBuilder<IEvent>();
        foreach (var room in rooms.Where(r => cohort.Rooms.TryGetValue(r.Room, out var mine) && mine.SiteVersion < r.SiteVersion && mine != r with { SiteVersion = mine.SiteVersion }))
        {
            var changed = WithRisk(cohort, now, new RoomCopied(room));
            foreach (var e in changed) cohort = cohort.Apply(e, now);
            events.AddRange(changed);
        }
        return Decision.Of([], events.ToImmutable());
    }

    /// <summary>Brings the cohort's copy of its room up to date; an older copy never replaces a newer one.</summary>
    public static Decision CopyRoom(RoomCopy room, CohortState cohort, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.Room.SiteVersion >= room.SiteVersion) return Decision.Already;
        return Decision.Of([], WithRisk(cohort, now, new RoomCopied(room)));
    }

    /// <summary>The event, followed by what it does to the risk (I1), and by a seat that it frees being kept for whoever waits (rule 38).</summary>
    public static ImmutableArray<IEvent> WithRisk(CohortState cohort, Instant now, IEvent @event) => Waits.Freeing(cohort, RiskOf(cohort, now, @event), now);

    /// <summary>The event, followed by what it does to the risk: at risk when more seats are taken than are usable, recovered when not (I1).</summary>
    internal static ImmutableArray<IEvent> RiskOf(CohortState cohort, Instant now, IEvent @event)
    {
        var after = cohort.Apply(@event, now);
        var usable = after.Usable();
        var taken = Booking.TakenAt(after, now);
        if ((taken > usable.Seats || after.HasPodOver()) && !cohort.AtRisk) return [@event, new CohortBecameAtRisk(taken, usable.Seats, usable.BoundBy)];
        if (taken <= usable.Seats && !after.HasPodOver() && cohort.AtRisk) return [@event, new CohortRecovered(taken, usable.Seats)];
        return [@event];
    }

    /// <summary>The first session date from <paramref name="from"/> on that no credential of the role covers; null when all are covered, or the role needs none.</summary>
    private static LocalDate? NotCovered(FacilitatorState facilitator, CohortOpened plan, string role, Instant? from = null)
    {
        if (!Roles.IsLicensed(role)) return null;
        foreach (var session in plan.Sessions)
        {
            if (session.EndsAt < from) continue;
            var date = session.LocalStart.Date;
            if (!facilitator.Credentials.Any(c => c.Covers(role, plan.Jurisdiction, date))) return date;
        }
        return null;
    }

    /// <summary>The sessions to come that a member leads and on whose day no credential of the role is valid (rules 20 and 21).</summary>
    private static ImmutableArray<string> LapsedIn(FacilitatorState facilitator, CohortPlanned plan, AssignedFacilitator assigned, Instant now) =>
    [
        .. plan.Sessions.Where(s => s.EndsAt >= now && assigned.Leads(s.Id)
            && (!facilitator.Roles.Contains(assigned.Role) || facilitator.Unfit(assigned.Role, plan.Jurisdiction, s.LocalStart.Date, plan.TrainingLevel, plan.FacilitatorRoles) is not null))
            .Select(s => s.Id),
    ];

    private static ImmutableArray<Busy> TimesOf(string cohortKey, CohortOpened plan)
    {
        var times = ImmutableArray.CreateBuilder<Busy>(plan.Sessions.Length);
        foreach (var session in plan.Sessions) times.Add(new Busy(cohortKey, session.IsVirtual ? "" : plan.Site, session.StartsAt, session.EndsAt));
        return times.MoveToImmutable();
    }
}
