using System.Globalization;
using RttNetwork.Rig.Chaos;
using RttNetwork.Testing;
using Xunit.Abstractions;

namespace RttNetwork.Chaos.Tests;

/// <summary>The short form of <c>rtt chaos</c>: real silos, a real database, kill -9 and SIGSTOP.</summary>
public sealed class RealProcessTests(ITestOutputHelper output)
{
    /// <summary>RTT_CHAOS_SECONDS=300 makes a long one.</summary>
    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("RTT_CHAOS_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 20;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("RTT_CHAOS_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : 1;

    [Theory]
    [InlineData(Scenario.Seats, 12)]
    [InlineData(Scenario.Referrals, 40)]
    public async Task Three_silos_that_are_killed_frozen_and_cut_off_lose_nothing_and_do_nothing_twice(Scenario scenario, int clients)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"rtt-chaos-{Guid.NewGuid():N}");
        var database = await PostgresFixture.StartPrivate();

        var result = await ChaosRun.Run(new ChaosOptions { Scenario = scenario, Length = TimeSpan.FromSeconds(Seconds), Seed = Seed, Workload = new WorkloadOptions { Clients = clients }, Folder = folder }, database, output.WriteLine);

        output.WriteLine($"{result.Verdict.Acknowledged} acknowledged, {result.Verdict.Refused} refused, {result.Verdict.Unknown} unknown; {string.Join(", ", result.Verdict.Referrals)}; {result.Damage}; {result.Record}");
        Assert.True(result.Verdict.Violations.IsEmpty, string.Join('\n', result.Verdict.Violations.Take(20).Select(v => $"{v.Kind}: {v.Sentence}")) + $"\nThe record is {result.Record}.");
        Assert.True(result.Damage.Kills > 0 && result.Damage.Pauses > 0 && result.Damage.DatabaseKills > 0);
        await database.Destroy();
        Directory.Delete(folder, recursive: true);
    }
}
