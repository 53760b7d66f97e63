using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace RttNetwork.Rig.Chaos;

/// <summary>What a client can ask for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verb>))]
public enum Verb
{
    Hold,
    Book,
    Cancel,
    Release,
    /// <summary>A person goes from one cohort to another in one unit.</summary>
    Transfer,
    /// <summary>A facilitator joins a cohort.</summary>
    Assign,
    /// <summary>A facilitator leaves a cohort, also below the ratio.</summary>
    Withdraw,
    /// <summary>A site refers a person to a cohort of another.</summary>
    Refer,
    Receive,
    Triage,
    /// <summary>The target seats the person, and what they have elsewhere is given back in one unit.</summary>
    Accept,
    Decline,
    /// <summary>The source takes the referral back, or asks to.</summary>
    TakeBack,
    /// <summary>The target lets it go.</summary>
    LetGo,
    Complete,
}

/// <summary>A command: its request id and subject name it for ever.</summary>
/// <param name="Who">The id of the participant, or of the facilitator.</param>
/// <param name="Cohort">The cohort (<see cref="StageCohort.Id"/>); of a transfer or a referral, the one that is joined.</param>
/// <param name="From">Of a transfer or a referral: the cohort that is left; null of everything else, and of somebody without a seat.</param>
/// <param name="Source">Of a referral that is sent: the id of the site that refers.</param>
/// <param name="Referral">Of a referral that is there: its id.</param>
/// <param name="DueAt">Of a referral that is sent: until when the target decides.</param>
public sealed record Wish(Guid RequestId, string Subject, Verb Verb, string Who, string Cohort, string? From = null, string? Source = null, string? Referral = null, Instant? DueAt = null)
{
    [JsonIgnore]
    public bool IsStaffing => Verb is Verb.Assign or Verb.Withdraw;

    [JsonIgnore]
    public bool IsReferring => Verb >= Verb.Refer;
}

/// <summary>What a client knows after an attempt.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AnswerKind>))]
public enum AnswerKind
{
    /// <summary>It took effect, and this is the answer for ever.</summary>
    Accepted,
    /// <summary>A rule stands against it: it has no effect, and never will.</summary>
    Refused,
    /// <summary>Nobody said: the same request may be sent again.</summary>
    Unknown,
}

/// <summary>An answer.</summary>
/// <param name="Reason">Why not, for machines.</param>
/// <param name="Reply">The reply in one canonical form, without what is new at each answer: two answers are one when these are equal.</param>
/// <param name="Seat">What the reply says of the seat; null when it is about a cohort.</param>
/// <param name="Token">The place in the feed that includes the command.</param>
/// <param name="Referral">What the reply says of the referral; null when it is about none.</param>
public sealed record Answer(AnswerKind Kind, string? Reason = null, string? Reply = null, SeatSeen? Seat = null, string? Token = null, ReferralSeen? Referral = null);

/// <summary>A referral as a reply shows it.</summary>
/// <param name="Status">A code.</param>
public sealed record ReferralSeen(string Id, string Status);

[JsonConverter(typeof(JsonStringEnumConverter<Seated>))]
public enum Seated
{
    None,
    Held,
    Booked,
}

/// <summary>A seat as a reply shows it.</summary>
public sealed record SeatSeen(Seated State, Instant? HeldUntil, Instant? BookedAt);

/// <summary>A cohort as a reader sees it.</summary>
/// <param name="Version">The version of its stream; null in a list, which has none.</param>
/// <param name="AsOf">When holds were judged; null when the reader was not told.</param>
public sealed record CohortSeen(string Cohort, int? Version, int Booked, int Held, int Usable, bool AtRisk, Instant? AsOf);

/// <summary>A person as a reader sees it.</summary>
public sealed record PersonSeen(string Person, int Version, ImmutableArray<PersonSeat> Seats);

/// <summary>A seat or hold of a person, by its cohort (<see cref="StageCohort.Id"/>).</summary>
public sealed record PersonSeat(string Cohort, Seated State);

/// <summary>
/// A way to reach the network: the wire with real processes behind it, or grains in this process. One call is one
/// attempt; whoever calls repeats it. Nothing is thrown for what a network or a server does.
/// </summary>
public interface IDesk
{
    /// <summary>How many doors there are to the network.</summary>
    int Gateways { get; }

    /// <summary>Sends a command once.</summary>
    /// <param name="wish">What is asked.</param>
    /// <param name="gateway">The door.</param>
    /// <param name="attempt">0, or how often the client says that it has sent it before.</param>
    Task<Answer> Ask(Wish wish, int gateway, int attempt);

    /// <summary>Reads a cohort from its grain; null when nobody vouches for an answer.</summary>
    Task<CohortSeen?> Look(string cohort, string subject, int gateway);

    /// <summary>Reads a person from its grain; null when nobody vouches for an answer.</summary>
    Task<PersonSeen?> LookAtPerson(string person, string subject, int gateway);

    /// <summary>
    /// Reads every cohort from the projection, at least as new as a token; null when it is not there yet, or when there
    /// is no projection here.
    /// </summary>
    Task<ImmutableArray<CohortSeen>?> List(string atLeast, string subject, int gateway);

    /// <summary>Reads the ids of the open referrals to a site from the projection, at least as new as a token; null when it is not there yet.</summary>
    Task<ImmutableArray<string>?> Worklist(string site, string atLeast, string subject, int gateway);
}
