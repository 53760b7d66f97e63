using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Calendars;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

/// <summary>How cohorts become figures, and what of them a caller is shown: once, for lists in the grain and for streams in the gateway.</summary>
public static class CapacityRollUp
{
    /// <summary>Weeks that figures go into, this one first.</summary>
    public const int WeeksShown = 14;

    /// <summary>The day that it still is somewhere on earth: a cohort whose last day is before it is over at every site.</summary>
    public static LocalDate Today(Instant now) => (now - Duration.FromHours(12)).InUtc().Date;

    /// <summary>The Monday of a day's civil week.</summary>
    public static LocalDate MondayOf(LocalDate day) => day.PlusDays(1 - (int)day.DayOfWeek);

    /// <summary>"2027-W03"</summary>
    public static string NameOf(LocalDate monday) =>
        string.Create(CultureInfo.InvariantCulture, $"{WeekYearRules.Iso.GetWeekYear(monday):D4}-W{WeekYearRules.Iso.GetWeekOfWeekYear(monday):D2}");

    /// <summary>True for a cohort that the question is about, and of a region that an authority is one of (rule 50).</summary>
    private static bool Takes(CapacityAsk ask, CapacityRow row, LocalDate today, Caller caller) =>
        (ask.Cohort is null ? row.LastDay >= today : ask.Cohort == row.Cohort)
        && (caller.Scope is not CallerScope.Authority || caller.Regions.Contains(row.Region))
        && (ask.Region is null || ask.Region == row.Region)
        && (ask.Site is null || ask.Site == row.Site)
        && (ask.Program is null || ask.Program == row.Program)
        && (ask.Week is not { } week || row.Weeks.Contains(week));

    /// <summary>The figures in the order of their keys, as the caller may see them; person-derived ones are rounded after they are added up.</summary>
    public static ImmutableArray<CapacityFigures> Of(IEnumerable<CapacityRow> rows, CapacityAsk ask, Instant now, Caller caller) => Of(rows.Select(r => (r, now)), ask, caller);

    /// <summary>The same of cohorts each of which is judged at an instant of its own: the ends of a day at sites of several zones.</summary>
    public static ImmutableArray<CapacityFigures> Of(IEnumerable<(CapacityRow Row, Instant At)> rows, CapacityAsk ask, Caller caller)
    {
        var groups = new SortedDictionary<string, Sum>(StringComparer.Ordinal);
        foreach (var (row, now) in rows)
        {
            var today = Today(now);
            var first = MondayOf(today);
            if (!Takes(ask, row, today, caller)) continue;
            if (ask.By is CapacityBy.Week)
            {
                foreach (var week in ask.Week is { } one ? [one] : row.Weeks)
                {
                    if (IsShown(week, first, ask)) Group(NameOf(week)).Add(row, now, w => w == week);
                }
            }
            else
                Group(KeyOf(row, ask.By)).Add(row, now, week => IsShown(week, first, ask));
        }
        return [.. groups.Select(g => g.Value.Told(g.Key, caller))];

        Sum Group(string key)
        {
            if (!groups.TryGetValue(key, out var sum)) groups[key] = sum = new Sum(ask);
            return sum;
        }
    }

    /// <summary>The figures of something that has no cohorts.</summary>
    public static CapacityFigures Nothing(string key, CapacityAsk ask, Caller caller) => new Sum(ask).Told(key, caller);

    /// <summary>The next instant at which time alone changes a figure of the cohort; null for never.</summary>
    public static Instant? LapsesAfter(CapacityRow row, Instant now)
    {
        Instant? next = row.IntakeClosesAt > now ? row.IntakeClosesAt : null;
        foreach (var at in row.HoldsUntil.Concat(row.Medicine.Select(m => m.StartsAt)).Concat(row.Risks.Select(r => r.StartsAt)))
        {
            if (at > now && !(next <= at)) next = at;
        }
        return next;
    }

    /// <summary>The key of the figures that a cohort goes into; of weeks there are several.</summary>
    public static string KeyOf(CapacityRow row, CapacityBy by) => by switch
    {
        CapacityBy.Cohort => row.Cohort,
        CapacityBy.Site => row.Site,
        CapacityBy.Region => row.Region,
        CapacityBy.Program => row.Program,
        _ => "",
    };

    private static bool IsShown(LocalDate week, LocalDate first, CapacityAsk ask) =>
        ask.Week is { } only ? week == only : week >= first && week < first.PlusWeeks(WeeksShown);

    /// <summary>True for somebody who is shown every figure of the list as it is.</summary>
    public static bool IsToldAll(Caller caller, CapacityAsk ask) =>
        caller.Scope is not (CallerScope.Authority or CallerScope.Site) || (caller.Scope is CallerScope.Site && ask.Site is { } site && caller.Sites.Contains(site));

    /// <summary>A site sees people of its own alone, and of others where seats are open; an authority sees people rounded.</summary>
    private static Sight SightOf(Caller caller, CapacityAsk ask, string key)
    {
        if (caller.Scope is CallerScope.Authority) return Sight.Rounded;
        if (caller.Scope is not CallerScope.Site) return Sight.All;
        var site = ask.By switch
        {
            CapacityBy.Site => key,
            CapacityBy.Cohort => key[..key.IndexOf('.', StringComparison.Ordinal)],
            _ => ask.Site ?? ask.Cohort?[..ask.Cohort.IndexOf('.', StringComparison.Ordinal)],
        };
        return site is not null && caller.Sites.Contains(site) ? Sight.All : Sight.SeatsOnly;
    }

    private enum Sight
    {
        All,
        Rounded,
        SeatsOnly,
    }

    private sealed class Sum(CapacityAsk ask)
    {
        private readonly SortedDictionary<LocalDate, int> _medicine = [];
        private int _cohorts, _total, _open, _booked, _held, _waiting, _atRisk;

        /// <param name="isShown">The weeks whose medicine sessions go into the figures.</param>
        public void Add(CapacityRow row, Instant now, Func<LocalDate, bool> isShown)
        {
            var held = row.HoldsUntil.Count(h => h > now);
            var open = row.AtRisk || row.IntakeClosesAt <= now ? 0 : Math.Max(0, row.Usable - row.Booked - held);
            _cohorts++;
            _total += row.SeatsMax;
            _open += open;
            _booked += row.Booked;
            _held += held;
            _waiting += row.Waiting;
            _atRisk += row.Risks.Count(r => r.StartsAt > now && (!IsOfWeeks || isShown(r.Week)));
            foreach (var week in row.Medicine.Where(m => m.StartsAt > now && isShown(m.Week)).GroupBy(m => m.Week))
            {
                // Whoever books joins a pod: as many as the pods that have their session in this week take.
                var inWeek = week.Any(m => m.Pod == 0 || row.PodsOpen.IsEmpty) ? open : Math.Min(open, week.Select(m => m.Pod).Distinct().Sum(pod => Math.Max(0, row.PodsOpen[pod - 1])));
                _medicine[week.Key] = _medicine.GetValueOrDefault(week.Key) + inWeek;
            }
        }

        public CapacityFigures Told(string key, Caller caller)
        {
            var sight = SightOf(caller, ask, key);
            return new(
                key, _cohorts, _total, _open, People(_booked), People(_held), People(_waiting), sight is Sight.SeatsOnly ? null : _atRisk,
                [.. _medicine.Select(m => new WeekSeats(m.Key, m.Value))]);

            PeopleCount? People(int count) => sight switch
            {
                Sight.All => new PeopleCount(count, false),
                Sight.Rounded => DisclosurePolicyView.Of(caller).Rounded(count),
                _ => null,
            };
        }

        private bool IsOfWeeks => ask.By is CapacityBy.Week || ask.Week is not null;
    }
}
