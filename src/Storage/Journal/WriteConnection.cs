using System.Data;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>What came of sending one batch.</summary>
internal enum SendOutcome
{
    /// <summary>The server has committed it.</summary>
    Committed,
    /// <summary>The server has rolled it back: it collided with other rows or locks, which filtering or time may cure.</summary>
    Contended,
    /// <summary>The server has rolled it back: it cannot take the data.</summary>
    BadData,
    /// <summary>The server has rolled it back for a reason of its own: a full disk, a read-only standby, a missing table.</summary>
    Refused,
    /// <summary>There was no connection, and nothing was sent.</summary>
    NotSent,
    /// <summary>It was sent, and whether it is committed is unknown.</summary>
    Lost,
}

/// <summary>What came of sending one batch, the feed position when it was committed, and the server's code when it was not.</summary>
internal readonly record struct SendResult(SendOutcome Outcome, FeedPosition Token = default, string SqlState = "");

/// <summary>
/// One writer's connection: prepared statements and parameter lists that are used again for each batch. A batch is one
/// round trip and one implicit transaction. Not for concurrent use.
/// </summary>
internal sealed class WriteConnection(NpgsqlDataSource database, JournalOptions options, TimeProvider time) : IAsyncDisposable
{
    // No ON CONFLICT on journal and receipts: it would drop single rows and split a unit. No ORDER BY: the lists come
    // sorted, and unnest keeps their order, so two writers take the unique keys in one order.
    // The probe for version n - 1 costs one more descent of an index whose pages the insert needs anyway (measured:
    // within the noise of the commit rate), and without it a skipped version would be acknowledged and make its
    // stream unreadable for ever. No batch holds one stream twice, so the statement's own rows cannot be what it misses.
    // Not EXISTS: the planner may turn that into a hash of the whole journal (seen: 400 ms a batch after an autoanalyze).
    private const string AppendSql = """
        WITH appended AS (
            INSERT INTO rtt.journal (stream, version, entry)
            SELECT a.stream, a.version,
                CASE WHEN a.version = 1 OR (SELECT p.version FROM rtt.journal p WHERE p.stream = a.stream AND p.version = a.version - 1) IS NOT NULL
                    THEN a.entry ELSE rtt.refuse_gap() END
            FROM unnest($1, $2, $3) AS a (stream, version, entry)
            RETURNING position)
        SELECT pg_current_xact_id(), coalesce(max(position), 0) FROM appended
        """;

    private const string ReceiptSql = """
        INSERT INTO rtt.receipt (network, subject, request_id, fingerprint, streams, reply)
        SELECT network, subject, request_id, fingerprint, string_to_array(streams, E'\n'), reply
        FROM unnest($1, $2, $3, $4, $5, $6) AS r (network, subject, request_id, fingerprint, streams, reply)
        """;

    private const string VaultKeySql = """
        INSERT INTO rtt.personal_key (network, subject, wrapped_key, residency_region, governing_nation)
        SELECT network, subject, wrapped_key, nullif(region, ''), nullif(nation, '')
        FROM unnest($1, $2, $3, $4, $5) AS k (network, subject, wrapped_key, region, nation)
        ON CONFLICT (network, subject) DO UPDATE SET
            wrapped_key = excluded.wrapped_key, residency_region = excluded.residency_region, governing_nation = excluded.governing_nation
        """;

    private const string VaultDataSql = """
        INSERT INTO rtt.personal_data (network, subject, ciphertext)
        SELECT * FROM unnest($1, $2, $3)
        ON CONFLICT (network, subject) DO UPDATE SET ciphertext = excluded.ciphertext, changed_at = excluded.changed_at
        """;

    private const string VaultEraseSql = """
        DELETE FROM rtt.personal_key k USING unnest($1, $2) AS e (network, subject)
        WHERE k.network = e.network AND k.subject = e.subject
        """;

    private const string ProbeStreamsSql = """
        SELECT a.place FROM unnest($1, $2) WITH ORDINALITY AS a (stream, version, place)
        WHERE (SELECT j.version FROM rtt.journal j WHERE j.stream = a.stream AND j.version = a.version) IS NOT NULL
           OR (a.version > 1 AND (SELECT p.version FROM rtt.journal p WHERE p.stream = a.stream AND p.version = a.version - 1) IS NULL)
        """;

    private const string ProbeReceiptsSql = """
        SELECT a.place, r.fingerprint, r.streams, r.reply
        FROM unnest($1, $2, $3) WITH ORDINALITY AS a (network, subject, request_id, place)
        JOIN rtt.receipt r ON r.network = a.network AND r.subject = a.subject AND r.request_id = a.request_id
        """;

    private static readonly Comparison<(Append Append, int Unit)> ByStream = (x, y) =>
        string.CompareOrdinal(x.Append.Stream, y.Append.Stream) is not 0 and var order ? order : x.Append.Version.CompareTo(y.Append.Version);

    private static readonly Comparison<(Receipt Receipt, int Unit)> ByKey = (x, y) =>
        string.CompareOrdinal(x.Receipt.Key.Network, y.Receipt.Key.Network) is not 0 and var network ? network
        : string.CompareOrdinal(x.Receipt.Key.Subject, y.Receipt.Key.Subject) is not 0 and var subject ? subject
        : x.Receipt.Key.RequestId.CompareTo(y.Receipt.Key.RequestId);

    private static readonly Comparison<VaultChange> ByPerson = (x, y) =>
        string.CompareOrdinal(x.Network, y.Network) is not 0 and var network ? network : string.CompareOrdinal(x.Subject, y.Subject);

    private readonly List<(Append Append, int Unit)> _appends = [];
    private readonly List<(Receipt Receipt, int Unit)> _receipts = [];
    private readonly List<VaultChange> _vault = [];

    private readonly List<string> _streams = [];
    private readonly List<int> _versions = [];
    private readonly List<ReadOnlyMemory<byte>> _entries = [];
    private readonly List<string> _receiptNetworks = [];
    private readonly List<string> _receiptSubjects = [];
    private readonly List<Guid> _requestIds = [];
    private readonly List<ReadOnlyMemory<byte>> _fingerprints = [];
    private readonly List<string> _receiptStreams = [];
    private readonly List<ReadOnlyMemory<byte>> _replies = [];
    private readonly List<string> _keptNetworks = [];
    private readonly List<string> _keptSubjects = [];
    private readonly List<ReadOnlyMemory<byte>> _wrappedKeys = [];
    private readonly List<string> _regions = [];
    private readonly List<string> _nations = [];
    private readonly List<ReadOnlyMemory<byte>> _ciphertexts = [];
    private readonly List<string> _erasedNetworks = [];
    private readonly List<string> _erasedSubjects = [];

    private NpgsqlConnection? _connection;
    private NpgsqlBatch? _write;
    private NpgsqlBatch? _writeWithVault;
    private NpgsqlBatch? _probe;
    private long _lastHeard;

    /// <summary>Sends the units as one transaction. Never throws for what a database or a network does.</summary>
    public async ValueTask<SendResult> Send(List<WaitingUnit> units)
    {
        if (!await Connect()) return new SendResult(SendOutcome.NotSent);
        Gather(units);
        Fill();
        var batch = _vault.Count > 0 ? _writeWithVault! : _write!;
        try
        {
            FeedPosition token;
            await using (var reader = await batch.ExecuteReaderAsync(CommandBehavior.Default, CancellationToken.None))
            {
                await reader.ReadAsync();
                token = new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1));
                // The commit is after the last statement: its failure arrives when the answer is read to its end.
                while (await reader.NextResultAsync()) { }
            }

            _lastHeard = time.GetTimestamp();
            return new SendResult(SendOutcome.Committed, token);
        }
        catch (PostgresException e) when (e.InvariantSeverity == "ERROR")
        {
            _lastHeard = time.GetTimestamp();
            return new SendResult(Judge(e.SqlState), SqlState: e.SqlState);
        }
        catch (Exception)
        {
            // Whatever else went wrong, the server may have the whole batch and may commit it. FATAL is among these: a
            // server that is told to stop while it waits for its standby has committed already.
            await Disconnect();
            return new SendResult(SendOutcome.Lost);
        }
    }

    /// <summary>
    /// Asks which units cannot be written any more: entry i of <paramref name="verdicts"/> becomes their answer, a
    /// standing receipt before a taken version, and stays null for the others.
    /// </summary>
    /// <returns>False when the database did not answer; nothing is known then.</returns>
    public async ValueTask<bool> Probe(List<WaitingUnit> units, CommitResult?[] verdicts)
    {
        if (!await Connect()) return false;
        Gather(units);
        Fill();
        try
        {
            await using var reader = await _probe!.ExecuteReaderAsync(CommandBehavior.Default, CancellationToken.None);
            while (await reader.ReadAsync())
                verdicts[_appends[(int)reader.GetInt64(0) - 1].Unit] = new CommitResult(CommitOutcome.Conflict);
            await reader.NextResultAsync();
            while (await reader.ReadAsync())
            {
                var (receipt, unit) = _receipts[(int)reader.GetInt64(0) - 1];
                verdicts[unit] = new CommitResult(CommitOutcome.ReceiptExists, Existing: ReceiptRow.Read(reader, receipt.Key, 1));
            }

            _lastHeard = time.GetTimestamp();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            await Disconnect();
            return false;
        }
    }

    public async ValueTask DisposeAsync() => await Disconnect();

    // 23505 unique violation, 40xxx deadlock and serialisation, 55P03 lock timeout, RTT01 our own refusal of a gap.
    private static SendOutcome Judge(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.LockNotAvailable or "RTT01" => SendOutcome.Contended,
        ['4', '0', ..] => SendOutcome.Contended,
        ['2', '2', ..] or ['2', '3', ..] or ['5', '4', ..] => SendOutcome.BadData,
        _ => SendOutcome.Refused,
    };

    private async ValueTask<bool> Connect()
    {
        if (_connection is not null)
        {
            if (time.GetElapsedTime(_lastHeard) < options.IdleBeforePing || await Answers()) return true;
            await Disconnect();
            database.Clear();                                                                     // whatever else waits in the pool is as old
        }

        try
        {
            _connection = await database.OpenConnectionAsync();
            _write = Batch(_connection, withVault: false);
            _writeWithVault = Batch(_connection, withVault: true);
            _probe = ProbeBatch(_connection);
            await _write.PrepareAsync();
            await _writeWithVault.PrepareAsync();
            await _probe.PrepareAsync();
            if (await Answers()) return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nothing of a unit was sent.
        }

        await Disconnect();
        return false;
    }

    private async ValueTask<bool> Answers()
    {
        try
        {
            await using var ping = new NpgsqlCommand("SELECT 1", _connection);
            await ping.ExecuteNonQueryAsync();
            _lastHeard = time.GetTimestamp();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }

    private async ValueTask Disconnect()
    {
        if (_connection is null) return;
        try
        {
            await _connection.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException)
        {
            // It is being given up because it is broken.
        }

        (_connection, _write, _writeWithVault, _probe) = (null, null, null, null);
    }

    private void Gather(List<WaitingUnit> units)
    {
        _appends.Clear();
        _receipts.Clear();
        _vault.Clear();
        for (var i = 0; i < units.Count; i++)
        {
            foreach (var append in units[i].Unit.Appends) _appends.Add((append, i));
            foreach (var receipt in units[i].Unit.Receipts) _receipts.Add((receipt, i));
            _vault.AddRange(units[i].Unit.Vault);
        }

        // Two writers with opposite orders would deadlock: both take rows by stream and version, then receipts by key, then persons.
        _appends.Sort(ByStream);
        _receipts.Sort(ByKey);
        _vault.Sort(ByPerson);
    }

    private void Fill()
    {
        _streams.Clear();
        _versions.Clear();
        _entries.Clear();
        foreach (var (append, _) in _appends)
        {
            _streams.Add(append.Stream);
            _versions.Add(append.Version);
            _entries.Add(append.Entry);
        }

        _receiptNetworks.Clear();
        _receiptSubjects.Clear();
        _requestIds.Clear();
        _fingerprints.Clear();
        _receiptStreams.Clear();
        _replies.Clear();
        foreach (var (receipt, _) in _receipts)
        {
            _receiptNetworks.Add(receipt.Key.Network);
            _receiptSubjects.Add(receipt.Key.Subject);
            _requestIds.Add(receipt.Key.RequestId);
            _fingerprints.Add(receipt.Fingerprint);
            _receiptStreams.Add(receipt.Streams.Length == 1 ? receipt.Streams[0] : string.Join('\n', receipt.Streams.AsSpan()!));
            _replies.Add(receipt.Reply);
        }

        _keptNetworks.Clear();
        _keptSubjects.Clear();
        _wrappedKeys.Clear();
        _regions.Clear();
        _nations.Clear();
        _ciphertexts.Clear();
        _erasedNetworks.Clear();
        _erasedSubjects.Clear();
        foreach (var change in _vault)
        {
            if (change.WrappedKey is { } key)
            {
                _keptNetworks.Add(change.Network);
                _keptSubjects.Add(change.Subject);
                _wrappedKeys.Add(key);
                _regions.Add(change.ResidencyRegion);
                _nations.Add(change.GoverningNation);
                _ciphertexts.Add(change.Ciphertext);
            }
            else
            {
                _erasedNetworks.Add(change.Network);
                _erasedSubjects.Add(change.Subject);
            }
        }
    }

    private NpgsqlBatch Batch(NpgsqlConnection connection, bool withVault)
    {
        var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(AppendSql, Array(_streams, NpgsqlDbType.Text), Array(_versions, NpgsqlDbType.Integer), Array(_entries, NpgsqlDbType.Json)));
        batch.BatchCommands.Add(Command(ReceiptSql,
            Array(_receiptNetworks, NpgsqlDbType.Text), Array(_receiptSubjects, NpgsqlDbType.Text), Array(_requestIds, NpgsqlDbType.Uuid),
            Array(_fingerprints, NpgsqlDbType.Bytea), Array(_receiptStreams, NpgsqlDbType.Text), Array(_replies, NpgsqlDbType.Json)));
        if (!withVault) return batch;
        batch.BatchCommands.Add(Command(VaultKeySql, Array(_keptNetworks, NpgsqlDbType.Text), Array(_keptSubjects, NpgsqlDbType.Text), Array(_wrappedKeys, NpgsqlDbType.Bytea),
            Array(_regions, NpgsqlDbType.Text), Array(_nations, NpgsqlDbType.Text)));
        batch.BatchCommands.Add(Command(VaultDataSql, Array(_keptNetworks, NpgsqlDbType.Text), Array(_keptSubjects, NpgsqlDbType.Text), Array(_ciphertexts, NpgsqlDbType.Bytea)));
        batch.BatchCommands.Add(Command(VaultEraseSql, Array(_erasedNetworks, NpgsqlDbType.Text), Array(_erasedSubjects, NpgsqlDbType.Text)));
        return batch;
    }

    private NpgsqlBatch ProbeBatch(NpgsqlConnection connection)
    {
        var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(ProbeStreamsSql, Array(_streams, NpgsqlDbType.Text), Array(_versions, NpgsqlDbType.Integer)));
        batch.BatchCommands.Add(Command(ProbeReceiptsSql, Array(_receiptNetworks, NpgsqlDbType.Text), Array(_receiptSubjects, NpgsqlDbType.Text), Array(_requestIds, NpgsqlDbType.Uuid)));
        return batch;
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlParameter<List<T>> Array<T>(List<T> values, NpgsqlDbType type) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
}
