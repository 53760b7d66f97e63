using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// Plans by which people go elsewhere.
public sealed partial class NpgsqlViews
{
    private const string RehomeOrder = "proposed_at, rehome";

    /// <inheritdoc/>
    public ValueTask<Page<RehomeRow>> Rehomes(string network, PageRequest page, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var after = page.After?.Split(' ') is [var at, var id] ? $" AND ({RehomeOrder}) > ({query.Add(at)}, {query.Add(id)})" : "";
        var sql = $"""
            SELECT proposed_at, rehome, kind, subject, room, revision, status, people, placed, moved, refused, skipped, failed, needs_reviewer
            FROM {Schema}.rehomes
            WHERE network = $1{after}
            ORDER BY {RehomeOrder} LIMIT {query.Limit}
            """;
        return Read(query, sql, RehomeOrder, r => new RehomeRow(
            r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetString(6), r.GetInt32(7), r.GetInt32(8), r.GetInt32(9), r.GetInt32(10), r.GetInt32(11),
            StoredValues.ToInstant(r.GetString(0)), r.GetInt32(12), r.GetInt32(13)), row => $"{StoredValues.Text(row.ProposedAt)} {row.Rehome}", cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<DestinationRow>> Destinations(string network, string from, string program, Instant now, int max, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var (cohort, of, today, limit) = (query.Add(from), query.Add(program), query.Add(StoredValues.Day(now.InUtc().Date.PlusDays(-1))), query.Add(max));
        var sql = $"""
            SELECT c.id, {Km("o.latitude", "o.longitude")} AS km, c.region <> o.region AS other_region, abs(c.first_day - o.first_day) AS days_apart
            FROM (SELECT c.region, c.first_day, s.latitude, s.longitude FROM {Schema}.cohorts c JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site
                WHERE c.network = $1 AND c.id = {cohort}) AS o
            CROSS JOIN {Schema}.cohorts c JOIN {Schema}.sites n ON n.network = $1 AND n.site = c.site
            WHERE c.network = $1 AND c.program = {of} AND c.seat_free AND c.last_day >= {today} AND c.id <> {cohort} AND NOT n.hidden
            ORDER BY other_region, km NULLS LAST, days_apart, id LIMIT {limit}
            """;
        return (await Read(query, sql, "other_region, km NULLS LAST, days_apart, id", r => new DestinationRow(r.GetString(0), r.IsDBNull(1) ? null : r.GetInt32(1)), _ => "", cancel, all: true)).Rows;
    }
}
