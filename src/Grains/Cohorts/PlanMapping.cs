using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Programs;
using RttNetwork.Grains.Facilitators;
using RttNetwork.Grains.Programs;
using RttNetwork.Grains.Sites;

namespace RttNetwork.Grains.Cohorts;

/// <summary>Between the contracts of plans and their domain.</summary>
internal static class PlanMapping
{
    /// <summary>Decides a plan over the facts that came down the chain.</summary>
    public static PlanDecision Decide(this PlanCohort command, Unit unit, CohortState cohort, string key, IDateTimeZoneProvider zones)
    {
        var site = unit.Facts<PlanSiteFacts>();
        if (command.Appointment is { } ask) return command.Decide(ask, site, unit, cohort, key, zones);
        return Planning.Decide(
            new PlanRequest(
                command.DisplayName,
                command.StartsOn,
                command.Seats,
                command.Pods,
                [.. command.Slots.Select(s => new Slot(s.Session, s.Pod, (IsoDayOfWeek)s.Weekday, LocalTime.FromMinutesSinceMidnight(s.MinuteOfDay), s.Room, s.Weeks))],
                [.. command.Roster.Select(r => new RosterEntry(r.Facilitator, r.Role, r.Pods))],
                [.. command.Moves.Select(m => new Move(m.Session, m.Pod, m.On, m.To, m.Room))],
                command.ClosedDays,
                [.. command.Given.Select(g => new Intended(g.Route, g.DoseMicrograms))],
                new HoldPolicy(command.HoldTtl, command.HoldsMax, command.HoldsPerCallerMax),
                command.BelowMinReason),
            command.Template.ToDomain(),
            [.. command.Packs.Select(p => p.ToDomain())],
            site.ToDomain(),
            Contracts.Keys.IdOf(command.Site),
            site.SiteVersion,
            unit.Roster(),
            cohort,
            key,
            zones[site.TimeZone],
            zones.VersionId,
            unit.Now);
    }

    private static PlanDecision Decide(this PlanCohort command, AppointmentAsk ask, PlanSiteFacts site, Unit unit, CohortState cohort, string key, IDateTimeZoneProvider zones) => Appointments.Offer(
        new AppointmentRequest(
            command.DisplayName,
            ask.Session,
            ask.At,
            ask.Room,
            [.. command.Roster.Select(r => new RosterEntry(r.Facilitator, r.Role, r.Pods))],
            ask.ForCohort,
            ask.IntakeClosesAt,
            new HoldPolicy(command.HoldTtl, command.HoldsMax, command.HoldsPerCallerMax)),
        command.Template.ToDomain(),
        [.. command.Packs.Select(p => p.ToDomain())],
        site.ToDomain(),
        Contracts.Keys.IdOf(command.Site),
        site.SiteVersion,
        unit.Roster(),
        cohort,
        key,
        zones[site.TimeZone],
        zones.VersionId,
        unit.Now);

    /// <summary>Everybody of the roster. Who holds no role is not there: everybody who is registered holds one.</summary>
    private static ImmutableArray<RosterMember> Roster(this Unit unit) =>
        [.. unit.Enlisted.Select(e => e.Facts).OfType<FacilitatorFacts>().Where(f => !f.Roles.IsEmpty).Select(f => f.ToMember())];

    public static RosterMember ToMember(this FacilitatorFacts facts) => new(facts.Facilitator, facts.Version, facts.ToDomain());

    /// <summary>The facts of one of several facilitators of a chain.</summary>
    public static FacilitatorFacts FactsOf(this Unit unit, string facilitator) =>
        unit.Enlisted.FirstOrDefault(e => e.Stream == facilitator)?.Facts as FacilitatorFacts ?? throw new InvalidOperationException($"The unit carries no facts of {facilitator}.");

    public static PlanView ToPlanView(this CohortState cohort, CohortPlanned plan, Instant now) => new(
        plan.StartsOn,
        [.. plan.Pods.Select(p => new PodView(p.Number, p.SeatsMax, cohort.Capacity!.Pods.GetValueOrDefault(p.Number), cohort.PodOf.Values.Count(pod => pod == p.Number)))],
        [.. plan.Sessions.Select(s => cohort.ToView(s, now))],
        [.. plan.Packs.Select(p => new PackUsedView(p.Pack, p.Version))],
        plan.ClosesAt,
        plan.BelowMinReason,
        plan.TimeZoneVersion);

    public static PlanSessionView ToView(this CohortState cohort, PlanSession session, Instant now)
    {
        var staff = cohort.Facilitators.Values.Where(f => f.Leads(session.Id)).OrderBy(f => f.Facilitator, StringComparer.Ordinal).ToList();
        return new PlanSessionView(
            session.Id,
            session.Kind,
            session.DisplayName,
            session.Week,
            session.Pod,
            session.LocalStart,
            session.StartsAt,
            session.Length,
            session.Observation,
            session.Turnover,
            session.Room,
            session.People,
            session.SeatsCap,
            [.. session.Needs.Select(n => new StaffingNeedView(n.Role, n.ParticipantsPerMember, n.MembersMin))],
            [.. staff.Select(f => f.Facilitator)],
            [.. staff.Where(f => !f.CountsIn(session.Id)).Select(f => f.Facilitator)],
            session.Activities,
            [.. session.Attached.Select(a => new AttachedRoleView(a.Role, a.Required))],
            cohort.Capacity!.Understaffed.Contains(session.Id),
            Cures.Of(cohort, session, now) is SessionStanding.Blocked,
            session.IsMedicine ? session.StartsAt - Cures.Deadline : null);
    }
}
