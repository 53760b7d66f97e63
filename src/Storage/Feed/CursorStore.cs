using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Feed;

/// <summary>How far a follower has read, and in which epoch.</summary>
public readonly record struct FeedCursor(int Epoch, FeedPosition Position);

/// <summary>
/// The followers' cursors. A cursor moves by compare-and-set, in the transaction that the caller has open on the
/// connection: of two followers that applied the same entries, one commits, and the other's rows vanish with its move.
/// </summary>
public static class CursorStore
{
    /// <summary>Reads a cursor; one that has never moved stands before the first entry of the current epoch.</summary>
    public static async ValueTask<FeedCursor> Read(NpgsqlConnection connection, string name, CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand(
            "SELECT e.epoch, c.epoch, c.xid, c.position FROM rtt.feed_epoch e LEFT JOIN rtt.feed_cursor c ON c.name = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return reader.IsDBNull(1)
            ? new FeedCursor(reader.GetInt32(0), default)
            : new FeedCursor(reader.GetInt32(1), new FeedPosition(reader.GetFieldValue<ulong>(2), reader.GetInt64(3)));
    }

    /// <summary>
    /// Moves a cursor; false, with nothing changed, when it does not stand where the caller believes: roll back then.
    /// The cursor stays locked until the transaction ends.
    /// </summary>
    public static async ValueTask<bool> TryMove(NpgsqlConnection connection, string name, FeedCursor from, FeedPosition to, CancellationToken cancel = default)
    {
        await using var command = new NpgsqlCommand(
            from.Position == default
                ? """
                  INSERT INTO rtt.feed_cursor AS c (name, epoch, xid, position) VALUES ($1, $2, $5, $6)
                  ON CONFLICT (name) DO UPDATE SET xid = excluded.xid, position = excluded.position
                  WHERE c.epoch = $2 AND c.xid = $3 AND c.position = $4
                  """
                : "UPDATE rtt.feed_cursor SET xid = $5, position = $6 WHERE name = $1 AND epoch = $2 AND xid = $3 AND position = $4", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = from.Epoch });
        command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = from.Position.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from.Position.Position });
        command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = to.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to.Position });
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }
}
