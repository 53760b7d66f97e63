using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>What a gateway reads of the cohorts that are awake in its own process, beside their turns: the same as they would answer, or nothing.</summary>
public sealed class NearbyTests : IAsyncLifetime
{
    private static readonly string C1 = Keys.Cohort(Network, "nanaimo", "c1");
    private readonly LeapingClock _clock = new();
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;
    private FaultyJournal _journal = null!;
    private CohortsNearby _nearby = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database, journal: real => _journal = new FaultyJournal(real), configure: silo =>
            silo.Services.AddSingleton(s => new UnitServices(s.GetRequiredService<IJournal>(), _clock, s.GetRequiredService<ILogger<UnitServices>>())));
        _nearby = _network.Cluster.Silos[0].ServiceProvider.GetRequiredService<CohortsNearby>();
        await _network.OpenSite();
        await _network.OpenCohort("c1", seats: 1);
        foreach (var person in new[] { "ann", "bob" }) await _network.Register(person);
        // The dispatcher asks a cohort that was opened whether it knows of its pool: once that is done, nobody wakes it but the test.
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while ((await JournalReader.ReadReceipts(_database.ConnectionString)).All(r => r.Subject != "dispatcher"))
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "The dispatcher does not follow.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task It_answers_what_the_grain_does_as_soon_as_a_change_is_acknowledged()
    {
        Accepted(await _network.Book("ann", "c1"));
        var (near, asked) = (_nearby.Get(C1, Operator(), Now)!.Value!, await _network.Get("c1"));
        Assert.Equal((asked.Version, asked.Seats, asked.AsOf), (near.Version, near.Seats, near.AsOf));
        Assert.Equal(1, near.Seats.Booked);
        Accepted(await _network.Ask(SeatAsk.Cancel, "ann", "c1"));
        Assert.Equal(0, _nearby.Get(C1, Operator(), Now)!.Value!.Seats.Booked);
    }

    [Fact]
    public async Task A_stranger_finds_nothing_and_a_cohort_that_sleeps_is_not_near()
    {
        Assert.Null(_nearby.Get(C1, Desk("elsewhere"), Now)!.Value);
        Assert.Null(_nearby.Get(Keys.Cohort(Network, "nanaimo", "c2"), Operator(), Now));
        await _network.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        Assert.Null(_nearby.Get(C1, Operator(), Now));
    }

    [Fact]
    public async Task What_the_journal_has_not_vouched_for_lately_is_not_answered()
    {
        Accepted(await _network.Book("ann", "c1"));
        _clock.Leap(UnitLimits.FreshFor);
        Assert.Null(_nearby.Get(C1, Operator(), Now));
        Assert.False(_nearby.TryGlance(Request("bob"), _network.Unit(), out _));
        await _network.Get("c1");
        Assert.NotNull(_nearby.Get(C1, Operator(), Now));
    }

    [Fact]
    public async Task Nothing_is_answered_while_an_outcome_is_unknown()
    {
        var lost = _journal.Next(FaultKind.AnswerLost, FaultyJournal.IsOfClient);
        var fence = _journal.Next(FaultKind.Unreachable, unit => unit.Receipts.IsEmpty && unit.Appends[0].Stream == C1);
        // The person's own grain settles, and finds that it was accepted; the cohort could not.
        Assert.Equal(UnitOutcome.Replayed, (await _network.Book("ann", "c1")).Outcome);
        Assert.True(lost.Met.Task.IsCompleted && fence.Met.Task.IsCompleted);
        Assert.Null(_nearby.Get(C1, Operator(), Now));
        Assert.False(_nearby.TryGlance(Request("bob"), _network.Unit(), out _));
        Assert.Equal(1, (await _network.Get("c1")).Seats.Booked);
        Assert.Equal(1, _nearby.Get(C1, Operator(), Now)!.Value!.Seats.Booked);
    }

    [Fact]
    public async Task A_full_cohort_refuses_whom_it_has_not_heard_of_and_leaves_the_others_to_their_turn()
    {
        var first = _network.NextRequestId();
        Accepted(await _network.Ask(SeatAsk.Hold, "bob", "c1", _network.Unit(requestId: first)));
        Accepted(await _network.Ask(SeatAsk.Release, "bob", "c1"));
        Accepted(await _network.Book("ann", "c1"));
        Assert.True(_nearby.TryGlance(Request("bob"), _network.Unit(), out var refused));
        Assert.Equal("SEAT_FULL", refused!.Refusal!.Reason);
        // Whoever has the seat, says that it is a repeat, or was accepted here before gets the answer of a unit.
        foreach (var (person, unit) in new[] { ("ann", _network.Unit()), ("bob", _network.Unit(attempt: 1)), ("bob", _network.Unit(requestId: first)) })
        {
            Assert.True(_nearby.TryGlance(Request(person), unit, out refused));
            Assert.Null(refused);
        }
    }

    [Fact]
    public async Task Readers_on_other_threads_see_one_version_after_the_other_and_never_a_part_of_one()
    {
        Accepted(await _network.Book("ann", "c1"));
        var booked = (await _network.Get("c1")).Version;
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var (last, seen) = (0, 0);
            while (!done.IsCancellationRequested)
            {
                if (_nearby.Get(C1, Operator(), Now)?.Value is not { } view) continue;
                Assert.True(view.Version >= last);
                // Cancelled and booked again in turn: what a version holds follows from its number.
                Assert.Equal((view.Version - booked) % 2 == 0 ? 1 : 0, view.Seats.Booked);
                if (view.Version != last) seen++;
                last = view.Version;
            }
            return seen;
        })).ToArray();
        for (var i = 0; i < 50; i++)
        {
            Accepted(await _network.Ask(SeatAsk.Cancel, "ann", "c1"));
            Accepted(await _network.Book("ann", "c1"));
        }
        await done.CancelAsync();
        Assert.All(await Task.WhenAll(readers), seen => Assert.True(seen > 1));
    }

    private static SeatRequest Request(string person) => new(C1, Keys.Participant(Network, person), "");
}
