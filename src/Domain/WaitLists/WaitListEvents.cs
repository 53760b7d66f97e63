using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.WaitLists;

// Who waits, and what became of each seat that was kept for them, stands in the cohort's stream; that a person waits stands in the participant's too, so
// that whatever makes them eligible again knows where to say so.

/// <summary>A person waits for a seat of the cohort; or waits on with another priority, and keeps their place among those of it.</summary>
/// <param name="Priority"><see cref="ClinicalPriority"/>.</param>
/// <param name="ReferralReceivedAt">When the referral was received that brought the person here: it is kept through transfers and deferrals (rule 38).</param>
[EventName("wait-joined/1")]
public sealed record WaitJoined(string Participant, int Priority, Instant ReferralReceivedAt) : IEvent;

/// <summary>A person waits no more. An offer that they had is gone with it.</summary>
/// <param name="Reason">A code.</param>
[EventName("wait-left/1")]
public sealed record WaitLeft(string Participant, string Reason) : IEvent;

/// <summary>A person was not offered the seat, for a reason, and keeps their place (rule 38, I8).</summary>
/// <param name="Reason">A code: what a booking would have been refused for.</param>
[EventName("wait-passed/1")]
public sealed record WaitPassed(string Participant, string Reason) : IEvent;

/// <summary>Open seats are kept for those who wait, from the very act that this event stands in: nobody else takes them meanwhile.</summary>
/// <param name="Seats">How many.</param>
/// <param name="Again">Who of those who were passed over is considered again: a code of <see cref="Again"/>.</param>
[EventName("seat-reserved/1")]
public sealed record SeatReserved(int Seats, string Again) : IEvent;

/// <summary>Who is considered again when a seat is kept.</summary>
public static class Again
{
    /// <summary>It is the same opening, and the next one's turn.</summary>
    public const string Nobody = "nobody";

    /// <summary>It comes back from somebody who did not want it, or let it go: those who could not take it before may be able to by now.</summary>
    public const string Hindered = "hindered";

    /// <summary>It has become free: those who let one go before may want this one.</summary>
    public const string Everybody = "everybody";
}

/// <summary>A seat is one person's to accept, decline or let lapse, and counts as held until then.</summary>
/// <param name="Reason">Why the person came before others; empty when it was their turn.</param>
/// <param name="Overtaken">Who would have come before: by id.</param>
[EventName("seat-offered/1")]
public sealed record SeatOffered(string Participant, Instant ExpiresAt, string Reason, ImmutableArray<string> Overtaken) : IEvent;

/// <summary>The person does not want the seat that was offered, and keeps their place for another one.</summary>
/// <param name="Reason">A code.</param>
[EventName("offer-declined/1")]
public sealed record OfferDeclined(string Participant, string Reason) : IEvent;

/// <summary>Nobody has answered in time. The person keeps their place.</summary>
[EventName("offer-lapsed/1")]
public sealed record OfferLapsed(string Participant) : IEvent;

/// <summary>A hold has ended by itself, in a cohort with a list: elsewhere nobody need know.</summary>
[EventName("hold-expired/1")]
public sealed record HoldExpired(string Participant) : IEvent;

/// <summary>In the participant's stream: the person waits for a seat of a cohort.</summary>
/// <param name="Cohort">The cohort's key.</param>
[EventName("list-joined/1")]
public sealed record ListJoined(string Cohort) : IEvent;

/// <summary>In the participant's stream: the person waits there no more.</summary>
/// <param name="Cohort">The cohort's key.</param>
[EventName("list-left/1")]
public sealed record ListLeft(string Cohort) : IEvent;

/// <summary>In the participant's stream: something has changed that may make the person eligible where they wait, or end their waiting.</summary>
/// <param name="Cohorts">The keys of these cohorts.</param>
[EventName("waits-anew/1")]
public sealed record WaitsAnew(ImmutableArray<string> Cohorts) : IEvent;
