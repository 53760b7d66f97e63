using System.Collections.Immutable;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// What capacity was (docs/adr/0023).
public sealed partial class NpgsqlViews
{
    private const string HistoryColumns =
        "c.id, c.site, c.region, c.program, c.seats_max, f.usable, f.booked, f.holds_until, f.waiting, f.intake_closes_at, f.at_risk, c.last_day, f.pods_open, "
        + "f.risk_weeks, f.risk_starts, w.weeks, w.medicine_weeks, w.medicine_starts, w.medicine_pods";

    /// <inheritdoc/>
    public async ValueTask<HistoryRead> CapacityHistory(string network, CapacityAsk ask, ImmutableArray<HistoryMoment> moments, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var sql = HistorySql(query, ask, moments, _without);
        var rows = ImmutableArray.CreateBuilder<HistoricRow>();
        // Without its tables a projection knows nothing, which is not the same as no seats.
        var read = new HistoryRead([], "", null, Behind: true);
        try
        {
            await using var command = Command(sql);
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            const int at = CapacityColumnCount + 2;
            while (await reader.ReadAsync(cancel))
            {
                read = new HistoryRead(
                    [],
                    reader.IsDBNull(at) ? "" : Place.ToText(new FeedPosition(reader.GetFieldValue<ulong>(at), reader.GetInt64(at + 1))),
                    reader.IsDBNull(at + 2) ? null : HistoryTicks.ToInstant(reader.GetInt32(at + 2)),
                    Behind: reader.GetBoolean(at + 3));
                if (!reader.IsDBNull(0)) rows.Add(new HistoricRow(reader.GetInt32(CapacityColumnCount), HistoryTicks.ToInstant(reader.GetInt32(CapacityColumnCount + 1)), ToCapacity(reader)));
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            return read;
        }
        return read with { Rows = rows.DrainToImmutable() };
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<string>> TimeZones(string network, string? region, string? site, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(PageSizeMax, null, null));
        var sql = $"SELECT DISTINCT time_zone FROM {Schema}.sites WHERE network = $1{query.And("region =", region)}{query.And("site =", site)}";
        return (await Read(query, sql, "time_zone", r => r.GetString(0), zone => zone, cancel, all: true)).Rows;
    }

    /// <summary>A moment reads one row of each cohort that was there and not over, along the keys of the tables, and nothing of the journal.</summary>
    internal static string HistorySql(Query query, CapacityAsk ask, ImmutableArray<HistoryMoment> moments, string[] without)
    {
        var last = HistoryTicks.At(moments.Max(m => m.At));
        var (numbers, zones, ticks, days) = (
            query.Add(moments.Select(m => m.Number).ToArray()),
            query.Add(moments.Select(m => m.TimeZone ?? "").ToArray()),
            query.Add(moments.Select(m => HistoryTicks.At(m.At)).ToArray()),
            query.Add(moments.Select(m => StoredValues.Day(CapacityRollUp.Today(m.At))).ToArray()));
        var (tick, until) = (query.Add(last), query.Add(HistoryTicks.ToInstant(last).ToDateTimeOffset()));
        // A cohort that is named is shown though it is over.
        var live = ask.Cohort is null ? " AND c.last_day >= m.day" : "";
        return $"""
            SELECT r.*, b.xid, b.position, p.begins, coalesce(p.waits_since <= {until}, false) FROM (
                SELECT (SELECT min(h.tick) FROM {Schema}.history_places h WHERE h.network = $1) AS begins, a.waits_since FROM ({PlaceWithAgeSql}) AS a) AS p
            LEFT JOIN (
                SELECT h.xid, h.position FROM {Schema}.history_places h WHERE h.network = $1 AND h.tick <= {tick} ORDER BY h.tick DESC LIMIT 1) AS b ON true
            LEFT JOIN (
                SELECT {HistoryColumns}, m.n, m.tick FROM unnest({numbers}, {zones}, {ticks}, {days}) AS m (n, zone, tick, day)
                JOIN {Schema}.history_cohorts c ON c.network = $1 AND c.first_tick <= m.tick{live}{ButNot(query, without, "c.site")}{query.And("c.region =", ask.Region)}{query.And("c.site =", ask.Site)}{query.And("c.id =", ask.Cohort)}{query.And("c.program =", ask.Program)}
                JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site AND (m.zone = '' OR m.zone = s.time_zone)
                CROSS JOIN LATERAL (SELECT h.* FROM {Schema}.history h WHERE h.network = $1 AND h.id = c.id AND h.tick <= m.tick ORDER BY h.tick DESC LIMIT 1) AS f
                CROSS JOIN LATERAL (SELECT h.* FROM {Schema}.history_weeks h WHERE h.network = $1 AND h.id = c.id AND h.tick <= m.tick ORDER BY h.tick DESC LIMIT 1) AS w) AS r ON true
            """;
    }
}
