using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Node;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt up</c>: a whole network on this machine, until Ctrl-C.</summary>
internal static class UpCommand
{
    private const int GrpcPort = 5080;

    private static readonly string[] Environments = ["DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];

    public static Command Create(Surroundings surroundings)
    {
        var data = new Option<string?>("--data") { Description = "Where it keeps its database and keys [RTT_DATA, .rtt in the repository]", HelpName = "DIR" };
        var connectionString = new Option<string?>("--connection") { Description = "Use this PostgreSQL, 15 or newer, instead of a private one [RTT_CONNECTION]", HelpName = "STRING" };
        var port = new Option<int>("--port") { Description = "gRPC (HTTP/2 without TLS), on the loopback", DefaultValueFactory = _ => GrpcPort, HelpName = "N" };
        var httpPort = new Option<int?>("--http-port") { Description = "JSON over HTTP [the port after --port]", HelpName = "N" };
        var identityPort = new Option<int?>("--identity-port") { Description = "Where people sign in to the pages [the third port after --port, or a free one]", HelpName = "N" };
        var noSeed = new Option<bool>("--no-seed") { Description = "Begin with an empty network, without the clinics of examples/network-bc.yaml" };
        var webhooks = new Option<bool>("--webhooks-allow-http") { Description = "Let webhooks be sent to this machine, and there without TLS: to try a receiver" };
        var verbose = new Option<bool>("--verbose") { Description = "Log more than warnings, on standard error" };
        var command = new Command("up", "Runs a network on this machine until Ctrl-C: PostgreSQL, silo, gateway and tokens, with seventeen clinics to try. Started again, it finds everything as it was.")
        {
            data, connectionString, port, httpPort, identityPort, noSeed, webhooks, verbose,
        };
        command.Does(surroundings, async run =>
        {
            RefuseProduction(surroundings, "up");

            var example = Path.Combine(surroundings.Root, "examples", "network-bc.yaml");
            var file = run.Get(noSeed) ? null : NetworkFileReader.Read(example);
            // The field's programs are in an empty network too: they are what it is for.
            var programs = ProgramFile.All(Path.Combine(surroundings.Root, "programs"), Path.Combine(surroundings.Root, "ratios")).ToList();
            var settings = new NodeSettings(
                StateFolder.Choose(run.Get(data), surroundings),
                run.Get(connectionString) ?? surroundings.Variable("RTT_CONNECTION"),
                run.Get(port),
                run.Get(httpPort) ?? run.Get(port) + 1,
                file?.Network ?? StateFolder.DevelopmentNetwork,
                run.Get(verbose))
            {
                WebhooksAllowHttp = run.Get(webhooks),
                Pages = new PagesSettings(run.Get(identityPort), [.. file?.Sites.Select(s => s.Id) ?? []], [.. file?.Sites.Select(s => s.Region).Distinct() ?? []]),
            };

            try
            {
                await using var node = await DevelopmentNode.Start(settings, run.Report.Note, run.Cancel);
                await Publish(node, settings, programs, run.Cancel);
                var seeded = file is null ? null : await Seed(run, node, settings, file, example);
                Ready(run, node, settings, seeded);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(run.Cancel, node.Stopping);
                await Task.Delay(Timeout.InfiniteTimeSpan, surroundings.Clock, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                run.Report.Note("Stopping.");
            }
            catch (OperationCanceledException) when (run.Cancel.IsCancellationRequested)
            {
                // Stopped before it was up: as good an end as any.
            }
            catch (NpgsqlException e)
            {
                throw new UsageException($"The database cannot be used: {e.Message}", ExitCode.NotReachable);
            }
            catch (Exception e) when (e is PostgresNotInstalledException or LocalPostgresException or MigrationException or SchemaVersionException or InvalidOperationException)
            {
                // Each of these says in its message what to do.
                throw new UsageException(e.Message, ExitCode.Failed);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A process that issues its own tokens serves nobody where people are served.</summary>
    public static void RefuseProduction(Surroundings surroundings, string command)
    {
        if (Environments.FirstOrDefault(v => string.Equals(surroundings.Variable(v), "Production", StringComparison.OrdinalIgnoreCase)) is { } production)
        {
            throw new UsageException($"{production} is Production: `{command}` issues its own tokens and is for development only. See deploy/ for a network that serves people.");
        }
    }

    /// <summary>Applies the example once for each database; what was begun and not ended is applied again, which changes nothing.</summary>
    private static async Task<Seeded> Seed(Invocation run, DevelopmentNode node, NodeSettings settings, NetworkFile file, string path)
    {
        var where = settings.Connection is null ? "private" : new NpgsqlConnectionStringBuilder(settings.Connection) is { } c ? $"{c.Host}:{c.Port}/{c.Database}" : "";
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(where), .. await File.ReadAllBytesAsync(path, run.Cancel)]))[..16];
        var done = settings.Folder.SeededFile(fingerprint);
        if (File.Exists(done) && JsonSerializer.Deserialize<Seeded>(await File.ReadAllTextAsync(done, run.Cancel)) is { } before)
        {
            return before;
        }

        using var client = SeedClient(node, file.Network);
        var results = await Seeder.Apply(file, client, run.Report, run.Cancel);
        foreach (var refused in results.Where(r => r.Refused is not null))
        {
            run.Report.Note($"Not seeded: {refused.Step.Kind} {refused.Step.Name}: {refused.Refused!.Message}");
        }

        var people = results.Where(r => r is { Step.Kind: "participants", Resource.Length: > 0 }).Select(r => r.Resource).ToArray();
        var seeded = new Seeded(people);
        if (results.All(r => r.Refused is null))
        {
            await File.WriteAllTextAsync(done, JsonSerializer.Serialize(seeded), run.Cancel);
        }

        return seeded;
    }

    /// <summary>Publishes the programs and rule packs of the repository; those that are there already, in this or a later version, stay as they are.</summary>
    private static async Task Publish(DevelopmentNode node, NodeSettings settings, List<ProgramFile> programs, CancellationToken cancel)
    {
        using var client = SeedClient(node, settings.Network);
        await ProgramFile.PublishAll(programs, client, settings.Network, cancel);
    }

    private static RttClient SeedClient(DevelopmentNode node, string network)
    {
        var token = node.Tokens.Mint(new TokenRequest("rtt-seed", network, "operator") { Lifetime = TimeSpan.FromHours(1) });
        return RttClient.Create(new RttClientOptions
        {
            Endpoint = new Uri(node.Grpc),
            Token = _ => ValueTask.FromResult<string?>(token),
            WaitWhenBusy = true,
            AttemptsMax = 10,
            Deadline = TimeSpan.FromSeconds(30),
        });
    }

    private static void Ready(Invocation run, DevelopmentNode node, NodeSettings settings, Seeded? seeded)
    {
        var token = node.Tokens.Mint(new TokenRequest("rtt-dev", settings.Network, "operator") { Lifetime = TimeSpan.FromHours(12) });
        // Whoever keeps the network in a folder of their own has to say so in every line that is pasted.
        var folder = settings.Folder.Path == Path.GetFullPath(StateFolder.DefaultPath(run.Surroundings)) ? "" : $" --data '{settings.Folder.Path}'";
        string Line(string command) => $"{run.Surroundings.Self} {command}{folder}";

        // The first two people of the file, and the first cohort of the site that they come from.
        var cohort = ResourceName.Cohort(settings.Network, "nanaimo", "rtt-2027-01");
        var book = seeded?.People is [var first, ..] ? Line($"book {Names.Short(cohort)} {ResourceName.Id(first)}") : null;
        var curl = seeded?.People is [_, var second, ..]
            ? $$"""
                curl -s -X POST '{{node.Http}}/v1/{{cohort}}:bookSeat' -H 'Authorization: Bearer {{token}}' -H 'Content-Type: application/json' -d '{"participant": "{{second}}", "requestId": "{{RequestId.New()}}"}'
                """
            : $"curl -s '{node.Http}/v1/{ResourceName.Network(settings.Network)}/sites' -H 'Authorization: Bearer {token}'";
        if (run.Report.Json)
        {
            run.Report.Result(
                () => new JsonObject
                {
                    ["grpc"] = node.Grpc,
                    ["http"] = node.Http,
                    ["pages"] = node.Http,
                    ["management"] = node.Management,
                    ["network"] = settings.Network,
                    ["data"] = settings.Folder.Path,
                    ["token"] = token,
                    ["book"] = book,
                    ["curl"] = curl,
                    ["participants"] = new JsonArray([.. (seeded?.People ?? []).Select(p => (JsonNode)p)]),
                },
                _ => { });
            return;
        }

        // Not by way of a console that folds long lines: these are there to be copied.
        var to = run.Surroundings.Out;
        to.WriteLine($"The network '{settings.Network}' is up.");
        to.WriteLine();
        to.WriteLine($"  Pages  {node.Http}  (sign in as the operator, a site or an authority)");
        to.WriteLine($"  gRPC   {node.Grpc}  (HTTP/2 without TLS; reflection is on)");
        to.WriteLine($"  HTTP   {node.Http}  (JSON; described at {node.Http}/openapi/v1.json)");
        to.WriteLine($"  Manage {node.Management}  (/metrics, /health/live, /health/ready, /health/detail)");
        to.WriteLine($"  data   {node.DatabaseDescription}; keys in {settings.Folder.Path}");
        to.WriteLine($"  token  {token}");
        to.WriteLine($"         (an operator's, for 12 hours; for a site's: {Line("token --scope site --site nanaimo")})");
        to.WriteLine();
        if (book is not null)
        {
            to.WriteLine("Book a seat, in another terminal:");
            to.WriteLine();
            to.WriteLine($"  {book}");
            to.WriteLine();
        }

        to.WriteLine(book is null ? "The same over JSON:" : "and one for another person, over JSON:");
        to.WriteLine();
        to.WriteLine($"  {curl}");
        to.WriteLine();
        to.WriteLine("Ctrl-C stops it; what was booked stays.");
        to.Flush();
    }

    /// <summary>What the example made, for the lines that are printed: names of participants, no person.</summary>
    private sealed record Seeded(string[] People);
}
