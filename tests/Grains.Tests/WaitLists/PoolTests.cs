using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.WaitLists;

/// <summary>The pool of a program in a region on real grains and a real database, over cohorts of two sites, with the dispatcher and the deadlines at work (I8).</summary>
public sealed class PoolTests(ITestOutputHelper output) : WaitingTests
{
    private static readonly string Pool = Keys.Pool(Network, "island", "GRIP-8");

    private readonly Dictionary<string, string> _siteOf = [];
    [Fact]
    public async Task A_freed_seat_of_any_cohort_goes_to_the_first_of_the_pool_and_the_list_who_is_eligible_and_acceptance_ends_the_waiting_everywhere()
    {
        await Full("c1", "nanaimo");
        await Full("c2", "victoria");
        foreach (var person in new[] { "ann", "bob", "eve", "own" }) await Cluster.Register(person, eligible: person != "ann");
        Assert.Equal("NO_WAIT_LIST", (await OfPool(PoolAsk.Join, "bob", pool: Keys.Pool(Network, "island", "RTT-KaT-12"))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await OfPool(PoolAsk.Join, "bob", caller: Desk("victoria"))).Refusal!.Reason);
        Accepted(await OfPool(PoolAsk.Join, "eve"));
        Assert.Equal(1, Accepted(await OfPool(PoolAsk.Join, "ann", priority: 1)).Position);
        Accepted(await Wait(WaitAsk.Join, "own", "c2", priority: 2));
        var unit = Unit();
        Assert.Equal(2, Accepted(await OfPool(PoolAsk.Join, "bob", priority: 2, unit: unit)).Position);
        Assert.Equal(UnitOutcome.Replayed, (await OfPool(PoolAsk.Join, "bob", priority: 2, unit: unit with { Attempt = 1 })).Outcome);
        // One order of both, in the cohort's own stream; the site sees the names of its own list alone.
        await Until("c2", list => list.Select(w => w.Participant).SequenceEqual(["ann", "own", "bob", "eve"]));
        Assert.Equal(["", "own", "", ""], (await Cluster.Cohort("c2", "victoria").WaitList(Desk("victoria"), Now())).Value!.People.Select(w => w.Participant));
        Assert.Equal(3, (await Cluster.Grains.GetGrain<IPoolGrain>(Pool).List(Desk("victoria"))).Value!.Waiting);
        Assert.Empty((await Cluster.Grains.GetGrain<IPoolGrain>(Pool).List(Desk("victoria"))).Value!.People);

        await Cancel("c2-p0", "c2");
        var offered = await Until("c2", list => list.Any(w => w.OfferExpiresAt is not null));
        Assert.Equal(("own", "not-eligible"), (offered.Single(w => w.OfferExpiresAt is not null).Participant, Assert.Single(offered[0].Passes).Reason));
        await Cancel("c2-p1", "c2");
        await Until("c2", list => list.Single(w => w.Participant == "bob").OfferExpiresAt is not null);
        // The site that offers the seat knows the person from then on, and they accept there.
        Accepted(await Cluster.Ask(SeatAsk.Accept, "bob", "c2", Unit(Desk("victoria")), "victoria"));
        await Until("c1", list => list.Select(w => w.Participant).SequenceEqual(["ann", "eve"]));
        Assert.Equal(["ann", "eve"], await InPool());
        Assert.Equal("NOT_ON_WAIT_LIST", (await OfPool(PoolAsk.Leave, "bob")).Refusal!.Reason);
        await Holds();
    }

    [Fact]
    public async Task Two_seats_that_are_freed_at_once_go_to_two_people()
    {
        for (var round = 0; round < 5; round++)
        {
            string[] cohorts = [$"c{round}a", $"c{round}b"];
            await Full(cohorts[0], "nanaimo", hour: 8 + round);
            await Full(cohorts[1], "victoria", hour: 8 + round);
            foreach (var person in new[] { $"w{round}-0", $"w{round}-1" })
            {
                await Cluster.Register(person);
                Accepted(await OfPool(PoolAsk.Join, person));
            }
            foreach (var cohort in cohorts) await Until(cohort, list => list.Length == 2);
            await Task.WhenAll(cohorts.Select(c => Cancel($"{c}-p0", c)));
            foreach (var cohort in cohorts) await Until(cohort, list => list.Count(w => w.OfferExpiresAt is not null) == 1);
            var offered = await Task.WhenAll(cohorts.Select(async c => (Cohort: c, (await List(c)).Single(w => w.OfferExpiresAt is not null).Participant)));
            Assert.NotEqual(offered[0].Participant, offered[1].Participant);
            foreach (var (cohort, person) in offered) Accepted(await Ask(SeatAsk.Accept, person, cohort));
            foreach (var cohort in cohorts) await Until(cohort, list => list.IsEmpty);
        }
        await Holds();
    }

    [Fact]
    public async Task Declined_or_lapsed_the_seat_goes_to_the_next_and_the_person_is_offered_one_elsewhere()
    {
        await Full("c1", "nanaimo");
        await Full("c2", "victoria");
        foreach (var person in new[] { "ann", "bob" })
        {
            await Cluster.Register(person);
            Accepted(await OfPool(PoolAsk.Join, person));
        }
        foreach (var cohort in new[] { "c1", "c2" }) await Until(cohort, list => list.Length == 2);
        await Cancel("c1-p0", "c1");
        await Until("c1", list => list[0].OfferExpiresAt is not null);
        Accepted(await Wait(WaitAsk.Decline, "ann", "c1"));
        await Until("c1", list => list[1].OfferExpiresAt is not null);
        Clock.Leap(OfferLasts.ToTimeSpan());
        Assert.Equal(["declined", "lapsed"], (await Until("c1", list => list.All(w => w.IsPassed))).Select(w => w.Passes[^1].Reason));
        // Neither wanted that one, and both want another.
        await Cancel("c2-p0", "c2");
        await Until("c2", list => list[0].OfferExpiresAt is not null);
        await Cancel("c2-p1", "c2");
        await Until("c2", list => list[1].OfferExpiresAt is not null);
        // Who leaves gives back what they are offered; who is erased waits nowhere.
        Accepted(await OfPool(PoolAsk.Leave, "ann"));
        Accepted(await Cluster.Participant("bob").ErasePersonalData(Unit()));
        await Until("c2", list => list.IsEmpty);
        await Until("c1", list => list.IsEmpty);
        Assert.Equal((1, 0), (await Cluster.Cohort("c1").Get(Operator(), Now())).Value!.Seats is var s ? (s.Open, s.Held) : default);
        Assert.Equal(2, (await Cluster.Cohort("c2", "victoria").Get(Operator(), Now())).Value!.Seats.Open);
        Assert.Empty(await InPool());
        await Holds();
    }

    [Fact]
    public async Task The_act_that_frees_a_seat_keeps_it_though_nobody_follows_and_a_closed_group_is_not_filled()
    {
        await Full("c1", "nanaimo");
        await Cluster.Register("ann");
        Accepted(await OfPool(PoolAsk.Join, "ann"));
        await Until("c1", list => list.Length == 1);
        await Cluster.DisposeAsync();
        Cluster = await Run(followers: false);
        await Cancel("c1-p0", "c1");
        await Cluster.Register("walk-in");
        Assert.Equal("SEAT_KEPT_FOR_LIST", (await Ask(SeatAsk.Book, "walk-in", "c1")).Refusal!.Reason);
        await Cluster.DisposeAsync();
        Cluster = await Run();
        await Until("c1", list => list[0].OfferExpiresAt is not null);
        // A cohort that is opened while somebody waits knows of them; nobody is offered a second seat.
        await Open("c3", "nanaimo", hour: 14);
        await Until("c3", list => list is [{ Participant: "ann", IsPassed: true, Passes: [{ Reason: "offer-stands" }] }]);
        Clock.Leap(TimeSpan.FromDays(21));
        await Cancel("c1-p1", "c1");
        await Until("c1", list => list.All(w => w.OfferExpiresAt is null));
        // The next who joins tells the cohorts, and a group that is closed drops its copy.
        await Cluster.Register("eve");
        Accepted(await OfPool(PoolAsk.Join, "eve"));
        await Until("c1", list => list.IsEmpty);
        Assert.Equal((2, 0), (await Cluster.Cohort("c1").Get(Operator(), Now())).Value!.Seats is var s ? (s.Open, s.Held) : default);
        await Holds();
    }

    [Fact]
    public async Task A_storm_over_several_cohorts_overbooks_nothing_offers_nobody_two_seats_and_leaves_no_seat_idle()
    {
        string[] cohorts = ["s0", "s1", "s2", "s3"];
        foreach (var (cohort, i) in cohorts.Select((c, i) => (c, i))) await Full(cohort, i % 2 == 0 ? "nanaimo" : "victoria", hour: 9 + i);
        string[] people = [.. Enumerable.Range(0, 12).Select(i => $"w{i}")];
        foreach (var person in people) await Cluster.Register(person);
        var random = new Random(7);
        for (var round = 0; round < 6; round++)
        {
            var asks = new List<Task>();
            foreach (var person in people) asks.Add(OfPool(random.Next(4) > 0 ? PoolAsk.Join : PoolAsk.Leave, person, priority: 1 + random.Next(4)));
            foreach (var cohort in cohorts)
            {
                foreach (var seated in (await Cluster.Cohort(cohort, _siteOf[cohort]).Seats(Operator(), Now())).Value!.Seats)
                    asks.Add(seated.State is SeatState.Booked ? Ask(SeatAsk.Cancel, seated.Participant, cohort) : random.Next(2) == 0 ? Ask(SeatAsk.Accept, seated.Participant, cohort) : Wait(WaitAsk.Decline, seated.Participant, cohort));
                // By hand and in turn at once, and somebody who walks in.
                asks.Add(Wait(WaitAsk.Offer, people[random.Next(people.Length)], cohort, reason: "by-hand"));
                asks.Add(Ask(SeatAsk.Book, people[random.Next(people.Length)], cohort));
            }
            await Task.WhenAll(asks);
        }
        foreach (var person in people) await OfPool(PoolAsk.Join, person);
        // Eight seats, and twelve who would have one: when it is quiet each seat is had by, or offered to, somebody.
        foreach (var cohort in cohorts)
        {
            await Soon(() => IsQuiet(cohort), async () => $"A seat of {cohort} is idle beside {Told(await List(cohort))}.");
        }
        await Holds();
        var offers = (await Journal()).SelectMany(e => e.Acts).SelectMany(a => a.Events);
        output.WriteLine($"{offers.Count(e => e is PoolOffered)} offers of the pool, {offers.Count(e => e is WaitPassed)} passed over, {offers.Count(e => e is PoolEnded)} ended, {offers.Count(e => e is EnrolmentBooked)} booked");

        // No seat is open, or nobody waits for it who did not let it go or is not offered, or has, another.
        async Task<bool> IsQuiet(string cohort) =>
            (await Cluster.Cohort(cohort, _siteOf[cohort]).Get(Operator(), Now())).Value!.Seats.Open == 0
            || (await List(cohort)).Where(w => w.OfferExpiresAt is null).All(w => w is { IsPassed: true, Passes: [.., { Reason: "declined" or "lapsed" or "offer-stands" or "already-enrolled" or "person-busy" }] });
    }

    /// <summary>A cohort of two, which begins in twenty days.</summary>
    private async Task Open(string cohort, string site, int hour = 9)
    {
        _siteOf[cohort] = site;
        var first = Now().InUtc().Date.PlusDays(20).At(new LocalTime(hour, 0));
        Accepted(await Cluster.Site(site).OpenCohort(
            new OpenCohort(cohort, "A cohort", "GRIP-8", 1, "hall", 2, 2, 0, [], [.. Enumerable.Range(0, 8).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(45), Duration.FromMinutes(10), false))],
                null, false, OfferLasts, 4, 4), Unit()));
        await Soon(async () => (await Cluster.Grains.GetGrain<IPoolGrain>(Pool).Cohorts()).Value?.Keys.Contains(Keys.Cohort(Network, site, cohort)) == true, () => Task.FromResult($"The pool does not know {cohort}."));
    }

    private async Task Full(string cohort, string site, int hour = 9)
    {
        await Open(cohort, site, hour);
        foreach (var person in new[] { $"{cohort}-p0", $"{cohort}-p1" })
        {
            await Cluster.Register(person, site);
            Accepted(await Ask(SeatAsk.Book, person, cohort));
        }
    }

    private async Task Cancel(string person, string cohort) => Accepted(await Ask(SeatAsk.Cancel, person, cohort));

    private Task<UnitAnswer<SeatView>> Ask(SeatAsk ask, string person, string cohort) => Cluster.Ask(ask, person, cohort, Unit(), _siteOf[cohort]);

    private Task<UnitAnswer<WaitView>> Wait(WaitAsk ask, string person, string cohort, string reason = "person-asked", int priority = 3) =>
        Cluster.Participant(person).Wait(new WaitRequest(Keys.Cohort(Network, _siteOf[cohort], cohort), Keys.Participant(Network, person), ask) { Priority = priority, Reason = reason }, Unit());

    private Task<UnitAnswer<PoolPlaceView>> OfPool(PoolAsk ask, string person, int priority = 3, string? pool = null, Caller? caller = null, Unit? unit = null) =>
        Cluster.Participant(person).Pool(new PoolRequest(pool ?? Pool, Keys.Participant(Network, person), ask) { Site = "nanaimo", Priority = priority, Reason = "person-asked" }, unit ?? Unit(caller));

    private async Task<string[]> InPool() => [.. (await Cluster.Grains.GetGrain<IPoolGrain>(Pool).List(Operator())).Value!.People.Select(p => p.Participant)];

    private async Task<ImmutableArray<WaitView>> List(string cohort) => (await Cluster.Cohort(cohort, _siteOf[cohort]).WaitList(Operator(), Now())).Value!.People;

    private async Task<ImmutableArray<WaitView>> Until(string cohort, Func<ImmutableArray<WaitView>, bool> isSo)
    {
        var list = ImmutableArray<WaitView>.Empty;
        await Soon(async () => isSo(list = await List(cohort)), () => Task.FromResult($"The list of {cohort} is still {Told(list)}."));
        return list;
    }

    private static string Told(ImmutableArray<WaitView> list) => string.Join(", ", list.Select(w => $"{w.Participant} {w.OfferExpiresAt} {w.IsPassed} [{string.Join(' ', w.Passes.Select(p => p.Reason))}]"));
}
