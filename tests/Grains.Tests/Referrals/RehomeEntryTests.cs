using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>What a plan writes, without a network.</summary>
public sealed class RehomeEntryTests(ITestOutputHelper output)
{
    /// <summary>Whatever the names are, the proposal of a plan that is not too large fits into an entry.</summary>
    [Fact]
    public void The_entry_of_the_largest_plan_is_no_larger_than_an_entry_may_be()
    {
        var id = new string('x', Ids.LengthMax);
        ImmutableArray<RehomeCohort> cohorts = [.. Enumerable.Repeat(new RehomeCohort(Keys.Cohort(id, id, id), id, int.MaxValue), Rehoming.CohortsMax + Rehoming.DestinationsMax)];
        ImmutableArray<RehomeItem> items = [.. Enumerable.Range(0, Rehoming.PeopleMax).Select(i => new RehomeItem(id, i % Rehoming.CohortsMax, Rehoming.CohortsMax + (i % Rehoming.DestinationsMax), Rehoming.NeedsReviewer))];
        var proposed = Assert.Single(RehomeRules.Propose(RehomeState.Empty, new RehomeCause("room", Keys.Site(id, id), id), cohorts, items).Last);
        var entry = EntryCodec.Write([new Act(Guid.NewGuid(), id, "operator", "care", Now, [proposed])]);
        output.WriteLine($"{entry.Length} bytes.");
        Assert.InRange(entry.Length, 100_000, UnitLimits.EntryBytesMax);
    }
}
