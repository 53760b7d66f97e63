using System.Text.Json;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt session</c>: what a front desk sees at the door, and what it does there.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task Each_act_at_the_door_takes_what_it_needs()
    {
        string[][] acts =
        [
            ["attend", "nanaimo/c1", "0", "p1"],
            ["attend", "nanaimo/c1", "1", "p1", "--missed"],
            ["check-in", "nanaimo/c1", "2", "p1", "--by", "nan", "--blood-pressure", "128/82", "--oxygen", "97", "--last-food", "2027-01-19T09:00Z", "--escort", "--item9-reviewed"],
            ["dose", "p1", "--route", "im", "--by", "nan"],
            ["discharge", "nanaimo/c1", "2", "p1", "--by", "doc", "--blood-pressure", "130/80", "--oxygen", "98", "--escort"],
            ["make-up", "nanaimo/c2", "w04-medicine-p2", "p1", "--group-consents"],
        ];
        foreach (var act in acts) Assert.Equal(0, (await _network.Run(["session", .. act])).Code);
        var asked = _network.State.Steps.ToArray();
        Assert.Equal((true, false), (((RecordAttendanceRequest)asked[0]).Attended, ((RecordAttendanceRequest)asked[1]).Attended));
        var checkIn = (CheckInRequest)asked[2];
        Assert.Equal(("networks/bc/sites/nanaimo/cohorts/c1", 2, "networks/bc/facilitators/nan"), (checkIn.Cohort, checkIn.Session, checkIn.Facilitator));
        Assert.Equal((97, true, false, true), (checkIn.Checklist.OxygenPercent, checkIn.Checklist.EscortNamed, checkIn.Checklist.MedicinesReviewed, checkIn.Checklist.Item9Reviewed));
        Assert.Null(checkIn.Checklist.LastClearFluidTime);
        Assert.Equal("im", ((RecordDoseRequest)asked[3]).Route);
        Assert.True(((DischargeParticipantRequest)asked[4]).EscortPresent);
        var makeUp = (ArrangeMakeUpRequest)asked[5];
        Assert.Equal(("networks/bc/sites/nanaimo/cohorts/c2", 1, true), (makeUp.Cohort, makeUp.Session, makeUp.GroupConsents));
    }

    [Fact]
    public async Task The_door_says_who_is_where_and_who_must_do_what()
    {
        var ran = await _network.Run("session", "show", "nanaimo/c1", "w04-medicine-p2");
        Assert.Equal(0, ran.Code);
        Assert.Contains("local time  Tue 2027-05-25 09:00, 240 minutes, of them 120 of observation (America/Vancouver; 2027-05-25 16:00Z)", ran.Out, StringComparison.Ordinal);
        Assert.Contains("AT RISK, cure until Sat 2027-05-22 09:00", ran.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 2 (1:5, at least 1)", ran.Out, StringComparison.Ordinal);
        Assert.Contains("RATIO_WOULD_BREAK (rule 16): one nurse is missing [substituteFacilitator]", ran.Out, StringComparison.Ordinal);
        var lines = ran.Out.Split(Environment.NewLine);
        Assert.Contains(lines, l => l.StartsWith("p1", StringComparison.Ordinal) && l.Contains("HELD", StringComparison.Ordinal) && l.EndsWith("held for blood-pressure", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("p2", StringComparison.Ordinal) && l.Contains("in-observation", StringComparison.Ordinal) && l.Contains(" 11:10", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("p3", StringComparison.Ordinal) && l.Contains("guest", StringComparison.Ordinal) && l.EndsWith("GAP_TOO_SHORT (rule 4)", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("KEPT OUT", StringComparison.Ordinal) && l.EndsWith("p3: 12 days.", StringComparison.Ordinal));
        Assert.Contains("OPEN until 13:00", ran.Out, StringComparison.Ordinal);

        var json = await _network.Run("session", "show", "nanaimo/c1", "1", "--json");
        using var door = JsonDocument.Parse(json.Out);
        Assert.Equal("SESSION_AT_RISK", door.RootElement.GetProperty("standing").GetString());
    }

    [Fact]
    public async Task Sessions_are_listed_with_the_numbers_that_the_acts_take()
    {
        var ran = await _network.Run("session", "list", "nanaimo/c1");
        Assert.Equal(0, ran.Code);
        Assert.Contains(ran.Out.Split(Environment.NewLine), l => l.StartsWith("1 ", StringComparison.Ordinal) && l.Contains("w04-medicine-p2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("session", "check-in", "nanaimo/c1", "2", "p1")]
    [InlineData("session", "show", "nanaimo/c1", "w99-medicine")]
    [InlineData("session", "attend", "c1", "0", "p1")]
    public async Task A_wrong_act_ends_with_two_and_asks_nothing(params string[] args)
    {
        Assert.Equal(ExitCode.Usage, (await _network.Run(args)).Code);
        Assert.Empty(_network.State.Steps);
    }
}
