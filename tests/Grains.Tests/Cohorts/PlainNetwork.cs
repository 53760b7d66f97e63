using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>
/// A network in lists and loops, told over from the journal: it knows what happened and none of the product's folds, and finds what must never happen (I1, I3, I4,
/// I7, I9; rules 21, 28, 34, 44 and 45).
/// </summary>
internal sealed class PlainNetwork
{
    private readonly Dictionary<string, Cohort> _cohorts = [];
    private readonly Dictionary<string, ClearanceSet> _clearance = [];
    private readonly Dictionary<string, List<LocalDate>> _medicine = [];
    private readonly Dictionary<string, Instant> _lastDose = [];
    private readonly HashSet<string> _alerts = [];
    private readonly HashSet<string> _baselines = [];
    private readonly HashSet<string> _hadMedicine = [];

    /// <summary>Where everybody is.</summary>
    public Dictionary<string, string> Stages { get; } = [];

    public int Enrolled { get; private set; }
    public int CheckIns { get; private set; }
    public int Losses { get; private set; }

    public int SeatsBooked(string cohort) => _cohorts[cohort].Booked.Count;

    public void Tell(string stream, Act act)
    {
        var id = Keys.IdOf(stream);
        foreach (var @event in act.Events.Where(e => e is not Fenced))
        {
            switch (Keys.KindOf(stream))
            {
                case StreamKind.Participant: TellPerson(id, @event, act.At); break;
                case StreamKind.Pathway: TellPathway(id, @event, act.At); break;
                case StreamKind.Cohort: TellCohort(stream, @event, act.At); break;
                default: break;
            }
        }
    }

    private void TellPerson(string person, object @event, Instant at)
    {
        switch (@event)
        {
            case ParticipantRegistered:
                Stages.TryAdd(person, "not-referred");
                break;
            case ClearanceSet e:
                _clearance[person] = e;
                break;
            case PathwayEntered:
                _clearance.Remove(person);
                break;
            case PathwayMoved e:
                Assert.True(Stages[person] == e.From, $"I9: {person} is {Stages[person]} and moves from {e.From}");
                Stages[person] = e.To;
                if (e.To != "enrolled") break;
                Enrolled++;
                var day = at.InZone(DateTimeZoneProviders.Tzdb["America/Vancouver"]).Date;
                Assert.True(_clearance.TryGetValue(person, out var clear) && clear.Consented && clear.ScreenedUntil >= day, $"rules 28 and 29: {person} is enrolled with {clear}");
                break;
            default:
                break;
        }
    }

    private void TellPathway(string person, object @event, Instant at)
    {
        switch (@event)
        {
            case CheckedIn e:
                var days = _medicine.TryGetValue(person, out var known) ? known : _medicine[person] = [];
                Assert.True(days.All(d => Math.Abs(Period.DaysBetween(d, e.Day)) >= 14), $"I7: {person} takes medicine on {string.Join(", ", days)} and {e.Day}");
                days.Add(e.Day);
                Assert.False(_alerts.Contains(person), $"rule 45: {person} is in medicine while an alert stands");
                Assert.True(!_hadMedicine.Add(person) || _baselines.Contains(person), $"rule 44: {person} has no baseline");
                _lastDose.Remove(person);
                break;
            case PathwayOpened:
                _baselines.Remove(person);
                _hadMedicine.Remove(person);
                break;
            case MeasureRecorded { Point: "baseline" }:
                _baselines.Add(person);
                break;
            case RiskAlertRaised:
                _alerts.Add(person);
                break;
            case RiskAlertAssessed { Outcome: "safety-plan-made" }:
                _alerts.Remove(person);
                break;
            case DoseGiven:
                Assert.False(_alerts.Contains(person), $"rule 45: {person} is given medicine while an alert stands");
                _lastDose[person] = at;
                break;
            case Discharged when _lastDose.TryGetValue(person, out var dose):
                Assert.True(at >= dose + Duration.FromHours(2), $"rule 34: {person} goes at {at}, after a dose at {dose}");
                break;
            default:
                break;
        }
    }

    private void TellCohort(string key, object @event, Instant at)
    {
        if (@event is CohortPlanned plan)
        {
            _cohorts[key] = new Cohort(plan);
            foreach (var other in _cohorts.Where(c => c.Key != key))
            {
                foreach (var mine in plan.Sessions)
                {
                    foreach (var theirs in other.Value.Plan.Sessions.Where(s => s.Room == mine.Room && mine.Room.Length > 0))
                        Assert.True(mine.FreeAt <= theirs.StartsAt || theirs.FreeAt <= mine.StartsAt, $"I3: {mine.Room} has {key} {mine.Id} and {other.Key} {theirs.Id}");
                }
            }
            return;
        }
        var cohort = _cohorts[key];
        cohort.Watch(at);
        switch (@event)
        {
            case SeatBooked e: cohort.Booked.Add(e.Participant); break;
            case PodJoined e: cohort.PodOf[e.Participant] = e.Pod; break;
            case SeatCancelled e:
                cohort.Booked.Remove(e.Participant);
                cohort.PodOf.Remove(e.Participant);
                break;
            case RoomCopied e: cohort.Rooms[e.Room.Room] = e.Room.Blocked ? 0 : e.Room.Occupancy; break;
            case FacilitatorWithdrawn e:
                cohort.Staff.RemoveAll(s => s.Who == e.Facilitator);
                Losses++;
                break;
            case FacilitatorAssignedTo e: cohort.Staff.AddRange(e.Sessions.Select(s => (s, e.Facilitator, e.Role))); break;
            case FacilitatorSubstituted e:
                cohort.Staff.RemoveAll(s => s.Who == e.Leaving);
                cohort.Staff.AddRange(e.Sessions.Select(s => (s, e.Substitute, e.Role)));
                foreach (var person in e.ConsentNeeded) cohort.Unasked.Add((person, e.Substitute));
                break;
            case SubstituteAccepted e: cohort.Unasked.Remove((e.Participant, e.Substitute)); break;
            case SessionsRecounted e:
                cohort.Lapsed.RemoveAll(l => l.Who == e.Facilitator);
                cohort.Lapsed.AddRange(e.Lapsed.Select(s => (s, e.Facilitator)));
                if (!e.Lapsed.IsEmpty) Losses++;
                break;
            case GuestExpected e: cohort.Guests[e.Participant] = e.Session; break;
            case GuestGone e: cohort.Guests.Remove(e.Participant); break;
            case PersonDischarged e: cohort.Present.Remove(e.Participant); break;
            case PersonCheckedIn e:
                CheckIns++;
                cohort.Present[e.Participant] = e.Session;
                cohort.MayOpen(e.Participant, e.Session);
                break;
            default: break;
        }
        // I1: whoever was taken in has a place in each session to come of the group that they joined.
        if (@event is SeatBooked { Participant: var booked } && cohort.Plan.Pods.IsEmpty) cohort.HasRoom(booked, 0, at);
        if (@event is PodJoined joined) cohort.HasRoom(joined.Participant, joined.Pod, at);
        cohort.Watch(at);
    }

    private sealed class Cohort(CohortPlanned plan)
    {
        private readonly Dictionary<string, Instant> _below = [];
        private readonly HashSet<string> _blocked = [];

        public CohortPlanned Plan => plan;
        public HashSet<string> Booked { get; } = [];
        public Dictionary<string, int> PodOf { get; } = [];
        public Dictionary<string, int> Guests { get; } = [];
        public Dictionary<string, int> Present { get; } = [];
        public HashSet<(string Person, string Substitute)> Unasked { get; } = [];
        public Dictionary<string, int> Rooms { get; } = plan.Rooms.ToDictionary(r => r.Room, r => r.Blocked ? 0 : r.Occupancy);
        public List<(string Session, string Who, string Role)> Staff { get; } = [.. plan.Sessions.SelectMany(s => s.Staff.Select(f => (s.Id, f, plan.Team.Single(t => t.Facilitator == f).Role)))];
        public List<(string Session, string Who)> Lapsed { get; } = [];

        /// <summary>I4, and rules 12, 21 and 23.</summary>
        public void MayOpen(string person, int number)
        {
            var session = plan.Sessions[number];
            var there = Present.Values.Count(s => s == number);
            Assert.True(session.IsMedicine, $"{person} checks in to {session.Id}");
            Assert.True(there <= Carried(session), $"I4: {there} are in {session.Id}, which carries {Carried(session)}");
            Assert.False(_blocked.Contains(session.Id), $"rule 21: {session.Id} is blocked, and {person} checks in");
            if (Guests.TryGetValue(person, out var expected) && expected == number) return;
            Assert.True(Booked.Contains(person) && (session.Pod == 0 || PodOf[person] == session.Pod), $"rule 12: {person} of pod {PodOf.GetValueOrDefault(person)} checks in to {session.Id}");
            Assert.False(Unasked.Any(u => u.Person == person && Staff.Any(s => s.Session == session.Id && s.Who == u.Substitute)), $"rule 23: {person} is held out of {session.Id}");
        }

        public void HasRoom(string person, int pod, Instant at)
        {
            for (var i = 0; i < plan.Sessions.Length; i++)
            {
                var session = plan.Sessions[i];
                if (session.EndsAt <= at || (session.Pod != pod && session.Pod != 0)) continue;
                var people = Group(session) + Guests.Values.Count(s => s == i);
                Assert.True(people <= Carried(session), $"I1: {person} joins, and {session.Id} has {people} people and carries {Carried(session)}");
            }
        }

        /// <summary>Rule 21: what is below when its deadline passes is blocked for good.</summary>
        public void Watch(Instant at)
        {
            foreach (var session in plan.Sessions.Where(s => s.IsMedicine))
            {
                var deadline = session.StartsAt - Duration.FromHours(72);
                if (_below.TryGetValue(session.Id, out var since) && since <= deadline && deadline <= at) _blocked.Add(session.Id);
                if (Staffed(session) >= Math.Max(1, Group(session))) _below.Remove(session.Id);
                else _below.TryAdd(session.Id, at);
            }
        }

        private int Group(PlanSession session) => session.Pod == 0 ? Booked.Count : PodOf.Values.Count(p => p == session.Pod);

        private int Carried(PlanSession session) => Math.Min(session.Room.Length > 0 ? Rooms[session.Room] : int.MaxValue, Staffed(session));

        private int Staffed(PlanSession session)
        {
            var seats = int.MaxValue;
            foreach (var need in session.Needs)
            {
                var members = Staff.Count(s => s.Session == session.Id && (s.Role == need.Role || (need.Role == "facilitator" && plan.FacilitatorRoles.Contains(s.Role))) && !Lapsed.Contains((session.Id, s.Who)));
                if (members < need.MembersMin) return 0;
                if (need.ParticipantsPerMember > 0) seats = Math.Min(seats, members * need.ParticipantsPerMember);
            }
            return seats;
        }
    }
}
