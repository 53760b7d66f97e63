using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <param name="Sunday">At whose end it was so, at each site by its own clock.</param>
/// <param name="Figure">Null when there was no cohort to count, which is not zero.</param>
internal sealed record TrendWeek(LocalDate Sunday, CapacityFigure? Figure)
{
    /// <summary>People as far as the caller is told how many: null for others.</summary>
    public int? Booked => Figure?.SeatsOccupied is { Suppressed: false, Count: var count } ? count : null;
}

/// <summary>The seats of a region at the ends of its last weeks, and the picture of them: open ones as columns, booked ones as a line where it is told how many they were.</summary>
internal sealed class Trend
{
    public const int WeeksShown = 12;
    public const int Width = 480;
    public const int Height = 210;

    /// <summary>Where the first column begins; on its left are the numbers.</summary>
    public const int Left = 60;

    private const int DaysPerWeek = 7;
    private const double Top = 12;
    private const double Bottom = Height - 30;
    private const double Column = (double)(Width - Left) / WeeksShown;
    private const double Gap = 4;

    /// <summary>Zero is drawn, so that it does not look like nothing known.</summary>
    private const double BarMin = 1.5;

    private readonly int _most;

    /// <param name="last">As of <see cref="LastSunday"/>.</param>
    public Trend(LocalDate last, IEnumerable<CapacityHistoryRow> rows)
    {
        var known = rows.ToDictionary(r => Words.Local(r.Day), r => r.Figure);
        Weeks = [.. Enumerable.Range(1 - WeeksShown, WeeksShown).Select(n => last.PlusWeeks(n)).Select(sunday => new TrendWeek(sunday, known.GetValueOrDefault(sunday)))];
        _most = AtLeast(Weeks.Max(w => Math.Max(w.Figure?.SeatsStaffedOpen ?? 0, w.Booked ?? 0)));
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<TrendWeek> Weeks { get; }

    public bool HasFigures => Weeks.Any(w => w.Figure is not null);

    /// <summary>False for somebody who is told of seats only, or of no week how many people there were.</summary>
    public bool HasBooked => Weeks.Any(w => w.Booked is not null);

    /// <summary>What the height of the picture is marked with.</summary>
    public IEnumerable<(string Y, int Seats)> Marks => new[] { 0, _most / 2, _most }.Select(seats => (Text(Y(seats)), seats));

    public IEnumerable<(string X, string Y, string Width, string Height)> Bars => Each(w => w.Figure?.SeatsStaffedOpen).Select(bar =>
    {
        var height = Math.Max(BarMin, Bottom - Y(bar.Number));
        return (Text(X(bar.Week) - (Column / 2) + Gap), Text(Bottom - height), Text(Column - (2 * Gap)), Text(height));
    });

    public IEnumerable<(string X, string Y)> Dots => Each(w => w.Booked).Select(dot => (Text(X(dot.Week)), Text(Y(dot.Number))));

    /// <summary>From each week that is told to the next one, where that is told too.</summary>
    public IEnumerable<(string FromX, string FromY, string ToX, string ToY)> Lines
    {
        get
        {
            var dots = Each(w => w.Booked).ToList();
            return dots.Zip(dots.Skip(1)).Where(line => line.Second.Week == line.First.Week + 1)
                .Select(line => (Text(X(line.First.Week)), Text(Y(line.First.Number)), Text(X(line.Second.Week)), Text(Y(line.Second.Number))));
        }
    }

    /// <summary>The weeks whose day is written below: there is room for a few.</summary>
    public IEnumerable<(string X, LocalDate Sunday)> Days => new[] { 1, (WeeksShown / 2) - 1, WeeksShown - 2 }.Select(week => (Text(X(week)), Weeks[week].Sunday));

    /// <summary>The last Sunday that is over at every site.</summary>
    public static LocalDate LastSunday(Instant now) => CapacityRollUp.MondayOf(CapacityRollUp.Today(now - HistoryTicks.PastAfter)).PlusDays(-1);

    /// <summary>The Monday with which the weeks begin.</summary>
    public static LocalDate FirstDay(LocalDate last) => last.PlusDays(1 - (WeeksShown * DaysPerWeek));

    /// <summary>10, 20, 50, 100, 200 and so on: half of each is a whole number too.</summary>
    private static int AtLeast(int seats)
    {
        var most = 10;
        for (var step = 0; most < seats; step++) most = step % 3 == 1 ? most / 2 * 5 : most * 2;
        return most;
    }

    private IEnumerable<(int Week, int Number)> Each(Func<TrendWeek, int?> of) =>
        Weeks.Select((week, i) => (Week: i, Number: of(week))).Where(w => w.Number is not null).Select(w => (w.Week, w.Number!.Value));

    private static double X(int week) => Left + ((week + 0.5) * Column);

    private double Y(int seats) => Bottom - ((Bottom - Top) * seats / _most);

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
