using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;

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
    [property: Id(8)] ImmutableArray<PassView> Passes)
{
    /// <summary>True for somebody who waits here as one of the cohort's pool alone.</summary>
    [Id(9)] public bool IsOfPool { get; init; }
}

/// <summary>Why and when somebody did not get a seat in their turn.</summary>
[GenerateSerializer, Immutable, Alias("rtt.PassView")]
public sealed record PassView([property: Id(0)] string Reason, [property: Id(1)] Instant At);

/// <summary>A list in its order: at most 200 people who wait for the cohort by name, and those of its pool.</summary>
/// <param name="SeatsKept">Open seats that are kept for it now.</param>
[GenerateSerializer, Immutable, Alias("rtt.WaitListView")]
public sealed record WaitListView([property: Id(0)] ImmutableArray<WaitView> People, [property: Id(1)] int SeatsKept);

/// <summary>Whose turn it is.</summary>
/// <param name="Participant">The participant's key; null while no seat is kept for anybody.</param>
[GenerateSerializer, Immutable, Alias("rtt.NextInTurn")]
public sealed record NextInTurn([property: Id(0)] string? Participant);

/// <summary>The wait-list of a program in a region, for a seat in any cohort of it there. Between participants and cohorts in every chain.</summary>
[Alias("rtt.IPoolGrain")]
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>The end of participant → pool: joining and leaving, and clearing the place of somebody who waits no more.</summary>
    [Alias("FinishPlace")] Task<UnitAnswer<PoolPlaceView>> FinishPlace(PoolRequest command, Unit unit);

    /// <summary>Begins the unit pool → cohort in which the cohort's copy is brought up to date: the dispatcher's.</summary>
    [Alias("Tell")] Task<UnitAnswer<CohortView>> Tell(TellCohort command, Unit unit);

    /// <summary>The cohorts that have a copy: the dispatcher's.</summary>
    [Alias("Cohorts")] Task<ReadAnswer<PoolCohorts>> Cohorts();

    /// <summary>Who waits, as far as the caller's sites asked for them; the others are counted.</summary>
    [Alias("List")] Task<ReadAnswer<PoolView>> List(Caller caller);
}

/// <summary>What is asked of a pool for one person.</summary>
public enum PoolAsk
{
    Join,
    Leave,
    /// <summary>The dispatcher's: the person's waiting may have ended by another act.</summary>
    Clear,
}

/// <param name="Pool">The pool's key.</param>
/// <param name="Participant">The participant's key.</param>
[GenerateSerializer, Immutable, Alias("rtt.PoolRequest")]
public sealed record PoolRequest([property: Id(0)] string Pool, [property: Id(1)] string Participant, [property: Id(2)] PoolAsk Ask)
{
    /// <summary>For joining: the id of the site that asks.</summary>
    [Id(3)] public string Site { get; init; } = "";

    /// <summary>For joining: 1 (urgent) to 4 (can wait).</summary>
    [Id(4)] public int Priority { get; init; }

    /// <summary>For joining by a person who is on no pathway of the program: when the referral was received; null means at the instant of the call.</summary>
    [Id(5)] public Instant? ReceivedAt { get; init; }

    /// <summary>For leaving: a code.</summary>
    [Id(6)] public string Reason { get; init; } = "";

    /// <summary>Of a person who is on a pathway of the program: when its referral was received. The participant's grain says so, and nobody else.</summary>
    [Id(7)] public Instant? Referred { get; init; }

    /// <summary>The version of the person's stream that what is asked follows from; 0 for none.</summary>
    [Id(8)] public int AtLeast { get; init; }
}

/// <param name="Cohort">The cohort's key.</param>
/// <param name="PoolAtLeast">The version of the pool's stream that this follows from; 0 for none.</param>
/// <param name="CohortAtLeast">The version of the cohort's stream that this follows from; 0 for none.</param>
[GenerateSerializer, Immutable, Alias("rtt.TellCohort")]
public sealed record TellCohort([property: Id(0)] string Cohort, [property: Id(1)] int PoolAtLeast, [property: Id(2)] int CohortAtLeast);

/// <summary>The pool, as it goes down to a cohort: its people in order (at most 200), and whether it counts the cohort among its own (at most 100).</summary>
[GenerateSerializer, Immutable, Alias("rtt.PoolFacts")]
public sealed record PoolFacts(
    [property: Id(0)] string Program,
    [property: Id(1)] string Region,
    [property: Id(2)] ImmutableArray<PoolPlaceView> People,
    [property: Id(3)] ImmutableArray<string> Cohorts) : Facts;

/// <summary>Somebody in a pool.</summary>
/// <param name="Pool">The pool's key.</param>
/// <param name="Participant">The participant's id.</param>
/// <param name="Position">From 1; 0 for somebody who does not wait (any more).</param>
[GenerateSerializer, Immutable, Alias("rtt.PoolPlaceView")]
public sealed record PoolPlaceView(
    [property: Id(0)] string Pool,
    [property: Id(1)] string Participant,
    [property: Id(2)] string Site,
    [property: Id(3)] int Position,
    [property: Id(4)] int Number,
    [property: Id(5)] int Priority,
    [property: Id(6)] Instant? ReceivedAt,
    [property: Id(7)] Instant? JoinedAt);

/// <param name="People">Those that the caller may see, in order.</param>
/// <param name="Waiting">How many wait in all.</param>
[GenerateSerializer, Immutable, Alias("rtt.PoolView")]
public sealed record PoolView([property: Id(0)] ImmutableArray<PoolPlaceView> People, [property: Id(1)] int Waiting, [property: Id(2)] int Cohorts);

/// <param name="Keys">The cohorts' keys.</param>
[GenerateSerializer, Immutable, Alias("rtt.PoolCohorts")]
public sealed record PoolCohorts([property: Id(0)] ImmutableArray<string> Keys);
