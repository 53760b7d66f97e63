using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// The sessions to come were resolved anew from their wall times, by another version of the zone database (rule 8). What began before stays where it was, and
/// no session is lost: one whose hour is skipped now, or that falls on another by it, is flagged for somebody to move.
/// </summary>
/// <param name="TimeZoneVersion">The version that they are resolved by from now on.</param>
/// <param name="Moved">Sessions whose instant is another now.</param>
/// <param name="IntakeClosesAt">When intake closes by the same database.</param>
/// <param name="ClosesAt">When the group closes by the same database; null for never, and in the simple form.</param>
/// <param name="Conflicts">Everything that stands against the sessions to come as they are now.</param>
[EventName("times-resolved/1")]
public sealed record TimesResolved(
    string TimeZoneVersion, ImmutableArray<SessionMoved> Moved, Instant IntakeClosesAt, Instant? ClosesAt, ImmutableArray<TimeConflict> Conflicts) : IEvent;

/// <param name="Session">Its place in the plan, from 0.</param>
public sealed record SessionMoved(int Session, Instant StartsAt);

/// <param name="Session">Its place in the plan, from 0.</param>
/// <param name="Kind">"gap": the clock skips its hour; "room" or "facilitator": it is taken by something else then.</param>
/// <param name="Subject">The room's or the facilitator's id; empty for a gap.</param>
public sealed record TimeConflict(int Session, string Kind, string Subject)
{
    public const string Gap = "gap";
    public const string OfRoom = "room";
    public const string OfFacilitator = "facilitator";
}

/// <summary>What resolving a cohort's times anew comes to, stream by stream; those without a change have none.</summary>
public sealed record ResolvingDecision(
    Refusal? Refusal, ImmutableArray<(string Facilitator, IEvent Event)> Facilitators, ImmutableArray<IEvent> Site, ImmutableArray<IEvent> Cohort)
{
    public static readonly ResolvingDecision Already = new(null, [], [], []);

    public static implicit operator ResolvingDecision(Refusal refusal) => new(refusal, [], [], []);
}

/// <summary>
/// Resolves a cohort's sessions to come anew from their wall times (rule 8). Asked for, and never done on the way of another command: a booking moves no
/// session, and while a network is brought to another build two databases are at work in it. Asked again, it judges the conflicts again: those with a cohort
/// that has been resolved since are over.
/// </summary>
public static class Resolving
{
    /// <param name="facilitators">Everybody who leads the cohort.</param>
    /// <param name="zone">The zone by the database of <paramref name="zoneVersion"/>.</param>
    /// <returns>Null when somebody leads it who was not asked: the members are read anew.</returns>
    public static ResolvingDecision? Decide(CohortState cohort, string cohortKey, ImmutableArray<RosterMember> facilitators, SiteState site, DateTimeZone zone, string zoneVersion, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Facilitators.Keys.Any(f => facilitators.All(m => m.Facilitator != f))) return null;
        var moved = ImmutableArray.CreateBuilder<SessionMoved>();
        var conflicts = ImmutableArray.CreateBuilder<TimeConflict>();
        for (var i = 0; i < plan.Sessions.Length; i++)
        {
            var session = plan.Sessions[i];
            if (session.StartsAt <= now) continue;
            // As when it was planned: an hour that the clock passes twice is taken the first time, one that it skips is nobody's; but here somebody has it.
            var mapping = zone.MapLocal(session.LocalStart);
            if (mapping.Count == 0) conflicts.Add(new TimeConflict(i, TimeConflict.Gap, ""));
            else if (mapping.First().ToInstant() is var startsAt && startsAt != session.StartsAt) moved.Add(new SessionMoved(i, startsAt));
        }
        var resolved = cohort.Moved(moved.ToImmutable());
        var rooms = Rooms(resolved, cohortKey, site, now, conflicts);
        var people = People(resolved, cohortKey, facilitators, now, conflicts);
        var (intake, closes) = Closing(cohort, resolved, zone, now);
        var found = conflicts.OrderBy(c => c.Session).ThenBy(c => c.Kind, StringComparer.Ordinal).ThenBy(c => c.Subject, StringComparer.Ordinal).ToImmutableArray();
        if (moved.Count == 0 && cohort.TimeZoneVersion == zoneVersion && found.SequenceEqual(cohort.TimeConflicts)) return ResolvingDecision.Already;
        return new ResolvingDecision(null, moved.Count > 0 ? people : [], moved.Count > 0 ? rooms : [], [new TimesResolved(zoneVersion, moved.ToImmutable(), intake, closes, found)]);
    }

    /// <summary>The cohort's rooms at their new times, and where something else has one then (rule 7).</summary>
    private static ImmutableArray<IEvent> Rooms(CohortState cohort, string cohortKey, SiteState site, Instant now, ImmutableArray<TimeConflict>.Builder conflicts)
    {
        var events = ImmutableArray.CreateBuilder<IEvent>();
        var sessions = Sessions(cohort).Where(s => s.Room.Length > 0).ToList();
        foreach (var inRoom in sessions.GroupBy(s => s.Room).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (site.Rooms.GetValueOrDefault(inRoom.Key) is not { } room || !room.Reservations.ContainsKey(cohortKey)) continue;
            var taken = room.Reservations.Where(r => r.Key != cohortKey).SelectMany(r => r.Value).ToList();
            foreach (var session in inRoom.Where(s => s.At.StartsAt > now))
            {
                var time = new Taken(session.At.StartsAt, session.FreeAt);
                if (taken.Any(t => t.Overlaps(time)) || inRoom.Any(other => other.Number != session.Number && new Taken(other.At.StartsAt, other.FreeAt).Overlaps(time)))
                    conflicts.Add(new TimeConflict(session.Number, TimeConflict.OfRoom, inRoom.Key));
            }
            events.Add(new RoomReserved(inRoom.Key, cohortKey, [.. inRoom.Select(s => new Taken(s.At.StartsAt, s.FreeAt))]));
        }
        return events.ToImmutable();
    }

    /// <summary>Whoever leads the cohort at its new times, and where they are elsewhere then, travel included (rule 7).</summary>
    private static ImmutableArray<(string, IEvent)> People(CohortState cohort, string cohortKey, ImmutableArray<RosterMember> facilitators, Instant now, ImmutableArray<TimeConflict>.Builder conflicts)
    {
        var events = ImmutableArray.CreateBuilder<(string, IEvent)>();
        foreach (var (facilitator, assigned) in cohort.Facilitators.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var member = facilitators.First(m => m.Facilitator == facilitator);
            if (!member.State.Assignments.ContainsKey(cohortKey)) continue;
            var mine = Sessions(cohort).Where(s => assigned.Leads(s.Id)).Select(s => (s.Number, Time: new Busy(cohortKey, s.At.IsVirtual ? "" : cohort.Plan!.Site, s.At.StartsAt, s.BusyUntil))).ToList();
            var elsewhere = member.State.Assignments.Values.Where(a => a.Cohort != cohortKey).SelectMany(a => a.Times).ToList();
            foreach (var (number, time) in mine.Where(s => s.Time.From > now))
            {
                if (elsewhere.Any(t => t.ConflictsWith(time)) || mine.Any(other => other.Number != number && other.Time.ConflictsWith(time)))
                    conflicts.Add(new TimeConflict(number, TimeConflict.OfFacilitator, facilitator));
            }
            events.Add((facilitator, new AssignmentOpened(cohortKey, assigned.Role, [.. mine.Select(s => s.Time)])));
        }
        return events.ToImmutable();
    }

    /// <summary>
    /// When intake and group close: whole local days before the first session (rule 31), at the end of the first week (rule 32), or at an instant that
    /// somebody named, which no zone database changes.
    /// </summary>
    private static (Instant Intake, Instant? Closes) Closing(CohortState before, CohortState after, DateTimeZone zone, Instant now)
    {
        var (was, first) = (before.Plan!.Sessions[0], after.Plan!.Sessions[0]);
        var plan = before.Planned;
        var (intake, closes) = (plan?.IntakeClosesAt ?? before.Plan.IntakeClosesAt, plan?.ClosesAt);
        if (first.StartsAt == was.StartsAt) return (intake, closes);
        if (closes == was.StartsAt) closes = first.StartsAt;
        else if (closes > now && plan is not null) closes = plan.StartsOn.PlusWeeks(1).AtStartOfDayInZone(zone).ToInstant();
        var days = (int)Math.Round((was.StartsAt - intake).TotalDays);
        if (intake > now && plan is not null && days >= 0 && Duration.FromTicks(Math.Abs((was.StartsAt - intake - Duration.FromDays(days)).BclCompatibleTicks)) <= Duration.FromHours(1))
            intake = (first.LocalStart.Date.PlusDays(-days) + first.LocalStart.TimeOfDay).InZoneLeniently(zone).ToInstant();
        return (intake, closes);
    }

    private static IEnumerable<Placed> Sessions(CohortState cohort) => cohort.Plan!.Sessions.Select((s, i) => cohort.Planned is { } planned
        ? new Placed(i, planned.Sessions[i].Id, s, planned.Sessions[i].Room, planned.Sessions[i].FreeAt, planned.Sessions[i].FreeAt)
        : new Placed(i, "", s, s.IsVirtual ? "" : cohort.Room.Room, s.RoomFreeAt, s.EndsAt));

    /// <param name="FreeAt">When the room is free again.</param>
    /// <param name="BusyUntil">When whoever leads it is: of a planned cohort with the room, in the simple form at the end.</param>
    private sealed record Placed(int Number, string Id, Session At, string Room, Instant FreeAt, Instant BusyUntil);
}
