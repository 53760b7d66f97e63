using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Matching;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// Lists and searches on the projections' tables. A page is one statement, so its rows and the place that they are true
/// at are one snapshot; and the statement locks its tables before it takes the snapshot, so a rebuilt table that is
/// swapped in meanwhile is seen whole or not at all.
/// </summary>
public sealed partial class NpgsqlViews : IViews
{
    /// <summary>The most rows of a page.</summary>
    public const int PageSizeMax = 200;

    /// <summary>Alternatives to a full cohort are the best of so many at its own site, before its day elsewhere, and after it.</summary>
    private const int AlternativesRanked = 32;

    private const string Schema = CapacityProjector.SchemaName;
    private const string PlaceSql = $"SELECT xid, position FROM rtt.feed_cursor WHERE name = '{Schema}'";
    private const string CohortColumns =
        "c.site, coalesce(s.display_name, ''), c.region, c.cohort, c.display_name, c.program, c.seats_max, c.usable, c.booked, c.held, c.bound_by, "
        + "c.at_risk, c.first_day, c.last_day, c.intake_closes_at, coalesce(s.limited_until > $2, false) AS limited_capacity, c.id, c.routes";

    // Holds are kept in the order of their ends, so those that still stand are counted by bisection.
    private const string Held = "cardinality(holds_until) - width_bucket($2, holds_until)";

    // Who leads a session s.
    private const string Staff = $"""
        coalesce((SELECT array_agg(f.facilitator ORDER BY f.facilitator) FROM {Schema}.session_staff f
            WHERE f.network = $1 AND f.id = s.id AND f.session = s.session AND f.leads), ARRAY[]::text[])
        """;

    private readonly NpgsqlDataSource _database;
    private readonly ProjectionOptions _options;
    private readonly CursorWatch _watch;
    private readonly NpgsqlConnection? _snapshot;
    private readonly string[] _without = [];

    private NpgsqlViews(NpgsqlViews views, NpgsqlConnection? snapshot, string[] without) =>
        (_database, _options, _watch, _snapshot, _without) = (views._database, views._options, views._watch, snapshot, without);

    public NpgsqlViews(NpgsqlDataSource database, ProjectionOptions options, TimeProvider time)
    {
        _database = database;
        _options = options;
        _watch = new CursorWatch(Reached, options, time);
    }

    /// <inheritdoc/>
    public async ValueTask<T> AtOnePlace<T>(Func<IViews, ValueTask<T>> read, CancellationToken cancel)
    {
        await using var connection = await _database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        return await read(new NpgsqlViews(this, connection, _without));
    }

    /// <inheritdoc/>
    public ValueTask<bool> Reached(string atLeast, CancellationToken cancel) =>
        Place.Parse(atLeast) is { } wanted ? _watch.Reached(wanted, cancel) : ValueTask.FromResult(false);

    /// <inheritdoc/>
    public ValueTask<Page<SiteRow>> Sites(string network, PageRequest page, string? region, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, page);
        query.Add(StoredValues.Text(now));
        var sql = $"""
            SELECT site, display_name, region, jurisdiction, time_zone, latitude, longitude, coalesce(limited_until > $2, false), hidden, languages, accessibility FROM {Schema}.sites
            WHERE network = $1{query.And("region =", region)}{query.And("site >", page.After)}
            ORDER BY site LIMIT {query.Limit}
            """;
        return Read(query, sql, "site", r => new SiteRow(
            r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), Number(r, 5), Number(r, 6), r.GetBoolean(7))
        {
            Hidden = r.GetBoolean(8),
            Languages = [.. r.GetFieldValue<string[]>(9)],
            Accessibility = [.. r.GetFieldValue<string[]>(10)],
        },
            row => row.Site, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<SiteLocation?> LocationOf(string network, string site, ImmutableArray<string>? regions, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var sql = $"SELECT site, time_zone, latitude, longitude, region FROM {Schema}.sites WHERE network = $1{query.And("site =", site)}{(regions is { } own ? $" AND region = ANY ({query.Add(own.ToArray())})" : "")}";
        return (await Read(query, sql, "site", r => new SiteLocation(
            Number(r, 2) is { } latitude && Number(r, 3) is { } longitude ? new GeoPoint(latitude, longitude) : null, r.GetString(1), Behind: false, r.GetString(4)), _ => "", cancel)).Rows is [var found] ? found : null;
    }

    /// <inheritdoc/>
    public ValueTask<Page<CohortRow>> Cohorts(string network, PageRequest page, string site, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, page);
        query.Add(StoredValues.Text(now));
        var sql = $"""
            SELECT {CohortColumns} FROM
                (SELECT *, {Held} AS held FROM {Schema}.cohorts
                WHERE network = $1 AND appointment = ''{query.And("site =", site)}{query.And("cohort >", page.After)}
                ORDER BY cohort LIMIT {query.Limit}) AS c
            LEFT JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site
            """;
        return Read(query, sql, "cohort", ToCohort, row => row.Cohort, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<AppointmentRow>> Appointments(string network, PageRequest page, AppointmentSearch search, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var now = query.Add(StoredValues.Text(search.Now));
        var sql = $"""
            SELECT c.cohort, c.program, c.appointment, c.display_name, s.session, s.local_start, s.time_zone, s.starts_at, s.ends_at, s.room, s.withdrawn,
                c.usable, c.booked, {Held} AS held, c.intake_closes_at, c.for_cohort, {Staff} AS staff, s.id
            FROM {Schema}.sessions s JOIN {Schema}.cohorts c ON c.network = $1 AND c.id = s.id AND c.appointment <> ''
            WHERE s.network = $1{query.And("s.site =", search.Site)}{query.And("c.program =", search.Program)}{query.And("s.kind =", search.Kind)}{query.And("s.starts_at >=", Text(search.From))}{query.And("s.starts_at <", Text(search.To))}{(search.OpenOnly ? $" AND NOT s.withdrawn AND c.intake_closes_at > {now} AND c.usable - c.booked - ({Held}) > 0" : "")}{(page.After?.Split(' ') is [var start, var id] ? $" AND (s.starts_at, s.id) > ({query.Add(start)}, {query.Add(id)})" : "")}
            ORDER BY s.starts_at, s.id LIMIT {query.Limit}
            """;
        return Read(query, sql, "starts_at, id", r => new AppointmentRow(
            search.Site, r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), StoredValues.ToWallTime(r.GetString(5)),
            r.GetString(6), StoredValues.ToInstant(r.GetString(7)), StoredValues.ToInstant(r.GetString(8)), r.GetString(9), r.GetBoolean(10),
            r.GetInt32(11), r.GetInt32(12), r.GetInt32(13), StoredValues.ToInstant(r.GetString(14)), r.GetString(15), [.. r.GetFieldValue<string[]>(16)]),
            row => $"{StoredValues.Text(row.StartsAt)} {search.Site}.{row.Appointment}", cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<CalendarRow>> Calendar(string network, CalendarSearch search, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var (from, to) = (query.Add(StoredValues.Text(search.From)), query.Add(StoredValues.Text(search.To)));
        var whose = search.Facilitator.Length > 0
            ? $"JOIN {Schema}.session_staff f ON f.network = $1 AND f.facilitator = {query.Add(search.Facilitator)} AND f.starts_at >= {from} AND f.starts_at < {to} AND f.id = s.id AND f.session = s.session"
            : "";
        var sql = $"""
            SELECT s.site, coalesce(t.display_name, ''), substr(s.id, length(s.site) + 2), s.session, s.program, s.kind, s.display_name, s.local_start, s.time_zone,
                s.starts_at, s.ends_at, s.room, s.pod, s.withdrawn{(whose.Length > 0 ? " OR NOT f.leads" : "")}, s.revision, s.revised_at, s.id
            FROM {Schema}.sessions s {whose} LEFT JOIN {Schema}.sites t ON t.network = $1 AND t.site = s.site
            WHERE s.network = $1{(whose.Length > 0 ? "" : query.And("s.site =", search.Site))} AND s.starts_at >= {from} AND s.starts_at < {to}
            ORDER BY s.starts_at, s.id, s.session LIMIT {query.Add(search.Max)}
            """;
        return Read(query, sql, "starts_at, id, session", r => new CalendarRow(
            r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), StoredValues.ToWallTime(r.GetString(7)), r.GetString(8),
            StoredValues.ToInstant(r.GetString(9)), StoredValues.ToInstant(r.GetString(10)), r.GetString(11), r.GetInt32(12), r.GetBoolean(13), r.GetInt32(14), StoredValues.ToInstant(r.GetString(15))),
            _ => "", cancel, all: true);
    }

    /// <inheritdoc/>
    public ValueTask<Page<FacilitatorRow>> Facilitators(string network, PageRequest page, string site, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var sql = $"""
            SELECT facilitator, home_site, roles FROM {Schema}.facilitators
            WHERE network = $1{query.And("home_site =", site)}{query.And("facilitator >", page.After)}
            ORDER BY facilitator LIMIT {query.Limit}
            """;
        return Read(query, sql, "facilitator", r => new FacilitatorRow(r.GetString(0), r.GetString(1), [.. r.GetFieldValue<string[]>(2)]), row => row.Facilitator, cancel);
    }

    /// <inheritdoc/>
    public ValueTask<Page<ParticipantRow>> Participants(string network, PageRequest page, string site, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var sql = $"""
            SELECT participant, home_site, provisional, eligible FROM {Schema}.participant_sites
            WHERE network = $1{query.And("site =", site)}{query.And("participant >", page.After)}
            ORDER BY participant LIMIT {query.Limit}
            """;
        return Read(query, sql, "participant", r => new ParticipantRow(r.GetString(0), r.GetString(1), r.GetBoolean(2), r.GetBoolean(3)), row => row.Participant, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<FacilitatorRow>> FacilitatorsInRole(string network, string role, int max, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(max, null, null));
        var sql = $"""
            SELECT facilitator, home_site, roles FROM {Schema}.facilitators
            WHERE network = $1 AND {query.Add(role)} = ANY (roles)
            ORDER BY facilitator LIMIT {query.Limit}
            """;
        return (await Read(query, sql, "facilitator", r => new FacilitatorRow(r.GetString(0), r.GetString(1), [.. r.GetFieldValue<string[]>(2)]), row => row.Facilitator, cancel)).Rows;
    }

    /// <inheritdoc/>
    public ValueTask<Page<ProgramRow>> Programs(string network, PageRequest page, CancellationToken cancel)
    {
        var query = new Query(network, page);
        var sql = $"""
            SELECT id, program, version, display_name, audience, weeks, effective_from FROM {Schema}.programs
            WHERE network = $1{query.And("id >", page.After)}
            ORDER BY id LIMIT {query.Limit}
            """;
        return Read(query, sql, "id", r => new ProgramRow(
            r.GetString(1), r.GetInt32(2), r.GetString(3), r.GetString(4), r.GetInt32(5), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(6))), row => row.Program.ToLowerInvariant(), cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<CohortRow>> Alternatives(string network, string cohort, int max, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, new PageRequest(max, null, null));
        var (_, id, limit) = (query.Add(StoredValues.Text(now)), query.Add(Keys.IdOf(cohort)), query.Add(Math.Clamp(max, 0, PageSizeMax)));
        // In a rush this is asked for every full cohort each second: those that begin soonest before and after the cohort's own day are read along
        // an index, and never all that are open. The best of them by the order of a search are the answer.
        var sql = $"""
            SELECT {CohortColumns}, c.points FROM
                (SELECT a.*, coalesce(n.limited_until > $2, false) AS limited,
                    abs(a.first_day - o.first_day) * {Match.PointsPerDay} + CASE WHEN a.site = o.site THEN 0 ELSE coalesce({Km("o.latitude", "o.longitude")}, {Match.UnknownKm}) END * {Match.PointsPerKm} AS points
                FROM
                    (SELECT c.site, c.program, c.first_day, s.latitude, s.longitude
                    FROM {Schema}.cohorts c LEFT JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site WHERE c.network = $1 AND c.id = {id}) AS o
                    CROSS JOIN LATERAL (
                        ({Open("c.site = o.site", "abs(first_day - o.first_day)")})
                        UNION ALL ({Open("c.site <> o.site AND first_day >= o.first_day", "first_day")})
                        UNION ALL ({Open("c.site <> o.site AND first_day < o.first_day", "first_day DESC")})) AS a
                    JOIN {Schema}.sites n ON n.network = $1 AND n.site = a.site
                ORDER BY limited, points, id LIMIT {limit}) AS c
            JOIN {Schema}.sites s ON s.network = $1 AND s.site = c.site
            """;
        return (await Read(query, sql, "limited_capacity, points, id", ToCohort, row => row.Cohort, cancel)).Rows;

        string Open(string where, string order) => $"""
            SELECT c.*, {Held} AS held FROM {Schema}.cohorts c
            WHERE c.network = $1 AND program = o.program AND seat_free AND intake_closes_at > $2 AND id <> {id} AND {where} AND usable - booked - ({Held}) > 0
                AND NOT (SELECT hidden FROM {Schema}.sites h WHERE h.network = $1 AND h.site = c.site)
            ORDER BY {order}, id LIMIT {AlternativesRanked}
            """;
    }

    /// <summary>Whole kilometres from a point to the site n along the great circle (haversine); null when one of the two is unknown.</summary>
    private static string Km(string latitude, string longitude) => string.Create(CultureInfo.InvariantCulture, $"""
        CASE WHEN n.latitude + n.longitude + {latitude} + {longitude} IS NOT NULL THEN
            round({2 * Match.EarthRadiusKm} * asin(least(1, sqrt(power(sin(radians(n.latitude - {latitude}) / 2), 2)
                + cos(radians({latitude})) * cos(radians(n.latitude)) * power(sin(radians(n.longitude - {longitude}) / 2), 2)))))::integer
        END
        """);

    private NpgsqlCommand Command(string sql) => _snapshot is null ? _database.CreateCommand(sql) : new NpgsqlCommand(sql, _snapshot);

    private async Task<FeedPosition> Reached()
    {
        await using var command = Command(PlaceSql);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1)) : default;
    }

    /// <summary>One page. The place comes with every row, and alone when there is none.</summary>
    private async ValueTask<Page<TRow>> Read<TRow>(Query query, string sql, string order, Func<NpgsqlDataReader, TRow> toRow, Func<TRow, string> keyOf, CancellationToken cancel, bool all = false)
    {
        var rows = ImmutableArray.CreateBuilder<TRow>();
        var place = default(FeedPosition);
        try
        {
            await using var command = Command(PageSql(sql, order));
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
        // The wait may have been for a projection that a crash of the database has thrown back since: never something older.
        if (query.AtLeast is { } atLeast && place < atLeast) return new Page<TRow>([], null, Place.ToText(place), Behind: true);
        var next = !all && rows.Count > query.Size ? keyOf(rows[query.Size - 1]) : null;
        if (next is not null) rows.Count = query.Size;
        return new Page<TRow>(rows.DrainToImmutable(), next, Place.ToText(place), Behind: false);
    }

    /// <param name="sql">The rows.</param>
    /// <param name="order">The columns of their order; the first is never null.</param>
    internal static string PageSql(string sql, string order) => $"""
        SELECT r.*, r.{order.Split(',')[0]} IS NOT NULL, p.xid, p.position
        FROM ({PlaceSql}) AS p LEFT JOIN ({sql}) AS r ON true
        ORDER BY {string.Join(", ", order.Split(", ").Select(o => $"r.{o}"))}
        """;

    private static string? Text(Instant? instant) => instant is { } at ? StoredValues.Text(at) : null;

    private static CohortRow ToCohort(NpgsqlDataReader r)
    {
        var (usable, booked, held) = (r.GetInt32(7), r.GetInt32(8), r.GetInt32(9));
        return new CohortRow(
            r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetInt32(6),
            new SeatCountView(usable, booked, held, Math.Max(0, usable - booked - held), r.GetString(10)),
            r.GetBoolean(11), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(12)), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(13)),
            StoredValues.ToInstant(r.GetString(14)), r.GetBoolean(15))
        { Routes = [.. r.GetFieldValue<string[]>(17)] };
    }

    private static double? Number(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetDouble(column);

    /// <summary>A condition that keeps out what is of a site that is left out; none when none is.</summary>
    private static string ButNot(Query query, string[] without, string site) => without.Length == 0 ? "" : $" AND NOT {site} = ANY ({query.Add(without)})";

    /// <summary>A statement with its parameters, the network always the first.</summary>
    internal sealed class Query
    {
        private readonly List<NpgsqlParameter> _parameters = [];

        public Query(string network, PageRequest page)
        {
            Size = Math.Clamp(page.Size, 1, PageSizeMax);
            AtLeast = page.AtLeast is { } token ? Place.Parse(token) : null;
            Add(network);
        }

        public int Size { get; }
        public FeedPosition? AtLeast { get; }
        public IReadOnlyList<NpgsqlParameter> Parameters => _parameters;

        /// <summary>One row more than the page, to know whether another follows.</summary>
        public string Limit => Add(Size + 1);

        /// <summary>A condition, when there is a value for it.</summary>
        public string And(string condition, string? value) => value is null ? "" : $" AND {condition} {Add(value)}";

        public string And(string condition, LocalDate? value) => value is { } day ? $" AND {condition} {Add(StoredValues.Day(day))}" : "";

        public string Add<T>(T value)
        {
            _parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
            return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
        }
    }
}
