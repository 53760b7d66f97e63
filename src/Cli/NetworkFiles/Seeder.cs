using System.Collections.Concurrent;
using System.Collections.Immutable;
using RttNetwork.Cli.Output;
using RttNetwork.Client;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>What came of one step.</summary>
/// <param name="Resource">The name of what there is now; empty when it was refused.</param>
/// <param name="AlreadyThere">It was there, made by another request; it was left as it is.</param>
/// <param name="Refused">Why it was not made.</param>
internal sealed record SeedResult(SeedStep Step, string Resource, bool AlreadyThere, RttException? Refused);

/// <summary>Applies a plan: as much at once as does no harm, and what is refused stops nothing that does not need it.</summary>
internal static class Seeder
{
    /// <summary>Requests in flight: enough to keep a commit group filled, too few to be refused as a rush.</summary>
    private const int AtOnceMax = 8;

    /// <exception cref="RttException">The network is not there, or does not know the caller: nothing more was sent.</exception>
    public static async Task<ImmutableArray<SeedResult>> Apply(NetworkFile file, RttClient client, Report report, CancellationToken cancel)
    {
        var phases = SeedPlan.Of(file);
        var steps = phases.Sum(p => p.Length);
        return await report.Progress($"Seeding {file.Network}", async progress =>
        {
            var all = ImmutableArray.CreateBuilder<SeedResult>(steps);
            var done = 0;
            foreach (var phase in phases)
            {
                var results = new ConcurrentDictionary<SeedStep, SeedResult>(ReferenceEqualityComparer.Instance);
                await Parallel.ForEachAsync(phase, new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancel }, async (step, stop) =>
                {
                    results[step] = await Send(step, client, stop);
                    progress(Interlocked.Increment(ref done), steps);
                });
                all.AddRange(phase.Select(step => results[step]));
            }

            return all.ToImmutable();
        });
    }

    private static async Task<SeedResult> Send(SeedStep step, RttClient client, CancellationToken cancel)
    {
        try
        {
            return new SeedResult(step, await step.Send(client, cancel), AlreadyThere: false, Refused: null);
        }
        catch (RttException e) when (e.Refusal.Reason == "ALREADY_EXISTS")
        {
            return new SeedResult(step, "", AlreadyThere: true, Refused: null);
        }
        catch (RttException e) when (RefusalText.ExitCodeOf(e.Refusal) is ExitCode.Refused or ExitCode.Usage)
        {
            return await IsThere(step, client, cancel)
                ? new SeedResult(step, "", AlreadyThere: true, Refused: null)
                : new SeedResult(step, "", AlreadyThere: false, e);
        }
    }

    private static async Task<bool> IsThere(SeedStep step, RttClient client, CancellationToken cancel)
    {
        if (step.Find is null)
        {
            return false;
        }

        try
        {
            await step.Find(client, cancel);
            return true;
        }
        catch (RttException e) when (RefusalText.ExitCodeOf(e.Refusal) == ExitCode.Refused)
        {
            return false;
        }
    }
}
