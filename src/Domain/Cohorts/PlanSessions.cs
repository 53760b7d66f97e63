using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// From a template and a request to sessions with times, rooms and needs, and what stands against them (rules 2 to 9, 12,
/// 16, 17, 25). Who leads them is <see cref="PlanStaff"/>'s.
/// </summary>
internal sealed class PlanSessions(PlanRequest request, ProgramTemplate template, ImmutableArray<RulePack> packs, SiteState site, string siteId, DateTimeZone zone, FaultList against)
{
    /// <summary>Sessions of one cohort, of which a unit and a reply hold so many.</summary>
    public const int SessionsMax = 200;

    private readonly HashSet<PackUsed> _used = [];
    private readonly HashSet<Move> _moved = [];

    /// <summary>Packs that some session was held to, by id.</summary>
    public ImmutableArray<PackUsed> PacksUsed => [.. _used.OrderBy(p => p.Pack, StringComparer.Ordinal).ThenBy(p => p.Version)];

    /// <summary>The pods with their sizes, which differ by one at most (rule 12); none when the template has none.</summary>
    public ImmutableArray<PodPlan> Pods()
    {
        var sizes = template.Sizes;
        if (!template.HasPods)
        {
            if (request.Pods > 0) against.Add(12, "pods", "must be 0: the program has no pods");
            return [];
        }
        var count = request.Pods > 0 ? request.Pods : (request.Seats + sizes.PodTarget - 1) / sizes.PodTarget;
        var (least, rest) = (request.Seats / count, request.Seats % count);
        if (least < sizes.PodMin || least + (rest > 0 ? 1 : 0) > sizes.PodMax)
        {
            var (fewest, most) = ((request.Seats + sizes.PodMax - 1) / sizes.PodMax, request.Seats / sizes.PodMin);
            against.Add(12, "pods", $"{count} pods for {request.Seats} people have {least}{(rest > 0 ? $" or {least + 1}" : "")} each; a pod has {sizes.PodMin} to {sizes.PodMax}: "
                + (fewest <= most ? $"{fewest} to {most} pods would do" : "another number of people would do"));
        }
        return [.. Enumerable.Range(1, count).Select(n => new PodPlan(n, least + (n <= rest ? 1 : 0)))];
    }

    /// <summary>The sessions in order of time; those that cannot be placed are left out, and said to be.</summary>
    public ImmutableArray<PlanSession> All(ImmutableArray<PodPlan> pods)
    {
        foreach (var slot in request.Slots.Where(s => template.SessionOf(s.Session) is not { IsPlanned: true }))
            against.Add(2, $"slots {slot.Session}", $"no session '{slot.Session}' in the template; sessions: {string.Join(", ", template.Sessions.Where(s => s.IsPlanned).Select(s => s.Id))}");
        var sessions = new List<PlanSession>();
        foreach (var session in template.Sessions.Where(s => s.IsPlanned))
        {
            ImmutableArray<PodPlan> groups = session.Scope == Scopes.Pod ? pods : [new PodPlan(0, request.Seats)];
            foreach (var group in groups) sessions.AddRange(Of(session, group));
        }
        foreach (var move in request.Moves.Where(m => !_moved.Contains(m)))
            against.Add(2, $"moves {move.Session} {move.On:uuuu-MM-dd}", "no such session would take place that day");
        if (sessions.Count > SessionsMax) against.Add(2, "sessions", $"the plan has {sessions.Count} sessions, and a cohort has at most {SessionsMax}");
        sessions.Sort((a, b) => a.StartsAt != b.StartsAt ? a.StartsAt.CompareTo(b.StartsAt) : string.CompareOrdinal(a.Id, b.Id));
        return [.. sessions];
    }

    /// <summary>Rooms: known, open, large enough, and nobody else's then, turnover included (rules 7 and 9).</summary>
    public void Rooms(ImmutableArray<PlanSession> sessions)
    {
        foreach (var inRoom in sessions.Where(s => !s.IsVirtual).GroupBy(s => s.Room))
        {
            if (site.Rooms.GetValueOrDefault(inRoom.Key) is not { } room)
            {
                against.Add(7, $"room {inRoom.Key}", $"the site has no such room; rooms: {string.Join(", ", site.Rooms.Keys.Order(StringComparer.Ordinal))}");
                continue;
            }
            if (room.Blocked) against.Add(9, $"room {room.Id}", $"the room is blocked ({room.BlockedReason})");
            var taken = room.Reservations.Values.SelectMany(t => t).ToList();
            PlanSession? before = null;
            foreach (var session in inRoom)
            {
                var time = new Taken(session.StartsAt, session.FreeAt);
                foreach (var other in taken.Where(t => t.Overlaps(time)))
                    against.Add(7, session.Id, $"room {room.Id} is taken from {Local(other.From)} to {Local(other.To)}, turnover included; the session has it from {Local(time.From)} to {Local(time.To)}");
                if (before is not null && before.FreeAt > session.StartsAt)
                    against.Add(7, session.Id, $"room {room.Id} is taken by {before.Id} until {Local(before.FreeAt)}, turnover included; the session begins at {Local(session.StartsAt)}");
                if (before is null || before.FreeAt < session.FreeAt) before = session;
                if (room.Occupancy < session.People) against.Add(9, session.Id, $"room {room.Id} holds {room.Occupancy} people, and {session.People} are planned");
            }
        }
    }

    /// <summary>What holds between the sessions of one group: nobody in two at once, gaps, preparation and integration (rules 3, 4, 5 and 7).</summary>
    public void Between(ImmutableArray<PlanSession> sessions, ImmutableArray<PodPlan> pods)
    {
        foreach (var group in pods.IsEmpty ? [0] : pods.Select(p => p.Number))
        {
            var mine = sessions.Where(s => s.Pod == group || s.Pod == 0).ToList();
            for (var i = 1; i < mine.Count; i++)
            {
                // The cohort's own sessions are looked at once, not for each pod.
                if (mine[i].StartsAt < mine[i - 1].EndsAt && (group == 0 || mine[i].Pod > 0 || mine[i - 1].Pod > 0))
                    against.Add(7, mine[i].Id, $"people would be in {mine[i - 1].Id} until {Local(mine[i - 1].EndsAt)}; the session begins at {Local(mine[i].StartsAt)}");
            }
            Medicine(mine);
        }
    }

    private void Medicine(List<PlanSession> mine)
    {
        var rules = template.Medicine;
        PlanSession? last = null;
        foreach (var medicine in mine.Where(s => s.IsMedicine))
        {
            if (last is null)
            {
                var counted = mine.Count(s => s.Kind == SessionKinds.Preparation && IsPreparationFor(s, medicine));
                if (counted < rules.PreparationsMin)
                    against.Add(3, medicine.Id, $"{counted} preparation sessions end at least {rules.PreparationHoursMin} hours and begin at most {rules.PreparationDaysMax} days before it; {rules.PreparationsMin} are needed");
            }
            else
            {
                // Local calendar days: the same wall time across a change of the clock is a whole number of them.
                var days = Period.Between(last.LocalStart.Date, medicine.LocalStart.Date, PeriodUnits.Days).Days;
                if (days < rules.GapDaysMin) against.Add(4, medicine.Id, $"it is {days} days after {last.Id}; there must be {rules.GapDaysMin}");
                if (rules.IntegrationBetween && !mine.Any(s => s.Kind == SessionKinds.Integration && s.StartsAt >= last.EndsAt && s.EndsAt <= medicine.StartsAt))
                    against.Add(5, medicine.Id, $"no integration session between it and {last.Id}");
            }
            last = medicine;
        }
    }

    private bool IsPreparationFor(PlanSession preparation, PlanSession medicine) =>
        medicine.StartsAt - preparation.EndsAt >= Duration.FromHours(template.Medicine.PreparationHoursMin)
        && Period.Between(preparation.LocalStart.Date, medicine.LocalStart.Date, PeriodUnits.Days).Days <= template.Medicine.PreparationDaysMax;

    private List<PlanSession> Of(SessionTemplate session, PodPlan group)
    {
        var made = new List<PlanSession>();
        var what = group.Number > 0 ? $"{session.Id} of pod {group.Number}" : session.Id;
        ImmutableArray<Slot> slots = [.. request.Slots.Where(s => s.Session == session.Id && s.Pod == group.Number && group.Number > 0)];
        if (slots.IsEmpty) slots = [.. request.Slots.Where(s => s.Session == session.Id && s.Pod == 0)];
        if (slots.Length != session.PerWeek)
        {
            against.Add(2, $"slots {what}", $"must be {session.PerWeek} a week, and are {slots.Length}");
            return made;
        }
        var weeks = slots[0].Weeks.IsEmpty ? session.Weeks : slots[0].Weeks;
        if (!WeeksFit(session, weeks, what)) return made;
        foreach (var week in weeks)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                if (One(session, group, slots[i], week, slots.Length > 1 ? i + 1 : 0) is { } planned) made.Add(planned);
            }
        }
        return made;
    }

    private bool WeeksFit(SessionTemplate session, ImmutableArray<int> weeks, string what)
    {
        if (weeks.SequenceEqual(session.Weeks)) return true;
        if (!session.WeeksMayDiffer)
        {
            against.Add(2, $"slots {what}", $"must be in weeks {string.Join(", ", session.Weeks)}: the template does not let them differ");
            return false;
        }
        if (weeks.Length >= session.CountMin && weeks.Length <= session.CountMax && weeks.All(w => w >= 1 && w <= template.Weeks) && weeks.Distinct().Count() == weeks.Length) return true;
        against.Add(2, $"slots {what}", $"must be in {session.CountMin} to {session.CountMax} different weeks from 1 to {template.Weeks}");
        return false;
    }

    private PlanSession? One(SessionTemplate session, PodPlan group, Slot slot, int week, int nth)
    {
        var id = $"w{week:00}-{session.Id}{(group.Number > 0 ? $"-p{group.Number}" : "")}{(nth > 0 ? $"-{nth}" : "")}";
        var begins = request.StartsOn.PlusWeeks(week - 1);
        var date = begins.PlusDays(((int)slot.Weekday - (int)begins.DayOfWeek + 7) % 7);
        var (local, room) = (date + slot.At, slot.Room);
        if (request.Moves.FirstOrDefault(m => m.Session == session.Id && m.On == date && (m.Pod == 0 || m.Pod == group.Number)) is { } move)
        {
            _moved.Add(move);
            (local, room) = (move.To, move.Room.Length > 0 ? move.Room : room);
        }
        if (request.ClosedDays.Contains(local.Date)) against.Add(2, id, $"{local.Date:uuuu-MM-dd} is a closed day: move it");
        if (local.Date < request.StartsOn || local.Date >= request.StartsOn.PlusWeeks(template.Weeks))
            against.Add(2, id, $"{local.Date:uuuu-MM-dd} is outside the {template.Weeks} weeks from {request.StartsOn:uuuu-MM-dd}");
        if (session.Mode == Modes.Virtual && room.Length > 0) against.Add(6, id, $"it is virtual, and its slot has room {room}");
        if (session.Mode != Modes.Virtual && room.Length == 0)
        {
            against.Add(session.Kind == SessionKinds.Medicine ? 6 : 7, id, "it is in person, and its slot has no room");
            return null;
        }
        // An hour that the clock passes twice is taken the first time; one that it skips is nobody's appointment.
        var mapping = zone.MapLocal(local);
        if (mapping.Count == 0)
        {
            against.Add(8, id, $"{local:uuuu-MM-dd'T'HH:mm} does not exist in {zone.Id}: the clock skips it");
            return null;
        }
        return Held(session, new PlanSession(
            id, session.Id, session.Kind, session.DisplayName, week, group.Number, local, mapping.First().ToInstant(),
            Duration.FromMinutes(session.Minutes), Duration.FromMinutes(session.ObservationMinutes), Duration.FromMinutes(session.TurnoverMinutes),
            session.Mode == Modes.Virtual ? "" : room, group.SeatsMax, 0, [], [], session.Activities, session.Attached, Given(session)));
    }

    /// <summary>The session with what the rule packs of its day ask for.</summary>
    private PlanSession Held(SessionTemplate template, PlanSession session)
    {
        var day = session.LocalStart.Date;
        var inForce = RulePacks.InForce(packs, site.Profile!.Jurisdiction, siteId, day);
        foreach (var pack in inForce) _used.Add(new PackUsed(pack.Pack, pack.Version));
        foreach (var route in session.Given.Select(g => g.Route).Distinct())
        {
            foreach (var rule in RulePacks.NotPermitted(route, inForce, code => site.Accreditations.GetValueOrDefault(code) is { } a && a.ValidFrom <= day && !(a.ValidUntil < day)))
                against.Add(25, session.Id, $"{route} is not permitted at the site on {day:uuuu-MM-dd}: it needs the accreditation {string.Join(" or ", rule.AccreditationAnyOf)}");
        }
        foreach (var given in session.Given.Where(g => RulePacks.IsBeyondEveryBand(session.Kind, inForce, g)))
            against.Add(17, session.Id, $"no ratio is given for {given.DoseMicrograms / 1000m:0.###} mg of {given.Route}");
        var cap = RulePacks.CapOf(session.Kind, inForce, session.Given);
        if (cap > 0 && session.People > cap) against.Add(9, session.Id, $"at most {cap} people may take part, whatever the staff, and {session.People} are planned");
        var needs = RulePacks.NeedsOf(template, inForce, session.People, session.Given);
        var required = template.Attached.Where(a => a.Required && !needs.Any(n => n.Role == a.Role)).Select(a => new StaffingNeed(a.Role, 0, 1));
        return session with { SeatsCap = cap, Needs = [.. needs, .. required] };
    }

    private ImmutableArray<Intended> Given(SessionTemplate session)
    {
        if (session.Kind != SessionKinds.Medicine) return [];
        return request.Given.IsEmpty ? [.. template.Routes.Select(r => new Intended(r, 0))] : request.Given;
    }

    private string Local(Instant at) => at.InZone(zone).ToString("uuuu-MM-dd HH:mm", null);
}
