using System.Collections.Immutable;
using System.Globalization;
using CsCheck;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using RttNetwork.Storage.Projections;
using Xunit.Abstractions;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What capacity was: at any moment the fold of that prefix of the journal which was recorded by then, in plain code.</summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    /// <summary>Tables that grow with all that ever happened.</summary>
    private static readonly string[] s_long = ["history_figures", "history_places", "history_weeks", "journal"];
    private static readonly Gen<(int Seed, int EntriesMax, int KeptMax, int UnwrittenMax)> GenRun = Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 40], Gen.Int[2, 60], Gen.Int[1, 30]);

    [Fact]
    public Task At_drawn_moments_figures_are_the_fold_of_the_journal_until_then_whatever_the_batches_and_a_rebuild_gives_identical_rows() => GenRun.SampleAsync(async run =>
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { EntriesPerStepMax = run.EntriesMax, CohortsKeptMax = run.KeptMax, OthersKeptMax = run.KeptMax, UnwrittenMax = run.UnwrittenMax });
        var random = new Random(run.Seed);
        var network = new RandomNetwork(run.Seed);
        await stage.CommitRandom(network, 250);
        var journal = await Spread(stage, random);
        await stage.CatchUp(journal[^1].Position);
        await Compare(stage, journal, random);
        var rows = await Rows(stage);
        Assert.True(rows.Count > 20);
        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Rebuild(connection, default);
        Assert.Equal(rows, await Rows(stage));
        // In one batch of them all.
        await using var other = await ProjectionStage.Create(new ProjectionOptions { EntriesPerStepMax = 5000 });
        await Copy(other, journal);
        await other.CatchUp(journal[^1].Position);
        Assert.Equal(rows, await Rows(other));
    }, iter: 6, threads: 1);

    [Fact]
    public async Task A_day_ends_at_each_site_by_its_own_clock_and_pages_hold_the_whole_series()
    {
        await using var stage = await ProjectionStage.Create();
        var writer = new EventWriter(stage);
        var begin = Instant.FromUtc(2026, 3, 1, 12, 0);
        var zones = new Dictionary<string, string> { ["nanaimo"] = "America/Vancouver", ["calgary"] = "America/Edmonton", ["halifax"] = "America/Halifax" };
        foreach (var (site, zone) in zones) await writer.Write(Keys.Site("bc", site), begin, new SiteOpened(site, site == "nanaimo" ? "island" : "east", "CA-BC", zone, null, null));
        foreach (var (site, zone) in zones)
        {
            for (var c = 0; c < 3; c++) await writer.Write(Keys.Cohort("bc", site, $"c{c}"), begin, Cohort(site, zone, $"c{c}"));
        }
        // A person every five hours or so, over the change of the clocks: recorded when they say.
        var (random, times, people) = (new Random(7), new List<Instant>(), 0);
        for (var at = begin; at < begin + Duration.FromDays(20); at += Duration.FromMinutes(random.Next(100, 500)))
        {
            var (site, c) = (zones.Keys.ElementAt(random.Next(3)), random.Next(3));
            await writer.Write(Keys.Cohort("bc", site, $"c{c}"), at, new SeatBooked($"p{people++}"));
            times.Add(at);
        }
        var journal = await stage.Entries();
        await stage.Record([.. journal.Select((e, i) => i < 12 ? begin : times[i - 12])]);
        journal = await stage.Entries();
        await stage.CatchUp(journal[^1].Position);
        var ops = ProjectionStage.Operator("bc");
        var past = new CapacityPast(stage.Views, "bc");
        foreach (var (by, weeks, size) in new[] { (CapacityBy.Network, false, 3), (CapacityBy.Site, false, 4), (CapacityBy.Cohort, true, 200), (CapacityBy.Region, false, 1) })
        {
            var ask = new HistoryAsk(new CapacityAsk(by), new LocalDate(2026, 2, 27), new LocalDate(2026, 3, 19), weeks);
            List<CapacityDay> rows = [];
            string? after = null;
            do
            {
                var page = await past.Series(ops, new PageRequest(size, after, null), ask);
                Assert.False(page.Behind);
                Assert.InRange(page.Rows.Length, after is null ? 0 : 1, size);
                rows.AddRange(page.Rows);
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(Expected(ask), rows.Select(r => $"{r.Day:R} {r.Figures.Key} {r.Figures.SeatsOccupied!.Value.Count} {r.Figures.Cohorts}"));
        }

        IEnumerable<string> Expected(HistoryAsk ask) =>
            from n in Enumerable.Range(0, 21)
            let day = ask.From.PlusDays(n)
            where day >= new LocalDate(2026, 3, 1) && (!ask.ByWeek || day.DayOfWeek is IsoDayOfWeek.Sunday)
            from figures in (
                from site in zones
                let end = day.PlusDays(1).AtMidnight().InZoneLeniently(DateTimeZoneProviders.Tzdb[site.Value]).ToInstant()
                from c in Enumerable.Range(0, 3)
                let stream = Keys.Cohort("bc", site.Key, $"c{c}")
                let taken = journal.Zip(Enumerable.Range(0, journal.Length)).Count(e => e.First.Stream == stream && e.Second >= 12 && times[e.Second - 12] <= end)
                group taken by ask.Of.By switch { CapacityBy.Network => "", CapacityBy.Site => site.Key, CapacityBy.Region => site.Key == "nanaimo" ? "island" : "east", _ => $"{site.Key}.c{c}" } into key
                orderby key.Key
                select $"{key.Key} {key.Sum()} {key.Count()}")
            select $"{day:R} {figures}";
    }

    [Fact]
    public async Task A_moment_before_the_first_cohort_says_so_and_one_that_is_not_projected_yet_is_not_answered()
    {
        await using var stage = await ProjectionStage.Create();
        var past = new CapacityPast(stage.Views, "bc");
        var (ops, all, begin) = (ProjectionStage.Operator("bc"), new CapacityAsk(CapacityBy.Network), Instant.FromUtc(2026, 3, 1, 12, 0));
        Assert.True((await past.At(ops, all, begin)).Behind);
        var writer = new EventWriter(stage);
        await writer.Write(Keys.Site("bc", "nanaimo"), begin, new SiteOpened("A site", "island", "CA-BC", "America/Vancouver", null, null));
        await writer.Write(Keys.Cohort("bc", "nanaimo", "c0"), begin, Cohort("nanaimo", "America/Vancouver", "c0"));
        await stage.Record([begin, begin + Duration.FromSeconds(30)]);
        await stage.CatchUp(writer.Last);
        Assert.True((await past.At(ops, all, begin)).IsBeforeAll);
        Assert.True((await new CapacityPast(stage.Views, "on").At(ops, all, begin + Duration.FromDays(1))).IsBeforeAll);
        var minute = await past.At(ops, all, begin + Duration.FromSeconds(119));
        Assert.Equal((begin + Duration.FromMinutes(1), 1, 20), (minute.AsOf, minute.Figures!.Cohorts, minute.Figures.SeatsTotal));
        // An authority is told of whole hours: of this one there was nothing yet.
        var authority = new Caller("bc", "health", CallerScope.Authority, [], ["island"], "test");
        Assert.True((await past.At(authority, all with { By = CapacityBy.Region, Region = "island" }, begin + Duration.FromMinutes(59))).IsBeforeAll);
        Assert.Equal(begin + Duration.FromHours(1), (await past.At(authority, all with { By = CapacityBy.Region, Region = "island" }, begin + Duration.FromMinutes(119))).AsOf);
        var daily = authority with { Disclosure = DisclosurePolicyView.Least with { PastHours = 24 } };
        Assert.Equal(Instant.FromUtc(2026, 3, 2, 0, 0), (await past.At(daily, all with { By = CapacityBy.Region, Region = "island" }, begin + Duration.FromHours(23))).AsOf);

        await writer.Write(Keys.Cohort("bc", "nanaimo", "c0"), begin, new SeatBooked("ann"));
        await stage.Record([begin, begin + Duration.FromSeconds(30), begin + Duration.FromHours(2)]);
        Assert.Equal(0, (await past.At(ops, all, begin + Duration.FromMinutes(119))).Figures!.SeatsOccupied!.Value.Count);
        Assert.True((await past.At(ops, all, begin + Duration.FromHours(2))).Behind);
        await stage.CatchUp(writer.Last);
        Assert.Equal(1, (await past.At(ops, all, begin + Duration.FromHours(2))).Figures!.SeatsOccupied!.Value.Count);
    }

    /// <summary>The past is told by the policy that the present is told by.</summary>
    [Fact]
    public async Task An_authority_is_told_of_people_who_were_there_by_its_policy()
    {
        await using var stage = await ProjectionStage.Create();
        var (writer, begin) = (new EventWriter(stage), Instant.FromUtc(2026, 3, 1, 12, 0));
        await writer.Write(Keys.Site("bc", "nanaimo"), begin, new SiteOpened("A site", "island", "CA-BC", "America/Vancouver", null, null));
        await writer.Write(Keys.Cohort("bc", "nanaimo", "c0"), begin, Cohort("nanaimo", "America/Vancouver", "c0"));
        for (var i = 0; i < 9; i++) await writer.Write(Keys.Cohort("bc", "nanaimo", "c0"), begin, new SeatBooked($"p{i}"));
        await stage.Record([.. Enumerable.Repeat(begin, 11)]);
        await stage.CatchUp(writer.Last);
        var (past, ask) = (new CapacityPast(stage.Views, "bc"), new CapacityAsk(CapacityBy.Region, "island"));
        foreach (var (policy, told) in new (DisclosurePolicyView?, PeopleCount)[]
        {
            (null, new(10, false)),
            (DisclosurePolicyView.Least, new(10, false)),
            (DisclosurePolicyView.Least with { LivePeopleMin = 9 }, new(0, true)),
            (DisclosurePolicyView.Least with { LiveRoundedTo = 15 }, new(15, false)),
        })
        {
            var authority = new Caller("bc", "health", CallerScope.Authority, [], ["island"], "test") { Disclosure = policy };
            Assert.Equal(told, (await past.At(authority, ask, begin + Duration.FromHours(5))).Figures!.SeatsOccupied);
            var day = new LocalDate(2026, 3, 1);
            Assert.Equal(told, Assert.Single((await past.Series(authority, new PageRequest(50, null, null), new HistoryAsk(ask, day, day, ByWeek: false))).Rows).Figures.SeatsOccupied);
        }
    }

    /// <summary>200 sites with five cohorts each at any time, over a year, each with 60 changes: every page by the keys of the tables, and no read of the journal's entries.</summary>
    [Fact]
    public async Task Any_page_of_a_year_of_200_sites_is_read_along_the_keys()
    {
        await using var stage = await ProjectionStage.Create();
        var writer = new EventWriter(stage);
        await writer.Write(Keys.Site("bc", "nowhere"), Instant.FromUtc(2026, 1, 1, 0, 0), new SiteOpened("A site", "north", "CA-BC", "America/Vancouver", null, null));
        await stage.CatchUp(writer.Last);
        var begin = Instant.FromUtc(2026, 1, 1, 0, 0);
        await using (var connection = await stage.Open()) await Fill(connection, begin);
        var past = new CapacityPast(stage.Views, "bc");
        var (ops, random, spent) = (ProjectionStage.Operator("bc"), new Random(11), new List<double>());
        Assert.Equal(1000, (await past.At(ops, new CapacityAsk(CapacityBy.Network), begin + Duration.FromDays(180))).Figures!.Cohorts);
        for (var i = 0; i < 420; i++)
        {
            var by = (CapacityBy)random.Next(5);
            var (region, site) = (random.Next(3) > 0 ? null : $"r{random.Next(5)}", random.Next(2) > 0 ? null : $"s{random.Next(200):D3}");
            var from = new LocalDate(2026, 1, 3).PlusDays(random.Next(330));
            var began = TimeProvider.System.GetTimestamp();
            if (i % 2 == 0) await past.At(ops, new CapacityAsk(site is null ? region is null ? CapacityBy.Network : CapacityBy.Region : CapacityBy.Site, region, site), begin + Duration.FromMinutes(random.Next(2000, 500_000)));
            else Assert.NotEmpty((await past.Series(ops, new PageRequest(200, null, null), new HistoryAsk(new CapacityAsk(by, null, site), from, from.PlusDays(random.Next(30)), false))).Rows);
            if (i >= 20) spent.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }
        spent.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"400 pages: p50 {spent[200]:F1} ms, p90 {spent[360]:F1} ms, p99 {spent[396]:F1} ms, max {spent[^1]:F1} ms"));
        // What a region's page shows: twelve ends of weeks of its forty sites, in as many pages as they take.
        List<double> trends = [];
        for (var i = 0; i < 60; i++)
        {
            var monday = new LocalDate(2026, 1, 12).PlusWeeks(random.Next(36));
            var ask = new HistoryAsk(new CapacityAsk(CapacityBy.Region, $"r{random.Next(5)}"), monday, monday.PlusDays(83), true);
            var began = TimeProvider.System.GetTimestamp();
            var (weeks, pages, after) = (0, 0, (string?)null);
            do
            {
                var page = await past.Series(ops, new PageRequest(200, after, null), ask);
                (weeks, pages, after) = (weeks + page.Rows.Length, pages + 1, page.Next);
            }
            while (after is not null);
            if (i >= 10) trends.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            Assert.Equal(12, weeks);
            Assert.InRange(pages, 1, 12);
        }
        trends.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"50 times the last twelve weeks of a region: p50 {trends[25]:F1} ms, p90 {trends[45]:F1} ms, max {trends[^1]:F1} ms"));
        var query = new NpgsqlViews.Query("bc", new PageRequest(1, null, null));
        var sql = NpgsqlViews.HistorySql(query, new CapacityAsk(CapacityBy.Network), [new HistoryMoment(0, null, begin + Duration.FromDays(180))], []);
        var plan = await Explain(stage, query, sql);
        foreach (var line in plan.Where(l => s_long.Any(table => l.Contains(table, StringComparison.Ordinal))))
            Assert.DoesNotContain("Seq Scan", line, StringComparison.Ordinal);
    }

    private static async Task Compare(ProjectionStage stage, ImmutableArray<FeedEntry> journal, Random random)
    {
        var (first, last) = (Instant.FromDateTimeOffset(journal.Min(e => e.RecordedAt)), Instant.FromDateTimeOffset(journal.Max(e => e.RecordedAt)));
        for (var i = 0; i < 25; i++)
        {
            var at = HistoryTicks.Floor(first + ((last - first) * random.NextDouble() * 1.1), 1);
            // The longest beginning of the feed of which everything was recorded by then.
            var prefix = journal.TakeWhile(e => Instant.FromDateTimeOffset(e.RecordedAt) <= at).ToImmutableArray();
            foreach (var network in RandomNetwork.Networks)
            {
                var ask = new CapacityAsk((CapacityBy)random.Next(6), random.Next(3) > 0 ? null : RandomNetwork.Regions[random.Next(2)], random.Next(3) > 0 ? null : RandomNetwork.SiteIds[random.Next(3)], null, random.Next(3) > 0 ? null : RandomNetwork.Programs[random.Next(2)]);
                var read = await stage.Views.CapacityHistory(network, ask, [new HistoryMoment(0, null, at)], default);
                Assert.False(read.Behind);
                var shown = CapacityRollUp.Of(read.Rows.Select(r => (r.Row, r.At)), ask, ProjectionStage.Operator(network));
                var expected = prefix.IsEmpty ? [] : Oracle.At(prefix, Place.ToText(prefix[^1].Position)).Capacity(network, ask, at);
                Assert.Equal(Oracle.Text(expected), Oracle.Text(shown));
                // And at the place that the answer carries.
                if (read.Token.Length > 0) Assert.Equal(Oracle.Text(shown), Oracle.Text(Oracle.At(journal, read.Token).Capacity(network, ask, at)));
            }
        }
    }

    /// <summary>Entries recorded about when their commands were judged, some of them out of the feed's order, as slow transactions are: a few so late that batches after them are all in their tick.</summary>
    private static async Task<ImmutableArray<FeedEntry>> Spread(ProjectionStage stage, Random random)
    {
        var journal = await stage.Entries();
        var acted = journal.Select(e => EntryCodec.Read(e.Entry.Span)[0].At).ToList();
        // In half of the runs many are in one tick.
        var pace = random.Next(2) == 0 ? 1 : 8;
        await stage.Record([.. acted.Select(at => acted[0] + ((at - acted[0]) / pace) + Duration.FromSeconds(random.Next(-90, random.Next(20) > 0 ? 90 : 3600)))]);
        return await stage.Entries();
    }

    private static async Task Copy(ProjectionStage to, ImmutableArray<FeedEntry> journal)
    {
        await using var connection = await to.Open();
        await using (var older = new NpgsqlCommand("TRUNCATE rtt.journal", connection)) await older.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand("INSERT INTO rtt.journal (stream, version, xid, position, recorded_at, entry) VALUES ($1, $2, $3, $4, $5, $6::json)", connection);
        foreach (var entry in journal)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue(entry.Stream);
            command.Parameters.AddWithValue(entry.Version);
            command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = entry.Position.Xid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Xid8 });
            command.Parameters.AddWithValue(entry.Position.Position);
            command.Parameters.AddWithValue(entry.RecordedAt);
            command.Parameters.AddWithValue(System.Text.Encoding.UTF8.GetString(entry.Entry.Span));
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task<List<string>> Rows(ProjectionStage stage)
    {
        List<string> rows = [];
        await using var connection = await stage.Open();
        foreach (var (table, key) in new[] { ("history_cohorts", "network, id"), ("history_figures", "network, id, tick"), ("cohorts", "network, id"), ("history_places", "network, tick"), ("history_weeks", "network, id, tick"), ("history_clock", "tick") })
        {
            await using var command = new NpgsqlCommand($"SELECT '{table} ' || h::text FROM {CapacityProjector.SchemaName}.{table} h ORDER BY {key}", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        }
        return rows;
    }

    private static async Task Fill(NpgsqlConnection connection, Instant begin)
    {
        const string schema = CapacityProjector.SchemaName;
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO {schema}.sites (network, site, display_name, region, jurisdiction, time_zone)
            SELECT 'bc', 's' || lpad(s::text, 3, '0'), 'A site', 'r' || s % 5, 'CA-BC', (ARRAY['America/Vancouver', 'America/Edmonton', 'America/Halifax'])[1 + s % 3] FROM generate_series(0, 199) s;
            -- Five cohorts at any time: each begins twelve weeks after the one before, and the first ones ran already.
            INSERT INTO {schema}.history_cohorts (network, id, site, region, program, seats_min, seats_max, begins, first_day, first_tick, last_day)
            SELECT 'bc', 's' || lpad(s::text, 3, '0') || '.c' || c || '-' || n, 's' || lpad(s::text, 3, '0'), 'r' || s % 5, (ARRAY['GRIP-8', 'RTT-KaT-12'])[1 + c % 2], 6, 20, 0, date '2026-01-01',
                {HistoryTicks.At(begin)} + (n * 84 + c * 16 - 90) * 1440, date '2026-01-01' + n * 84 + c * 16 - 7
            FROM generate_series(0, 199) s, generate_series(0, 4) c, generate_series(0, 5) n;
            INSERT INTO {schema}.history_figures (network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at)
            SELECT c.network, c.id, c.first_tick + k * 1900 + hashtext(c.id || k) % 900, 18, k / 4, CASE WHEN k % 3 = 0 THEN ARRAY['2026-06-01T01:30:00.000000000Z'] ELSE ARRAY[]::text[] END, false, k % 5, ARRAY[]::integer[], ARRAY[]::date[],
                ARRAY[]::text[], '2027-01-12T01:30:00.000000000Z'
            FROM {schema}.history_cohorts c, generate_series(1, 60) k ON CONFLICT DO NOTHING;
            INSERT INTO {schema}.history_figures (network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at)
            SELECT c.network, c.id, c.first_tick, 18, 0, ARRAY[]::text[], false, 0, ARRAY[]::integer[], ARRAY[]::date[], ARRAY[]::text[], '2027-01-12T01:30:00.000000000Z' FROM {schema}.history_cohorts c ON CONFLICT DO NOTHING;
            INSERT INTO {schema}.history_places (network, tick, xid, position) SELECT network, tick, '3'::xid8, row_number() OVER (ORDER BY tick) FROM {schema}.history_figures GROUP BY network, tick;
            -- The last row of each is the cohort's own.
            WITH last AS (
                DELETE FROM {schema}.history_figures f USING (SELECT network, id, max(tick) AS tick FROM {schema}.history_figures GROUP BY network, id) AS l
                WHERE f.network = l.network AND f.id = l.id AND f.tick = l.tick RETURNING f.*)
            INSERT INTO {schema}.cohorts (network, id, tick, usable, bound_by, booked, holds_until, at_risk, waiting, intake_closes_at, site, cohort, region, program, display_name, seats_max, first_day, last_day)
            SELECT f.network, f.id, f.tick, f.usable, '', f.booked, f.holds_until, f.at_risk, f.waiting, f.intake_closes_at, c.site, split_part(c.id, '.', 2), c.region, c.program, '', c.seats_max, c.first_day, c.last_day
            FROM last f JOIN {schema}.history_cohorts c ON c.network = f.network AND c.id = f.id;
            INSERT INTO {schema}.history_weeks (network, id, tick, weeks, medicine_weeks, medicine_starts, medicine_pods)
            SELECT c.network, c.id, c.first_tick, ARRAY(SELECT date '2026-01-05' + 7 * w FROM generate_series(0, 11) w), ARRAY[date '2026-02-02', date '2026-02-16', date '2026-03-02'],
                ARRAY['2026-02-04T18:00:00.000000000Z', '2026-02-18T18:00:00.000000000Z', '2026-03-04T18:00:00.000000000Z'], ARRAY[0, 0, 0] FROM {schema}.history_cohorts c;
            ANALYZE {schema}.sites; ANALYZE {schema}.cohorts; ANALYZE {schema}.history_places; ANALYZE {schema}.history_cohorts; ANALYZE {schema}.history_figures; ANALYZE {schema}.history_weeks
            """, connection)
        { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> Explain(ProjectionStage stage, NpgsqlViews.Query query, string sql)
    {
        await using var command = stage.Source.CreateCommand("EXPLAIN " + sql);
        foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }

    private static CohortOpened Cohort(string site, string zone, string id)
    {
        var (tz, first) = (DateTimeZoneProviders.Tzdb[zone], new LocalDate(2026, 4, 1));
        ImmutableArray<Session> planned = [.. Enumerable.Range(0, 4).Select(w => first.PlusWeeks(w).At(new LocalTime(18, 0))).Select(local =>
            new Session("integration", local, local.InZoneStrictly(tz).ToInstant(), Duration.FromMinutes(90), Duration.Zero, false))];
        return new CohortOpened(
            site, site == "nanaimo" ? "island" : "east", "CA-BC", zone, id, "GRIP-8", 1, new RoomCopy("r1", 40, false, 1), 1, 20, 0, [], planned, first.AtMidnight().InZoneStrictly(tz).ToInstant(), true,
            new HoldPolicy(Duration.FromMinutes(10), 4, 4));
    }
}
