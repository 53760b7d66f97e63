using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// Capacity (docs/adr/0018).
public sealed partial class NpgsqlViews
{
    /// <summary>What is recorded for longer and is not projected makes figures stale.</summary>
    private const string StaleAfter = "interval '2 s'";

    // The first entry that is not projected says since when the figures are not true any more; where there is none they are true, however long nothing has happened.
    private const string PlaceWithAgeSql = $"""
        SELECT f.epoch, f.xid, f.position, (
            SELECT j.recorded_at FROM rtt.journal j WHERE (j.xid, j.position) > (f.xid, f.position) ORDER BY j.xid, j.position LIMIT 1) AS waits_since,
            (SELECT (extract(epoch FROM b.rebuilt_at) * 1000000)::bigint FROM rtt.projection b WHERE b.name = '{CapacityProjector.ProjectionName}') AS build
        FROM rtt.feed_cursor f WHERE f.name = '{Schema}'
        """;

    private const string PlaceColumns = $"p.epoch, p.xid, p.position, CASE WHEN p.waits_since < clock_timestamp() - {StaleAfter} THEN p.waits_since END, coalesce(p.build, 0)";

    private const string CapacityColumns =
        "c.id, c.site, c.region, c.program, c.seats_max, c.usable, c.booked, c.holds_until, c.waiting, c.intake_closes_at, c.at_risk, c.last_day, c.pods_open, "
        + "c.risk_weeks, c.risk_starts, w.weeks, w.medicine_weeks, w.medicine_starts, w.medicine_pods";

    private const string CapacityFrom = $"{Schema}.cohorts c JOIN {Schema}.cohort_weeks w ON w.network = $1 AND w.id = c.id";

    /// <summary>The letter of cohorts in the names of streams.</summary>
    private static readonly char Letter = Keys.Cohort("n", "s", "c")[2];

    /// <summary>Columns of a row, after which its place stands.</summary>
    private const int CapacityColumnCount = 19;

    /// <inheritdoc/>
    public async ValueTask<CapacityRead> Capacity(string network, CapacityAsk ask, PageRequest page, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, page);
        // A cohort that is named is shown though it is over.
        var live = ask.Cohort is null ? $" AND c.last_day >= {query.Add(StoredValues.Day(CapacityRollUp.Today(now)))}" : "";
        var which = $"c.network = $1 AND c.appointment = ''{live}{ButNot(query, _without, "c.site")}{query.And("c.region =", ask.Region)}{query.And("c.site =", ask.Site)}{query.And("c.id =", ask.Cohort)}{query.And("c.program =", ask.Program)}{(ask.Week is { } week ? $" AND {query.Add(StoredValues.Day(week))} = ANY (w.weeks)" : "")}";
        // A page is read along its key; what is added up from everywhere is read whole.
        var paged = ask.By switch
        {
            CapacityBy.Cohort => $"{query.And("c.id >", page.After)} ORDER BY c.id LIMIT {query.Limit}",
            CapacityBy.Site => $" AND c.site IN (SELECT DISTINCT c.site FROM {CapacityFrom} WHERE {which}{query.And("c.site >", page.After)} ORDER BY c.site LIMIT {query.Limit})",
            _ => "",
        };
        var sql = $"""
            SELECT r.*, {PlaceColumns} FROM ({PlaceWithAgeSql}) AS p LEFT JOIN (
                SELECT {CapacityColumns} FROM {CapacityFrom}
                WHERE {which}{paged}) AS r ON true
            """;
        try
        {
            var (rows, read) = await ReadCapacity(query, sql, cancel);
            var place = new FeedPosition(read.Place.Xid, read.Place.Position);
            return new CapacityRead(rows, Place.ToText(place), read.StaleSince, Behind: query.AtLeast is { } wanted && place < wanted);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            // The tables are not there yet, or are those of the build before, which serve until these are built: nothing is known, which is not the same as no seats.
            return new CapacityRead([], "", null, Behind: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CapacityChanges> CapacityChanges(string network, CapacityChangesAsk ask, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var today = query.Add(StoredValues.Day(CapacityRollUp.Today(now)));
        if (ask.After is not { } after)
        {
            var page = $"""
                SELECT r.*, {PlaceColumns} FROM ({PlaceWithAgeSql}) AS p LEFT JOIN (
                    SELECT {CapacityColumns} FROM {CapacityFrom}
                    WHERE c.network = $1 AND c.appointment = '' AND c.last_day >= {today}{query.And("c.id >", ask.AfterCohort)}
                    ORDER BY c.id LIMIT {query.Add(CapacityChangesAsk.RowsMax)}) AS r ON true
                ORDER BY r.id
                """;
            var (all, begun) = await ReadCapacity(query, page, cancel);
            return new CapacityChanges(all, begun.Place, More: all.Length == CapacityChangesAsk.RowsMax, Reset: false, begun.StaleSince ?? now, begun.StaleSince, begun.Build);
        }
        var sql = $"""
            WITH {EntriesAfter(query, after)}
            SELECT r.*, {PlaceColumns}, (SELECT count(*)::integer FROM e), l.xid, l.position
            FROM p LEFT JOIN (SELECT e.xid, e.position FROM e ORDER BY e.xid DESC, e.position DESC LIMIT 1) AS l ON true
            LEFT JOIN (
                SELECT {CapacityColumns} FROM ({Named(Letter)}) AS s
                JOIN ({CapacityFrom}) ON c.network = $1 AND c.id = s.id
                WHERE c.appointment = '' AND c.last_day >= {today}) AS r ON true
            """;
        var (rows, read) = await ReadCapacity(query, sql, cancel);
        // Of another epoch or of tables that were built anew since, or further than the projection is: what came before it here is not what the caller has seen.
        if (after.Epoch != read.Place.Epoch || ask.Build != read.Build || after > read.Place) return new CapacityChanges([], read.Place, More: false, Reset: true, read.StaleSince ?? now, read.StaleSince, read.Build);
        var more = read.Entries == CapacityChangesAsk.EntriesMax;
        return new CapacityChanges(rows, more ? read.Last : read.Place, more, Reset: false, read.StaleSince ?? now, read.StaleSince, read.Build);
    }

    /// <summary>
    /// The entries after a place, up to where the projection is. The journal itself names what has changed: the rows of cohorts, which every booking writes,
    /// need no place of their own, nor an index on one.
    /// </summary>
    private static string EntriesAfter(Query query, FeedPlace after) => $"""
        p AS MATERIALIZED ({PlaceWithAgeSql}), e AS MATERIALIZED (
            SELECT n.* FROM p CROSS JOIN LATERAL (
                SELECT j.xid, j.position, j.stream FROM rtt.journal j
                WHERE (j.xid, j.position) > ({query.Add(after.Xid.ToString(CultureInfo.InvariantCulture))}::xid8, {query.Add(after.Position)}) AND (j.xid, j.position) <= (p.xid, p.position)
                ORDER BY j.xid, j.position LIMIT {query.Add(CapacityChangesAsk.EntriesMax)}) AS n)
        """;

    /// <summary>The ids of those streams of a kind that entries name.</summary>
    private static string Named(char letter) => $"SELECT DISTINCT substr(e.stream, length($1) + 4) AS id FROM e WHERE starts_with(e.stream, $1 || '/{letter}-')";

    private async ValueTask<(ImmutableArray<CapacityRow> Rows, CapacityPlace Read)> ReadCapacity(Query query, string sql, CancellationToken cancel)
    {
        var rows = ImmutableArray.CreateBuilder<CapacityRow>();
        var read = default(CapacityPlace);
        await using var command = Command(sql);
        foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            read = ToPlace(reader, CapacityColumnCount);
            if (!reader.IsDBNull(0)) rows.Add(ToCapacity(reader));
        }
        return (rows.DrainToImmutable(), read);
    }

    /// <param name="at">The first of the place's columns.</param>
    private static CapacityPlace ToPlace(NpgsqlDataReader reader, int at)
    {
        var place = new FeedPlace(reader.GetInt32(at), reader.GetFieldValue<ulong>(at + 1), reader.GetInt64(at + 2));
        Instant? stale = reader.IsDBNull(at + 3) ? null : Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(at + 3));
        var read = new CapacityPlace(place, reader.GetInt64(at + 4), stale, 0, place);
        return reader.FieldCount > at + 5 && !reader.IsDBNull(at + 6)
            ? read with { Entries = reader.GetInt32(at + 5), Last = place with { Xid = reader.GetFieldValue<ulong>(at + 6), Position = reader.GetInt64(at + 7) } }
            : read;
    }

    private static CapacityRow ToCapacity(NpgsqlDataReader r)
    {
        return new CapacityRow(
            r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4), r.GetInt32(5), r.GetInt32(6), Instants(7), r.GetInt32(8), StoredValues.ToInstant(r.GetString(9)),
            r.GetBoolean(10), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(11)), [.. r.GetFieldValue<int[]>(12)], Sessions(16, 17, r.GetFieldValue<int[]>(18)), Sessions(13, 14, null), [.. Days(15)]);

        ImmutableArray<Instant> Instants(int column) => [.. r.GetFieldValue<string[]>(column).Select(StoredValues.ToInstant)];
        IEnumerable<LocalDate> Days(int column) => r.GetFieldValue<DateOnly[]>(column).Select(LocalDate.FromDateOnly);
        ImmutableArray<CapacitySession> Sessions(int weeks, int starts, int[]? pods) =>
            [.. Days(weeks).Zip(Instants(starts)).Select((s, i) => new CapacitySession(s.First, s.Second, pods?[i] ?? 0))];
    }

    private readonly record struct CapacityPlace(FeedPlace Place, long Build, Instant? StaleSince, int Entries, FeedPlace Last);
}
