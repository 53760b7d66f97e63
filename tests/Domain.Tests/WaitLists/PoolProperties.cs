using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Tests.WaitLists;

/// <summary>
/// Random joining and leaving of a pool and of lists, seats that are freed, offers and answers, over several cohorts whose copies and reactions come late, against plain
/// lists that are sorted anew after every step (I1, I2, I8, rule 38).
/// </summary>
public sealed class PoolProperties
{
    private const int People = 7;
    private const int Cohorts = 3;

    private enum Verb { JoinPool, LeavePool, Join, Leave, Book, Hold, Cancel, Release, Offer, Accept, Decline, Eligible, Ineligible, Erase, Lapse, React }

    private static readonly Gen<(Verb Verb, int Who, int Cohort, int Minutes, int Priority)[]> Commands =
        Gen.Select(Gen.Enum<Verb>(), Gen.Int[0, People - 1], Gen.Int[0, Cohorts - 1], Gen.Int[0, 9], Gen.Int[1, 4]).Array[1, 90];

    [Fact]
    public void Of_a_pool_nobody_has_two_offers_no_offer_overbooks_and_nobody_eligible_waits_beside_an_idle_seat() =>
        Commands.Sample(commands =>
        {
            var world = new World();
            for (var c = 0; c < Cohorts; c++)
            {
                world.Open($"c{c}", World.Plan(seatsMax: 1 + (c % 2), mayOverlap: c == 2));
                world.Tell($"c{c}", World.Start);
            }
            for (var p = 0; p < People; p++) world.Register($"p{p}");
            var pool = new List<(int Priority, Instant Received, int Number, string Person)>();
            var (now, number) = (World.Start, 0);
            foreach (var (verb, who, c, minutes, priority) in commands)
            {
                now += Duration.FromMinutes(minutes);
                var (person, cohort, received) = ($"p{who}", $"c{c}", World.Start - Duration.FromDays(who * 7 % 5));
                switch (verb)
                {
                    case Verb.JoinPool:
                        var old = pool.Find(w => w.Person == person);
                        if (world.JoinPool(person, now, priority, received).Refusal is not null) break;
                        pool.Remove(old);
                        pool.Add((priority, received, old.Person is null ? ++number : old.Number, person));
                        break;
                    case Verb.LeavePool: world.LeavePool(person, now); break;
                    case Verb.Join: world.Join(person, cohort, now, priority, received); break;
                    case Verb.Leave: world.Leave(person, cohort, now); break;
                    case Verb.Book: world.Book(person, cohort, now); break;
                    case Verb.Hold: world.Hold(person, cohort, now); break;
                    case Verb.Cancel: world.Cancel(person, cohort, now); break;
                    case Verb.Release: world.Release(person, cohort, now); break;
                    case Verb.Offer: world.Offer(person, cohort, now, "by-hand"); break;
                    case Verb.Accept:
                        if (world.Accept(person, cohort, now) is { Refusal: null, Last.IsEmpty: false }) Assert.Empty(world.People[person].Pools);
                        break;
                    case Verb.Decline: world.Decline(person, cohort, now); break;
                    case Verb.Eligible or Verb.Ineligible: world.SetEligible(person, verb is Verb.Eligible, now); break;
                    case Verb.Erase: world.Erase(person, now); break;
                    case Verb.Lapse: WaitListProperties.Lapse(world, now); break;
                    case Verb.React: world.React(now, priority); break;
                    default: throw new InvalidOperationException();
                }
                // Somebody waits in the pool as long as their own stream says so: what knows of it besides comes after.
                pool.RemoveAll(w => world.People[w.Person].Pools.IsEmpty);
                pool.Sort();
                Assert.Equal(pool.Select(w => w.Person), world.Pool.InOrder.Select(m => m.Participant).Where(m => !world.People[m].Pools.IsEmpty));
                foreach (var (key, state) in world.Cohorts) Holds(world, key, state, now);
                foreach (var (id, state) in world.People)
                    Assert.True(world.Cohorts.Count(x => x.Value.WaitList?.Of(id) is { IsOwn: false } w && w.OfferUntil > now) <= 1, $"{id} is offered two seats of one pool");
            }
            // What time has done is recorded, and every reaction has run: copies are as the pool is, and whoever could have an open seat has it, or an offer.
            WaitListProperties.Lapse(world, now);
            world.React(now);
            Assert.Equal(pool.Select(w => w.Person), world.Pool.InOrder.Select(m => m.Participant));
            foreach (var (key, state) in world.Cohorts)
            {
                var copied = state.WaitList?.InOrder.Where(w => w.Pooled is not null).Select(w => w.Participant).Order().ToList() ?? [];
                Assert.Equal(pool.Select(w => w.Person).Order(), copied);
                Assert.Equal(0, Waits.Kept(state, now));
                if (Booking.NotOpen(state, false, now) is not null || Booking.TakenAt(state, now) >= state.Usable().Seats) continue;
                foreach (var idle in state.WaitList?.InOrder.Where(w => w.OfferUntil is null && state.SeatOf(w.Participant)?.IsTakenAt(now) != true) ?? [])
                {
                    var facts = world.People[idle.Participant].Facts(idle.Participant);
                    Assert.True(
                        idle.IsPassed && (idle.HasLetGo || Booking.Hinders(facts, state, key, now) is not null || facts.Enrolments.Any(e => e.Pool is not null && e.Cohort != key && e.HeldUntil > now) || WaitListProperties.HasChangedByTime(world, idle, now)),
                        $"{idle.Participant} is eligible and waits beside an idle seat of {key}");
                }
            }
        }, iter: 2_000);

    private static void Holds(World world, string key, CohortState cohort, Instant now)
    {
        Assert.True(Booking.TakenAt(cohort, now) <= cohort.Usable().Seats || cohort.AtRisk, "I1: more seats are taken than are usable");
        Assert.Equal(cohort.WaitList?.InOrder.OrderBy(w => (w.Priority, w.ReferralReceivedAt, w.Number)).Select(w => w.Participant) ?? [], cohort.WaitList?.InOrder.Select(w => w.Participant) ?? []);
        foreach (var waiting in cohort.WaitList?.InOrder ?? [])
        {
            Assert.Equal(waiting.IsOwn, world.People[waiting.Participant].Lists.Contains(key));
            if (!waiting.IsOwn && waiting.Pooled is { } place) Assert.Equal((place.Priority, place.ReferralReceivedAt), (waiting.Priority, waiting.ReferralReceivedAt));
            if (waiting.OfferUntil > now) Assert.True(cohort.SeatOf(waiting.Participant) is { IsOffer: true } seat && seat.HeldUntil == waiting.OfferUntil, "an offer is a seat");
            if (waiting.IsPassed) Assert.NotEmpty(waiting.Passes);
        }
        foreach (var (id, person) in world.People)
        {
            var here = person.Enrolments.FirstOrDefault(e => e.Cohort == key);
            Assert.Equal(cohort.SeatOf(id)?.IsTakenAt(now) == true, here is not null && (here.IsBooked || here.HeldUntil > now));
        }
    }
}
