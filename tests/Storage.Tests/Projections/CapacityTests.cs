using CsCheck;
using NodaTime;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>I10: every figure that is shown equals the fold of the journal at the token that it carries.</summary>
public sealed class CapacityTests
{
    private static readonly Gen<(int Seed, int EntriesMax, int KeptMax)> GenRun =
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 40], Gen.Int[2, 60]);

    [Fact]
    public Task At_every_prefix_every_page_is_the_fold_of_the_journal_at_its_token() => GenRun.SampleAsync(async run =>
    {
        await using var stage = await ProjectionStage.Create(Limits(run.EntriesMax, run.KeptMax));
        var random = new Random(run.Seed);
        var network = new RandomNetwork(run.Seed);
        await using var connection = await stage.Source.OpenConnectionAsync();
        var projector = stage.Projector();
        await projector.Prepare(connection, default);
        for (var part = 0; part < 4; part++)
        {
            await stage.CommitRandom(network, random.Next(20, 120));
            var journal = await stage.Entries();
            do
            {
                if (random.Next(8) == 0) await stage.AssertTrue(journal, random, network.Now + Duration.FromMinutes(random.Next(-20, 20)));
                if (random.Next(20) == 0) projector = stage.Projector();                             // a silo that starts has nothing in memory
            }
            while (await projector.Step(connection, default) || await stage.Reached() < journal[^1].Position);
            await stage.AssertTrue(journal, random, network.Now);
        }
    }, iter: 12, threads: 1);

    private static ProjectionOptions Limits(int entriesMax, int keptMax) => new() { EntriesPerStepMax = entriesMax, CohortsKeptMax = keptMax, OthersKeptMax = keptMax };
}
