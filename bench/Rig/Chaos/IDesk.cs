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
}

/// <summary>A command: its request id and subject name it for ever.</summary>
/// <param name="Who">The id of the participant, or of the facilitator.</param>
/// <param name="Cohort">The id of the cohort; of a transfer, the one that is joined.</param>
/// <param name="From">Of a transfer: the id of the cohort that is left; null of everything else.</param>
public sealed record Wish(Guid RequestId, string Subject, Verb Verb, string Who, string Cohort, string? From = null)
{
    [JsonIgnore]
    public bool IsStaffing => Verb is Verb.Assign or Verb.Withdraw;
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
public sealed record Answer(AnswerKind Kind, string? Reason = null, string? Reply = null, SeatSeen? Seat = null, string? Token = null);

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

/// <summary>A seat or hold of a person, by the id of its cohort.</summary>
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
}
