using System.Globalization;
using Npgsql;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Storage.Projections;

// Referrals.
public sealed partial class NpgsqlViews
{
    private const string ReferralOrder = "priority, received_at, referral";

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
            (false, true) => " AND status <> 'draft'",
            (false, false) => " AND is_open",
        };
        var sql = $"""
            SELECT priority, received_at, referral, participant, source, source_region, target, target_region, program, cohort, status, holds, sent_at, due_at, decided_at, outcome
            FROM {Schema}.referrals
            WHERE network = $1{query.And(outgoing ? "source =" : "target =", site)}{shown}{after}
            ORDER BY {ReferralOrder} LIMIT {query.Limit}
            """;
        return Read(query, sql, ReferralOrder, ToReferral, row => string.Create(CultureInfo.InvariantCulture, $"{row.Priority} {StoredValues.Text(row.ReceivedAt)} {row.Referral}"), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<FlowRow>> ReferralFlows(string network, string region, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var of = query.Add(region);
        var sql = $"""
            SELECT source_region, target_region, status, outcome, count(*)::integer AS referrals FROM {Schema}.referrals
            WHERE network = $1 AND status <> 'draft' AND (source_region = {of} OR target_region = {of})
            GROUP BY source_region, target_region, status, outcome
            """;
        return Read(query, sql, "source_region, target_region, status, outcome", r => new FlowRow(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4)), _ => "", cancel, all: true);
    }

    private static ReferralRow ToReferral(NpgsqlDataReader r) => new(
        r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), r.GetString(8), r.GetString(9), r.GetString(10), r.GetBoolean(11), r.GetInt32(0),
        StoredValues.ToInstant(r.GetString(1)),
        r.GetString(12) is { Length: > 0 } sent ? StoredValues.ToInstant(sent) : null,
        StoredValues.ToInstant(r.GetString(13)),
        r.GetString(14) is { Length: > 0 } decided ? StoredValues.ToInstant(decided) : null,
        r.GetString(15));
}
