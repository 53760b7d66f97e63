using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Contracts.Views;

/// <param name="Site">The site's id.</param>
/// <param name="Kind">A session's kind; null for all.</param>
/// <param name="From">Those that begin then or later; null for all.</param>
/// <param name="To">Those that begin before; null for all.</param>
/// <param name="OpenOnly">Those that somebody can still have.</param>
/// <param name="Now">Holds are judged at this instant.</param>
[GenerateSerializer, Immutable, Alias("rtt.AppointmentSearch")]
public sealed record AppointmentSearch(
    [property: Id(0)] string Site,
    [property: Id(1)] string? Program,
    [property: Id(2)] string? Kind,
    [property: Id(3)] Instant? From,
    [property: Id(4)] Instant? To,
    [property: Id(5)] bool OpenOnly,
    [property: Id(6)] Instant Now);

/// <summary>An appointment in a list. Who has it is not in it.</summary>
/// <param name="Appointment">Its id at the site: that of a cohort.</param>
/// <param name="Room">Empty for a virtual one.</param>
/// <param name="Usable">1, or 0 when nobody leads it or its room is blocked.</param>
/// <param name="ForCohort">SITE.COHORT whose intake it belongs to; empty for none.</param>
/// <param name="Staff">Ids of who leads it.</param>
[GenerateSerializer, Immutable, Alias("rtt.AppointmentRow")]
public sealed record AppointmentRow(
    [property: Id(0)] string Site,
    [property: Id(1)] string Appointment,
    [property: Id(2)] string Program,
    [property: Id(3)] string Kind,
    [property: Id(4)] string DisplayName,
    [property: Id(5)] string Session,
    [property: Id(6)] LocalDateTime LocalStart,
    [property: Id(7)] string TimeZone,
    [property: Id(8)] Instant StartsAt,
    [property: Id(9)] Instant EndsAt,
    [property: Id(10)] string Room,
    [property: Id(11)] bool Withdrawn,
    [property: Id(12)] int Usable,
    [property: Id(13)] int Booked,
    [property: Id(14)] int Held,
    [property: Id(15)] Instant IntakeClosesAt,
    [property: Id(16)] string ForCohort,
    [property: Id(17)] ImmutableArray<string> Staff);
