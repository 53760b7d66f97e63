using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt waitlist</c> for the pool of a program in a region, and for a cohort as before.</summary>
public sealed class PoolTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_person_joins_and_leaves_a_pool_and_sees_their_place()
    {
        var joined = await _network.Run("waitlist", "join", "ann", "--program", "GRIP-8", "--region", "island", "--site", "nanaimo", "--priority", "1");
        Assert.Equal(new Ran(0, "number 2 in the pool: ann for GRIP-8 in island" + Environment.NewLine, ""), joined);
        Assert.Equal("out of the pool: ann for GRIP-8 in island" + Environment.NewLine, (await _network.Run("waitlist", "leave", "ann", "--program", "GRIP-8", "--region", "island")).Out);
        var asked = Assert.Single(_network.State.Steps.OfType<JoinPoolRequest>());
        Assert.Equal(("networks/bc/sites/nanaimo", "networks/bc/participants/ann", "GRIP-8", "regions/island", 1), (asked.Site, asked.Participant, asked.Program, asked.Region, asked.Priority));
        Assert.Equal("person-asked", Assert.Single(_network.State.Steps.OfType<LeavePoolRequest>()).Reason);
        var list = await _network.Run("waitlist", "list", "--program", "GRIP-8", "--region", "island");
        Assert.Contains(list.Out.Split(Environment.NewLine), line => line.StartsWith("2 of 7", StringComparison.Ordinal) && line.Contains("ann", StringComparison.Ordinal) && line.Contains("nanaimo", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cohort_and_a_pool_are_not_mixed_up()
    {
        Assert.Equal("number 3 on the list: ann in nanaimo/c1" + Environment.NewLine, (await _network.Run("waitlist", "join", "nanaimo/c1", "ann")).Out);
        foreach (var wrong in new[]
        {
            new[] { "waitlist", "join", "nanaimo/c1" },
            ["waitlist", "join", "nanaimo/c1", "ann", "--program", "GRIP-8", "--region", "island"],
            ["waitlist", "join", "ann", "--program", "GRIP-8"],
            ["waitlist", "leave", "ann", "--region", "island"],
            ["waitlist", "list"],
        })
            Assert.Equal(2, (await _network.Run(wrong)).Code);
        Assert.Equal("networks/bc/sites/nanaimo/cohorts/c1", Assert.IsType<JoinCohortListRequest>(Assert.Single(_network.State.Steps)).Cohort);
    }
}
