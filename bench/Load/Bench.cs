using RttNetwork.Load.Results;
using RttNetwork.Load.Scenarios;

namespace RttNetwork.Load;

/// <summary>How a bench is run.</summary>
/// <param name="Quick">Minutes in place of a quarter of an hour; wider intervals.</param>
/// <param name="Scenario">One of <see cref="Bench.Scenarios"/>, or null for all.</param>
/// <param name="Folder">A folder that does not exist yet, for databases: deleted when the bench ends. On a disk, or nothing is durable.</param>
public sealed record BenchOptions(bool Quick, string? Scenario, string Folder);

/// <summary>The product and its peer under load.</summary>
public static class Bench
{
    private static readonly (string Name, Func<Session, Task> Run)[] All =
    [
        ("book-cold", Comparisons.BookCold),
        ("one-cohort", Comparisons.OneCohort),
        ("one-client", Comparisons.OneClient),
        ("rush", Comparisons.Rush),
        ("capacity-read", Comparisons.CapacityRead),
        ("overload", Alone.Overload),
        ("scale", Alone.Scale),
        ("memory", Alone.Memory),
        ("restart", Alone.Restart),
        ("plan", Plans.Run),
        ("find-seats", Finds.Run),
        ("accept", Moves.Run),
        ("idle-seats", IdleSeats.Run),
        ("feed", Feeds.Run),
        ("rebuild", Rebuilds.Run),
    ];

    /// <summary>The scenarios in the order in which they are run.</summary>
    public static IReadOnlyList<string> Scenarios { get; } = [.. All.Select(s => s.Name)];

    /// <summary>Runs the scenarios.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="note">Told what goes on.</param>
    /// <param name="result">Told every result as soon as it is there.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task Run(BenchOptions options, Action<string> note, Action<Measure> result, CancellationToken cancel)
    {
        Directory.CreateDirectory(options.Folder);
        try
        {
            await using var session = new Session(options.Folder, options.Quick ? Plan.Quick : Plan.Full, note, result, cancel);
            foreach (var (name, run) in All)
            {
                if (options.Scenario is null || options.Scenario == name) await run(session);
            }
        }
        finally
        {
            Directory.Delete(options.Folder, recursive: true);
        }
    }
}
