using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>A seat that is taken: booked, or held until it expires.</summary>
/// <param name="BookedAt">Null for a hold.</param>
/// <param name="HeldUntil">Null for a booking.</param>
/// <param name="HeldBy">The subject that a hold counts for.</param>
public sealed record TakenSeat(string Participant, Instant? BookedAt, Instant? HeldUntil, string? HeldBy)
{
    public bool IsBooked => BookedAt is not null;

    /// <summary>True for a hold that the list offers: it counts for no caller (rule 38).</summary>
    public bool IsOffer { get; init; }

    /// <summary>True when the seat counts as taken at this instant: an expired hold does not.</summary>
    public bool IsTakenAt(Instant now) => IsBooked || HeldUntil > now;
}

/// <param name="FacilitatorVersion">The newest version of the facilitator that this copy has seen.</param>
/// <param name="Counted">False when the person's credential does not cover every session any more.</param>
public sealed record AssignedFacilitator(string Facilitator, string Role, int FacilitatorVersion, bool Counted)
{
    /// <summary>In a planned cohort: the sessions that the person leads, by id. Empty is every session.</summary>
    public ImmutableArray<string> Sessions { get; init; } = [];

    /// <summary>In a planned cohort: of these, the ones on whose day the credential is not valid (rule 21), by id.</summary>
    public ImmutableArray<string> Lapsed { get; init; } = [];

    public bool Leads(string session) => Sessions.IsEmpty || Sessions.Contains(session);

    /// <summary>True when the person counts towards a session's needs.</summary>
    public bool CountsIn(string session) => Counted && Leads(session) && !Lapsed.Contains(session);
}

/// <summary>How many seats may be taken, and what bounds them: "room", "template", "hard-cap" or a role.</summary>
public readonly record struct SeatsUsable(int Seats, string BoundBy);

/// <summary>A cohort as the fold of its stream.</summary>
public sealed record CohortState : IFold<CohortState>
{
    /// <summary>The most seats that a cohort may have, whatever its template says.</summary>
    public const int SeatsMaxMax = 200;

    public static CohortState Empty { get; } = new();
    public static int FoldVersion => 8;

    /// <summary>Null until the cohort is opened. For a planned cohort its simple form: what a booking reads.</summary>
    public CohortOpened? Plan { get; init; }

    /// <summary>The whole plan; null for a cohort in the simple form.</summary>
    public CohortPlanned? Planned { get; init; }

    /// <summary>What can be taken of a planned cohort: reckoned when plan, rooms or staff change, and not at each booking.</summary>
    public PlanCapacity? Capacity { get; init; }

    /// <summary>Null for a cohort that is no training.</summary>
    public CohortTraining? Training { get; init; }

    /// <summary>The zone database by which the sessions' wall times were resolved last; empty in the simple form until they were resolved anew.</summary>
    public string TimeZoneVersion { get; init; } = "";

    /// <summary>What the last change of the zone database left standing against sessions.</summary>
    public ImmutableArray<TimeConflict> TimeConflicts { get; init; } = [];

    /// <summary>Null for a cohort that is no appointment.</summary>
    public Appointment? Appointment { get; init; }
    public RoomCopy Room { get; init; } = new("", 0, true, 0);
    public ImmutableDictionary<string, TakenSeat> Seats { get; init; } = ImmutableDictionary<string, TakenSeat>.Empty;
    public ImmutableDictionary<string, AssignedFacilitator> Facilitators { get; init; } = ImmutableDictionary<string, AssignedFacilitator>.Empty;
    public bool AtRisk { get; init; }

    /// <summary>Null while nobody waits for a seat.</summary>
    public WaitList? WaitList { get; init; }

    /// <summary>The version of its pool that the list has the people of; 0 for none.</summary>
    public int PoolVersion { get; init; }

    /// <summary>Null for a cohort that asks for no pathway.</summary>
    public PathwayPolicy? Pathway { get; init; }
    public int SeatsBooked { get; init; }

    /// <summary>In a planned cohort with pods: who is in which (rule 12).</summary>
    public ImmutableDictionary<string, int> PodOf { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>The rooms of a planned cohort, as the site had them last.</summary>
    public ImmutableDictionary<string, RoomCopy> Rooms { get; init; } = ImmutableDictionary<string, RoomCopy>.Empty;

    /// <summary>Who has yet to consent to which substitutes (rule 23): held out of what these lead until then.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> ConsentMissing { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>By which routes its medicine is, or may be, given, in order; empty for a cohort in the simple form, which does not say.</summary>
    public ImmutableArray<string> Routes() =>
        Planned is { } planned ? [.. planned.Sessions.SelectMany(s => s.Given).Select(g => g.Route).Distinct().Order(StringComparer.Ordinal)] : [];

    /// <summary>True when more people are in a pod than it has seats.</summary>
    public bool HasPodOver() => Capacity is { } capacity && capacity.Pods.Keys.Any(pod => JoinedIn(pod) > SeatsOfPod(pod));

    /// <summary>True when a room that sessions take is blocked.</summary>
    public bool HasBlockedRoom => Planned is null ? Room.Blocked : Rooms.Values.Any(r => r.Blocked);

    /// <summary>Who is checked in to a medicine session now, with its place in the plan: the ratio is counted over those who are there.</summary>
    public ImmutableDictionary<string, int> Present { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>People of other cohorts who are expected at one session each (rule 36).</summary>
    public ImmutableDictionary<string, int> Guests { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Medicine sessions of a planned cohort that their staff do not carry, with the instant since when, by id (rule 21).</summary>
    public ImmutableDictionary<string, Instant> BelowSince { get; init; } = ImmutableDictionary<string, Instant>.Empty;

    /// <summary>Medicine sessions that were below when their cure deadline passed: they are not run as such, whatever comes after, by id (rule 21).</summary>
    public ImmutableArray<string> NotRun { get; init; } = [];

    /// <summary>Medicine sessions that the site's accreditations do not permit (rule 26), by their place in the plan, as they were copied last.</summary>
    public ImmutableArray<int> NotPermitted { get; init; } = [];

    /// <summary>The site's version of that copy.</summary>
    public int PermitsVersion { get; init; }

    /// <summary>Safety events that may stand open in one cohort's name at once: more are in the list of events, and not here.</summary>
    public const int SafetyFlagsMax = 32;

    /// <summary>Serious safety events of its sessions that are open (rule 46), by id, with the session in which each happened: the others are flagged, and go on.</summary>
    public ImmutableDictionary<string, int> SafetyFlags { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Rises whenever a calendar of the sessions would look different.</summary>
    public int Revision { get; init; }

    /// <summary>When it last did.</summary>
    public Instant RevisedAt { get; init; }

    /// <summary>Who led sessions and does not any more, with these by id; empty is every session.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Former { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>People who are in a session now.</summary>
    public int PresentAt(int session) => Present.Values.Count(s => s == session);

    /// <summary>Guests whom a session expects.</summary>
    public int GuestsAt(int session) => Guests.Values.Count(s => s == session);

    /// <summary>People in a pod.</summary>
    public int JoinedIn(int pod) => PodOf.Values.Count(p => p == pod);

    /// <summary>Seats for the people of a pod: what its plan and its sessions allow, less what guests take in any one of them.</summary>
    public int SeatsOfPod(int pod) => Guests.IsEmpty ? Capacity!.Pods[pod] : Math.Min(Capacity!.Pods[pod], LeftByGuests(pod));

    /// <summary>Seats of a pod that neither its members nor guests of its sessions take.</summary>
    public int OpenInPod(int pod) => SeatsOfPod(pod) - JoinedIn(pod);

    /// <summary>A person's session is one of all, or of the pod that the person is in (rule 12).</summary>
    public bool IsTheirs(string participant, int session) =>
        SeatOf(participant) is { IsBooked: true } && (PodOfSession(session) is 0 || PodOfSession(session) == PodOf.GetValueOrDefault(participant));

    /// <summary>How many people room and staff carry in one session: of a planned cohort in this one, else in any (rules 9 and 16).</summary>
    public SeatsUsable CarriedIn(int session)
    {
        if (Capacity?.Sessions.TryGetValue(Planned!.Sessions[session].Id, out var seats) != true) return Carried();
        return PodOfSession(session) == 0 && Plan!.SeatsMax < seats.Usable.Seats ? new SeatsUsable(Plan.SeatsMax, "template") : seats.Usable;
    }

    /// <summary>
    /// Places of one session that are taken: by those of its pod, by holds that stand and that no other pod has room for, and by guests. Of a cohort
    /// that is one group: booked, held and guests.
    /// </summary>
    public int TakenIn(int session, Instant now)
    {
        var (pod, held, guests) = (PodOfSession(session), SeatsHeldAt(now), GuestsAt(session));
        if (pod == 0 || Capacity is not { } capacity) return SeatsBooked + held + guests;
        var elsewhere = 0;
        foreach (var other in capacity.Pods.Keys)
        {
            if (other != pod) elsewhere += Math.Max(0, OpenInPod(other));
        }
        return JoinedIn(pod) + Math.Max(0, held - elsewhere) + guests;
    }

    public TakenSeat? SeatOf(string participant) => Seats.GetValueOrDefault(participant);

    /// <summary>Holds that stand at this instant.</summary>
    public int SeatsHeldAt(Instant now)
    {
        if (Seats.Count == SeatsBooked) return 0;
        var held = 0;
        foreach (var (_, seat) in Seats)
        {
            if (seat.HeldUntil > now) held++;
        }
        return held;
    }

    /// <summary>
    /// Seats = min(room occupancy, template maximum, hard cap, each role's counted members x its ratio) (rules 9 and 16).
    /// Adding staff never lifts it above room or cap; too few members of a role, or a blocked room, leave none. What guests of other cohorts are
    /// expected to take in any one session is not to be had.
    /// </summary>
    public SeatsUsable Usable()
    {
        var carried = Carried();
        if (Guests.IsEmpty) return carried;
        var left = LeftByGuests(0);
        if (Capacity is { Pods.IsEmpty: false } capacity) left = Math.Min(left, capacity.Pods.Keys.Sum(SeatsOfPod));
        return carried with { Seats = Math.Max(0, Math.Min(carried.Seats, left)) };
    }

    /// <summary>How many people room and staff carry, guests among them.</summary>
    public SeatsUsable Carried()
    {
        if (Capacity is not null) return Capacity.Seats;
        if (Plan is null || Room.Blocked) return new SeatsUsable(0, "room");
        var usable = new SeatsUsable(Plan.SeatsMax, "template");
        if (Room.Occupancy < usable.Seats) usable = new SeatsUsable(Room.Occupancy, "room");
        if (Plan.HardCap > 0 && Plan.HardCap < usable.Seats) usable = new SeatsUsable(Plan.HardCap, "hard-cap");
        foreach (var requirement in Plan.Staffing)
        {
            var members = MembersCounted(requirement.Role);
            var seats = members < requirement.MembersMin ? 0 : members * requirement.ParticipantsPerMember;
            if (seats < usable.Seats) usable = new SeatsUsable(seats, requirement.Role);
        }
        return usable;
    }

    /// <summary>Assigned facilitators of a role whose credentials count.</summary>
    public int MembersCounted(string role)
    {
        var members = 0;
        foreach (var (_, assigned) in Facilitators)
        {
            if (assigned.Counted && assigned.Role == role) members++;
        }
        return members;
    }

    /// <inheritdoc/>
    public CohortState Apply(IEvent @event, Instant at) => CalendarTrail.Kept(this, Cures.Watched(Folded(@event, at), at), @event, at);

    private CohortState Folded(IEvent @event, Instant at) => @event switch
    {
        CohortOpened e => this with { Plan = e, Room = e.Room },
        CohortPlanned e => Open(e, at),
        PodJoined e => this with { PodOf = PodOf.SetItem(e.Participant, e.Pod) },
        SeatHeld e => Take(new TakenSeat(e.Participant, null, e.ExpiresAt, e.By), at),
        SeatBooked e => Seated(Take(new TakenSeat(e.Participant, at, null, null), at), e.Participant),
        SeatCancelled e => Free(e.Participant),
        HoldReleased e => Free(e.Participant),
        FacilitatorAssigned e => Reckoned(at, this with { Facilitators = Facilitators.SetItem(e.Facilitator, new AssignedFacilitator(e.Facilitator, e.Role, e.FacilitatorVersion, true)) }),
        FacilitatorWithdrawn e => Reckoned(at, this with { Facilitators = Facilitators.Remove(e.Facilitator) }),
        FacilitatorRecounted e => Reckoned(at, this with { Facilitators = Facilitators.SetItem(e.Facilitator, Facilitators[e.Facilitator] with { FacilitatorVersion = e.FacilitatorVersion, Counted = e.Counted }) }),
        SessionsRecounted e => Reckoned(at, this with { Facilitators = Facilitators.SetItem(e.Facilitator, Facilitators[e.Facilitator] with { FacilitatorVersion = e.FacilitatorVersion, Lapsed = e.Lapsed }) }),
        FacilitatorAssignedTo e => Reckoned(at, this with { Facilitators = Facilitators.SetItem(e.Facilitator, Leading(e.Facilitator, e.Role, e.FacilitatorVersion, e.Sessions)) }),
        FacilitatorSubstituted e => Reckoned(at, Substituted(e)),
        SubstituteAccepted e => this with { ConsentMissing = Without(ConsentMissing, e.Participant, e.Substitute) },
        RoomCopied e => Reckoned(at, Planned is null ? this with { Room = e.Room } : this with { Rooms = Rooms.SetItem(e.Room.Room, e.Room) }),
        CohortBecameAtRisk => this with { AtRisk = true },
        CohortRecovered => this with { AtRisk = false },
        PathwayRequired e => this with { Pathway = e.Policy },
        PersonCheckedIn e => this with { Present = Present.SetItem(e.Participant, e.Session) },
        PersonDischarged e => this with { Present = Present.Remove(e.Participant) },
        GuestExpected e => this with { Guests = Guests.SetItem(e.Participant, e.Session) },
        GuestGone e => this with { Guests = Guests.Remove(e.Participant) },
        PermitsCopied e => this with { NotPermitted = e.NotPermitted, PermitsVersion = e.SiteVersion },
        SafetyFlagged e => this with { SafetyFlags = SafetyFlags.SetItem(e.SafetyEvent, e.Session) },
        SafetyFlagLifted e => this with { SafetyFlags = SafetyFlags.Remove(e.SafetyEvent) },
        TrainingPlanned e => this with { Training = new CohortTraining(e, ImmutableDictionary<string, ImmutableArray<int>>.Empty, ImmutableDictionary<string, string>.Empty) },
        TrainingAttended or TrainingCompleted => this with { Training = Training!.After(@event) },
        TimesResolved e => Resolved(e, at),
        AppointmentOffered e => this with { Appointment = new Appointment(e.Session, e.Kind, e.ForCohort, false, null) },
        AppointmentWithdrawn => Withdrawn(at),
        WaitJoined e => this with { WaitList = (WaitList ?? WaitList.Empty).Joined(e, at) },
        WaitLeft e => Unoffered(e.Participant) with { WaitList = WaitList?.Left(e.Participant) },
        PoolCopied e => this with { WaitList = (WaitList ?? WaitList.Empty).Copied(e, at), PoolVersion = e.PoolVersion },
        WaitPassed e => this with { WaitList = WaitList!.PassedOver(e.Participant, e.Reason, at) },
        SeatReserved e => this with { WaitList = WaitList?.ConsideredAnew(e.Again) },
        SeatOffered e => Take(new TakenSeat(e.Participant, null, e.ExpiresAt, null) { IsOffer = true }, at).With(e, at),
        OfferDeclined e => Unoffered(e.Participant) with { WaitList = WaitList!.PassedOver(e.Participant, Pass.Declined, at) },
        OfferLapsed e => Unoffered(e.Participant) with { WaitList = WaitList!.PassedOver(e.Participant, Pass.Lapsed, at) },
        HoldExpired e => Free(e.Participant),
        AppointmentKept e => this with { Appointment = Appointment! with { Kept = e } },
        _ => throw new InvalidOperationException($"A cohort does not fold {@event.GetType().Name}."),
    };

    /// <summary>Takes a seat, and forgets the holds that have expired by then: so their number stays bounded.</summary>
    private CohortState Take(TakenSeat seat, Instant at)
    {
        var seats = Seats.SetItem(seat.Participant, seat);
        var isFreed = false;
        if (seats.Count > SeatsBooked + 1)
        {
            foreach (var (_, other) in seats)
            {
                if (other.IsTakenAt(at)) continue;
                seats = seats.Remove(other.Participant);
                isFreed |= !other.IsOffer;
            }
        }
        // With the hold it is forgotten that its seat became free: whoever waits is considered for it before that.
        return this with { Seats = seats, SeatsBooked = SeatsBooked + (seat.IsBooked ? 1 : 0), WaitList = isFreed ? WaitList?.ConsideredAnew() : WaitList };
    }

    /// <summary>Who has a seat waits no more.</summary>
    private static CohortState Seated(CohortState cohort, string participant) =>
        cohort.WaitList is { } list && list.Without(participant) is var left && left != list ? cohort with { WaitList = left } : cohort;

    private CohortState With(SeatOffered e, Instant at) => this with { WaitList = WaitList!.Offered(e, at) };

    /// <summary>Without the offer that a person had, if it is not forgotten already.</summary>
    private CohortState Unoffered(string participant) => SeatOf(participant) is { IsOffer: true } ? Free(participant) : this;

    /// <summary>What guests leave in the one session of a pod (0: of the whole cohort) in which they leave least. Sessions that are over do not count any more.</summary>
    private int LeftByGuests(int pod)
    {
        var left = int.MaxValue;
        foreach (var session in Guests.Values.Distinct())
        {
            var isOver = Capacity is { } capacity && !capacity.Sessions.ContainsKey(Planned!.Sessions[session].Id);
            if (!isOver && PodOfSession(session) == pod) left = Math.Min(left, Math.Max(0, CarriedIn(session).Seats - GuestsAt(session)));
        }
        return left;
    }

    /// <summary>0 for a session of the whole cohort.</summary>
    private int PodOfSession(int session) => Planned?.Sessions[session].Pod ?? 0;

    /// <summary>The cohort with some sessions at another instant: each keeps its place in the plan, by which everything else names it.</summary>
    internal CohortState Moved(ImmutableArray<SessionMoved> moved)
    {
        if (moved.IsEmpty) return this;
        var (simple, planned) = (Plan!.Sessions.ToBuilder(), Planned?.Sessions.ToBuilder());
        foreach (var session in moved)
        {
            simple[session.Session] = simple[session.Session] with { StartsAt = session.StartsAt };
            if (planned is not null) planned[session.Session] = planned[session.Session] with { StartsAt = session.StartsAt };
        }
        return this with { Plan = Plan with { Sessions = simple.ToImmutable() }, Planned = planned is null ? null : Planned! with { Sessions = planned.ToImmutable() } };
    }

    private CohortState Resolved(TimesResolved e, Instant at)
    {
        var moved = Moved(e.Moved);
        return Reckoned(at, moved with
        {
            Plan = moved.Plan! with { IntakeClosesAt = e.ClosesAt < e.IntakeClosesAt ? e.ClosesAt.Value : e.IntakeClosesAt },
            Planned = moved.Planned is { } planned ? planned with { IntakeClosesAt = e.IntakeClosesAt, ClosesAt = e.ClosesAt, TimeZoneVersion = e.TimeZoneVersion } : null,
            TimeZoneVersion = e.TimeZoneVersion,
            TimeConflicts = e.Conflicts,
        });
    }

    /// <summary>An appointment that is withdrawn has nobody: the others of the unit are free of it.</summary>
    private CohortState Withdrawn(Instant at) => Reckoned(at, this with
    {
        Appointment = Appointment! with { Withdrawn = true },
        Seats = Seats.Clear(),
        SeatsBooked = 0,
        Facilitators = Facilitators.Clear(),
    });

    private CohortState Free(string participant) =>
        SeatOf(participant) is { } seat
            ? this with { Seats = Seats.Remove(participant), SeatsBooked = SeatsBooked - (seat.IsBooked ? 1 : 0), PodOf = PodOf.Remove(participant), ConsentMissing = ConsentMissing.Remove(participant) }
            : this;

    private CohortState Open(CohortPlanned plan, Instant at)
    {
        var simple = plan.ToSimple();
        return Reckoned(at, this with
        {
            Plan = simple,
            Planned = plan,
            TimeZoneVersion = plan.TimeZoneVersion,
            Room = simple.Room,
            Rooms = plan.Rooms.ToImmutableDictionary(r => r.Room),
            Facilitators = plan.Team.ToImmutableDictionary(
                t => t.Facilitator,
                t => new AssignedFacilitator(t.Facilitator, t.Role, t.FacilitatorVersion, true) { Sessions = [.. plan.Sessions.Where(s => s.Staff.Contains(t.Facilitator)).Select(s => s.Id)] }),
        });
    }

    private CohortState Substituted(FacilitatorSubstituted e)
    {
        var missing = ConsentMissing;
        foreach (var participant in e.ConsentNeeded) missing = missing.SetItem(participant, [.. missing.GetValueOrDefault(participant, []).Remove(e.Substitute), e.Substitute]);
        return this with
        {
            Facilitators = Facilitators.Remove(e.Leaving).SetItem(e.Substitute, Leading(e.Substitute, e.Role, e.SubstituteVersion, e.Sessions)),
            ConsentMissing = missing,
        };
    }

    /// <summary>Somebody who leads these sessions beside those of before.</summary>
    private AssignedFacilitator Leading(string facilitator, string role, int version, ImmutableArray<string> sessions)
    {
        var before = Facilitators.GetValueOrDefault(facilitator);
        return new AssignedFacilitator(facilitator, role, version, true) { Sessions = [.. before?.Sessions ?? [], .. sessions], Lapsed = before?.Lapsed ?? [] };
    }

    private static ImmutableDictionary<string, ImmutableArray<string>> Without(ImmutableDictionary<string, ImmutableArray<string>> missing, string participant, string substitute)
    {
        var left = missing.GetValueOrDefault(participant, []).Remove(substitute);
        return left.IsEmpty ? missing.Remove(participant) : missing.SetItem(participant, left);
    }

    private static CohortState Reckoned(Instant at, CohortState cohort) => cohort.Planned is null ? cohort : cohort with { Capacity = PlanCapacity.Of(cohort, at) };
}
