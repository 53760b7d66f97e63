using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.WaitLists;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.WaitLists;

/// <summary>Lists on real grains and a real database, with the dispatcher and the deadlines at work: nobody calls, and the seat is offered (I8).</summary>
public sealed class OfferTests(ITestOutputHelper output) : WaitingTests
{
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], new BloodPressureView(150, 90), 92, new FastingPresetView("usual", Duration.FromHours(6), Duration.FromHours(2)), [new ConsentVersion("treatment", 1)],
        new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75, ["phq-9"], [], new SafetyRegimeView("none", 0, 0));

    [Fact]
    public async Task A_seat_that_is_given_back_is_offered_to_the_first_who_is_eligible_and_to_nobody_else()
    {
        await Full("c1", "ann", "bob");
        await Cancel("c1-p0", "c1");
        var offered = await Until("c1", list => list.Single(w => w.Participant == "bob").OfferExpiresAt is not null);
        // Ann came first and is not eligible: she is passed over with the reason, and keeps her place.
        Assert.Equal(("ann", 1, "not-eligible"), (offered[0].Participant, offered[0].Position, Assert.Single(offered[0].Passes).Reason));
        await Cluster.Register("walk-in");
        Assert.Equal("SEAT_HELD_BY_OTHER", (await Ask(SeatAsk.Book, "walk-in", "c1")).Refusal!.Reason);
        Assert.Equal("OFFER_NOT_FOUND", (await Ask(SeatAsk.Accept, "ann", "c1")).Refusal!.Reason);
        var unit = Unit();
        Assert.Equal(SeatState.Booked, Accepted(await Cluster.Ask(SeatAsk.Accept, "bob", "c1", unit)).State);
        // The same request gets its answer again; another one finds no offer any more.
        Assert.Equal(UnitOutcome.Replayed, (await Cluster.Ask(SeatAsk.Accept, "bob", "c1", unit with { Attempt = 1 })).Outcome);
        Assert.Equal("OFFER_NOT_FOUND", (await Ask(SeatAsk.Accept, "bob", "c1")).Refusal!.Reason);
        Assert.Equal(["ann"], (await List("c1")).Select(w => w.Participant));
        Assert.Equal("NOT_FOUND", (await Wait(WaitAsk.Join, "bob", "c1", caller: Desk("victoria"))).Refusal!.Reason);
        await Holds();
    }

    [Fact]
    public async Task Offers_by_hand_and_in_turn_at_once_never_overbook()
    {
        for (var round = 0; round < 6; round++)
        {
            var cohort = $"c{round}";
            string[] people = [.. Enumerable.Range(0, 5).Select(i => $"w{round}-{i}")];
            await Full(cohort, people, hour: 9 + round);
            var asks = new List<Task>();
            foreach (var seat in new[] { "p0", "p1" }) asks.Add(Cancel($"{cohort}-{seat}", cohort));
            foreach (var person in people) asks.Add(Wait(WaitAsk.Offer, person, cohort, reason: "by-hand"));
            foreach (var person in people) asks.Add(Ask(SeatAsk.Book, person, cohort));
            await Task.WhenAll(asks);
            // Two seats, two who have or are offered one: no more, and, once it is quiet, no fewer.
            await Until(cohort, list => list.Count(w => w.OfferExpiresAt is not null) + (5 - list.Length) == 2);
            Assert.Equal((2, 0), (await Cluster.Cohort(cohort).Get(Operator(), Now())).Value!.Seats is { } s ? (s.Booked + s.Held, s.Open) : default);
        }
        await Holds();
    }

    [Fact]
    public async Task An_offer_lapses_and_goes_to_the_next_and_a_hold_ends_for_the_list_though_nobody_calls()
    {
        await Full("c1", "bob", "eve");
        await Cancel("c1-p0", "c1");
        await Until("c1", list => list[0].OfferExpiresAt is not null);
        Clock.Leap(OfferLasts.ToTimeSpan());
        var after = await Until("c1", list => list[1].OfferExpiresAt is not null);
        Assert.Equal(("bob", "lapsed"), (after[0].Participant, Assert.Single(after[0].Passes).Reason));
        Assert.Equal("OFFER_NOT_FOUND", (await Ask(SeatAsk.Accept, "bob", "c1")).Refusal!.Reason);
        Accepted(await Ask(SeatAsk.Accept, "eve", "c1"));

        // A hold that began before anybody waited ends by itself, and its seat is the list's.
        await Open("c2", hour: 14);
        foreach (var person in new[] { "h1", "h2" })
        {
            await Cluster.Register(person);
            Accepted(await Ask(SeatAsk.Hold, person, "c2"));
        }
        await Cluster.Register("zoe");
        Accepted(await Wait(WaitAsk.Join, "zoe", "c2"));
        Assert.Null((await List("c2"))[0].OfferExpiresAt);
        Clock.Leap(OfferLasts.ToTimeSpan());
        await Until("c2", list => list[0].OfferExpiresAt is not null);
        await Holds();
    }

    [Fact]
    public async Task Who_follows_after_a_crash_makes_the_offer_and_a_repeat_of_everything_changes_nothing()
    {
        await Cluster.DisposeAsync();
        // The cancellation is durable, and whoever should follow it has died.
        Cluster = await Run(followers: false);
        await Full("c1", "bob", "eve");
        await Cancel("c1-p0", "c1");
        await Cluster.Register("walk-in");
        Assert.Equal("SEAT_KEPT_FOR_LIST", (await Ask(SeatAsk.Book, "walk-in", "c1")).Refusal!.Reason);
        await Cluster.DisposeAsync();

        Cluster = await Run();
        await Until("c1", list => list[0].OfferExpiresAt is not null);
        Clock.Leap(OfferLasts.ToTimeSpan());
        await Until("c1", list => list[1].OfferExpiresAt is not null);
        var before = await Journal();
        await Cluster.DisposeAsync();

        // Everything is followed once more, from the first entry on.
        await using (var database = NpgsqlDataSource.Create(Database.ConnectionString))
        {
            await using var forget = database.CreateCommand("delete from rtt.feed_cursor where name = 'dispatcher'");
            await forget.ExecuteNonQueryAsync();
        }
        Cluster = await Run();
        await Full("c9", ["last"], hour: 16);
        await Cancel("c9-p0", "c9");
        await Until("c9", list => list[0].OfferExpiresAt is not null);
        Assert.Equal(before.Where(e => e.Stream.EndsWith(".c1", StringComparison.Ordinal)).Select(e => e.Version), (await Journal()).Where(e => e.Stream.EndsWith(".c1", StringComparison.Ordinal)).Select(e => e.Version));
        await Holds();
    }

    [Fact]
    public async Task On_a_pathway_the_referrals_date_is_the_pathways_and_who_withdraws_waits_no_more()
    {
        await Open("c1");
        Accepted(await Cluster.Cohort("c1").RequirePathway(new RequirePathway(Policy), Cluster.Unit()));
        await Cluster.Register("ann", eligible: false);
        Assert.Equal("NOT_ELIGIBLE", (await Wait(WaitAsk.Join, "ann", "c1")).Refusal!.Reason);
        var received = Now() - Duration.FromDays(40);
        Accepted(await Cluster.Participant("ann").Pathway(new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", received), Unit()));
        var joined = Accepted(await Wait(WaitAsk.Join, "ann", "c1"));
        Assert.Equal((1, received), (joined.Position, joined.ReceivedAt!.Value));
        // Not far enough for a seat: passed over, and considered when she is.
        await Until("c1", list => list[0].Passes is [{ Reason: "not-eligible" }]);
        Accepted(await Cluster.Participant("ann").Pathway(new MovePathway(PathwayMove.Withdraw, "person-asked"), Unit()));
        await Until("c1", list => list.IsEmpty);
        Assert.Contains((await Journal()).SelectMany(e => e.Acts).SelectMany(a => a.Events), e => e is WaitLeft { Participant: "ann", Reason: "left-pathway" });
    }

    [Fact]
    public async Task Each_freed_seat_is_offered_to_the_next_who_is_eligible_and_for_how_long_it_was_idle_is_told()
    {
        string[] people = [.. Enumerable.Range(0, 60).Select(i => $"w{i}")];
        await Full("c1", people);
        var seated = new Queue<string>(["c1-p0", "c1-p1"]);
        foreach (var person in people)
        {
            await Cancel(seated.Dequeue(), "c1");
            await Until("c1", list => list is [{ OfferExpiresAt: not null }, ..]);
            Accepted(await Ask(SeatAsk.Accept, person, "c1"));
            seated.Enqueue(person);
        }
        var cohort = (await Journal()).Where(e => e.Stream == Keys.Cohort(Network, "nanaimo", "c1")).SelectMany(e => e.Acts.SelectMany(a => a.Events).Select(x => (e.RecordedAt, Event: x))).ToList();
        var freed = cohort.Where(x => x.Event is SeatReserved).Select(x => x.RecordedAt).ToList();
        var idle = cohort.Where(x => x.Event is SeatOffered).Select((x, i) => (x.RecordedAt - freed[i]).TotalMilliseconds).Order().ToList();
        Assert.Equal(people.Length, idle.Count);
        output.WriteLine($"idle ms: p50 {idle[idle.Count / 2]:0.0}, p99 {idle[(int)(idle.Count * 0.99)]:0.0}, of {idle.Count}");
    }

    /// <summary>A cohort of two, which begins two months from now.</summary>
    private async Task Open(string cohort, int hour = 9)
    {
        var first = Now().InUtc().Date.PlusDays(60).At(new LocalTime(hour, 0));
        Accepted(await Cluster.Site("nanaimo").OpenCohort(
            new OpenCohort(cohort, "A cohort", "GRIP-8", 1, "hall", 2, 2, 0, [], [.. Enumerable.Range(0, 8).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(45), Duration.FromMinutes(10), false))],
                null, false, OfferLasts, 4, 4), Unit()));
    }

    private Task Full(string cohort, params string[] waiting) => Full(cohort, waiting, 9);

    /// <summary>A full cohort, and those who wait for it; Ann is not eligible.</summary>
    private async Task Full(string cohort, string[] waiting, int hour)
    {
        await Open(cohort, hour);
        foreach (var person in new[] { $"{cohort}-p0", $"{cohort}-p1" })
        {
            await Cluster.Register(person);
            Accepted(await Ask(SeatAsk.Book, person, cohort));
        }
        foreach (var person in waiting)
        {
            await Cluster.Register(person, eligible: person != "ann");
            Accepted(await Wait(WaitAsk.Join, person, cohort));
        }
    }

    private async Task Cancel(string person, string cohort) => Accepted(await Ask(SeatAsk.Cancel, person, cohort));

    private Task<UnitAnswer<SeatView>> Ask(SeatAsk ask, string person, string cohort) => Cluster.Ask(ask, person, cohort, Unit());

    private Task<UnitAnswer<WaitView>> Wait(WaitAsk ask, string person, string cohort, string reason = "person-asked", Caller? caller = null) =>
        Cluster.Participant(person).Wait(new WaitRequest(Keys.Cohort(Network, "nanaimo", cohort), Keys.Participant(Network, person), ask) { Priority = 3, Reason = reason }, Unit(caller));

    private async Task<ImmutableArray<WaitView>> List(string cohort) => (await Cluster.Cohort(cohort).WaitList(Operator(), Now())).Value!.People;

    private async Task<ImmutableArray<WaitView>> Until(string cohort, Func<ImmutableArray<WaitView>, bool> isSo)
    {
        var list = ImmutableArray<WaitView>.Empty;
        await Soon(async () => isSo(list = await List(cohort)), () => Task.FromResult($"The list is still {string.Join(", ", list.Select(w => $"{w.Participant} {w.OfferExpiresAt} [{string.Join(' ', w.Passes.Select(p => p.Reason))}]"))}."));
        return list;
    }
}
