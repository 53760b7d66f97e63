using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// Folds the journal into the tables that lists and searches read (<see cref="NpgsqlViews"/>). A batch is folded in
/// memory, and every row that it changes is written once. The states that the folds start from are kept in memory,
/// bounded, and read from the journal when they are not there: nothing but rows is stored. Not for concurrent use.
/// </summary>
public sealed class CapacityProjector : Projector
{
    /// <summary>The projection's name.</summary>
    public const string ProjectionName = "capacity";

    /// <summary>The schema of its tables, and the name of its cursor.</summary>
    public const string SchemaName = $"projection_{ProjectionName}";

    /// <summary>Streams that are read from the journal with one statement.</summary>
    private const int StreamsPerLoadMax = 256;

    // OFFSET 0: one probe of the index for each stream. Else the planner may hash the whole journal for a few of them (seen: 12 s beside a rebuild).
    private const string LoadSql = """
        SELECT a.kind, a.stream, j.version, j.entry
        FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS a (kind, stream, after, before, place)
        CROSS JOIN LATERAL (
            SELECT j.version, j.entry FROM rtt.journal j
            WHERE j.stream = a.stream AND j.version > a.after AND j.version < a.before OFFSET 0) AS j
        ORDER BY a.place, j.version
        """;

    // What stands here can be made again from the journal, and the cursor goes with it: it need not wait for the disk.
    private const string NoWaitSql = "SET LOCAL synchronous_commit = off";

    private readonly ProjectionOptions _options;
    private CapacityFolds _folds;

    /// <inheritdoc cref="Projector(string, int, NpgsqlDataSource, IFeed, TimeProvider, ILogger)"/>
    public CapacityProjector(NpgsqlDataSource database, IFeed feed, ProjectionOptions options, TimeProvider time, ILogger<CapacityProjector> logger)
        : base(ProjectionName, CapacityTables.Fold, database, feed, time, logger)
    {
        (_options, EntriesPerStep) = (options, options.EntriesPerStepMax);
        _folds = CapacityFolds.OfServing(options);
    }

    /// <inheritdoc/>
    protected override int EntriesPerStep { get; }

    /// <inheritdoc/>
    protected override string CreateTablesSql => CapacityTables.Sql + WeekRows.TablesSql + OutcomeTables.Sql + ReferralRows.TablesSql + WaitRows.TablesSql + HistoryRows.TablesSql + RehomeRows.TablesSql + DeadlineTables.Sql;

    /// <inheritdoc/>
    protected override void Begin() => _folds = CapacityFolds.OfRebuild(_options);

    /// <inheritdoc/>
    protected override async Task Resume(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (_folds.IsOfRebuild) _folds = CapacityFolds.OfServing(_options);
        _folds.Tick = await HistoryRows.ReadClock(connection, cancel);
    }

    /// <summary>Folds the entries, reading from the journal what is not in memory.</summary>
    protected override async Task Ready(NpgsqlConnection connection, IReadOnlyList<FeedEntry> entries, CancellationToken cancel)
    {
        _folds.Take(entries);
        foreach (var chunk in _folds.All.SelectMany((folds, kind) => folds.Missing().Select(m => (Kind: kind, Missing: m))).Chunk(StreamsPerLoadMax))
            await Load(connection, chunk, cancel);
        foreach (var folds in _folds.All) folds.Fold();
    }

    /// <inheritdoc/>
    protected override void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries) => Write(batch);

    /// <inheritdoc/>
    protected override bool WriteRest(NpgsqlBatch batch, int max)
    {
        var left = max;
        foreach (var folds in _folds.All) left -= folds.Rest(left);
        if (left == max) return false;
        Write(batch);
        return true;
    }

    private void Write(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(NoWaitSql));
        CapacityRows.AddSites(batch, _folds.Sites.Changes);
        HistoryRows.Add(batch, _folds.Cohorts);
        CapacityRows.AddCohorts(batch, _folds.Cohorts.Changes);
        HistoryRows.AddClock(batch, _folds.Tick);
        CalendarRows.Add(batch, _folds.Cohorts.Changes);
        WeekRows.Add(batch, _folds.Cohorts.Changes);
        DeadlineRows.Add(batch, _folds.Cohorts.Changes);
        CapacityRows.AddFacilitators(batch, _folds.Facilitators.Changes);
        CapacityRows.AddParticipants(batch, _folds.Participants.Changes);
        CapacityRows.AddPrograms(batch, _folds.Programs.Changes);
        OutcomeRows.AddSeats(batch, _folds.Participants.Changes);
        OutcomeRows.AddMeasures(batch, _folds.Pathways.Changes);
        WaitRows.Add(batch, _folds.Pathways.Changes);
        OutcomeRows.AddSafetyEvents(batch, _folds.SafetyEvents.Changes);
        ReferralRows.Add(batch, _folds.Referrals.Changes);
        DeadlineRows.Add(batch, _folds.Referrals.Changes);
        RehomeRows.Add(batch, _folds.Rehomes.Changes);
    }

    private async ValueTask Load(NpgsqlConnection connection, (int Kind, Missing Missing)[] streams, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(LoadSql, connection);
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Kind));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Text, s => s.Missing.Stream));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Missing.After));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Missing.Before));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            _folds.All[reader.GetInt32(0)].FoldIn(reader.GetString(1), reader.GetInt32(2), EntryCodec.Read(reader.GetFieldValue<byte[]>(3)));
    }

    private static NpgsqlParameter<T[]> Array<T>((int Kind, Missing Missing)[] streams, NpgsqlDbType type, Converter<(int Kind, Missing Missing), T> value) =>
        new() { TypedValue = System.Array.ConvertAll(streams, value), NpgsqlDbType = NpgsqlDbType.Array | type };
}
