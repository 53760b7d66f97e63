using System.CommandLine;
using System.Text.Json.Nodes;
using Npgsql;
using RttNetwork.Storage.Migrations;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt migrate</c>: brings a database to this build's schema.</summary>
internal static class MigrateCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var connection = new Option<string?>("--connection") { Description = "PostgreSQL, 15 or newer, as a role that may create schemas [RTT_CONNECTION]", HelpName = "STRING" };
        var command = new Command("migrate", "Brings a database to this build's schema. Of several at once one works and the others wait; what was applied is not applied again.") { connection };
        command.Does(surroundings, async run =>
        {
            var where = run.Get(connection) ?? surroundings.Variable("RTT_CONNECTION")
                ?? throw new UsageException("Which database? Say it with --connection or RTT_CONNECTION: Host=127.0.0.1;Database=rtt;Username=...;Password=...");
            try
            {
                var applied = await run.Report.Progress("Migrating", _ => Migrate(where));
                run.Report.Result(
                    () => new JsonObject { ["applied"] = new JsonArray([.. applied.Select(a => (JsonNode)a)]), ["version"] = Migrator.Scripts[^1] },
                    console =>
                    {
                        foreach (var script in applied)
                        {
                            console.WriteLine($"applied {script}");
                        }

                        console.WriteLine(applied.Length == 0 ? "Nothing to apply: the database has this build's schema." : $"{applied.Length} applied.");
                    });
                return ExitCode.Ok;
            }
            catch (MigrationException e) when (e.InnerException is NpgsqlException { InnerException: System.Net.Sockets.SocketException } gone)
            {
                throw new UsageException($"The database does not answer: {gone.Message}", ExitCode.NotReachable);
            }
            catch (Exception e) when (e is MigrationException or NpgsqlException)
            {
                run.Report.Failure("MIGRATION", e.Message);
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static Task<System.Collections.Immutable.ImmutableArray<string>> Migrate(string connectionString) => Migrator.Migrate(connectionString);
}
