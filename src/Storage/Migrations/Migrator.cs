using System.Collections.Immutable;
using System.Globalization;
using DbUp;
using DbUp.Engine.Transactions;
using Npgsql;

namespace RttNetwork.Storage.Migrations;

/// <summary>A migration failed; the database stands as the last one that succeeded left it. The fix is in the inner exception's message.</summary>
public sealed class MigrationException(string script, Exception inner)
    : Exception($"Migration {script} failed and was rolled back: {inner.Message}", inner);

/// <summary>
/// Brings a database to this build's schema: Orleans' tables and ours, as one numbered set of scripts in this assembly,
/// each applied once and in a transaction of its own.
/// </summary>
public static class Migrator
{
    /// <summary>Where the applied scripts are listed.</summary>
    internal const string VersionTable = "schema_version";

    // Any number will do, so long as no other program on the database uses it: "rttmigra" in ASCII.
    private const long LockKey = 0x7274746D69677261;

    /// <summary>The names of this build's scripts, in their order.</summary>
    public static ImmutableArray<string> Scripts { get; } =
    [
        .. typeof(Migrator).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Applies what is missing and returns the names of what it applied. Of several migrators one works and the others
    /// wait for it: the lock is held by the connection that runs the scripts, so it cannot outlive them, nor a crash.
    /// </summary>
    /// <param name="connectionString">The role must be allowed to create schemas and tables.</param>
    /// <param name="patience">How long to wait for another migrator.</param>
    /// <exception cref="MigrationException">A script failed.</exception>
    public static async Task<ImmutableArray<string>> Migrate(string connectionString, TimeSpan? patience = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, ApplicationName = "rtt migrate" };
        var upgrader = DeployChanges.To
            .PostgresqlDatabase(new LockedConnection(settings.ConnectionString, patience ?? TimeSpan.FromMinutes(1)))
            .WithScriptsEmbeddedInAssembly(typeof(Migrator).Assembly, name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .JournalToPostgresqlTable("rtt", VersionTable)
            .LogToNowhere()
            .Build();

        var result = await Task.Run(upgrader.PerformUpgrade);                                    // the library has no asynchronous form
        if (!result.Successful) throw new MigrationException(result.ErrorScript?.Name ?? "set", result.Error);
        return [.. result.Scripts.Select(s => s.Name)];
    }

    /// <summary>The scripts that a database says it has.</summary>
    internal static async Task<ImmutableArray<string>> Applied(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"SELECT scriptname FROM rtt.{VersionTable} ORDER BY scriptname COLLATE \"C\"", connection);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var names = ImmutableArray.CreateBuilder<string>();
            while (await reader.ReadAsync(cancel)) names.Add(reader.GetString(0));
            return names.ToImmutable();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return [];
        }
    }

    private sealed class LockedConnection(string connectionString, TimeSpan patience)
        : DatabaseConnectionManager(_ => Open(connectionString, patience))
    {
        // Whole: splitting is for servers that cannot take several statements at once, and would have to understand dollar quotes.
        public override IEnumerable<string> SplitScriptIntoCommands(string scriptContents) => [scriptContents];

        private static NpgsqlConnection Open(string connectionString, TimeSpan patience)
        {
            var connection = new NpgsqlConnection(connectionString);
            try
            {
                connection.Open();
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = {(int)patience.TotalMilliseconds}"));
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({LockKey})"));
                // Orleans asks for its tables without a schema. The default path would put them into a schema named like the role.
                Execute(connection, "SET search_path = public");
                Execute(connection, "CREATE SCHEMA IF NOT EXISTS rtt");                           // the list of versions is made before the first script runs
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        private static void Execute(NpgsqlConnection connection, string sql)
        {
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
    }
}
