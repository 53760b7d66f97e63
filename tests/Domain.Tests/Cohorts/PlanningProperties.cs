using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>
/// Random plans, bookings, illnesses, lapses and floods in random order at one site, against a reference model that knows
/// no more than lists and loops: what is accepted keeps every rule, and what the model finds wrong is in the refusal.
/// </summary>
public sealed class PlanningProperties
{
    private const int Plans = 4;
    private const int People = 12;

    private static readonly string[] Therapists = ["t1", "t2", "t3"];
    private static readonly string[] Nurses = ["n1", "n2"];
    private static readonly ProgramTemplate Pods = Templates.Small with
    {
        Program = "PODS-5",
        Sizes = new GroupSizes(2, 12, 2, 4, 6),
        Sessions =
        [
            Templates.Session("circle", SessionKinds.LargeGroup, Scopes.Cohort, Modes.Virtual, [1, 5], 60),
            .. Templates.Small.Sessions.Select(s => s with { Scope = Scopes.Pod }),
        ],
    };

    private enum Verb { Plan, Book, Cancel, Withdraw, Lapse, Renew, Block, Unblock }

    private sealed record Command(Verb Verb, int Who, int Cohort, int Day, int Hour, int Shift, int Seats, int PodCount, bool WithPods);

    private static readonly Gen<Command[]> Commands = Gen.Select(Gen.Select(
        Gen.Frequency((3, Gen.Const(Verb.Plan)), (4, Gen.Const(Verb.Book)), (1, Gen.Const(Verb.Cancel)), (1, Gen.Const(Verb.Withdraw)), (1, Gen.Const(Verb.Lapse)), (1, Gen.Const(Verb.Renew)), (1, Gen.Const(Verb.Block)), (1, Gen.Const(Verb.Unblock))),
        Gen.Int[0, People - 1], Gen.Int[0, Plans - 1]),
        Gen.Select(Gen.Int[0, 6], Gen.Int[7, 18], Gen.Int[-8, 8]),
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 3], Gen.Bool),
        (what, when, size) => new Command(what.Item1, what.Item2, what.Item3, when.Item1, when.Item2, when.Item3, size.Item1, size.Item2, size.Item3)).Array[1, 60];

    [Fact]
    public void Whatever_happens_no_rule_of_a_plan_is_broken_and_nothing_that_is_wrong_is_overlooked()
    {
        var asked = 0;
        Commands.Sample(commands =>
        {
            var stage = new PlanStage("America/Toronto", ("hall", 8), ("annex", 5));
            foreach (var id in Therapists) stage.With(id, Roles.Therapist);
            foreach (var id in Nurses) stage.With(id, Roles.Nurse);
            stage.With("md", Roles.Prescriber);
            var world = new World();
            for (var p = 0; p < People; p++) world.Register($"p{p}");
            var version = 1;
            Interlocked.Add(ref asked, commands.Length);
            foreach (var command in commands)
            {
                var key = $"c{command.Cohort}";
                var someone = stage.People.Keys.Order(StringComparer.Ordinal).ElementAt(command.Who % stage.People.Count);
                switch (command.Verb)
                {
                    case Verb.Plan: Plan(stage, command, key); break;
                    case Verb.Withdraw: Change(stage, key, c => Staffing.Withdraw(someone, c, key, "ill", PlanStage.Now), someone, new AssignmentEnded(key)); break;
                    case Verb.Lapse or Verb.Renew:
                        var role = stage.People[someone].Roles[0];
                        stage.People[someone] = stage.People[someone] with { Credentials = [new Credential(role, PlanStage.Jurisdiction, new LocalDate(2020, 1, 1), command.Verb == Verb.Lapse ? PlanStage.StartsOn.PlusDays(command.Seats * 3) : null)] };
                        foreach (var cohort in stage.Cohorts.Keys.ToList()) Change(stage, cohort, c => Staffing.Recount(stage.People[someone], someone, ++version, c, PlanStage.Now));
                        break;
                    case Verb.Block or Verb.Unblock:
                        var blocked = command.Verb == Verb.Block;
                        stage.Site = stage.Site.Apply(blocked ? new RoomBlocked("hall", "flood", []) : new RoomUnblocked("hall", []), PlanStage.Now);
                        foreach (var cohort in stage.Cohorts.Keys.ToList()) Change(stage, cohort, c => Staffing.CopyRooms([new RoomCopy("hall", 8, blocked, ++version)], c, PlanStage.Now));
                        break;
                    case Verb.Book or Verb.Cancel when stage.Cohorts.ContainsKey(key):
                        world.Cohorts[key] = stage.Cohorts[key];
                        var before = stage.Cohorts[key];
                        var decision = command.Verb == Verb.Book ? world.Book($"p{command.Who}", key, PlanStage.Now) : world.Cancel($"p{command.Who}", key, PlanStage.Now);
                        stage.Cohorts[key] = world.Cohorts[key];
                        if (command.Verb == Verb.Book && decision.Refusal is null && !decision.Last.IsEmpty)
                            Assert.True(stage.Cohorts[key].SeatsBooked <= Model.Seats(stage.Cohorts[key]), "I1: an accepted booking took a seat that is not there");
                        else if (decision.Refusal is not null) Assert.Equal(before.SeatsBooked, stage.Cohorts[key].SeatsBooked);
                        break;
                    default: break;
                }
                Holds(stage);
            }
        }, iter: 4_000);
        Assert.True(asked >= 100_000, $"{asked} commands");
    }

    private static void Plan(PlanStage stage, Command command, string key)
    {
        var template = command.WithPods ? Pods : Templates.Small;
        var pods = command.WithPods ? Math.Max(1, command.PodCount) : 0;
        var roster = stage.Roster.Select(r => r with { Pods = [] }).ToImmutableArray();
        var request = PlanStage.Small(roster, command.Seats) with
        {
            // March: the clock of Toronto changes within some of the plans.
            StartsOn = PlanStage.StartsOn.PlusWeeks(7).PlusDays(command.Day),
            Pods = pods,
            Slots = command.WithPods
                ? [new Slot("circle", 0, (IsoDayOfWeek)(1 + command.Day), new LocalTime(20, 0), "", []), .. Enumerable.Range(1, pods).SelectMany(p => Slots(p, (command.Day + p) % 7, command.Hour, p % 2 == 0 ? "annex" : "hall"))]
                : [.. Slots(0, command.Day, command.Hour, "hall")],
            BelowMinReason = command.Seats == 1 ? "pilot" : "",
        };
        if (command.Shift != 0)
        {
            var on = DateOf(request, request.Slots.First(s => s.Session == "medicine"), 4);
            request = request with { Moves = [new Move("medicine", command.WithPods ? 1 : 0, on, on.PlusDays(command.Shift).At(new LocalTime(command.Hour, 0)), "")] };
        }
        var before = (stage.Site, People: stage.People.ToDictionary(), stage.Cohorts.GetValueOrDefault(key));
        var decision = stage.Plan(request, template, key);
        if (before.Item3 is not null)
        {
            Assert.Equal(Reason.AlreadyExists, decision.Refusal!.Reason);
            return;
        }
        var wrong = Model.Wrong(request, template, before.Site);
        if (decision.Refusal is null)
        {
            Assert.Empty(wrong);
            Model.Check(stage.Cohorts[key].Planned!, request, template, before.People);
        }
        else
        {
            Assert.Equal(wrong.Order(StringComparer.Ordinal), decision.Refusal.Violations.Where(v => v.Rule is 4 or 10 or 12 || (v.Rule == 9 && v.Subject.StartsWith('w'))).Select(v => $"{v.Subject} {v.Rule}").Distinct().Order(StringComparer.Ordinal));
        }
    }

    private static Slot[] Slots(int pod, int day, int hour, string room) =>
        [.. PlanStage.SmallSessions.Select(s => new Slot(s, pod, (IsoDayOfWeek)(1 + day), new LocalTime(hour, 0), room, []))];

    private static LocalDate DateOf(PlanRequest request, Slot slot, int week)
    {
        var date = request.StartsOn.PlusWeeks(week - 1);
        while (date.DayOfWeek != slot.Weekday) date = date.PlusDays(1);
        return date;
    }

    private static void Change(PlanStage stage, string cohort, Func<CohortState, Decision> decide, string? facilitator = null, IEvent? theirs = null)
    {
        if (!stage.Cohorts.TryGetValue(cohort, out var state)) return;
        var decision = decide(state);
        if (decision.Refusal is not null) return;
        foreach (var e in decision.Last) stage.Cohorts[cohort] = stage.Cohorts[cohort].Apply(e, PlanStage.Now);
        if (facilitator is not null) stage.People[facilitator] = stage.People[facilitator].Apply(theirs!, PlanStage.Now);
    }

    /// <summary>The invariants of the whole site, after every step.</summary>
    private static void Holds(PlanStage stage)
    {
        foreach (var room in stage.Site.Rooms.Values)
        {
            var times = room.Reservations.Values.SelectMany(t => t).ToList();
            for (var i = 0; i < times.Count; i++)
            {
                for (var j = i + 1; j < times.Count; j++) Assert.False(times[i].Overlaps(times[j]), "I3: a room in two sessions at once");
            }
        }
        foreach (var person in stage.People.Values)
        {
            var times = person.Assignments.Values.SelectMany(a => a.Times).ToList();
            for (var i = 0; i < times.Count; i++)
            {
                for (var j = i + 1; j < times.Count; j++) Assert.False(times[i].ConflictsWith(times[j]), "I3: a facilitator in two places at once");
            }
        }
        foreach (var cohort in stage.Cohorts.Values.Where(c => c.Planned is not null))
        {
            Assert.Equal(Model.Seats(cohort), cohort.Usable().Seats);
            Assert.Equal(cohort.SeatsBooked > Model.Seats(cohort) || Model.HasPodOver(cohort), cohort.AtRisk);
            if (!cohort.Planned!.Pods.IsEmpty) Assert.Equal(cohort.Seats.Values.Where(s => s.IsBooked).Select(s => s.Participant).Order(StringComparer.Ordinal), cohort.PodOf.Keys.Order(StringComparer.Ordinal));
        }
    }

    /// <summary>The same rules again, in the plainest words.</summary>
    private static class Model
    {
        /// <summary>What is wrong with a request in itself: sizes, rooms too small, and gaps of calendar days.</summary>
        public static List<string> Wrong(PlanRequest request, ProgramTemplate template, SiteState site)
        {
            var wrong = new List<string>();
            if (request.Seats > template.Sizes.CohortMax) wrong.Add("seats 10");
            var groups = new List<(int Pod, int People)> { (0, request.Seats) };
            if (template.HasPods)
            {
                groups.Clear();
                for (var i = 0; i < request.Pods; i++) groups.Add((i + 1, (request.Seats / request.Pods) + (i < request.Seats % request.Pods ? 1 : 0)));
                if (groups.Any(g => g.People < template.Sizes.PodMin || g.People > template.Sizes.PodMax)) wrong.Add("pods 12");
            }
            foreach (var (pod, people) in groups)
            {
                LocalDate? last = null;
                foreach (var (id, date, room) in Sessions(request, template, pod))
                {
                    if (site.Rooms[room].Occupancy < people) wrong.Add($"{id} 9");
                    if (!id.Contains("medicine", StringComparison.Ordinal)) continue;
                    if (last is not null && (date - last.Value).Days < template.Medicine.GapDaysMin) wrong.Add($"{id} 4");
                    last = date;
                }
            }
            return wrong;
        }

        /// <summary>An accepted plan, session by session.</summary>
        public static void Check(CohortPlanned plan, PlanRequest request, ProgramTemplate template, Dictionary<string, FacilitatorState> people)
        {
            var zone = DateTimeZoneProviders.Tzdb[plan.TimeZone];
            Assert.Equal(request.Seats, plan.Pods.IsEmpty ? plan.SeatsMax : plan.Pods.Sum(p => p.SeatsMax));
            foreach (var session in template.Sessions)
                Assert.Equal(session.Weeks.Length * (session.Scope == Scopes.Pod ? plan.Pods.Length : 1), plan.Sessions.Count(s => s.Template == session.Id));
            foreach (var session in plan.Sessions)
            {
                Assert.Equal(session.LocalStart, session.StartsAt.InZone(zone).LocalDateTime);
                Assert.True(session.LocalStart.Date < request.StartsOn.PlusWeeks(template.Weeks), "rule 2");
                var roles = session.Staff.Select(f => plan.Team.Single(t => t.Facilitator == f).Role).ToList();
                foreach (var need in template.SessionOf(session.Template)!.Staffing)
                {
                    var members = roles.Count(r => need.Role == r || (need.Role == Roles.Facilitator && template.FacilitatorRoles.Contains(r)));
                    Assert.True(members >= need.MembersMin, "rules 15, 18, 22");
                    Assert.True(need.ParticipantsPerMember == 0 || members * need.ParticipantsPerMember >= session.People, "rule 16");
                }
                foreach (var facilitator in session.Staff)
                {
                    var role = plan.Team.Single(t => t.Facilitator == facilitator).Role;
                    Assert.Contains(people[facilitator].Credentials, c => c.Role == role && c.Jurisdiction == plan.Jurisdiction && c.ValidFrom <= session.LocalStart.Date && (c.ValidUntil is null || session.LocalStart.Date <= c.ValidUntil));
                }
            }
            foreach (var group in plan.Pods.IsEmpty ? [0] : plan.Pods.Select(p => p.Number))
            {
                var mine = plan.Sessions.Where(s => s.Pod == group || s.Pod == 0).ToList();
                for (var i = 0; i < mine.Count; i++)
                {
                    for (var j = i + 1; j < mine.Count; j++) Assert.True(mine[i].EndsAt <= mine[j].StartsAt || mine[j].EndsAt <= mine[i].StartsAt, "rule 7: people in two sessions at once");
                }
                var first = mine.First(s => s.IsMedicine);
                Assert.Contains(mine, s => s.Kind == SessionKinds.Preparation && s.EndsAt + Duration.FromHours(24) <= first.StartsAt);
                var medicine = mine.Where(s => s.IsMedicine).ToList();
                for (var i = 1; i < medicine.Count; i++) Assert.Contains(mine, s => s.Kind == SessionKinds.Integration && s.StartsAt >= medicine[i - 1].EndsAt && s.EndsAt <= medicine[i].StartsAt);
            }
        }

        /// <summary>Seats by counting, session by session.</summary>
        public static int Seats(CohortState cohort)
        {
            var plan = cohort.Planned!;
            var all = plan.SeatsMax;
            foreach (var session in plan.Sessions.Where(s => s.Pod == 0)) all = Math.Min(all, Seats(cohort, session));
            return plan.Pods.IsEmpty ? all : Math.Min(all, plan.Pods.Sum(p => Pod(cohort, p)));
        }

        public static bool HasPodOver(CohortState cohort) => cohort.Planned!.Pods.Any(p => cohort.PodOf.Values.Count(n => n == p.Number) > Pod(cohort, p));

        private static int Pod(CohortState cohort, PodPlan pod) => cohort.Planned!.Sessions.Where(s => s.Pod == pod.Number).Select(s => Seats(cohort, s)).Append(pod.SeatsMax).Min();

        private static int Seats(CohortState cohort, PlanSession session)
        {
            var seats = int.MaxValue;
            if (session.Room.Length > 0) seats = cohort.Rooms[session.Room].Blocked ? 0 : cohort.Rooms[session.Room].Occupancy;
            foreach (var need in session.Needs)
            {
                var members = cohort.Facilitators.Values.Count(f => f.Sessions.Contains(session.Id) && !f.Lapsed.Contains(session.Id) && (f.Role == need.Role || (need.Role == Roles.Facilitator && cohort.Planned!.FacilitatorRoles.Contains(f.Role))));
                if (members < need.MembersMin) return 0;
                if (need.ParticipantsPerMember > 0) seats = Math.Min(seats, members * need.ParticipantsPerMember);
            }
            return seats;
        }

        private static IEnumerable<(string Id, LocalDate Date, string Room)> Sessions(PlanRequest request, ProgramTemplate template, int pod)
        {
            var all = new List<(string, LocalDate, string)>();
            foreach (var session in template.Sessions.Where(s => (s.Scope == Scopes.Pod) == (pod > 0)))
            {
                foreach (var week in session.Weeks)
                {
                    var slot = request.Slots.Single(s => s.Session == session.Id && s.Pod == pod);
                    var date = DateOf(request, slot, week);
                    var move = request.Moves.FirstOrDefault(m => m.Session == session.Id && m.On == date && (m.Pod == 0 || m.Pod == pod));
                    all.Add(($"w{week:00}-{session.Id}{(pod > 0 ? $"-p{pod}" : "")}", move?.To.Date ?? date, slot.Room));
                }
            }
            return all.OrderBy(s => s.Item2);
        }
    }
}
