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

/// <summary>
/// The tables of webhooks. What waits for a webhook and what was given up is counted in its row, by the statement that changes it: the bound is kept without counting, and
/// a webhook for which nothing waits costs nothing to look at.
/// </summary>
public sealed class NpgsqlWebhookOutbox(NpgsqlDataSource database, WebhookOptions options) : IWebhookOutbox
{
    /// <summary>Statements of one round trip.</summary>
    private const int StatementsMax = 500;

    private const string WebhookColumns = "w.network, w.webhook, w.site, w.url, w.types, w.secret_key, w.secret, w.old_key, w.old_secret, w.old_until, w.created_at, w.disabled";

    private const string KeepSql = """
        INSERT INTO rtt.webhook (network, webhook, site, url, types, secret_key, secret, old_key, old_secret, old_until, created_at, disabled)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (network, webhook) DO UPDATE SET secret_key = excluded.secret_key, secret = excluded.secret, old_key = excluded.old_key, old_secret = excluded.old_secret, old_until = excluded.old_until
        """;

    // What comes for one webhook, in its order: sent, or given up because it is too old or too much waits, or only counted because that list is full too.
    private const string QueueSql = """
        WITH come AS (
            SELECT u.*, w.waiting, w.given_up, count(*) FILTER (WHERE u.given_up_as = '') OVER (ORDER BY u.place) AS nth
            FROM unnest($3, $4, $5, $6, $7) WITH ORDINALITY AS u (delivery, type, body, happened_at, given_up_as, place)
            JOIN rtt.webhook w ON w.network = $1 AND w.webhook = $2 AND NOT w.disabled AND NOT w.deleted
        ), judged AS (
            SELECT *, CASE WHEN given_up_as <> '' THEN given_up_as WHEN waiting + nth > $9 THEN 'backlog' ELSE '' END AS result FROM come
        ), counted AS (
            SELECT *, result <> '' AND given_up + count(*) FILTER (WHERE result <> '') OVER (ORDER BY place) > $10 AS is_dropped FROM judged
        ), told AS (
            INSERT INTO rtt.webhook_delivery (network, webhook, delivery, type, body, happened_at, due_at, last_result, failed_at)
            SELECT $1, $2, delivery, type, body, happened_at, $8, result, CASE WHEN result <> '' THEN $8 END FROM counted WHERE NOT is_dropped
            ON CONFLICT DO NOTHING RETURNING failed_at
        )
        UPDATE rtt.webhook w SET waiting = w.waiting + t.waits, given_up = w.given_up + t.failed, dropped = w.dropped + c.dropped
        FROM (SELECT count(*) FILTER (WHERE failed_at IS NULL) AS waits, count(failed_at) AS failed FROM told) t, (SELECT count(*) FILTER (WHERE is_dropped) AS dropped FROM counted) c
        WHERE network = $1 AND webhook = $2
        """;

    private const string ReviveSql = """
        WITH revived AS (
            UPDATE rtt.webhook_delivery SET failed_at = NULL, attempts = 0, due_at = $4
            WHERE network = $1 AND webhook = $2 AND delivery = $3 AND failed_at IS NOT NULL RETURNING delivery
        )
        UPDATE rtt.webhook SET waiting = waiting + r.rows, given_up = given_up - r.rows FROM (SELECT count(*) AS rows FROM revived) r WHERE network = $1 AND webhook = $2
        """;

    // A few of each: one that has thousands waiting does not push the others out, nor cost more to look at.
    private const string DueSql = $"""
        WITH under_way AS MATERIALIZED (
            SELECT * FROM unnest($5, $6, $7) AS u (network, webhook, delivery)
        ), due AS (
            SELECT {WebhookColumns}, w.slow, w.tried_at, d.delivery, d.body, d.attempts, d.due_at, d.place + p.placed AS rank
            FROM rtt.webhook w
            CROSS JOIN LATERAL (SELECT count(*) AS placed FROM under_way u WHERE u.network = w.network AND u.webhook = w.webhook) p
            CROSS JOIN LATERAL (
                SELECT f.*, row_number() OVER (ORDER BY f.due_at, f.delivery) AS place FROM (
                    SELECT delivery, body, attempts, due_at FROM rtt.webhook_delivery
                    WHERE network = w.network AND webhook = w.webhook AND failed_at IS NULL AND due_at <= $1
                        AND NOT EXISTS (SELECT FROM under_way u WHERE u.network = w.network AND u.webhook = w.webhook AND u.delivery = webhook_delivery.delivery)
                    ORDER BY due_at, delivery LIMIT greatest(0, CASE WHEN w.slow THEN 1 ELSE $2 END - p.placed)) f) d
            WHERE w.waiting > 0 AND NOT w.disabled AND NOT w.deleted
        ), w AS (
            SELECT *, row_number() OVER (PARTITION BY network, slow ORDER BY rank, tried_at NULLS FIRST, due_at, delivery) AS of_network FROM due
        )
        SELECT {WebhookColumns}, w.delivery, w.body, w.attempts, w.slow FROM w
        WHERE of_network <= $3
        ORDER BY rank, tried_at NULLS FIRST, due_at, delivery LIMIT $4
        """;

    // Each webhook's own latest: how many other webhooks of the network have failed does not matter to a site's list.
    private const string FailedSql = """
        SELECT w.webhook, d.delivery, d.type, d.body, d.attempts, d.last_result, d.happened_at, d.failed_at
        FROM rtt.webhook w CROSS JOIN LATERAL (
            SELECT * FROM rtt.webhook_delivery f
            WHERE f.network = w.network AND f.webhook = w.webhook AND f.failed_at IS NOT NULL
                AND ($3::timestamptz IS NULL OR (f.failed_at <= $3 AND (f.failed_at, f.webhook, f.delivery) < ($3, $4, $5)))
            ORDER BY f.failed_at DESC, f.delivery DESC LIMIT $6) d
        WHERE w.network = $1 AND NOT w.deleted AND NOT w.disabled AND ($2::text IS NULL OR w.site = $2)
        ORDER BY d.failed_at DESC, w.webhook DESC, d.delivery DESC LIMIT $6
        """;

    private const string DeliveredSql = """
        WITH gone AS (DELETE FROM rtt.webhook_delivery WHERE network = $1 AND webhook = $2 AND delivery = $3 AND failed_at IS NULL RETURNING delivery)
        UPDATE rtt.webhook SET waiting = waiting - g.rows, slow = $4, tried_at = $5 FROM (SELECT count(*) AS rows FROM gone) g WHERE network = $1 AND webhook = $2
        """;

    private const string NotDeliveredSql = """
        WITH changed AS (
            UPDATE rtt.webhook_delivery SET attempts = $4, last_result = $5, due_at = coalesce($6, due_at), failed_at = CASE WHEN $6 IS NULL THEN $7 END
            WHERE network = $1 AND webhook = $2 AND delivery = $3 AND attempts = $4 - 1 AND failed_at IS NULL RETURNING failed_at
        )
        UPDATE rtt.webhook SET waiting = waiting - c.failed, given_up = given_up + c.failed, slow = true, tried_at = $7
        FROM (SELECT count(failed_at) AS failed FROM changed) c WHERE network = $1 AND webhook = $2
        """;

    private const string BacklogsSql = "SELECT webhook, waiting, given_up, dropped, slow FROM rtt.webhook WHERE network = $1 AND NOT deleted";

    private const string EndedSql = $"""
        WITH chosen AS (
            SELECT w.network, w.webhook, d.delivery
            FROM rtt.webhook w CROSS JOIN LATERAL (SELECT delivery FROM rtt.webhook_delivery WHERE network = w.network AND webhook = w.webhook LIMIT $1) d
            WHERE w.disabled OR w.deleted LIMIT $1
        ), {RemoveSome}
        """;

    private const string OldSql = $"""
        WITH chosen AS (SELECT network, webhook, delivery FROM rtt.webhook_delivery WHERE failed_at < $2 ORDER BY failed_at LIMIT $1
        ), {RemoveSome}
        """;

    private const string RemoveSome = """
        gone AS (
            DELETE FROM rtt.webhook_delivery d USING chosen s WHERE d.network = s.network AND d.webhook = s.webhook AND d.delivery = s.delivery
            RETURNING d.network, d.webhook, d.failed_at
        ), counted AS (
            UPDATE rtt.webhook w SET waiting = w.waiting - g.waits, given_up = w.given_up - g.failed
            FROM (SELECT network, webhook, count(*) FILTER (WHERE failed_at IS NULL) AS waits, count(failed_at) AS failed FROM gone GROUP BY network, webhook) g
            WHERE w.network = g.network AND w.webhook = g.webhook
        )
        SELECT count(*)::integer FROM gone
        """;

    private const string EmptySql = """
        DELETE FROM rtt.webhook w WHERE w.deleted AND NOT EXISTS (SELECT FROM rtt.webhook_delivery d WHERE d.network = w.network AND d.webhook = w.webhook)
        """;

    /// <inheritdoc/>
    public async ValueTask<FollowedSoFar> Load(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var webhooks = ImmutableDictionary.CreateBuilder<string, WebhooksState>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand($"SELECT {WebhookColumns} FROM rtt.webhook w WHERE NOT w.deleted", connection))
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
            // However many rows there are, it takes a moment.
            await Execute(connection, "TRUNCATE rtt.webhook, rtt.webhook_offer, rtt.webhook_delivery", [], cancel);
        }
        foreach (var some in Commands(changes).Chunk(StatementsMax))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in some) batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<DueDelivery>> Due(Instant by, DueMax most, IReadOnlyCollection<DeliveryKey> underWay, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(DueSql, connection)
        {
            Parameters =
            {
                Time(by), Value(most.PerWebhook), Value(most.PerNetwork), Value(most.All),
                Texts([.. underWay.Select(u => u.Network)]), Texts([.. underWay.Select(u => u.Webhook)]), Texts([.. underWay.Select(u => u.Delivery)]),
            },
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
    public async ValueTask Delivered(DeliveryKey key, bool slow, Instant now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Execute(connection, DeliveredSql, [.. Names(key), Value(slow), Time(now)], cancel);
    }

    /// <inheritdoc/>
    public async ValueTask NotDelivered(DeliveryKey key, int attempts, string result, Instant now, Instant? dueAt, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Execute(connection, NotDeliveredSql, [.. Names(key), Value(attempts), Value(result), Time(dueAt), Time(now)], cancel);
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
    public async ValueTask<ImmutableDictionary<string, WebhookBacklog>> Backlogs(string network, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(BacklogsSql, connection) { Parameters = { Value(network) } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var backlogs = ImmutableDictionary.CreateBuilder<string, WebhookBacklog>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel)) backlogs[reader.GetString(0)] = new WebhookBacklog(reader.GetInt32(1), reader.GetInt32(2), reader.GetInt64(3), reader.GetBoolean(4));
        return backlogs.ToImmutable();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> Tidy(Instant givenUpBefore, int max, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var ended = await Remove(connection, EndedSql, [Value(max)], cancel);
        var old = await Remove(connection, OldSql, [Value(max), Time(givenUpBefore)], cancel);
        await Execute(connection, EmptySql, [], cancel);
        return ended == max || old == max;
    }

    /// <summary>Deliveries that come one after the other are one statement for each webhook; every other change is in its place between them.</summary>
    private IEnumerable<NpgsqlBatchCommand> Commands(ImmutableArray<OutboxChange> changes)
    {
        for (var i = 0; i < changes.Length;)
        {
            var queued = changes.Skip(i).TakeWhile(c => c is Queued).Cast<Queued>().ToList();
            foreach (var of in queued.GroupBy(q => (q.Key.Network, q.Key.Webhook))) yield return Queue(of.Key.Network, of.Key.Webhook, [.. of]);
            i += queued.Count;
            if (i < changes.Length)
            {
                foreach (var command in Commands(changes[i++])) yield return command;
            }
        }
    }

    private NpgsqlBatchCommand Queue(string network, string webhook, Queued[] queued) => Command(
        QueueSql,
        Value(network), Value(webhook), Texts([.. queued.Select(q => q.Key.Delivery)]), Texts([.. queued.Select(q => q.Type)]), Texts([.. queued.Select(q => q.Body)]),
        new NpgsqlParameter<DateTime[]> { TypedValue = [.. queued.Select(q => q.HappenedAt.ToDateTimeUtc())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
        Texts([.. queued.Select(q => q.GivenUpAs)]), Time(queued[0].DueAt), Value(options.WaitingMax), Value(options.GivenUpMax));

    private static IEnumerable<NpgsqlBatchCommand> Commands(OutboxChange change) => change switch
    {
        WebhookKept(var network, var w) => [Command(KeepSql,
            Value(network), Value(w.Id), Value(w.Site), Value(w.Url), Texts([.. w.Types]), Value(w.Secret.Key), Value(w.Secret.Ciphertext),
            Text(w.OldSecret?.Key), Text(w.OldSecret?.Ciphertext), Time(w.OldUntil), Time(w.CreatedAt), Value(w.IsDisabled))],
        // Its deliveries go in steps, by the sender: there may be more than one statement has time for.
        WebhookEnded(var network, var webhook, var disabled) => [Command(
            $"UPDATE rtt.webhook SET {(disabled ? "disabled" : "deleted")} = true WHERE network = $1 AND webhook = $2", Value(network), Value(webhook))],
        OfferStands(var offer) => [Command(
            "INSERT INTO rtt.webhook_offer (cohort, participant, expires_at) VALUES ($1, $2, $3) ON CONFLICT (cohort, participant) DO UPDATE SET expires_at = excluded.expires_at",
            Value(offer.Cohort), Value(offer.Participant), Time(offer.ExpiresAt))],
        OfferIsOver(var cohort, var participant) => [Command("DELETE FROM rtt.webhook_offer WHERE cohort = $1 AND participant = $2", Value(cohort), Value(participant))],
        Revived r => [Command(ReviveSql, [.. Names(r.Key), Time(r.DueAt)])],
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

    private static async Task<int> Remove(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return (int)(await command.ExecuteScalarAsync(cancel))!;
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
