using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitMetrics;
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

    private readonly StreamFolds<SiteState> _sites;
    private readonly StreamFolds<CohortState> _cohorts;
    private readonly StreamFolds<FacilitatorState> _facilitators;
    private readonly StreamFolds<ParticipantState> _participants;
    private readonly StreamFolds<ProgramState> _programs;
    private readonly StreamFolds<WaitHistory> _pathways;
    private readonly StreamFolds<SafetyEventState> _safetyEvents;
    private readonly StreamFolds<ReferralState> _referrals;
    private readonly StreamFolds<RehomeState> _rehomes;
    private readonly ImmutableArray<IStreamFolds> _folds;
    private int _tick;

    /// <inheritdoc cref="Projector(string, int, NpgsqlDataSource, IFeed, TimeProvider, ILogger)"/>
    public CapacityProjector(NpgsqlDataSource database, IFeed feed, ProjectionOptions options, TimeProvider time, ILogger<CapacityProjector> logger)
        : base(ProjectionName, CapacityTables.Fold, database, feed, time, logger)
    {
        EntriesPerStep = options.EntriesPerStepMax;
        _sites = new(e => e is SiteOpened or SiteDescribed or LimitedCapacitySet or LimitedCapacityDated or SiteHidden or SiteUnhidden or NationGovernanceSet, options.OthersKeptMax);
        _cohorts = new(e => e is not Fenced, options.CohortsKeptMax, inSteps: true);
        _facilitators = new(e => e is FacilitatorRegistered, options.OthersKeptMax);
        _participants = new(e => e is ParticipantRegistered or ParticipantMatched or AccessGranted or AccessEnded or EligibilitySet or PathwayMoved or PersonalDataErased, options.OthersKeptMax);
        _programs = new(e => e is ProgramVersionPublished, options.OthersKeptMax);
        _pathways = new(
            e => e is PathwayOpened or Transferred or ConsentGiven or ConsentRevoked or MeasureRecorded or SignedOff or ConditionDecided or SessionAttended or CheckedIn, options.OthersKeptMax);
        _safetyEvents = new(e => e is not Fenced, options.OthersKeptMax);
        _referrals = new(e => e is not Fenced, options.OthersKeptMax);
        _rehomes = new(e => e is not Fenced, options.OthersKeptMax);
        _folds = [_sites, _cohorts, _facilitators, _participants, _programs, _pathways, _safetyEvents, _referrals, _rehomes];
    }

    /// <inheritdoc/>
    protected override int EntriesPerStep { get; }

    /// <inheritdoc/>
    protected override string CreateTablesSql => CapacityTables.Sql + WeekRows.TablesSql + OutcomeTables.Sql + ReferralRows.TablesSql + WaitRows.TablesSql + HistoryRows.TablesSql + RehomeRows.TablesSql + DeadlineTables.Sql;

    /// <summary>Folds the entries, reading from the journal what is not in memory.</summary>
    protected override async Task Ready(NpgsqlConnection connection, IReadOnlyList<FeedEntry> entries, CancellationToken cancel)
    {
        foreach (var folds in _folds) folds.Begin();
        _tick = 0;
        foreach (var entry in entries)
        {
            _tick = Math.Max(_tick, HistoryTicks.First(Instant.FromDateTimeOffset(entry.RecordedAt)));
            if (FoldsOf(Keys.KindOf(entry.Stream)) is { } folds) folds.Take(entry.Stream, entry.Version, EntryCodec.Read(entry.Entry.Span), _tick);
        }
        foreach (var chunk in _folds.SelectMany((folds, kind) => folds.Missing().Select(m => (Kind: kind, Missing: m))).Chunk(StreamsPerLoadMax))
            await Load(connection, chunk, cancel);
        foreach (var folds in _folds) folds.Fold();
    }

    /// <inheritdoc/>
    protected override void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(NoWaitSql));
        CapacityRows.AddSites(batch, _sites.Changes);
        HistoryRows.Add(batch, _cohorts.Steps, entries);
        CapacityRows.AddCohorts(batch, _cohorts.Changes);
        HistoryRows.AddClock(batch, _tick);
        CalendarRows.Add(batch, _cohorts.Changes);
        WeekRows.Add(batch, _cohorts.Changes);
        DeadlineRows.Add(batch, _cohorts.Changes);
        CapacityRows.AddFacilitators(batch, _facilitators.Changes);
        CapacityRows.AddParticipants(batch, _participants.Changes);
        CapacityRows.AddPrograms(batch, _programs.Changes);
        OutcomeRows.AddSeats(batch, _participants.Changes);
        OutcomeRows.AddMeasures(batch, _pathways.Changes.Select(c => new Change<PathwayState>(c.Stream, c.Before.Evidence, c.After.Evidence, c.Version, c.Tick)));
        WaitRows.Add(batch, _pathways.Changes);
        OutcomeRows.AddSafetyEvents(batch, _safetyEvents.Changes);
        ReferralRows.Add(batch, _referrals.Changes, entries);
        DeadlineRows.Add(batch, _referrals.Changes);
        RehomeRows.Add(batch, _rehomes.Changes);
    }

    private IStreamFolds? FoldsOf(StreamKind kind) => kind switch
    {
        StreamKind.Site => _sites,
        StreamKind.Cohort => _cohorts,
        StreamKind.Facilitator => _facilitators,
        StreamKind.Participant => _participants,
        StreamKind.Program => _programs,
        StreamKind.Pathway => _pathways,
        StreamKind.SafetyEvent => _safetyEvents,
        StreamKind.Referral => _referrals,
        StreamKind.Rehome => _rehomes,
        _ => null,
    };

    private async ValueTask Load(NpgsqlConnection connection, (int Kind, Missing Missing)[] streams, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(LoadSql, connection);
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Kind));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Text, s => s.Missing.Stream));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Missing.After));
        command.Parameters.Add(Array(streams, NpgsqlDbType.Integer, s => s.Missing.Before));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            _folds[reader.GetInt32(0)].FoldIn(reader.GetString(1), reader.GetInt32(2), EntryCodec.Read(reader.GetFieldValue<byte[]>(3)));
    }
    private static NpgsqlParameter<T[]> Array<T>((int Kind, Missing Missing)[] streams, NpgsqlDbType type, Converter<(int Kind, Missing Missing), T> value) =>
        new() { TypedValue = System.Array.ConvertAll(streams, value), NpgsqlDbType = NpgsqlDbType.Array | type };
}
