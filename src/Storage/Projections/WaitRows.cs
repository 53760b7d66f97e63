using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.WaitMetrics;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>The table of cases that waits are counted from, one row for each pathway, and what a batch writes of it: as <see cref="CapacityRows"/> does.</summary>
internal static class WaitRows
{
    // Days of the site's calendar, made by NodaTime: the database applies no zone. Where the person was scheduled is not here, for plans move: it is read
    // from the sessions of the cohort of their seat (pathway_seats).
    public const string TablesSql = """
        ;
        CREATE TABLE wait_cases
        (
            network     text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            pathway     integer          NOT NULL,   -- which of the person's, from 1
            site        text COLLATE "C" NOT NULL,   -- which leads it
            program     text COLLATE "C" NOT NULL,
            received_on date             NOT NULL,
            consult_on  date,
            eligible_on date,
            attended_on date,
            medicine_on date,
            PRIMARY KEY (network, participant, pathway)
        );

        CREATE INDEX ON wait_cases (network, site, received_on)
        """;

    private const string CasesSql = """
        INSERT INTO wait_cases (network, participant, pathway, site, program, received_on, consult_on, eligible_on, attended_on, medicine_on)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (network, participant, pathway) DO UPDATE SET site = excluded.site, received_on = excluded.received_on, consult_on = excluded.consult_on,
            eligible_on = excluded.eligible_on, attended_on = excluded.attended_on, medicine_on = excluded.medicine_on
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<WaitHistory>> changes)
    {
        var rows = (from c in changes from one in c.After.Cases where !c.Before.Cases.Contains(one) select (c.Stream, Case: one)).ToList();
        RowArrays.Add(batch, rows, CasesSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Column(rows, NpgsqlDbType.Integer, r => r.Case.Pathway),
            Text(rows, r => r.Case.Site),
            Text(rows, r => r.Case.Program),
            Column(rows, NpgsqlDbType.Date, r => StoredValues.Day(r.Case.ReceivedOn)),
            Column(rows, NpgsqlDbType.Date, r => Day(r.Case.ConsultOn)),
            Column(rows, NpgsqlDbType.Date, r => Day(r.Case.EligibleOn)),
            Column(rows, NpgsqlDbType.Date, r => Day(r.Case.AttendedOn)),
            Column(rows, NpgsqlDbType.Date, r => Day(r.Case.MedicineOn))]);
    }

    private static DateOnly? Day(NodaTime.LocalDate? day) => day is { } d ? StoredValues.Day(d) : null;
}
