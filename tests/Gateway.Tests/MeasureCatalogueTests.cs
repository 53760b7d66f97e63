using System.Text;
using RttNetwork.Gateway.Policies;

namespace RttNetwork.Gateway.Tests;

/// <summary>The catalogue of measures as data: what comes with the gateway, and what is wrong with a file that is wrong.</summary>
public sealed class MeasureCatalogueTests
{
    [Theory]
    [InlineData("phq-9", 9, 27, 5, 9)]
    [InlineData("gad-7", 7, 21, 4, 0)]
    [InlineData("pcl-5", 20, 80, 10, 0)]
    [InlineData("b-ipf", 7, 100, 0, 0)]
    public void The_measures_of_the_field_are_there_with_their_published_figures(string code, int items, int scoreMax, int reliableChange, int alertItem)
    {
        var measure = MeasureCatalogue.Load(null).Find(code)!.Definition;
        Assert.Equal((items, scoreMax, reliableChange, alertItem), (measure.Items, measure.ScoreMax, measure.ReliableChange, measure.AlertItem));
    }

    [Fact]
    public void Every_figure_of_a_reliable_change_has_a_source_and_every_measure_its_terms()
    {
        Assert.All(MeasureCatalogue.Load(null).All, m => Assert.NotEmpty(m.Licence));
        Assert.All(MeasureCatalogue.Load(null).All.Where(m => m.Definition.ReliableChange > 0), m => Assert.Contains("[S", m.ReliableChangeSource, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"scoreMax\": 27", "\"scoreMax\": 28", "measures[0].scoreMax: 28 must be 27")]
    [InlineData("\"alertItem\": 9", "\"alertItem\": 10", "measures[0].alertItem: 10 must be 0 to 9")]
    [InlineData("\"scoring\": \"sum\"", "\"scoring\": \"mean\"", "measures[0].scoring: 'mean' must be sum or percent")]
    [InlineData("\"itemsMin\": 9", "\"itemsMin\": 8", "measures[0].itemsMin: a sum needs every question: 9")]
    [InlineData("\"reliableChange\": 5", "\"reliableChange\": -5", "measures[0].reliableChange: -5 must be 0 to 27")]
    [InlineData("\"code\": \"phq-9\"", "\"code\": \"PHQ 9\"", "measures[0].code: 'PHQ 9' must be")]
    [InlineData("\"alertItem\"", "\"alarmItem\"", "line 1: $.measures[0]")]
    public void A_wrong_file_says_where_and_what_would_be_right(string right, string wrong, string told)
    {
        const string Phq9 = """{ "measures": [{ "code": "phq-9", "displayName": "PHQ", "items": 9, "itemMax": 3, "itemsMin": 9, "scoring": "sum", "scoreMax": 27, "higherIsWorse": true, "reliableChange": 5, "reliableChangeSource": "[S54]", "alertItem": 9, "licence": "free" }] }""";
        Assert.NotNull(MeasureCatalogue.Parse(Encoding.UTF8.GetBytes(Phq9), "a.json").Find("phq-9"));
        var fault = Assert.Throws<InvalidOperationException>(() => MeasureCatalogue.Parse(Encoding.UTF8.GetBytes(Phq9.Replace(right, wrong, StringComparison.Ordinal)), "a.json"));
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("a.json: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_asks_for_nothing_that_the_catalogue_has_not()
    {
        var catalogue = MeasureCatalogue.Load(null);
        var policies = PathwayPolicies.Load(null, catalogue);
        Assert.All(policies.Programs.Select(p => policies.Find(p)!).SelectMany(p => p.Measures), m => Assert.NotNull(catalogue.Find(m)));
        var without = MeasureCatalogue.Parse("""{ "measures": [] }"""u8, "empty");
        var fault = Assert.Throws<InvalidOperationException>(() => PathwayPolicies.Load(null, without));
        Assert.Contains("the catalogue has no 'phq-9'", fault.Message, StringComparison.Ordinal);
    }
}
