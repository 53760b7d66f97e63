using Npgsql;

namespace RttNetwork.Storage.Migrations;

/// <summary>The database's schema is not the one that this build was made for. The message says what to run.</summary>
public sealed class SchemaVersionException(string message) : Exception(message);

/// <summary>Refuses to serve on a schema that this build does not know.</summary>
public static class SchemaGuard
{
    /// <summary>Returns when the database has exactly this build's migrations.</summary>
    /// <exception cref="SchemaVersionException">Some are missing, or it has others.</exception>
    public static async Task Check(NpgsqlDataSource database, CancellationToken cancel = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var applied = await Migrator.Applied(connection, cancel);
        var missing = Migrator.Scripts.Except(applied, StringComparer.Ordinal).ToList();
        var unknown = applied.Except(Migrator.Scripts, StringComparer.Ordinal).ToList();

        if (unknown.Count > 0)
            throw new SchemaVersionException($"The database is newer than this build (it has {unknown[^1]}): run the build that migrated it, or restore a backup from before.");
        if (missing.Count > 0)
            throw new SchemaVersionException($"The database lacks {missing.Count} of {Migrator.Scripts.Length} migrations, the first is {missing[0]}: run ./rtt migrate");
    }
}
