using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Contracts.Cohorts;

/// <summary>What makes a plan one of an appointment (docs/adr/0008): the rest of <see cref="PlanCohort"/> is as for any.</summary>
/// <param name="Session">A session of the template that is made with each person.</param>
/// <param name="At">Wall time at the site.</param>
/// <param name="Room">Empty for a virtual one.</param>
/// <param name="ForCohort">The key of the cohort whose intake it belongs to; empty for none.</param>
/// <param name="IntakeClosesAt">When that cohort's intake closes; a plan never changes, so it is passed by value.</param>
[GenerateSerializer, Immutable, Alias("rtt.AppointmentAsk")]
public sealed record AppointmentAsk(
    [property: Id(0)] string Session,
    [property: Id(1)] LocalDateTime At,
    [property: Id(2)] string Room,
    [property: Id(3)] string ForCohort,
    [property: Id(4)] Instant? IntakeClosesAt);

/// <summary>Withdraws an appointment whole: one unit over whoever has it, who leads it, the site and itself.</summary>
/// <param name="Cohort">The appointment's key.</param>
/// <param name="Chain">The keys of the others in the order in which a unit enlists them: participants, facilitators, the site.</param>
/// <param name="Reason">A code: "ill", "closed".</param>
[GenerateSerializer, Immutable, Alias("rtt.WithdrawAppointment")]
public sealed record WithdrawAppointment([property: Id(0)] string Cohort, [property: Id(1)] ImmutableArray<string> Chain, [property: Id(2)] string Reason);

/// <summary>What a cohort is when it is an appointment.</summary>
/// <param name="Kept">Whether the person came; null until somebody has recorded it.</param>
[GenerateSerializer, Immutable, Alias("rtt.AppointmentView")]
public sealed record AppointmentView(
    [property: Id(0)] string Session,
    [property: Id(1)] string Kind,
    [property: Id(2)] string ForCohort,
    [property: Id(3)] bool Withdrawn,
    [property: Id(4)] bool? Kept);
