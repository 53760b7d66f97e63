using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
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
