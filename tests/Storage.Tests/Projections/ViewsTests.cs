using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

public sealed class ViewsTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly PageRequest All = new(200, null, null);
    private static readonly SeatSearch Anything = new(null, null, null, null, 1, Now);

    [Fact]
    public async Task Before_a_projector_has_run_there_is_nothing_and_at_least_says_behind()
    {
        await using var stage = await ProjectionStage.Create();

        var page = await stage.Views.Sites("bc", All, null, Now, default);
        Assert.Equal((0, "0.0", false), (page.Rows.Length, page.Token, page.Behind));
        Assert.True((await stage.Views.Sites("bc", All with { AtLeast = "1.1" }, null, Now, default)).Behind);
        Assert.Empty(await stage.Views.Alternatives("bc", Keys.Cohort("bc", "nanaimo", "c1"), 3, Now, default));
    }

    [Fact]
    public async Task A_search_shows_open_seats_soonest_first_and_sites_with_limited_capacity_last()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "a-b", "full");
        await journal.Write(Keys.Site("bc", "full"), new LimitedCapacitySet(true, "staff"));
        await journal.Open("a", "late", day: 20);
        await journal.Open("a", "same-day", day: 10);
        await journal.Open("a-b", "same-day", day: 10);                                          // by key: "a-b.…" is before "a.…"
        await journal.Open("full", "soonest", day: 1);
        await journal.Open("a", "taken", day: 2, seats: 1);
        await journal.Write(Keys.Cohort("bc", "a", "taken"), new SeatBooked("p1"));
        await journal.Open("a", "closed", day: 3, intakeClosesAt: Now);
        await journal.Open("a", "blocked", day: 4);
        await journal.Write(Keys.Cohort("bc", "a", "blocked"), new RoomCopied(new RoomCopy("hall", 40, true, 2)));
        await journal.Project();

        Assert.Equal(["a-b/same-day", "a/same-day", "a/late", "full/soonest"], await Search(stage, Anything));

        // The site has its capacity back: its cohorts are ordered like any other.
        await journal.Write(Keys.Site("bc", "full"), new LimitedCapacitySet(false, ""));
        await journal.Project();
        Assert.Equal(["full/soonest", "a-b/same-day", "a/same-day", "a/late"], await Search(stage, Anything));
    }

    [Fact]
    public async Task A_search_is_narrowed_by_program_region_days_and_seats()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "b");
        await journal.Open("a", "grip", day: 5, seats: 2);
        await journal.Open("a", "care", day: 6, seats: 6, program: "CARE-4");
        await journal.Open("b", "grip", day: 7, seats: 8, region: "coast");
        await journal.Project();

        Assert.Equal(["a/grip", "a/care", "b/grip"], await Search(stage, Anything));
        Assert.Equal(["a/care"], await Search(stage, Anything with { Program = "CARE-4" }));
        Assert.Equal(["b/grip"], await Search(stage, Anything with { Region = "coast" }));
        Assert.Equal(["a/care", "b/grip"], await Search(stage, Anything with { Earliest = new LocalDate(2027, 1, 6) }));
        Assert.Equal(["a/grip", "a/care"], await Search(stage, Anything with { Latest = new LocalDate(2027, 1, 6) }));
        Assert.Equal(["a/care", "b/grip"], await Search(stage, Anything with { SeatsOpenMin = 3 }));
        Assert.Empty(await Search(stage, Anything with { Program = "CARE-4", Region = "coast" }));
    }

    [Fact]
    public async Task A_search_that_sets_out_from_somewhere_weighs_ten_kilometres_like_a_day_and_says_so()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Site("nanaimo", 49.1659, -123.9401);
        await journal.Site("victoria", 48.4284, -123.3656);
        await journal.Site("whitehorse", 60.7212, -135.0568);
        await journal.Sites("nowhere");
        await journal.Open("nanaimo", "c1", day: 20);
        await journal.Open("victoria", "c1", day: 12);
        await journal.Open("victoria", "c2", day: 10);
        await journal.Open("whitehorse", "c1", day: 5);
        await journal.Open("nowhere", "c1", day: 5);
        await journal.Project();
        var fromNanaimo = Anything with { Origin = new GeoPoint(49.17, -123.94), Today = new LocalDate(2027, 1, 1) };

        // 93 km are nine days and a bit; to a site that nobody has placed it is as far as 1,000 km.
        Assert.Equal(["victoria/c2", "nanaimo/c1", "victoria/c1", "nowhere/c1", "whitehorse/c1"], await Search(stage, fromNanaimo));
        Assert.Equal(["nanaimo/c1"], await Search(stage, fromNanaimo with { DistanceKmMax = 92 }));
        Assert.Equal(["victoria/c2", "nanaimo/c1", "victoria/c1"], await Search(stage, fromNanaimo with { DistanceKmMax = 93 }));
        Assert.Equal(["victoria/c2", "nowhere/c1", "whitehorse/c1"], await Search(stage, fromNanaimo with { WaitDaysMax = 9 }));

        var rows = (await stage.Views.SearchSeats("bc", All, fromNanaimo, default)).Rows;
        var first = rows[0].Match!;
        Assert.Equal((183, 9, 93), (first.Points, first.WaitDays, first.DistanceKm));
        Assert.Equal(["9 days to wait: begins on 2027-01-10", "93 km away", "4 seats open"], first.Reasons.Select(r => r.Text));
        Assert.Equal([90, 93, 0], first.Reasons.Select(r => r.Points));
        Assert.Equal("distance-unknown", rows.Single(r => r.Site == "nowhere").Match!.Reasons[1].Code);

        Assert.Equal(new GeoPoint(49.1659, -123.9401), (await stage.Views.LocationOf("bc", "nanaimo", null, default))!.Place);
        Assert.Null((await stage.Views.LocationOf("bc", "nowhere", null, default))!.Place);
        Assert.Null(await stage.Views.LocationOf("bc", "nanaimo", ["coast"], default));
        Assert.Null(await stage.Views.LocationOf("bc-2", "nanaimo", null, default));
    }

    [Fact]
    public async Task A_search_is_narrowed_by_language_accessibility_and_route()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "b");
        await journal.Write(Keys.Site("bc", "a"), new SiteDescribed(null, null, ["en", "fr"], ["hearing-loop", "wheelchair"]));
        await journal.Write(Keys.Site("bc", "b"), new SiteDescribed(null, null, ["en"], ["wheelchair"]));
        await journal.Open("a", "c1", day: 5);
        await journal.Open("b", "c1", day: 6);
        await journal.Plan("b", "c2", day: 7, "im", "sl");
        await journal.Project();

        Assert.Equal(["a/c1", "b/c1", "b/c2"], await Search(stage, Anything with { Language = "en", Accessibility = ["wheelchair"] }));
        Assert.Equal(["a/c1"], await Search(stage, Anything with { Language = "fr" }));
        Assert.Equal(["a/c1"], await Search(stage, Anything with { Accessibility = ["wheelchair", "hearing-loop"] }));
        Assert.Equal(["b/c2"], await Search(stage, Anything with { Route = "sl" }));
        Assert.Empty(await Search(stage, Anything with { Route = "iv" }));
        Assert.Equal(["im", "sl"], (await stage.Views.SearchSeats("bc", All, Anything with { Route = "im" }, default)).Rows[0].Routes.AsEnumerable());
    }

    [Fact]
    public async Task Limited_capacity_ends_with_its_last_day_and_a_hidden_site_is_in_no_search_and_no_alternative()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "b");
        var ends = Now + Duration.FromDays(3);
        await journal.Write(Keys.Site("bc", "a"), new LimitedCapacityDated(true, "flood", new LocalDate(2026, 12, 3), ends));
        await journal.Open("a", "soonest", day: 1);
        await journal.Open("b", "later", day: 9);
        await journal.Open("b", "full", day: 1, seats: 1);
        await journal.Write(Keys.Cohort("bc", "b", "full"), new SeatBooked("p1"));
        await journal.Project();

        Assert.Equal(["b/later", "a/soonest"], await Search(stage, Anything));
        var limited = (await stage.Views.SearchSeats("bc", All, Anything, default)).Rows[1];
        Assert.True(limited.LimitedCapacity);
        Assert.Equal("limited capacity since 2026-12-01 until 2026-12-03: flood; after every other site", limited.Match!.Reasons[0].Text);
        Assert.Equal(["a/soonest", "b/later"], await Search(stage, Anything with { Now = ends }));
        Assert.True((await stage.Views.Sites("bc", All, null, ends - Duration.Epsilon, default)).Rows[0].LimitedCapacity);
        Assert.False((await stage.Views.Sites("bc", All, null, ends, default)).Rows[0].LimitedCapacity);
        Assert.Equal(["b/later", "a/soonest"], await Alternatives(Now));
        Assert.Equal(["b/later", "a/soonest"], await Alternatives(ends));                       // 80 points are fewer than 1,000 km

        await journal.Write(Keys.Site("bc", "a"), new SiteHidden("flood", HidingAgreedBy.Operator));
        await journal.Project();
        Assert.Equal(["b/later"], await Search(stage, Anything));
        Assert.Equal(["b/later"], await Alternatives(Now));
        Assert.Equal("soonest", Assert.Single((await stage.Views.Cohorts("bc", All, "a", Now, default)).Rows).Cohort);   // its own list
        Assert.True((await stage.Views.Sites("bc", All, null, Now, default)).Rows[0].Hidden);

        await journal.Write(Keys.Site("bc", "a"), new SiteUnhidden());
        await journal.Project();
        Assert.Equal(["b/later", "a/soonest"], await Search(stage, Anything));

        async Task<string[]> Alternatives(Instant now) =>
            [.. (await stage.Views.Alternatives("bc", Keys.Cohort("bc", "b", "full"), 3, now, default)).Select(r => $"{r.Site}/{r.Cohort}")];
    }

    [Fact]
    public async Task A_hold_takes_a_seat_until_the_instant_at_which_it_expires()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a");
        await journal.Open("a", "c1", day: 5, seats: 2);
        var expires = Now + Duration.FromMinutes(15) + Duration.FromNanoseconds(7);
        await journal.Write(Keys.Cohort("bc", "a", "c1"), new SeatHeld("p1", "desk", expires), new SeatHeld("p2", "desk", expires + Duration.FromNanoseconds(1)));
        await journal.Project();

        Assert.Empty(await Search(stage, Anything));
        Assert.Equal((2, 0), await Counts(expires - Duration.Epsilon));
        Assert.Equal((1, 1), await Counts(expires));
        Assert.Equal((0, 2), await Counts(expires + Duration.FromNanoseconds(1)));
        Assert.Equal(["a/c1"], await Search(stage, Anything with { Now = expires }));

        async Task<(int, int)> Counts(Instant now)
        {
            var row = Assert.Single((await stage.Views.Cohorts("bc", All, "a", now, default)).Rows);
            return (row.Seats.Held, row.Seats.Open);
        }
    }

    [Fact]
    public async Task Pages_of_a_search_follow_one_another_without_a_gap_whatever_their_size()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "b");
        await journal.Write(Keys.Site("bc", "b"), new LimitedCapacitySet(true, "staff"));
        foreach (var site in (string[])["a", "b"])
        {
            for (var i = 0; i < 6; i++) await journal.Open(site, $"c{i}", day: 1 + (i / 3));
        }
        await journal.Project();
        var whole = await Search(stage, Anything);
        Assert.Equal(12, whole.Length);

        for (var size = 1; size <= 12; size++)
        {
            List<string> rows = [];
            string? after = null;
            do
            {
                var page = await stage.Views.SearchSeats("bc", new PageRequest(size, after, null), Anything, default);
                Assert.InRange(page.Rows.Length, 1, size);
                rows.AddRange(page.Rows.Select(r => $"{r.Site}/{r.Cohort}"));
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(whole, rows);
        }
        await Assert.ThrowsAsync<FormatException>(async () => await stage.Views.SearchSeats("bc", new PageRequest(5, "c1", null), Anything, default));
    }

    [Fact]
    public async Task Alternatives_are_the_nearest_of_the_same_program_in_the_order_of_a_search_from_the_cohort()
    {
        await using var stage = await ProjectionStage.Create();
        var journal = new Writer(stage);
        await journal.Sites("a", "b");
        await journal.Open("a", "full", day: 10, seats: 1);
        await journal.Write(Keys.Cohort("bc", "a", "full"), new SeatBooked("p1"));
        await journal.Open("a", "later", day: 25);
        await journal.Open("a", "before", day: 7);
        await journal.Open("a", "other-program", day: 10, program: "CARE-4");
        await journal.Open("b", "same-day", day: 10);
        await journal.Open("b", "next-day", day: 11);
        await journal.Project();

        var rows = await stage.Views.Alternatives("bc", Keys.Cohort("bc", "a", "full"), 3, Now, default);
        Assert.Equal(["a/before", "a/later", "b/same-day"], rows.Select(r => $"{r.Site}/{r.Cohort}"));
        await journal.Write(Keys.Site("bc", "a"), new SiteDescribed(49.2, -123.9, [], []));
        await journal.Write(Keys.Site("bc", "b"), new SiteDescribed(49.2, -123.5, [], []));           // 29 km: less than three days
        await journal.Project();
        rows = await stage.Views.Alternatives("bc", Keys.Cohort("bc", "a", "full"), 3, Now, default);
        Assert.Equal(["b/same-day", "a/before", "b/next-day"], rows.Select(r => $"{r.Site}/{r.Cohort}"));
        await journal.Write(Keys.Site("bc", "b"), new LimitedCapacitySet(true, "staff"));
        await journal.Project();
        rows = await stage.Views.Alternatives("bc", Keys.Cohort("bc", "a", "full"), 3, Now, default);
        Assert.Equal(["a/before", "a/later", "b/same-day"], rows.Select(r => $"{r.Site}/{r.Cohort}"));
        Assert.Empty(await stage.Views.Alternatives("bc", Keys.Cohort("bc", "a", "nowhere"), 3, Now, default));
        Assert.Empty(await stage.Views.Alternatives("other", Keys.Cohort("other", "a", "full"), 3, Now, default));
    }

    [Fact]
    public async Task What_belongs_to_one_network_is_seen_in_no_other()
    {
        await using var stage = await ProjectionStage.Create();
        var (one, other) = (new Writer(stage), new Writer(stage, "bc-2"));
        await one.Sites("a");
        await one.Open("a", "c1", day: 5);
        await other.Sites("a");
        await other.Open("a", "c1", day: 5, seats: 7);
        await other.Open("a", "c2", day: 5);
        await other.Project();

        Assert.Equal(4, Assert.Single((await stage.Views.Cohorts("bc", All, "a", Now, default)).Rows).Seats.Open);
        Assert.Equal(["a/c1"], await Search(stage, Anything));
        Assert.Equal([7, 4], (await stage.Views.SearchSeats("bc-2", All, Anything, default)).Rows.Select(r => r.Seats.Open));
        Assert.Single((await stage.Views.Sites("bc", All, null, Now, default)).Rows);
        Assert.Empty((await stage.Views.Sites("bc-", All, null, Now, default)).Rows);
    }

    [Fact]
    public async Task At_least_waits_for_the_projection_and_otherwise_says_behind()
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { ReachedWithin = TimeSpan.FromMilliseconds(300) });
        var journal = new Writer(stage);
        await journal.Sites("a");
        await journal.Project();
        var token = Place.ToText(await journal.Open("a", "c1", day: 5));

        Assert.False(await stage.Views.Reached(token, default));
        Assert.False(await stage.Views.Reached("no place", default));
        var behind = await stage.Views.Cohorts("bc", All with { AtLeast = token }, "a", Now, default);
        Assert.True(behind is { Behind: true, Rows.IsEmpty: true, Next: null });

        await using var patient = await ProjectionStage.Create(new ProjectionOptions { ReachedWithin = TimeSpan.FromSeconds(30) });
        var later = new Writer(patient);
        await later.Sites("a");
        await later.Project();
        token = Place.ToText(await later.Open("a", "c1", day: 5));
        var reached = patient.Views.Reached(token, default);
        await later.Project();
        Assert.True(await reached);
        var page = await patient.Views.Cohorts("bc", All with { AtLeast = token }, "a", Now, default);
        Assert.Equal("c1", Assert.Single(page.Rows).Cohort);
        Assert.Equal(token, page.Token);
    }

    [Fact]
    public async Task A_network_with_more_open_cohorts_than_may_be_is_not_searched_until_they_are_fewer()
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { OpenCohortsMax = 2 });
        var journal = new Writer(stage);
        await journal.Sites("a");
        for (var day = 1; day <= 3; day++) await journal.Open("a", $"c{day}", day, seats: 1);
        await journal.Project();
        Assert.True((await stage.Views.SearchSeats("bc", All, Anything, default)).IsTooMuch);

        await journal.Write(Keys.Cohort("bc", "a", "c2"), new SeatBooked("p1"));
        await journal.Project();
        Assert.Equal(["a/c1", "a/c3"], await Search(stage, Anything));

        await journal.Open("a", "c4", day: 4);
        await journal.Project();
        Assert.True((await stage.Views.SearchSeats("bc", All, Anything, default)).IsTooMuch);
    }

    [Fact]
    public async Task Searches_read_no_closed_cohort_and_after_the_first_only_what_has_changed()
    {
        await using var stage = await ProjectionStage.Create();
        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Prepare(connection, default);
        await using var database = await stage.Open();
        // 1,000 sites with 10 open cohorts each, five years of closed ones, and another network as large.
        await database.Execute("""
            insert into projection_capacity.cohorts (network, id, site, cohort, region, program, display_name, seats_max, first_day, last_day,
                intake_closes_at, usable, bound_by, booked, holds_until, at_risk, tick)
            select n, 'site-' || s || '.c' || c, 'site-' || s, 'c' || c, 'region-' || s % 20, 'PROG-' || c % 5, 'A cohort', 40,
                date '2027-01-05' + s % 90 - c / 10 * 90, date '2027-03-01', case when c < 10 then '2027-01-05' else '2025-01-05' end || 'T00:00:00.000000000Z',
                40, 'template', c % 40, '{}', false, 0
            from (values ('bc'), ('bc-2')) as networks (n), generate_series(1, 1000) s, generate_series(0, 59) c
            """);
        await database.Execute("""
            insert into projection_capacity.sites (network, site, display_name, region, jurisdiction, time_zone, latitude, longitude, languages, accessibility, limited_until, limited_since, limited_reason)
            select n, 'site-' || s, 'A site', 'region-' || s % 20, 'CA-BC', 'America/Vancouver', 48 + s % 100 / 10.0, -139 + s / 40.0, array['en', 'l-' || s % 4], array['wheelchair'],
                case when s % 7 = 0 then '9999-12-31T00:00:00.000000000Z' end, '2026-01-01T00:00:00.000000000Z', 'staff'
            from (values ('bc'), ('bc-2')) as networks (n), generate_series(1, 1000) s
            """);
        await database.Execute("insert into rtt.feed_cursor values ('projection_capacity', 1, '9', 9)");
        await database.Execute("analyze");

        var query = new NpgsqlViews.Query("bc", All);
        var all = await Explain(NpgsqlViews.AllSeatsSql(query, Now, max: 100_000), query);
        query = new NpgsqlViews.Query("bc", All);
        var changed = await Explain(NpgsqlViews.ChangedSeatsSql(query, new FeedPlace(1, 9, 9)), query);

        Assert.Contains(all, line => line.Contains("intake_closes_at > '2026-12-01", StringComparison.Ordinal));
        Assert.Equal((10_000, 0), (RowsOfCohorts(all), RowsOfCohorts(changed)));
        var search = Anything with { Program = "PROG-1", Origin = new GeoPoint(49.17, -123.94), Language = "l-1", Accessibility = ["wheelchair"], DistanceKmMax = 1000 };
        Assert.Equal(50, (await stage.Views.SearchSeats("bc", new PageRequest(50, null, null), search, default)).Rows.Length);

        async Task<List<string>> Explain(string sql, NpgsqlViews.Query of)
        {
            await using var explain = new NpgsqlCommand("explain (analyze, costs off, timing off, summary off) " + sql, database);
            foreach (var parameter in of.Parameters) explain.Parameters.Add(parameter);
            List<string> plan = [];
            await using var reader = await explain.ExecuteReaderAsync();
            while (await reader.ReadAsync()) plan.Add(reader.GetString(0));
            Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on cohorts", StringComparison.Ordinal));
            return plan;
        }

        static int RowsOfCohorts(List<string> plan) => plan.Where(l => l.Contains(" on cohorts", StringComparison.Ordinal) && l.Contains("rows=", StringComparison.Ordinal))
            .Select(l => int.Parse(l.Split("rows=")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
    }

    private static async Task<string[]> Search(ProjectionStage stage, SeatSearch search) =>
        [.. (await stage.Views.SearchSeats("bc", All, search, default)).Rows.Select(r => $"{r.Site}/{r.Cohort}")];

    /// <summary>Writes events as they come, without rules: what a search must show of them is what the test says.</summary>
    private sealed class Writer(ProjectionStage stage, string network = "bc")
    {
        private readonly Dictionary<string, int> _versions = [];
        private FeedPosition _last;

        public async Task<FeedPosition> Write(string stream, params ImmutableArray<IEvent> events)
        {
            var version = _versions[stream] = _versions.GetValueOrDefault(stream) + 1;
            var entry = EntryCodec.Write([new Act(Guid.Empty, "desk", "site", "care", Now, events)]);
            return _last = await stage.Commit(new JournalUnit([new Append(stream, version, entry)], [], [], TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20)));
        }

        public async Task Sites(params ImmutableArray<string> sites)
        {
            foreach (var site in sites) await Write(Keys.Site(network, site), new SiteOpened(site, "island", "CA-BC", "America/Vancouver", null, null));
        }

        public Task<FeedPosition> Site(string site, double latitude, double longitude) =>
            Write(Keys.Site(network, site), new SiteOpened(site, "island", "CA-BC", "America/Vancouver", latitude, longitude));

        /// <summary>A planned cohort of one medicine session, in which medicine is given by these routes.</summary>
        public Task<FeedPosition> Plan(string site, string cohort, int day, params ImmutableArray<string> routes)
        {
            var start = new LocalDate(2027, 1, day).At(new LocalTime(9, 0));
            var session = new PlanSession("w01-medicine", "medicine", SessionKinds.Medicine, "Medicine session", 1, 0, start, start.InUtc().ToInstant(), Duration.FromHours(4), Duration.FromHours(2), Duration.FromMinutes(30),
                "hall", 4, 4, [], [], [], [], [.. routes.Select(r => new Intended(r, 0))]);
            return Write(Keys.Cohort(network, site, cohort), new CohortPlanned(site, "island", "CA-BC", "America/Vancouver", "2026b", "A cohort", "GRIP-8", 1, [], start.Date,
                [new RoomCopy("hall", 40, false, 1)], 1, 4, [], [session], [], [], session.StartsAt, null, false, new HoldPolicy(Duration.FromMinutes(15), 4, 4), ""));
        }

        public Task<FeedPosition> Open(string site, string cohort, int day, int seats = 4, string program = "GRIP-8", string region = "island", Instant? intakeClosesAt = null)
        {
            var start = new LocalDate(2027, 1, day).At(new LocalTime(17, 0));
            var session = new Session("small-group", start, start.InUtc().ToInstant(), Duration.FromMinutes(90), Duration.FromMinutes(30), false);
            return Write(Keys.Cohort(network, site, cohort), new CohortOpened(site, region, "CA-BC", "America/Vancouver", "A cohort", program, 1, new RoomCopy("hall", 40, false, 1), 1, seats, 0, [],
                [session], intakeClosesAt ?? session.StartsAt, false, new HoldPolicy(Duration.FromMinutes(15), 4, 4)));
        }

        public Task Project() => stage.CatchUp(_last);
    }
}
