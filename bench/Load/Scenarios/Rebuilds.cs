using System.Diagnostics;
using NodaTime;
using Npgsql;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;

namespace RttNetwork.Load.Scenarios;

/// <summary>
/// Every projection built anew from a journal of a year, as a silo of newer code builds it: with nothing else to do, and with bookings going on. The product alone: its peer has no
/// journal. Events are those of the domain; an entry has one or more.
/// </summary>
internal static class Rebuilds
{
    /// <summary>There are more events than entries: the full journal has over five million.</summary>
    private const int EntriesQuick = 500_000, EntriesFull = 3_600_000;
    private const int Clients = 64, PeopleOfClient = 1_000, CohortsLive = 1_000;

    /// <summary>Rebuilds with bookings going on, each beside bookings without one.</summary>
    private const int Rounds = 3;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromMinutes(30);

    public static async Task Run(Session session)
    {
        var entries = session.Plan == Plan.Quick ? EntriesQuick : EntriesFull;
        var world = new World("bench", CohortsLive, Past.Cohorts(entries), Clients * PeopleOfClient);
        var pace = new Pace(Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) - Duration.FromDays(365), Duration.FromDays(364) / entries);
        await using var product = new ProductTarget(await session.Cluster("rebuild"), session.KeyFile, "rebuild") { More = new Past(world, entries, pace).Entries(), Pace = pace };
        session.Note($"rebuild: writing a journal of {entries} entries: {world.CohortsInAll} cohorts, and what became of people in a year.");
        var clock = Stopwatch.StartNew();
        await product.Seed(world, session.Cancel);
        session.Note(FormattableString.Invariant($"rebuild: written in {clock.Elapsed.TotalSeconds:F0} s."));
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);

        await using var watch = await Watcher.Open(product, session.Cancel);
        var idle = await watch.Rebuild(session.Cancel);
        session.Note($"rebuild: idle, {idle}");
        session.Result(Measure.AtLeast("rebuild/idle/events-per-second", idle.PerSecond, 50_000));
        session.Result(Measure.Told("rebuild/idle/events", idle.Events));
        session.Result(Measure.Told("rebuild/idle/entries-per-second", idle.Entries / idle.Took.TotalSeconds));
        session.Result(Measure.Told("rebuild/idle/server-us-per-entry", idle.Server.TotalMicroseconds / idle.Entries));
        session.Result(Measure.Told("rebuild/idle/postgres-us-per-entry", idle.Postgres.TotalMicroseconds / idle.Entries));
        session.Result(Measure.Told("rebuild/idle/memory-growth-mb", idle.GrowthBytes / 1e6));
        session.Result(Measure.AtMost("rebuild/idle/longest-transaction-ms", idle.LongestTransaction.TotalMilliseconds, 1_000));

        var cohorts = Enumerable.Range(0, world.Cohorts).Select(world.CohortName).ToArray();
        using var bookings = new ClosedLoop(product.Route(world), Clients, client =>
            new BookAndCancelAnywhere(cohorts, [.. Enumerable.Range(client * PeopleOfClient, PeopleOfClient).Select(world.PersonName)], session.NextSeed()));
        await session.WarmUp("rebuild, bookings", bookings);
        var pairs = new List<(double With, double Without)>();
        var rebuilds = new List<Rebuilt>();
        for (var round = 0; round < Rounds; round++)
        {
            var before = round % 2 == 0 ? await Alone() : 0;
            var rebuilding = watch.Rebuild(session.Cancel);
            await watch.Begun.WaitAsync(Patience, TimeProvider.System, session.Cancel);
            long accepted = 0;
            var seconds = 0.0;
            while (!rebuilding.IsCompleted)
            {
                var window = await session.Run(bookings, session.Plan.WarmWindow);
                (accepted, seconds) = (accepted + window.Tally.Ok, seconds + window.Seconds);
            }
            rebuilds.Add(await rebuilding);
            pairs.Add((accepted / seconds, round % 2 == 0 ? before : await Alone()));
            session.Note(FormattableString.Invariant($"rebuild: {pairs[^1].With:F0} bookings and cancellations a second beside it, {pairs[^1].Without:F0} without; {rebuilds[^1]}"));
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.AtLeast("rebuild/booking/events-per-second", Pairs.Median(rebuilds.Select(r => r.PerSecond)), 20_000));
        session.Result(Measure.Told("rebuild/booking/bookings-with", Pairs.Median(pairs.Select(p => p.With))));
        session.Result(Measure.Told("rebuild/booking/bookings-without", Pairs.Median(pairs.Select(p => p.Without))));
        session.Result(Measure.AtLeast("rebuild/booking/booking-ratio", median, 0.7) with { Interval = (low, high) });
        session.Result(Measure.Told("rebuild/booking/memory-growth-mb", rebuilds.Max(r => r.GrowthBytes) / 1e6));
        session.Result(Measure.AtMost("rebuild/booking/longest-transaction-ms", rebuilds.Max(r => r.LongestTransaction).TotalMilliseconds, 1_000));

        // As long as a rebuild takes, so that what disturbs the machine has as much time to.
        async Task<double> Alone()
        {
            var until = Math.Max(idle.Took.TotalSeconds, session.Plan.Turn.TotalSeconds);
            return (await session.Run(bookings, TimeSpan.FromSeconds(until))).Rate;
        }
    }

    /// <param name="Entries">Of the whole journal, when it was done.</param>
    /// <param name="Events">Of all these entries.</param>
    /// <param name="Server">Processor time meanwhile; of bookings too, when they go on.</param>
    /// <param name="Longest">What the longest transaction did, and what it waited for.</param>
    private sealed record Rebuilt(long Entries, long Events, TimeSpan Took, TimeSpan Server, TimeSpan Postgres, long GrowthBytes, TimeSpan LongestTransaction, string Longest)
    {
        public double PerSecond => Events / Took.TotalSeconds;

        public override string ToString() => FormattableString.Invariant(
            $"{Events} events in {Entries} entries in {Took.TotalSeconds:F1} s, {PerSecond:F0} events/s, processor time for an entry: server {Server.TotalMicroseconds / Entries:F1} us, PostgreSQL {Postgres.TotalMicroseconds / Entries:F1} us; {GrowthBytes / 1e6:F0} MB more at most; the longest transaction seen {LongestTransaction.TotalMilliseconds:F0} ms: {Longest}");
    }

    /// <summary>Has the product's silo build its projection anew, and looks at it from outside meanwhile: at its memory and its transactions.</summary>
    private sealed class Watcher : IAsyncDisposable
    {
        // As if the rows were an older build's. Who leads is cut off, and looks at them when it comes back.
        private const string AgeSql = """
            UPDATE rtt.projection SET fold = fold - 1 WHERE name = 'capacity';
            SELECT pg_terminate_backend(l.pid) FROM pg_locks l, (SELECT hashtextextended('rtt leader projection_capacity', 0) AS h) k
            WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND l.classid = ((k.h >> 32) & 4294967295)::oid AND l.objid = (k.h & 4294967295)::oid
            """;

        // The transactions that have begun since then; those of vacuum hold nothing back.
        private const string LookSql = """
            SELECT EXISTS (SELECT FROM rtt.feed_cursor WHERE name = 'projection_capacity_next'),
                (SELECT rebuilt_at FROM rtt.projection WHERE name = 'capacity'), coalesce(a.seconds, 0)::double precision, coalesce(a.query, '')
            FROM (SELECT) AS one LEFT JOIN (
                SELECT extract(epoch FROM clock_timestamp() - xact_start) AS seconds,
                    concat_ws(' ', split_part(query, E'\n', 1), format('(%s %s %s)', state, wait_event_type, wait_event)) AS query FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start >= $1
                ORDER BY xact_start LIMIT 1) AS a ON true
            """;

        private readonly ProductTarget _product;
        private readonly NpgsqlConnection _connection;
        private TaskCompletionSource _begun = new();

        private Watcher(ProductTarget product, NpgsqlConnection connection) => (_product, _connection) = (product, connection);

        /// <summary>Completes when the rebuild that was asked for last writes its first rows.</summary>
        public Task Begun => _begun.Task;

        public static async Task<Watcher> Open(ProductTarget product, CancellationToken cancel)
        {
            var connection = new NpgsqlConnection(product.ConnectionString + ";Pooling=false");
            await connection.OpenAsync(cancel);
            return new Watcher(product, connection);
        }

        public async Task<Rebuilt> Rebuild(CancellationToken cancel)
        {
            _begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var asked = TimeProvider.System.GetUtcNow().UtcDateTime;
            var (_, last, _, _) = await Look(asked, cancel);
            await using (var age = new NpgsqlCommand(AgeSql, _connection)) await age.ExecuteNonQueryAsync(cancel);
            long begunAt = 0, before = 0, most = 0;
            var (longest, query) = (0.0, "");
            var used = _product.ProcessorTime;
            var given = Stopwatch.StartNew();
            while (given.Elapsed < Patience)
            {
                var (isRunning, rebuiltAt, seconds, doing) = await Look(asked, cancel);
                if (isRunning && begunAt == 0)
                {
                    (begunAt, before, used) = (Stopwatch.GetTimestamp(), _product.ResidentBytes, _product.ProcessorTime);
                    _begun.SetResult();
                }
                if (seconds > longest) (longest, query) = (seconds, doing);
                most = Math.Max(most, _product.ResidentBytes);
                if (rebuiltAt > last)
                {
                    var (took, now) = (Stopwatch.GetElapsedTime(begunAt), _product.ProcessorTime);
                    var (entries, events) = await Count(cancel);
                    return new Rebuilt(entries, events, took, now.Server - used.Server, now.Postgres - used.Postgres, most - before, TimeSpan.FromSeconds(longest), query);
                }
                await Task.Delay(LookEvery, TimeProvider.System, cancel);
            }
            throw new TimeoutException("The projection was not built anew.");
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();

        private async Task<(bool IsRunning, DateTime RebuiltAt, double Seconds, string Doing)> Look(DateTime since, CancellationToken cancel)
        {
            await using var command = new NpgsqlCommand(LookSql, _connection) { Parameters = { new NpgsqlParameter<DateTime> { TypedValue = since } } };
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            return (reader.GetBoolean(0), reader.GetDateTime(1), reader.GetDouble(2), reader.GetString(3));
        }

        private async Task<(long Entries, long Events)> Count(CancellationToken cancel)
        {
            await using var command = new NpgsqlCommand("SELECT count(*), sum((SELECT sum(json_array_length(act -> 'e')) FROM json_array_elements(entry) AS act))::bigint FROM rtt.journal", _connection) { CommandTimeout = 0 };
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            return (reader.GetInt64(0), reader.GetInt64(1));
        }
    }
}
