using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Wire.V1;

namespace RttNetwork.Peer.Tests;

/// <summary>A peer that gives less than the product would be no comparison.</summary>
public sealed class GuaranteeTests
{
    private const string None = nameof(SeatState.Unspecified);
    private const string Held = nameof(SeatState.Held);
    private const string Booked = nameof(SeatState.Booked);

    [Fact]
    public async Task Two_hundred_clients_get_exactly_the_last_forty_seats()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 40);
        await peer.People(200);

        var told = await Task.WhenAll(Enumerable.Range(1, 200).Select(person => peer.Book("c-1", person)));

        Assert.Equal(40, told.Count(t => t == Booked));
        Assert.Equal(160, told.Count(t => t == "RATIO_WOULD_BREAK"));
        Assert.Equal(40, (await peer.Seats("c-1")).Booked);
        Assert.Equal(40, await peer.Count("peer.enrolments"));
        Assert.Equal(40, await peer.Count("peer.receipts"));
        Assert.Equal(40, await peer.Count("peer.audit"));
    }

    [Fact]
    public async Task One_person_who_books_overlapping_cohorts_at_once_gets_one_seat()
    {
        await using var peer = await PeerFixture.Start();
        for (var c = 1; c <= 10; c++) await peer.Cohort($"c-{c}", 40);
        await peer.People(1);

        var told = await Task.WhenAll(Enumerable.Range(1, 10).Select(c => peer.Book($"c-{c}", 1)));

        Assert.Single(told, Booked);
        Assert.Equal(9, told.Count(t => t == "ALREADY_ENROLLED"));
        Assert.Equal(1, await peer.Count("peer.enrolments"));
    }

    [Fact]
    public async Task Cohorts_one_after_the_other_do_not_overlap()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 40);
        await peer.Cohort("c-2", 40, "[2031-04-01,2031-06-01]");
        await peer.People(1);

        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal(Booked, await peer.Book("c-2", 1));
    }

    [Fact]
    public async Task The_same_request_id_gets_the_same_answer_and_has_one_effect()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(2);
        var id = RequestId.New();
        var request = new BookSeatRequest { Cohort = PeerFixture.CohortName("c-1"), Participant = PeerFixture.PersonName(1), RequestId = id };

        // At once, and later: in a full cohort, after the seat was cancelled, and after somebody else has taken it.
        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => peer.Cohorts.BookSeatAsync(request).ResponseAsync));
        peer.Time.Advance(TimeSpan.FromMinutes(1));
        var full = await peer.Cohorts.BookSeatAsync(request);
        Assert.Equal(None, await peer.Cancel("c-1", 1));
        var cancelled = await peer.Cohorts.BookSeatAsync(request);
        Assert.Equal(Booked, await peer.Book("c-1", 2));
        var taken = await peer.Cohorts.BookSeatAsync(request);

        Assert.All([.. first, full, cancelled, taken], seat => Assert.Equal(first[0], seat));
        Assert.Equal(1, (await peer.Seats("c-1")).Booked);
        Assert.Equal(3, await peer.Count("peer.receipts"));
    }

    [Fact]
    public async Task A_repeated_cancellation_leaves_a_later_booking_alone()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 5);
        await peer.People(1);
        var id = RequestId.New();

        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal(None, await peer.Cancel("c-1", 1, id));
        Assert.Equal(None, await peer.Cancel("c-1", 1, id));
        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal(None, await peer.Cancel("c-1", 1, id));

        Assert.Equal(1, (await peer.Seats("c-1")).Booked);
        Assert.Equal(None, await peer.Cancel("c-1", 1));
        Assert.Equal("SEAT_NOT_FOUND", await peer.Cancel("c-1", 1));
    }

    [Fact]
    public async Task A_request_id_with_other_content_is_refused()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 2);
        await peer.People(3);
        var id = RequestId.New();

        Assert.Equal(Booked, await peer.Book("c-1", 1, id));
        Assert.Equal("REQUEST_ID_REUSED", await peer.Book("c-1", 2, id));
        Assert.Equal("REQUEST_ID_REUSED", await peer.Cancel("c-1", 1, id));
        Assert.Equal("REQUEST_ID_REUSED", await peer.Hold("c-1", 3, id));
        Assert.Equal(Booked, await peer.Book("c-1", 2));
        Assert.Equal("REQUEST_ID_REUSED", await peer.Book("c-1", 3, id));
        Assert.Equal(2, (await peer.Seats("c-1")).Booked);
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_and_its_request_id_may_succeed_later()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(2);
        var id = RequestId.New();

        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal("RATIO_WOULD_BREAK", await peer.Book("c-1", 2, id));
        Assert.Equal(1, await peer.Count("peer.receipts"));
        Assert.Equal(None, await peer.Cancel("c-1", 1));
        Assert.Equal(Booked, await peer.Book("c-1", 2, id));
    }

    [Fact]
    public async Task Booking_again_answers_with_the_seat()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(1);

        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal(1, (await peer.Seats("c-1")).Booked);
    }

    [Fact]
    public async Task A_hold_counts_expires_and_becomes_a_seat()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 2);
        await peer.People(4);

        Assert.Equal(Held, await peer.Hold("c-1", 1));
        Assert.Equal(Held, await peer.Hold("c-1", 2));
        Assert.Equal("SEAT_HELD_BY_OTHER", await peer.Book("c-1", 3));
        Assert.Equal((0, 2, 0), Figures(await peer.Seats("c-1")));
        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal((1, 1, 0), Figures(await peer.Seats("c-1")));

        peer.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal((1, 0, 1), Figures(await peer.Seats("c-1")));
        Assert.Equal(Booked, await peer.Book("c-1", 3));
        Assert.Equal("HOLD_EXPIRED", await peer.Book("c-1", 2));
        Assert.Equal("RATIO_WOULD_BREAK", await peer.Book("c-1", 4));
        Assert.Equal((2, 0, 0), Figures(await peer.Seats("c-1")));
    }

    [Fact]
    public async Task An_expired_hold_of_ones_own_is_as_good_as_none()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 2);
        await peer.Cohort("c-2", 2);
        await peer.People(1);

        Assert.Equal(Held, await peer.Hold("c-1", 1));
        Assert.Equal("ALREADY_ENROLLED", await peer.Hold("c-2", 1));
        peer.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(Held, await peer.Hold("c-2", 1));
        Assert.Equal(None, await peer.Release("c-2", 1));
        Assert.Equal(Booked, await peer.Book("c-1", 1));
        Assert.Equal((1, 0, 1), Figures(await peer.Seats("c-1")));
        Assert.Equal((0, 0, 2), Figures(await peer.Seats("c-2")));
    }

    [Fact]
    public async Task Holds_are_capped_for_each_caller()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 40);
        await peer.People(40);

        var told = await Task.WhenAll(Enumerable.Range(1, 40).Select(person => peer.Hold("c-1", person)));

        Assert.Equal(10, told.Count(t => t == Held));
        Assert.Equal(30, told.Count(t => t == "HOLDS_MAX_REACHED"));
        Assert.Equal(10, (await peer.Seats("c-1")).Held);
    }

    [Fact]
    public async Task Lost_staff_puts_a_cohort_at_risk_and_it_takes_nobody()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 4);
        await peer.People(4);

        Assert.Equal(Booked, await peer.Book("c-1", 1));
        await peer.Sql("UPDATE peer.staffing SET members = 0; SELECT peer.recount(id) FROM peer.cohorts");
        Assert.Equal("COHORT_AT_RISK", await peer.Book("c-1", 2));
        await peer.Sql("UPDATE peer.staffing SET members = 1; UPDATE peer.cohorts SET room_blocked = true; SELECT peer.recount(id) FROM peer.cohorts");
        Assert.Equal("ROOM_BLOCKED", await peer.Book("c-1", 2));
        await peer.Sql("UPDATE peer.cohorts SET room_blocked = false; SELECT peer.recount(id) FROM peer.cohorts");
        Assert.Equal(Booked, await peer.Book("c-1", 2));
    }

    [Fact]
    public async Task Who_is_not_eligible_or_too_late_is_refused()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 4);
        await peer.People(3);
        await peer.Sql("UPDATE peer.participants SET eligible = false WHERE name = 'net/p-1'; UPDATE peer.participants SET provisional = true WHERE name = 'net/p-2'; UPDATE peer.cohorts SET has_medicine = true");

        Assert.Equal("NOT_ELIGIBLE", await peer.Book("c-1", 1));
        Assert.Equal("PROVISIONAL_PARTICIPANT", await peer.Book("c-1", 2));
        await peer.Sql("UPDATE peer.cohorts SET intake_closes_at = '2020-01-01'");
        Assert.Equal("INTAKE_CLOSED", await peer.Book("c-1", 3));
        Assert.Equal(0, await peer.Count("peer.receipts"));
    }

    [Fact]
    public async Task A_refusal_says_its_numbers()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(2);
        await peer.Book("c-1", 1);

        var refused = await Assert.ThrowsAsync<RttException>(async () =>
            await peer.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = PeerFixture.CohortName("c-1"), Participant = PeerFixture.PersonName(2) }));

        Assert.Equal("RATIO_WOULD_BREAK", refused.Refusal.Reason);
        Assert.Equal("1", refused.Refusal.Numbers["members"]);
        Assert.Equal("1", refused.Refusal.Numbers["seats_taken"]);
        Assert.Equal("1 x therapist at 1 people each allow 1 seats; 1 are taken.", refused.Refusal.Message);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(2);
        var request = new BookSeatRequest { Cohort = PeerFixture.CohortName("c-1"), Participant = PeerFixture.PersonName(1), ValidateOnly = true };

        Assert.Equal(Booked, await PeerFixture.Told(peer.Cohorts.BookSeatAsync(request)));
        Assert.Equal((0, 0, 1), Figures(await peer.Seats("c-1")));
        Assert.Equal(Booked, await peer.Book("c-1", 2));
        Assert.Equal("RATIO_WOULD_BREAK", await PeerFixture.Told(peer.Cohorts.BookSeatAsync(request)));
        Assert.Equal(1, await peer.Count("peer.receipts"));
    }

    [Theory]
    [InlineData("elsewhere", "operator", "s-1")]
    [InlineData("net", "site", "s-2")]
    [InlineData("net", "authority", "s-1")]
    public async Task A_foreign_token_reaches_nothing(string network, string scope, string site)
    {
        await using var peer = await PeerFixture.Start();
        await peer.Cohort("c-1", 1);
        await peer.People(1);
        using var stranger = peer.Client(new TokenRequest("stranger", network, scope) { Sites = [site] });

        var told = await PeerFixture.Told(stranger.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = PeerFixture.CohortName("c-1"), Participant = PeerFixture.PersonName(1) }));

        Assert.Equal(scope == "authority" ? "TOKEN_NOT_VALID" : "PERMISSION_DENIED", told);
        Assert.Equal(0, await peer.Count("peer.enrolments"));
    }

    private static (int Booked, int Held, int Open) Figures(SeatCount seats) => (seats.Booked, seats.Held, seats.Open);
}
