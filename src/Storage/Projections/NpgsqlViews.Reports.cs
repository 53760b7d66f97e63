using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Grains.Units;
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
                CROSS JOIN LATERAL (SELECT h.booked FROM {Schema}.history h WHERE h.network = $1 AND h.id = c.id AND h.tick <= c.begins ORDER BY h.tick DESC LIMIT 1) AS f
                WHERE c.network = $1{ButNot(q, _without, "c.site")} AND c.region = {q.Add(region)} AND c.last_day >= {q.Add(StoredValues.Day(period.From))} AND c.first_day BETWEEN {q.Add(StoredValues.Day(period.From))} AND {q.Add(StoredValues.Day(period.To))}
                GROUP BY c.program ORDER BY c.program
                """,
            r => new CohortsBegun(r.GetString(0), r.GetInt32(1), r.GetInt32(2)));
        var place = await Reached();
        var scores = await Rows(
            new Query(network, One),
            q => $"""
                SELECT s.cohort, m.participant, m.measure, m.point, m.score FROM {Scores}
                JOIN {Schema}.history_cohorts c ON c.network = $1 AND c.id = s.cohort
                WHERE s.network = $1{ButNot(q, _without, "c.site")} AND c.region = {q.Add(region)} AND c.last_day BETWEEN {q.Add(StoredValues.Day(period.From))} AND {q.Add(StoredValues.Day(period.To))}
                """,
            r => (Cohort: r.GetString(0), Score: new CohortScore(r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4))));
        return new RegionFacts(
            Place.ToText(place), [.. jurisdictions], [.. safety], [.. begun], await Risks(network, region, period, place),
            [.. scores.GroupBy(s => s.Cohort, StringComparer.Ordinal).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new CohortScores(c.Key, [.. c.Select(s => s.Score)]))]);

        async Task<List<T>> Rows<T>(Query query, Func<Query, string> sql, Func<NpgsqlDataReader, T> toRow)
        {
            await using var command = Command(sql(query));
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            List<T> rows = [];
            while (await reader.ReadAsync(cancel)) rows.Add(toRow(reader));
            return rows;
        }

        async Task<RiskHistory> Risks(string network, string region, DayPeriod period, FeedPosition place)
        {
            // How a session was cured stands in its cohort's own stream: those are read that had one at risk, up to the place of the rest.
            var entries = await Rows(
                new Query(network, One),
                q => $"""
                    SELECT c.id, s.time_zone, j.recorded_at, j.entry FROM {Schema}.history_cohorts c
                    JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site
                    JOIN rtt.journal j ON j.stream = $1 || '/{Letter}-' || c.id AND (j.xid, j.position) <= ({q.Add(place.Xid.ToString(CultureInfo.InvariantCulture))}::xid8, {q.Add(place.Position)})
                    WHERE c.network = $1{ButNot(q, _without, "c.site")} AND c.region = {q.Add(region)} AND c.last_day >= {q.Add(StoredValues.Day(period.From))} AND c.first_day <= {q.Add(StoredValues.Day(period.To))}
                        AND EXISTS (SELECT FROM {Schema}.history x WHERE x.network = $1 AND x.id = c.id AND cardinality(x.risk_starts) > 0)
                    ORDER BY c.id, j.version
                    """,
                r => (Cohort: r.GetString(0), Zone: r.GetString(1), Recorded: Instant.FromDateTimeOffset(r.GetFieldValue<DateTimeOffset>(2)), Acts: EntryCodec.Read(r.GetFieldValue<byte[]>(3))));
            return entries.GroupBy(s => s.Cohort, StringComparer.Ordinal).Aggregate(RiskHistory.None, (sum, cohort) =>
            {
                var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(cohort.First().Zone) ?? DateTimeZone.Utc;
                return sum.Add(RiskHistory.Of(States(cohort.Select(e => (e.Recorded, e.Acts))), HistoryTicks.EndOf(period.From.PlusDays(-1), zone), HistoryTicks.EndOf(period.To, zone)));
            });
        }

        // By the ticks of the history: what was so at the end of a minute.
        static List<RiskState> States(IEnumerable<(Instant Recorded, ImmutableArray<Act> Acts)> entries)
        {
            var (states, cohort, tick) = (new List<RiskState>(), CohortState.Empty, 0);
            foreach (var (recorded, acts) in entries)
            {
                foreach (var act in acts) cohort = act.Events.Where(e => e is not Fenced).Aggregate(cohort, (state, @event) => state.Apply(@event, act.At));
                tick = Math.Max(tick, HistoryTicks.First(recorded));
                ImmutableArray<Instant> atRisk = cohort.Plan is null ? [] : [.. Cures.AtRisk(cohort).Select(s => s.StartsAt)];
                if (states.Count == 0 ? !atRisk.IsEmpty : !states[^1].AtRisk.AsSpan().SequenceEqual(atRisk.AsSpan()))
                    states.Add(new RiskState(HistoryTicks.ToInstant(tick), atRisk, Remedy.Of(acts.SelectMany(a => a.Events))));
            }
            return states;
        }
    }

    private static PageRequest One => new(1, null, null);
}
