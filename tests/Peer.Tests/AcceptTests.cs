namespace RttNetwork.Peer.Tests;

/// <summary>What accepting a referral gives: the same as the product's.</summary>
public sealed class AcceptTests
{
    [Fact]
    public async Task Whoever_is_accepted_has_the_seat_that_was_held_and_not_the_one_they_left()
    {
        await using var peer = await Start(cohorts: 2, seats: 5, people: 1);
        await peer.Refer(1, "c-1", "c-2");

        Assert.Equal("accepted", await peer.Accept(1, "c-2"));

        Assert.Equal(0, (await peer.Seats("c-1")).Booked);
        var there = await peer.Seats("c-2");
        Assert.Equal((1, 0), (there.Booked, there.Held));
        Assert.Equal(1, await peer.Count("peer.enrolments WHERE cohort_id = 2"));
        Assert.Equal(0, await peer.Count("peer.holds"));
        Assert.Equal(1, await peer.Count("peer.audit WHERE action = 'accept'"));
        Assert.Equal("REFERRAL_NOT_OPEN", await peer.Accept(1, "c-2"));
    }

    [Fact]
    public async Task The_same_request_id_gets_the_same_answer_and_has_one_effect()
    {
        await using var peer = await Start(cohorts: 2, seats: 5, people: 1);
        await peer.Refer(1, "c-1", "c-2");
        var request = PeerFixture.AcceptRequest(1, "c-2");

        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => peer.Referrals.AcceptReferralAsync(request).ResponseAsync));
        peer.Time.Advance(TimeSpan.FromMinutes(1));
        var again = await peer.Referrals.AcceptReferralAsync(request);

        Assert.All([.. first, again], referral => Assert.Equal(first[0], referral));
        Assert.Equal(1, (await peer.Seats("c-2")).Booked);
        Assert.Equal(1, await peer.Count("peer.receipts"));
    }

    [Fact]
    public async Task Opposite_moves_at_once_do_not_wait_for_each_other()
    {
        await using var peer = await Start(cohorts: 2, seats: 60, people: 60);
        for (var person = 1; person <= 60; person++) await peer.Refer(person, person % 2 == 0 ? "c-1" : "c-2", person % 2 == 0 ? "c-2" : "c-1");

        var told = await Task.WhenAll(Enumerable.Range(1, 60).Select(person => peer.Accept(person, person % 2 == 0 ? "c-2" : "c-1")));

        Assert.All(told, t => Assert.Equal("accepted", t));
        Assert.Equal(30, (await peer.Seats("c-1")).Booked);
        Assert.Equal(30, (await peer.Seats("c-2")).Booked);
        Assert.Equal(60, await peer.Count("peer.enrolments"));
    }

    [Fact]
    public async Task Without_a_seat_held_an_open_one_is_taken_and_a_full_cohort_refuses()
    {
        await using var peer = await Start(cohorts: 3, seats: 1, people: 2);
        await peer.Refer(1, "c-1", "c-2", held: false);
        Assert.Equal("Booked", await peer.Book("c-3", 2));

        Assert.Equal("RATIO_WOULD_BREAK", await peer.Accept(1, "c-3"));
        Assert.Equal(1, (await peer.Seats("c-1")).Booked);

        Assert.Equal("accepted", await peer.Accept(1, "c-2"));
        Assert.Equal(0, (await peer.Seats("c-1")).Booked);
        Assert.Equal(1, (await peer.Seats("c-2")).Booked);
    }

    [Fact]
    public async Task An_overdue_referral_is_refused_and_nothing_changes()
    {
        await using var peer = await Start(cohorts: 2, seats: 5, people: 1);
        await peer.Refer(1, "c-1", "c-2", due: "2020-01-01");

        Assert.Equal("REFERRAL_OVERDUE", await peer.Accept(1, "c-2"));
        Assert.Equal(1, (await peer.Seats("c-1")).Booked);
        Assert.Equal(0, await peer.Count("peer.receipts"));
    }

    private static async Task<PeerFixture> Start(int cohorts, int seats, int people)
    {
        var peer = await PeerFixture.Start();
        for (var c = 1; c <= cohorts; c++) await peer.Cohort($"c-{c}", seats);
        await peer.People(people);
        return peer;
    }
}
