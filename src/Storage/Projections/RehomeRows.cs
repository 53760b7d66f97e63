using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>The table of plans by which people go elsewhere, and what a batch writes of it: as <see cref="CapacityRows"/> does. Figures only: whose they are stands in the plan.</summary>
internal static class RehomeRows
{
    public const string TablesSql = """
        ;
        CREATE TABLE rehomes
        (
            network      text COLLATE "C" NOT NULL,
            rehome       text COLLATE "C" NOT NULL,
            kind         text             NOT NULL,
            subject      text             NOT NULL,   -- the id of the site, cohort (site.cohort) or facilitator
            room         text             NOT NULL,
            revision     integer          NOT NULL,
            status       text             NOT NULL,
            is_executing boolean          NOT NULL,
            people       integer          NOT NULL,
            placed       integer          NOT NULL,
            moved        integer          NOT NULL,
            refused      integer          NOT NULL,
            skipped      integer          NOT NULL,
            failed       integer          NOT NULL,
            needs_reviewer integer        NOT NULL,
            proposed_at  text COLLATE "C" NOT NULL,
            PRIMARY KEY (network, rehome)
        );

        CREATE INDEX ON rehomes (network, proposed_at, rehome);
        CREATE INDEX ON rehomes (network, rehome) WHERE is_executing
        """;

    private const string RehomesSql = """
        INSERT INTO rehomes (network, rehome, kind, subject, room, revision, status, is_executing, people, placed, moved, refused, skipped, proposed_at, failed, needs_reviewer)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (network, rehome) DO UPDATE SET revision = excluded.revision, status = excluded.status, is_executing = excluded.is_executing, people = excluded.people,
            placed = excluded.placed, moved = excluded.moved, refused = excluded.refused, skipped = excluded.skipped, proposed_at = excluded.proposed_at,
            failed = excluded.failed, needs_reviewer = excluded.needs_reviewer
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<RehomeState>> changes)
    {
        var rows = changes.Where(c => c.After.Cause is not null).ToList();
        RowArrays.Add(batch, rows, RehomesSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Text(rows, r => r.After.Cause!.Kind),
            Text(rows, r => Keys.IdOf(r.After.Cause!.Subject)),
            Text(rows, r => r.After.Cause!.Room),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Revision),
            Text(rows, r => Codes.Kebab(r.After.Status.ToString())),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.IsExecuting),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Items.Length),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Placed),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Count(RehomeItemStatus.Moved)),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Count(RehomeItemStatus.Refused)),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Count(RehomeItemStatus.Skipped)),
            Text(rows, r => StoredValues.Text(r.After.ProposedAt!.Value)),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Count(RehomeItemStatus.Failed)),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Count(RehomeItemStatus.NeedsReviewer))]);
    }
}
