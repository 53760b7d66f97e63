using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts.Views;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Storage.Feed;

namespace RttNetwork.Storage.Webhooks;

/// <summary>The tables of webhooks.</summary>
public sealed class NpgsqlWebhookOutbox(NpgsqlDataSource database) : IWebhookOutbox
{
    /// <summary>Statements of one round trip.</summary>
    private const int StatementsMax = 500;

    private const string WebhookColumns = "w.network, w.webhook, w.site, w.url, w.types, w.secret_key, w.secret, w.old_key, w.old_secret, w.old_until, w.created_at, w.disabled";

    private const string KeepSql = """
        INSERT INTO rtt.webhook (network, webhook, site, url, types, secret_key, secret, old_key, old_secret, old_until, created_at, disabled)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (network, webhook) DO UPDATE SET secret_key = excluded.secret_key, secret = excluded.secret, old_key = excluded.old_key, old_secret = excluded.old_secret, old_until = excluded.old_until
        """;

    private const string QueueSql = """
        INSERT INTO rtt.webhook_delivery (network, webhook, delivery, type, body, happened_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        """;

    // A few of each: one that has thousands waiting does not push the others out, nor cost more to look at.
    private const string DueSql = $"""
        SELECT {WebhookColumns}, d.delivery, d.body, d.attempts, w.failing
        FROM rtt.webhook w CROSS JOIN LATERAL (
            SELECT delivery, body, attempts, due_at FROM rtt.webhook_delivery
            WHERE network = w.network AND webhook = w.webhook AND failed_at IS NULL AND due_at <= $1
                AND NOT EXISTS (SELECT FROM unnest($4, $5, $6) AS u (network, webhook, delivery) WHERE u.network = w.network AND u.webhook = w.webhook AND u.delivery = webhook_delivery.delivery)
            ORDER BY due_at, delivery LIMIT $2) AS d
        WHERE NOT w.disabled
        ORDER BY w.failing, d.due_at, d.delivery LIMIT $3
        """;

    private const string FailedSql = """
        SELECT d.webhook, d.delivery, d.type, d.body, d.attempts, d.last_result, d.happened_at, d.failed_at
        FROM rtt.webhook_delivery d JOIN rtt.webhook w USING (network, webhook)
        WHERE d.network = $1 AND d.failed_at IS NOT NULL AND ($2::text IS NULL OR w.site = $2)
            AND ($3::timestamptz IS NULL OR (d.failed_at, d.webhook, d.delivery) < ($3, $4, $5))
        ORDER BY d.failed_at DESC, d.webhook DESC, d.delivery DESC LIMIT $6
        """;

    private const string NotDeliveredSql = """
        UPDATE rtt.webhook_delivery SET attempts = $4, last_result = $5, due_at = coalesce($6, due_at), failed_at = CASE WHEN $6 IS NULL THEN $7 END
        WHERE network = $1 AND webhook = $2 AND delivery = $3 AND attempts = $4 - 1 AND failed_at IS NULL
        """;

    private const string FailingSql = "UPDATE rtt.webhook SET failing = $3 WHERE network = $1 AND webhook = $2 AND failing <> $3";

    /// <inheritdoc/>
    public async ValueTask<FollowedSoFar> Load(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var webhooks = ImmutableDictionary.CreateBuilder<string, WebhooksState>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand($"SELECT {WebhookColumns} FROM rtt.webhook w", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
            {
                var (network, webhook) = (reader.GetString(0), ToWebhook(reader));
                var before = webhooks.GetValueOrDefault(network) ?? WebhooksState.Empty;
                webhooks[network] = before with { All = before.All.SetItem(webhook.Id, webhook) };
            }
        }
        var offers = ImmutableArray.CreateBuilder<OpenOffer>();
        await using (var command = new NpgsqlCommand("SELECT cohort, participant, expires_at FROM rtt.webhook_offer", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel)) offers.Add(new OpenOffer(reader.GetString(0), reader.GetString(1), At(reader, 2)));
        }
        return new FollowedSoFar(webhooks.ToImmutable(), offers.DrainToImmutable());
    }

    /// <inheritdoc/>
    public async ValueTask<bool> Write(FeedPosition from, FeedPosition to, ImmutableArray<OutboxChange> changes, bool anew, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var cursor = await CursorStore.Read(connection, WebhookFollower.SeatName, cancel);
        // The cursor first: of two that followed the same entries the other's rows vanish with its move.
        if (cursor.Position != from || !await CursorStore.TryMove(connection, WebhookFollower.SeatName, cursor, to, cancel)) return false;
        if (anew)
        {
            await Execute(connection, "DELETE FROM rtt.webhook", [], cancel);
            await Execute(connection, "DELETE FROM rtt.webhook_offer", [], cancel);
        }
        foreach (var some in changes.Chunk(StatementsMax))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in some.SelectMany(Commands)) batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<DueDelivery>> Due(Instant by, int perWebhookMax, int max, IReadOnlyCollection<DeliveryKey> underWay, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(DueSql, connection)
        {
            Parameters = { Time(by), Value(perWebhookMax), Value(max), Texts([.. underWay.Select(u => u.Network)]), Texts([.. underWay.Select(u => u.Webhook)]), Texts([.. underWay.Select(u => u.Delivery)]) },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = ImmutableArray.CreateBuilder<DueDelivery>();
        while (await reader.ReadAsync(cancel))
        {
            due.Add(new DueDelivery(
                new DeliveryKey(reader.GetString(0), reader.GetString(1), reader.GetString(12)), ToWebhook(reader), reader.GetString(13), reader.GetInt32(14), reader.GetBoolean(15)));
        }
        return due.DrainToImmutable();
    }

    /// <inheritdoc/>
    public async ValueTask Delivered(DeliveryKey key, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Execute(connection, "DELETE FROM rtt.webhook_delivery WHERE network = $1 AND webhook = $2 AND delivery = $3 AND failed_at IS NULL", Names(key), cancel);
        await Execute(connection, FailingSql, [Value(key.Network), Value(key.Webhook), Value(false)], cancel);
    }

    /// <inheritdoc/>
    public async ValueTask NotDelivered(DeliveryKey key, int attempts, string result, Instant now, Instant? dueAt, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Execute(connection, NotDeliveredSql, [.. Names(key), Value(attempts), Value(result), Time(dueAt), Time(now)], cancel);
        await Execute(connection, FailingSql, [Value(key.Network), Value(key.Webhook), Value(true)], cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasFailed(string network, string webhook, string delivery, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand("SELECT FROM rtt.webhook_delivery WHERE network = $1 AND webhook = $2 AND delivery = $3 AND failed_at IS NOT NULL", connection);
        foreach (var parameter in Names(new DeliveryKey(network, webhook, delivery))) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<Page<FailedDeliveryRow>> Failed(string network, string? site, PageRequest page, CancellationToken cancel)
    {
        var (failed, webhook, delivery) = page.After?.Split(' ') is [var ticks, var w, var d]
            ? (Instant.FromUnixTimeTicks(long.Parse(ticks, CultureInfo.InvariantCulture)), w, d)
            : ((Instant?)null, "", "");
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(FailedSql, connection)
        {
            Parameters = { Value(network), Text(site), Time(failed), Value(webhook), Value(delivery), Value(page.Size + 1) },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = ImmutableArray.CreateBuilder<FailedDeliveryRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new FailedDeliveryRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4), reader.GetString(5), At(reader, 6), At(reader, 7)));
        }
        if (rows.Count <= page.Size) return new Page<FailedDeliveryRow>(rows.DrainToImmutable(), null, "", false);
        rows.RemoveAt(page.Size);
        var last = rows[^1];
        return new Page<FailedDeliveryRow>(rows.DrainToImmutable(), string.Create(CultureInfo.InvariantCulture, $"{last.FailedAt.ToUnixTimeTicks()} {last.Webhook} {last.Delivery}"), "", false);
    }

    /// <inheritdoc/>
    public async ValueTask Forget(Instant before, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Execute(connection, "DELETE FROM rtt.webhook_delivery WHERE failed_at < $1", [Time(before)], cancel);
    }

    private static IEnumerable<NpgsqlBatchCommand> Commands(OutboxChange change) => change switch
    {
        WebhookKept(var network, var w) => [Command(KeepSql,
            Value(network), Value(w.Id), Value(w.Site), Value(w.Url), Texts([.. w.Types]), Value(w.Secret.Key), Value(w.Secret.Ciphertext),
            Text(w.OldSecret?.Key), Text(w.OldSecret?.Ciphertext), Time(w.OldUntil), Time(w.CreatedAt), Value(w.IsDisabled))],
        WebhookEnded(var network, var webhook, Disabled: false) => [Command("DELETE FROM rtt.webhook WHERE network = $1 AND webhook = $2", Value(network), Value(webhook))],
        WebhookEnded(var network, var webhook, Disabled: true) =>
        [
            Command("UPDATE rtt.webhook SET disabled = true WHERE network = $1 AND webhook = $2", Value(network), Value(webhook)),
            Command("DELETE FROM rtt.webhook_delivery WHERE network = $1 AND webhook = $2", Value(network), Value(webhook)),
        ],
        OfferStands(var offer) => [Command(
            "INSERT INTO rtt.webhook_offer (cohort, participant, expires_at) VALUES ($1, $2, $3) ON CONFLICT (cohort, participant) DO UPDATE SET expires_at = excluded.expires_at",
            Value(offer.Cohort), Value(offer.Participant), Time(offer.ExpiresAt))],
        OfferIsOver(var cohort, var participant) => [Command("DELETE FROM rtt.webhook_offer WHERE cohort = $1 AND participant = $2", Value(cohort), Value(participant))],
        Queued q => [Command(QueueSql, [.. Names(q.Key), Value(q.Type), Value(q.Body), Time(q.HappenedAt), Time(q.DueAt)])],
        Revived r => [Command(
            "UPDATE rtt.webhook_delivery SET failed_at = NULL, attempts = 0, due_at = $4 WHERE network = $1 AND webhook = $2 AND delivery = $3 AND failed_at IS NOT NULL",
            [.. Names(r.Key), Time(r.DueAt)])],
        _ => throw new InvalidOperationException($"{change.GetType().Name} has no rows."),
    };

    private static Webhook ToWebhook(NpgsqlDataReader r) =>
        new(r.GetString(1), r.GetString(2), r.GetString(3), [.. r.GetFieldValue<string[]>(4)], new SealedSecret(r.GetString(5), r.GetString(6)), At(r, 10))
        {
            OldSecret = r.IsDBNull(7) ? null : new SealedSecret(r.GetString(7), r.GetString(8)),
            OldUntil = r.IsDBNull(9) ? null : At(r, 9),
            IsDisabled = r.GetBoolean(11),
        };

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static NpgsqlParameter[] Names(DeliveryKey key) => [Value(key.Network), Value(key.Webhook), Value(key.Delivery)];
    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };
    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
    private static NpgsqlParameter<string[]> Texts(string[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private static NpgsqlParameter Time(Instant? at) => new() { Value = at is { } value ? value.ToDateTimeUtc() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private static Instant At(NpgsqlDataReader reader, int column) => Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(column));
}
