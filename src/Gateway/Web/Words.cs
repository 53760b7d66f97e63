using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Localization;
using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>Days, times and figures in the language of the page. The machine has no data of cultures: how they are written is in the texts.</summary>
internal sealed class Words(IStringLocalizer<Texts> texts)
{
    /// <summary>What is not told.</summary>
    public const string Untold = "–";

    /// <summary>"Tue 12 Jan"</summary>
    public string Day(LocalDate day) => texts["format.day", Weekday(day), Number(day), List("format.months")[day.Month - 1]];

    /// <summary>"Tue"</summary>
    public string Weekday(LocalDate day) => List("format.days")[(int)day.DayOfWeek - 1];

    /// <summary>"12 Jan"</summary>
    public string Short(LocalDate day) => texts["format.short", Number(day), List("format.months")[day.Month - 1]];

    /// <summary>"12 Jan 2027"</summary>
    public string Date(LocalDate day) => texts["format.date", Number(day), List("format.months")[day.Month - 1], day.Year];

    public string Date(Google.Type.Date? day) => day is null ? Untold : Date(Local(day));

    /// <summary>"17:30"</summary>
    public string Time(LocalTime time) => texts["format.time", Two(time.Hour), Two(time.Minute)];

    /// <summary>"27 Nov 2026, 09:31:05 UTC"</summary>
    public string Moment(Timestamp? at)
    {
        if (at is null) return Untold;
        var utc = Instant.FromDateTimeOffset(at.ToDateTimeOffset()).InUtc().LocalDateTime;
        return texts["format.moment", Date(utc.Date), Two(utc.Hour), Two(utc.Minute), Two(utc.Second)];
    }

    /// <summary>"12 Jan 2027, 17:30" by the clocks of a zone.</summary>
    public string Moment(Timestamp? at, DateTimeZone zone)
    {
        if (at is null) return Untold;
        var local = Instant.FromDateTimeOffset(at.ToDateTimeOffset()).InZone(zone).LocalDateTime;
        return texts["format.local", Date(local.Date), Time(local.TimeOfDay)];
    }

    public string Number(long number) => number.ToString("N0", Numbers);

    /// <summary>To a tenth.</summary>
    public string Number(double number) => number.ToString("0.#", Numbers);

    /// <summary>People, as far as the caller is told.</summary>
    public string People(PeopleCount? people) => people is null ? Untold : people.Suppressed ? texts["format.few"] : Number(people.Count);

    public static LocalDate Local(Google.Type.Date day) => new(day.Year, day.Month, day.Day);

    public static Google.Type.Date Wire(LocalDate day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };

    /// <summary>The first of a month has a name of its own in French.</summary>
    private string Number(LocalDate day) => day.Day == 1 ? texts["format.first"] : Number(day.Day);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);

    private NumberFormatInfo Numbers => new() { NumberDecimalSeparator = texts["format.decimal"], NumberGroupSeparator = "\u00A0" };

    private string[] List(string key) => texts[key].Value.Split(' ');
}
