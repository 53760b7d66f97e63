using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Feed;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// Follows the feed into tables of its own, exactly once: the cursor moves by compare-and-set in the transaction of the
/// rows. Every silo runs it; an advisory lock lets one of them work, and only saves the others the trouble.
/// </summary>
/// <remarks>
/// The tables live in the schema <c>projection_[name]</c>. A rebuild fills <c>projection_[name]_next</c> in short
/// transactions while the old tables serve, and the two change places when the new ones have caught up.
/// </remarks>
public abstract class Projector
{
    private static readonly Meter Meter = new("Rtt");
    private static readonly Histogram<double> Lag = Meter.CreateHistogram<double>("rtt.feed.lag", "s", "From the recording of an entry to its place in a projection", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] });
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HelpsFor = TimeSpan.FromSeconds(10);

    /// <summary>Entries of one transaction of a rebuild: it begins with the fewest, and takes more for as long as it stays short.</summary>
    private const int RebuiltPerStepMin = 64, RebuiltPerStepMax = 4096;

    /// <summary>Streams whose rows one transaction writes at the end of a rebuild, where there are no entries to weigh.</summary>
    private const int RestPerStepMax = 256;

    /// <summary>What they weigh together at most: the entries that make the most rows, of cohorts with all their sessions, are the heaviest.</summary>
    private const int RebuiltBytesPerStepMax = 2 << 20;

    /// <summary>How long a transaction of a rebuild is to be at most. On a busy machine the next is shorter then.</summary>
    private static readonly TimeSpan RebuiltWithin = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a rebuild stands still for those who record something, for each second in which it did not: some two fifths of the time.</summary>
    private const double PauseForOthers = 0.7;

    /// <summary>Attempts at a swap: each waits only a moment for the readers, and for a moment without any the projection is built further.</summary>
    private const int SwapsMax = 1000;

    private readonly NpgsqlDataSource _database;
    private readonly IFeed _feed;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CommitSignal _applied = new();
    private readonly Lock _lock = new();
    private FeedPosition _seen;
    private FeedPosition _stoodAt;
    private long _stoodSince;
    private bool _knowsBehind;
    private DateTimeOffset? _behindSince;

    /// <param name="name">Lower-case letters and underscores: it names the schema and the cursor.</param>
    /// <param name="fold">The version of the tables and of <see cref="Write"/>; raise it with any change of either.</param>
    /// <param name="database">Where the tables are.</param>
    /// <param name="feed">What to follow.</param>
    /// <param name="time">The waits run on this clock.</param>
    /// <param name="logger">Told of failures, which are retried for ever.</param>
    protected Projector(string name, int fold, NpgsqlDataSource database, IFeed feed, TimeProvider time, ILogger logger)
    {
        if (name.Length is 0 or > 40 || !name.All(c => char.IsAsciiLetterLower(c) || c == '_')) throw new ArgumentException("Lower-case letters and underscores.", nameof(name));
        (Name, Fold, _database, _feed, _time, _logger) = (name, fold, database, feed, time, logger);
        _stoodSince = time.GetTimestamp();
        Meter.CreateObservableGauge("rtt.projection.behind", Behind, "s", "The age of the oldest entry that this silo knows of and that is not in its projection; 0 when it knows of none, nothing while it does not know");
    }

    /// <summary>The projection's name.</summary>
    public string Name { get; }

    /// <summary>The version of its code.</summary>
    public int Fold { get; }

    /// <summary>The schema that readers name.</summary>
    public string Schema => $"projection_{Name}";

    /// <summary>Entries of one transaction: it holds the feed back for everyone while it runs, so it stays short.</summary>
    protected virtual int EntriesPerStep => 500;

    /// <summary>
    /// Who has the lock and does nothing, because its process is paused or cut off, is helped by the others after this:
    /// the lock saves work and guards nothing.
    /// </summary>
    protected virtual TimeSpan StandsStillAfter => TimeSpan.FromSeconds(3);

    /// <summary>Creates the tables, named without a schema.</summary>
    protected abstract string CreateTablesSql { get; }

    /// <summary>Told that a rebuild begins: what is made ready from now on is for its own tables, which are empty and which nobody reads yet.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Told that what is made ready next is for the tables that serve, and that others may have written them since the last time.</summary>
    protected virtual Task Resume(NpgsqlConnection connection, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>What can be read and reckoned before the transaction, so that it stays short. The entries may have been seen before.</summary>
    protected virtual Task Ready(NpgsqlConnection connection, IReadOnlyList<FeedEntry> entries, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>
    /// Adds what the entries, which are ready, mean to the commands that one transaction executes; tables are named without a schema. A rebuild makes the
    /// rows of the next entries while these are written: nothing that the commands need may be looked up later.
    /// </summary>
    protected abstract void Write(NpgsqlBatch batch, IReadOnlyList<FeedEntry> entries);

    /// <summary>Of a rebuild, at the end of the feed: adds what <see cref="Write"/> has put off, of at most so many streams; false when there is nothing more.</summary>
    protected virtual bool WriteRest(NpgsqlBatch batch, int max) => false;

    /// <summary>Follows the feed until it is cancelled. Failures are logged and tried again.</summary>
    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await using (var seat = await LeaderLock.TryTake(_database, Schema, cancel))
                {
                    if (seat is not null) await Lead(seat.Connection, cancel);
                }

                await using (var connection = await _database.OpenConnectionAsync(cancel)) await Watch(connection, cancel);
                await _feed.WaitForMore(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                KnowNoBetter();
                _logger.LogError("The projection {Projection} stands still and will be tried again: {Kind} {SqlState}", Name, e.GetType().Name, (e as PostgresException)?.SqlState);
                try
                {
                    await Task.Delay(RetryAfter, _time, cancel);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Returns true when the projection includes a position, false when it still does not after <paramref name="patience"/>.</summary>
    public async ValueTask<bool> WaitFor(FeedPosition position, TimeSpan patience, CancellationToken cancel = default)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var applied = _applied.Next();
            if (Seen() >= position) return true;
            var left = patience - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return false;
            try
            {
                await applied.WaitAsync(left, _time, cancel);
            }
            catch (TimeoutException)
            {
                return Seen() >= position;
            }
        }
    }

    /// <summary>
    /// Creates the projection, or rebuilds it when its code is newer than its rows or a restore has raised the epoch;
    /// false when the rows are of newer code than this: that build has to project.
    /// </summary>
    public async Task<bool> Prepare(NpgsqlConnection connection, CancellationToken cancel)
    {
        var fold = await FoldOfRows(connection, cancel);
        if (fold > Fold) return false;
        var cursor = await CursorStore.Read(connection, Schema, cancel);
        if (fold != Fold || cursor.Epoch != await _feed.Epoch(cancel)) await Rebuild(connection, cancel);
        return true;
    }

    /// <summary>Builds the projection anew, on a connection of its own.</summary>
    /// <exception cref="InvalidOperationException">Another rebuild is running, or the tables were in use for too long.</exception>
    public async Task Rebuild(CancellationToken cancel)
    {
        await using var connection = await _database.OpenConnectionAsync(cancel);
        await Rebuild(connection, cancel);
    }

    /// <summary>Applies the next entries to the tables that serve; false when there were none.</summary>
    public async Task<bool> Step(NpgsqlConnection connection, CancellationToken cancel)
    {
        var cursor = await CursorStore.Read(connection, Schema, cancel);
        Saw(cursor.Position);
        var entries = await _feed.Read(cursor.Position, EntriesPerStep, cancel);
        KnowBehind(entries.IsEmpty ? null : entries[0].RecordedAt);
        if (entries.IsEmpty) return false;

        var to = entries[^1].Position;
        await Resume(connection, cancel);
        await Ready(connection, entries, cancel);
        using var batch = new NpgsqlBatch(connection);
        Write(batch, entries);
        if (!await Commit(connection, Schema, cursor, to, batch, cancel)) return true;
        Lag.Record((_time.GetUtcNow() - entries[^1].RecordedAt).TotalSeconds, new KeyValuePair<string, object?>("projection", Name));
        Saw(to);
        return true;
    }

    /// <summary>Builds the projection anew beside the one that serves, and swaps them. Whoever projects into the serving one may go on.</summary>
    /// <exception cref="InvalidOperationException">Another rebuild is running, or the tables were in use for too long.</exception>
    public async Task Rebuild(NpgsqlConnection connection, CancellationToken cancel)
    {
        var next = Schema + "_next";
        KnowNoBetter();
        await using var seat = await LeaderLock.TryTake(_database, next, cancel) ?? throw new InvalidOperationException($"Another rebuild of {Name} is running.");
        await Execute(connection, $"""
            BEGIN;
            DROP SCHEMA IF EXISTS {next} CASCADE;
            CREATE SCHEMA {next};
            SET LOCAL search_path = {next}, public;
            {CreateTablesSql};
            DELETE FROM rtt.feed_cursor WHERE name = '{next}';
            COMMIT
            """, cancel);
        Begin();
        var swaps = 0;
        do
        {
            if (++swaps > SwapsMax) throw new InvalidOperationException($"The tables of {Name} were in use at every attempt to swap them; the old ones serve on.");
            await Fill(connection, seat.Connection, next, cancel);
            // Queries are planned by what the server knows of the tables, and of new ones it would know nothing for the first minute.
            if (swaps == 1) await Analyze(connection, next, cancel);
        }
        while (!await Swap(connection, next, cancel));
    }

    private async Task Lead(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (!await Prepare(connection, cancel)) return;
        while (true)
        {
            if (!await Step(connection, cancel)) await _feed.WaitForMore(cancel);
        }
    }

    /// <summary>Looks at the work of the one who leads, and helps when it stands still.</summary>
    private async Task Watch(NpgsqlConnection connection, CancellationToken cancel)
    {
        var position = (await CursorStore.Read(connection, Schema, cancel)).Position;
        Saw(position);
        var stands = position == _stoodAt;
        if (stands && _time.GetElapsedTime(_stoodSince) < StandsStillAfter) return;
        if (!stands) KnowBehind(null);                                                           // whoever leads gets on
        (_stoodAt, _stoodSince) = (position, _time.GetTimestamp());
        if (!stands) return;
        if (await FoldOfRows(connection, cancel) != Fold)
        {
            KnowNoBetter();
            return;
        }
        if (!await Step(connection, cancel)) return;
        _logger.LogWarning("The projection {Projection} stood still although there was more: this silo helps.", Name);
        while (_time.GetElapsedTime(_stoodSince) < HelpsFor)
        {
            if (!await Step(connection, cancel)) await _feed.WaitForMore(cancel);
        }
    }

    private async Task<int?> FoldOfRows(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT fold FROM rtt.projection WHERE name = $1", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = Name } } };
        return (int?)await command.ExecuteScalarAsync(cancel);
    }

    private void KnowBehind(DateTimeOffset? since)
    {
        lock (_lock) (_knowsBehind, _behindSince) = (true, since);
    }

    /// <summary>The tables that serve cannot be looked at: that they are well is not said any more, and what they lack grows older.</summary>
    private void KnowNoBetter()
    {
        lock (_lock) _knowsBehind = _behindSince is not null;
    }

    private IEnumerable<Measurement<double>> Behind()
    {
        bool knows;
        DateTimeOffset? since;
        lock (_lock) (knows, since) = (_knowsBehind, _behindSince);
        return !knows ? [] : [new Measurement<double>(since is { } s ? Math.Max(0, (_time.GetUtcNow() - s).TotalSeconds) : 0, new KeyValuePair<string, object?>("projection", Name))];
    }

    /// <summary>
    /// Applies entries to the tables of a rebuild until there are no more. The next ones are read, folded and made into rows, on connections of their own, while
    /// the database writes the rows of the ones before. When others have recorded something meanwhile, they are left alone for a while.
    /// </summary>
    private async Task Fill(NpgsqlConnection connection, NpgsqlConnection aside, string next, CancellationToken cancel)
    {
        var cursor = await CursorStore.Read(connection, next, cancel);
        await using var feed = new ReadAhead(_feed, cursor.Position, cancel);
        var (to, isRead, count) = (cursor.Position, false, RebuiltPerStepMin);
        var recorded = await Recorded(connection, cancel);
        var rows = await RowsOfNext();
        try
        {
            while (rows is { } made)
            {
                var started = _time.GetTimestamp();
                rows = null;
                using var batch = made.Batch;
                var writing = Timed(Commit(connection, next, cursor, made.To, batch, cancel));
                try
                {
                    rows = await RowsOfNext();
                }
                finally
                {
                    await writing;                                                               // the connection is its, until it has ended
                }
                var (moved, took) = await writing;
                if (!moved) throw new InvalidOperationException($"Another rebuild of {Name} is running.");
                cursor = cursor with { Position = made.To };
                count = took > RebuiltWithin ? Math.Max(RebuiltPerStepMin, count / 2) : Math.Min(RebuiltPerStepMax, count * 2);
                var before = recorded;
                recorded = await Recorded(connection, cancel);
                if (recorded != before) await Task.Delay(_time.GetElapsedTime(started) * PauseForOthers, _time, cancel);
            }
        }
        finally
        {
            rows?.Batch.Dispose();
        }

        async Task<(NpgsqlBatch Batch, FeedPosition To)?> RowsOfNext()
        {
            var batch = new NpgsqlBatch(connection);
            if (!isRead && await feed.Take(count, RebuiltBytesPerStepMax) is { IsEmpty: false } entries)
            {
                await Ready(aside, entries, cancel);
                Write(batch, entries);
                to = entries[^1].Position;
                return (batch, to);
            }
            isRead = true;
            if (WriteRest(batch, Math.Min(count, RestPerStepMax))) return (batch, to);
            batch.Dispose();
            return null;
        }

        async Task<(bool Moved, TimeSpan Took)> Timed(Task<bool> commit)
        {
            var started = _time.GetTimestamp();
            return (await commit, _time.GetElapsedTime(started));
        }
    }

    /// <summary>A number that rises with every entry that anybody records.</summary>
    private static async Task<long> Recorded(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT last_value FROM rtt.journal_position_seq", connection);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Writes the rows of a batch and moves the cursor, together; false, with nothing done, when somebody else has moved it.</summary>
    private static async Task<bool> Commit(NpgsqlConnection connection, string schema, FeedCursor cursor, FeedPosition to, NpgsqlBatch batch, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // The cursor first: it keeps rivals out, and a projector that comes too late has done no work.
        if (!await CursorStore.TryMove(connection, schema, cursor, to, cancel)) return false;
        await Execute(connection, $"SET LOCAL search_path = {schema}, public", cancel);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    /// <summary>
    /// Puts the new tables in the place of the old; false when they have not caught up with them, for a reader must not
    /// go back in time, or when the old ones are in use: the swap gives way long before a reader would.
    /// </summary>
    private async Task<bool> Swap(NpgsqlConnection connection, string next, CancellationToken cancel)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await Execute(connection, "SET LOCAL lock_timeout = 200", cancel);
            await Execute(connection, $"SELECT FROM rtt.feed_cursor WHERE name IN ('{Schema}', '{next}') ORDER BY name FOR UPDATE", cancel);
            var serving = await CursorStore.Read(connection, Schema, cancel);
            var built = await CursorStore.Read(connection, next, cancel);
            if (serving.Epoch == built.Epoch && built.Position < serving.Position) return false;

            await Execute(connection, string.Create(CultureInfo.InvariantCulture, $"""
                DROP SCHEMA IF EXISTS {Schema} CASCADE;
                ALTER SCHEMA {next} RENAME TO {Schema};
                DELETE FROM rtt.feed_cursor WHERE name = '{Schema}';
                UPDATE rtt.feed_cursor SET name = '{Schema}' WHERE name = '{next}';
                INSERT INTO rtt.projection (name, fold) VALUES ('{Name}', {Fold})
                ON CONFLICT (name) DO UPDATE SET fold = excluded.fold, rebuilt_at = clock_timestamp()
                """), cancel);
            await transaction.CommitAsync(cancel);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    /// <summary>Each table in a transaction of its own, so that none is long.</summary>
    private static async Task Analyze(NpgsqlConnection connection, string schema, CancellationToken cancel)
    {
        var tables = new List<string>();
        await using (var command = new NpgsqlCommand("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = $1", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = schema } } })
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel)) tables.Add(reader.GetString(0));
        }
        foreach (var table in tables) await Execute(connection, $"ANALYZE {table}", cancel);
    }

    private FeedPosition Seen()
    {
        lock (_lock) return _seen;
    }

    private void Saw(FeedPosition position)
    {
        lock (_lock)
        {
            if (position <= _seen) return;
            _seen = position;
        }

        _applied.Raise();
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
