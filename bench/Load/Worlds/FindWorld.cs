using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using Date = Google.Type.Date;
using SearchSeatsRequest = RttNetwork.Wire.V1.SearchSeatsRequest;

namespace RttNetwork.Load.Worlds;

/// <summary>
/// A thousand sites all over Canada with ten open cohorts each, planned with medicine: what is searched for seats. One site in ten has limited
/// capacity, one in fifty is hidden, one in four looks after people in French, every other one takes a wheelchair.
/// </summary>
/// <param name="Network">The tenant.</param>
internal sealed record FindWorld(string Network)
{
    public const int Sites = 1_000;
    public const int CohortsPerSite = 10;

    private const int Programs = 5;
    private const int Regions = 20;
    private const string Hall = "hall";

    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb[World.TimeZone];
    private static readonly LocalDate First = new(2031, 1, 6);

    /// <summary>Every entry in an order in which it could have been written.</summary>
    public IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)> Entries()
    {
        for (var site = 0; site < Sites; site++)
        {
            var key = Keys.Site(Network, SiteId(site));
            var (latitude, longitude) = Place(Draw.Mix((ulong)site));
            var opening = ImmutableArray.CreateBuilder<IEvent>();
            opening.Add(new SiteOpened($"Site {site}", $"region-{site % Regions}", World.Jurisdiction, World.TimeZone, latitude, longitude));
            opening.Add(new SiteDescribed(latitude, longitude, site % 4 == 0 ? ["en", "fr"] : ["en"], site % 2 == 0 ? ["wheelchair"] : []));
            opening.Add(new RoomOpened(Hall, "Hall", 40));
            if (site % 10 == 0) opening.Add(new LimitedCapacityDated(true, "staff-shortage", null, null));
            if (site % 50 == 0) opening.Add(new SiteHidden("staff-shortage", HidingAgreedBy.Operator));
            var version = 1;
            yield return (key, version++, opening.ToImmutable());
            for (var cohort = 0; cohort < CohortsPerSite; cohort++)
            {
                var plan = Plan(site, cohort, version);
                var cohortKey = Keys.Cohort(Network, SiteId(site), CohortId(cohort));
                yield return (key, version++, [new RoomReserved(Hall, cohortKey, [.. plan.Sessions.Select(s => new Taken(s.StartsAt, s.FreeAt))])]);
                yield return (cohortKey, 1, [plan]);
            }
        }
    }

    /// <summary>Any search: for a person of some place, and with every filter now and then.</summary>
    public SearchSeatsRequest Search(ref ulong random)
    {
        random = Draw.Mix(random);
        var number = (int)(random % int.MaxValue);
        var request = new SearchSeatsRequest { Parent = $"networks/{Network}" };
        if (number % 8 > 0)
        {
            if (number % 8 == 1) request.OriginSite = $"networks/{Network}/sites/{SiteId(number / 8 % Sites)}";
            else (request.OriginLatitude, request.OriginLongitude) = Place(Draw.Mix(random));
        }
        random = Draw.Mix(random);
        var filters = (int)(random % int.MaxValue);
        if (filters % 3 > 0) request.Program = $"PROG-{filters % Programs}";
        if (number % 8 > 0 && filters / 3 % 2 == 0) request.DistanceKmMax = 300;
        if (filters / 6 % 3 == 0) request.Language = filters / 18 % 2 == 0 ? "fr" : "en";
        if (filters / 36 % 4 == 0) request.Accessibility.Add("wheelchair");
        if (filters / 144 % 4 == 0) (request.Earliest, request.Latest) = (Day(First.PlusDays(filters / 576 % 90)), Day(First.PlusDays(120)));
        if (filters / 576 % 4 == 0) request.Route = "im";
        if (filters / 2304 % 8 == 0) request.Region = $"regions/region-{filters % Regions}";
        if (filters / 18432 % 4 == 0) request.SeatsOpenMin = 3;
        return request;
    }

    /// <summary>A search that every open cohort of a site that is not hidden answers to, from a place in the middle of the country.</summary>
    public SearchSeatsRequest Widest() => new() { Parent = $"networks/{Network}", OriginLatitude = 50, OriginLongitude = -97, PageSize = 200 };

    private static string SiteId(int site) => string.Create(CultureInfo.InvariantCulture, $"find-{site:D4}");

    private static string CohortId(int cohort) => string.Create(CultureInfo.InvariantCulture, $"c-{cohort}");

    /// <summary>Between the southern border and Whitehorse, and from one coast to the other.</summary>
    private static (double Latitude, double Longitude) Place(ulong random) =>
        (43 + (random % 1_800 / 100.0), -135 + (random / 1_800 % 7_500 / 100.0));

    /// <summary>Each cohort of a site has eighteen days of its own, and a medicine session on one of them.</summary>
    private static CohortPlanned Plan(int site, int cohort, int siteVersion)
    {
        var start = First.PlusDays((cohort * 18) + (int)(Draw.Mix((ulong)((site * CohortsPerSite) + cohort)) % 18)).At(new LocalTime(9, 0));
        var session = new PlanSession(
            "w01-medicine", "medicine", SessionKinds.Medicine, "Medicine session", 1, 0, start, start.InZoneStrictly(Zone).ToInstant(), Duration.FromHours(4), Duration.FromHours(2), Duration.FromMinutes(30),
            Hall, 8, 8, [], [], [], [], cohort % 2 == 0 ? [new Intended("im", 0)] : [new Intended("sl", 0)]);
        return new CohortPlanned(
            SiteId(site), $"region-{site % Regions}", World.Jurisdiction, World.TimeZone, "2026b", $"Cohort {cohort}", $"PROG-{(site + cohort) % Programs}", 1, [], start.Date,
            [new RoomCopy(Hall, 40, false, siteVersion)], 1, 8, [], [session], [], [], session.StartsAt, null, false, new HoldPolicy(Duration.FromMinutes(15), 4, 4), "");
    }

    private static Date Day(LocalDate day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };
}
