using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Cohorts;

/// <summary>What a plan comes to: the events of every stream, or one refusal with everything that stands against it.</summary>
/// <param name="Facilitators">Events of those who lead a session; who is in the roster and leads none has none.</param>
public sealed record PlanDecision(
    Refusal? Refusal, ImmutableArray<(string Facilitator, ImmutableArray<IEvent> Events)> Facilitators, ImmutableArray<IEvent> Site, ImmutableArray<IEvent> Cohort)
{
    public static implicit operator PlanDecision(Refusal refusal) => new(refusal, [], [], []);
}

/// <summary>
/// Plans a whole cohort as one unit: from a version of a template, a first day, slots and a roster to every session with
/// its room and its staff. Either all of it is booked, or everything that stands against it is listed at once.
/// </summary>
public static class Planning
{
    /// <param name="template">The version that is passed by value: the cohort keeps it (rule 1).</param>
    /// <param name="packs">The rule packs that may count at the site; which ones do is decided for each session's day.</param>
    /// <param name="site">The site with its rooms, their reservations and its accreditations.</param>
    /// <param name="roster">Everybody whom the request's roster names, as they are.</param>
    /// <param name="zone">The site's zone, and <paramref name="zoneVersion"/> the database that it is from.</param>
    public static PlanDecision Decide(
        PlanRequest request,
        ProgramTemplate template,
        ImmutableArray<RulePack> packs,
        SiteState site,
        string siteId,
        int siteVersion,
        ImmutableArray<RosterMember> roster,
        CohortState cohort,
        string cohortKey,
        DateTimeZone zone,
        string zoneVersion,
        Instant now)
    {
        if (SiteRules.MayPlan(site, cohortKey) is { } refused) return refused;
        if (cohort.Plan is not null) return new Refusal(Reason.AlreadyExists, "A cohort with this id exists at the site.");
        var profile = site.Profile!;
        if (!template.MayBeginOn(request.StartsOn))
        {
            return new Refusal(Reason.TemplateNotEffective, $"Version {template.Version} of {template.Program} is not effective on {request.StartsOn:uuuu-MM-dd}.", 1,
                [("version", template.Version.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("effective_from", template.EffectiveFrom.ToString("uuuu-MM-dd", null))]);
        }

        var against = new FaultList();
        Sizes(request, template, against);
        var make = new PlanSessions(request, template, packs, site, siteId, zone, against);
        var pods = make.Pods();
        var sessions = make.All(pods);
        make.Rooms(sessions);
        make.Between(sessions, pods);
        var staff = new PlanStaff(request, template, roster, cohortKey, siteId, profile.Jurisdiction, zone, now, against);
        sessions = staff.Lead(sessions);
        if (sessions.IsEmpty || sessions[0].StartsAt <= now) against.Add(2, "starts_on", sessions.IsEmpty ? "no session can be placed" : $"the first session, {sessions[0].Id}, would have begun already");
        if (!against.All.IsEmpty) return Against(against.All);

        var plan = new CohortPlanned(
            siteId, profile.Region, profile.Jurisdiction, profile.TimeZone, zoneVersion, request.DisplayName, template.Program, template.Version, make.PacksUsed, request.StartsOn,
            [.. sessions.Where(s => !s.IsVirtual).Select(s => s.Room).Distinct().Order(StringComparer.Ordinal).Select(r => new RoomCopy(r, site.Rooms[r].Occupancy, false, siteVersion))],
            template.Sizes.CohortMin, request.Seats, pods, sessions,
            [.. staff.Team.Select(t => new TeamMember(t.Member.Facilitator, t.Role, t.Member.Version))], template.FacilitatorRoles,
            IntakeClosesAt(template, sessions[0], zone), ClosesAt(template, request, sessions[0], zone), template.Audience != Audiences.Participants, request.Holds, request.BelowMinReason)
        {
            TrainingLevel = template.TrainingLevel,
        };
        return new PlanDecision(
            null,
            [.. staff.Team.Select(t => (t.Member.Facilitator, ImmutableArray.Create<IEvent>(new AssignmentOpened(cohortKey, t.Role, t.Times))))],
            [.. sessions.Where(s => !s.IsVirtual).GroupBy(s => s.Room).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new RoomReserved(g.Key, cohortKey, [.. g.Select(s => new Taken(s.StartsAt, s.FreeAt))]))],
            template.Award is { } award ? [plan, new TrainingPlanned(award.Role, award.Level, award.Membership, award.ValidDays, template.Intake.AttendancePercentMin)] : [plan]);
    }

    /// <summary>The cohort's size against the template's (rules 10 and 11).</summary>
    private static void Sizes(PlanRequest request, ProgramTemplate template, FaultList against)
    {
        var sizes = template.Sizes;
        if (request.Seats < 1 || request.Seats > sizes.CohortMax) against.Add(10, "seats", $"must be 1 to {sizes.CohortMax}, and is {request.Seats}");
        else if (request.Seats < sizes.CohortMin && request.BelowMinReason.Length == 0) against.Add(11, "seats", $"{request.Seats} is below the template's {sizes.CohortMin}: say why (below_min_reason)");
    }

    /// <summary>So many local days before the first session, at its wall time (rule 31).</summary>
    private static Instant IntakeClosesAt(ProgramTemplate template, PlanSession first, DateTimeZone zone) =>
        (first.LocalStart.Date.PlusDays(-template.Intake.ClosesDays) + first.LocalStart.TimeOfDay).InZoneLeniently(zone).ToInstant();

    /// <summary>When the group closes for good (rule 32); null for never.</summary>
    private static Instant? ClosesAt(ProgramTemplate template, PlanRequest request, PlanSession first, DateTimeZone zone) => template.Intake.ClosedAt switch
    {
        ClosePoints.FirstSession => first.StartsAt,
        ClosePoints.FirstWeekEnd => request.StartsOn.PlusWeeks(1).AtStartOfDayInZone(zone).ToInstant(),
        _ => null,
    };

    internal static Refusal Against(ImmutableArray<Violation> against) =>
        new(Reason.PlanRefused, $"The plan cannot be made: {against.Length} things stand against it. {against[0].Subject}: {against[0].Description}", against[0].Rule,
            [("violations", against.Length.ToString(System.Globalization.CultureInfo.InvariantCulture))])
        { Violations = against };
}
