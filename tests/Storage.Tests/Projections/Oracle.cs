using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Matching;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What every list and search must say at a place in the journal: the domain's folds and plain C#, with no SQL.</summary>
internal sealed class Oracle
{
    private readonly Dictionary<string, SiteState> _sites = [];
    private readonly Dictionary<string, CohortState> _cohorts = [];
    private readonly Dictionary<string, FacilitatorState> _facilitators = [];
    private readonly Dictionary<string, ParticipantState> _people = [];

    /// <summary>The whole journal in the feed's order.</summary>
    public static async Task<ImmutableArray<FeedEntry>> Journal(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select xid, position, stream, version, recorded_at, entry from rtt.journal order by xid, position", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var entries = ImmutableArray.CreateBuilder<FeedEntry>();
        while (await reader.ReadAsync())
            entries.Add(new FeedEntry(new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1)), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<byte[]>(5)));
        return entries.ToImmutable();
    }

    /// <summary>The journal up to the place that a page carries.</summary>
    public static Oracle At(IEnumerable<FeedEntry> journal, string token)
    {
        var parts = token.Split('.');
        var place = new FeedPosition(ulong.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        var oracle = new Oracle();
        foreach (var entry in journal.TakeWhile(e => e.Position <= place)) oracle.Take(entry);
        return oracle;
    }

    public IEnumerable<SiteRow> Sites(string network, string? region, Instant now) =>
        from s in Of(_sites, network)
        let p = s.State.Profile
        where p is not null && (region is null || p.Region == region)
        select new SiteRow(s.Id, p.DisplayName, p.Region, p.Jurisdiction, p.TimeZone, p.Latitude, p.Longitude, s.State.Limit?.HoldsAt(now) == true)
        {
            Hidden = s.State.Hidden is not null,
            Languages = s.State.Languages,
            Accessibility = s.State.Accessibility,
        };

    public IEnumerable<CohortRow> Cohorts(string network, string site, Instant now) =>
        Rows(network, now).Where(r => r.Site == site).OrderBy(r => r.Cohort, StringComparer.Ordinal);

    public IEnumerable<FacilitatorRow> Facilitators(string network, string site) =>
        Of(_facilitators, network).Where(f => f.State.HomeSite == site).Select(f => new FacilitatorRow(f.Id, site, f.State.Roles));

    public IEnumerable<ParticipantRow> Participants(string network, string site) =>
        Of(_people, network).Where(p => p.State.Sites.Contains(site)).Select(p => new ParticipantRow(p.Id, p.State.HomeSite!, p.State.Provisional, p.State.Eligible));

    public IEnumerable<CohortRow> SearchSeats(string network, SeatSearch search) =>
        from r in Rows(network, search.Now)
        where (search.Program is null || r.Program == search.Program) && (search.Region is null || r.Region == search.Region)
        where (search.Earliest is null || r.FirstDay >= search.Earliest) && (search.Latest is null || r.FirstDay <= search.Latest)
        where r.Seats.Open >= Math.Max(1, search.SeatsOpenMin) && r.IntakeClosesAt > search.Now
        let site = _sites[Keys.Site(network, r.Site)]
        where site.Hidden is null && (search.Language is null || site.Languages.Contains(search.Language)) && search.Accessibility.All(a => site.Accessibility.Contains(a))
        where (search.Route is null || r.Routes.Contains(search.Route)) && (search.WaitDaysMax is null || r.FirstDay <= search.Today.PlusDays(search.WaitDaysMax.Value))
        let km = search.Origin is { } origin ? Km(origin, site) : null
        where search.DistanceKmMax is null || km <= search.DistanceKmMax
        let match = new Match(r.FirstDay, search.Today, km, search.Origin is not null, r.Seats.Open, site.Limit?.HoldsAt(search.Now) == true ? site.Limit : null)
        orderby r.LimitedCapacity, match.Points
        select r with { Match = new MatchView(match.Points, match.WaitDays, km, [.. match.Reasons().Select(m => new MatchReasonView(m.Code, m.Points, m.Text))]) };

    public SiteLocation? LocationOf(string network, string site) => _sites.GetValueOrDefault(Keys.Site(network, site))?.Profile is { } p
        ? new SiteLocation(p.Latitude is { } latitude && p.Longitude is { } longitude ? new GeoPoint(latitude, longitude) : null, p.TimeZone, false, p.Region)
        : null;

    /// <summary>By vectors and the angle between them: not the formula that the statement has.</summary>
    private static int? Km(GeoPoint from, SiteState site)
    {
        if (site.Profile is not { Latitude: { } latitude, Longitude: { } longitude }) return null;
        var ((x, y, z), (u, v, w)) = (Vector(from.Latitude, from.Longitude), Vector(latitude, longitude));
        var (a, b, c) = ((y * w) - (z * v), (z * u) - (x * w), (x * v) - (y * u));
        return (int)Math.Round(Match.EarthRadiusKm * Math.Atan2(Math.Sqrt((a * a) + (b * b) + (c * c)), (x * u) + (y * v) + (z * w)));

        static (double X, double Y, double Z) Vector(double latitude, double longitude)
        {
            var (north, east) = (latitude * Math.PI / 180, longitude * Math.PI / 180);
            return (Math.Cos(north) * Math.Cos(east), Math.Cos(north) * Math.Sin(east), Math.Sin(north));
        }
    }

    public IEnumerable<CohortRow> Alternatives(string network, string cohort, int max, Instant now)
    {
        if (Rows(network, now).SingleOrDefault(r => Keys.Cohort(network, r.Site, r.Cohort) == cohort) is not { } own) return [];
        var from = LocationOf(network, own.Site)?.Place;
        return SearchSeats(network, new SeatSearch(own.Program, null, null, null, 1, now))
            .Where(r => (r.Site, r.Cohort) != (own.Site, own.Cohort))
            .OrderBy(r => r.LimitedCapacity)
            .ThenBy(r => (Math.Abs(Period.DaysBetween(own.FirstDay, r.FirstDay)) * Match.PointsPerDay)
                + (r.Site == own.Site ? 0 : (from is null ? null : Km(from, _sites[Keys.Site(network, r.Site)])) ?? Match.UnknownKm))
            .ThenBy(r => $"{r.Site}.{r.Cohort}", StringComparer.Ordinal)
            .Take(max)
            .Select(r => r with { Match = null });
    }

    /// <summary>Each figure by itself, from the states of all cohorts: no row, and no roll-up, of the product's.</summary>
    public IEnumerable<CapacityFigures> Capacity(string network, CapacityAsk ask, Instant now)
    {
        var today = (now - Duration.FromHours(12)).InUtc().Date;
        var live = Of(_cohorts, network).Where(c => c.State.Plan is { } p && c.State.Appointment is null && p.LastDay() >= today
            && (ask.Region is null || p.Region == ask.Region) && (ask.Site is null || p.Site == ask.Site) && (ask.Program is null || p.Program == ask.Program)
            && (ask.Week is null || p.Sessions.Any(s => WeekOf(s) == ask.Week))).Select(c => c.State).ToList();
        var thisWeek = today.Previous(IsoDayOfWeek.Monday) is var monday && today.DayOfWeek is IsoDayOfWeek.Monday ? today : monday;
        var weeks = Enumerable.Range(0, 14).Select(thisWeek.PlusWeeks).ToList();
        return ask.By switch
        {
            CapacityBy.Network => live.Count == 0 ? [] : [Figures("", live, ask.Week)],
            CapacityBy.Region => By(c => c.Plan!.Region),
            CapacityBy.Site => By(c => c.Plan!.Site),
            CapacityBy.Program => By(c => c.Plan!.Program),
            CapacityBy.Cohort => By(c => Keys.IdOf(_cohorts.Single(s => ReferenceEquals(s.Value, c)).Key)),
            _ => from week in ask.Week is { } one ? [one] : weeks
                 let there = live.Where(c => c.Plan!.Sessions.Any(s => WeekOf(s) == week)).ToList()
                 where there.Count > 0
                 select Figures(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{System.Globalization.ISOWeek.GetYear(week.ToDateTimeUnspecified())}-W{System.Globalization.ISOWeek.GetWeekOfYear(week.ToDateTimeUnspecified()):D2}"), there, week),
        };

        IEnumerable<CapacityFigures> By(Func<CohortState, string> key) => live.GroupBy(key).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Figures(g.Key, [.. g], ask.Week));

        int Open(CohortState c) => c.AtRisk || c.Plan!.IntakeClosesAt <= now ? 0 : Math.Max(0, c.Usable().Seats - c.SeatsBooked - c.SeatsHeldAt(now));

        CapacityFigures Figures(string key, List<CohortState> cohorts, LocalDate? only) => new(
            key, cohorts.Count, cohorts.Sum(c => c.Plan!.SeatsMax), cohorts.Sum(Open),
            new PeopleCount(cohorts.Sum(c => c.SeatsBooked), false), new PeopleCount(cohorts.Sum(c => c.SeatsHeldAt(now)), false), new PeopleCount(cohorts.Sum(c => c.WaitList?.InOrder.Count(w => w.IsOwn) ?? 0), false),
            cohorts.Where(c => c.AtRisk).Sum(c => c.Plan!.Sessions.Count(s => s.StartsAt > now && (only is null || WeekOf(s) == only))),
            [.. from week in only is { } o ? [o] : weeks
                let there = cohorts.Where(c => c.Plan!.Sessions.Any(s => s.Kind == "medicine" && s.StartsAt > now && WeekOf(s) == week)).ToList()
                where there.Count > 0
                select new WeekSeats(week, there.Sum(Open))]);

        static LocalDate WeekOf(Session s) => s.LocalStart.Date.DayOfWeek is IsoDayOfWeek.Monday ? s.LocalStart.Date : s.LocalStart.Date.Previous(IsoDayOfWeek.Monday);
    }

    public static string Text<TRow>(IEnumerable<TRow> rows) => string.Join('\n', rows.Select(r => JsonSerializer.Serialize(r, EventCatalog.Json)));

    private IEnumerable<CohortRow> Rows(string network, Instant now) =>
        from c in Of(_cohorts, network)
        let plan = c.State.Plan
        where plan is not null
        let site = _sites.GetValueOrDefault(Keys.Site(network, plan.Site))
        let usable = c.State.Usable()
        let held = c.State.SeatsHeldAt(now)
        select new CohortRow(plan.Site, site?.Profile?.DisplayName ?? "", plan.Region, Keys.CohortParts(c.Stream).Cohort, plan.DisplayName, plan.Program, plan.SeatsMax,
            new SeatCountView(usable.Seats, c.State.SeatsBooked, held, Math.Max(0, usable.Seats - c.State.SeatsBooked - held), usable.BoundBy),
            c.State.AtRisk, plan.FirstDay(), plan.LastDay(), plan.IntakeClosesAt, site?.Limit?.HoldsAt(now) == true)
        { Routes = c.State.Routes() };

    private static IEnumerable<(string Stream, string Id, TState State)> Of<TState>(Dictionary<string, TState> states, string network) =>
        states.Where(s => Keys.NetworkOf(s.Key) == network).OrderBy(s => Keys.IdOf(s.Key), StringComparer.Ordinal).Select(s => (s.Key, Keys.IdOf(s.Key), s.Value));

    private void Take(FeedEntry entry)
    {
        foreach (var act in EntryCodec.Read(entry.Entry.Span))
        {
            foreach (var @event in act.Events)
            {
                if (@event is Fenced) continue;
                switch (Keys.KindOf(entry.Stream))
                {
                    case StreamKind.Site: Fold(_sites, entry.Stream, @event, act.At); break;
                    case StreamKind.Cohort: Fold(_cohorts, entry.Stream, @event, act.At); break;
                    case StreamKind.Facilitator: Fold(_facilitators, entry.Stream, @event, act.At); break;
                    case StreamKind.Participant: Fold(_people, entry.Stream, @event, act.At); break;
                }
            }
        }
    }

    private static void Fold<TState>(Dictionary<string, TState> states, string stream, IEvent @event, Instant at) where TState : class, IFold<TState> =>
        states[stream] = (states.GetValueOrDefault(stream) ?? TState.Empty).Apply(@event, at);
}
