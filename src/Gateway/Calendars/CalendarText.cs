using System.Collections.Immutable;
using System.Text;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using NodaTime;
using RttNetwork.Contracts.Views;
using Duration = NodaTime.Duration;
using IcsCalendar = Ical.Net.Calendar;

namespace RttNetwork.Gateway.Calendars;

/// <summary>
/// Sessions as iCalendar (RFC 5545). Times are wall times with the zone's name, and the zone's changes are written out from the same database that resolved
/// them: a program that reads them, and one that knows the zone by itself, show the hour that was agreed.
/// </summary>
internal static class CalendarText
{
    private const string Product = "-//RttNetwork//Calendar//EN";

    /// <summary>The same rows are the same bytes: the ETag is made of them.</summary>
    public static byte[] Write(string network, string name, ImmutableArray<CalendarRow> rows, IDateTimeZoneProvider zones)
    {
        var calendar = new IcsCalendar { ProductId = Product, Method = "PUBLISH" };
        calendar.AddProperty("X-WR-CALNAME", name);
        foreach (var inZone in rows.GroupBy(r => r.TimeZone).OrderBy(g => g.Key, StringComparer.Ordinal))
            calendar.AddTimeZone(Zone(zones[inZone.Key], inZone.Min(r => r.StartsAt), inZone.Max(r => r.EndsAt)));
        foreach (var row in rows) calendar.Events.Add(Event(network, row, zones[row.TimeZone]));
        return Encoding.UTF8.GetBytes(new CalendarSerializer().SerializeToString(calendar) ?? throw new InvalidOperationException("The calendar has no text."));
    }

    private static CalendarEvent Event(string network, CalendarRow row, DateTimeZone zone)
    {
        var revised = row.RevisedAt.InUtc().LocalDateTime;
        return new CalendarEvent
        {
            // Of the session, for ever: a later revision of it replaces this one.
            Uid = $"{network}.{row.Site}.{row.Cohort}.{row.Session}@rtt",
            Sequence = row.Revision,
            DtStamp = new CalDateTime(revised.Year, revised.Month, revised.Day, revised.Hour, revised.Minute, revised.Second, CalDateTime.UtcTzId),
            // A length is elapsed time: across a change of the clock the end is where the clock is by then.
            Start = At(row.LocalStart, row.TimeZone),
            End = At(row.EndsAt.InZone(zone).LocalDateTime, row.TimeZone),
            Summary = $"{row.Program}: {(row.DisplayName.Length > 0 ? row.DisplayName : row.Kind)}{(row.Pod > 0 ? $", pod {row.Pod}" : "")}",
            Location = $"{(row.Room.Length > 0 ? $"{row.Room}, " : "virtual, ")}{row.SiteDisplayName}",
            Description = $"{row.Kind}, {row.Site}/{row.Cohort} {row.Session}",
            Status = row.Cancelled ? EventStatus.Cancelled : EventStatus.Confirmed,
            Transparency = row.Cancelled ? TransparencyType.Transparent : TransparencyType.Opaque,
        };
    }

    /// <summary>The zone with every change of its clock that the sessions may meet.</summary>
    private static VTimeZone Zone(DateTimeZone zone, Instant from, Instant to)
    {
        var component = new VTimeZone(zone.Id);
        foreach (var interval in zone.GetZoneIntervals(from - Duration.FromDays(1), to + Duration.FromDays(1)))
        {
            var before = interval.HasStart ? zone.GetUtcOffset(interval.Start - Duration.Epsilon) : interval.WallOffset;
            var since = interval.HasStart ? interval.Start.WithOffset(before).LocalDateTime : new LocalDateTime(1970, 1, 1, 0, 0);
            component.AddChild(new VTimeZoneInfo(interval.Savings == Offset.Zero ? "STANDARD" : "DAYLIGHT")
            {
                OffsetFrom = new UtcOffset(before.ToTimeSpan()),
                OffsetTo = new UtcOffset(interval.WallOffset.ToTimeSpan()),
                TimeZoneName = interval.Name,
                Start = new CalDateTime(since.Year, since.Month, since.Day, since.Hour, since.Minute, since.Second),
            });
        }
        return component;
    }

    private static CalDateTime At(LocalDateTime local, string timeZone) => new(local.Year, local.Month, local.Day, local.Hour, local.Minute, local.Second, timeZone);
}
