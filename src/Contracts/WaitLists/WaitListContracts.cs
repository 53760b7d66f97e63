using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Contracts.WaitLists;

/// <summary>What is asked of a cohort's list for one person.</summary>
public enum WaitAsk
{
    Join,
    Leave,
    /// <summary>Offers the person an open seat, by hand.</summary>
    Offer,
    Decline,
    /// <summary>The dispatcher's: it is the person's turn.</summary>
    OfferInTurn,
    /// <summary>The dispatcher's: the person may be eligible again, or wait no more.</summary>
    Reconsider,
    /// <summary>The network's own: an offer or a hold of the person is over.</summary>
    Lapse,
}

/// <param name="Cohort">The cohort's key.</param>
/// <param name="Participant">The participant's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitRequest")]
public sealed record WaitRequest([property: Id(0)] string Cohort, [property: Id(1)] string Participant, [property: Id(2)] WaitAsk Ask)
{
    /// <summary>For joining: 1 (urgent) to 4 (can wait).</summary>
    [Id(3)] public int Priority { get; init; }

    /// <summary>For joining by a person who is on no pathway: when the referral was received; null means at the instant of the call.</summary>
    [Id(4)] public Instant? ReceivedAt { get; init; }

    /// <summary>For leaving, declining, and an offer out of turn: a code.</summary>
    [Id(5)] public string Reason { get; init; } = "";

    /// <summary>Of a person who is on a pathway: when its referral was received. The participant's grain says so, and nobody else.</summary>
    [Id(6)] public Instant? Referred { get; init; }

    /// <summary>The version of the person's stream that what is asked follows from; 0 for none.</summary>
    [Id(7)] public int AtLeast { get; init; }
}

/// <summary>Somebody on a list.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Participant">The participant's id.</param>
/// <param name="Position">From 1; 0 for somebody who does not wait (any more).</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitView")]
public sealed record WaitView(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Participant,
    [property: Id(2)] int Position,
    [property: Id(3)] int Priority,
    [property: Id(4)] Instant? ReceivedAt,
    [property: Id(5)] Instant? JoinedAt,
    [property: Id(6)] Instant? OfferExpiresAt,
    [property: Id(7)] bool IsPassed,
    [property: Id(8)] ImmutableArray<PassView> Passes);

/// <summary>Why and when somebody did not get a seat in their turn.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PassView")]
public sealed record PassView([property: Id(0)] string Reason, [property: Id(1)] Instant At);

/// <summary>A list in its order, at most 200 people.</summary>
/// <param name="SeatsKept">Open seats that are kept for it now.</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitListView")]
public sealed record WaitListView([property: Id(0)] ImmutableArray<WaitView> People, [property: Id(1)] int SeatsKept);

/// <summary>Whose turn it is.</summary>
/// <param name="Participant">The participant's key; null while no seat is kept for anybody.</param>
[GenerateSerializer, Immutable, Alias("rtt.NextInTurn")]
public sealed record NextInTurn([property: Id(0)] string? Participant);
