using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.WaitMetrics;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>What a batch writes of safety events, seats on pathways, consents to research and measures: as <see cref="CapacityRows"/> does.</summary>
internal static class OutcomeRows
{
    /// <summary>Stands for "no report is due": after every day that is.</summary>
    public static readonly DateOnly NeverDue = DateOnly.MaxValue;

    private const string SafetySql = """
        INSERT INTO safety_events (network, id, site, event, participant, kind, severity, serious, cohort, session, occurred_at, recorded_at, due_on, unaware, closed, reporting)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (network, id) DO UPDATE SET due_on = excluded.due_on, unaware = excluded.unaware, closed = excluded.closed, reporting = excluded.reporting
        """;

    private const string SeatsSql = """
        INSERT INTO pathway_seats (network, participant, pathway, cohort, enrolled_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (network, participant, pathway) DO UPDATE SET cohort = excluded.cohort, enrolled_at = excluded.enrolled_at
        """;

    private const string ErasedSql = """
        INSERT INTO erased_people (network, participant) SELECT * FROM unnest($1, $2)
        ON CONFLICT (network, participant) DO NOTHING
        """;

    private const string ConsentsSql = """
        INSERT INTO research_consents (network, participant, given)
        SELECT * FROM unnest($1, $2, $3)
        ON CONFLICT (network, participant) DO UPDATE SET given = excluded.given
        """;

    private const string CorrectedSql = """
        DELETE FROM measure_results m USING unnest($1, $2, $3, $4) AS r (network, participant, pathway, record)
        WHERE m.network = r.network AND m.participant = r.participant AND m.pathway = r.pathway AND m.record = r.record
        """;

    private const string ResultsSql = """
        INSERT INTO measure_results (network, participant, pathway, record, site, program, time_zone, measure, point, score, taken_on)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (network, participant, pathway, record) DO NOTHING
        """;

    public static void AddSafetyEvents(NpgsqlBatch batch, IEnumerable<Change<SafetyEventState>> changes)
    {
        var rows = changes.Where(c => c.After.Recorded is not null).ToList();
        Add(batch, rows, SafetySql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Text(rows, r => Keys.SafetyEventParts(r.Stream).Site),
            Text(rows, r => Keys.SafetyEventParts(r.Stream).Event),
            Text(rows, r => r.After.Recorded!.Participant),
            Text(rows, r => r.After.Recorded!.Kind),
            Text(rows, r => r.After.Recorded!.Severity),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.Recorded!.IsSerious),
            Text(rows, r => r.After.Recorded!.Cohort is { Length: > 0 } cohort ? Keys.IdOf(cohort) : ""),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Recorded!.Session),
            Text(rows, r => StoredValues.Text(r.After.Recorded!.OccurredAt)),
            Text(rows, r => StoredValues.Text(r.After.RecordedAt)),
            Column(rows, NpgsqlDbType.Date, r => r.After.DueOn is { } due ? StoredValues.Day(due) : NeverDue),
            Text(rows, r => string.Join(',', Notified.All.Where(n => r.After.Acknowledged.All(a => a.As != n)))),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.Closed is not null),
            Text(rows, r => r.After.ReportingStanding)]);
    }

    /// <summary>Where a person has, or had, a seat on their pathway, and since when.</summary>
    public static void AddSeats(NpgsqlBatch batch, IEnumerable<Change<ParticipantState>> changes)
    {
        var people = changes.ToList();
        var rows = (from c in people from seat in c.After.PathwaySeats where !c.Before.PathwaySeats.Contains(seat) select (c.Stream, Seat: seat)).ToList();
        Add(batch, rows, SeatsSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Column(rows, NpgsqlDbType.Integer, r => r.Seat.Pathway),
            Text(rows, r => r.Seat.Cohort is { } cohort ? Keys.IdOf(cohort) : ""),
            Text(rows, r => StoredValues.Text(r.Seat.EnrolledAt))]);
        var erased = people.Where(c => c.After.PersonalDataErased).ToList();
        Add(batch, erased, ErasedSql, [Text(erased, r => Keys.NetworkOf(r.Stream)), Text(erased, r => Keys.IdOf(r.Stream))]);
    }

    public static void AddMeasures(NpgsqlBatch batch, IEnumerable<Change<WaitHistory>> changes)
    {
        var people = changes.Select(c => (c.Stream, Before: c.Before.Evidence, After: c.After.Evidence)).Where(c => c.After.Opened is not null).ToList();
        var consents = people.Where(c => c.Before.Opened is null || Consents(c.Before) != Consents(c.After)).ToList();
        Add(batch, consents, ConsentsSql, [
            Text(consents, r => Keys.NetworkOf(r.Stream)),
            Text(consents, r => Keys.IdOf(r.Stream)),
            Column(consents, NpgsqlDbType.Boolean, r => Consents(r.After))]);
        // Only what is new: a person's records come one after the other, and are never changed but by a later one.
        var all = (from c in people
                   from m in c.After.Measures
                   where m.Record > c.Before.Measures.Length || (!m.Counts && c.Before.Measures[m.Record - 1].Counts)
                   let led = m.Pathway == c.After.Number ? new PastPathway(c.After.Opened!.Site, c.After.Opened.Program, c.After.Opened.TimeZone) : c.After.Earlier[m.Pathway - 1]
                   select (c.Stream, Led: led, Result: m)).ToList();
        var corrected = all.Where(r => !r.Result.Counts).ToList();
        Add(batch, corrected, CorrectedSql, [
            Text(corrected, r => Keys.NetworkOf(r.Stream)),
            Text(corrected, r => Keys.IdOf(r.Stream)),
            Column(corrected, NpgsqlDbType.Integer, r => r.Result.Pathway),
            Column(corrected, NpgsqlDbType.Integer, r => r.Result.Record)]);
        var rows = all.Where(r => r.Result.Counts).ToList();
        Add(batch, rows, ResultsSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Column(rows, NpgsqlDbType.Integer, r => r.Result.Pathway),
            Column(rows, NpgsqlDbType.Integer, r => r.Result.Record),
            Text(rows, r => r.Led.Site),
            Text(rows, r => r.Led.Program),
            Text(rows, r => r.Led.TimeZone),
            Text(rows, r => r.Result.Measure),
            Text(rows, r => r.Result.Point),
            Column(rows, NpgsqlDbType.Integer, r => r.Result.Score),
            Column(rows, NpgsqlDbType.Date, r => StoredValues.Day(r.Result.TakenOn))]);
    }

    /// <summary>The person lets research use what is known of them.</summary>
    private static bool Consents(PathwayState pathway) => pathway.Consents.ContainsKey(ConsentRequirement.Research);
}
