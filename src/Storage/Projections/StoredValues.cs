using System.Globalization;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Storage.Projections;

/// <summary>How values stand in the projections' tables. Total: nothing that the journal holds may stop a projector.</summary>
internal static class StoredValues
{
    private static readonly InstantPattern Pattern = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss.fffffffff'Z'");
    private static readonly LocalDateTimePattern WallTime = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm");

    /// <summary>After every instant that a read may have.</summary>
    public static readonly Instant Never = Instant.FromUtc(9999, 12, 31, 0, 0);

    /// <summary>An instant to the nanosecond, as text of fixed width whose order is that of time.</summary>
    public static string Text(Instant instant) => Pattern.Format(instant);

    /// <summary>A wall time to the minute, as text of fixed width.</summary>
    public static string Text(LocalDateTime wallTime) => WallTime.Format(wallTime);

    /// <summary>The Monday of the civil week of a wall time, as text.</summary>
    public static string Week(LocalDateTime wallTime) => Day(CapacityRollUp.MondayOf(wallTime.Date)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static LocalDateTime ToWallTime(string text) => WallTime.Parse(text).Value;

    public static Instant ToInstant(string text) => Pattern.Parse(text).Value;

    /// <summary>A day; one before the year 1, which no calendar of ours needs, is shown as the first of that year.</summary>
    public static DateOnly Day(LocalDate day) => day.Year < 1 ? DateOnly.MinValue : day.ToDateOnly();

    /// <summary>PostgreSQL keeps every character but one.</summary>
    public static string Text(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;
}
