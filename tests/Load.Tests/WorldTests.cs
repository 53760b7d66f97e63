using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;

namespace RttNetwork.Load.Tests;

public sealed class WorldTests
{
    [Fact]
    public void Everybody_is_drawn_once_and_no_cohort_is_drawn_full()
    {
        var world = new World("bench", 30, 0, 5_000);
        var draw = new Draw(world, 5_000, 10);
        var random = 1UL;
        var people = new HashSet<string>();
        var cohorts = new Dictionary<string, int>();

        while (draw.TryNext(ref random, out var cohort, out var person))
        {
            Assert.True(people.Add(person));
            cohorts[cohort] = cohorts.GetValueOrDefault(cohort) + 1;
        }

        Assert.Equal(draw.Total, people.Count);
        Assert.True(draw.IsUsedUp);
        Assert.Equal(30, cohorts.Count);
        Assert.All(cohorts.Values, seats => Assert.InRange(seats, 1, World.Seats));
    }

    [Fact]
    public void What_was_returned_is_drawn_again()
    {
        var draw = new Draw(new World("bench", 1, 0, 1), 1, 1);
        var random = 1UL;
        Assert.True(draw.TryNext(ref random, out var cohort, out var person));

        draw.Return(cohort, person);

        Assert.True(draw.TryNext(ref random, out var again, out var samePerson));
        Assert.Equal((cohort, person), (again, samePerson));
        Assert.False(draw.TryNext(ref random, out _, out _));
    }

    /// <summary>A projection is built anew from what people write, and not from one cheap kind of it.</summary>
    [Fact]
    public void The_past_is_what_the_rules_allow_and_has_every_kind_that_bookings_cancellations_and_referrals_write()
    {
        const int entries = 40_000;
        var world = new World("bench", 3, Past.Cohorts(entries), 50);
        var pace = new Pace(NodaTime.Instant.FromUtc(2026, 1, 1, 0, 0), NodaTime.Duration.FromMinutes(10));
        var all = new JournalSeed(world).Entries().Concat(new Past(world, entries, pace).Entries()).ToList();
        var streams = all.GroupBy(e => e.Stream).ToDictionary(g => g.Key, g => g.ToList());

        Assert.InRange(all.Count, entries, entries + 10);
        Assert.All(streams.Values, s => Assert.Equal(Enumerable.Range(1, s.Count), s.Select(e => e.Version)));
        var events = all.SelectMany(e => e.Events).GroupBy(e => e.GetType()).ToDictionary(g => g.Key, g => g.Count());
        foreach (var type in new[]
        {
            typeof(ParticipantRegistered), typeof(EnrolmentHeld), typeof(EnrolmentBooked), typeof(EnrolmentEnded), typeof(SeatHeld), typeof(SeatBooked), typeof(SeatCancelled), typeof(AccessGranted),
            typeof(ReferralSent), typeof(ReferralReceived), typeof(ReferralAccepted), typeof(ReferralDeclined), typeof(PathwayOpened), typeof(ScreeningBegun), typeof(MeasureRecorded),
        })
            Assert.True(events.GetValueOrDefault(type) > 50, $"{type.Name}: {events.GetValueOrDefault(type)}");
        // Most of it is seats, and nobody has two.
        Assert.True(events[typeof(SeatBooked)] > all.Count / 8);
        var cohorts = streams.Where(s => Keys.KindOf(s.Key) is StreamKind.Cohort).Select(s => Fold<CohortState>(s.Value.Select(e => e.Events))).ToList();
        var seats = cohorts.SelectMany(c => c.Seats.Values).Where(s => s.IsBooked).Select(s => s.Participant).ToList();
        Assert.Equal(seats.Count, seats.Distinct().Count());
        Assert.All(cohorts, c => Assert.True(c.SeatsBooked <= c.Usable().Seats));
    }

    [Fact]
    public void The_product_is_seeded_with_what_its_own_units_would_have_written()
    {
        var world = new World("bench", 201, 2, 300);
        var streams = new JournalSeed(world).Entries().GroupBy(e => e.Stream).ToDictionary(g => g.Key, g => g.ToList());

        Assert.All(streams.Values, entries => Assert.Equal(Enumerable.Range(1, entries.Count), entries.Select(e => e.Version)));
        for (var cohort = 0; cohort < world.CohortsInAll; cohort++)
        {
            var key = Keys.Cohort("bench", World.SiteId(cohort), World.CohortId(cohort));
            var state = Fold<CohortState>(streams[key].Select(e => e.Events));
            Assert.Equal(world.SeatsOf(cohort), state.Usable().Seats);
            Assert.False(state.AtRisk);
            var person = Fold<ParticipantState>(streams[Keys.Participant("bench", World.PersonId(cohort))].Select(e => e.Events));
            Assert.Null(Booking.Book(person.Facts(World.PersonId(cohort)), state, key, NodaTime.Instant.FromUtc(2030, 6, 1, 0, 0)).Refusal);
        }
        Assert.Equal(World.Seats, world.SeatsOf(200));
        Assert.Equal(World.RushSeats, world.SeatsOf(201));
    }

    private static TState Fold<TState>(IEnumerable<System.Collections.Immutable.ImmutableArray<IEvent>> entries) where TState : IFold<TState>
    {
        var state = TState.Empty;
        foreach (var @event in entries.SelectMany(e => EntryCodec.Read(EntryCodec.Write([new Act(Guid.NewGuid(), "seed", "operator", "care", NodaTime.Instant.FromUtc(2030, 1, 1, 0, 0), e)]))[0].Events))
            state = state.Apply(@event, NodaTime.Instant.FromUtc(2030, 1, 1, 0, 0));
        return state;
    }
}
