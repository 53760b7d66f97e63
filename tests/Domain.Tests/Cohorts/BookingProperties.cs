using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>Random commands in random order, at random times, against the invariants I1 and I2 after every step.</summary>
public sealed class BookingProperties
{
    private const int People = 6;
    private const int Cohorts = 3;
    private const int Nurses = 3;

    private enum Verb { Hold, Book, Cancel, Release, Assign, Withdraw, Block, Unblock }

    private static readonly Gen<(Verb Verb, int Who, int Cohort, int Minutes)[]> Commands =
        Gen.Select(Gen.Enum<Verb>(), Gen.Int[0, People - 1], Gen.Int[0, Cohorts - 1], Gen.Int[0, 12]).Array[1, 80];

    [Fact]
    public void No_accepted_command_takes_a_seat_that_is_not_usable_and_nobody_has_two() =>
        Commands.Sample(commands =>
        {
            var world = new World();
            // Two cohorts overlap, the third is an alumni circle.
            for (var c = 0; c < Cohorts; c++)
                world.Open($"c{c}", World.Plan(seatsMax: 3, staffing: [new StaffingRequirement("nurse", 2, 1)], mayOverlap: c == 2));
            for (var p = 0; p < People; p++) world.Register($"p{p}");
            var now = World.Start;
            var siteVersion = 1;
            foreach (var (verb, who, c, minutes) in commands)
            {
                now += Duration.FromMinutes(minutes);
                var (person, cohort) = ($"p{who}", $"c{c}");
                var before = world.Cohorts[cohort];
                switch (verb)
                {
                    case Verb.Hold or Verb.Book:
                        var taken = Booking.TakenAt(before, now);
                        var decision = verb == Verb.Hold ? world.Hold(person, cohort, now) : world.Book(person, cohort, now);
                        var after = world.Cohorts[cohort];
                        if (decision.Refusal is null && !decision.Last.IsEmpty)
                        {
                            Assert.True(Booking.TakenAt(after, now) <= after.Usable().Seats, "I1: an accepted command took a seat that is not usable");
                            Assert.False(after.AtRisk);
                        }
                        else
                        {
                            Assert.Equal(taken, Booking.TakenAt(after, now));
                        }
                        break;
                    case Verb.Cancel: world.Cancel(person, cohort, now); break;
                    case Verb.Release: world.Release(person, cohort, now); break;
                    case Verb.Assign: Change(world, cohort, now, Assign(before, cohort, $"n{who % Nurses}", now)); break;
                    case Verb.Withdraw: Change(world, cohort, now, Staffing.Withdraw($"n{who % Nurses}", before, cohort, "ill", now)); break;
                    case Verb.Block or Verb.Unblock:
                        Change(world, cohort, now, Staffing.CopyRoom(before.Room with { Blocked = verb == Verb.Block, SiteVersion = ++siteVersion }, before, now));
                        break;
                    default: throw new InvalidOperationException();
                }
                Holds(world, now);
            }
        }, iter: 2_000);

    private static Decision Assign(CohortState cohort, string key, string nurse, Instant now)
    {
        var facilitator = FacilitatorState.Empty with { HomeSite = "nanaimo", Roles = ["nurse"], Credentials = [new Credential("nurse", "CA-BC", new LocalDate(2020, 1, 1), null)] };
        return Staffing.Assign(facilitator, nurse, 1, cohort, key, "nurse", now);
    }

    private static void Change(World world, string cohort, Instant now, Decision decision)
    {
        foreach (var e in decision.Last) world.Cohorts[cohort] = world.Cohorts[cohort].Apply(e, now);
    }

    private static void Holds(World world, Instant now)
    {
        foreach (var (key, cohort) in world.Cohorts)
        {
            Assert.Equal(cohort.SeatsBooked, cohort.Seats.Values.Count(s => s.IsBooked));
            if (Booking.TakenAt(cohort, now) > cohort.Usable().Seats) Assert.True(cohort.AtRisk, "I1: a loss is flagged");
            foreach (var (id, person) in world.People)
            {
                var here = person.Enrolments.FirstOrDefault(e => e.Cohort == key);
                Assert.Equal(cohort.SeatOf(id)?.IsTakenAt(now) == true, here is not null && (here.IsBooked || here.HeldUntil > now));
            }
        }
        foreach (var person in world.People.Values)
        {
            var exclusive = person.Enrolments.Where(e => !e.MayOverlap).ToList();
            Assert.True(exclusive.Count(e => e.IsBooked) <= 1, "I2: one seat");
            Assert.True(exclusive.Count(e => e.HeldUntil > now) <= 1, "I2: one hold");
        }
    }
}
