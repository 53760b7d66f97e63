using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using RttNetwork.Storage.Reports;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What is published of a region about a quarter: what was so, told over by hand, and once.</summary>
public sealed class RegionReportTests
{
    private const string Vancouver = "America/Vancouver";
    private static readonly ReportPeriod Period = new(2026, 2);
    private static readonly ImmutableArray<MeasureDefinitionView> Measures = [new("gad-7", 7, 3, 7, "sum", 21, true, 4, 0)];
    private static readonly PathwayPolicy Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], null, 92, new FastingPreset("usual", Duration.Zero, Duration.Zero), [], new PreparationRule(0, Duration.Zero, 0), 3, 14, true, Duration.Zero, 75, ["gad-7"], [], new SafetyRegime("none", 0, 0));
    private static readonly Instant Made = Instant.FromUtc(2026, 7, 20, 12, 0);

    [Fact]
    public async Task A_report_tells_the_quarter_hides_few_people_and_stays_as_it_was_made()
    {
        await using var stage = await ProjectionStage.Create();
        var (writer, times) = (new EventWriter(stage), new List<Instant>());
        await Write(Keys.Site("bc", "nanaimo"), Instant.FromUtc(2026, 3, 1, 12, 0), new SiteOpened("A site", "island", "CA-BC", Vancouver, null, null));
        await Write(Keys.Site("bc", "calgary"), Instant.FromUtc(2026, 3, 1, 12, 0), new SiteOpened("A site", "prairie", "CA-AB", "America/Edmonton", null, null));
        // Nine people begin one cohort on 10 April, two another one on 1 May, which takes four at least.
        await Write(Keys.Cohort("bc", "nanaimo", "full"), Instant.FromUtc(2026, 3, 2, 12, 0), Cohort("GRIP-8", new LocalDate(2026, 4, 10), []));
        await Write(Keys.Cohort("bc", "nanaimo", "few"), Instant.FromUtc(2026, 3, 2, 12, 0), Cohort("RTT-KaT-12", new LocalDate(2026, 5, 1), []));
        for (var i = 0; i < 9; i++) await Write(Keys.Cohort("bc", "nanaimo", "full"), Instant.FromUtc(2026, 4, 2, i, 0), new SeatBooked($"p{i}"));
        for (var i = 0; i < 2; i++) await Write(Keys.Cohort("bc", "nanaimo", "few"), Instant.FromUtc(2026, 4, 3, i, 0), new SeatBooked($"q{i}"));
        // A third one has no nurse until the day before its second session: the first is not cured, the other eight of the quarter are.
        await Write(Keys.Cohort("bc", "nanaimo", "risk"), Instant.FromUtc(2026, 3, 2, 12, 0), Cohort("GRIP-8", new LocalDate(2026, 5, 4), [new StaffingRequirement(Roles.Nurse, 4, 1)]));
        await Write(Keys.Cohort("bc", "nanaimo", "risk"), Instant.FromUtc(2026, 3, 3, 12, 0), new CohortBecameAtRisk(0, 0, Roles.Nurse));
        await Write(Keys.Cohort("bc", "nanaimo", "risk"), Instant.FromUtc(2026, 5, 10, 12, 0), new CohortRecovered(0, 20));
        // Twelve are referred to Calgary, of whom six and three are refused; in comes one.
        for (var i = 0; i < 12; i++) await Refer($"out{i}", "nanaimo", "calgary", Instant.FromUtc(2026, 6, i + 1, 12, 0), i < 6 ? new ReferralDeclined("no-capacity") : i < 9 ? new ReferralDeclined("not-eligible-here") : new ReferralExpired());
        await Refer("in0", "calgary", "nanaimo", Instant.FromUtc(2026, 6, 5, 12, 0), new ReferralExpired());
        // On the evening of 30 June, which is 1 July in UTC; and the next day, which is none of the quarter's.
        await Refer("late", "nanaimo", "calgary", Instant.FromUtc(2026, 7, 1, 5, 0), null);
        await Refer("next", "nanaimo", "calgary", Instant.FromUtc(2026, 7, 1, 8, 0), null);
        for (var i = 0; i < 6; i++) await Event($"e{i}", Instant.FromUtc(2026, 5, 1 + i, 12, 0), "mild", [], null);
        for (var i = 0; i < 5; i++) await Event($"s{i}", Instant.FromUtc(2026, 5, 1 + i, 12, 0), "severe", [new SafetyClock("ca-hospital", new LocalDate(2026, 5, 31))], Instant.FromUtc(2026, 5, 20, 12, 0));
        await stage.Record(times);
        await stage.CatchUp(writer.Last);

        var reports = new RegionReports(stage.Views, new NpgsqlReports(stage.Source), "bc", Measures, 5);
        var report = (await reports.Of("island", Period, Made)).Report!;
        Assert.Equal(("2026-Q2", new LocalDate(2026, 7, 30), 5), (report.Period, report.DueOn, report.PeopleMin));
        Same(["2026-04-30", "2026-05-31", "2026-06-30"], Table("seats-total").Rows);
        Same([40, 20, 40, 20, 40, 20], Cells("seats-total"));
        // Two people are not told, and neither are nine, which the total would give them away by.
        Same(["GRIP-8", "RTT-KaT-12"], Table("seats-occupied").Columns);
        Same([null, null, 11, null, null, 11, null, null, 11], Cells("seats-occupied"));
        Same([2, 1, 1, 1], Cells("cohorts-begun"));
        Same([8, 1], Cells("sessions-at-risk"));
        var referrals = Table("referrals");
        Same(["in", "out", "within"], referrals.Rows);
        Assert.Equal(0, Cell(referrals, "within", "expired"));
        foreach (var (row, column) in new[] { ("in", "expired"), ("out", "undecided"), ("out", "expired"), ("out", "declined-not-eligible-here") }) Assert.Null(Cell(referrals, row, column));
        var safety = Table("safety-events");
        Assert.Equal((6, 5, 0), (Cell(safety, "mild", "not-asked"), Cell(safety, "severe", "in-time"), Cell(safety, "moderate", "late")));
        Assert.Equal(11, safety.Cells[^1]);

        // Whatever is recorded later: the same to the letter, also for whoever was second at the same time.
        await Event("e9", Made, "mild", [], null);
        await stage.CatchUp(writer.Last);
        Assert.Equal(Text(report), Text((await reports.Of("island", Period, Made + Duration.FromDays(30))).Report!));
        Assert.Equal("first", await new NpgsqlReports(stage.Source).Keep("bc", "island", "2026-Q1", "first", default));
        Assert.Equal("first", await new NpgsqlReports(stage.Source).Keep("bc", "island", "2026-Q1", "second", default));
        Assert.Null((await reports.Of("nowhere", Period, Made)).Report);

        // Where the policy of the region asks for more people, six are too few.
        var strict = (await new RegionReports(stage.Views, new Drawer(), "bc", Measures, 7).Of("island", Period, Made)).Report!;
        Assert.Equal((7, null), (strict.PeopleMin, Cell(strict.Tables.Single(t => t.Code == "safety-events"), "mild", "not-asked")));

        // At the same place in the feed the same report is made, by whoever makes it.
        var (again, other) = (new Drawer(), new Drawer());
        Assert.Equal(
            Text((await new RegionReports(stage.Views, again, "bc", [], 5).Of("prairie", Period, Made)).Report!),
            Text((await new RegionReports(stage.Views, other, "bc", [], 5).Of("prairie", Period, Made)).Report!));

        static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual) => Assert.Equal(expected, actual);
        ReportTableView Table(string code) => report.Tables.Single(t => t.Code == code);
        ImmutableArray<int?> Cells(string code) => Table(code).Cells;
        static int? Cell(ReportTableView table, string row, string column) => table.Cells[(table.Rows.IndexOf(row) * (table.Columns.Length + 1)) + table.Columns.IndexOf(column)];
        static string Text(RegionReportView view) => JsonSerializer.Serialize(view, EventCatalog.Json);

        Task Write(string stream, Instant at, IEvent @event)
        {
            times.Add(at);
            return writer.Write(stream, at, @event);
        }

        async Task Refer(string id, string source, string target, Instant at, IEvent? decided)
        {
            var region = new Dictionary<string, string> { ["nanaimo"] = "island", ["calgary"] = "prairie" };
            await Write(Keys.Referral("bc", id), at, new ReferralSent(new ReferralForm("p1", source, region[source], target, region[target], "GRIP-8", "", "", Priority.Routine, "closer-to-home", "", at, at + Duration.FromDays(7), null, true), ""));
            if (decided is not null) await Write(Keys.Referral("bc", id), at + Duration.FromHours(1), decided);
        }

        async Task Event(string id, Instant at, string severity, ImmutableArray<SafetyClock> clocks, Instant? reported)
        {
            await Write(Keys.SafetyEvent("bc", "nanaimo", id), at, new SafetyEventRecorded("nanaimo", "CA-BC", Vancouver, "p1", "hypertension", severity, [], "", -1, at, clocks, "desk"));
            if (reported is { } when) await Write(Keys.SafetyEvent("bc", "nanaimo", id), when, new SafetyEventReported("ca-hospital", "desk"));
        }
    }

    [Fact]
    public async Task Two_who_ask_for_a_report_at_once_are_given_the_same_one()
    {
        await using var stage = await ProjectionStage.Create();
        var writer = new EventWriter(stage);
        await writer.Write(Keys.Site("bc", "nanaimo"), Made, new SiteOpened("A site", "island", "CA-BC", Vancouver, null, null));
        await stage.CatchUp(writer.Last);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => new RegionReports(stage.Views, new NpgsqlReports(stage.Source), "bc", [], 5).Of("island", Period, Made + Duration.FromSeconds(i))));
        Assert.Single(answers.Select(a => a.Report!.MadeAt).Distinct());
    }

    /// <summary>By lists of what was written, and no fold: each cell that is told, and each of few people that is not.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task How_sessions_were_cured_waits_by_program_and_outcomes_by_cohort_are_those_of_a_plain_recount(int seed)
    {
        await using var stage = await ProjectionStage.Create();
        var (random, writer, written) = (new Random(seed), new EventWriter(stage), new List<(Instant At, string Stream, ImmutableArray<IEvent> Events)>());
        var zone = DateTimeZoneProviders.Tzdb[Vancouver];
        var opened = Instant.FromUtc(2026, 1, 1, 12, 0);
        Write(Keys.Site("bc", "nanaimo"), opened, new SiteOpened("A site", "island", "CA-BC", Vancouver, null, null));

        // Cohorts at risk from before their first session until somebody cures it, or nobody.
        var cures = Remedy.All.ToDictionary(by => by, _ => 0);
        var notCured = 0;
        for (var i = 0; i < 24; i++)
        {
            var (cohort, first, by) = (Keys.Cohort("bc", "nanaimo", $"risk{i}"), new LocalDate(2026, 2, 2).PlusDays(random.Next(120)), Remedy.All[random.Next(Remedy.All.Length)]);
            Write(cohort, opened, Cohort("GRIP-8", first, [new StaffingRequirement(Roles.Nurse, 4, 1)]));
            if (by == Remedy.FewerPeople) Write(cohort, opened, new SeatBooked("p1"));
            Write(cohort, opened, new CohortBecameAtRisk(0, 0, Roles.Nurse));
            var cured = random.Next(4) > 0 ? Instant.FromUtc(2026, 3, 1, 12, 0) + Duration.FromDays(random.Next(150)) : (Instant?)null;
            if (cured is { } at)
            {
                IEvent cure = by switch
                {
                    Remedy.Substitute => new FacilitatorSubstituted("n1", "n2", Roles.Nurse, 1, [], [], false, "illness"),
                    Remedy.Staff => new FacilitatorAssigned("n1", Roles.Nurse, 1),
                    Remedy.Room => new RoomCopied(new RoomCopy("r1", 40, false, 2)),
                    Remedy.FewerPeople => new SeatCancelled("p1", "moved"),
                    _ => new PathwayRequired(Policy),
                };
                if (by == Remedy.Credential)
                {
                    Write(cohort, opened, new FacilitatorAssigned("n1", Roles.Nurse, 1));
                    cure = new FacilitatorRecounted("n1", 2, true);
                }
                Write(cohort, at, cure, new CohortRecovered(0, 20));
            }
            foreach (var session in Enumerable.Range(0, 16).Select(w => first.PlusWeeks(w)).Where(d => d >= Period.From && d <= Period.To))
            {
                if (cured <= session.At(new LocalTime(18, 0)).InZoneStrictly(zone).ToInstant()) cures[by]++;
                else notCured++;
            }
        }

        // People who were seen for the first time in the quarter, or not, and who are in a cohort that ended in it, or not.
        var waits = new Dictionary<string, List<int>> { ["GRIP-8"] = [], ["RTT-KaT-12"] = [], ["CARE-4"] = [] };
        var ended = new Dictionary<string, List<(int Before, int? After)>> { ["c1"] = [], ["c2"] = [] };
        Write(Keys.Cohort("bc", "nanaimo", "c1"), opened, Cohort("GRIP-8", new LocalDate(2026, 1, 5), []));
        Write(Keys.Cohort("bc", "nanaimo", "c2"), opened, Cohort("GRIP-8", new LocalDate(2026, 2, 9), []));
        Write(Keys.Cohort("bc", "nanaimo", "later"), opened, Cohort("GRIP-8", new LocalDate(2026, 5, 4), []));
        for (var i = 0; i < 90; i++)
        {
            var (id, program, cohort) = ($"w{i}", waits.Keys.ElementAt(random.Next(8) switch { < 4 => 0, < 7 => 1, _ => 2 }), new[] { "c1", "c2", "later" }[random.Next(3)]);
            var received = Instant.FromUtc(2026, 3, 1, 20, 0) + Duration.FromDays(random.Next(60));
            var seen = received.InZone(zone).Date.PlusDays(random.Next(90));
            Write(Keys.Participant("bc", id), received, new PathwayEntered(program, 1, "nanaimo"), new PathwayMoved("not-referred", "referred", "self", null), new PathwayMoved("referred", "enrolled", "seat-booked", Keys.Cohort("bc", "nanaimo", cohort)));
            Write(Keys.Pathway("bc", id), received, new PathwayOpened(program, "nanaimo", "CA-BC", Vancouver, Policy, "self", received));
            Write(Keys.Pathway("bc", id), received, new SignedOff("medical", "doc", 1, Clear: false, seen, seen.PlusDays(90)));
            if (seen >= Period.From && seen <= Period.To) waits[program].Add(NodaTime.Period.DaysBetween(received.InZone(zone).Date, seen));
            var (before, after) = (random.Next(22), random.Next(3) == 0 ? (int?)null : random.Next(22));
            Write(Keys.Pathway("bc", id), received, new MeasureRecorded(1, "gad-7", "baseline", before, received, seen, 0, "desk"));
            if (after is { } score) Write(Keys.Pathway("bc", id), received, new MeasureRecorded(2, "gad-7", "end", score, received, seen, 0, "desk"));
            if (ended.TryGetValue(cohort, out var people)) people.Add((before, after));
        }
        // Recorded in the order of time, as a journal is.
        written = [.. written.OrderBy(w => w.At)];
        foreach (var (at, stream, events) in written) await writer.Write(stream, at, events);
        await stage.Record([.. written.Select(w => w.At)]);
        await stage.CatchUp(writer.Last);
        var report = (await new RegionReports(stage.Views, new NpgsqlReports(stage.Source), "bc", Measures, 5).Of("island", Period, Made)).Report!;

        Assert.Equal([cures.Values.Sum(), notCured], Table("sessions-at-risk").Cells.Select(c => c!.Value));
        Assert.Equal(Remedy.All.Select(by => cures[by]), Table("sessions-cured").Cells.Select(c => c!.Value));

        var cases = Table("wait-cases");
        Assert.Equal(waits.Where(w => w.Value.Count > 0).Select(w => w.Key).Union(cases.Columns).Order(StringComparer.Ordinal), cases.Columns);
        var told = 0;
        foreach (var program in cases.Columns.Append(""))
        {
            var expected = (program.Length == 0 ? waits.Values.SelectMany(w => w) : waits[program]).Order().ToList();
            var cell = cases.Cells[(cases.Rows.IndexOf("bc-wait-one") * (cases.Columns.Length + 1)) + (program.Length == 0 ? cases.Columns.Length : cases.Columns.IndexOf(program))];
            if (cell is { } count) Assert.Equal(expected.Count, count);
            if (expected.Count is > 0 and < 5) Assert.Null(cell);
            var percentiles = Assert.Single(report.Waits, w => w.Definition == "bc-wait-one" && w.Program == program);
            if (expected.Count < 11 || cell is null) Assert.Equal((null, null), (percentiles.P50, percentiles.P90));
            else Assert.Equal((expected[((expected.Count + 1) / 2) - 1], expected[(int)Math.Ceiling(expected.Count * 0.9) - 1]), ((int)percentiles.P50!, (int)percentiles.P90!));
            told += percentiles.P50 is null ? 0 : 1;
        }
        Assert.True(told > 0);

        var outcomes = Table("outcomes");
        Assert.Equal(["nanaimo.c1/gad-7/end", "nanaimo.c2/gad-7/end"], outcomes.Rows.AsEnumerable());
        foreach (var (row, people) in outcomes.Rows.Zip(ended.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => e.Value)))
        {
            // Fewer points are better, and four are a change.
            var changes = people.Where(p => p.After is not null).Select(p => p.After!.Value - p.Before).ToList();
            int[] counts = [changes.Count(c => c <= -4), changes.Count(c => c is > -4 and < 4), changes.Count(c => c >= 4), 0];
            foreach (var (count, shown) in counts.Zip(outcomes.Cells.Skip(outcomes.Rows.IndexOf(row) * 4).Take(4)))
            {
                if (shown is not null) Assert.Equal(count, shown);
                else Assert.True(count > 0);
                if (count is > 0 and < 5) Assert.Null(shown);
            }
        }

        ReportTableView Table(string code) => report.Tables.Single(t => t.Code == code);

        void Write(string stream, Instant at, params ImmutableArray<IEvent> events) => written.Add((at, stream, events));
    }

    /// <summary>Whatever happens at the site: no table has it in it, and so no two of them differ by it.</summary>
    [Fact]
    public async Task A_report_has_nothing_of_a_site_that_a_Nation_governs_and_says_so()
    {
        var (without, with) = (await Report(hasSite: false), await Report(hasSite: true));
        Assert.Equal(JsonSerializer.Serialize(without.Tables, EventCatalog.Json), JsonSerializer.Serialize(with.Tables, EventCatalog.Json));
        Assert.Equal(without.Waits.AsEnumerable(), with.Waits.AsEnumerable());
        Assert.Equal((0, "comox"), (without.Withheld.Length, Assert.Single(with.Withheld)));
        Assert.Contains(without.Tables, t => t.Code == "seats-total" && t.Cells.Any(c => c > 0));

        static async Task<RegionReportView> Report(bool hasSite)
        {
            await using var stage = await ProjectionStage.Create();
            var (writer, times) = (new EventWriter(stage), new List<Instant>());
            var begin = Instant.FromUtc(2026, 3, 1, 12, 0);
            foreach (var (site, region) in new[] { ("nanaimo", "island"), ("calgary", "prairie"), ("comox", "island") })
            {
                if (site == "comox" && !hasSite) continue;
                await Write(Keys.Site("bc", site), begin, new SiteOpened(site, region, "CA-BC", Vancouver, null, null));
                await Write(Keys.Cohort("bc", site, "c1"), begin, Cohort("GRIP-8", new LocalDate(2026, 4, 10), [new StaffingRequirement(Roles.Nurse, 4, 1)]));
                await Write(Keys.Cohort("bc", site, "c1"), begin, new CohortBecameAtRisk(0, 0, Roles.Nurse));
                for (var i = 0; i < 8; i++) await Write(Keys.Cohort("bc", site, "c1"), begin + Duration.FromHours(i), new SeatBooked($"{site}{i}"));
                for (var i = 0; i < 3; i++)
                    await Write(Keys.SafetyEvent("bc", site, $"e{i}"), Instant.FromUtc(2026, 5, 1 + i, 12, 0), new SafetyEventRecorded(site, "CA-BC", Vancouver, "p1", "hypertension", "mild", [], "", -1, Instant.FromUtc(2026, 5, 1 + i, 12, 0), [], "desk"));
            }
            foreach (var (source, target) in new[] { ("nanaimo", "calgary"), ("calgary", "nanaimo"), ("comox", "calgary"), ("nanaimo", "comox") })
            {
                if ((source == "comox" || target == "comox") && !hasSite) continue;
                for (var i = 0; i < 7; i++)
                {
                    var at = Instant.FromUtc(2026, 6, 1 + i, 12, 0);
                    var (here, there) = (source == "calgary" ? "prairie" : "island", target == "calgary" ? "prairie" : "island");
                    await Write(Keys.Referral("bc", $"{source}-{target}-{i}"), at, new ReferralSent(new ReferralForm("p1", source, here, target, there, "GRIP-8", "", "", Priority.Routine, "closer-to-home", "", at, at + Duration.FromDays(7), null, true), ""));
                }
            }
            if (hasSite) await Write(Keys.Site("bc", "comox"), Instant.FromUtc(2026, 6, 20, 12, 0), new NationGovernanceSet("a-nation", null));
            await stage.Record(times);
            await stage.CatchUp(writer.Last);
            return (await new RegionReports(stage.Views, new NpgsqlReports(stage.Source), "bc", [], 5).Of("island", Period, Made)).Report!;

            Task Write(string stream, Instant at, IEvent @event)
            {
                times.Add(at);
                return writer.Write(stream, at, @event);
            }
        }
    }

    /// <summary>Sixteen sessions, a week apart.</summary>
    private static CohortOpened Cohort(string program, LocalDate first, ImmutableArray<StaffingRequirement> staffing)
    {
        var zone = DateTimeZoneProviders.Tzdb[Vancouver];
        ImmutableArray<Session> planned = [.. Enumerable.Range(0, 16).Select(w => first.PlusWeeks(w).At(new LocalTime(18, 0))).Select(local =>
            new Session("integration", local, local.InZoneStrictly(zone).ToInstant(), Duration.FromMinutes(90), Duration.Zero, false))];
        return new CohortOpened("nanaimo", "island", "CA-BC", Vancouver, program, program, 1, new RoomCopy("r1", 40, false, 1), 4, 20, 0, staffing, planned, first.AtMidnight().InZoneStrictly(zone).ToInstant(), true, new HoldPolicy(Duration.FromMinutes(10), 4, 4));
    }

    /// <summary>Keeps a report for itself.</summary>
    private sealed class Drawer : IReports
    {
        private string? _report;

        public ValueTask<string?> Find(string network, string region, string period, CancellationToken cancel) => ValueTask.FromResult(_report);

        public ValueTask<string> Keep(string network, string region, string period, string report, CancellationToken cancel) => ValueTask.FromResult(_report = report);
    }
}
