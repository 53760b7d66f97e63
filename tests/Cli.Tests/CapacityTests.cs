using System.Text.Json.Nodes;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt capacity</c>: what is asked for, and what is shown of people that the caller is not told about.</summary>
public sealed class CapacityTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_list_asks_with_every_filter_and_shows_what_is_suppressed_and_what_is_not_told()
    {
        var ran = await _network.Run("capacity", "list", "--by", "week", "--region", "island", "--site", "nanaimo", "--program", "GRIP-8", "--week", "2027-W03");
        Assert.Equal(0, ran.Code);
        Assert.Contains("nanaimo", ran.Out, StringComparison.Ordinal);
        Assert.Contains("*", ran.Out, StringComparison.Ordinal);
        Assert.Contains("W03:9", ran.Out, StringComparison.Ordinal);
        Assert.Contains("NOT CURRENT", ran.Out, StringComparison.Ordinal);
        var asked = Assert.Single(_network.State.Steps.OfType<ListCapacityRequest>());
        Assert.Equal(
            ("networks/bc", CapacityBy.ByWeek, "regions/island", "networks/bc/sites/nanaimo", "GRIP-8", "2027-W03"), (asked.Parent, asked.By, asked.Region, asked.Site, asked.Program, asked.Week));
        Assert.Equal(2, (await _network.Run("capacity", "list", "--by", "clinic")).Code);
    }

    [Fact]
    public async Task Show_asks_for_one_cohort_and_says_when_it_was_true()
    {
        var ran = await _network.Run("capacity", "show", "--cohort", "nanaimo/c1");
        Assert.Equal(0, ran.Code);
        Assert.Contains("at 1.1", ran.Out, StringComparison.Ordinal);
        Assert.Equal("networks/bc/sites/nanaimo/cohorts/c1", Assert.Single(_network.State.Steps.OfType<GetCapacityRequest>()).Cohort);
    }

    [Fact]
    public async Task A_watch_shows_what_comes_and_what_goes_and_goes_on_after_a_lost_connection()
    {
        var ran = await _network.Run("capacity", "list", "--watch");
        Assert.Equal(0, ran.Code);
        var lines = ran.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["from the beginning:", "+ nanaimo  9 open of 20  booked *  held 0  waiting -  at risk 1", "- nanaimo"], lines);
        Assert.Equal(["", "first"], _network.State.Steps.OfType<WatchCapacityRequest>().Select(r => r.ResumeToken));
        var json = await _network.Run("capacity", "list", "--watch", "--json");
        Assert.Equal(["first", "second"], json.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["resumeToken"]!.GetValue<string>()));
        Assert.Equal(2, (await _network.Run("capacity", "list", "--watch", "--week", "2027-W03")).Code);
    }
}
