using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Health.V1;
using Npgsql;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Node;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt doctor</c>: what this machine and the network lack, each with the one line that mends it.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(30);

    public static Command Create(Surroundings surroundings)
    {
        var database = new Option<string?>("--connection") { Description = "Also look at this database's schema [RTT_CONNECTION]", HelpName = "STRING" };
        var command = new Command("doctor", "Says what is wrong here, each with the one line that mends it: SDK, PostgreSQL, ports, schema, network, token, clock.") { database };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            var node = connection.Folder(run).Node();
            List<Finding> findings = [await Sdk(surroundings, run.Cancel), Postgres(), .. PortsFindings(node, surroundings)];
            if ((run.Get(database) ?? surroundings.Variable("RTT_CONNECTION")) is { } where)
            {
                findings.Add(await Schema(where, surroundings, run.Cancel));
            }

            findings.AddRange(await Network(run, connection, node));
            run.Report.Result(
                () => new JsonArray([.. findings.Select(f => new JsonObject { ["check"] = f.Check, ["ok"] = f.Ok, ["found"] = f.Found, ["fix"] = f.Fix })]),
                console =>
                {
                    var table = Tables.Of("", "CHECK", "FOUND", "FIX");
                    foreach (var finding in findings)
                    {
                        table.AddRow((finding.Ok ? "ok" : "NO").Cell(), finding.Check.Cell(), finding.Found.Cell(), (finding.Fix ?? "").Cell());
                    }

                    console.Write(table);
                });
            return findings.All(f => f.Ok) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<Finding> Sdk(Surroundings surroundings, CancellationToken cancel)
    {
        const string check = ".NET SDK";
        try
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", "--version")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                // There, global.json says which one is wanted.
                WorkingDirectory = Directory.Exists(surroundings.Root) ? surroundings.Root : Directory.GetCurrentDirectory(),
            })!;
            var version = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode == 0)
            {
                return new Finding(check, true, version.Trim());
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program: the same finding.
        }

        return new Finding(check, false, "none that global.json accepts", "apt-get install dotnet-sdk-10.0, else https://dot.net/download");
    }

    private static Finding Postgres()
    {
        try
        {
            var binaries = PostgresBinaries.Find();
            return new Finding("PostgreSQL", true, $"{binaries.MajorVersion} in {binaries.Folder}");
        }
        catch (PostgresNotInstalledException)
        {
            return new Finding("PostgreSQL", false, $"no server programs of version {PostgresBinaries.MajorVersionMin} or newer", $"{PostgresNotInstalledException.InstallCommand} (as root), or use --connection");
        }
    }

    /// <summary>While our own node runs, its ports are taken by it, as they must be.</summary>
    private static IEnumerable<Finding> PortsFindings(RunningNode? node, Surroundings surroundings)
    {
        if (node is not null && IsAlive(node.Pid))
        {
            yield return new Finding("ports", true, $"{new Uri(node.Grpc).Port} and {new Uri(node.Http).Port} are our own{(node.Management is { } management ? $"; how it is: {management}/health/detail" : "")}");
            yield break;
        }

        foreach (var port in new[] { 5080, 5081 })
        {
            var free = Ports.IsFree(port);
            yield return new Finding($"port {port}", free, free ? "free" : "taken by another program", free ? null : $"{surroundings.Self} up --port 6080");
        }
    }

    private static async Task<Finding> Schema(string where, Surroundings surroundings, CancellationToken cancel)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(where);
            await SchemaGuard.Check(source, cancel);
            return new Finding("schema", true, $"this build's: {Migrator.Scripts[^1]}");
        }
        catch (SchemaVersionException e)
        {
            return new Finding("schema", false, e.Message, $"{surroundings.Self} migrate --connection ...");
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException)
        {
            return new Finding("schema", false, $"the database cannot be asked: {e.Message}", "check host, port, role and password of --connection");
        }
    }

    private static async Task<List<Finding>> Network(Invocation run, ConnectionOptions connection, RunningNode? node)
    {
        var surroundings = run.Surroundings;
        Route route;
        try
        {
            route = connection.Find(run);
        }
        catch (UsageException e)
        {
            return [new Finding("network", false, e.Message, $"{surroundings.Self} up")];
        }

        var findings = new List<Finding>();
        using var client = route.Client(surroundings, patient: false);
        try
        {
            using var call = new Health.HealthClient(client.Invoker).CheckAsync(new HealthCheckRequest(), cancellationToken: run.Cancel);
            var health = await call;
            var headers = await call.ResponseHeadersAsync;
            findings.Add(health.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? new Finding("network", true, $"serving at {route.Endpoint}")
                : new Finding("network", false, $"{health.Status} at {route.Endpoint}", "look at its log: a silo or the database is missing"));
            if (headers.GetValue("date") is { } date && DateTimeOffset.TryParse(date, System.Globalization.CultureInfo.InvariantCulture, out var theirs))
            {
                var skew = (surroundings.Clock.GetUtcNow() - theirs).Duration();
                findings.Add(skew <= ClockSkewMax
                    ? new Finding("clock", true, $"within {Math.Ceiling(skew.TotalSeconds):0} s of the network's")
                    : new Finding("clock", false, $"{skew.TotalSeconds:0} s away from the network's", "timedatectl set-ntp true"));
            }
        }
        catch (RttException e)
        {
            var stale = node is not null && !IsAlive(node.Pid);
            findings.Add(new Finding(
                "network", false, $"nothing serves at {route.Endpoint}: {e.Refusal.Message}{(stale ? $" (process {node!.Pid}, which said that it does, is gone)" : "")}", $"{surroundings.Self} up, or --endpoint"));
            return findings;
        }

        findings.Add(await Token(run, client, route));
        return findings;
    }

    private static async Task<Finding> Token(Invocation run, RttClient client, Route route)
    {
        var fix = $"export RTT_TOKEN=$({run.Surroundings.Self} token)";
        if (route.Token is null || route.Network is null)
        {
            return new Finding("token", false, "none", fix);
        }

        if (route.Claims.Expires is { } expires && expires <= run.Surroundings.Clock.GetUtcNow())
        {
            return new Finding("token", false, $"expired at {expires:yyyy-MM-dd HH:mm'Z'}", fix);
        }

        try
        {
            var request = new ListSitesRequest { Parent = ResourceName.Network(route.Network), PageSize = 1 };
            if (route.Claims is { Scope: "authority", Regions: [var region, ..] })
            {
                request.Region = ResourceName.Region(region);
            }

            await client.Sites.ListSitesAsync(request, cancellationToken: run.Cancel);
            return new Finding("token", true, $"{route.Claims.Scope ?? "a caller"} of network {route.Network}{(route.Claims.Expires is { } until ? $", until {until:yyyy-MM-dd HH:mm'Z'}" : "")}");
        }
        catch (RttException e) when (e.Refusal.Status is StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.NotFound)
        {
            return new Finding("token", false, $"the network does not accept it: {e.Refusal.Message}", fix);
        }
        catch (RttException e)
        {
            return new Finding("token", false, $"could not be tried: {e.Refusal.Message}", "try again");
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>One thing that was looked at.</summary>
    private sealed record Finding(string Check, bool Ok, string Found, string? Fix = null);
}
