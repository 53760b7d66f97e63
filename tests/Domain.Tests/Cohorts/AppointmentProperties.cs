using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>
/// Appointments and whole cohorts in random order at one site: held, booked, given back, withdrawn, their staff replaced. After every step a plain
/// model counts over all sessions that there are: no room, no facilitator and nobody is in two at once (rule 7, I3).
/// </summary>
public sealed class AppointmentProperties
{
    private const int People = 6;
    private const int Names = 10;

    private static readonly string[] Kinds = ["consultation", "intake", "medical-screening"];

    private enum Verb { Plan, Offer, Hold, Book, Cancel, Withdraw, Leave }

    private sealed record Command(Verb Verb, int Person, int Name, int Day, int Quarter, int Kind, bool InRoom, int MinutesLater);

    private static readonly Gen<Command[]> Commands = Gen.Select(
        Gen.Frequency((2, Gen.Const(Verb.Plan)), (6, Gen.Const(Verb.Offer)), (2, Gen.Const(Verb.Hold)), (8, Gen.Const(Verb.Book)), (2, Gen.Const(Verb.Cancel)), (1, Gen.Const(Verb.Withdraw)), (1, Gen.Const(Verb.Leave))),
        Gen.Int[0, People - 1], Gen.Int[0, Names - 1],
        Gen.Select(Gen.Frequency((3, Gen.Int[0, 4].Select(week => 1 + (7 * week))), (1, Gen.Int[0, 34])), Gen.Int[0, 20], Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 20]),
        (verb, person, name, when) => new Command(verb, person, name, when.Item1, when.Item2, when.Item3, when.Item4, when.Item5)).Array[20, 80];

    [Fact]
    public void No_room_no_facilitator_and_nobody_is_in_two_places_at_once_appointments_and_cohorts_alike()
    {
        var (asked, seats, withdrawn, busy) = (0, 0, 0, 0);
        Commands.Sample(commands =>
        {
            var stage = AppointmentTests.Stage().With("n1", Roles.Nurse).With("n2", Roles.Nurse);
            var world = new World();
            for (var p = 0; p < People; p++) world.Register($"p{p}");
            var now = PlanStage.Now;
            foreach (var command in commands)
            {
                Interlocked.Increment(ref asked);
                now += Duration.FromMinutes(command.MinutesLater);
                var (id, person) = ($"x{command.Name}", $"p{command.Person}");
                switch (command.Verb)
                {
                    case Verb.Plan:
                        var roster = stage.Roster.Select(r => r with { Pods = [] }).ToImmutableArray();
                        stage.Plan(PlanStage.Small(roster, 2) with { StartsOn = PlanStage.StartsOn.PlusDays(command.Day % 7), Slots = [.. PlanStage.SmallSessions.Select(s => new Slot(s, 0, IsoDayOfWeek.Tuesday, new LocalTime(9 + (command.Quarter / 4), 0), "hall", []))] },
                            Templates.Small, id);
                        break;
                    case Verb.Offer:
                        var kind = Kinds[command.Kind];
                        AppointmentTests.Offer(stage, id, kind, PlanStage.StartsOn.PlusDays(command.Day).At(new LocalTime(9, 0)).PlusMinutes(15 * command.Quarter),
                            kind == "medical-screening" || (command.InRoom && kind == "intake") ? "hall" : "", kind == "medical-screening" ? ["md"] : ["t1", "t2"]);
                        break;
                    case Verb.Withdraw when stage.Cohorts.GetValueOrDefault(id)?.Appointment is not null:
                        var taken = stage.Cohorts[id].Seats.Values.Where(s => s.IsTakenAt(now)).Select(s => s.Participant).ToImmutableArray();
                        var decision = Appointments.Withdraw(stage.Cohorts[id], id, taken, [.. stage.Cohorts[id].Facilitators.Keys], "ill", now)!;
                        if (decision.Refusal is not null || decision.Cohort.IsEmpty) break;
                        Interlocked.Increment(ref withdrawn);
                        foreach (var p in decision.People) world.People[p] = world.People[p].Apply(WithdrawalDecision.OfPerson(id), now);
                        foreach (var f in decision.Facilitators) stage.People[f] = stage.People[f].Apply(WithdrawalDecision.OfFacilitator(id), now);
                        if (decision.Room.Length > 0) stage.Site = stage.Site.Apply(new RoomReleased(decision.Room, id), now);
                        foreach (var e in decision.Cohort) stage.Cohorts[id] = stage.Cohorts[id].Apply(e, now);
                        break;
                    case Verb.Leave when stage.Cohorts.GetValueOrDefault(id) is { } left && left.Facilitators.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } who:
                        var gone = Staffing.Withdraw(who, left, id, "ill", now);
                        foreach (var e in gone.First) stage.People[who] = stage.People[who].Apply(e, now);
                        foreach (var e in gone.Last) stage.Cohorts[id] = stage.Cohorts[id].Apply(e, now);
                        break;
                    case Verb.Hold or Verb.Book or Verb.Cancel when stage.Cohorts.ContainsKey(id):
                        world.Cohorts[id] = stage.Cohorts[id];
                        var answer = command.Verb switch
                        {
                            Verb.Hold => world.Hold(person, id, now),
                            Verb.Book => world.Book(person, id, now),
                            _ => world.Cancel(person, id, now),
                        };
                        stage.Cohorts[id] = world.Cohorts[id];
                        if (answer.Refusal?.Reason == Reason.PersonBusy) Interlocked.Increment(ref busy);
                        if (command.Verb == Verb.Book && answer.Refusal is null) Interlocked.Increment(ref seats);
                        break;
                    default: break;
                }
                Holds(stage, world);
            }
        }, iter: 1_500);
        Assert.True(asked >= 50_000, $"{asked} commands");
        // The cases that matter came up.
        Assert.True(seats > 1_000 && withdrawn > 100 && busy > 100, $"{seats} seats, {withdrawn} withdrawn, {busy} refused as busy");
    }

    private static void Holds(PlanStage stage, World world)
    {
        var there = stage.Cohorts.Where(c => c.Value.Planned is not null && c.Value.Appointment is not { Withdrawn: true }).ToList();
        var sessions = there.SelectMany(c => c.Value.Planned!.Sessions.Select(s => (Cohort: c.Key, State: c.Value, Session: s))).ToList();
        // Rooms, turnover included; whoever leads, turnover included; whoever takes part.
        Apart(sessions.Where(s => s.Session.Room.Length > 0).Select(s => (s.Session.Room, s.Session.StartsAt, s.Session.FreeAt, s.Cohort)), "a room");
        Apart(sessions.SelectMany(s => s.State.Facilitators.Values.Where(f => f.Leads(s.Session.Id)).Select(f => (f.Facilitator, s.Session.StartsAt, s.Session.FreeAt, s.Cohort))), "a facilitator");
        Apart(sessions.SelectMany(s => s.State.Seats.Values.Where(x => x.IsBooked).Select(x => (x.Participant, s.Session.StartsAt, s.Session.EndsAt, s.Cohort))), "a person");
        // The streams say the same as the sessions.
        foreach (var (cohort, state) in there)
        {
            Assert.Equal(state.Facilitators.Keys.Order(StringComparer.Ordinal), stage.People.Where(p => p.Value.Assignments.ContainsKey(cohort)).Select(p => p.Key).Order(StringComparer.Ordinal));
            foreach (var seat in state.Seats.Values.Where(s => s.IsBooked)) Assert.Contains(world.People[seat.Participant].Enrolments, e => e.Cohort == cohort && e.IsBooked && !e.Times.IsEmpty);
            Assert.True(state.SeatsBooked <= state.Plan!.SeatsMax);
        }
        foreach (var (cohort, _) in stage.Cohorts.Where(c => c.Value.Appointment is { Withdrawn: true }))
        {
            Assert.DoesNotContain(stage.Site.Rooms.Values, r => r.Reservations.ContainsKey(cohort));
            Assert.DoesNotContain(stage.People.Values, p => p.Assignments.ContainsKey(cohort));
            Assert.DoesNotContain(world.People.Values, p => p.Enrolments.Any(e => e.Cohort == cohort && e.IsBooked));
        }
    }

    private static void Apart(IEnumerable<(string Whose, Instant From, Instant To, string Cohort)> taken, string what)
    {
        foreach (var whose in taken.GroupBy(t => t.Whose))
        {
            var times = whose.OrderBy(t => t.From).ToList();
            for (var i = 1; i < times.Count; i++) Assert.True(times[i - 1].To <= times[i].From, $"I3: {what} in two places: {whose.Key} in {times[i - 1].Cohort} and {times[i].Cohort} at {times[i].From}");
        }
    }
}
