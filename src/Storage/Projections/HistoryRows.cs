using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// What cohorts' figures were: the row of each cohort at the end of every tick (<see cref="HistoryTicks"/>) in which it changed. An entry of the feed is in
/// the first tick by which it, and everything before it in the feed, was recorded: so what is true at a tick is the fold of a prefix of the feed, whatever
/// the batches were.
/// </summary>
internal static class HistoryRows
{
    public const string TablesSql = """
        ;
        CREATE TABLE history_cohorts
        (
            network    text COLLATE "C" NOT NULL,
            id         text COLLATE "C" NOT NULL,   -- site.cohort
            site       text COLLATE "C" NOT NULL,
            region     text COLLATE "C" NOT NULL,
            program    text COLLATE "C" NOT NULL,
            seats_min  integer          NOT NULL,
            seats_max  integer          NOT NULL,
            first_tick integer          NOT NULL,   -- minutes since 1970
            begins     integer          NOT NULL,   -- the tick in which its first session begins
            first_day  date             NOT NULL,
            last_day   date             NOT NULL,
            PRIMARY KEY (network, id)
        );

        -- Of all that there ever were, those that were there at a moment and not over.
        CREATE INDEX ON history_cohorts (network, last_day, first_tick);

        -- Of a cohort all but the last, which is its row in cohorts.
        CREATE TABLE history_figures
        (
            network          text COLLATE "C"   NOT NULL,
            id               text COLLATE "C"   NOT NULL,
            tick             integer            NOT NULL,
            usable           integer            NOT NULL,
            booked           integer            NOT NULL,
            holds_until      text[] COLLATE "C" NOT NULL,
            at_risk          boolean            NOT NULL,
            waiting          integer            NOT NULL,
            pods_open        integer[]          NOT NULL,
            risk_weeks       date[]             NOT NULL,
            risk_starts      text[] COLLATE "C" NOT NULL,
            intake_closes_at text COLLATE "C"   NOT NULL,
            PRIMARY KEY (network, id, tick)
        );

        -- Sessions at risk are told by those cohorts that have had one.
        CREATE INDEX ON history_figures (network, id, tick) WHERE cardinality(risk_starts) > 0;

        CREATE VIEW history AS
            SELECT network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at FROM history_figures
            UNION ALL
            SELECT network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at FROM cohorts WHERE appointment = '';

        -- Of each tick in which a cohort changed, the place in the feed of the last change.
        CREATE TABLE history_places
        (
            network  text COLLATE "C" NOT NULL,
            tick     integer          NOT NULL,
            xid      xid8             NOT NULL,
            position bigint           NOT NULL,
            PRIMARY KEY (network, tick)
        );

        -- Weeks change with the calendar alone.
        CREATE TABLE history_weeks
        (
            network         text COLLATE "C"   NOT NULL,
            id              text COLLATE "C"   NOT NULL,
            tick            integer            NOT NULL,
            weeks           date[]             NOT NULL,
            medicine_weeks  date[]             NOT NULL,
            medicine_starts text[] COLLATE "C" NOT NULL,
            medicine_pods   integer[]          NOT NULL,
            PRIMARY KEY (network, id, tick)
        );

        -- One row: the tick of the last entry. No later one is in an earlier tick.
        CREATE TABLE history_clock (tick integer NOT NULL);
        INSERT INTO history_clock VALUES (0)
        """;

    private const string CohortsSql = """
        INSERT INTO history_cohorts (network, id, site, region, program, seats_min, seats_max, begins, first_day, last_day, first_tick)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    // Where a cohort changes in a later tick than before, what it was becomes history. So a tick costs one row of a cohort, however often it changes in it.
    private const string WasSql = """
        INSERT INTO history_figures (network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at)
        SELECT c.network, c.id, c.tick, c.usable, c.booked, c.holds_until, c.at_risk, c.waiting, c.pods_open, c.risk_weeks, c.risk_starts, c.intake_closes_at
        FROM unnest($1, $2, $3) AS r (network, id, tick) JOIN cohorts c ON c.network = r.network AND c.id = r.id
        WHERE c.tick < r.tick
        """;

    // What was so at the end of a tick that a later change has come after before the cohort's row was written.
    private const string BetweenSql = """
        INSERT INTO history_figures (network, id, tick, usable, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at)
        SELECT r.network, r.id, r.tick, r.usable, r.booked, string_to_array(r.holds_until, ','), r.at_risk,
            r.waiting, string_to_array(r.pods_open, ',')::integer[], string_to_array(r.risk_weeks, ',')::date[], string_to_array(r.risk_starts, ','), r.intake_closes_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS r (network, id, tick, usable, bound_by, booked, holds_until, at_risk, waiting,
            pods_open, risk_weeks, risk_starts, intake_closes_at)
        """;

    private const string PlacesSql = """
        INSERT INTO history_places (network, tick, xid, position)
        SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (network, tick) DO UPDATE SET xid = excluded.xid, position = excluded.position
        """;

    private const string WeeksSql = """
        INSERT INTO history_weeks (network, id, tick, weeks, medicine_weeks, medicine_starts, medicine_pods)
        SELECT r.network, r.id, r.tick, string_to_array(r.weeks, ',')::date[], string_to_array(r.medicine_weeks, ',')::date[],
            string_to_array(r.medicine_starts, ','), string_to_array(r.medicine_pods, ',')::integer[]
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS r (network, id, tick, weeks, medicine_weeks, medicine_starts, medicine_pods)
        ON CONFLICT (network, id, tick) DO UPDATE SET weeks = excluded.weeks, medicine_weeks = excluded.medicine_weeks, medicine_starts = excluded.medicine_starts, medicine_pods = excluded.medicine_pods
        """;

    private const string ReadClockSql = $"SELECT tick FROM {CapacityProjector.SchemaName}.history_clock";

    private const string ClockSql = "UPDATE history_clock SET tick = $1 WHERE tick < $1";

    /// <summary>The tick of the last entry that the tables that serve include.</summary>
    public static async Task<int> ReadClock(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(ReadClockSql, connection);
        return (int)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>To be added before the rows of cohorts are written: what they were is history then.</summary>
    public static void Add(NpgsqlBatch batch, StreamFolds<CohortState> folds)
    {
        var opened = folds.Changes.Where(c => c.Before.Plan is null && IsCounted(c.After)).ToList();
        RowArrays.Add(batch, opened, CohortsSql, [
            Text(opened, r => Keys.NetworkOf(r.Stream)),
            Text(opened, r => Keys.IdOf(r.Stream)),
            Text(opened, r => Keys.CohortParts(r.Stream).Site),
            Text(opened, r => r.After.Plan!.Region),
            Text(opened, r => r.After.Plan!.Program),
            Column(opened, NpgsqlDbType.Integer, r => r.After.Plan!.SeatsMin),
            Column(opened, NpgsqlDbType.Integer, r => r.After.Plan!.SeatsMax),
            Column(opened, NpgsqlDbType.Integer, r => HistoryTicks.At(r.After.Plan!.Sessions[0].StartsAt)),
            Column(opened, NpgsqlDbType.Date, r => StoredValues.Day(r.After.Plan!.FirstDay())),
            Column(opened, NpgsqlDbType.Date, r => StoredValues.Day(r.After.Plan!.LastDay())),
            Column(opened, NpgsqlDbType.Integer, r => r.FirstTick)]);
        var changed = folds.Changes.Where(c => c.Before.Plan is not null && IsCounted(c.After)).ToList();
        RowArrays.Add(batch, changed, WasSql, [
            Text(changed, r => Keys.NetworkOf(r.Stream)),
            Text(changed, r => Keys.IdOf(r.Stream)),
            Column(changed, NpgsqlDbType.Integer, r => r.FirstTick)]);
        var over = folds.Over.Where(s => IsCounted(s.State)).ToList();
        RowArrays.Add(batch, over, BetweenSql, [Network(over), Id(over), Tick(over), .. CapacityRows.FiguresOf(over.ConvertAll(r => r.State))]);
        var moved = over.Concat(folds.Last.Where(s => IsCounted(s.State))).Where(r => r.Before.Plan is null || r.Before.Revision != r.State.Revision).ToList();
        RowArrays.Add(batch, moved, WeeksSql, [Network(moved), Id(moved), Tick(moved), .. WeekRows.WeeksOf(moved.ConvertAll(r => r.State))]);
        var places = folds.Touched.Where(s => IsCounted(s.State)).GroupBy(s => (Network: Keys.NetworkOf(s.Stream), s.Tick)).Select(g => (g.Key.Network, g.Key.Tick, Place: g.Max(s => s.Place))).ToList();
        RowArrays.Add(batch, places, PlacesSql, [
            Text(places, p => p.Network),
            Column(places, NpgsqlDbType.Integer, p => p.Tick),
            Column(places, NpgsqlDbType.Xid8, p => p.Place.Xid),
            Column(places, NpgsqlDbType.Bigint, p => p.Place.Position)]);
    }

    /// <param name="tick">The tick of the last entry of the batch.</param>
    public static void AddClock(NpgsqlBatch batch, int tick) =>
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ClockSql) { Parameters = { new NpgsqlParameter<int> { TypedValue = tick } } });

    /// <summary>Appointments are in no figure.</summary>
    private static bool IsCounted(CohortState cohort) => cohort is { Plan: not null, Appointment: null };

    private static NpgsqlParameter<List<string>> Network(List<HistoryStep<CohortState>> rows) => Text(rows, r => Keys.NetworkOf(r.Stream));

    private static NpgsqlParameter<List<string>> Id(List<HistoryStep<CohortState>> rows) => Text(rows, r => Keys.IdOf(r.Stream));

    private static NpgsqlParameter<List<int>> Tick(List<HistoryStep<CohortState>> rows) => Column(rows, NpgsqlDbType.Integer, r => r.Tick);
}
