using Npgsql;

namespace RttNetwork.Storage.Feed;

/// <summary>
/// An advisory lock that lets one of many do the work of a name. It lives in a connection and dies with it; it saves
/// work and guards nothing: what is written under it is guarded by a compare-and-set of its own.
/// </summary>
internal sealed class LeaderLock : IAsyncDisposable
{
    // The prefix keeps the names apart from other users of advisory locks on the database.
    private const string TakeSql = "SELECT pg_try_advisory_lock(hashtextextended('rtt leader ' || $1, 0))";

    private LeaderLock(NpgsqlConnection connection) => Connection = connection;

    /// <summary>The connection that holds it; free for the holder's work.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Takes it; null while somebody else has it.</summary>
    public static async ValueTask<LeaderLock?> TryTake(NpgsqlDataSource database, string name, CancellationToken cancel)
    {
        var connection = await database.OpenConnectionAsync(cancel);
        try
        {
            await using var command = new NpgsqlCommand(TakeSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = name } } };
            if ((bool)(await command.ExecuteScalarAsync(cancel))!) return new LeaderLock(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Said aloud: a pooled connection would keep the lock until somebody used it again.
            await using var command = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", Connection);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            // The connection is broken: the server lets go by itself.
        }

        await Connection.DisposeAsync();
    }
}
