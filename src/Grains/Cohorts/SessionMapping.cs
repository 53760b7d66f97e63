using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Cohorts;

/// <summary>Between the contracts of a session's door and its domain.</summary>
internal static class SessionMapping
{
    /// <summary>One session with everybody whose session it is; null when the plan has no such session.</summary>
    public static SessionView? ToSessionView(this CohortState cohort, string key, int number, Instant now)
    {
        if (cohort.Plan is not { } plan || number >= plan.Sessions.Length) return null;
        var session = plan.Sessions[number];
        var door = Doors.Of(cohort, number, now);
        var people = cohort.Seats.Keys.Where(p => cohort.IsTheirs(p, number))
            .Concat(cohort.Guests.Where(g => g.Value == number).Select(g => g.Key))
            .Concat(cohort.Present.Where(p => p.Value == number).Select(p => p.Key))
            .Distinct().Order(StringComparer.Ordinal);
        return new SessionView(
            key,
            plan.Program,
            plan.TimeZone,
            number,
            new PlannedSession(session.Kind, session.LocalStart, session.StartsAt, session.Length, session.Turnover, session.IsVirtual),
            cohort.Planned is { } planned ? cohort.ToView(planned.Sessions[number], now) : null,
            door.Standing switch
            {
                SessionStanding.Ready => "ready",
                SessionStanding.AtRisk => "at-risk",
                SessionStanding.Blocked => "blocked",
                _ => throw new InvalidOperationException($"Unknown standing {door.Standing}."),
            },
            door.OpensAt,
            door.ClosesAt,
            door.Carried.Seats,
            door.Carried.BoundBy,
            door.Expected,
            door.Present,
            [.. door.Shortages.Select(s => new ShortageView(s.Role, s.Needed, s.Counted, s.ParticipantsPerMember, s.NotCounted))],
            [.. door.Against.Select(r => Refusals.ToContract(r)!)],
            door.IsOpen,
            [.. people.Select(p => new SessionPersonView(
                p,
                cohort.PodOf.GetValueOrDefault(p),
                !cohort.IsTheirs(p, number),
                cohort.Present.TryGetValue(p, out var at) && at == number,
                cohort.ConsentMissing.GetValueOrDefault(p, []),
                cohort.ToSessionFacts(key, number, p, now)))]);
    }
}
