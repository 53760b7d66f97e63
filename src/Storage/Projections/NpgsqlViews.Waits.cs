using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.WaitMetrics;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// Waits (docs/adr/0020).
public sealed partial class NpgsqlViews
{
    /// <summary>Days in each time zone on which some cohort begins: the third that is still to come is among them.</summary>
    private const int StartsMax = 256;

    /// <summary>Columns of a row, after which its place stands.</summary>
    private const int WaitColumnCount = 9;

    /// <inheritdoc/>
    public async ValueTask<WaitsRead> Waits(string network, WaitsAsk ask, string? atLeast, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, atLeast));
        try
        {
            return await ReadWaits(query, WaitsSql(query, ask, now), now, cancel);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            // The tables are not there yet, or are those of the build before: nothing is known, which is not the same as no cases.
            return new WaitsRead([], [], "", null, Behind: true);
        }
    }

    private string WaitsSql(Query query, WaitsAsk ask, Instant now)
    {
        // The second parameter is when it is, for the holds that stand.
        query.Add(StoredValues.Text(now));
        var (from, to, today) = (query.Add(StoredValues.Day(ask.From)), query.Add(StoredValues.Day(ask.To)), query.Add(StoredValues.Day(CapacityRollUp.Today(now))));
        var (site, program) = (ask.Site is { } s ? query.Add(s) : null, ask.Program is { } p ? query.Add(p) : null);
        var region = ask.Region is { } r ? query.Add(r) : null;
        var where = $"{ButNot(query, _without, "c.site")}{(site is null ? "" : $" AND c.site = {site}")}{(program is null ? "" : $" AND c.program = {program}")}";
        var inRegion = region is null ? "" : $" AND c.site IN (SELECT n.site FROM {Schema}.sites n WHERE n.network = $1 AND n.region = {region})";
        // Of the cohorts in which people have seats, only those are looked into that can have begun in the period for somebody.
        return $"""
            SELECT r.*, {PlaceColumns} FROM ({PlaceWithAgeSql}) AS p LEFT JOIN (
                (SELECT 0 AS kind, c.received_on, c.consult_on, c.eligible_on, f.scheduled_on, c.attended_on, c.medicine_on, '' AS zone, c.program
                FROM {Schema}.wait_cases c
                LEFT JOIN {Schema}.pathway_seats s ON s.network = $1 AND s.participant = c.participant AND s.pathway = c.pathway
                LEFT JOIN {Schema}.cohorts k ON k.network = $1 AND k.id = s.cohort AND k.last_day >= {from} AND k.first_day <= {to}
                LEFT JOIN LATERAL (
                    SELECT left(min(x.local_start), 10)::date AS scheduled_on FROM {Schema}.sessions x
                    WHERE x.network = $1 AND x.id = k.id AND NOT x.withdrawn AND x.starts_at >= s.enrolled_at COLLATE "C") AS f ON true
                WHERE c.network = $1 AND c.received_on <= {to}{where}{inRegion}
                    AND (c.consult_on BETWEEN {from} AND {to} OR f.scheduled_on BETWEEN {from} AND {to} OR c.attended_on BETWEEN {from} AND {to} OR c.medicine_on BETWEEN {from} AND {to})
                LIMIT {query.Add(WaitsAsk.CasesMax + 1)})
                UNION ALL
                (SELECT least(count(*), 3)::integer, c.first_day, NULL, NULL, NULL, NULL, NULL, n.time_zone, ''
                FROM {Schema}.cohorts c JOIN {Schema}.sites n ON n.network = $1 AND n.site = c.site
                WHERE c.network = $1 AND c.seat_free AND NOT c.at_risk AND c.intake_closes_at > $2 AND c.first_day >= {today} AND NOT n.hidden
                    AND c.usable - c.booked - ({Held}) > 0{where}{inRegion}
                GROUP BY c.first_day, n.time_zone ORDER BY c.first_day LIMIT {StartsMax})) AS r ON true
            """;
    }

    private async ValueTask<WaitsRead> ReadWaits(Query query, string sql, Instant now, CancellationToken cancel)
    {
        var cases = ImmutableArray.CreateBuilder<WaitDays>();
        var starts = ImmutableArray.CreateBuilder<CohortStart>();
        var place = default(FeedPosition);
        Instant? stale = null;
        await using var command = Command(sql);
        foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        const int at = WaitColumnCount;
        while (await reader.ReadAsync(cancel))
        {
            place = new FeedPosition(reader.GetFieldValue<ulong>(at + 1), reader.GetInt64(at + 2));
            stale = reader.IsDBNull(at + 3) ? null : Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(at + 3));
            if (reader.IsDBNull(0)) continue;
            var many = reader.GetInt32(0);
            if (many == 0) cases.Add(new WaitDays(Day(1)!.Value, Day(2), Day(3), Day(4), Day(5), Day(6)) { Program = reader.GetString(8) });
            // The zone is NodaTime's to apply, never the database's.
            var zone = many == 0 ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(reader.GetString(7)) ?? DateTimeZone.Utc;
            for (var i = 0; i < many; i++) starts.Add(new CohortStart(Day(1)!.Value, now.InZone(zone!).Date));
        }
        // The wait may have been for a projection that a crash of the database has thrown back since: never something older.
        return new WaitsRead(cases.DrainToImmutable(), starts.DrainToImmutable(), Place.ToText(place), stale, Behind: query.AtLeast is { } wanted && place < wanted);

        LocalDate? Day(int column) => reader.IsDBNull(column) ? null : LocalDate.FromDateOnly(reader.GetFieldValue<DateOnly>(column));
    }
}
