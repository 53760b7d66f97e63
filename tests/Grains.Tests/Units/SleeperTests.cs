using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>A process that is frozen in the middle of something and wakes while another has taken its place: nothing from before its sleep counts.</summary>
public sealed class SleeperTests : IAsyncLifetime
{
    private static readonly TimeSpan Sleep = 3 * UnitLimits.FreshFor;
    private readonly LeapingClock _clock = new();
    private TestDatabase _database = null!;
    private TestNetwork _sleeper = null!;
    private TestNetwork _other = null!;
    private FaultyJournal _journal = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _sleeper = await Start(_database, journal: real => _journal = new FaultyJournal(real), seed: 1, configure: silo =>
            silo.Services.AddSingleton(s => new UnitServices(s.GetRequiredService<IJournal>(), _clock, s.GetRequiredService<ILogger<UnitServices>>())));
        _other = await Start(_database, seed: 2);
        await _sleeper.OpenSite();
        await _sleeper.OpenCohort("c1");
        await _sleeper.OpenCohort("c2", hour: 11);
        await _sleeper.Register("ann");
    }

    public async Task DisposeAsync()
    {
        await _sleeper.DisposeAsync();
        await _other.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_acknowledgement_that_was_read_after_a_sleep_vouches_for_nothing()
    {
        var late = _journal.Next(FaultKind.AnswerLate, FaultyJournal.IsOfClient);
        var booking = _sleeper.Book("ann", "c1");
        Assert.Equal(CommitOutcome.Committed, await late.Landed.Task);
        Accepted(await _other.Ask(SeatAsk.Cancel, "ann", "c1"));
        _clock.Leap(Sleep);
        late.MayLand.SetResult();

        Assert.Equal(SeatState.Booked, Accepted(await booking).State);

        Assert.Equal(0, (await _sleeper.Get("c1")).Seats.Booked);
        Assert.Empty((await _sleeper.Participant("ann").Get(Operator(), Now)).Value!.Enrolments);
    }

    [Fact]
    public async Task A_read_that_began_before_a_sleep_does_not_answer_a_question_of_after_it()
    {
        Assert.Equal(0, (await _sleeper.Get("c1")).Seats.Booked);
        _clock.Leap(Sleep);
        var load = _journal.NextLoad();
        var before = _sleeper.Cohort("c1").Get(Operator(), Now);
        await load.Read.Task;
        Accepted(await _other.Book("ann", "c1"));
        _clock.Leap(Sleep);
        var after = _sleeper.Cohort("c1").Get(Operator(), Now);
        // Answered at once and in its turn: the question before it has been heard.
        Assert.Null(await _sleeper.Cohort("c1").Glance(new SeatRequest(Keys.Cohort(Network, "nanaimo", "c1"), Keys.Participant(Network, "ann"), ""), _sleeper.Unit()));
        load.MayAnswer.SetResult();

        Assert.False((await before).Unavailable);
        Assert.Equal(1, (await after).Value!.Seats.Booked);
    }

    [Fact]
    public async Task Nobody_is_refused_for_a_seat_that_was_given_up_during_the_sleep()
    {
        Accepted(await _sleeper.Book("ann", "c1"));
        Accepted(await _other.Ask(SeatAsk.Cancel, "ann", "c1"));
        _clock.Leap(Sleep);
        Assert.Equal(SeatState.Booked, Accepted(await _sleeper.Book("ann", "c2")).State);
    }
}
