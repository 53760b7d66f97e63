using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Policies;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Measures, both ways.</summary>
internal static class MeasureMapping
{
    private const int ItemsMax = 128;
    private const int ScoreMax = 100_000;
    private const int RecordMax = 100_000;
    private const int DoesNotApply = -1;
    private const int KeyBytesMin = 32;
    private const int KeyBytesMax = 1024;

    public static PathwayCommand Read(Fields fields, RecordMeasureRequest request, MeasureCatalogue catalogue)
    {
        var code = fields.Code("measure", request.Measure);
        var measure = catalogue.Find(code);
        if (measure is null && code.Length > 0) fields.Wrong("measure", $"must be one of {string.Join(", ", catalogue.All.Select(m => m.Code))}");
        var items = ImmutableArray.CreateBuilder<int?>();
        if (fields.Count("items", request.Items.Count, 0, ItemsMax))
        {
            for (var i = 0; i < request.Items.Count; i++) items.Add(fields.Number($"items[{i}]", request.Items[i], DoesNotApply, 1000) is >= 0 and var answer ? answer : null);
        }
        int? score = request.HasScore ? fields.Number("score", request.Score, 0, ScoreMax) : null;
        int? alert = request.HasAlertItemAnswer ? fields.Number("alert_item_answer", request.AlertItemAnswer, 0, 1000) : null;
        var point = fields.Code("point", request.Point, required: false);
        var takenAt = fields.Time("take_time", request.TakeTime);
        var corrects = fields.Number("corrects", request.Corrects, 0, RecordMax);
        var clinician = Clinician(fields, request.Clinician, required: false);
        return fields.IsGood ? new RecordMeasure(clinician, measure!.Definition, items.ToImmutable(), score, alert, point, takenAt, corrects) : null!;
    }

    public static PathwayCommand Read(Fields fields, AssessRiskRequest request) =>
        new AssessRisk(Clinician(fields, request.Clinician, required: true), fields.Code("outcome", request.Outcome));

    public static MeasureDefinition ToWire(this CataloguedMeasure measure) => new()
    {
        Measure = measure.Code,
        DisplayName = measure.DisplayName,
        Items = measure.Definition.Items,
        ItemMax = measure.Definition.ItemMax,
        ItemsMin = measure.Definition.ItemsMin,
        Scoring = measure.Definition.Scoring,
        ScoreMax = measure.Definition.ScoreMax,
        HigherIsWorse = measure.Definition.HigherIsWorse,
        ReliableChange = measure.Definition.ReliableChange,
        ReliableChangeSource = measure.ReliableChangeSource,
        AlertItem = measure.Definition.AlertItem,
        Licence = measure.Licence,
    };

    public static ParticipantMeasures ToMeasures(this PathwayView view, string? token = null)
    {
        var measures = new ParticipantMeasures
        {
            Participant = new ParticipantName(view.Network, view.Participant).ToString(),
            Program = view.Program,
            Alert = view.Measures.Alert?.ToWire(view.Network),
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        foreach (var r in view.Measures.Results)
        {
            measures.Records.Add(new MeasureRecord
            {
                Record = r.Record,
                Measure = r.Measure,
                Point = r.Point,
                Score = r.Score,
                TakeTime = r.TakenAt.ToWire(),
                RecordedBy = r.By,
                Corrects = r.Corrects,
                CorrectedBy = r.CorrectedBy,
            });
        }
        measures.Due.AddRange(view.Measures.Due.Select(ToWire));
        return measures;
    }

    public static MeasureDue ToWire(this DueMeasureView due) => new()
    {
        Measure = due.Measure,
        Point = due.Point,
        OpensOn = due.OpensOn.ToWire(),
        Until = due.Until.ToWire(),
        Standing = due.Standing,
        Record = due.Record,
    };

    public static RiskAlert ToWire(this RiskAlertView alert, string network) => new()
    {
        Record = alert.Record,
        Measure = alert.Measure,
        RaiseTime = alert.RaisedAt.ToWire(),
        Clinician = new FacilitatorName(network, alert.Clinician).ToString(),
        Outcome = alert.Outcome,
    };

    public static (string Network, ExportRequest? Export) Read(Fields fields, ExportMeasuresRequest request, DisclosurePolicies disclosure)
    {
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var program = fields.Program("program", request.Program);
        if (request.PseudonymKey.Length is < KeyBytesMin or > KeyBytesMax) fields.Wrong("pseudonym_key", $"must be {KeyBytesMin} to {KeyBytesMax} bytes that nobody can guess");
        var people = fields.Number("people_min", request.PeopleMin, 0, 1000);
        return (network, fields.IsGood ? new ExportRequest(site, program, request.PseudonymKey.ToByteArray(), people) { OfRegions = disclosure.ExportPeopleMins } : null);
    }

    /// <summary>What a page token of an export belongs to: its secret too, for each has an order of its own.</summary>
    public static string ListOf(ExportMeasuresRequest request) =>
        $"export of {request.Program} of {request.Parent} from {request.PeopleMin} on, {Convert.ToHexStringLower(SHA256.HashData(request.PseudonymKey.Span))}";

    public static MeasureChange ToWire(this ChangeRow row) => new()
    {
        Measure = row.Measure,
        Point = row.Point,
        Compared = row.Compared,
        Improved = row.Improved,
        NoChange = row.NoChange,
        Worsened = row.Worsened,
        NotClassified = row.NotClassified,
        WithoutBaseline = row.WithoutBaseline,
    };

    public static Wire.V1.ExportedScore ToWire(this Contracts.Views.ExportedScore row) => new()
    {
        Person = row.Person,
        Cohort = row.Cohort,
        Measure = row.Measure,
        Point = row.Point,
        DaysSinceEnrolment = row.Days,
        Score = row.Score,
    };

    private static string Clinician(Fields fields, string facilitator, bool required)
    {
        if (facilitator.Length == 0 && !required) return "";
        var name = fields.Facilitator("clinician", facilitator);
        return fields.IsGood ? name.Key : "";
    }
}
