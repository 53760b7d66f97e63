using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Cohorts;

/// <summary>A cohort was opened from one version of a template (rule 1), in a room of a site.</summary>
[EventName("cohort-opened/1")]
public sealed record CohortOpened(
    string Site,
    string Region,
    string Jurisdiction,
    string TimeZone,
    string DisplayName,
    string Program,
    int TemplateVersion,
    RoomCopy Room,
    int SeatsMin,
    int SeatsMax,
    int HardCap,
    ImmutableArray<StaffingRequirement> Staffing,
    ImmutableArray<Session> Sessions,
    Instant IntakeClosesAt,
    bool MayOverlap,
    HoldPolicy Holds) : IEvent;

/// <summary>A seat is held for a person until <paramref name="ExpiresAt"/> (rule 13).</summary>
/// <param name="By">The subject who asked: holds are capped per caller.</param>
[EventName("seat-held/1")]
public sealed record SeatHeld(string Participant, string By, Instant ExpiresAt) : IEvent;

/// <summary>A seat was booked, from the person's hold if there was one.</summary>
[EventName("seat-booked/1")]
public sealed record SeatBooked(string Participant) : IEvent;

/// <summary>A booked seat was cancelled.</summary>
[EventName("seat-cancelled/1")]
public sealed record SeatCancelled(string Participant, string Reason) : IEvent;

/// <summary>A hold was given back before it expired.</summary>
[EventName("hold-released/1")]
public sealed record HoldReleased(string Participant) : IEvent;

/// <summary>A facilitator leads every session of the cohort, in one role.</summary>
/// <param name="Facilitator">The facilitator's id.</param>
/// <param name="FacilitatorVersion">The version of the facilitator that the decision saw.</param>
[EventName("facilitator-assigned/1")]
public sealed record FacilitatorAssigned(string Facilitator, string Role, int FacilitatorVersion) : IEvent;

/// <summary>A facilitator leads some sessions of a planned cohort, in one role, beside those that they led before.</summary>
[EventName("facilitator-assigned/2")]
public sealed record FacilitatorAssignedTo(string Facilitator, string Role, int FacilitatorVersion, ImmutableArray<string> Sessions) : IEvent;

/// <summary>A facilitator leads the cohort no more.</summary>
[EventName("facilitator-withdrawn/1")]
public sealed record FacilitatorWithdrawn(string Facilitator, string Reason) : IEvent;

/// <summary>An assigned facilitator's credentials changed: the person counts, or counts no more (rules 20 and 21).</summary>
[EventName("facilitator-recounted/1")]
public sealed record FacilitatorRecounted(string Facilitator, int FacilitatorVersion, bool Counted) : IEvent;

/// <summary>A planned cohort's facilitator's credentials changed: the sessions on whose day they are not valid are flagged at once (rules 20 and 21).</summary>
/// <param name="Lapsed">These sessions, by id; empty when the person counts in all of them.</param>
[EventName("sessions-recounted/1")]
public sealed record SessionsRecounted(string Facilitator, int FacilitatorVersion, ImmutableArray<string> Lapsed) : IEvent;

/// <summary>The cohort's copy of its room was brought up to date.</summary>
[EventName("room-copied/1")]
public sealed record RoomCopied(RoomCopy Room) : IEvent;

/// <summary>More seats are taken than are usable: an involuntary loss that is recorded, and stops new bookings (I1).</summary>
[EventName("cohort-at-risk/1")]
public sealed record CohortBecameAtRisk(int SeatsTaken, int SeatsUsable, string BoundBy) : IEvent;

/// <summary>The seats taken are usable again.</summary>
[EventName("cohort-recovered/1")]
public sealed record CohortRecovered(int SeatsTaken, int SeatsUsable) : IEvent;

/// <summary>What a cohort copies of its room; the dispatcher refreshes it after every change of the room.</summary>
/// <param name="SiteVersion">The site's version that the copy was taken at.</param>
public sealed record RoomCopy(string Room, int Occupancy, bool Blocked, int SiteVersion);

/// <summary>One member of a role lets so many people take part (rule 16).</summary>
public sealed record StaffingRequirement(string Role, int ParticipantsPerMember, int MembersMin);

/// <summary>How holds behave in a cohort.</summary>
/// <param name="Ttl">How long one lasts.</param>
/// <param name="Max">How many may stand at once.</param>
/// <param name="PerCallerMax">How many one caller may have at once, so that a rush of holds cannot deny the cohort.</param>
public sealed record HoldPolicy(Duration Ttl, int Max, int PerCallerMax);

/// <summary>A session: wall time at the site, and the instant that it resolved to (rule 8).</summary>
public sealed record Session(string Kind, LocalDateTime LocalStart, Instant StartsAt, Duration Length, Duration Turnover, bool IsVirtual)
{
    public const string Medicine = "medicine";

    public Instant EndsAt => StartsAt + Length;

    /// <summary>When the room is free again.</summary>
    public Instant RoomFreeAt => EndsAt + Turnover;
}
