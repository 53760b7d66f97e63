using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Rig.Chaos;
using Xunit.Abstractions;

namespace RttNetwork.Chaos.Tests;

/// <summary>
/// The checker is believed because it finds what is wrong: the same clients, storms and duplicate activations are clean
/// with the product as it is, and each mistake that is put into it is found, for what it is.
/// </summary>
public sealed class SeededBugTests(TwoClusters clusters, ITestOutputHelper output) : IClassFixture<TwoClusters>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Two_activations_of_every_grain_in_a_storm_keep_every_promise(int seed)
    {
        var verdict = await clusters.Run(seed);
        Tell(verdict);
        Assert.Empty(verdict.Violations);
        Assert.True(verdict.Acknowledged > 100, $"Only {verdict.Acknowledged} commands were acknowledged.");
    }

    [Fact]
    public Task Acknowledged_before_the_commit_is_found() => Finds(r => new AcknowledgedBeforeCommit(r), ViolationKind.Lost);

    [Fact]
    public Task A_missing_version_fence_is_found() => Finds(r => new NoVersionFence(r), ViolationKind.Overbooked, ViolationKind.TwoPlaces, ViolationKind.OneSided);

    [Fact]
    public Task Receipts_that_are_not_kept_are_found() => Finds(r => new NoReceipts(r), ViolationKind.Duplicated, ViolationKind.SecondAnswer);

    [Fact]
    public Task An_unknown_outcome_taken_for_committed_is_found() => Finds(r => new UnknownTakenForCommitted(r), ViolationKind.Lost);

    [Fact]
    public Task A_unit_that_is_sent_again_blindly_is_found() => Finds(r => new SentAgainBlindly(r), ViolationKind.Duplicated);

    [Fact]
    public Task Settling_that_is_left_out_is_found() => Finds(r => new NoSettling(r), ViolationKind.RefusedWithEffect, ViolationKind.FalseRead, ViolationKind.Overbooked);

    [Fact]
    public Task A_split_unit_is_found() => Finds(r => new SplitUnits(r), ViolationKind.OneSided);

    [Fact]
    public Task Loads_that_bring_nothing_new_are_found() => Finds(r => new StaleLoads(r), ViolationKind.StaleRead);

    [Fact]
    public async Task Freshness_by_a_clock_that_stands_still_is_found() => Found(await clusters.Run(1, clockStands: true), ViolationKind.StaleRead);

    [Fact]
    public Task The_reply_of_another_command_is_found() => Finds(r => new AnotherReply(r), ViolationKind.SecondAnswer);

    [Fact]
    public Task A_refusal_with_an_effect_is_found() => Finds(r => new RefusedAfterCommit(r), ViolationKind.RefusedWithEffect);

    private async Task Finds(Func<IJournal, IJournal> bug, params ViolationKind[] anyOf) =>
        Found(await clusters.Run(1, bug), anyOf);

    private void Found(Verdict verdict, params ViolationKind[] anyOf)
    {
        Tell(verdict);
        Assert.Contains(verdict.Violations, v => anyOf.Contains(v.Kind));
    }

    private void Tell(Verdict verdict)
    {
        output.WriteLine($"{verdict.Acknowledged} acknowledged, {verdict.Refused} refused, {verdict.Unknown} unknown.");
        foreach (var kind in verdict.Violations.GroupBy(v => v.Kind)) output.WriteLine($"{kind.Count()} {kind.Key}: {kind.First().Sentence}");
    }
}
