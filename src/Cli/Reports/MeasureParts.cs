using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using RttNetwork.Client;

namespace RttNetwork.Cli.Reports;

/// <summary>What every report in FHIR is made of, whichever profile it is for.</summary>
internal static class MeasureParts
{
    public const string SiteSystem = "urn:rttnetwork:site";

    /// <summary>Of why a site is not in a report.</summary>
    public const string WithheldSystem = "urn:rttnetwork:withheld";
    public const string NationAuthorisationMissing = "nation-authorisation-missing";
    private const string DimensionSystem = "urn:rttnetwork:dimension";
    private const string DataAbsentReason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

    public static MeasureReport.GroupComponent Group(CodeableConcept code, Reported reported) =>
        new() { Code = code, Population = [new MeasureReport.PopulationComponent { Code = code, CountElement = Count(reported) }] };

    /// <summary>A count that is not told is there, and says why it has no value: an element that is missing would be a report that is not whole.</summary>
    public static Integer Count(Reported reported)
    {
        var count = new Integer(reported.Number);
        if (reported.Number is null) count.AddExtension(DataAbsentReason, new Code(reported.Absent));
        return count;
    }

    /// <summary>
    /// Says in a group which sites its counts are without, because a Nation governs them: a stratum for each, whose count is masked. It has the reason beside the
    /// site, for few people are masked too.
    /// </summary>
    public static MeasureReport.GroupComponent Without(this MeasureReport.GroupComponent group, IEnumerable<string> sites)
    {
        List<MeasureReport.StratifierGroupComponent> strata = [.. sites.Select(site => new MeasureReport.StratifierGroupComponent
        {
            Component = [Component("site", SiteSystem, ResourceName.Id(site)), Component("withheld", WithheldSystem, NationAuthorisationMissing)],
            Population = [new MeasureReport.StratifierGroupPopulationComponent { Code = group.Code, CountElement = Count(new Reported(null, CapacityMeasures.Masked)) }],
        })];
        if (strata.Count > 0) group.Stratifier.Add(new MeasureReport.StratifierComponent { Code = [Dimension("site"), Dimension("withheld")], Stratum = strata });
        return group;
    }

    public static CodeableConcept Dimension(string code) => new(DimensionSystem, code);

    public static MeasureReport.ComponentComponent Component(string dimension, string system, string value) => new() { Code = Dimension(dimension), Value = new CodeableConcept(system, value) };

    /// <summary>Twenty-five characters, in UTC with its offset, and no fractions of a second.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>The address of an entry in a bundle: the same for the same text.</summary>
    public static string Address(string of) => $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(of)).AsSpan(0, 16), bigEndian: true)}";

    public static string Json(Resource resource)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) new FhirJsonSerializer().Serialize(resource, writer);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
