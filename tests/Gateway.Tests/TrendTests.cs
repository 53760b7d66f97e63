using System.Globalization;
using CsCheck;
using NodaTime;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>The picture of a region's weeks: which weeks they are, and that every number is where it belongs.</summary>
public sealed class TrendTests
{
    private static readonly LocalDate Last = new(2026, 11, 29);

    /// <summary>Twelve ends of weeks, none of which is still running anywhere on earth.</summary>
    [Fact]
    public void The_last_week_is_the_last_that_is_over_at_every_site() => Gen.Int[0, 60 * 24 * 400].Sample(minutes =>
    {
        var now = Instant.FromUtc(2026, 1, 1, 0, 0) + Duration.FromMinutes(minutes);
        var last = Trend.LastSunday(now);
        Assert.Equal(IsoDayOfWeek.Sunday, last.DayOfWeek);
        // Midnight after it has passed twelve hours west of Greenwich for a minute and more, and that after the next Sunday has not.
        Assert.InRange(now - last.PlusDays(1).AtMidnight().InUtc().ToInstant(), Duration.FromHours(12) + Duration.FromMinutes(1), Duration.FromDays(7) + Duration.FromHours(12) + Duration.FromMinutes(1));
        Assert.Equal((IsoDayOfWeek.Monday, 83), (Trend.FirstDay(last).DayOfWeek, Period.DaysBetween(Trend.FirstDay(last), last)));
    });

    /// <summary>Weeks without a row, people who are not told and people who are told as few: each number that is told is drawn at its height, and nothing else is.</summary>
    [Fact]
    public void Every_number_that_is_told_is_drawn_at_its_height_and_no_other() => Gen.Select(Gen.Bool, Gen.Int[0, 3000], Gen.Int[-2, 3000]).Array[Trend.WeeksShown].Sample(weeks =>
    {
        var trend = new Trend(Last, weeks.Select((w, i) => (w, Sunday: Last.PlusWeeks(i + 1 - weeks.Length))).Where(w => w.w.Item1).Select(w => Row(w.Sunday, w.w.Item2, w.w.Item3)));
        Assert.Equal(weeks.Select((_, i) => Last.PlusWeeks(i + 1 - weeks.Length)), trend.Weeks.Select(w => w.Sunday));
        Assert.Equal(weeks.Select(w => w.Item1), trend.Weeks.Select(w => w.Figure is not null));
        Assert.Equal((weeks.Any(w => w.Item1), weeks.Any(w => w.Item1 && w.Item3 >= 0)), (trend.HasFigures, trend.HasBooked));
        var marks = trend.Marks.ToList();
        var (bottom, top, most) = (Number(marks[0].Y), Number(marks[2].Y), marks[2].Seats);
        Assert.Equal((0, most / 2.0), (marks[0].Seats, marks[1].Seats));
        var (bars, dots) = (trend.Bars.ToList(), trend.Dots.ToList());
        Assert.Equal(weeks.Where(w => w.Item1).Select(w => Math.Max(1.5, (bottom - top) * w.Item2 / most)), bars.Select(b => Number(b.Height)), (a, b) => Math.Abs(a - b) < 0.06);
        Assert.All(bars, b => Assert.Equal(bottom, Number(b.Y) + Number(b.Height), 0.11));
        Assert.Equal(weeks.Where(w => w is { Item1: true, Item3: >= 0 }).Select(w => bottom - ((bottom - top) * w.Item3 / most)), dots.Select(d => Number(d.Y)), (a, b) => Math.Abs(a - b) < 0.06);
        // A line goes from a dot to that of the next week, and over no week that is not told.
        Assert.Equal(weeks.Zip(weeks.Skip(1)).Count(w => w is { First: { Item1: true, Item3: >= 0 }, Second: { Item1: true, Item3: >= 0 } }), trend.Lines.Count());
        Assert.All(trend.Lines, line => Assert.True(dots.Contains((line.FromX, line.FromY)) && dots.Contains((line.ToX, line.ToY))));
        foreach (var x in bars.SelectMany(b => new[] { Number(b.X), Number(b.X) + Number(b.Width) }).Concat(dots.Select(d => Number(d.X)))) Assert.InRange(x, Trend.Left, Trend.Width);
        foreach (var y in bars.Select(b => Number(b.Y)).Concat(dots.Select(d => Number(d.Y)))) Assert.InRange(y, 0, Trend.Height);
    });

    /// <param name="booked">-1 for few, who are not told; -2 for somebody who is told of seats alone.</param>
    private static CapacityHistoryRow Row(LocalDate day, int open, int booked) => new()
    {
        Day = Words.Wire(day),
        Figure = new CapacityFigure { SeatsStaffedOpen = open, SeatsOccupied = booked == -2 ? null : new PeopleCount { Count = Math.Max(0, booked), Suppressed = booked == -1 } },
    };

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
