using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// What is published of a region (docs/adr/0025).
public sealed partial class NpgsqlViews
{
    /// <inheritdoc/>
    public async ValueTask<RegionFacts> RegionFacts(string network, string region, DayPeriod period, CancellationToken cancel)
    {
        var jurisdictions = await Rows(new Query(network, One), q => $"SELECT DISTINCT jurisdiction FROM {Schema}.sites WHERE network = $1 AND region = {q.Add(region)}", r => r.GetString(0));
        var events = new Query(network, One);
        var days = await Days(events, network, period, cancel);
        var safety = await Rows(
            events,
            q => $"""
                SELECT e.severity, e.reporting, nullif(e.due_on, 'infinity'::date), count(*)::integer FROM {Schema}.safety_events e
                JOIN {Schema}.sites s ON s.network = $1 AND s.site = e.site AND s.region = {q.Add(region)}
                JOIN {days.ByZone} ON d.zone = s.time_zone AND e.recorded_at >= d.begins COLLATE "C" AND e.recorded_at < d.ends COLLATE "C"
                WHERE e.network = $1 AND e.recorded_at >= {days.First} AND e.recorded_at < {days.Last}{ButNot(events, _without, "e.site")}
                GROUP BY e.severity, e.reporting, e.due_on
                """,
            r => new SafetyCount(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(2)), r.GetInt32(3)));
        var begun = await Rows(
            new Query(network, One),
            q => $"""
                SELECT c.program, count(*)::integer, (count(*) FILTER (WHERE f.booked < c.seats_min))::integer FROM {Schema}.history_cohorts c
                CROSS JOIN LATERAL (SELECT h.booked FROM {Schema}.history_figures h WHERE h.network = $1 AND h.id = c.id AND h.tick <= c.begins ORDER BY h.tick DESC LIMIT 1) AS f
                WHERE c.network = $1{ButNot(q, _without, "c.site")} AND c.region = {q.Add(region)} AND c.last_day >= {q.Add(StoredValues.Day(period.From))} AND c.first_day BETWEEN {q.Add(StoredValues.Day(period.From))} AND {q.Add(StoredValues.Day(period.To))}
                GROUP BY c.program ORDER BY c.program
                """,
            r => new CohortsBegun(r.GetString(0), r.GetInt32(1), r.GetInt32(2)));
        var place = await Reached();
        return new RegionFacts(Place.ToText(place), [.. jurisdictions], [.. safety], [.. begun], await Risks(network, region, period));

        async Task<List<T>> Rows<T>(Query query, Func<Query, string> sql, Func<NpgsqlDataReader, T> toRow)
        {
            await using var command = Command(sql(query));
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            List<T> rows = [];
            while (await reader.ReadAsync(cancel)) rows.Add(toRow(reader));
            return rows;
        }

        async Task<RiskHistory> Risks(string network, string region, DayPeriod period)
        {
            var states = await Rows(
                new Query(network, One),
                q => $"""
                    SELECT h.id, s.time_zone, h.tick, h.risk_starts FROM {Schema}.history_cohorts c
                    JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site
                    JOIN {Schema}.history_figures h ON h.network = $1 AND h.id = c.id
                    WHERE c.network = $1{ButNot(q, _without, "c.site")} AND c.region = {q.Add(region)} AND c.last_day >= {q.Add(StoredValues.Day(period.From))} AND c.first_day <= {q.Add(StoredValues.Day(period.To))}
                        AND EXISTS (SELECT FROM {Schema}.history_figures x WHERE x.network = $1 AND x.id = c.id AND cardinality(x.risk_starts) > 0)
                    ORDER BY h.id, h.tick
                    """,
                r => (Cohort: r.GetString(0), Zone: r.GetString(1), State: new RiskState(HistoryTicks.ToInstant(r.GetInt32(2)), [.. r.GetFieldValue<string[]>(3).Select(StoredValues.ToInstant)])));
            return states.GroupBy(s => s.Cohort, StringComparer.Ordinal).Aggregate(default(RiskHistory), (sum, cohort) =>
            {
                var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(cohort.First().Zone) ?? DateTimeZone.Utc;
                return sum.Add(RiskHistory.Of([.. cohort.Select(s => s.State)], HistoryTicks.EndOf(period.From.PlusDays(-1), zone), HistoryTicks.EndOf(period.To, zone)));
            });
        }
    }

    private static PageRequest One => new(1, null, null);
}
