// The library's elements may all be absent: what is not there fails the test where it is read.
#nullable disable warnings

using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using RttNetwork.Cli.Reports;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary>The report of a region, read back by the library that receivers use; and history and flows on the screen.</summary>
public sealed class RegionReportTests : IAsyncLifetime
{
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict));
    private static readonly RegionReport Report = FakeCapacity.Report(new GetRegionReportRequest { Region = "regions/island", Period = "2026-Q3" });
    private FakeNetwork _network = null!;

    public async System.Threading.Tasks.Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async System.Threading.Tasks.Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public void A_summary_is_as_SANER_asks_for_it_and_has_every_cell()
    {
        var report = (MeasureReport)Deserializer.DeserializeResource(MeasureParts.Json(RegionReports.Saner(Report)));
        Assert.Equal((MeasureReport.MeasureReportType.Summary, "Location", "island"), (report.Type, report.Subject.Type, report.Subject.Identifier.Value));
        foreach (var time in new[] { report.Date, report.Period.Start, report.Period.End }) Assert.Matches("^.{19}[+]00:00$", time);
        Assert.Equal(("2026-07-01T00:00:00+00:00", "2026-09-30T23:59:59+00:00"), (report.Period.Start, report.Period.End));
        Assert.All(report.Group, g => Assert.Single(g.Population));
        Assert.All(report.Group, g => Withheld.SaysWhatItIsWithout(g, Report.WithheldSites));
        foreach (var table in Report.Tables) HoldsEveryCell(report.Group.Single(g => g.Code.Coding[0].Code == table.Code), table);
        var score = report.Group.Single(g => g.Code.Coding[0].Code == "wait-cihi-p90");
        Assert.Equal((123.5m, "days", 12), (score.MeasureScore.Value, score.MeasureScore.Unit, score.Population[0].Count));
        Assert.DoesNotContain(report.Group, g => g.Code.Coding[0].Code == "wait-attended-p50");
    }

    [Fact]
    public void A_collection_is_as_US_SAFR_asks_for_it_and_every_reference_is_to_something_in_it()
    {
        var bundle = (Bundle)Deserializer.DeserializeResource(MeasureParts.Json(RegionReports.UsSafr(Report, "10001")));
        Assert.Equal(Bundle.BundleType.Collection, bundle.Type);
        var there = bundle.Entry.ToDictionary(e => e.FullUrl, e => e.Resource);
        var reports = there.Values.OfType<MeasureReport>().ToList();
        Assert.Equal(Report.Tables.Count + Report.Waits.Sum(w => (w.HasP50 ? 1 : 0) + (w.HasP90 ? 1 : 0)), reports.Count);
        Assert.All(reports, r =>
        {
            Assert.Equal(MeasureReport.MeasureReportType.Individual, r.Type);
            Withheld.SaysWhatItIsWithout(Assert.Single(r.Group), Report.WithheldSites);
            foreach (var whose in new[] { r.Subject, r.Reporter }) Assert.Equal("10001", Assert.IsType<Organization>(there[whose.Reference]).Identifier[0].Value);
            Assert.Matches("[+]00:00$", r.Date);
        });
        foreach (var table in Report.Tables) HoldsEveryCell(reports.Single(r => r.Measure.EndsWith($":{table.Code}", StringComparison.Ordinal)).Group[0], table);
    }

    [Fact]
    public void The_same_report_gives_the_same_bytes()
    {
        foreach (var form in new Func<RegionReport, string>[] { RegionReports.Csv, r => MeasureParts.Json(RegionReports.Saner(r)), r => MeasureParts.Json(RegionReports.UsSafr(r, "1")) })
            Assert.Equal(form(Report), form(Report.Clone()));
    }

    [Fact]
    public async System.Threading.Tasks.Task A_report_is_written_in_every_form_and_says_that_it_was_late()
    {
        var csv = await _network.Run("report", "--region", "island", "--period", "2026-Q3");
        Assert.Equal(0, csv.Code);
        Assert.StartsWith("region,period,due,made,token,table,of,row,column,value\nregions/island,2026-Q3,2026-10-30,2026-10-31T17:00:00+00:00,7.7,seats-total,seats,2026-07-31,GRIP-8,20\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains(",referrals,people,out,accepted,*\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains(",referrals,people,total,total,15\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains(",waits,days,cihi,p90,123.5\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains(",waits,days,attended,p50,*\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains(",withheld-sites,site,old-village,,nation-authorisation-missing\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains("LATE", csv.Error, StringComparison.Ordinal);
        Assert.Equal(("networks/bc", "regions/island", "2026-Q3"), _network.State.Steps.OfType<GetRegionReportRequest>().Select(r => (r.Parent, r.Region, r.Period)).Single());
        Assert.Equal("7.7", JsonNode.Parse((await _network.Run("report", "--region", "island", "--period", "2026-Q3", "--json")).Out)!["token"]!.GetValue<string>());
        Assert.Equal("networks/bc/sites/old-village", JsonNode.Parse((await _network.Run("report", "--region", "island", "--period", "2026-Q3", "--json")).Out)!["withheldSites"]![0]!.GetValue<string>());
        Assert.Equal("summary", JsonNode.Parse((await _network.Run("report", "--region", "island", "--period", "2026-Q3", "--format", "saner")).Out)!["type"]!.GetValue<string>());
        Assert.Equal("collection", JsonNode.Parse((await _network.Run("report", "--region", "island", "--period", "2026-Q3", "--format", "us-safr", "--submitter", "1")).Out)!["type"]!.GetValue<string>());
        Assert.Equal(2, (await _network.Run("report", "--region", "island", "--period", "2026-Q3", "--format", "us-safr")).Code);
        Assert.Equal(2, (await _network.Run("report", "--region", "island")).Code);
    }

    [Fact]
    public async System.Threading.Tasks.Task What_was_is_asked_for_by_moment_and_by_day()
    {
        var was = await _network.Run("capacity", "show", "--site", "nanaimo", "--at", "2026-11-01T08:00Z");
        Assert.Equal(0, was.Code);
        Assert.Contains("at 0.9", was.Out, StringComparison.Ordinal);
        var at = Assert.Single(_network.State.Steps.OfType<GetCapacityAtRequest>());
        Assert.Equal(("networks/bc/sites/nanaimo", new DateTime(2026, 11, 1, 8, 0, 0, DateTimeKind.Utc)), (at.Site, at.Time.ToDateTime()));
        Assert.Equal(2, (await _network.Run("capacity", "show", "--at", "yesterday")).Code);
        var series = await _network.Run("capacity", "history", "--from", "2026-11-01", "--to", "2026-11-08", "--by", "region", "--region", "island", "--program", "GRIP-8", "--weeks");
        Assert.Equal(0, series.Code);
        Assert.Contains("2026-11-01  nanaimo", series.Out, StringComparison.Ordinal);
        Assert.Contains("2026-11-08  nanaimo", series.Out, StringComparison.Ordinal);
        var pages = _network.State.Steps.OfType<ListCapacityHistoryRequest>().ToList();
        Assert.Equal(["", "more"], pages.Select(p => p.PageToken));
        Assert.All(pages, p => Assert.Equal((CapacityBy.ByRegion, "regions/island", "GRIP-8", HistoryGrain.ByCivilWeek), (p.By, p.Region, p.Program, p.Grain)));
    }

    private static void HoldsEveryCell(MeasureReport.GroupComponent group, ReportTable table)
    {
        var strata = group.Stratifier.Where(s => s.Code[0].Coding[0].Code == "row").SelectMany(s => s.Stratum).ToList();
        Assert.Equal(table.Cells.Count, strata.Count);
        Assert.All(strata, s => Assert.True(s.Value is null && s.Component.Count == 2 && s.Population.Count == 1));
        Assert.Equal(table.Cells.Count, strata.Select(s => (s.Component[0].Value.Coding[0].Code, s.Component[1].Value.Coding[0].Code)).Distinct().Count());
        foreach (var (cell, stratum) in table.Cells.Zip(strata))
        {
            var count = stratum.Population[0].CountElement;
            Assert.Equal(cell.HasCount ? cell.Count : (int?)null, count.Value);
            if (!cell.HasCount) Assert.Equal("masked", ((Code)count.Extension.Single().Value).Value);
        }
    }
}
