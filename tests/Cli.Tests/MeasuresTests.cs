using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt measures</c>: what is typed is what is asked, and an alert is in the answer.</summary>
public sealed class MeasuresTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_measure_is_recorded_by_its_answers_or_by_its_score()
    {
        var ran = await _network.Run("measures", "record", "p1", "--measure", "phq-9", "--items", "2,2,2,2,2,2,2,2,1", "--point", "baseline", "--clinician", "nan");
        Assert.Equal(new Ran(0, "record 1: phq-9 17 at baseline, ALERT for nan: no medicine before an assessment clears it, 1 overdue" + Environment.NewLine, ""), ran);
        Assert.Equal(0, (await _network.Run("measures", "record", "p1", "--measure", "b-ipf", "--items", "3,-,-,6,1,0,2", "--taken", "2026-11-20T09:00Z", "--corrects", "3", "--dry-run")).Code);
        Assert.Equal(0, (await _network.Run("measures", "record", "p1", "--measure", "phq-9", "--score", "12", "--alert-item-answer", "0")).Code);
        var asked = _network.State.Steps.Cast<RecordMeasureRequest>().ToArray();
        Assert.Equal(("phq-9", "baseline", "networks/bc/facilitators/nan", 9, false), (asked[0].Measure, asked[0].Point, asked[0].Clinician, asked[0].Items.Count, asked[0].HasScore));
        Assert.Equal([3, -1, -1, 6, 1, 0, 2], asked[1].Items);
        Assert.Equal((3, true, new DateTime(2026, 11, 20, 9, 0, 0, DateTimeKind.Utc)), (asked[1].Corrects, asked[1].ValidateOnly, asked[1].TakeTime.ToDateTime()));
        Assert.Equal((12, true, 0), (asked[2].Score, asked[2].HasAlertItemAnswer, asked[2].AlertItemAnswer));
    }

    [Fact]
    public async Task An_answer_that_is_no_number_is_told_before_anything_is_asked()
    {
        var ran = await _network.Run("measures", "record", "p1", "--measure", "phq-9", "--items", "2,two");
        Assert.Equal(2, ran.Code);
        Assert.Contains("'two' is no answer", ran.Error, StringComparison.Ordinal);
        Assert.Empty(_network.State.Steps);
    }

    [Fact]
    public async Task What_is_overdue_and_an_alert_are_shown()
    {
        var ran = await _network.Run("measures", "show", "p1");
        Assert.Contains("ALERT: phq-9, record 1", ran.Out, StringComparison.Ordinal);
        Assert.Contains(ran.Out.Split(Environment.NewLine), line => line.StartsWith("gad-7", StringComparison.Ordinal) && line.Contains("OVERDUE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_assessment_names_who_made_it_and_what_it_came_to()
    {
        Assert.Equal(0, (await _network.Run("measures", "assess", "p1", "--by", "tess", "--outcome", "safety-plan-made")).Code);
        var asked = Assert.IsType<AssessRiskRequest>(Assert.Single(_network.State.Steps));
        Assert.Equal(("networks/bc/facilitators/tess", "safety-plan-made"), (asked.Clinician, asked.Outcome));
    }
}
