using Google.Protobuf.WellKnownTypes;
using NodaTime;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>A figure on a page that changes while it is looked at.</summary>
/// <param name="Level">How full a colour it has, from 0; -1 for none.</param>
internal readonly record struct Cell(string Text, int Level = -1);

/// <param name="ClosesAt">The end of its intake; null for one of which no seat was open when the page was made.</param>
internal sealed record CohortNow(string Name, string Site, string Region, Instant? ClosesAt)
{
    public string Id => Name[(Name.LastIndexOf('/') + 1)..];
}

/// <summary>What "Network now" shows, from the capacity of the wire: whole when the page is made, and then kept up by what a watch says.</summary>
internal sealed class NetworkNow
{
    /// <summary>Days that are looked ahead, today first.</summary>
    public const int Days = 14;

    /// <summary>From so many open seats on a cell has the colour of its place in this list.</summary>
    private static readonly int[] Levels = [1, 10, 30, 60];

    private readonly SortedDictionary<string, CapacityFigure> _regions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CapacityFigure> _figures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CohortNow> _cohorts = new(StringComparer.Ordinal);

    private NetworkNow(Instant now) => Today = now.InUtc().Date;

    public LocalDate Today { get; }

    /// <summary>Regions that there are figures of; one without a cohort has none, which is not zero.</summary>
    public IEnumerable<string> Regions => _regions.Keys.Select(Short);

    public IReadOnlyDictionary<string, Site> Sites { get; private set; } = new Dictionary<string, Site>();

    public string Token { get; private set; } = "";
    public Timestamp? AsOf { get; private set; }

    /// <summary>Since when something is recorded that the figures do not have; null while they are current.</summary>
    public Timestamp? StaleSince { get; private set; }

    /// <summary>Cohorts with sessions at risk, those with the most first.</summary>
    public IEnumerable<(CohortNow Cohort, int Sessions)> AtRisk => _figures.Values
        .Where(f => f is { HasSessionsAtRisk: true, SessionsAtRisk: > 0 } && _cohorts.ContainsKey(f.Name))
        .OrderByDescending(f => f.SessionsAtRisk).Select(f => (_cohorts[f.Name], f.SessionsAtRisk));

    public static async Task<NetworkNow> Read(SignedIn session, Instant now)
    {
        var view = new NetworkNow(now);
        var sites = new List<Site>();
        foreach (var region in session.Regions())
        {
            var asked = (Sites: session.AllSites(region), Seats: session.AllOpenSeats(region), Regions: session.AllCapacity(CapacityBy.ByRegion, region), Cohorts: session.AllCapacity(CapacityBy.ByCohort, region));
            sites.AddRange(await asked.Sites);
            var (regions, last) = await asked.Regions;
            view.Put(CapacityBy.ByRegion, regions, []);
            view.Put(CapacityBy.ByCohort, (await asked.Cohorts).Figures, []);
            view.Place(last.Token, last.AsOfTime, last.StaleSinceTime);
            foreach (var seats in await asked.Seats)
                view._cohorts[seats.Cohort] = new CohortNow(seats.Cohort, seats.Site, Short(seats.Region), Instant.FromDateTimeOffset(seats.IntakeCloseTime.ToDateTimeOffset()));
        }
        view.Sites = sites.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (var name in view._figures.Keys)
        {
            if (CohortName.TryParse(name, out var cohort) && $"networks/{cohort.Network}/sites/{cohort.Site}" is var site && view.Sites.TryGetValue(site, out var at))
                view._cohorts.TryAdd(name, new CohortNow(name, site, Short(at.Region), null));
        }
        return view;
    }

    /// <summary>Takes what a watch said. False when the page as it stands has no place for it, and must be made anew.</summary>
    public bool Put(CapacityBy by, IEnumerable<CapacityFigure> figures, IEnumerable<string> removed)
    {
        var rows = by is CapacityBy.ByRegion ? _regions : _figures;
        var fits = true;
        foreach (var figure in figures)
        {
            var before = rows.GetValueOrDefault(figure.Name);
            fits &= before is not null && before.SessionsAtRisk == figure.SessionsAtRisk
                && (by is CapacityBy.ByRegion || figure.SeatsStaffedOpen == 0 || before.SeatsStaffedOpen > 0 || _cohorts.GetValueOrDefault(figure.Name) is { ClosesAt: not null });
            rows[figure.Name] = figure;
        }
        foreach (var name in removed) fits &= !rows.Remove(name);
        return fits;
    }

    public void Place(string token, Timestamp asOf, Timestamp? staleSince) => (Token, AsOf, StaleSince) = (token, asOf, staleSince);

    /// <summary>Seats of a region that can still be booked on a day, if nobody books before: those of cohorts whose intake is open then.</summary>
    public int OpenOn(string region, int day)
    {
        var from = Today.PlusDays(day).AtMidnight().InUtc().ToInstant();
        return _figures.Values.Sum(f => _cohorts.GetValueOrDefault(f.Name) is { } cohort && cohort.Region == region && cohort.ClosesAt > from ? f.SeatsStaffedOpen : 0);
    }

    public CapacityFigure OfRegion(string region) => _regions[$"regions/{region}"];

    /// <summary>Every figure of the page by its key, in words: the page shows them, and the stream sends those that change.</summary>
    public IReadOnlyDictionary<string, Cell> Cells(Words words)
    {
        var cells = new Dictionary<string, Cell>(StringComparer.Ordinal)
        {
            ["as-of"] = new(words.Moment(AsOf)),
            ["place"] = new(Token),
            ["stale"] = new(StaleSince is null ? "" : words.Moment(StaleSince)),
            ["open"] = new(words.Number(_regions.Values.Sum(f => f.SeatsStaffedOpen))),
            ["total"] = new(words.Number(_regions.Values.Sum(f => f.SeatsTotal))),
            ["risk"] = new(_regions.Values.All(f => f.HasSessionsAtRisk) ? words.Number(_regions.Values.Sum(f => f.SessionsAtRisk)) : Words.Untold),
        };
        foreach (var (name, figure) in _regions)
        {
            var region = Short(name);
            cells[$"open.{region}"] = new(words.Number(figure.SeatsStaffedOpen));
            cells[$"total.{region}"] = new(words.Number(figure.SeatsTotal));
            cells[$"booked.{region}"] = new(words.People(figure.SeatsOccupied));
            cells[$"held.{region}"] = new(words.People(figure.SeatsHeld));
            cells[$"waiting.{region}"] = new(words.People(figure.WaitlistLength));
            cells[$"risk.{region}"] = new(figure.HasSessionsAtRisk ? words.Number(figure.SessionsAtRisk) : Words.Untold);
            for (var day = 0; day < Days; day++)
            {
                var open = OpenOn(region, day);
                cells[$"day.{region}.{day}"] = new(words.Number(open), LevelOf(open));
            }
        }
        return cells;
    }

    public static int LevelOf(int seats) => Levels.Count(l => seats >= l);

    private static string Short(string name) => name[(name.LastIndexOf('/') + 1)..];
}
