using NodaTime;

namespace RttNetwork.Domain.Cohorts;

/// <summary>How a session stands.</summary>
public enum SessionStanding
{
    /// <summary>Every need is met for those whom it is planned for.</summary>
    Ready,
    /// <summary>Room or staff do not carry those whom it is planned for: who must do what is in its needs (rule 21).</summary>
    AtRisk,
    /// <summary>A medicine session whose staff did not carry its people when the cure deadline passed: it is not run as one (rule 21).</summary>
    Blocked,
}

/// <summary>
/// Rule 21: a medicine session below its ratio or without a role is at risk at once, and blocked when it is so still at the cure deadline. What is lost after
/// the deadline can be cured until the session begins; below its ratio it never opens either way.
/// </summary>
public static class Cures
{
    /// <summary>The staff of a medicine session are complete so long before it (elapsed time).</summary>
    public static readonly Duration Deadline = Duration.FromHours(72);

    public static SessionStanding Of(CohortState cohort, PlanSession session, Instant now)
    {
        if (cohort.NotRun.Contains(session.Id)) return SessionStanding.Blocked;
        if (cohort.BelowSince.TryGetValue(session.Id, out var since) && IsLate(session, since, now)) return SessionStanding.Blocked;
        return cohort.Capacity!.Understaffed.Contains(session.Id) ? SessionStanding.AtRisk : SessionStanding.Ready;
    }

    /// <summary>
    /// Sessions whose room or staff do not carry those whom they are planned for, those that are blocked for it included; of a cohort in the simple form, which says
    /// nothing of one session, all of them while the cohort is at risk. Some may be over.
    /// </summary>
    public static IEnumerable<Session> AtRisk(CohortState cohort)
    {
        if (cohort.Planned is not { } planned) return cohort.AtRisk ? cohort.Plan!.Sessions : [];
        return cohort.Capacity is not { } capacity || (capacity.Understaffed.IsEmpty && cohort.BelowSince.IsEmpty && cohort.NotRun.IsEmpty)
            ? []
            : cohort.Plan!.Sessions.Where((_, i) => capacity.Understaffed.Contains(planned.Sessions[i].Id) || cohort.BelowSince.ContainsKey(planned.Sessions[i].Id) || cohort.NotRun.Contains(planned.Sessions[i].Id));
    }

    /// <summary>The cohort after something has happened: which sessions are below, since when, and which were so when their deadline passed.</summary>
    internal static CohortState Watched(CohortState cohort, Instant at)
    {
        // Nearly always everything is staffed: a booking pays for two looks.
        if (cohort.Capacity is not { } capacity || (capacity.Understaffed.IsEmpty && cohort.BelowSince.IsEmpty)) return cohort;
        var (below, notRun) = (cohort.BelowSince, cohort.NotRun);
        foreach (var session in cohort.Planned!.Sessions.Where(s => s.IsMedicine))
        {
            // One that is over is not reckoned any more: what it was at its deadline stays.
            if (below.TryGetValue(session.Id, out var since) && IsLate(session, since, at) && !notRun.Contains(session.Id)) notRun = notRun.Add(session.Id);
            if (capacity.Sessions.TryGetValue(session.Id, out var seats) && seats.Staffed < PeopleOf(cohort, session))
            {
                if (!below.ContainsKey(session.Id)) below = below.Add(session.Id, at);
            }
            else
                below = below.Remove(session.Id);
        }
        return below == cohort.BelowSince && notRun == cohort.NotRun ? cohort : cohort with { BelowSince = below, NotRun = notRun };
    }

    /// <summary>Who would be there; for nobody yet, one: a role that must be there is missed before anybody has a seat.</summary>
    private static int PeopleOf(CohortState cohort, PlanSession session) => Math.Max(1, session.Pod == 0 ? cohort.SeatsBooked : cohort.JoinedIn(session.Pod));

    private static bool IsLate(PlanSession session, Instant since, Instant now)
    {
        var deadline = session.StartsAt - Deadline;
        return since <= deadline && deadline <= now;
    }
}
