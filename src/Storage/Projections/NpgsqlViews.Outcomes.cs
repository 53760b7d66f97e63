using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// Safety events and measures.
public sealed partial class NpgsqlViews
{
    private const string SafetyOrder = "due_on, recorded_at, id";

    /// <summary>Scores with whose they are: of a pathway on which the person had a seat.</summary>
    private const string Scores = $"{Schema}.measure_results m JOIN {Schema}.pathway_seats s ON s.network = m.network AND s.participant = m.participant AND s.pathway = m.pathway";

    /// <inheritdoc/>
    public ValueTask<Page<SafetyEventRow>> SafetyEvents(string network, PageRequest page, string? site, bool closed, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var after = page.After is { } key ? SafetyKey.Parse(key) : null;
        var sql = $"""
            SELECT due_on, recorded_at, id, site, event, participant, kind, severity, serious, cohort, session, occurred_at, unaware, closed FROM {Schema}.safety_events
            WHERE network = $1{query.And("site =", site)}{(closed ? "" : " AND NOT closed")}{(after is null ? "" : $" AND ({SafetyOrder}) > ({query.Add(after.DueOn)}, {query.Add(after.RecordedAt)}, {query.Add(after.Id)})")}
            ORDER BY {SafetyOrder} LIMIT {query.Limit}
            """;
        return Read(query, sql, SafetyOrder, ToSafetyEvent, row => new SafetyKey(row.DueOn is { } due ? StoredValues.Day(due) : OutcomeRows.NeverDue, StoredValues.Text(row.RecordedAt), $"{row.Site}.{row.SafetyEvent}").ToString(), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Snapshot<CohortScore>> ScoresOfCohort(string network, string site, string cohort, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var sql = $"""
            SELECT m.participant, m.measure, m.point, m.score FROM {Scores}
            WHERE s.network = $1 AND s.cohort = {query.Add($"{site}.{cohort}")}
            """;
        return ReadAll(query, sql, r => new CohortScore(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3)), cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Snapshot<StudyScore>> StudyScores(string network, string? site, string program, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var sql = $"""
            SELECT m.participant, s.cohort, coalesce(x.jurisdiction, ''), coalesce(x.region, ''), m.measure, m.point, m.record, m.taken_on, s.enrolled_at, m.time_zone, m.score FROM {Scores}
            JOIN {Schema}.research_consents c ON c.network = m.network AND c.participant = m.participant AND c.given
            LEFT JOIN {Schema}.sites x ON x.network = m.network AND x.site = m.site
            WHERE m.network = $1 AND m.program = {query.Add(program)} AND s.cohort <> ''{query.And("m.site =", site)}
                AND NOT EXISTS (SELECT FROM {Schema}.erased_people e WHERE e.network = m.network AND e.participant = m.participant)
            """;
        return ReadAll(query, sql, r => new StudyScore(
            r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetInt32(6), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(7)),
            // The zone is NodaTime's to apply, never the database's.
            StoredValues.ToInstant(r.GetString(8)).InZone(DateTimeZoneProviders.Tzdb[r.GetString(9)]).Date, r.GetInt32(10)), cancel);
    }

    /// <summary>All rows of a question whose answer is bounded by what it is about, with the place at which they are true.</summary>
    private async ValueTask<Snapshot<TRow>> ReadAll<TRow>(Query query, string sql, Func<NpgsqlDataReader, TRow> toRow, CancellationToken cancel)
    {
        var rows = ImmutableArray.CreateBuilder<TRow>();
        var place = default(FeedPosition);
        try
        {
            await using var command = Command($"SELECT r.*, r.participant IS NOT NULL, p.xid, p.position FROM ({PlaceSql}) AS p LEFT JOIN ({sql}) AS r ON true");
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var last = reader.FieldCount;
            while (await reader.ReadAsync(cancel))
            {
                place = new FeedPosition(reader.GetFieldValue<ulong>(last - 2), reader.GetInt64(last - 1));
                if (reader.GetBoolean(last - 3)) rows.Add(toRow(reader));
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // No projector has run yet on this database: nothing has been projected.
        }
        return new Snapshot<TRow>(rows.DrainToImmutable(), Place.ToText(place));
    }

    private static SafetyEventRow ToSafetyEvent(NpgsqlDataReader r)
    {
        var due = r.GetFieldValue<DateOnly>(0);
        return new SafetyEventRow(
            r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), r.GetBoolean(8), r.GetString(9), r.GetInt32(10),
            StoredValues.ToInstant(r.GetString(11)), StoredValues.ToInstant(r.GetString(1)), due == OutcomeRows.NeverDue ? null : LocalDate.FromDateOnly(due),
            r.GetString(12) is { Length: > 0 } unaware ? [.. unaware.Split(',')] : [], r.GetBoolean(13));
    }

    /// <summary>The last row of a page of safety events: "2027-01-12 2026-12-13T17:00:00.000000000Z site.event".</summary>
    private sealed record SafetyKey(DateOnly DueOn, string RecordedAt, string Id)
    {
        /// <exception cref="FormatException">The key was not given out by this list.</exception>
        public static SafetyKey Parse(string key) =>
            key.Split(' ') is [var day, var at, var id]
                ? new SafetyKey(DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture), at, id)
                : throw new FormatException("The page key is not of a list of safety events.");

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{DueOn:yyyy-MM-dd} {RecordedAt} {Id}");
    }
}
