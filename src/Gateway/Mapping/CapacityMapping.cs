using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Units;
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

    public static CapacityAsk Read(Fields fields, GetCapacityRequest request) => One(fields, request.Region, request.Site, request.Cohort);

    public static (CapacityAsk Ask, Instant At) Read(Fields fields, GetCapacityAtRequest request, Instant now)
    {
        var ask = One(fields, request.Region, request.Site, request.Cohort);
        if (!fields.Has("time", request.Time) || fields.Time("time", request.Time) is not { } at) return (ask, now);
        if (at > now) fields.Wrong("time", "must not be in the future");
        else if (at > now - HistoryTicks.PastAfter) fields.Wrong("time", "must be at least a minute ago: ask for what is so now");
        return (ask, at);
    }

    public static HistoryAsk Read(Fields fields, ListCapacityHistoryRequest request, Instant now)
    {
        var by = Kind(fields, request.By);
        if (by is By.Week) fields.Wrong("by", "must not be by week: each row has its weeks");
        if (request.Grain is < HistoryGrain.Unspecified or > HistoryGrain.ByCivilWeek) fields.Wrong("grain", "must be one of the grains that there are");
        var ask = new HistoryAsk(
            new CapacityAsk(by, Region(fields, request.Region), Site(fields, request.Site), Cohort: null, Program(fields, request.Program)),
            fields.RequiredDate("from", request.From), fields.RequiredDate("to", request.To), request.Grain is HistoryGrain.ByCivilWeek);
        if (!fields.IsGood) return ask;
        // The day that it still is somewhere on earth is not over.
        var today = CapacityRollUp.Today(now - HistoryTicks.PastAfter);
        if (ask.From >= today) fields.Wrong("from", "must be a day that is over at every site");
        if (ask.To >= today) fields.Wrong("to", "must be a day that is over at every site");
        Period(fields, ask.From, ask.To, HistoryAsk.DaysMax);
        return ask;
    }

    private static CapacityAsk One(Fields fields, string inRegion, string atSite, string named)
    {
        var (region, site) = (Region(fields, inRegion), Site(fields, atSite));
        if (named.Length == 0) return new(site is not null ? By.Site : region is not null ? By.Region : By.Network, region, site);
        var cohort = fields.Cohort("cohort", named);
        if (site is not null) fields.Wrong("site", "must be empty beside a cohort");
        return new(By.Cohort, region, Cohort: $"{cohort.Site}.{cohort.Cohort}");
    }

    public static WaitsAsk Read(Fields fields, GetWaitsRequest request, Call call)
    {
        var ask = new WaitsAsk(
            Region(fields, request.Region), Site(fields, request.Site), Program(fields, request.Program), fields.RequiredDate("from", request.From), fields.RequiredDate("to", request.To));
        if (fields.IsGood) Period(fields, new DayPeriod(ask.From, ask.To), call);
        return ask;
    }

    /// <summary>A period of people's days. An authority's is of whole months that are over, as many as its policy says: the difference of two answers is never one person whose day somebody knows.</summary>
    public static void Period(Fields fields, DayPeriod period, Call call)
    {
        // The day that it is already somewhere on earth: no site's today is after it.
        var today = (call.Now + Duration.FromHours(14)).InUtc().Date;
        if (period.From > today) fields.Wrong("from", "must not be in the future");
        if (period.To > today) fields.Wrong("to", "must not be in the future");
        Period(fields, period.From, period.To, WaitsAsk.DaysMax);
        if (!fields.IsGood || call.Caller.Scope is not CallerScope.Authority) return;
        var months = DisclosurePolicyView.Of(call.Caller).PeriodMonths;
        if (!period.IsOfMonths(months))
        {
            fields.Wrong("to", months == 1
                ? "must end a period of whole months: from the first day of one to the last day of one"
                : string.Create(CultureInfo.InvariantCulture, $"must end a period of {months} whole months, or several of them, counted from January: the policy of your region says so"));
        }
        else if (period.To >= CapacityRollUp.Today(call.Now)) fields.Wrong("to", "must be a day that is over at every site");
    }

    /// <summary>A period of days, the first and the last included.</summary>
    private static void Period(Fields fields, LocalDate from, LocalDate to, int daysMax)
    {
        if (to < from) fields.Wrong("to", "must not be before the first day");
        else if (NodaTime.Period.DaysBetween(from, to) >= daysMax) fields.Wrong("to", string.Create(CultureInfo.InvariantCulture, $"must end a period of at most {daysMax} days"));
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

    /// <summary>The names of sites of which nothing is told.</summary>
    public static IEnumerable<string> Names(string network, IEnumerable<string> sites) => sites.Select(s => new SiteName(network, s).ToString());

    public static CapacityHistoryRow ToWire(this CapacityDay row, string network, By by) => new()
    {
        Day = row.Day.ToWire(),
        Week = CapacityRollUp.NameOf(CapacityRollUp.MondayOf(row.Day)),
        Figure = row.Figures.ToWire(network, by),
    };

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
