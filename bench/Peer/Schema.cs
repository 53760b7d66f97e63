using Npgsql;

namespace RttNetwork.Peer;

/// <summary>The peer's tables and functions.</summary>
public static class Schema
{
    /// <summary>Makes the schema anew: whatever was in it is gone.</summary>
    public static async Task Create(string connectionString, CancellationToken cancel = default)
    {
        using var text = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream("RttNetwork.Peer.Sql.peer.sql")!);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("DROP SCHEMA IF EXISTS peer CASCADE;\n" + await text.ReadToEndAsync(cancel), connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
