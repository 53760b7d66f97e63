using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using By = RttNetwork.Contracts.Views.CapacityBy;
using WireBy = RttNetwork.Wire.V1.CapacityBy;
using WirePeople = RttNetwork.Wire.V1.PeopleCount;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Capacity on its way in and out.</summary>
internal static class CapacityMapping
{
    private static readonly string TooLong = string.Create(CultureInfo.InvariantCulture, $"must end a period of at most {WaitsAsk.DaysMax} days");

    /// <summary>Of a period with more cases than one answer is reckoned from.</summary>
    public static readonly string TooMuch = string.Create(CultureInfo.InvariantCulture, $"must end a period with at most {WaitsAsk.CasesMax} cases: ask for a shorter one, a site or a program");

    public static CapacityAsk Read(Fields fields, ListCapacityRequest request) => new(
        Kind(fields, request.By),
        Region(fields, request.Region),
        Site(fields, request.Site),
        Cohort: null,
        Program(fields, request.Program),
        request.Week.Length == 0 ? null : fields.Week("week", request.Week));

    public static CapacityAsk Read(Fields fields, WatchCapacityRequest request)
    {
        var by = Kind(fields, request.By);
        if (by is By.Week) fields.Wrong("by", "must not be by week: each row has its weeks");
        return new(by, Region(fields, request.Region), Site(fields, request.Site), Cohort: null, Program(fields, request.Program));
    }

    public static CapacityAsk Read(Fields fields, GetCapacityRequest request)
    {
        var (region, site) = (Region(fields, request.Region), Site(fields, request.Site));
        if (request.Cohort.Length == 0) return new(site is not null ? By.Site : region is not null ? By.Region : By.Network, region, site);
        var cohort = fields.Cohort("cohort", request.Cohort);
        if (site is not null) fields.Wrong("site", "must be empty beside a cohort");
        return new(By.Cohort, region, Cohort: $"{cohort.Site}.{cohort.Cohort}");
    }

    public static WaitsAsk Read(Fields fields, GetWaitsRequest request, Instant now)
    {
        var ask = new WaitsAsk(
            Region(fields, request.Region), Site(fields, request.Site), Program(fields, request.Program), fields.RequiredDate("from", request.From), fields.RequiredDate("to", request.To));
        if (!fields.IsGood) return ask;
        // The day that it is already somewhere on earth: no site's today is after it.
        var today = (now + Duration.FromHours(14)).InUtc().Date;
        if (ask.From > today) fields.Wrong("from", "must not be in the future");
        if (ask.To > today) fields.Wrong("to", "must not be in the future");
        if (ask.To < ask.From) fields.Wrong("to", "must not be before the first day");
        else if (Period.DaysBetween(ask.From, ask.To) >= WaitsAsk.DaysMax) fields.Wrong("to", TooLong);
        return ask;
    }

    public static WaitFigure ToWire(this WaitFigures figures)
    {
        var wire = new WaitFigure { Definition = figures.Definition, Cases = figures.Cases?.ToWire(), Unit = figures.Unit };
        if (figures.P50 is { } p50) wire.P50 = p50;
        if (figures.P90 is { } p90) wire.P90 = p90;
        if (figures.ThirdNextDays is { } days) wire.ThirdNextDays = days;
        return wire;
    }

    public static CapacityFigure ToWire(this CapacityFigures figures, string network, By by)
    {
        var wire = new CapacityFigure
        {
            Name = NameOf(figures.Key, network, by),
            Cohorts = figures.Cohorts,
            SeatsTotal = figures.SeatsTotal,
            SeatsStaffedOpen = figures.SeatsOpen,
            SeatsOccupied = figures.SeatsOccupied?.ToWire(),
            SeatsHeld = figures.SeatsHeld?.ToWire(),
            WaitlistLength = figures.Waiting?.ToWire(),
        };
        if (figures.SessionsAtRisk is { } atRisk) wire.SessionsAtRisk = atRisk;
        foreach (var week in figures.Medicine) wire.MedicineWeeks.Add(new MedicineWeek { Week = CapacityRollUp.NameOf(week.Week), SeatsOpen = week.SeatsOpen });
        return wire;
    }

    public static string NameOf(string key, string network, By by) => by switch
    {
        By.Cohort when key.Split('.') is [var site, var cohort] => new CohortName(network, site, cohort).ToString(),
        By.Site => new SiteName(network, key).ToString(),
        By.Region => $"regions/{key}",
        By.Network => new NetworkName(network).ToString(),
        _ => key,
    };

    private static By Kind(Fields fields, WireBy by) => by switch
    {
        WireBy.Unspecified or WireBy.BySite => By.Site,
        WireBy.ByCohort => By.Cohort,
        WireBy.ByRegion => By.Region,
        WireBy.ByProgram => By.Program,
        WireBy.ByWeek => By.Week,
        WireBy.ByNetwork => By.Network,
        _ => fields.Wrong("by", "must be one of the kinds that there are", By.Site),
    };

    private static string? Region(Fields fields, string value) => fields.Region("region", value, required: false) is { Length: > 0 } region ? region : null;

    private static string? Site(Fields fields, string value) => value.Length == 0 ? null : fields.Site("site", value).Site;

    private static string? Program(Fields fields, string value) => value.Length == 0 ? null : fields.Program("program", value);

    private static WirePeople ToWire(this Contracts.Views.PeopleCount people) => new() { Count = people.Count, Suppressed = people.IsSuppressed };
}
