using Npgsql;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Feed;

/// <summary>Followers of the feed that are not projections: the lock makes one of them active, the cursor's compare-and-set makes it safe.</summary>
public sealed class NpgsqlFollowers(NpgsqlDataSource database) : IFollowers
{
    /// <inheritdoc/>
    public async ValueTask<IFollower?> TryTake(string name, CancellationToken cancel)
    {
        if (await LeaderLock.TryTake(database, name, cancel) is not { } seat) return null;
        try
        {
            // After a restore the place says nothing any more: begin again, for a repeat changes nothing.
            await using (var forget = new NpgsqlCommand("DELETE FROM rtt.feed_cursor WHERE name = $1 AND epoch <> (SELECT epoch FROM rtt.feed_epoch)", seat.Connection))
            {
                forget.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
                await forget.ExecuteNonQueryAsync(cancel);
            }

            return new Follower(seat, name, await CursorStore.Read(seat.Connection, name, cancel));
        }
        catch
        {
            await seat.DisposeAsync();
            throw;
        }
    }

    private sealed class Follower(LeaderLock seat, string name, FeedCursor cursor) : IFollower
    {
        public FeedPosition Position => cursor.Position;

        public async ValueTask<bool> Stands(CancellationToken cancel)
        {
            try
            {
                await using var ask = new NpgsqlCommand("SELECT 1", seat.Connection);
                return await ask.ExecuteScalarAsync(cancel) is 1;
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
            {
                return false;
            }
        }

        public async ValueTask<bool> MoveTo(FeedPosition position, CancellationToken cancel)
        {
            if (!await CursorStore.TryMove(seat.Connection, name, cursor, position, cancel)) return false;
            cursor = cursor with { Position = position };
            return true;
        }

        public ValueTask DisposeAsync() => seat.DisposeAsync();
    }
}
