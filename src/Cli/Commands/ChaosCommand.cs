using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using RttNetwork.Cli.Output;
using RttNetwork.Rig.Chaos;
using RttNetwork.Storage.Local;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt chaos</c>: kills, freezes and cuts off a network of real processes under load, and checks that it kept its promises.</summary>
internal static class ChaosCommand
{
    private const int SecondsMin = 10;

    public static Command Create(Surroundings surroundings)
    {
        var seconds = new Option<int>("--seconds") { Description = $"How long the damage goes on, at least {SecondsMin}; starting and checking come on top", DefaultValueFactory = _ => 60, HelpName = "N" };
        var seed = new Option<int>("--seed") { Description = "What clients want and what is done to them follows from it; what comes of it does not", DefaultValueFactory = _ => 1, HelpName = "S" };
        var scenario = new Option<string>("--scenario") { Description = "What clients are at: seats of one site, or referrals between forty", DefaultValueFactory = _ => "seats", HelpName = "S" };
        var silos = new Option<int>("--silos") { Description = "Silos, each with a gateway, in processes of their own", DefaultValueFactory = _ => 3, HelpName = "N" };
        var clients = new Option<int>("--clients") { Description = "Clients at work", DefaultValueFactory = _ => 12, HelpName = "N" };
        var directory = new Option<string>("--directory") { Description = "Orleans' grain directory: default or distributed", DefaultValueFactory = _ => "default", HelpName = "D" };
        var probe = new Option<double>("--probe") { Description = "Seconds that a silo waits for a sign of life of another", DefaultValueFactory = _ => 2, HelpName = "N" };
        var outage = new Option<string?>("--outage") { Description = "Instead of the run: measures how long seats cannot be taken after the loss of a silo, by `kill` or by `pause`", HelpName = "LOSS" };
        var folder = new Option<string?>("--folder") { Description = "Where the record and the logs are kept [artifacts/chaos/seed-S]", HelpName = "DIR" };
        var command = new Command(
            "chaos",
            "Runs silos, gateways and PostgreSQL as real processes, kills, freezes and cuts them off under load, and then compares what every client was told with the journal. Nothing of the network of `rtt up` is touched. Exits with 5 on any violation.")
        {
            scenario, seconds, seed, silos, clients, directory, probe, outage, folder,
        };
        command.Does(surroundings, async run =>
        {
            if (run.Get(seconds) < SecondsMin) throw new UsageException($"--seconds must be at least {SecondsMin}.");
            if (!Enum.TryParse<Scenario>(run.Get(scenario), ignoreCase: true, out var at) || !Enum.IsDefined(at)) throw new UsageException("--scenario is seats or referrals.");
            if (run.Get(silos) is < 1 or > 5) throw new UsageException("--silos must be 1 to 5.");
            if (run.Get(clients) is < 1 or > 200) throw new UsageException("--clients must be 1 to 200.");
            var name = string.Create(CultureInfo.InvariantCulture, $"seed-{run.Get(seed)}");
            var place = Path.GetFullPath(run.Get(folder) ?? Path.Combine(surroundings.Root, "artifacts", "chaos", name));
            // Only what an earlier run left there is deleted, never somebody's own folder.
            if (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any() && !File.Exists(Path.Combine(place, ChaosRun.RecordName)) && !File.Exists(Path.Combine(place, "silo-1.log")))
                throw new UsageException($"{place} is not empty, and not of an earlier run.");
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
            var settings = new Dictionary<string, string>
            {
                ["Rtt__Silo__Directory"] = run.Get(directory) ?? "",
                ["Rtt__Silo__ProbeTimeout"] = TimeSpan.FromSeconds(run.Get(probe)).ToString(),
            };
            var options = new ChaosOptions
            {
                Length = TimeSpan.FromSeconds(run.Get(seconds)),
                Seed = run.Get(seed),
                Scenario = at,
                Silos = run.Get(silos),
                Workload = new WorkloadOptions { Clients = run.Get(clients) },
                Folder = place,
                Settings = settings,
            };
            try
            {
                if (run.Get(outage) is { } loss)
                {
                    if (!Enum.TryParse<Loss>(loss, ignoreCase: true, out var kind)) throw new UsageException("--outage is kill or pause.");
                    var measured = await Outages.Measure(kind, options.Silos, place, settings, surroundings.Clock);
                    run.Report.Result(() => Json(measured), console => console.WriteLine(
                        $"{measured.Loss} of one of {measured.Silos}: {measured.Affected} of {measured.Cohorts} cohorts could not be booked, half of them for {measured.MedianMs} ms or less, the longest for {measured.WorstMs} ms."));
                    return ExitCode.Ok;
                }

                var result = await ChaosRun.Run(options, run.Report.Note, run.Cancel);
                run.Report.Result(() => Json(result), console => Show(result, console));
                return result.Verdict.Violations.IsEmpty ? ExitCode.Ok : ExitCode.Failed;
            }
            catch (Exception e) when (e is PostgresNotInstalledException or LocalPostgresException or InvalidOperationException or NpgsqlException)
            {
                throw new UsageException(e.Message, ExitCode.Failed);
            }
        });
        return command;
    }

    private static JsonObject Json(ChaosResult result) => new()
    {
        ["seed"] = result.Seed,
        ["acknowledged"] = result.Verdict.Acknowledged,
        ["refused"] = result.Verdict.Refused,
        ["unknown"] = result.Verdict.Unknown,
        ["kills"] = result.Damage.Kills,
        ["pauses"] = result.Damage.Pauses,
        ["database_kills"] = result.Damage.DatabaseKills,
        ["network_faults"] = result.Damage.NetworkFaults,
        ["late_commits"] = result.Damage.LateCommits,
        ["restarts"] = result.Damage.Restarts,
        ["duplicate_activations"] = result.Duplicates,
        ["lost"] = result.Verdict.Lost,
        ["duplicated"] = result.Verdict.Duplicated,
        ["overbooked"] = result.Verdict.Overbooked,
        ["violations"] = result.Verdict.Violations.Length,
        ["referrals"] = new JsonObject(result.Verdict.Referrals.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))),
        ["found"] = new JsonArray([.. result.Verdict.Violations.Select(v => new JsonObject { ["kind"] = v.Kind.ToString(), ["sentence"] = v.Sentence })]),
        ["record"] = result.Record,
    };

    private static JsonObject Json(Outage outage) => new()
    {
        ["loss"] = outage.Loss.ToString(),
        ["silos"] = outage.Silos,
        ["cohorts"] = outage.Cohorts,
        ["grains_lost"] = outage.GrainsLost,
        ["affected"] = outage.Affected,
        ["median_ms"] = outage.MedianMs,
        ["worst_ms"] = outage.WorstMs,
    };

    private static void Show(ChaosResult result, IAnsiConsole console)
    {
        var (verdict, damage) = (result.Verdict, result.Damage);
        var table = Tables.Of("SEED", "ACKNOWLEDGED", "REFUSED", "UNKNOWN", "KILLS", "PAUSES", "DATABASE KILLS", "LOST", "DUPLICATED", "OVERBOOKED", "VIOLATIONS");
        table.AddRow([.. new[] { result.Seed, verdict.Acknowledged, verdict.Refused, verdict.Unknown, damage.Kills, damage.Pauses, damage.DatabaseKills, verdict.Lost, verdict.Duplicated, verdict.Overbooked, verdict.Violations.Length }
            .Select(n => $"{n}".Cell())]);
        console.Write(table);
        if (!verdict.Referrals.IsEmpty) console.WriteLine($"{verdict.Referrals.Values.Sum()} referrals: {string.Join(", ", verdict.Referrals.Select(r => $"{r.Value} {r.Key}"))}.");
        foreach (var violation in verdict.Violations) console.WriteLine($"{violation.Kind}: {violation.Sentence}");
        console.WriteLine($"The record is {result.Record}.");
    }
}
