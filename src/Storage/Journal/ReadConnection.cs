using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// One loader's connection: many streams and many receipts in one round trip, with prepared statements and parameter
/// lists that are used again. Not for concurrent use.
/// </summary>
internal sealed class ReadConnection(NpgsqlDataSource database, JournalOptions options) : IAsyncDisposable
{
    // The entry at the version that the caller holds comes along without its content: when it is not there, the caller
    // holds more than the journal, as after a restore, and must not go on from it.
    private const string LoadSql = """
        SELECT a.place, j.version, j.entry
        FROM unnest($1, $2) WITH ORDINALITY AS a (stream, after, place)
        CROSS JOIN LATERAL (
            SELECT j.version, CASE WHEN j.version > a.after THEN j.entry END AS entry
            FROM rtt.journal j WHERE j.stream = a.stream AND j.version >= a.after
            ORDER BY j.version LIMIT $3 + least(a.after, 1)) AS j
        """;

    private const string FindSql = """
        SELECT a.place, r.fingerprint, r.streams, r.reply
        FROM unnest($1, $2, $3) WITH ORDINALITY AS a (network, subject, request_id, place)
        JOIN rtt.receipt r ON r.network = a.network AND r.subject = a.subject AND r.request_id = a.request_id
        """;

    private readonly List<LoadRequest> _streamRequests = [];
    private readonly List<LoadRequest> _receiptRequests = [];
    private readonly List<string> _streams = [];
    private readonly List<int> _after = [];
    private readonly List<string> _networks = [];
    private readonly List<string> _subjects = [];
    private readonly List<Guid> _requestIds = [];

    private NpgsqlConnection? _connection;
    private NpgsqlBatch? _batch;

    /// <summary>
    /// Reads one page for every request into it. A broken connection is replaced once: reading again is harmless.
    /// </summary>
    /// <exception cref="JournalUnavailableException">The database did not answer.</exception>
    public async ValueTask Read(List<LoadRequest> requests)
    {
        Gather(requests);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (_connection is null) await Connect();
                await Read();
                return;
            }
            catch (PostgresException e) when (e.InvariantSeverity == "ERROR")
            {
                throw new JournalUnavailableException($"The database refused a load ({e.SqlState}).", e);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                await Disconnect();
                if (attempt == 1) database.Clear();                                               // whatever else waits in the pool is as old
                else throw new JournalUnavailableException("The database cannot be reached.", e);
            }
        }
    }

    public async ValueTask DisposeAsync() => await Disconnect();

    private async ValueTask Read()
    {
        foreach (var request in _streamRequests) request.BeginPage();
        await using var reader = await _batch!.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var entry = reader.IsDBNull(2) ? default(ReadOnlyMemory<byte>?) : reader.GetFieldValue<byte[]>(2);
            _streamRequests[(int)reader.GetInt64(0) - 1].AddRow(reader.GetInt32(1), entry);
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            var request = _receiptRequests[(int)reader.GetInt64(0) - 1];
            request.FoundReceipt(ReceiptRow.Read(reader, request.Key, 1));
        }
    }

    private void Gather(List<LoadRequest> requests)
    {
        _streamRequests.Clear();
        _receiptRequests.Clear();
        _streams.Clear();
        _after.Clear();
        _networks.Clear();
        _subjects.Clear();
        _requestIds.Clear();
        foreach (var request in requests)
        {
            if (request.Stream is { } stream)
            {
                _streamRequests.Add(request);
                _streams.Add(stream);
                _after.Add(request.Head);
            }
            else
            {
                _receiptRequests.Add(request);
                _networks.Add(request.Key.Network);
                _subjects.Add(request.Key.Subject);
                _requestIds.Add(request.Key.RequestId);
            }
        }
    }

    private async ValueTask Connect()
    {
        _connection = await database.OpenConnectionAsync();
        _batch = new NpgsqlBatch(_connection);
        var load = new NpgsqlBatchCommand(LoadSql);
        load.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _streams, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        load.Parameters.Add(new NpgsqlParameter<List<int>> { TypedValue = _after, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        load.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.EntriesPerPage, NpgsqlDbType = NpgsqlDbType.Integer });
        var find = new NpgsqlBatchCommand(FindSql);
        find.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _networks, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        find.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _subjects, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        find.Parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = _requestIds, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        _batch.BatchCommands.Add(load);
        _batch.BatchCommands.Add(find);
        await _batch.PrepareAsync();
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

        (_connection, _batch) = (null, null);
    }
}
