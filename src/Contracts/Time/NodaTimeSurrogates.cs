using NodaTime;

namespace RttNetwork.Contracts.Time;

/// <summary>How an <see cref="Instant"/> travels between grains: nanoseconds are kept to the tick (100 ns).</summary>
[GenerateSerializer, Alias("rtt.Instant")]
public struct InstantSurrogate
{
    [Id(0)] public long UnixTicks { get; set; }
}

[RegisterConverter]
public sealed class InstantConverter : IConverter<Instant, InstantSurrogate>
{
    public Instant ConvertFromSurrogate(in InstantSurrogate surrogate) => Instant.FromUnixTimeTicks(surrogate.UnixTicks);
    public InstantSurrogate ConvertToSurrogate(in Instant value) => new() { UnixTicks = value.ToUnixTimeTicks() };
}

/// <summary>How a <see cref="LocalDate"/> travels between grains, in the ISO calendar.</summary>
[GenerateSerializer, Alias("rtt.LocalDate")]
public struct LocalDateSurrogate
{
    [Id(0)] public int Year { get; set; }
    [Id(1)] public int Month { get; set; }
    [Id(2)] public int Day { get; set; }
}

[RegisterConverter]
public sealed class LocalDateConverter : IConverter<LocalDate, LocalDateSurrogate>
{
    public LocalDate ConvertFromSurrogate(in LocalDateSurrogate surrogate) => new(surrogate.Year, surrogate.Month, surrogate.Day);
    public LocalDateSurrogate ConvertToSurrogate(in LocalDate value) => new() { Year = value.Year, Month = value.Month, Day = value.Day };
}

/// <summary>How a <see cref="LocalDateTime"/> travels between grains: to the second, which is as fine as sessions are planned.</summary>
[GenerateSerializer, Alias("rtt.LocalDateTime")]
public struct LocalDateTimeSurrogate
{
    [Id(0)] public LocalDateSurrogate Date { get; set; }
    [Id(1)] public int SecondOfDay { get; set; }
}

[RegisterConverter]
public sealed class LocalDateTimeConverter : IConverter<LocalDateTime, LocalDateTimeSurrogate>
{
    public LocalDateTime ConvertFromSurrogate(in LocalDateTimeSurrogate surrogate) =>
        new LocalDate(surrogate.Date.Year, surrogate.Date.Month, surrogate.Date.Day).AtMidnight().PlusSeconds(surrogate.SecondOfDay);

    public LocalDateTimeSurrogate ConvertToSurrogate(in LocalDateTime value) => new()
    {
        Date = new LocalDateSurrogate { Year = value.Year, Month = value.Month, Day = value.Day },
        SecondOfDay = (value.Hour * 3600) + (value.Minute * 60) + value.Second,
    };
}

/// <summary>How a <see cref="Duration"/> travels between grains, to the tick (100 ns).</summary>
[GenerateSerializer, Alias("rtt.Duration")]
public struct DurationSurrogate
{
    [Id(0)] public long Ticks { get; set; }
}

[RegisterConverter]
public sealed class DurationConverter : IConverter<Duration, DurationSurrogate>
{
    public Duration ConvertFromSurrogate(in DurationSurrogate surrogate) => Duration.FromTicks(surrogate.Ticks);
    public DurationSurrogate ConvertToSurrogate(in Duration value) => new() { Ticks = (long)value.TotalTicks };
}
