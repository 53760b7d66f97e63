using Google.Protobuf.WellKnownTypes;
using NodaTime;
using Duration = NodaTime.Duration;
using WireDate = Google.Type.Date;
using WireDateTime = Google.Type.DateTime;
using WireDuration = Google.Protobuf.WellKnownTypes.Duration;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Times and dates on their way out.</summary>
internal static class Times
{
    public static Timestamp ToWire(this Instant instant)
    {
        var ticks = instant.ToUnixTimeTicks();
        var seconds = Math.DivRem(ticks, NodaConstants.TicksPerSecond, out var rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + NodaConstants.TicksPerSecond);
        return new Timestamp { Seconds = seconds, Nanos = (int)(rest * NodaConstants.NanosecondsPerTick) };
    }

    public static Timestamp? ToWire(this Instant? instant) => instant?.ToWire();

    public static WireDuration ToWire(this Duration duration) => WireDuration.FromTimeSpan(duration.ToTimeSpan());

    public static WireDate ToWire(this LocalDate date) => new() { Year = date.Year, Month = date.Month, Day = date.Day };

    public static WireDate? ToWire(this LocalDate? date) => date?.ToWire();

    public static WireDateTime ToWire(this LocalDateTime time) => new()
    {
        Year = time.Year,
        Month = time.Month,
        Day = time.Day,
        Hours = time.Hour,
        Minutes = time.Minute,
        Seconds = time.Second,
    };
}
