using System.Text.Json;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt pathway</c>: what is typed is what is asked, and the answer says what may happen next.</summary>
public sealed class PathwayTests : IAsyncLifetime
{
    private const string Person = "networks/bc/participants/p1";
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_step_is_one_line_and_asks_what_was_typed()
    {
        var ran = await _network.Run("pathway", "refer", "p1", "--program", "GRIP-8", "--source", "self", "--site", "nanaimo", "--received", "2026-11-20T09:00Z");
        Assert.Equal(new Ran(0, "screening: p1 in GRIP-8" + Environment.NewLine, ""), ran);
        var asked = Assert.IsType<ReferParticipantRequest>(Assert.Single(_network.State.Steps));
        Assert.Equal((Person, "networks/bc/sites/nanaimo", "GRIP-8", "self", false), (asked.Participant, asked.Site, asked.Program, asked.Source, asked.ValidateOnly));
        Assert.Equal(new DateTime(2026, 11, 20, 9, 0, 0, DateTimeKind.Utc), asked.ReceiveTime.ToDateTime());
        Assert.True(Guid.TryParse(asked.RequestId, out _));
    }

    [Fact]
    public async Task What_may_happen_next_is_shown_with_the_reason_why_the_rest_may_not()
    {
        var ran = await _network.Run("pathway", "show", "p1");
        Assert.Equal(0, ran.Code);
        var lines = ran.Out.Split(Environment.NewLine);
        Assert.Contains(lines, line => line.StartsWith("signOff", StringComparison.Ordinal) && line.Contains("yes", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("bookSeat", StringComparison.Ordinal) && line.Contains("28", StringComparison.Ordinal) && line.Contains("NOT_ELIGIBLE: Two sign-offs come before a seat.", StringComparison.Ordinal));

        var json = await _network.Run("pathway", "show", "p1", "--json");
        using var pathway = JsonDocument.Parse(json.Out);
        Assert.Equal("bookSeat", pathway.RootElement.GetProperty("unavailableActions")[0].GetProperty("action").GetString());
    }

    [Fact]
    public async Task Each_step_takes_what_it_needs()
    {
        string[][] steps =
        [
            ["screen", "p1"],
            ["found", "p1", "--condition", "renal-disorder", "--condition", "cardiac-condition", "--blood-pressure", "128/82"],
            ["decide", "p1", "--condition", "renal-disorder", "--by", "doc", "--allowed"],
            ["sign-off", "p1", "--kind", "medical", "--by", "doc"],
            ["sign-off", "p1", "--kind", "psychological", "--by", "tess", "--not-fit"],
            ["consent", "p1", "--form", "2"],
            ["revoke", "p1", "--kind", "sharing"],
            ["withdraw", "p1", "--reason", "moved-away", "--dry-run"],
            ["override", "p1", "--rule", "31", "--by", "doc", "--reason", "late-referral", "--until", "2026-12-02T17:00Z"],
        ];
        foreach (var step in steps) Assert.Equal(0, (await _network.Run(["pathway", .. step])).Code);
        var asked = _network.State.Steps.ToArray();
        Assert.Equal(["renal-disorder", "cardiac-condition"], ((RecordFindingsRequest)asked[1]).Conditions);
        Assert.Equal((128, 82), (((RecordFindingsRequest)asked[1]).BloodPressure.Systolic, ((RecordFindingsRequest)asked[1]).BloodPressure.Diastolic));
        Assert.Equal(("networks/bc/facilitators/doc", true), (((DecideConditionRequest)asked[2]).Facilitator, ((DecideConditionRequest)asked[2]).Allowed));
        Assert.Equal((true, false), (((SignOffRequest)asked[3]).Clear, ((SignOffRequest)asked[4]).Clear));
        Assert.Equal(("treatment", 2), (((GiveConsentRequest)asked[5]).Kind, ((GiveConsentRequest)asked[5]).Version));
        Assert.Equal("sharing", ((RevokeConsentRequest)asked[6]).Kind);
        Assert.Equal(("moved-away", true), (((MovePathwayRequest)asked[7]).Reason, ((MovePathwayRequest)asked[7]).ValidateOnly));
        Assert.Equal(31, ((OverrideRuleRequest)asked[8]).Rule);
    }

    [Fact]
    public async Task A_cohort_is_made_to_ask_for_the_pathway()
    {
        var ran = await _network.Run("pathway", "require", "nanaimo/grip");
        Assert.Equal(new Ran(0, "asks for the pathway of GRIP-8, version 1: nanaimo/grip" + Environment.NewLine, ""), ran);
    }

    [Theory]
    [InlineData("pathway", "sign-off", "p1", "--kind", "both", "--by", "doc")]
    [InlineData("pathway", "sign-off", "p1", "--kind", "medical")]
    [InlineData("pathway", "found", "p1", "--blood-pressure", "high")]
    [InlineData("pathway", "override", "p1", "--rule", "31", "--by", "doc", "--reason", "x", "--until", "tomorrow")]
    [InlineData("pathway", "refer", "p1")]
    public async Task A_wrong_step_ends_with_two_and_asks_nothing(params string[] args)
    {
        Assert.Equal(ExitCode.Usage, (await _network.Run(args)).Code);
        Assert.Empty(_network.State.Steps);
    }
}
