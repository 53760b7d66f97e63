using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt rehome</c>: what is typed is what is asked, and the end state is a table.</summary>
public sealed class RehomeTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_plan_is_proposed_for_exactly_one_cause()
    {
        string[][] causes = [["--site", "nanaimo"], ["--cohort", "nanaimo/c1"], ["--room", "nanaimo/hall"], ["--facilitator", "doc"], ["--again", "m1", "--dry-run"]];
        foreach (var cause in causes) Assert.Equal(0, (await _network.Run(["rehome", "propose", .. cause])).Code);
        var asked = _network.State.Steps.Cast<ProposeRehomeRequest>().ToArray();
        Assert.Equal(
            [
                ("networks/bc/sites/nanaimo", "", "", "", ""), ("", "networks/bc/sites/nanaimo/cohorts/c1", "", "", ""), ("", "", "networks/bc/sites/nanaimo/rooms/hall", "", ""),
                ("", "", "", "networks/bc/facilitators/doc", ""), ("", "", "", "", "networks/bc/rehomes/m1"),
            ],
            asked.Select(a => (a.Site, a.Cohort, a.Room, a.Facilitator, a.Rehome)));
        Assert.Equal((true, false), (asked[^1].ValidateOnly, asked[0].ValidateOnly));
        foreach (var wrong in new string[][] { [], ["--site", "nanaimo", "--room", "nanaimo/hall"] })
        {
            var ran = await _network.Run(["rehome", "propose", .. wrong]);
            Assert.Equal(2, ran.Code);
            Assert.Contains("exactly one of --site", ran.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revision_is_approved_and_a_plan_cancelled_by_name()
    {
        Assert.Equal(
            new Ran(0, "m1: room nanaimo/hall, revision 2, executing: 9 people, 8 with a place; 5 moved, 1 refused, 0 skipped, 1 without an answer; 1 by hand, with a reviewer" + Environment.NewLine, ""),
            await _network.Run("rehome", "approve", "m1", "--revision", "2"));
        Assert.Equal(1, (await _network.Run("rehome", "approve", "m1", "--revision", "1")).Code);
        Assert.Equal(2, (await _network.Run("rehome", "approve", "m1")).Code);
        Assert.Equal(0, (await _network.Run("rehome", "cancel", "networks/bc/rehomes/m1", "--reason", "stays-open")).Code);
        var cancel = Assert.Single(_network.State.Steps.OfType<CancelRehomeRequest>());
        Assert.Equal(("networks/bc/rehomes/m1", "stays-open"), (cancel.Name, cancel.Reason));
        Assert.Equal(2, (await _network.Run("rehome", "show", "nanaimo/m1")).Code);
    }

    [Fact]
    public async Task What_became_of_each_person_is_shown_beside_what_was_proposed()
    {
        var shown = await _network.Run("rehome", "show", "m1");
        Assert.Contains(shown.Out.Split(Environment.NewLine), line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is ["p1", "nanaimo/c1", "victoria/c2", "refused: seat-full", "nanaimo/c1"]);
        var listed = await _network.Run("rehome", "list");
        Assert.Contains(listed.Out.Split(Environment.NewLine), line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["m1", "room", "nanaimo/hall", "2", "executing", "9", "8", "1", "5", "1", "1", "0", "-"]);
    }
}
