using Npgsql;

namespace RttNetwork.Storage.Migrations;

/// <summary>The database's schema is not the one that this build was made for. The message says what to run.</summary>
public sealed class SchemaVersionException(string message) : Exception(message);

/// <summary>The server is set so that it may forget what it has acknowledged. The message says which setting.</summary>
public sealed class UnsafeServerException(string message) : Exception(message);

/// <summary>Refuses to serve on a schema that this build does not know, or on a server that does not keep its word.</summary>
public static class SchemaGuard
{
    /// <summary>Returns when the database has exactly this build's migrations and its server is durable.</summary>
    /// <exception cref="SchemaVersionException">Some are missing, or it has others.</exception>
    /// <exception cref="UnsafeServerException">A commit on this database is not durable when it is acknowledged.</exception>
    public static async Task Check(NpgsqlDataSource database, CancellationToken cancel = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await CheckSchema(connection, cancel);
        await CheckDurability(connection, cancel);
    }

    private static async Task CheckSchema(NpgsqlConnection connection, CancellationToken cancel)
    {
        var applied = await Migrator.Applied(connection, cancel);
        var missing = Migrator.Scripts.Except(applied, StringComparer.Ordinal).ToList();
        var unknown = applied.Except(Migrator.Scripts, StringComparer.Ordinal).ToList();

        if (unknown.Count > 0)
            throw new SchemaVersionException($"The database is newer than this build (it has {unknown[^1]}): run the build that migrated it, or restore a backup from before.");
        if (missing.Count > 0)
            throw new SchemaVersionException($"The database lacks {missing.Count} of {Migrator.Scripts.Length} migrations, the first is {missing[0]}: run ./rtt migrate");
    }

    private static async Task CheckDurability(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name LIMIT 1", connection);
        if (await command.ExecuteScalarAsync(cancel) is string setting)
            throw new UnsafeServerException($"The server acknowledges what a crash may lose: switch its setting {setting} on.");
    }
}
