using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// The seats of a planned cohort: of each session the least of its room, its cap and each role's members times its ratio
/// (rules 9 and 16); of a pod the least of its sessions; of the cohort the sum of its pods, and never more than a session
/// of all allows. Sessions that are over do not count any more.
/// </summary>
/// <param name="Seats">Of the cohort, and what bounds it.</param>
/// <param name="Pods">Seats by pod; empty when the cohort is one group.</param>
/// <param name="BoundIn">The session that bounds it; empty when the plan itself does.</param>
/// <param name="BoundByMembers">When a role bounds it: how many count there.</param>
/// <param name="Understaffed">Sessions to come whose needs are not met for the people that they are planned for, by id.</param>
/// <param name="Sessions">What each session to come carries, by id.</param>
public sealed record PlanCapacity(
    SeatsUsable Seats, ImmutableDictionary<int, int> Pods, string BoundIn, int BoundByMembers, ImmutableArray<string> Understaffed, ImmutableDictionary<string, SessionSeats> Sessions)
{
    /// <summary>Reckons from the plan, the rooms and the staff as they are, for sessions that end after an instant.</summary>
    public static PlanCapacity Of(CohortState cohort, Instant at)
    {
        var plan = cohort.Planned!;
        var least = new Bound(new SeatsUsable(plan.SeatsMax, "template"), "", 0);
        var pods = plan.Pods.ToDictionary(p => p.Number, p => new Bound(new SeatsUsable(p.SeatsMax, "template"), "", 0));
        var tooFew = ImmutableArray.CreateBuilder<string>();
        var sessions = ImmutableDictionary.CreateBuilder<string, SessionSeats>();
        foreach (var session in plan.Sessions)
        {
            if (session.EndsAt <= at) continue;
            var bound = Of(session, cohort);
            if (bound.Usable.Seats < session.People) tooFew.Add(session.Id);
            sessions.Add(session.Id, new SessionSeats(bound.Usable, OfStaff(session, cohort)));
            if (session.Pod == 0) least = Bound.Least(least, bound);
            else pods[session.Pod] = Bound.Least(pods[session.Pod], bound);
        }
        if (pods.Count > 0)
        {
            var sum = pods.Values.Sum(b => b.Usable.Seats);
            // What bounds the sum is what bounds the pod that lacks most.
            var tightest = plan.Pods.OrderBy(p => pods[p.Number].Usable.Seats - p.SeatsMax).ThenBy(p => p.Number).Select(p => pods[p.Number]).First();
            if (sum < least.Usable.Seats) least = tightest with { Usable = tightest.Usable with { Seats = sum } };
        }
        return new PlanCapacity(least.Usable, pods.ToImmutableDictionary(p => p.Key, p => p.Value.Usable.Seats), least.Session, least.Members, tooFew.ToImmutable(), sessions.ToImmutable());
    }

    /// <summary>The pod that the next person joins: the one with the most open seats, the first of these (rule 12).</summary>
    public int PodToJoin(CohortState cohort) => Pods.Keys.OrderByDescending(cohort.OpenInPod).ThenBy(p => p).First();

    /// <summary>True when a session needs more members of a role than count in it, or one of the role may be there and none is.</summary>
    public static bool Lacks(PlanSession session, string role, CohortState cohort) =>
        session.Needs.Any(need => PlanStaff.Meets(role, need, cohort.Planned!.FacilitatorRoles) && need.MembersFor(session.People) > Counted(session, need, cohort))
        || (session.Attached.Any(a => a.Role == role) && !cohort.Facilitators.Values.Any(f => f.Role == role && f.CountsIn(session.Id)));

    private static Bound Of(PlanSession session, CohortState cohort)
    {
        var least = new Bound(new SeatsUsable(int.MaxValue, "template"), session.Id, 0);
        if (!session.IsVirtual)
        {
            var room = cohort.Rooms[session.Room];
            least = Bound.Least(least, new Bound(new SeatsUsable(room.Blocked ? 0 : room.Occupancy, "room"), session.Id, 0));
        }
        if (session.SeatsCap > 0) least = Bound.Least(least, new Bound(new SeatsUsable(session.SeatsCap, "hard-cap"), session.Id, 0));
        foreach (var need in session.Needs)
        {
            var members = Counted(session, need, cohort);
            least = Bound.Least(least, new Bound(new SeatsUsable(need.SeatsFor(members), need.Role), session.Id, members));
        }
        return least;
    }

    /// <summary>How many people the staff alone carry.</summary>
    private static int OfStaff(PlanSession session, CohortState cohort)
    {
        var seats = int.MaxValue;
        foreach (var need in session.Needs) seats = Math.Min(seats, need.SeatsFor(Counted(session, need, cohort)));
        return seats;
    }

    private static int Counted(PlanSession session, StaffingNeed need, CohortState cohort)
    {
        var members = 0;
        foreach (var (_, assigned) in cohort.Facilitators)
        {
            if (PlanStaff.Meets(assigned.Role, need, cohort.Planned!.FacilitatorRoles) && assigned.CountsIn(session.Id)) members++;
        }
        return members;
    }

    /// <summary>Seats, and the session and number of members that bound them.</summary>
    private readonly record struct Bound(SeatsUsable Usable, string Session, int Members)
    {
        public static Bound Least(Bound a, Bound b) => b.Usable.Seats < a.Usable.Seats ? b : a;
    }
}

/// <summary>What one session carries.</summary>
/// <param name="Usable">By room, cap and staff.</param>
/// <param name="Staffed">By its staff alone: 0 when a role that must be there is not.</param>
public readonly record struct SessionSeats(SeatsUsable Usable, int Staffed);
