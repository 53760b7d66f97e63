using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Reports;

/// <summary>
/// A snapshot of capacity as other software reads it. The same snapshot gives the same bytes. The two FHIR profiles contradict each other, and so
/// there are two forms: SANER's summary of a place, and US-SAFR's collection of individual reports by an organisation.
/// </summary>
internal static class CapacityReports
{
    public const string MeasureSystem = "urn:rttnetwork:capacity-measure";
    public const string WeekSystem = "urn:rttnetwork:iso-week";
    public const string SubmitterSystem = "https://www.cdc.gov/nhsn/OrgID";
    public const string SanerProfile = "http://hl7.org/fhir/uv/saner/StructureDefinition/PublicHealthMeasureReport";

    /// <summary>What stands in the place of each figure of a site that a Nation governs: it is in no other row either.</summary>
    private const string Withheld = "withheld";

    /// <summary>One row for what the report is about, and one for each of its sites; "*" for few people, "-" for what the reader is not told.</summary>
    public static string Csv(CapacitySnapshot snapshot)
    {
        var weeks = snapshot.Sites.Append(snapshot.Whole).SelectMany(f => f.MedicineWeeks).Select(w => w.Week).Distinct().Order(StringComparer.Ordinal).ToList();
        var text = new StringBuilder($"name,as_of,token,{string.Join(',', CapacityMeasures.All.Select(m => m.Code.Replace('-', '_')))}");
        foreach (var week in weeks) text.Append(CultureInfo.InvariantCulture, $",medicine_seats_open_{week}");
        text.Append('\n');
        foreach (var figure in snapshot.Sites.Prepend(snapshot.Whole).DistinctBy(f => f.Name))
        {
            text.Append(CultureInfo.InvariantCulture, $"{figure.Name},{Time(snapshot.At)},{snapshot.Token},{string.Join(',', CapacityMeasures.All.Select(m => m.Of(figure)))}");
            var seats = figure.MedicineWeeks.ToDictionary(w => w.Week, w => w.SeatsOpen);
            foreach (var week in weeks) text.Append(CultureInfo.InvariantCulture, $",{seats.GetValueOrDefault(week)}");
            text.Append('\n');
        }

        foreach (var site in snapshot.Withheld)
            text.Append(CultureInfo.InvariantCulture, $"{site},{Time(snapshot.At)},{snapshot.Token},{string.Join(',', Enumerable.Repeat(Withheld, CapacityMeasures.All.Count + weeks.Count))}\n");
        return text.ToString();
    }

    /// <summary>As the network says it.</summary>
    public static JsonObject Json(CapacitySnapshot snapshot) => new()
    {
        ["figure"] = WireJson.Of(snapshot.Whole),
        ["sites"] = WireJson.Of(snapshot.Sites),
        ["asOfTime"] = Time(snapshot.At),
        ["token"] = snapshot.Token,
        ["withheldSites"] = new JsonArray([.. snapshot.Withheld.Select(site => JsonValue.Create(site))]),
    };

    /// <summary>SANER 1.0.1, PublicHealthMeasureReport: one summary, its subject a location, by site and by week in strata of components.</summary>
    public static MeasureReport Saner(CapacitySnapshot snapshot)
    {
        var report = new MeasureReport
        {
            Meta = new Meta { Profile = [SanerProfile] },
            Identifier = [new Hl7.Fhir.Model.Identifier("urn:rttnetwork:capacity-report", $"{snapshot.Whole.Name}@{snapshot.Token}")],
            Status = MeasureReport.MeasureReportStatus.Complete,
            Type = MeasureReport.MeasureReportType.Summary,
            Measure = MeasureSystem,
            Subject = new ResourceReference { Type = "Location", Identifier = PlaceOf(snapshot), Display = snapshot.Whole.Name },
            DateElement = new FhirDateTime(Time(snapshot.At)),
            Reporter = new ResourceReference { Type = "Organization", Identifier = new("urn:rttnetwork:network", snapshot.Network), Display = snapshot.Network },
            Period = new Period { StartElement = new FhirDateTime(Time(snapshot.At)), EndElement = new FhirDateTime(Time(snapshot.At)) },
        };
        foreach (var (code, display, of) in CapacityMeasures.All)
        {
            var group = Group(code, display, of(snapshot.Whole));
            var bySite = new MeasureReport.StratifierComponent { Code = [MeasureParts.Dimension("site")] };
            foreach (var site in snapshot.Sites) bySite.Stratum.Add(Stratum("site", MeasureParts.SiteSystem, ResourceName.Id(site.Name), code, display, of(site)));
            if (bySite.Stratum.Count > 0) group.Stratifier.Add(bySite);
            report.Group.Add(group.Without(snapshot.Withheld));
        }

        if (Medicine(snapshot.Whole) is { } medicine) report.Group.Add(medicine.Without(snapshot.Withheld));
        return report;
    }

    /// <summary>US-SAFR 1.0.0: a collection with an individual report for each measure, of the organisation that submits it; every reference is to something in it.</summary>
    /// <param name="submitter">The organisation's number with the receiver.</param>
    public static Bundle UsSafr(CapacitySnapshot snapshot, string submitter)
    {
        var organisation = new Organization { Identifier = [new(SubmitterSystem, submitter)], Active = true, Name = submitter };
        var whose = Address(snapshot, "organization");
        var bundle = new Bundle { Type = Bundle.BundleType.Collection, Timestamp = DateTimeOffset.Parse(Time(snapshot.At), CultureInfo.InvariantCulture), Identifier = new("urn:rttnetwork:capacity-report", $"{snapshot.Whole.Name}@{snapshot.Token}") };
        bundle.AddResourceEntry(organisation, whose);
        foreach (var (code, display, of) in CapacityMeasures.All) Add(code, Group(code, display, of(snapshot.Whole)));
        if (Medicine(snapshot.Whole) is { } medicine) Add(CapacityMeasures.MedicineSeats, medicine);
        return bundle;

        void Add(string code, MeasureReport.GroupComponent group) => bundle.AddResourceEntry(
            new MeasureReport
            {
                Status = MeasureReport.MeasureReportStatus.Complete,
                Type = MeasureReport.MeasureReportType.Individual,
                Measure = $"{MeasureSystem}:{code}",
                Subject = new ResourceReference(whose),
                DateElement = new FhirDateTime(Time(snapshot.At)),
                Reporter = new ResourceReference(whose),
                Period = new Period { StartElement = new FhirDateTime(Time(snapshot.At)), EndElement = new FhirDateTime(Time(snapshot.At)) },
                Group = [group.Without(snapshot.Withheld)],
            },
            Address(snapshot, code));
    }

    public static string Json(Resource resource) => MeasureParts.Json(resource);

    private static MeasureReport.GroupComponent Group(string code, string display, Reported reported) => MeasureParts.Group(Measure(code, display), reported);

    /// <summary>Null when no medicine session is to come. The group counts a seat once for each of its weeks.</summary>
    private static MeasureReport.GroupComponent? Medicine(CapacityFigure figure)
    {
        if (figure.MedicineWeeks.Count == 0) return null;
        var group = Group(CapacityMeasures.MedicineSeats, CapacityMeasures.MedicineDisplay, new Reported(figure.MedicineWeeks.Sum(w => w.SeatsOpen), ""));
        group.Stratifier.Add(new MeasureReport.StratifierComponent
        {
            Code = [MeasureParts.Dimension("week")],
            Stratum = [.. figure.MedicineWeeks.Select(w => Stratum("week", WeekSystem, w.Week, CapacityMeasures.MedicineSeats, CapacityMeasures.MedicineDisplay, new Reported(w.SeatsOpen, "")))],
        });
        return group;
    }

    private static MeasureReport.StratifierGroupComponent Stratum(string dimension, string system, string value, string code, string display, Reported reported) => new()
    {
        Component = [MeasureParts.Component(dimension, system, value)],
        Population = [new MeasureReport.StratifierGroupPopulationComponent { Code = Measure(code, display), CountElement = MeasureParts.Count(reported) }],
    };

    private static CodeableConcept Measure(string code, string display) => new(MeasureSystem, code, display, null);

    private static Hl7.Fhir.Model.Identifier PlaceOf(CapacitySnapshot snapshot) => new($"urn:rttnetwork:{KindOf(snapshot.Whole.Name)}", ResourceName.Id(snapshot.Whole.Name));

    private static string KindOf(string name) => name.StartsWith("regions/", StringComparison.Ordinal) ? "region" : name.Contains("/sites/", StringComparison.Ordinal) ? "site" : "network";

    private static string Time(DateTimeOffset at) => MeasureParts.Time(at);

    /// <summary>The address of an entry in a bundle: the same for the same report.</summary>
    private static string Address(CapacitySnapshot snapshot, string what) =>
        MeasureParts.Address($"{snapshot.Whole.Name}@{snapshot.Token} {what}");
}
