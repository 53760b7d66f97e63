using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Vitals;

/// <summary>How the journal and the projection are, at one moment.</summary>
/// <param name="Head">The journal's last entry; the default of an empty one.</param>
/// <param name="HeadAge">Since its recording; null of an empty journal.</param>
/// <param name="Projected">How far the projection has come.</param>
/// <param name="Behind">The age of the first entry that is not in the projection; zero when none is missing.</param>
/// <param name="IsReadOnly">True of a standby, and of a server that takes no writes.</param>
public sealed record StorageState(FeedPosition Head, TimeSpan? HeadAge, FeedPosition Projected, TimeSpan Behind, bool IsReadOnly);

/// <summary>Seats and cohorts of every network together, by the projection.</summary>
/// <param name="Holds">Seats that are held now.</param>
/// <param name="CohortsAtRisk">Cohorts whose staff does not carry everybody who has a seat.</param>
public sealed record NetworkState(long Holds, long CohortsAtRisk);

/// <summary>Asks the database how it is, with a few probes of indexes and one look at the cohorts that have holds or are at risk.</summary>
public sealed class StorageVitals(StorageDataSources sources, CapacityProjector projector, TimeProvider time)
{
    private const string HeadSql = "SELECT xid, position, recorded_at FROM rtt.journal ORDER BY xid DESC, position DESC LIMIT 1";

    private const string NextSql = "SELECT recorded_at FROM rtt.journal WHERE (xid, position) > ($1, $2) ORDER BY xid, position LIMIT 1";

    /// <summary>Where the journal ends, how far the projection has come, and whether anything can be written at all.</summary>
    public async Task<StorageState> Storage(CancellationToken cancel)
    {
        await using var connection = await sources.Projections.OpenConnectionAsync(cancel);
        var now = time.GetUtcNow();
        FeedPosition head = default;
        TimeSpan? age = null;
        await using (var command = new NpgsqlCommand(HeadSql, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            if (await reader.ReadAsync(cancel)) (head, age) = (new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1)), Since(reader.GetFieldValue<DateTimeOffset>(2), now));
        }
        var projected = (await CursorStore.Read(connection, projector.Schema, cancel)).Position;
        await using var next = new NpgsqlCommand(NextSql, connection);
        next.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = projected.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        next.Parameters.Add(new NpgsqlParameter<long> { TypedValue = projected.Position });
        await using var missing = await next.ExecuteReaderAsync(cancel);
        var behind = await missing.ReadAsync(cancel) ? Since(missing.GetFieldValue<DateTimeOffset>(0), now) : TimeSpan.Zero;
        await missing.DisposeAsync();
        await using var writes = new NpgsqlCommand("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean", connection);
        return new StorageState(head, age, projected, behind, (bool)(await writes.ExecuteScalarAsync(cancel))!);
    }

    /// <summary>Holds and cohorts at risk, among the cohorts that are not over.</summary>
    public async Task<NetworkState> Network(CancellationToken cancel)
    {
        await using var command = sources.Projections.CreateCommand($"""
            SELECT coalesce(sum((SELECT count(*) FROM unnest(holds_until) AS h WHERE h > $1)), 0)::bigint, count(*) FILTER (WHERE at_risk)
            FROM {projector.Schema}.cohorts WHERE last_day >= $2 AND (at_risk OR holds_until <> array[]::text[])
            """);
        var now = NodaTime.Instant.FromDateTimeOffset(time.GetUtcNow());
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = StoredValues.Text(now) });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = StoredValues.Day(CapacityRollUp.Today(now)) });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new NetworkState(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static TimeSpan Since(DateTimeOffset then, DateTimeOffset now) => then < now ? now - then : TimeSpan.Zero;
}
