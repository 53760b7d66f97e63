using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

// Searches for seats (docs/adr/0013).
public sealed partial class NpgsqlViews
{
    private const string OpenCohortColumns =
        "false AS is_site, c.site, c.region, c.display_name, c.cohort, c.program, c.seats_max, c.usable, c.booked, c.holds_until, c.bound_by, c.at_risk, c.first_day, c.last_day, "
        + "c.intake_closes_at, c.routes, c.seat_free, "
        + "NULL::double precision AS latitude, NULL::double precision AS longitude, NULL::boolean AS hidden, NULL::text[] AS languages, NULL::text[] AS accessibility, "
        + "NULL::text AS limited_until, NULL::text AS limited_since, NULL::date AS limited_last_day, NULL::text AS limited_reason";

    private const string SearchedSiteColumns =
        "true, n.site, n.region, n.display_name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
        + "n.latitude, n.longitude, n.hidden, n.languages, n.accessibility, n.limited_until, n.limited_since, n.limited_last_day, n.limited_reason";

    /// <summary>Columns of a row, after which its place stands.</summary>
    private const int OpenSeatsColumnCount = 26;

    /// <summary>Cohorts whose intake has closed stay in memory for so long: the clocks of those who search may differ.</summary>
    private static readonly Duration ClosedKeptFor = Duration.FromHours(1);

    private static readonly char SiteLetter = Keys.Site("n", "s")[2];

    private readonly Lock _searchedLock = new();
    private readonly Dictionary<string, Searched> _searched = new(StringComparer.Ordinal);
    private long _searches;

    /// <summary>
    /// Searches what can still be booked: cohorts whose intake has closed are left out, whatever seats they have. A search asks the journal what has changed since
    /// the last one, and goes through what is in memory.
    /// </summary>
    public async ValueTask<Page<CohortRow>> SearchSeats(string network, PageRequest page, SeatSearch search, CancellationToken cancel)
    {
        var after = page.After is { } key ? SearchKey.Parse(key) : (SearchKey?)null;
        var atLeast = page.AtLeast is { } token ? Place.Parse(token) : null;
        var size = Math.Clamp(page.Size, 1, PageSizeMax);
        OpenSeats? seats;
        try
        {
            seats = await Seats(network, search.Now).WaitAsync(cancel);
            if (seats is not null && search.Now < seats.Since) seats = await Seats(network, search.Now).WaitAsync(cancel);   // somebody's clock is far behind
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            // No projector of this build has run yet on this database: nothing has been projected.
            return new Page<CohortRow>([], null, Place.ToText(default), Behind: atLeast is not null);
        }
        if (seats is null) return new Page<CohortRow>([], null, "", Behind: false) { IsTooMuch = true };
        var place = PositionOf(seats.Place);
        if (place < atLeast) return new Page<CohortRow>([], null, Place.ToText(place), Behind: true);
        var rows = seats.Best(search, after, size + 1);
        return rows.Length > size
            ? new Page<CohortRow>(rows[..size], OpenSeats.KeyOf(rows[size - 1], search).ToString(), Place.ToText(place), Behind: false)
            : new Page<CohortRow>(rows, null, Place.ToText(place), Behind: false);
    }

    private static FeedPosition PositionOf(FeedPlace place) => new(place.Xid, place.Position);

    /// <summary>What is open at this moment; null when that is more than may be. Those who search at once look together.</summary>
    private Task<OpenSeats?> Seats(string network, Instant now)
    {
        lock (_searchedLock)
        {
            if (!_searched.TryGetValue(network, out var searched))
            {
                if (_searched.Count >= _options.NetworksSearchedMax) _searched.Remove(_searched.MinBy(s => s.Value.LastSearch).Key);
                _searched[network] = searched = new Searched(new SharedLook<OpenSeats>((kept, at) => Look(network, kept, at)));
            }
            searched.LastSearch = ++_searches;
            return searched.Seats.Look(now);
        }
    }

    private async Task<OpenSeats?> Look(string network, OpenSeats? kept, Instant now) =>
        kept is not null && now >= kept.Since && await ChangedSeats(network, kept, now) is { } changed ? changed : await AllSeats(network, now - ClosedKeptFor);

    private async Task<OpenSeats?> AllSeats(string network, Instant since)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var nothing = new OpenSeats(ImmutableDictionary.Create<string, OpenCohort>(StringComparer.Ordinal), ImmutableDictionary.Create<string, SearchedSite>(StringComparer.Ordinal), default, 0, since);
        var (seats, _) = await ReadSeats(query, AllSeatsSql(query, since, _options.OpenCohortsMax), nothing);
        return seats.Cohorts.Count > _options.OpenCohortsMax ? null : seats;
    }

    /// <summary>What is open now, from what was open before; null when that says nothing any more, or when reading everything anew costs less.</summary>
    private async Task<OpenSeats?> ChangedSeats(string network, OpenSeats before, Instant now)
    {
        var query = new Query(network, new PageRequest(1, null, null));
        var (seats, read) = await ReadSeats(query, ChangedSeatsSql(query, before.Place), before);
        // Of another epoch or of tables that were built anew since, or further than the projection is: what is kept is of another history.
        if (before.Place.Epoch != read.Place.Epoch || before.Build != read.Build || before.Place > read.Place || read.Entries == CapacityChangesAsk.EntriesMax) return null;
        if (seats.Cohorts.Count > _options.OpenCohortsMax) return null;
        var since = now - ClosedKeptFor;
        return since - seats.Since < ClosedKeptFor
            ? seats
            : seats with { Since = since, Cohorts = seats.Cohorts.RemoveRange(seats.Cohorts.Values.Where(c => c.IntakeClosesAt <= since).Select(c => c.Id)) };
    }

    // What has closed, and what is full, costs nothing, however many years of it there are.
    internal static string AllSeatsSql(Query query, Instant since, int max) => $"""
        SELECT r.*, {PlaceColumns} FROM ({PlaceWithAgeSql}) AS p LEFT JOIN (
            (SELECT {OpenCohortColumns} FROM {Schema}.cohorts c WHERE c.network = $1 AND c.seat_free AND c.intake_closes_at > {query.Add(StoredValues.Text(since))} LIMIT {query.Add(max + 1)})
            UNION ALL SELECT {SearchedSiteColumns} FROM {Schema}.sites n WHERE n.network = $1) AS r ON true
        """;

    internal static string ChangedSeatsSql(Query query, FeedPlace after) => $"""
        WITH {EntriesAfter(query, after)}
        SELECT r.*, {PlaceColumns}, (SELECT count(*)::integer FROM e), l.xid, l.position
        FROM p LEFT JOIN (SELECT e.xid, e.position FROM e ORDER BY e.xid DESC, e.position DESC LIMIT 1) AS l ON true
        LEFT JOIN (
            SELECT {OpenCohortColumns} FROM ({Named(Letter)}) AS s JOIN {Schema}.cohorts c ON c.network = $1 AND c.id = s.id
            UNION ALL SELECT {SearchedSiteColumns} FROM ({Named(SiteLetter)}) AS s JOIN {Schema}.sites n ON n.network = $1 AND n.site = s.id) AS r ON true
        """;

    private async ValueTask<(OpenSeats Seats, CapacityPlace Read)> ReadSeats(Query query, string sql, OpenSeats before)
    {
        var (cohorts, sites) = (before.Cohorts.ToBuilder(), before.Sites.ToBuilder());
        var read = default(CapacityPlace);
        await using var command = Command(sql);
        foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            read = ToPlace(reader, OpenSeatsColumnCount);
            if (reader.IsDBNull(0)) continue;
            if (reader.GetBoolean(0))
            {
                var site = ToSearchedSite(reader);
                sites[site.Site] = site;
            }
            else
            {
                var cohort = ToOpenCohort(reader);
                if (reader.GetBoolean(16)) cohorts[cohort.Id] = cohort;
                else cohorts.Remove(cohort.Id);
            }
        }
        return (before with { Cohorts = cohorts.ToImmutable(), Sites = sites.ToImmutable(), Place = read.Place, Build = read.Build }, read);
    }

    private static OpenCohort ToOpenCohort(NpgsqlDataReader r) => new(
        $"{r.GetString(1)}.{r.GetString(4)}", r.GetString(1), r.GetString(2), r.GetString(4), r.GetString(3), r.GetString(5), r.GetInt32(6), r.GetInt32(7), r.GetInt32(8),
        [.. r.GetFieldValue<string[]>(9).Select(StoredValues.ToInstant)], r.GetString(10), r.GetBoolean(11),
        LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(12)), LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(13)), StoredValues.ToInstant(r.GetString(14)), [.. r.GetFieldValue<string[]>(15)]);

    private static SearchedSite ToSearchedSite(NpgsqlDataReader r) => new(
        r.GetString(1), r.GetString(3), Number(r, 17) is { } latitude && Number(r, 18) is { } longitude ? new GeoPoint(latitude, longitude) : null, r.GetBoolean(19),
        [.. r.GetFieldValue<string[]>(20)], [.. r.GetFieldValue<string[]>(21)],
        r.IsDBNull(22)
            ? null
            : new CapacityLimit(r.GetString(25), StoredValues.ToInstant(r.GetString(23)), r.IsDBNull(24) ? null : LocalDate.FromDateOnly(r.GetFieldValue<DateOnly>(24)), StoredValues.ToInstant(r.GetString(22))));

    /// <summary>What is kept of a network that somebody has searched.</summary>
    private sealed class Searched(SharedLook<OpenSeats> seats)
    {
        public SharedLook<OpenSeats> Seats { get; } = seats;

        /// <summary>Counts searches: who is searched least lately goes first.</summary>
        public long LastSearch { get; set; }
    }
}
