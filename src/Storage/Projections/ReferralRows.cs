using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Referrals;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>The table of referrals, and what a batch writes of it: as <see cref="CapacityRows"/> does. Drafts are the source's alone and in no list of the target's.</summary>
internal static class ReferralRows
{
    public const string TablesSql = """
        ;
        CREATE TABLE referrals
        (
            network       text COLLATE "C" NOT NULL,
            referral      text COLLATE "C" NOT NULL,
            participant   text             NOT NULL,
            source        text COLLATE "C" NOT NULL,
            source_region text COLLATE "C" NOT NULL,
            target        text COLLATE "C" NOT NULL,
            target_region text COLLATE "C" NOT NULL,
            program       text             NOT NULL,
            cohort        text             NOT NULL,   -- site.cohort that is named, or empty
            status        text COLLATE "C" NOT NULL,
            is_open       boolean          NOT NULL,
            holds         boolean          NOT NULL,   -- a seat is held for the person until due_at
            priority      integer          NOT NULL,
            received_at   text COLLATE "C" NOT NULL,   -- the person's first referral: the date that they keep
            sent_at       text COLLATE "C" NOT NULL,   -- empty for a draft
            due_at        text COLLATE "C" NOT NULL,
            decided_at    text             NOT NULL,   -- empty until then
            outcome       text             NOT NULL,
            changed_xid      xid8          NOT NULL,   -- the place in the feed of its last change: for whoever watches
            changed_position bigint        NOT NULL,
            PRIMARY KEY (network, referral)
        );

        CREATE INDEX ON referrals (network, target, priority, received_at, referral) WHERE is_open;
        CREATE INDEX ON referrals (network, source, priority, received_at, referral);
        CREATE INDEX ON referrals (network, target, priority, received_at, referral);
        CREATE INDEX ON referrals (network, source_region, sent_at);
        CREATE INDEX ON referrals (network, target_region, sent_at);
        CREATE INDEX ON referrals (network, changed_xid, changed_position)
        """;

    private const string ReferralsSql = """
        INSERT INTO referrals (network, referral, participant, source, source_region, target, target_region, program, cohort, status, is_open, holds, priority, received_at, sent_at, due_at, decided_at, outcome, changed_xid, changed_position)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT (network, referral) DO UPDATE SET cohort = excluded.cohort, status = excluded.status, is_open = excluded.is_open, holds = excluded.holds, priority = excluded.priority,
            received_at = excluded.received_at, sent_at = excluded.sent_at, due_at = excluded.due_at, decided_at = excluded.decided_at, outcome = excluded.outcome,
            changed_xid = excluded.changed_xid, changed_position = excluded.changed_position
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<ReferralState>> changes)
    {
        var rows = changes.Where(c => c.After.Form is not null).ToList();
        RowArrays.Add(batch, rows, ReferralsSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Text(rows, r => r.After.Form!.Participant),
            Text(rows, r => r.After.Form!.Source),
            Text(rows, r => r.After.Form!.SourceRegion),
            Text(rows, r => r.After.Form!.Target),
            Text(rows, r => r.After.Form!.TargetRegion),
            Text(rows, r => r.After.Form!.Program),
            Text(rows, r => r.After.Form!.Cohort is { Length: > 0 } cohort ? Keys.IdOf(cohort) : ""),
            Text(rows, r => ReferralRules.Code(r.After.Status)),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.IsOpen),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.IsOpen && !r.After.IsWaiting),
            Column(rows, NpgsqlDbType.Integer, r => (int)r.After.Priority),
            Text(rows, r => StoredValues.Text(r.After.Form!.ReceivedAt)),
            Text(rows, r => r.After.SentAt is { } at ? StoredValues.Text(at) : ""),
            Text(rows, r => StoredValues.Text(r.After.Form!.DueAt)),
            Text(rows, r => r.After.DecidedAt is { } at ? StoredValues.Text(at) : ""),
            Text(rows, r => r.After.Outcome),
            Column(rows, NpgsqlDbType.Xid8, r => r.Place.Xid),
            Column(rows, NpgsqlDbType.Bigint, r => r.Place.Position)]);
    }
}
