using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Sites;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Sites;

namespace RttNetwork.Grains.Cohorts;

/// <summary>Between the cohort's contracts and its domain.</summary>
internal static class CohortMapping
{
    /// <summary>What every read of a cohort shows of its plan, made once: a plan never changes.</summary>
    private static readonly ConditionalWeakTable<CohortOpened, FixedParts> Plans = [];

    public static CohortView ToView(this CohortState cohort, string key, int version, Instant now)
    {
        var plan = cohort.Plan!;
        var fixedParts = Plans.GetValue(plan, FixedParts.Of);
        return new CohortView(
            Keys.NetworkOf(key),
            plan.Site,
            Keys.CohortParts(key).Cohort,
            plan.DisplayName,
            plan.Program,
            plan.TemplateVersion,
            cohort.Room.Room,
            plan.SeatsMin,
            plan.SeatsMax,
            plan.HardCap,
            fixedParts.Staffing,
            fixedParts.Sessions,
            plan.IntakeClosesAt,
            plan.MayOverlap,
            plan.Holds.Ttl,
            plan.Holds.Max,
            plan.Holds.PerCallerMax,
            [.. cohort.Facilitators.Values.OrderBy(f => f.Facilitator, StringComparer.Ordinal).Select(f => new AssignedView(f.Facilitator, f.Role, f.Counted))],
            cohort.AtRisk,
            cohort.ToSeatCount(now),
            now,
            plan.FirstDay(),
            plan.LastDay(),
            version)
        {
            Plan = cohort.Planned is { } planned ? cohort.ToPlanView(planned, now) : null,
            PathwayVersion = cohort.Pathway?.Version ?? 0,
            NotPermitted = cohort.NotPermitted,
            SafetyFlags = cohort.SafetyFlags.IsEmpty ? [] : [.. cohort.SafetyFlags.Keys.Order(StringComparer.Ordinal)],
            TimeZoneVersion = cohort.TimeZoneVersion,
            TimeConflicts = [.. cohort.TimeConflicts.Select(c => new TimeConflictView(c.Session, c.Kind, c.Subject))],
            Appointment = cohort.Appointment is { } appointment
                ? new AppointmentView(appointment.Session, appointment.Kind, appointment.ForCohort, appointment.Withdrawn, appointment.Kept?.Attended)
                : null,
        };
    }

    /// <summary>A session as the rules of a person's pathway see it.</summary>
    public static PathwaySessionFacts ToSessionFacts(this CohortState cohort, string key, int number, string person, Instant now)
    {
        var plan = cohort.Plan!;
        var session = plan.Sessions[number];
        var carried = cohort.CarriedIn(number);
        return new PathwaySessionFacts(
            key,
            plan.Jurisdiction,
            plan.Program,
            number,
            session.Kind,
            session.LocalStart.Date,
            session.StartsAt,
            session.EndsAt,
            cohort.IsTheirs(person, number),
            cohort.Guests.TryGetValue(person, out var expected) && expected == number,
            cohort.PresentAt(number),
            carried.Seats,
            carried.BoundBy,
            cohort.TakenIn(number, now),
            cohort.Pathway?.ConsentVersion(ConsentRequirement.Treatment) ?? 0,
            cohort.Planned is { } planned && Cures.Of(cohort, planned.Sessions[number], now) is SessionStanding.Blocked,
            cohort.Planned is { } led && Substitution.IsHeldOut(cohort, person, led.Sessions[number].Id))
        {
            NotPermitted = cohort.NotPermitted.Contains(number),
            IsAppointment = cohort.Appointment is not null,
            IsTraining = cohort.Training is not null,
            Kept = cohort.Appointment?.Kept is { } kept && kept.Participant == person ? kept.Attended
                : cohort.Training?.Attended.GetValueOrDefault(person, []).Contains(number) == true ? true : null,
        };
    }

    public static SeatCountView ToSeatCount(this CohortState cohort, Instant now)
    {
        var usable = cohort.Usable();
        var held = cohort.SeatsHeldAt(now);
        return new SeatCountView(usable.Seats, cohort.SeatsBooked, held, Math.Max(0, usable.Seats - cohort.SeatsBooked - held), usable.BoundBy);
    }

    /// <summary>The person's seat as it stands; a seat that is not there has the state "none".</summary>
    public static SeatView ToSeatView(this CohortState cohort, string key, string participant, Instant now) =>
        cohort.SeatOf(participant) is { } seat && seat.IsTakenAt(now)
            ? new SeatView(key, participant, seat.IsBooked ? SeatState.Booked : SeatState.Held, seat.HeldUntil, seat.BookedAt) { Pod = cohort.PodOf.GetValueOrDefault(participant), IsOffer = seat.IsOffer, ConsentMissing = cohort.ConsentMissing.GetValueOrDefault(participant, []) }
            : new SeatView(key, participant, SeatState.None, null, null);

    /// <summary>The plan that a cohort is opened with: the command, and what the site placed and knows.</summary>
    public static CohortOpened ToPlan(this OpenCohort command, string site, RoomFacts facts)
    {
        var sessions = facts.Sessions.Select(s => new Session(s.Kind, s.LocalStart, s.StartsAt, s.Length, s.Turnover, s.IsVirtual)).ToList();
        return new CohortOpened(
            site,
            facts.Region,
            facts.Jurisdiction,
            facts.TimeZone,
            command.DisplayName,
            command.Program,
            command.TemplateVersion,
            facts.ToCopy(),
            command.SeatsMin,
            command.SeatsMax,
            command.HardCap,
            [.. command.Staffing.Select(r => new StaffingRequirement(r.Role, r.ParticipantsPerMember, r.MembersMin))],
            [.. sessions],
            command.IntakeClosesAt ?? sessions[0].StartsAt,
            command.MayOverlap,
            new HoldPolicy(command.HoldTtl, command.HoldsMax, command.HoldsPerCallerMax));
    }

    private sealed record FixedParts(ImmutableArray<StaffingRequirementView> Staffing, ImmutableArray<PlannedSession> Sessions)
    {
        public static FixedParts Of(CohortOpened plan) => new(
            [.. plan.Staffing.Select(r => new StaffingRequirementView(r.Role, r.ParticipantsPerMember, r.MembersMin))],
            [.. plan.Sessions.Select(s => new PlannedSession(s.Kind, s.LocalStart, s.StartsAt, s.Length, s.Turnover, s.IsVirtual))]);
    }
}
