// The library's elements may all be absent: what is not there fails the test where it is read.
#nullable disable warnings

using System.Globalization;
using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using RttNetwork.Cli.Reports;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary>Reports of capacity, read back by the library that receivers use, and held to the rules of both profiles.</summary>
public sealed class CapacityReportTests : IAsyncLifetime
{
    private const int Snapshots = 200;
    private static readonly FhirJsonDeserializer Deserializer = new(new DeserializerSettings().UsingMode(DeserializationMode.Strict));
    private FakeNetwork _network = null!;

    public async System.Threading.Tasks.Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async System.Threading.Tasks.Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public void A_summary_is_as_SANER_asks_for_it_whatever_the_figures()
    {
        foreach (var snapshot in Drawn())
        {
            var report = (MeasureReport)Deserializer.DeserializeResource(CapacityReports.Json(CapacityReports.Saner(snapshot)));
            Assert.Equal((MeasureReport.MeasureReportType.Summary, MeasureReport.MeasureReportStatus.Complete), (report.Type, report.Status));
            foreach (var time in new[] { report.Date, report.Period.Start, report.Period.End })
            {
                Assert.Equal(25, time.Length);
                Assert.EndsWith("+00:00", time, StringComparison.Ordinal);
                Assert.Equal(snapshot.At.ToUnixTimeSeconds(), DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeSeconds());
            }
            Assert.Equal("Location", report.Subject.Type);
            Assert.NotEmpty(report.Subject.Identifier.Value);
            Assert.All(report.Group, g => Assert.Equal(g.Code.Coding[0].Code, Assert.Single(g.Population).Code.Coding[0].Code));
            Assert.All(report.Group.SelectMany(g => g.Stratifier), s => Assert.All(s.Stratum, t => Assert.True(t.Value is null && t.Component.Count == s.Code.Count && t.Population.Count == 1)));
            HoldsEveryFigure(report.Group, snapshot.Whole);
            Assert.All(report.Group, g => Withheld.SaysWhatItIsWithout(g, snapshot.Withheld));
            foreach (var (code, _, of) in CapacityMeasures.All)
            {
                var strata = report.Group.Single(g => g.Code.Coding[0].Code == code).Stratifier.Where(s => s.Code.Count == 1).SelectMany(s => s.Stratum);
                Assert.Equal(
                    snapshot.Sites.Select(s => (s.Name[(s.Name.LastIndexOf('/') + 1)..], of(s))),
                    strata.Select(s => (s.Component[0].Value.Coding[0].Code, Read(s.Population[0].CountElement))));
            }
        }
    }

    [Fact]
    public void A_collection_is_as_US_SAFR_asks_for_it_and_every_reference_is_to_something_in_it()
    {
        foreach (var snapshot in Drawn())
        {
            var bundle = (Bundle)Deserializer.DeserializeResource(CapacityReports.Json(CapacityReports.UsSafr(snapshot, "10001")));
            Assert.Equal(Bundle.BundleType.Collection, bundle.Type);
            var there = bundle.Entry.ToDictionary(e => e.FullUrl, e => e.Resource);
            Assert.Equal(bundle.Entry.Count, there.Count);
            var reports = there.Values.OfType<MeasureReport>().ToList();
            Assert.Equal(bundle.Entry.Count - 1, reports.Count);
            Assert.All(reports, report =>
            {
                Assert.Equal(MeasureReport.MeasureReportType.Individual, report.Type);
                Assert.Single(report.Group);
                foreach (var whose in new[] { report.Subject, report.Reporter })
                    Assert.Equal((CapacityReports.SubmitterSystem, "10001"), (Assert.IsType<Organization>(there[whose.Reference]).Identifier[0].System, ((Organization)there[whose.Reference]).Identifier[0].Value));
                Assert.Matches("[+-][0-9]{2}:[0-9]{2}$", report.Date);
                Assert.Matches("[+-][0-9]{2}:[0-9]{2}$", report.Period.Start);
            });
            Assert.Equal(reports.Count, reports.Select(r => r.Measure).Distinct().Count());
            HoldsEveryFigure([.. reports.SelectMany(r => r.Group)], snapshot.Whole);
            Assert.All(reports, r => Withheld.SaysWhatItIsWithout(r.Group[0], snapshot.Withheld));
        }
    }

    [Fact]
    public void The_same_snapshot_gives_the_same_bytes_and_another_place_others()
    {
        foreach (var snapshot in Drawn())
        {
            var again = snapshot with { Whole = snapshot.Whole.Clone(), Sites = [.. snapshot.Sites.Select(s => s.Clone())] };
            foreach (var form in new Func<CapacitySnapshot, string>[] { CapacityReports.Csv, s => CapacityReports.Json(CapacityReports.Saner(s)), s => CapacityReports.Json(CapacityReports.UsSafr(s, "1")) })
            {
                Assert.Equal(form(snapshot), form(again));
                Assert.NotEqual(form(snapshot), form(snapshot with { Token = "9.9" }));
            }
        }
    }

    [Fact]
    public async System.Threading.Tasks.Task A_table_says_what_is_not_told_and_every_form_is_asked_for_by_its_name()
    {
        var csv = await _network.Run("capacity", "report", "--region", "island");
        Assert.Equal(0, csv.Code);
        Assert.Equal(
            "name,as_of,token,seats_total,seats_staffed_open,seats_occupied,seats_held,waitlist_length,sessions_at_risk,medicine_seats_open_2027-W03\n"
            + "networks/bc/sites/nanaimo,2026-12-01T17:00:00+00:00,1.1,20,9,*,0,-,1,9\n",
            csv.Out);
        Assert.Equal("regions/island", Assert.Single(_network.State.Steps.OfType<GetCapacityRequest>()).Region);
        Assert.Equal("regions/island", Assert.Single(_network.State.Steps.OfType<ListCapacityRequest>()).Region);
        Assert.Equal("[]", JsonNode.Parse((await _network.Run("capacity", "report", "--json")).Out)!["withheldSites"]!.ToJsonString());
        Assert.Equal("1.1", JsonNode.Parse((await _network.Run("capacity", "report", "--json")).Out)!["token"]!.GetValue<string>());
        Assert.Equal("summary", JsonNode.Parse((await _network.Run("capacity", "report", "--format", "saner")).Out)!["type"]!.GetValue<string>());
        Assert.Equal("collection", JsonNode.Parse((await _network.Run("capacity", "report", "--format", "us-safr", "--submitter", "10001")).Out)!["type"]!.GetValue<string>());
        Assert.Equal(2, (await _network.Run("capacity", "report", "--format", "us-safr")).Code);
        Assert.Equal(2, (await _network.Run("capacity", "report", "--submitter", "10001")).Code);
        Assert.Equal(2, (await _network.Run("capacity", "report", "--format", "xml")).Code);
    }

    [Fact]
    public async System.Threading.Tasks.Task Every_form_says_which_sites_a_Nation_governs_and_its_figures_are_without()
    {
        const string Site = "networks/bc/sites/old-village";
        _network.State.WithheldSites.Add(Site);
        var csv = await _network.Run("capacity", "report");
        Assert.EndsWith($"{Site},2026-12-01T17:00:00+00:00,1.1,withheld,withheld,withheld,withheld,withheld,withheld,withheld\n", csv.Out, StringComparison.Ordinal);
        Assert.Contains("WITHHELD", csv.Error, StringComparison.Ordinal);
        Assert.Equal(Site, JsonNode.Parse((await _network.Run("capacity", "report", "--json")).Out)!["withheldSites"]![0]!.GetValue<string>());
        var saner = (MeasureReport)Deserializer.DeserializeResource((await _network.Run("capacity", "report", "--format", "saner")).Out);
        var safr = (Bundle)Deserializer.DeserializeResource((await _network.Run("capacity", "report", "--format", "us-safr", "--submitter", "10001")).Out);
        Assert.All(saner.Group.Concat(safr.Entry.Select(e => e.Resource).OfType<MeasureReport>().SelectMany(r => r.Group)), g => Withheld.SaysWhatItIsWithout(g, [Site]));
    }

    [Fact]
    public async System.Threading.Tasks.Task A_report_is_of_one_place_or_none()
    {
        _network.State.CapacityTokens.Enqueue("1.0");
        Assert.Contains(",1.1,", (await _network.Run("capacity", "report")).Out, StringComparison.Ordinal);
        Assert.Equal(2, _network.State.Steps.OfType<GetCapacityRequest>().Count());
        for (var i = 0; i < 100; i++) _network.State.CapacityTokens.Enqueue("1.0");
        var ran = await _network.Run("capacity", "report");
        Assert.Equal((3, ""), (ran.Code, ran.Out));
    }

    /// <summary>Every figure, once, and those that are not told with their reason.</summary>
    private static void HoldsEveryFigure(List<MeasureReport.GroupComponent> groups, CapacityFigure figure)
    {
        var told = groups.ToDictionary(g => g.Code.Coding[0].Code, g => Read(g.Population[0].CountElement));
        foreach (var (code, _, of) in CapacityMeasures.All) Assert.Equal(of(figure), told[code]);
        Assert.Equal(CapacityMeasures.All.Count + (figure.MedicineWeeks.Count > 0 ? 1 : 0), told.Count);
        if (figure.MedicineWeeks.Count == 0) return;
        var weeks = groups.Single(g => g.Code.Coding[0].Code == CapacityMeasures.MedicineSeats);
        Assert.Equal(figure.MedicineWeeks.Sum(w => w.SeatsOpen), weeks.Population[0].Count);
        Assert.Equal(figure.MedicineWeeks.Select(w => (w.Week, (int?)w.SeatsOpen)), weeks.Stratifier.Single(s => s.Code.Count == 1).Stratum.Select(s => (s.Component[0].Value.Coding[0].Code, s.Population[0].Count)));
    }

    private static Reported Read(Integer count) =>
        new(count.Value, count.Extension is [var why] ? ((Code)why.Value).Value : "");

    private static IEnumerable<CapacitySnapshot> Drawn()
    {
        var random = new Random(20261127);
        for (var i = 0; i < Snapshots; i++)
        {
            var name = random.Next(3) switch { 0 => "regions/island", 1 => "networks/bc/sites/nanaimo", _ => "networks/bc" };
            yield return new CapacitySnapshot(
                "bc", Figure(name, random), [.. Enumerable.Range(0, random.Next(5)).Select(n => Figure($"networks/bc/sites/s{n}", random))],
                DateTimeOffset.UnixEpoch.AddMilliseconds(random.NextInt64(1_700_000_000_000, 2_000_000_000_000)), $"{i}.{random.Next(100)}",
                [.. Enumerable.Range(0, random.Next(3)).Select(n => $"networks/bc/sites/withheld-{n}")], IsStale: false);
        }
    }

    private static CapacityFigure Figure(string name, Random random)
    {
        var figure = new CapacityFigure
        {
            Name = name,
            SeatsTotal = random.Next(50),
            SeatsStaffedOpen = random.Next(20),
            SeatsOccupied = People(random),
            SeatsHeld = People(random),
            WaitlistLength = People(random),
        };
        if (random.Next(3) > 0) figure.SessionsAtRisk = random.Next(4);
        for (var week = 0; week < random.Next(4); week++) figure.MedicineWeeks.Add(new MedicineWeek { Week = $"2027-W0{week + 1}", SeatsOpen = random.Next(9) });
        return figure;
    }

    private static PeopleCount? People(Random random) => random.Next(3) switch { 0 => null, 1 => new PeopleCount { Suppressed = true }, _ => new PeopleCount { Count = 5 * random.Next(9) } };
}
