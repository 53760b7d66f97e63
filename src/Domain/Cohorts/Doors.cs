using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Cohorts;

/// <summary>A role that a session lacks for those who are expected: who must be found, and who is there and does not count.</summary>
/// <param name="Needed">Members that those who are expected need.</param>
/// <param name="Counted">Members who lead the session and count that day.</param>
/// <param name="ParticipantsPerMember">0 when there is no ratio, only a minimum.</param>
/// <param name="NotCounted">Of the role and not counted, because the credential is not valid that day (rules 20 and 21), by id.</param>
public sealed record Shortage(string Role, int Needed, int Counted, int ParticipantsPerMember, ImmutableArray<string> NotCounted);

/// <summary>The door of one session as it stands at an instant.</summary>
/// <param name="OpensAt">From when on people are taken in.</param>
/// <param name="ClosesAt">Until when; null for a session without medicine, whose attendance may be recorded later.</param>
/// <param name="Carried">What room and staff carry.</param>
/// <param name="Expected">People whose session it is, guests among them.</param>
/// <param name="Present">Who is checked in and not discharged.</param>
/// <param name="Against">Everything that keeps somebody who is expected out of it now, what keeps everybody out first.</param>
/// <param name="IsOpen">True when the next person may be taken in now: every requirement holds for those who are there and for one more (I4).</param>
public sealed record Door(
    SessionStanding Standing, Instant OpensAt, Instant? ClosesAt, SeatsUsable Carried, int Expected, int Present, ImmutableArray<Shortage> Shortages, ImmutableArray<Refusal> Against, bool IsOpen);

/// <summary>
/// Whether a session may open, judged as a check-in judges it, and what each who must do something has to do (rules 9, 16, 18, 21 and 24).
/// </summary>
public static class Doors
{
    public static Door Of(CohortState cohort, int number, Instant now)
    {
        var session = cohort.Plan!.Sessions[number];
        var planned = cohort.Planned?.Sessions[number];
        var isMedicine = session.Kind == Session.Medicine;
        var (opensAt, closesAt) = (isMedicine ? session.StartsAt - Medicine.CheckInOpens : session.StartsAt, isMedicine ? session.EndsAt : (Instant?)null);
        var expected = cohort.Seats.Keys.Count(p => cohort.IsTheirs(p, number)) + cohort.GuestsAt(number);
        var present = cohort.PresentAt(number);
        var standing = planned is null ? SessionStanding.Ready : Cures.Of(cohort, planned, now);
        var carried = cohort.CarriedIn(number);
        var isToCome = session.EndsAt > now;
        ImmutableArray<Shortage> shortages = planned is null || !isToCome ? [] : [.. Lacking(planned, cohort, expected)];

        var against = ImmutableArray.CreateBuilder<Refusal>();
        if (now < opensAt) against.Add(new Refusal(Reason.TimeNotYet, $"It opens at {opensAt}.", 33, [("opens_at", opensAt.ToString())]));
        if (closesAt <= now) against.Add(new Refusal(Reason.TimeNotYet, $"It is over since {closesAt}.", 33, [("closed_at", closesAt.Value.ToString())]));
        if (standing is SessionStanding.Blocked)
            against.Add(new Refusal(Reason.SessionBlocked, "The session's staff were not complete 72 hours before it: it is not run as a medicine session. Those who miss it make it up elsewhere, or are deferred.", 21));
        if (isToCome)
        {
            foreach (var shortage in shortages) against.Add(Short(shortage, expected, isMedicine && now < session.StartsAt - Cures.Deadline ? session.StartsAt - Cures.Deadline : null));
            if (carried.BoundBy is "room" or "hard-cap" or "template" && expected > carried.Seats)
                against.Add(RoomTooSmall(cohort, planned, carried, expected));
        }
        // An attendance is recorded whatever the staff: it says what has happened. What is below the ratio is visible all the same.
        var isOpen = now >= opensAt && !(closesAt <= now) && standing is not SessionStanding.Blocked && (!isMedicine || present < carried.Seats);
        return new Door(standing, opensAt, closesAt, carried, expected, present, shortages, against.ToImmutable(), isOpen);
    }

    private static IEnumerable<Shortage> Lacking(PlanSession session, CohortState cohort, int expected)
    {
        var facilitatorRoles = cohort.Planned!.FacilitatorRoles;
        foreach (var need in session.Needs)
        {
            var staff = cohort.Facilitators.Values.Where(f => f.Leads(session.Id) && PlanStaff.Meets(f.Role, need, facilitatorRoles)).ToList();
            var (needed, counted) = (need.MembersFor(expected), staff.Count(f => f.CountsIn(session.Id)));
            if (counted < needed)
                yield return new Shortage(need.Role, needed, counted, need.ParticipantsPerMember, [.. staff.Where(f => !f.CountsIn(session.Id)).Select(f => f.Facilitator).Order(StringComparer.Ordinal)]);
        }
    }

    private static Refusal Short(Shortage shortage, int expected, Instant? cureUntil)
    {
        var ratio = shortage.ParticipantsPerMember > 0 ? $" for {expected} people at 1:{shortage.ParticipantsPerMember}" : "";
        var lapsed = shortage.NotCounted.IsEmpty ? "" : $" (not {string.Join(", ", shortage.NotCounted)}: no credential is valid that day)";
        var until = cureUntil is { } deadline ? $", until {deadline}" : "";
        return Refusal.Of(
            Reason.RatioWouldBreak, 16,
            $"{shortage.Needed} x {shortage.Role} must lead it{ratio}, and {shortage.Counted} count{(shortage.Counted == 1 ? "s" : "")}{lapsed}: assign or substitute {shortage.Needed - shortage.Counted} more{until}.",
            ("members", shortage.Counted), ("members_needed", shortage.Needed), ("participants_per_member", shortage.ParticipantsPerMember));
    }

    private static Refusal RoomTooSmall(CohortState cohort, PlanSession? session, SeatsUsable carried, int expected)
    {
        var room = session is null ? cohort.Room : cohort.Rooms.GetValueOrDefault(session.Room);
        return room is { Blocked: true }
            ? new Refusal(Reason.RoomBlocked, $"The room {room.Room} is blocked: unblock it.", 9)
            : Refusal.Of(Reason.SeatFull, 9, $"{expected} people are expected, and {carried.Seats} may be in the session ({carried.BoundBy}).", ("expected", expected), ("seats_usable", carried.Seats));
    }
}
