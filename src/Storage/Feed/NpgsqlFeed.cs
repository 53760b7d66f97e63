using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Feed;

/// <summary>How often followers look for more.</summary>
public sealed record FeedOptions
{
    /// <summary>The shortest time between two looks of one follower: under load it reads many entries at once instead of a few often.</summary>
    public TimeSpan BusyInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest time between two looks, when nothing was committed in this silo.</summary>
    public TimeSpan IdleInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Entries of one read; a follower that asks for more gets these.</summary>
    public int EntriesMax { get; init; } = 4096;

    /// <summary>What is kept of the feed's end for those who follow a little later.</summary>
    public int TailBytesMax { get; init; } = 4 << 20;
}

/// <summary>The journal in the order of (xid, position).</summary>
/// <param name="database">Where the journal is; reads are short.</param>
/// <param name="options">How often to look.</param>
/// <param name="signal">The journal of this silo raises it.</param>
/// <param name="time">The waits run on this clock.</param>
public sealed class NpgsqlFeed(NpgsqlDataSource database, FeedOptions options, CommitSignal signal, TimeProvider time) : IFeed
{
    // Only transactions below the oldest that still runs: no commit can appear any more before what is returned. A
    // transaction that runs long holds the feed back, in whatever database of the server it writes.
    private const string ReadSql = """
        SELECT xid, position, stream, version, recorded_at, entry FROM rtt.journal
        WHERE (xid, position) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, position LIMIT $3
        """;

    private readonly FeedTail _tail = new(options.TailBytesMax);
    private int _epoch;

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel)
    {
        if (_tail.Read(after, max) is { IsEmpty: false } near) return near;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(ReadSql, connection);
        command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = after.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after.Position });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Math.Min(max, options.EntriesMax) });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var entries = ImmutableArray.CreateBuilder<FeedEntry>();
        while (await reader.ReadAsync(cancel))
        {
            entries.Add(new FeedEntry(
                new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1)),
                reader.GetString(2),
                reader.GetInt32(3),
                reader.GetFieldValue<DateTimeOffset>(4),
                EntryCodec.AsWritten(reader.GetFieldValue<byte[]>(5))));
        }

        var read = entries.DrainToImmutable();
        _tail.Add(after, read);
        return read;
    }

    /// <inheritdoc/>
    public async ValueTask WaitForMore(CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        try
        {
            await signal.Next().WaitAsync(options.IdleInterval, time, cancel);
        }
        catch (TimeoutException)
        {
            return;                                                                              // another silo may have committed
        }

        var left = options.BusyInterval - time.GetElapsedTime(started);
        if (left > TimeSpan.Zero) await Task.Delay(left, time, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<int> Epoch(CancellationToken cancel)
    {
        if (_epoch > 0) return _epoch;
        await using var command = database.CreateCommand("SELECT epoch FROM rtt.feed_epoch");
        return _epoch = (int)(await command.ExecuteScalarAsync(cancel))!;
    }
}
