using System.Globalization;
using System.Text;
using Hl7.Fhir.Model;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Reports;

/// <summary>
/// The quarterly report of a region as other software reads it. The network made it once and keeps it, and nothing else goes in: the same report gives the
/// same bytes. "*" and <c>masked</c> stand for what is not told.
/// </summary>
internal static class RegionReports
{
    public const string MeasureSystem = "urn:rttnetwork:region-measure";
    public const string CodeSystem = "urn:rttnetwork:report-code";
    private const string Total = "total";

    /// <summary>A line for each count: table, what is counted, row, column, count. Sites that are not in it, then percentiles of waits, come last.</summary>
    public static string Csv(RegionReport report)
    {
        var text = new StringBuilder("region,period,due,made,token,table,of,row,column,value\n");
        var head = $"{report.Region},{report.Period},{Days.Text(report.DueDate)},{Made(report)},{report.Token}";
        foreach (var table in report.Tables)
        {
            foreach (var (row, column, told) in Cells(table)) text.Append(CultureInfo.InvariantCulture, $"{head},{table.Code},{table.Of},{row},{column},{told}\n");
        }

        foreach (var site in report.WithheldSites) text.Append(CultureInfo.InvariantCulture, $"{head},withheld-sites,site,{ResourceName.Id(site)},,{MeasureParts.NationAuthorisationMissing}\n");
        foreach (var (code, unit, value) in Percentiles(report)) text.Append(CultureInfo.InvariantCulture, $"{head},waits,{unit},{Joined('/', code.Definition, code.Program)},{code.Percentile},{(value is { } v ? v.ToString(CultureInfo.InvariantCulture) : "*")}\n");
        return text.ToString();
    }

    /// <summary>SANER 1.0.1, PublicHealthMeasureReport: one summary about a region, each table a group, its rows and columns strata of components.</summary>
    public static MeasureReport Saner(RegionReport report)
    {
        var saner = Head(report, MeasureReport.MeasureReportType.Summary, MeasureSystem);
        saner.Meta = new Meta { Profile = [CapacityReports.SanerProfile] };
        saner.Identifier = [new Hl7.Fhir.Model.Identifier("urn:rttnetwork:region-report", $"{report.Region}@{report.Period}")];
        saner.Subject = new ResourceReference { Type = "Location", Identifier = new("urn:rttnetwork:region", ResourceName.Id(report.Region)), Display = report.Region };
        saner.Reporter = new ResourceReference { Type = "Organization", Identifier = new("urn:rttnetwork:region", ResourceName.Id(report.Region)), Display = report.Region };
        saner.Group.AddRange(report.Tables.Select(Group).Concat(Scores(report).Select(s => s.Score)).Select(g => g.Without(report.WithheldSites)));
        return saner;
    }

    /// <summary>US-SAFR 1.0.0: a collection with an individual report for each table, of the organisation that submits it.</summary>
    /// <param name="submitter">The organisation's number with the receiver.</param>
    public static Bundle UsSafr(RegionReport report, string submitter)
    {
        var whose = Address(report, "organization");
        var bundle = new Bundle { Type = Bundle.BundleType.Collection, Timestamp = report.MakeTime.ToDateTimeOffset().AddTicks(-(report.MakeTime.ToDateTimeOffset().Ticks % TimeSpan.TicksPerSecond)), Identifier = new("urn:rttnetwork:region-report", $"{report.Region}@{report.Period}") };
        bundle.AddResourceEntry(new Organization { Identifier = [new(CapacityReports.SubmitterSystem, submitter)], Active = true, Name = submitter }, whose);
        foreach (var table in report.Tables) Add(table.Code, Group(table));
        foreach (var (code, score) in Scores(report)) Add(code, score);
        return bundle;

        void Add(string code, MeasureReport.GroupComponent group)
        {
            var one = Head(report, MeasureReport.MeasureReportType.Individual, $"{MeasureSystem}:{code}");
            (one.Subject, one.Reporter, one.Group) = (new ResourceReference(whose), new ResourceReference(whose), [group.Without(report.WithheldSites)]);
            bundle.AddResourceEntry(one, Address(report, code));
        }
    }

    private static MeasureReport Head(RegionReport report, MeasureReport.MeasureReportType type, string measure) => new()
    {
        Status = MeasureReport.MeasureReportStatus.Complete,
        Type = type,
        Measure = measure,
        DateElement = new FhirDateTime(Made(report)),
        Period = new Period { StartElement = new FhirDateTime($"{Days.Text(report.From)}T00:00:00+00:00"), EndElement = new FhirDateTime($"{Days.Text(report.To)}T23:59:59+00:00") },
    };

    /// <summary>The group's own count is the grand total of a table that has one; of another it is not permitted to add up.</summary>
    private static MeasureReport.GroupComponent Group(ReportTable table)
    {
        var code = Measure(table.Code);
        var cells = Cells(table).ToList();
        var group = MeasureParts.Group(code, table.Totals is ReportTotals.RowAndColumnTotals ? cells[^1].Told : new Reported(null, "not-applicable"));
        if (cells.Count == 0) return group;
        group.Stratifier.Add(new MeasureReport.StratifierComponent
        {
            Code = [MeasureParts.Dimension("row"), MeasureParts.Dimension("column")],
            Stratum = [.. cells.Select(c => new MeasureReport.StratifierGroupComponent
            {
                Component = [MeasureParts.Component("row", CodeSystem, c.Row), MeasureParts.Component("column", CodeSystem, c.Column)],
                Population = [new MeasureReport.StratifierGroupPopulationComponent { Code = Measure(table.Code), CountElement = MeasureParts.Count(c.Told) }],
            })],
        });
        return group;
    }

    /// <summary>A percentile is a score, and no count of anybody.</summary>
    private static IEnumerable<(string Code, MeasureReport.GroupComponent Score)> Scores(RegionReport report)
    {
        foreach (var (of, unit, value) in Percentiles(report))
        {
            if (value is not { } score) continue;
            var code = Joined('-', "wait", of.Definition, of.Program.ToLowerInvariant(), of.Percentile);
            yield return (code, new MeasureReport.GroupComponent
            {
                Code = Measure(code),
                Population = [new MeasureReport.PopulationComponent { Code = Measure("wait-cases"), CountElement = MeasureParts.Count(CasesOf(report, of.Definition, of.Program)) }],
                MeasureScore = new Quantity((decimal)score, unit, "urn:rttnetwork:unit"),
            });
        }
    }

    private static Reported CasesOf(RegionReport report, string definition, string program) =>
        Cells(report.Tables.Single(t => t.Code == "wait-cases")).Single(c => c.Row == definition && c.Column == (program.Length > 0 ? program : Total)).Told;

    private static string Joined(char separator, params IEnumerable<string> parts) => string.Join(separator, parts.Where(p => p.Length > 0));

    private static IEnumerable<((string Definition, string Program, string Percentile) Code, string Unit, double? Value)> Percentiles(RegionReport report) =>
        from wait in report.Waits
        from value in new[] { ("p50", wait.HasP50 ? wait.P50 : (double?)null), ("p90", wait.HasP90 ? wait.P90 : (double?)null) }
        select ((wait.Definition, wait.Program, value.Item1), wait.Unit, value.Item2);

    private static IEnumerable<(string Row, string Column, Reported Told)> Cells(ReportTable table)
    {
        List<string> rows = [.. table.Rows, .. table.Totals is ReportTotals.RowAndColumnTotals ? [Total] : Array.Empty<string>()];
        List<string> columns = [.. table.Columns, .. table.Totals is ReportTotals.Unspecified ? Array.Empty<string>() : [Total]];
        for (var i = 0; i < table.Cells.Count; i++) yield return (rows[i / columns.Count], columns[i % columns.Count], table.Cells[i].HasCount ? new Reported(table.Cells[i].Count, "") : new Reported(null, CapacityMeasures.Masked));
    }

    private static string Made(RegionReport report) => MeasureParts.Time(report.MakeTime.ToDateTimeOffset());

    private static string Address(RegionReport report, string what) => MeasureParts.Address($"{report.Region}@{report.Period} {what}");

    private static CodeableConcept Measure(string code) => new(MeasureSystem, code);
}
