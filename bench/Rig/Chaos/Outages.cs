using NodaTime;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;

namespace RttNetwork.Rig.Chaos;

/// <summary>How a silo goes away.</summary>
public enum Loss
{
    /// <summary>kill -9, and it stays away; a single silo is started again at once.</summary>
    Kill,
    /// <summary>SIGSTOP, and it stays frozen.</summary>
    Pause,
}

/// <summary>How long seats could not be taken after a silo went away.</summary>
/// <param name="Cohorts">How many cohorts were in use, each by a client of its own.</param>
/// <param name="GrainsLost">Grains that lived on the silo: it is the one that most live on.</param>
/// <param name="Affected">Those that were without an accepted command for more than half a second.</param>
/// <param name="MedianMs">Of those affected: from the loss to the first accepted command that was sent after it.</param>
/// <param name="WorstMs">Of all.</param>
public sealed record Outage(Loss Loss, int Silos, int Cohorts, int GrainsLost, int Affected, int MedianMs, int WorstMs);

/// <summary>Measures what a client notices of a silo's end: every cohort has a client that holds and releases a seat without pause.</summary>
public static class Outages
{
    private const int Cohorts = 24;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly Duration Noticed = Duration.FromMilliseconds(500);

    public static async Task<Outage> Measure(Loss loss, int silos, string folder, IReadOnlyDictionary<string, string> settings, TimeProvider time)
    {
        var database = await LocalPostgres.Start(new LocalPostgresOptions(Path.Combine(folder, "pg")));
        try
        {
            await database.CreateDatabase("rtt");
            var connectionString = database.ConnectionString("rtt");
            await Migrator.Migrate(connectionString);
            await using var cluster = await ProcessCluster.Start([.. Enumerable.Repeat(connectionString, silos)], folder, settings);
            using (var client = cluster.Client(0, cluster.OperatorToken(Stages.Network, "chaos-set-up"), o => o with { Deadline = TimeSpan.FromSeconds(60), AttemptsMax = 20 }))
                return await Measure(loss, cluster, await Stages.Open(client, Cohorts, [.. Enumerable.Repeat(new CohortPlan(4, 0, MayOverlap: true), Cohorts)], Instant.MinValue), connectionString, new RunClock(time));
        }
        finally
        {
            await database.Destroy(CancellationToken.None);
        }
    }

    private static async Task<Outage> Measure(Loss loss, ProcessCluster cluster, Stage stage, string connectionString, RunClock clock)
    {
        var lost = cluster.Silos[0];
        using var desk = new GrpcDesk(cluster.Silos.Select(s => s.Ports.Grpc), s => cluster.OperatorToken(Stages.Network, s), Attempt, stage);
        using var stop = new CancellationTokenSource(WarmUp + Patience, clock.Time);
        var lostAt = Instant.MaxValue;
        int[] doors = [.. Enumerable.Range(0, cluster.Silos.Count)];
        var back = new Instant?[stage.Cohorts.Length];
        var users = stage.Cohorts.Select((_, i) => Task.Run(() => Use(i))).ToList();
        await Task.Delay(WarmUp, clock.Time);
        await using var watch = await ActivationWatch.Start(connectionString, clock.Time);
        var (port, grains) = await watch.Busiest();
        lost = cluster.Silos.Single(s => s.Ports.SiloPort == port);
        doors = cluster.Silos.Count == 1 ? [0] : [.. Enumerable.Range(0, cluster.Silos.Count).Where(i => cluster.Silos[i] != lost)];
        lostAt = clock.Now;
        if (loss == Loss.Kill) await lost.Kill();
        else lost.Pause();
        if (cluster.Silos.Count == 1)
        {
            cluster.Silos[0].Start();
            await cluster.UntilReady(cluster.Silos[0]);
        }
        await Task.WhenAll(users);

        var outages = back.Select(b => (b ?? clock.Now) - lostAt).ToList();
        var affected = outages.Where(o => o > Noticed).Order().ToList();
        return new Outage(loss, cluster.Silos.Count, outages.Count, grains, affected.Count,
            affected.Count == 0 ? 0 : (int)affected[affected.Count / 2].TotalMilliseconds, (int)outages.Max().TotalMilliseconds);

        async Task Use(int i)
        {
            var random = new Random(i);
            for (var n = 0; back[i] is null && !stop.IsCancellationRequested; n++)
            {
                var wish = new Wish(Guid.NewGuid(), Workload.SubjectOf(i), n % 2 == 0 ? Verb.Hold : Verb.Release, stage.People[i], stage.Cohorts[i].Id);
                for (var attempt = 0; !stop.IsCancellationRequested; attempt++)
                {
                    var sent = clock.Now;
                    // Afterwards the lost one's door leads nowhere; with one silo there is no other.
                    var answer = await desk.Ask(wish, doors[random.Next(doors.Length)], attempt);
                    if (answer.Kind == AnswerKind.Accepted && sent > lostAt) back[i] = clock.Now;
                    if (answer.Kind != AnswerKind.Unknown) break;
                    await Task.Delay(TimeSpan.FromMilliseconds(20), clock.Time);
                }
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock.Time);
            }
        }
    }
}
