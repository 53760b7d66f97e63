using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Storage.Projections;

// Referrals.
public sealed partial class NpgsqlViews
{
    private const string ReferralOrder = "priority, received_at, referral";
    private const string ReferralColumns =
        "priority, received_at, referral, participant, source, source_region, target, target_region, program, cohort, status, holds, sent_at, due_at, decided_at, outcome";

    /// <inheritdoc/>
    public ValueTask<Page<ReferralRow>> Referrals(string network, PageRequest page, string? site, bool outgoing, bool ended, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var after = page.After?.Split(' ') is [var priority, var received, var id]
            ? $" AND ({ReferralOrder}) > ({query.Add(int.Parse(priority, CultureInfo.InvariantCulture))}, {query.Add(received)}, {query.Add(id)})"
            : "";
        var shown = (outgoing, ended) switch
        {
            (true, true) => "",
            (true, false) => " AND (is_open OR status = 'draft')",
            // A draft that was withdrawn was never sent, and is the source's alone.
            (false, true) => " AND sent_at <> ''",
            (false, false) => " AND is_open",
        };
        var sql = $"""
            SELECT {ReferralColumns}
            FROM {Schema}.referrals
            WHERE network = $1{query.And(outgoing ? "source =" : "target =", site)}{shown}{after}
            ORDER BY {ReferralOrder} LIMIT {query.Limit}
            """;
        return Read(query, sql, ReferralOrder, ToReferral, row => string.Create(CultureInfo.InvariantCulture, $"{row.Priority} {StoredValues.Text(row.ReceivedAt)} {row.Referral}"), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<ReferralChanges> ReferralChanges(string network, ReferralChangesAsk ask, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var after = ask.After is { } from
            ? $" AND (changed_xid, changed_position) > ({query.Add(from.Xid.ToString(CultureInfo.InvariantCulture))}::xid8, {query.Add(from.Position)})"
            : ask.OpenOnly ? "" : " AND false";
        var open = ask.OpenOnly ? ask.Outgoing ? " AND (is_open OR status = 'draft')" : " AND is_open" : "";
        var sql = $"""
            SELECT r.*, p.epoch, p.xid, p.position
            FROM (SELECT epoch, xid, position FROM rtt.feed_cursor WHERE name = '{Schema}') AS p LEFT JOIN (
                SELECT {ReferralColumns}, is_open, changed_xid, changed_position FROM {Schema}.referrals
                WHERE network = $1{query.And(ask.Outgoing ? "source =" : "target =", ask.Site)}{open}{after}
                ORDER BY changed_xid, changed_position LIMIT {query.Add(ask.Max)}) AS r ON true
            ORDER BY r.changed_xid, r.changed_position
            """;
        var changes = ImmutableArray.CreateBuilder<ReferralChange>();
        var place = default(FeedPlace);
        try
        {
            await using var command = Command(sql);
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                place = new FeedPlace(reader.GetInt32(19), reader.GetFieldValue<ulong>(20), reader.GetInt64(21));
                if (!reader.IsDBNull(2)) changes.Add(new ReferralChange(ToReferral(reader), reader.GetBoolean(16), place with { Xid = reader.GetFieldValue<ulong>(17), Position = reader.GetInt64(18) }));
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // No projector has run yet on this database: nothing has been projected.
        }
        // Of another epoch, or further than the projection is: what came before it here is not what the caller has seen.
        if (ask.After is { } seen && (seen.Epoch != place.Epoch || seen > place)) return new ReferralChanges([], place, More: false, Reset: true);
        var more = changes.Count == ask.Max;
        return new ReferralChanges(changes.DrainToImmutable(), place, more, Reset: false);
    }

    /// <inheritdoc/>
    public async ValueTask<Page<FlowRow>> ReferralFlows(string network, FlowsAsk ask, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var of = query.Add(ask.Region);
        var (when, where) = ("", "");
        var without = ButNot(query, _without, "r.source") + ButNot(query, _without, "r.target");
        if (ask.Period is { } period)
        {
            var days = await Days(query, network, period, cancel);
            when = $"""
                JOIN {Schema}.sites s ON s.network = $1 AND s.site = CASE WHEN r.source_region = {of} THEN r.source ELSE r.target END
                JOIN {days.ByZone} ON d.zone = s.time_zone AND r.sent_at >= d.begins COLLATE "C" AND r.sent_at < d.ends COLLATE "C"
                """;
            where = $" AND r.sent_at >= {days.First} AND r.sent_at < {days.Last}";
        }
        var sql = $"""
            SELECT r.source_region, r.target_region, r.status, r.outcome, count(*)::integer AS referrals FROM {Schema}.referrals r {when}
            WHERE r.network = $1 AND r.sent_at <> ''{where}{without} AND (r.source_region = {of} OR r.target_region = {of})
            GROUP BY r.source_region, r.target_region, r.status, r.outcome
            """;
        return await Read(query, sql, "source_region, target_region, status, outcome", r => new FlowRow(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4)), _ => "", cancel, all: true);
    }

    /// <summary>A period of civil days: when it begins and ends in each zone as the rows d, and the first and the last of these instants. It is NodaTime's to say, and never the database's.</summary>
    private async ValueTask<(string ByZone, string First, string Last)> Days(Query query, string network, DayPeriod period, CancellationToken cancel)
    {
        var days = (await TimeZones(network, null, null, cancel)).Select(id => (Id: id, Zone: DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) ?? DateTimeZone.Utc))
            .Select(z => (z.Id, From: HistoryTicks.EndOf(period.From.PlusDays(-1), z.Zone), Until: HistoryTicks.EndOf(period.To, z.Zone))).ToList();
        var zones = $"unnest({query.Add(days.Select(d => d.Id).ToArray())}, {query.Add(days.Select(d => StoredValues.Text(d.From)).ToArray())}, {query.Add(days.Select(d => StoredValues.Text(d.Until)).ToArray())})";
        return ($"{zones} AS d (zone, begins, ends)", query.Add(StoredValues.Text(days.Select(d => d.From).DefaultIfEmpty(NodaConstants.UnixEpoch).Min())), query.Add(StoredValues.Text(days.Select(d => d.Until).DefaultIfEmpty(NodaConstants.UnixEpoch).Max())));
    }

    private static ReferralRow ToReferral(NpgsqlDataReader r) => new(
        r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), r.GetString(8), r.GetString(9), r.GetString(10), r.GetBoolean(11), r.GetInt32(0),
        StoredValues.ToInstant(r.GetString(1)),
        r.GetString(12) is { Length: > 0 } sent ? StoredValues.ToInstant(sent) : null,
        StoredValues.ToInstant(r.GetString(13)),
        r.GetString(14) is { Length: > 0 } decided ? StoredValues.ToInstant(decided) : null,
        r.GetString(15));
}
