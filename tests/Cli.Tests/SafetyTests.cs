using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt safety</c>, and what <c>rtt measures</c> tells of many people: what is typed is what is asked.</summary>
public sealed class SafetyTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task An_event_is_recorded_and_its_clock_and_who_must_know_are_told()
    {
        var ran = await _network.Run("safety", "record", "--site", "nanaimo", "--participant", "p1", "--kind", "cardiac", "--severity", "severe", "--serious", "hospitalisation", "--cohort", "nanaimo/c1", "--session", "2", "--occurred", "2026-12-01T09:00Z");
        Assert.Equal(new Ran(0, "nanaimo/e1: cardiac, severe, SERIOUS (hospitalisation), report under ca-hospital due on 2026-12-31, not acknowledged by medical-lead and operator" + Environment.NewLine, ""), ran);
        var asked = Assert.IsType<RecordSafetyEventRequest>(Assert.Single(_network.State.Steps));
        Assert.Equal(
            ("networks/bc/sites/nanaimo", "networks/bc/participants/p1", "networks/bc/sites/nanaimo/cohorts/c1", 2, "hospitalisation", new DateTime(2026, 12, 1, 9, 0, 0, DateTimeKind.Utc)),
            (asked.Parent, asked.Participant, asked.Cohort, asked.Session, Assert.Single(asked.SeriousCriteria), asked.OccurTime.ToDateTime()));
    }

    [Fact]
    public async Task Each_step_names_its_event_and_who_takes_it()
    {
        string[][] steps =
        [
            ["ack", "nanaimo/e1", "--medical-lead", "doc"],
            ["ack", "nanaimo/e1"],
            ["report", "networks/bc/sites/nanaimo/safetyEvents/e1", "--regime", "ca-hospital"],
            ["close", "nanaimo/e1", "--by", "doc", "--outcome", "resolved", "--dry-run"],
        ];
        foreach (var step in steps) Assert.Equal(0, (await _network.Run(["safety", .. step])).Code);
        var asked = _network.State.Steps.ToArray();
        Assert.Equal(["networks/bc/facilitators/doc", ""], asked.OfType<AcknowledgeSafetyEventRequest>().Select(a => a.MedicalLead));
        Assert.Equal("ca-hospital", Assert.Single(asked.OfType<ReportSafetyEventRequest>()).Regime);
        var close = Assert.Single(asked.OfType<CloseSafetyEventRequest>());
        Assert.Equal(("networks/bc/sites/nanaimo/safetyEvents/e1", "networks/bc/facilitators/doc", "resolved", true), (close.Name, close.Clinician, close.Outcome, close.ValidateOnly));
        var ran = await _network.Run("safety", "ack", "e1");
        Assert.Equal(2, ran.Code);
        Assert.Contains("'e1' is no safety event. Write SITE/EVENT", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_is_of_every_site_unless_one_is_named()
    {
        var ran = await _network.Run("safety", "list");
        Assert.Contains(ran.Out.Split(Environment.NewLine), line => line.StartsWith("nanaimo/e1", StringComparison.Ordinal) && line.Contains("2026-12-31", StringComparison.Ordinal) && line.Contains("medical-lead, operator", StringComparison.Ordinal));
        Assert.Equal(0, (await _network.Run("safety", "list", "--site", "nanaimo", "--closed")).Code);
        Assert.Equal([("networks/bc/sites/-", false), ("networks/bc/sites/nanaimo", true)], _network.State.Steps.Cast<ListSafetyEventsRequest>().Select(r => (r.Parent, r.ShowClosed)));
    }

    [Fact]
    public async Task An_export_is_csv_over_all_pages_under_the_secret_of_a_file()
    {
        var key = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(key, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
            var ran = await _network.Run("measures", "export", "--program", "GRIP-8", "--key-file", key);
            Assert.Equal(
                string.Join(Environment.NewLine, "person,cohort,measure,point,days_since_enrolment,score", "a0,c9,phq-9,baseline,-7,17", "a1,c9,phq-9,baseline,-7,17", ""),
                ran.Out);
            Assert.Contains("2 cohorts were left out", ran.Error, StringComparison.Ordinal);
            var asked = _network.State.Steps.Cast<ExportMeasuresRequest>().ToArray();
            Assert.Equal([("", 32), ("1", 32)], asked.Select(a => (a.PageToken, a.PseudonymKey.Length)));
            Assert.Equal(("networks/bc/sites/-", "GRIP-8"), (asked[0].Parent, asked[0].Program));
        }
        finally
        {
            File.Delete(key);
        }
    }

    [Fact]
    public async Task A_cohorts_change_is_a_table()
    {
        var ran = await _network.Run("measures", "change", "nanaimo/c1");
        Assert.Contains(ran.Out.Split(Environment.NewLine), line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["gad-7", "after", "6", "3", "2", "1", "0", "1"]);
    }
}
