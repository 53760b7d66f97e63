using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;

namespace RttNetwork.Rig.Chaos;

/// <summary>What clients are at.</summary>
public enum Scenario
{
    /// <summary>One site: they hold, book, cancel, release, move and staff.</summary>
    Seats,
    /// <summary>Forty sites: they refer people to each other, decide, and move them.</summary>
    Referrals,
}

/// <summary>What a run is to be.</summary>
public sealed record ChaosOptions
{
    /// <summary>How long the damage goes on; setting up, healing and checking come on top.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What clients want and what is done to them follows from it; what comes of it does not, for the processes are real.</summary>
    public int Seed { get; init; } = 1;

    public Scenario Scenario { get; init; }

    public int Silos { get; init; } = 3;
    public int People { get; init; } = 24;
    public WorkloadOptions Workload { get; init; } = new();

    /// <summary>The record, the logs of every process and the database go here.</summary>
    public required string Folder { get; init; }

    /// <summary>Further settings of every silo, as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <param name="Duplicates">Grains that were active on two silos at once.</param>
/// <param name="Record">The file that holds what every client saw.</param>
public sealed record ChaosResult(int Seed, Verdict Verdict, Damage Damage, int Duplicates, string Record);

/// <summary>
/// Real processes under load while they are killed, frozen and cut off: silos with gateways, PostgreSQL, and a proxy of
/// our own before each silo's database. Then everything heals, every open command gets its answer, and the history is checked.
/// </summary>
public static class ChaosRun
{
    /// <summary>The file in the run's folder that holds what every client saw.</summary>
    public const string RecordName = "history.jsonl";

    private const string Database = "rtt";
    private static readonly TimeSpan AttemptPatience = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan FinishPatience = TimeSpan.FromSeconds(90);

    /// <param name="options">The run.</param>
    /// <param name="tell">Hears what goes on, one line at a time.</param>
    /// <param name="cancel">Ends the damage early; the check is still made.</param>
    public static async Task<ChaosResult> Run(ChaosOptions options, Action<string>? tell = null, CancellationToken cancel = default)
    {
        tell ??= _ => { };
        var database = await LocalPostgres.Start(new LocalPostgresOptions(Path.Combine(options.Folder, "pg")), cancel);
        try
        {
            return await Run(options, database, tell, cancel);
        }
        finally
        {
            await database.Destroy(CancellationToken.None);
        }
    }

    /// <summary>The same on a database server that the caller started, and ends.</summary>
    public static async Task<ChaosResult> Run(ChaosOptions options, LocalPostgres database, Action<string> tell, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(options.Folder);
        await database.CreateDatabase(Database, cancel: cancel);
        await Migrator.Migrate(database.ConnectionString(Database));
        var clock = new RunClock(options.Time);
        await using var recorder = new Recorder(Path.Combine(options.Folder, RecordName), clock);
        var networks = ImmutableArray.CreateRange(Enumerable.Range(0, options.Silos).Select(_ => new TcpProxy(database.Port, options.Time)));
        try
        {
            tell($"Starting {options.Silos} silos.");
            await using var cluster = await ProcessCluster.Start(
                [.. networks.Select(n => new NpgsqlConnectionStringBuilder(database.ConnectionString(Database)) { Port = n.Port }.ConnectionString)], options.Folder,
                new Dictionary<string, string>(options.Settings) { ["Rtt__ReferralDueMin"] = Stages.DueMin.ToString() });
            var (stage, wishes) = await Open(cluster, options, clock.Now + Duration.FromTimeSpan(options.Length / 2));
            using var desk = new GrpcDesk(cluster.Silos.Select(s => s.Ports.Grpc), subject => cluster.OperatorToken(Stages.Network, subject), AttemptPatience, stage);
            var workload = new Workload(desk, stage, wishes, recorder, options.Workload, options.Seed);
            await using var nemesis = new Nemesis(cluster, new Members(() => database.ConnectionString(Database)), database, networks, recorder, options.Length, options.Seed);

            tell(string.Create(CultureInfo.InvariantCulture, $"Damage for {options.Length.TotalSeconds:0} s, with {options.Workload.Clients} clients."));
            await using var watch = await ActivationWatch.Start(database.ConnectionString(Database), options.Time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            stop.CancelAfter(options.Length);
            var load = workload.Run(stop.Token);
            await nemesis.Run(stop.Token);
            await load;
            tell("Healed. Asking for what is open, and reading everything.");
            await workload.Finish(FinishPatience);

            var connectionString = database.ConnectionString(Database);
            tell("Checking the history.");
            var history = new History(stage, recorder.Steps(), await JournalReader.ReadAll(connectionString), await JournalReader.ReadReceipts(connectionString));
            return new ChaosResult(options.Seed, HistoryChecker.Check(history), nemesis.Damage, watch.Duplicates, recorder.File);
        }
        finally
        {
            foreach (var network in networks) await network.DisposeAsync();
        }
    }

    private static async Task<(Stage Stage, IWishes Wishes)> Open(ProcessCluster cluster, ChaosOptions options, Instant intakeCloses)
    {
        using var client = cluster.Client(0, cluster.OperatorToken(Stages.Network, "chaos-set-up"), o => o with { Deadline = TimeSpan.FromSeconds(60), AttemptsMax = 20, WaitWhenBusy = true });
        if (options.Scenario is Scenario.Seats)
        {
            var seats = await Stages.Open(client, options.People, Stages.Plans, intakeCloses);
            return (seats, new SeatWishes(seats));
        }
        var (stage, seated) = await Stages.OpenReferring(client);
        return (stage, new ReferralWishes(stage, seated));
    }
}
