using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Cohorts;

/// <summary>A cohort was planned from one version of a template (rule 1): its pods, its sessions, and who leads each of them.</summary>
/// <param name="TimeZoneVersion">The version of the zone database by which wall times were resolved (rule 8).</param>
/// <param name="Packs">The rule packs that some session was held to.</param>
/// <param name="Rooms">The rooms that sessions take, as the site had them.</param>
/// <param name="Pods">Empty when the whole cohort is one group.</param>
/// <param name="FacilitatorRoles">Roles that count as facilitators, from the template.</param>
/// <param name="ClosesAt">From this instant nobody is added, whatever intake says (rule 32); null for never.</param>
/// <param name="BelowMinReason">Why it begins with fewer than the template's minimum (rule 11); empty when it does not. Who said so and when stands with the act.</param>
[EventName("cohort-opened/2")]
public sealed record CohortPlanned(
    string Site,
    string Region,
    string Jurisdiction,
    string TimeZone,
    string TimeZoneVersion,
    string DisplayName,
    string Program,
    int TemplateVersion,
    ImmutableArray<PackUsed> Packs,
    LocalDate StartsOn,
    ImmutableArray<RoomCopy> Rooms,
    int SeatsMin,
    int SeatsMax,
    ImmutableArray<PodPlan> Pods,
    ImmutableArray<PlanSession> Sessions,
    ImmutableArray<TeamMember> Team,
    ImmutableArray<string> FacilitatorRoles,
    Instant IntakeClosesAt,
    Instant? ClosesAt,
    bool MayOverlap,
    HoldPolicy Holds,
    string BelowMinReason) : IEvent
{
    /// <summary>The level of training that whoever counts as a facilitator must have on the day, from the template; null, and left out of what is stored, for none.</summary>
    public string? TrainingLevel { get; init; }

    /// <summary>The same in the simple form, which is all that a booking reads.</summary>
    public CohortOpened ToSimple() => new(
        Site, Region, Jurisdiction, TimeZone, DisplayName, Program, TemplateVersion,
        Rooms.IsEmpty ? new RoomCopy("", SeatsMax, false, 0) : Rooms[0],
        SeatsMin, SeatsMax, 0, [],
        [.. Sessions.Select(s => new Session(s.Kind, s.LocalStart, s.StartsAt, s.Length, s.Turnover, s.IsVirtual))],
        ClosesAt < IntakeClosesAt ? ClosesAt.Value : IntakeClosesAt, MayOverlap, Holds);
}

/// <summary>A rule pack in the version that was used.</summary>
public sealed record PackUsed(string Pack, int Version);

/// <summary>A small group within a cohort, in which medicine is taken.</summary>
/// <param name="Number">1, 2, 3 ...</param>
/// <param name="SeatsMax">People that it is planned for.</param>
public sealed record PodPlan(int Number, int SeatsMax);

/// <summary>Who leads a cohort, in one role (rule 19).</summary>
/// <param name="FacilitatorVersion">The version of the facilitator that the decision saw.</param>
public sealed record TeamMember(string Facilitator, string Role, int FacilitatorVersion);

/// <summary>One meeting of a planned cohort.</summary>
/// <param name="Id">Its name within the cohort: <c>w04-medicine-p2</c>.</param>
/// <param name="Template">The session of the template that it is one of.</param>
/// <param name="Pod">0 for the whole cohort.</param>
/// <param name="LocalStart">Wall time at the site (rule 8).</param>
/// <param name="Length">The whole meeting, observation included.</param>
/// <param name="Room">Empty for a virtual meeting.</param>
/// <param name="People">Who it is planned for: the pod's seats, or the cohort's.</param>
/// <param name="SeatsCap">People at most, whatever the staff (rule 9); 0 when no pack says.</param>
/// <param name="Needs">Who must be there: the template's needs and those of the rule packs of that day (rules 15 to 18 and 22).</param>
/// <param name="Staff">Facilitators who lead it, by id.</param>
/// <param name="Attached">Roles that may be there beside them.</param>
/// <param name="Given">What is given in it; empty without medicine.</param>
public sealed record PlanSession(
    string Id,
    string Template,
    string Kind,
    string DisplayName,
    int Week,
    int Pod,
    LocalDateTime LocalStart,
    Instant StartsAt,
    Duration Length,
    Duration Observation,
    Duration Turnover,
    string Room,
    int People,
    int SeatsCap,
    ImmutableArray<StaffingNeed> Needs,
    ImmutableArray<string> Staff,
    ImmutableArray<string> Activities,
    ImmutableArray<AttachedRole> Attached,
    ImmutableArray<Intended> Given)
{
    public bool IsVirtual => Room.Length == 0;
    public bool IsMedicine => Kind == SessionKinds.Medicine;
    public Instant EndsAt => StartsAt + Length;

    /// <summary>When room and people are free again, turnover included (rule 7).</summary>
    public Instant FreeAt => EndsAt + Turnover;
}

/// <summary>A person who joined a cohort with pods is in this one from now on (rule 12).</summary>
[EventName("pod-joined/1")]
public sealed record PodJoined(string Participant, int Pod) : IEvent;

/// <summary>What is asked of a plan.</summary>
/// <param name="StartsOn">The first day of week 1.</param>
/// <param name="Seats">People that it is planned for.</param>
/// <param name="Pods">How many pods; 0 for as many as the template's target size makes.</param>
/// <param name="Slots">When and where each kind of session takes place in a week.</param>
/// <param name="Roster">Who may lead it.</param>
/// <param name="Moves">Sessions that take place at another time than their slot says.</param>
/// <param name="ClosedDays">Days on which nothing takes place: what falls on one must be moved.</param>
/// <param name="Given">What will be given: empty for any of the template's routes at a dose that is not known.</param>
public sealed record PlanRequest(
    string DisplayName,
    LocalDate StartsOn,
    int Seats,
    int Pods,
    ImmutableArray<Slot> Slots,
    ImmutableArray<RosterEntry> Roster,
    ImmutableArray<Move> Moves,
    ImmutableArray<LocalDate> ClosedDays,
    ImmutableArray<Intended> Given,
    HoldPolicy Holds,
    string BelowMinReason);

/// <summary>When and where a session of the template takes place in each of its weeks.</summary>
/// <param name="Session">The session's id in the template.</param>
/// <param name="Pod">0 for the cohort, or for every pod that has no slot of its own.</param>
/// <param name="Room">Empty for a virtual session.</param>
/// <param name="Weeks">Empty for the template's weeks; others where the template lets them differ.</param>
public sealed record Slot(string Session, int Pod, IsoDayOfWeek Weekday, LocalTime At, string Room, ImmutableArray<int> Weeks);

/// <param name="Pods">The pods that the person is meant for; empty for any.</param>
public sealed record RosterEntry(string Facilitator, string Role, ImmutableArray<int> Pods);

/// <summary>An exception: the session that would take place on a day takes place at another time, under the same rules.</summary>
/// <param name="Pod">0 for every group that would meet that day.</param>
/// <param name="Room">Another room; empty for the slot's own.</param>
public sealed record Move(string Session, int Pod, LocalDate On, LocalDateTime To, string Room);
