using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Disclosure;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.WaitMetrics;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Views;

/// <summary>
/// The report of a region about a quarter. What it says of people goes through <see cref="Suppression"/>; seats and cohorts are not people. No two tables
/// count the same people under one total, so none helps with another.
/// </summary>
/// <param name="measures">Those that outcomes are told by.</param>
/// <param name="peopleMin">The fewest people that are told by the policy of the region.</param>
public sealed class RegionReports(IViews views, IReports reports, string network, ImmutableArray<MeasureDefinitionView> measures, int peopleMin)
{
    /// <summary>Percentiles are told of so many cases and more: of ten, the ninetieth is nobody's longest wait any more.</summary>
    private const int PercentilesFrom = 11;

    /// <summary>Referrals that nobody has decided yet.</summary>
    private const string Undecided = "undecided";
    private const string In = "in";
    private const string Out = "out";
    private const string Within = "within";
    private const string Overdue = "overdue";

    /// <summary>The report that was made; it is made when there is none.</summary>
    public async Task<ReportAnswer> Of(string region, ReportPeriod period, Instant now)
    {
        if (await reports.Find(network, region, period.ToString(), CancellationToken.None) is { } kept) return Answer(kept);
        var made = await views.AtOnePlace(at => Make(at, region, period, now), CancellationToken.None);
        return made.Report is null ? made : Answer(await reports.Keep(network, region, period.ToString(), JsonSerializer.Serialize(made.Report, EventCatalog.Json), CancellationToken.None));
    }

    private static ReportAnswer Answer(string kept) => new(JsonSerializer.Deserialize<RegionReportView>(kept, EventCatalog.Json), Behind: false, IsTooMuch: false);

    private async ValueTask<ReportAnswer> Make(IViews all, string region, ReportPeriod period, Instant now)
    {
        // What is published has no figure that a Nation governs and does not authorise now, whoever asks for it.
        if (await all.Withheld(network, now, CancellationToken.None) is not { } withheld) return new ReportAnswer(null, Behind: true, IsTooMuch: false);
        var at = all.Without([.. withheld.Select(w => w.Site)]);
        var months = period.Months.ToList();
        var ask = new CapacityAsk(CapacityBy.Program, region);
        var zones = (await at.TimeZones(network, region, null, CancellationToken.None)).Select(z => (Id: z, Zone: DateTimeZoneProviders.Tzdb.GetZoneOrNull(z) ?? DateTimeZone.Utc)).ToList();
        if (zones.Count == 0) return new ReportAnswer(null, Behind: false, IsTooMuch: false);
        var history = await at.CapacityHistory(network, ask, [.. months.SelectMany((m, n) => zones.Select(z => new HistoryMoment(n, z.Id, HistoryTicks.EndOf(m.To, z.Zone))))], CancellationToken.None);
        var waits = await at.Waits(network, new WaitsAsk(region, null, null, period.From, period.To), null, now, CancellationToken.None);
        if (history.Behind || waits.Behind) return new ReportAnswer(null, Behind: true, IsTooMuch: false);
        if (waits.Cases.Length > WaitsAsk.CasesMax) return new ReportAnswer(null, Behind: false, IsTooMuch: true);
        var facts = await at.RegionFacts(network, region, period.Days, CancellationToken.None);
        var flows = await at.ReferralFlows(network, new FlowsAsk(region, period.Days), CancellationToken.None);
        var policy = DisclosurePolicy.Of(facts.Jurisdictions, peopleMin);
        var figures = months.Select((_, n) => CapacityRollUp.Of(history.Rows.Where(r => r.Moment == n).Select(r => (r.Row, r.At)), ask, new Caller(network, "", CallerScope.System, [], [], ""))).ToList();
        var waitTable = WaitCases(policy, waits.Cases, period);
        ImmutableArray<string> names = [.. months.Select(m => m.To.ToString("uuuu-MM-dd", null))];
        ImmutableArray<string> programs = [.. figures.SelectMany(f => f).Select(f => f.Key).Distinct().Order(StringComparer.Ordinal)];
        return new ReportAnswer(
            new RegionReportView(region, period.ToString(), period.From, period.To, period.DueOn, now, facts.Token, policy.PeopleMin,
            [
                Exact("seats-total", "seats", names, programs, figures, f => f.SeatsTotal),
                Exact("cohorts", "cohorts", names, programs, figures, f => f.Cohorts),
                People(policy, "seats-occupied", names, programs, ReportTotals.Rows, (row, program) => Figure(figures[names.IndexOf(row)], program)?.SeatsOccupied?.Count ?? 0),
                People(policy, "waitlist-length", names, programs, ReportTotals.Rows, (row, program) => Figure(figures[names.IndexOf(row)], program)?.Waiting?.Count ?? 0),
                Exact("cohorts-begun", "cohorts", [.. facts.Begun.Select(b => b.Program)], ["begun", "below-minimum"], (program, what) => facts.Begun.Single(b => b.Program == program) is var b && what == "begun" ? b.Cohorts : b.BelowMin),
                Exact("sessions-at-risk", "sessions", ["sessions"], ["cured", "not-cured"], (_, what) => what == "cured" ? facts.Risks.Cured : facts.Risks.NotCured),
                Exact("sessions-cured", "sessions", ["sessions"], Remedy.All, (_, by) => facts.Risks.CuredBy.GetValueOrDefault(by)),
                Referrals(policy, flows.Rows, region),
                waitTable,
                Safety(policy, facts.SafetyEvents, CapacityRollUp.Today(now)),
                Outcomes(policy, facts.Scores),
            ],
            Percentiles(policy, waits.Cases, waitTable, period))
            { Withheld = WithheldSite.Of(withheld, region) },
            Behind: false,
            IsTooMuch: false);
    }

    /// <summary>By definition and program, with the whole of each definition as its total.</summary>
    private static ReportTableView WaitCases(DisclosurePolicy policy, ImmutableArray<WaitDays> cases, ReportPeriod period)
    {
        ImmutableArray<string> programs = [.. cases.Select(c => c.Program).Distinct().Order(StringComparer.Ordinal)];
        return People(policy, "wait-cases", [.. WaitDefinition.All.Select(d => d.Code)], programs, ReportTotals.Rows,
            (code, program) => WaitDefinition.All.Single(d => d.Code == code).Over(cases.Where(c => c.Program == program), period.From, period.To).Cases);
    }

    /// <summary>Of the region, then by program. Percentiles are told where the number of their cases is: that they are told says that there are eleven at least.</summary>
    private static ImmutableArray<ReportWaitView> Percentiles(DisclosurePolicy policy, ImmutableArray<WaitDays> cases, ReportTableView table, ReportPeriod period)
    {
        var told = ImmutableArray.CreateBuilder<ReportWaitView>();
        foreach (var definition in WaitDefinition.All)
        {
            foreach (var (program, column) in table.Columns.Select((program, column) => (program, column)).Prepend(("", table.Columns.Length)))
            {
                var result = definition.Over(program.Length == 0 ? cases : cases.Where(c => c.Program == program), period.From, period.To);
                var isTold = result.Cases >= Math.Max(PercentilesFrom, policy.PeopleMin) && table.Cells[(table.Rows.IndexOf(definition.Code) * (table.Columns.Length + 1)) + column] is not null;
                told.Add(new ReportWaitView(definition.Code, definition.Unit, isTold ? result.P50 : null, isTold ? result.P90 : null) { Program = program });
            }
        }
        return told.DrainToImmutable();
    }

    /// <summary>
    /// Of cohorts that ended in the quarter, against the baseline: a row for each cohort, measure and point. No two rows have a total in common that is told, so each
    /// is hidden by itself.
    /// </summary>
    private ReportTableView Outcomes(DisclosurePolicy policy, ImmutableArray<CohortScores> cohorts)
    {
        var rows = (from cohort in cohorts from change in ReliableChanges.Of(cohort.Scores, measures) select (Code: $"{cohort.Cohort}/{change.Measure}/{change.Point}", Change: change)).ToList();
        ImmutableArray<string> columns = ["improved", "no-change", "worsened", "not-classified"];
        return new ReportTableView(
            "outcomes", "people", ReportTotals.None, [.. rows.Select(r => r.Code)], columns,
            [.. rows.SelectMany(r => People(policy, "", [""], columns, ReportTotals.None, (_, column) => column switch
            {
                "improved" => r.Change.Improved,
                "no-change" => r.Change.NoChange,
                "worsened" => r.Change.Worsened,
                _ => r.Change.NotClassified,
            }).Cells)]);
    }

    /// <summary>One table of what became of referrals and why they were refused: two would have totals in common.</summary>
    private static ReportTableView Referrals(DisclosurePolicy policy, ImmutableArray<FlowRow> flows, string region)
    {
        ImmutableArray<string> columns = [Undecided, "accepted", .. ReferralReasons.Declined.Select(r => $"declined-{r}"), "expired", "withdrawn"];
        var counts = flows.ToLookup(f => (f.SourceRegion != region ? In : f.TargetRegion != region ? Out : Within, ColumnOf(f)), f => f.Referrals);
        return People(policy, "referrals", [In, Out, Within], columns, ReportTotals.Both, (row, column) => counts[(row, column)].Sum());

        static string ColumnOf(FlowRow flow) => flow.Status switch
        {
            "accepted" or "completed" => "accepted",
            "declined" => $"declined-{flow.Outcome}",
            "expired" or "withdrawn" => flow.Status,
            _ => Undecided,
        };
    }

    private static ReportTableView Safety(DisclosurePolicy policy, ImmutableArray<SafetyCount> events, LocalDate today)
    {
        var counts = events.ToLookup(e => (e.Severity, e.Reporting == Reporting.Running && e.DueOn < today ? Overdue : e.Reporting), e => e.Events);
        return People(policy, "safety-events", Severities.All, [Reporting.NotAsked, Reporting.InTime, Reporting.Late, Reporting.Running, Overdue], ReportTotals.Both, (severity, standing) => counts[(severity, standing)].Sum());
    }

    private static CapacityFigures? Figure(ImmutableArray<CapacityFigures> figures, string program) => figures.FirstOrDefault(f => f.Key == program);

    private static ReportTableView Exact(string code, string of, ImmutableArray<string> months, ImmutableArray<string> programs, List<ImmutableArray<CapacityFigures>> figures, Func<CapacityFigures, int> figure) =>
        Exact(code, of, months, programs, (month, program) => Figure(figures[months.IndexOf(month)], program) is { } f ? figure(f) : 0);

    private static ReportTableView Exact(string code, string of, ImmutableArray<string> rows, ImmutableArray<string> columns, Func<string, string, int> count) =>
        new(code, of, ReportTotals.None, rows, columns, [.. from row in rows from column in columns select (int?)count(row, column)]);

    private static ReportTableView People(DisclosurePolicy policy, string code, ImmutableArray<string> rows, ImmutableArray<string> columns, ReportTotals totals, Func<string, string, int> count)
    {
        var counts = new int[rows.Length, columns.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            for (var column = 0; column < columns.Length; column++) counts[row, column] = count(rows[row], columns[column]);
        }
        var told = policy.Publish(new CountTable(counts, hasColumnTotals: totals is ReportTotals.Both));
        return new ReportTableView(code, "people", totals, rows, columns, [.. told.SelectMany(row => totals is ReportTotals.None ? row[..columns.Length] : row)]);
    }
}
