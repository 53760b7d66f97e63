using System.Collections.Immutable;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

/// <summary>How past moments become figures: rows as they were, through the roll-up that live figures go through. Who may ask is judged before.</summary>
public sealed class CapacityPast(IViews views, string network)
{
    private const int DaysPerWeek = 7;

    /// <summary>One row at a past moment.</summary>
    public async Task<CapacityMoment> At(Caller caller, CapacityAsk ask, Instant at)
    {
        var asOf = HistoryTicks.Floor(at, caller.Scope is CallerScope.Authority ? DisclosurePolicyView.Of(caller).PastHours * HistoryTicks.PerHour : 1);
        var nothing = new CapacityMoment(null, "", asOf, Behind: false, IsBeforeAll: false);
        var read = await views.CapacityHistory(network, ask, [new HistoryMoment(0, null, asOf)], CancellationToken.None);
        if (read.Behind) return nothing with { Behind = true };
        if (!(read.Begins <= asOf)) return nothing with { IsBeforeAll = true };
        return nothing with { Figures = CapacityRollUp.Of(read.Rows.Select(r => (r.Row, r.At)), ask, caller) is [var figures] ? figures : null, Token = read.Token };
    }

    /// <summary>A page of rows by day, as many days as there is room for.</summary>
    public async Task<CapacitySeries> Series(Caller caller, PageRequest page, HistoryAsk ask)
    {
        var rows = ImmutableArray.CreateBuilder<CapacityDay>();
        var zones = (await views.TimeZones(network, ask.Of.Region, ask.Of.Site, CancellationToken.None))
            .Select(z => (Id: z, Zone: DateTimeZoneProviders.Tzdb.GetZoneOrNull(z) ?? DateTimeZone.Utc)).ToList();
        var (afterDay, afterKey) = page.After is { } after ? Parse(after) : (null, null);
        var days = DaysOf(ask).SkipWhile(d => d < afterDay).ToList();
        var (read, states, most) = (0, 0, zones.Count == 0 ? 0 : Math.Min(days.Count, HistoryAsk.PageDaysMax));
        while (read < most && rows.Count <= page.Size && states < HistoryAsk.StatesMax)
        {
            // The first day says how many cohorts there are; of the others as many are read at once as the page has room for.
            var many = read == 0 ? 1 : Math.Clamp((HistoryAsk.StatesMax - states) / (1 + (states / read)), 1, Math.Min(DaysPerWeek, most - read));
            var moments = Enumerable.Range(read, many).SelectMany(n => zones.Select(z => new HistoryMoment(n, z.Id, HistoryTicks.EndOf(days[n], z.Zone)))).ToImmutableArray();
            var history = await views.CapacityHistory(network, ask.Of, moments, CancellationToken.None);
            if (history.Behind) return new CapacitySeries([], null, Behind: true);
            foreach (var day in history.Rows.GroupBy(r => days[r.Moment]).OrderBy(d => d.Key))
            {
                var figures = CapacityRollUp.Of(day.Select(r => (r.Row, r.At)), ask.Of, caller);
                rows.AddRange(figures.Where(f => day.Key != afterDay || afterKey is null || string.CompareOrdinal(f.Key, afterKey) > 0).Select(f => new CapacityDay(day.Key, f)));
            }
            (read, states) = (read + many, states + history.Rows.Length);
        }
        // What comes after it: the row that did not fit, or the day that was not read.
        var next = rows.Count > page.Size ? $"{Text(rows[page.Size - 1].Day)} {rows[page.Size - 1].Figures.Key}" : read < days.Count && most > 0 ? Text(days[read]) : null;
        return new CapacitySeries([.. rows.Take(page.Size)], next, Behind: false);
    }

    private static IEnumerable<LocalDate> DaysOf(HistoryAsk ask)
    {
        var first = ask.ByWeek ? CapacityRollUp.MondayOf(ask.From).PlusDays(DaysPerWeek - 1) : ask.From;
        for (var day = first; day <= ask.To; day = day.PlusDays(ask.ByWeek ? DaysPerWeek : 1)) yield return day;
    }

    private static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);

    /// <summary>"2027-01-12" for the whole of a day, "2027-01-12 key" for what comes after a row of it.</summary>
    private static (LocalDate? Day, string? Key) Parse(string after) =>
        after.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var at ? (LocalDatePattern.Iso.Parse(after[..at]).Value, after[(at + 1)..]) : (LocalDatePattern.Iso.Parse(after).Value, null);
}
