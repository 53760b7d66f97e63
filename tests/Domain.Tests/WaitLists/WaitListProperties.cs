using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Tests.WaitLists;

/// <summary>
/// Random joins, bookings, cancellations, offers and answers, eligibility that comes and goes, and reactions that come late and one at a time, against a plain
/// list that is sorted anew after every step (I1, I2, I8, rule 38).
/// </summary>
public sealed class WaitListProperties
{
    private const int People = 7;

    private enum Verb { Join, Leave, Book, Hold, Cancel, Release, Offer, Accept, Decline, Eligible, Ineligible, Lapse, React, Room }

    private static readonly Gen<(Verb Verb, int Who, int Cohort, int Minutes, int Priority)[]> Commands =
        Gen.Select(Gen.Enum<Verb>(), Gen.Int[0, People - 1], Gen.Int[0, 1], Gen.Int[0, 9], Gen.Int[1, 4]).Array[1, 90];

    [Fact]
    public void Nobody_overtakes_the_list_no_offer_overbooks_and_nobody_eligible_waits_beside_an_idle_seat() =>
        Commands.Sample(commands =>
        {
            var world = new World();
            world.Open("c0", World.Plan(seatsMax: 2));
            world.Open("c1", World.Plan(seatsMax: 1, mayOverlap: true));
            for (var p = 0; p < People; p++) world.Register($"p{p}");
            var model = new Dictionary<string, List<(int Priority, Instant Received, int Number, string Person)>> { ["c0"] = [], ["c1"] = [] };
            var (now, number, siteVersion) = (World.Start, 0, 1);
            foreach (var (verb, who, c, minutes, priority) in commands)
            {
                now += Duration.FromMinutes(minutes);
                var (person, cohort) = ($"p{who}", $"c{c}");
                var before = world.Cohorts[cohort];
                var received = World.Start - Duration.FromDays((who * 7) % 5);
                switch (verb)
                {
                    case Verb.Join:
                        if (world.Join(person, cohort, now, priority, received).Refusal is not null) break;
                        var old = model[cohort].Find(w => w.Person == person);
                        model[cohort].RemoveAll(w => w.Person == person);
                        model[cohort].Add((priority, received, old.Person is null ? ++number : old.Number, person));
                        break;
                    case Verb.Leave:
                        if (world.Leave(person, cohort, now).Refusal is null) model[cohort].RemoveAll(w => w.Person == person);
                        break;
                    case Verb.Book or Verb.Hold:
                        var first = FirstByHand(world, before, model[cohort], now);
                        var taken = verb is Verb.Book ? world.Book(person, cohort, now) : world.Hold(person, cohort, now);
                        // I8: while somebody waits for the last open seat, nobody takes it but by an offer.
                        if (taken.Refusal is null && !taken.Last.IsEmpty && before.SeatOf(person)?.IsTakenAt(now) != true)
                            Assert.True(first.Count(w => w != person) < before.Usable().Seats - Booking.TakenAt(before, now), "somebody overtook the list");
                        break;
                    case Verb.Cancel: world.Cancel(person, cohort, now); break;
                    case Verb.Release: world.Release(person, cohort, now); break;
                    case Verb.Offer: world.Offer(person, cohort, now, "by-hand"); break;
                    case Verb.Accept:
                        var accepted = world.Accept(person, cohort, now);
                        Assert.Equal(before.WaitList?.Of(person)?.OfferUntil > now, accepted.Refusal is null || accepted.Refusal.Reason is not (Reason.OfferNotFound or Reason.OfferLapsed));
                        if (accepted.Refusal is not null) Assert.Same(before, world.Cohorts[cohort]);
                        break;
                    case Verb.Decline: world.Decline(person, cohort, now); break;
                    case Verb.Eligible or Verb.Ineligible: world.SetEligible(person, verb is Verb.Eligible, now); break;
                    case Verb.Lapse: Lapse(world, now); break;
                    case Verb.React: world.React(now); break;
                    case Verb.Room:
                        foreach (var e in Staffing.CopyRoom(before.Room with { Blocked = !before.Room.Blocked, SiteVersion = ++siteVersion }, before, now).Last)
                        {
                            world.Cohorts[cohort] = world.Cohorts[cohort].Apply(e, now);
                            if (e is SeatReserved) world.Owed.Enqueue((cohort, e));
                        }
                        break;
                    default: throw new InvalidOperationException();
                }
                foreach (var (key, state) in world.Cohorts)
                {
                    model[key].RemoveAll(w => state.SeatOf(w.Person) is { IsBooked: true });
                    model[key].Sort();
                    Assert.Equal(model[key].Select(w => w.Person), state.WaitList?.InOrder.Select(w => w.Participant) ?? []);
                    Holds(world, key, state, now);
                }
            }
            // What time has done is recorded, and every reaction has run: whoever could have an open seat has it, or an offer of it.
            Lapse(world, now);
            world.React(now);
            foreach (var (key, state) in world.Cohorts)
            {
                Assert.Equal(0, Waits.Kept(state, now));
                if (Booking.NotOpen(state, false, now) is not null || Booking.TakenAt(state, now) >= state.Usable().Seats) continue;
                foreach (var idle in state.WaitList?.InOrder.Where(w => w.OfferUntil is null && state.SeatOf(w.Participant)?.IsTakenAt(now) != true) ?? [])
                    Assert.True(idle.IsPassed && (idle.HasLetGo || Booking.Hinders(world.People[idle.Participant].Facts(idle.Participant), state, key, now) is not null || HasChangedByTime(world, idle, now)), $"{idle.Participant} is eligible and waits beside an idle seat of {key}");
            }
        }, iter: 2_000);

    /// <summary>A hold elsewhere ended by itself, in a cohort where nobody waits and nobody is told.</summary>
    internal static bool HasChangedByTime(World world, Waiting idle, Instant now) => world.People[idle.Participant].Enrolments.Any(e => e.HeldUntil <= now) || idle.Passes[^1].Reason is "already-enrolled" or "person-busy" or "overtaken";

    private static List<string> FirstByHand(World world, CohortState cohort, List<(int, Instant, int, string Person)> list, Instant now)
    {
        if (Booking.NotOpen(cohort, false, now) is not null) return [];
        var ended = cohort.Seats.Values.Any(s => s is { IsBooked: false, IsOffer: false } && s.HeldUntil <= now);
        return [.. list.Where(w => cohort.WaitList!.Of(w.Person) is { OfferUntil: null } waiting && (ended || !waiting.IsPassed) && cohort.SeatOf(w.Person)?.IsTakenAt(now) != true).Select(w => w.Person)];
    }

    /// <summary>What the deadlines start.</summary>
    internal static void Lapse(World world, Instant now)
    {
        foreach (var (key, cohort) in world.Cohorts.ToList())
        {
            if (cohort.WaitList is null) continue;
            foreach (var person in cohort.WaitList.InOrder.Where(w => w.OfferUntil <= now).Select(w => w.Participant).Concat(cohort.Seats.Values.Where(s => !s.IsOffer && s.HeldUntil <= now).Select(s => s.Participant)).ToList())
                world.Lapse(person, key, now);
        }
    }

    private static void Holds(World world, string key, CohortState cohort, Instant now)
    {
        Assert.Equal(cohort.SeatsBooked, cohort.Seats.Values.Count(s => s.IsBooked));
        Assert.True(Booking.TakenAt(cohort, now) <= cohort.Usable().Seats || cohort.AtRisk, "I1: more seats are taken than are usable");
        foreach (var waiting in cohort.WaitList?.InOrder ?? [])
        {
            Assert.Contains(key, world.People[waiting.Participant].Lists);
            if (waiting.OfferUntil > now) Assert.True(cohort.SeatOf(waiting.Participant) is { IsOffer: true } seat && seat.HeldUntil == waiting.OfferUntil, "an offer is a seat");
            if (waiting.IsPassed) Assert.NotEmpty(waiting.Passes);
        }
        foreach (var (id, person) in world.People)
        {
            var here = person.Enrolments.FirstOrDefault(e => e.Cohort == key);
            Assert.Equal(cohort.SeatOf(id)?.IsTakenAt(now) == true, here is not null && (here.IsBooked || here.HeldUntil > now));
            Assert.Equal(person.Lists.Contains(key), cohort.WaitList?.Of(id) is not null);
            var exclusive = person.Enrolments.Where(e => !e.MayOverlap).ToList();
            Assert.True(exclusive.Count(e => e.IsBooked) <= 1 && exclusive.Count(e => e.HeldUntil > now) <= 1, "I2");
        }
    }
}
