using System.Text.Json.Nodes;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt referrals list --watch</c>: what is shown of a stream, and that it goes on where it broke off.</summary>
public sealed class ReferralsTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_watch_shows_what_comes_and_what_goes_and_goes_on_after_a_lost_connection()
    {
        var ran = await _network.Run("referrals", "list", "--watch", "--site", "victoria");
        Assert.Equal(0, ran.Code);
        var lines = ran.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("+ r1  p1  GRIP-8  nanaimo -> victoria  urgent  sent", lines[1], StringComparison.Ordinal);
        Assert.Equal("- r1", lines[2]);
        Assert.Contains("Trying again", ran.Error, StringComparison.Ordinal);
        Assert.Equal([("networks/bc/sites/victoria", ""), ("networks/bc/sites/victoria", "first")], _network.State.Steps.Cast<WatchReferralsRequest>().Select(r => (r.Parent, r.ResumeToken)));
    }

    [Fact]
    public async Task For_machines_each_message_is_a_line_and_what_is_over_is_not_watched()
    {
        var ran = await _network.Run("referrals", "list", "--watch", "--outgoing", "--site", "nanaimo", "--json");
        var lines = ran.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["first", "second"], lines.Select(line => JsonNode.Parse(line)!["resumeToken"]!.GetValue<string>()));
        Assert.Equal(2, (await _network.Run("referrals", "list", "--watch", "--ended", "--site", "nanaimo")).Code);
    }
}
