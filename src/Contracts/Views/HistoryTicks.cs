using NodaTime;

namespace RttNetwork.Contracts.Views;

/// <summary>
/// The ticks of history: whole minutes of UTC. Of a cohort the state at the end of each tick in which it changed is kept, so the beginnings of civil days
/// are ticks in every zone, and a past moment is answered as of the tick at or before it.
/// </summary>
public static class HistoryTicks
{
    /// <summary>The shortest time after which a moment is past: everything that was recorded by then is committed, or never will be.</summary>
    public static readonly Duration PastAfter = Duration.FromMinutes(1);

    /// <summary>An authority's moments are whole hours, one or more apart: the difference of two answers is what they brought, and never one booking that somebody knows the minute of.</summary>
    public const int PerHour = 60;

    private static readonly Instant Begin = NodaConstants.UnixEpoch;

    /// <summary>The first tick by which something is recorded that was recorded at an instant.</summary>
    public static int First(Instant recorded) => (int)((((recorded - Begin).BclCompatibleTicks + NodaConstants.TicksPerMinute) - 1) / NodaConstants.TicksPerMinute);

    /// <summary>The tick at or before an instant.</summary>
    public static int At(Instant instant) => (int)((instant - Begin).BclCompatibleTicks / NodaConstants.TicksPerMinute);

    public static Instant ToInstant(int tick) => Begin + Duration.FromMinutes(tick);

    /// <summary>The moment that is answered for one that is asked about.</summary>
    public static Instant Floor(Instant instant, int ticks) => ToInstant(At(instant) / ticks * ticks);

    /// <summary>The end of a civil day: the beginning of the next one.</summary>
    public static Instant EndOf(LocalDate day, DateTimeZone zone) => zone.AtStartOfDay(day.PlusDays(1)).ToInstant();
}
