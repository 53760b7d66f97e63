using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// The rules of a seat: hold, book, cancel, release. Each is one function over every fact that it needs, the person's
/// and the cohort's, judged at the instant of the decision.
/// </summary>
public static class Booking
{
    /// <summary>Holds a seat while the person decides (rule 13).</summary>
    public static Decision Hold(PersonFacts person, CohortState cohort, string cohortKey, string by, Instant now) =>
        Hold(person, cohort, cohortKey, by, cohort.Plan is { } plan ? now + plan.Holds.Ttl : now, now);

    /// <summary>Holds a seat until an instant.</summary>
    internal static Decision Hold(PersonFacts person, CohortState cohort, string cohortKey, string by, Instant until, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.SeatOf(person.Participant) is { } seat && seat.IsTakenAt(now)) return Decision.Already;
        if (NotOpen(cohort, IsLateAllowed(person, cohort, now), now) is { } closed) return closed;
        if (NotAdmissible(person, cohort, plan, books: false, moves: false, now) is { } inadmissible) return inadmissible;
        if (person.OverlappingHold(cohortKey, plan, now))
            return new Refusal(Reason.AlreadyEnrolled, "The person has a hold in a program at an overlapping time; a person has one at most (I2).");
        if (HoldsExhausted(cohort, by, now) is { } exhausted) return exhausted;
        if (NoSeat(person, cohort, cohortKey, now) is { } full) return full;
        if (Whereabouts.Elsewhere(person, cohort, cohortKey, 0, now) is { } elsewhere) return elsewhere;
        // A hold does not outlast the intake; one that was let in late, not the group.
        var expiresAt = Instant.Min(until, plan.IntakeClosesAt > now ? plan.IntakeClosesAt : cohort.Planned?.ClosesAt ?? Instant.MaxValue);
        return Decision.Of(
            [new EnrolmentHeld(cohortKey, plan.FirstDay(), plan.LastDay(), plan.MayOverlap, expiresAt), Whereabouts.Of(cohort, cohortKey, 0, now)],
            Taken(cohort, now, new SeatHeld(person.Participant, by, expiresAt)));
    }

    /// <summary>Books a seat, or turns the person's hold into one (rules 10, 13, 14, 31; I1, I2).</summary>
    public static Decision Book(PersonFacts person, CohortState cohort, string cohortKey, Instant now) => Book(person, cohort, cohortKey, moves: false, now);

    /// <param name="moves">The person comes from another cohort of the program, and its intake is over for them: only a group that is closed takes nobody (rules 32 and 42).</param>
    internal static Decision Book(PersonFacts person, CohortState cohort, string cohortKey, bool moves, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        var seat = cohort.SeatOf(person.Participant);
        if (seat is { IsBooked: true }) return Decision.Already;
        if (NotOpen(cohort, moves || IsLateAllowed(person, cohort, now), now) is { } closed) return closed;
        if (NotAdmissible(person, cohort, plan, books: true, moves, now) is { } inadmissible) return inadmissible;
        if (person.OverlappingSeat(cohortKey, plan))
            return new Refusal(Reason.AlreadyEnrolled, "The person has a seat in a program at an overlapping time; a person has one at most (I2).");
        var holdsSeat = seat is not null && seat.IsTakenAt(now);
        if (!holdsSeat && NoSeat(person, cohort, cohortKey, now) is { } full) return full;
        var pod = cohort.Capacity is { Pods.IsEmpty: false } capacity ? capacity.PodToJoin(cohort) : 0;
        if (Whereabouts.Elsewhere(person, cohort, cohortKey, pod, now) is { } elsewhere) return elsewhere;
        var booked = Taken(cohort, now, new SeatBooked(person.Participant));
        if (pod > 0) booked = booked.Add(new PodJoined(person.Participant, pod));
        // Who has a seat waits for none of the program any more.
        var ended = !person.Pools.IsEmpty && cohort.Appointment is null && cohort.Training is null ? Pools.Ending(person, plan.Program, plan.Region, "seated", cohortKey) : [];
        return Decision.Of([new EnrolmentBooked(cohortKey, plan.FirstDay(), plan.LastDay(), plan.MayOverlap), Whereabouts.Of(cohort, cohortKey, pod, now), .. ended, .. Admission.Enrols(person, cohort, cohortKey)], booked);
    }

    /// <summary>Cancels a booked seat; a cohort that was at risk may recover by it.</summary>
    public static Decision Cancel(PersonFacts person, CohortState cohort, string cohortKey, string reason, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.SeatOf(person.Participant) is not { IsBooked: true })
            return new Refusal(Reason.SeatNotFound, "The person has no booked seat in this cohort.");
        if (Admission.Holds(person, cohortKey) is { } kept) return kept;
        return Decision.Of(
            [new EnrolmentEnded(cohortKey), .. Admission.Leaves(person, cohortKey, reason), .. Waits.Elsewhere(person, cohortKey)],
            Staffing.WithRisk(cohort, now, new SeatCancelled(person.Participant, reason)));
    }

    /// <summary>Gives a hold back. A hold that has expired is gone already.</summary>
    public static Decision Release(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        // An offer is declined: it is passed over with that reason, and goes to the next.
        if (cohort.SeatOf(person.Participant) is not { IsBooked: false, IsOffer: false } seat)
            return new Refusal(Reason.SeatNotFound, "The person has no hold in this cohort.");
        return seat.IsTakenAt(now)
            ? Decision.Of([new EnrolmentEnded(cohortKey), .. Waits.Elsewhere(person, cohortKey)], Staffing.WithRisk(cohort, now, new HoldReleased(person.Participant)))
            : Decision.Already;
    }

    /// <summary>
    /// The refusals that need no fact of the person: what a full cohort answers before anyone else is woken. Null when
    /// the person has a seat here, or when the rest of the rules must decide.
    /// </summary>
    public static Refusal? WithoutThePerson(string participant, CohortState cohort, Instant now)
    {
        if (cohort.Plan is null) return Refusal.NotFound;
        if (cohort.SeatOf(participant) is not null) return null;
        // Whether the intake is set aside for this person is the person's to say.
        return NotOpen(cohort, MayBeLate(cohort), now) ?? (TakenAt(cohort, now) >= cohort.Usable().Seats ? Full(cohort, now) : null);
    }

    /// <summary>Why a person could not book here now, whether a seat is open or not: what they are passed over for (rule 38); null when they could.</summary>
    public static Refusal? Hinders(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        var plan = cohort.Plan!;
        if (NotAdmissible(person, cohort, plan, books: true, moves: false, now) is { } inadmissible) return inadmissible;
        if (person.OverlappingSeat(cohortKey, plan) || person.OverlappingHold(cohortKey, plan, now))
            return new Refusal(Reason.AlreadyEnrolled, "The person has a seat or hold in a program at an overlapping time; a person has one at most (I2).");
        return Whereabouts.Elsewhere(person, cohort, cohortKey, 0, now);
    }

    /// <summary>Seats taken at this instant: booked, and held with the hold still standing.</summary>
    public static int TakenAt(CohortState cohort, Instant now) => cohort.SeatsBooked + cohort.SeatsHeldAt(now);

    /// <summary>A seat is taken; a cohort that was at risk has recovered meanwhile, by holds that expired.</summary>
    private static ImmutableArray<IEvent> Taken(CohortState cohort, Instant now, IEvent @event) =>
        Waits.Forgetting(cohort, cohort.AtRisk ? Staffing.WithRisk(cohort, now, @event) : [@event], now);

    /// <summary>Intake was set aside for this person by name (rules 31 and 54).</summary>
    private static bool IsLateAllowed(PersonFacts person, CohortState cohort, Instant now) => MayBeLate(cohort) && person.Place?.Clearance.IntakeUntil > now;

    /// <summary>A planned cohort says when its group closes beside when its intake does; in the simple form they are one, and nobody is late.</summary>
    private static bool MayBeLate(CohortState cohort) => cohort is { Planned: not null, Pathway: not null };

    /// <summary>Group closed (rule 32), intake closed (rule 31), accreditation lapsed (rule 26), room blocked, or more taken than usable (I1): nobody is taken.</summary>
    public static Refusal? NotOpen(CohortState cohort, bool lateAllowed, Instant now)
    {
        if (cohort.Appointment is { Withdrawn: true })
            return new Refusal(Reason.AppointmentWithdrawn, "The site does not offer this appointment any more.");
        if (Closed(cohort, lateAllowed, now) is { } closed) return closed;
        if (!cohort.NotPermitted.IsEmpty && Permits.TakesNobody(cohort, now) is { } lapsed) return lapsed;
        if (cohort.HasBlockedRoom)
            return new Refusal(Reason.RoomBlocked, "The cohort's room is blocked.", 9);
        var usable = cohort.Usable();
        if (TakenAt(cohort, now) > usable.Seats)
        {
            return Refusal.Of(Reason.CohortAtRisk, 24, $"The cohort is at risk: {TakenAt(cohort, now)} seats are taken and {usable.Seats} are usable ({usable.BoundBy}). It takes nobody until that is cured.",
                ("seats_taken", TakenAt(cohort, now)), ("seats_usable", usable.Seats));
        }
        return null;
    }

    /// <summary>The time in which people are taken is over: nothing cures that.</summary>
    internal static Refusal? Closed(CohortState cohort, bool lateAllowed, Instant now)
    {
        if (cohort.Planned?.ClosesAt is { } closesAt && closesAt <= now)
            return new Refusal(Reason.IntakeClosed, $"The group closed at {closesAt}: nobody is added any more.", 32, [("group_closed_at", closesAt.ToString())]);
        if (cohort.Plan!.IntakeClosesAt <= now && !lateAllowed)
            return new Refusal(Reason.IntakeClosed, $"Intake closed at {cohort.Plan.IntakeClosesAt}.", 31, [("intake_closed_at", cohort.Plan.IntakeClosesAt.ToString())]);
        return null;
    }

    private static Refusal? NotAdmissible(PersonFacts person, CohortState cohort, CohortOpened plan, bool books, bool moves, Instant now)
    {
        if (cohort.Appointment is not null)
        {
            if (Appointments.Refuses(person, cohort, books) is { } notYet) return notYet;
        }
        else if (cohort.Training is not null)
        {
            // Staff are taught, not treated: nobody screens them.
            return null;
        }
        else if (cohort.Pathway is { } policy)
        {
            if (Admission.Refuses(person, plan, policy, books, moves, now) is { } notYet) return notYet;
        }
        else if (!person.Eligible)
            return new Refusal(Reason.NotEligible, "The person has not been found eligible.", 28);
        if (person.Provisional && plan.HasMedicine())
            return new Refusal(Reason.ProvisionalParticipant, "The person has no identifier yet, and the cohort has medicine sessions: match the person first.", 28);
        return null;
    }

    private static Refusal? HoldsExhausted(CohortState cohort, string by, Instant now)
    {
        var holds = cohort.Plan!.Holds;
        var (standing, mine) = (0, 0);
        foreach (var seat in cohort.Seats.Values)
        {
            if (seat.IsBooked || seat.IsOffer || !seat.IsTakenAt(now)) continue;
            standing++;
            if (seat.HeldBy == by) mine++;
        }
        if (mine >= holds.PerCallerMax)
            return Refusal.Of(Reason.HoldsMaxReached, 13, $"You have {mine} of at most {holds.PerCallerMax} holds in this cohort.", ("holds", mine), ("holds_per_caller_max", holds.PerCallerMax));
        if (standing >= holds.Max)
            return Refusal.Of(Reason.HoldsMaxReached, 13, $"{standing} of at most {holds.Max} holds stand in this cohort.", ("holds", standing), ("holds_max", holds.Max));
        return null;
    }

    private static Refusal? NoSeat(PersonFacts person, CohortState cohort, string cohortKey, Instant now)
    {
        if (TakenAt(cohort, now) < cohort.Usable().Seats) return cohort.WaitList is null ? null : Waits.Keeps(cohort, person.Participant, now);
        return person.ExpiredHold(cohortKey, now) is { } expiredAt
            ? new Refusal(Reason.HoldExpired, $"The person's hold expired at {expiredAt}, and no seat is open.", 13, [("hold_expired_at", expiredAt.ToString())])
            : Full(cohort, now);
    }

    /// <summary>Says what is in the way: other people's holds, a ratio, or the number of seats.</summary>
    internal static Refusal Full(CohortState cohort, Instant now)
    {
        var plan = cohort.Plan!;
        var usable = cohort.Usable();
        var held = cohort.SeatsHeldAt(now);
        if (cohort.SeatsBooked < usable.Seats)
        {
            return Refusal.Of(Reason.SeatHeldByOther, 13, $"{cohort.SeatsBooked} seats are booked and {held} held, of {usable.Seats}.",
                ("seats_booked", cohort.SeatsBooked), ("seats_held", held), ("seats_usable", usable.Seats));
        }
        if (cohort.Capacity is { } capacity && Roles.All.Contains(usable.BoundBy))
        {
            return Refusal.Of(Reason.RatioWouldBreak, 16, $"{capacity.BoundIn}: {capacity.BoundByMembers} x {usable.BoundBy} allow {usable.Seats} seats in all; {cohort.SeatsBooked + held} are taken.",
                ("members", capacity.BoundByMembers), ("seats_usable", usable.Seats), ("seats_taken", cohort.SeatsBooked + held));
        }
        foreach (var requirement in plan.Staffing)
        {
            if (requirement.Role != usable.BoundBy) continue;
            var members = cohort.MembersCounted(requirement.Role);
            return Refusal.Of(Reason.RatioWouldBreak, 16,
                $"{members} x {requirement.Role} at {requirement.ParticipantsPerMember} people each allow {usable.Seats} seats; {cohort.SeatsBooked + held} are taken.",
                ("members", members), ("participants_per_member", requirement.ParticipantsPerMember), ("members_min", requirement.MembersMin),
                ("seats_usable", usable.Seats), ("seats_taken", cohort.SeatsBooked + held));
        }
        return Refusal.Of(Reason.SeatFull, 9, $"{cohort.SeatsBooked + held} of {usable.Seats} seats are taken ({usable.BoundBy}).",
            ("seats_taken", cohort.SeatsBooked + held), ("seats_usable", usable.Seats));
    }
}
