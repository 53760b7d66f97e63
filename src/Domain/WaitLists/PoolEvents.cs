using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.WaitLists;

// A pool is for one program in one region. Who waits in it, and in what order, stands in the pool's own stream; that a person does, and where they are offered a
// seat, stands in theirs; and each cohort of the program and region has a copy of the order, so that the very act that frees a seat can keep it (docs/adr/0016).

/// <summary>In the pool's stream: a person waits; or waits on with another priority, and keeps their place among those of it.</summary>
/// <param name="Site">The id of the site that asked.</param>
/// <param name="Priority"><see cref="ClinicalPriority"/>.</param>
/// <param name="ReferralReceivedAt">When the referral was received that brought the person here.</param>
/// <param name="Cohorts">The keys of the cohorts that are told.</param>
[EventName("pool-joined/1")]
public sealed record PoolJoined(string Participant, string Site, int Priority, Instant ReferralReceivedAt, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>In the pool's stream: a person waits no more.</summary>
/// <param name="Cohorts">The keys of the cohorts that are told.</param>
[EventName("pool-left/1")]
public sealed record PoolLeft(string Participant, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>In the pool's stream: seats of a cohort are for its people from now on.</summary>
/// <param name="Cohort">The cohort's key.</param>
[EventName("pool-cohort-added/1")]
public sealed record PoolCohortAdded(string Cohort, string Program, string Region) : IEvent;

/// <summary>In the pool's stream: a cohort takes nobody any more, and has no copy from now on.</summary>
/// <param name="Cohort">The cohort's key.</param>
[EventName("pool-cohort-closed/1")]
public sealed record PoolCohortClosed(string Cohort) : IEvent;

/// <summary>In the cohort's stream: who waits in its pool, as the pool had it.</summary>
/// <param name="PoolVersion">The pool's version: an older copy never replaces a newer one.</param>
/// <param name="Joined">Who has come, or has another priority, in the order in which they joined the pool.</param>
/// <param name="Left">Who has gone, by id.</param>
[EventName("pool-copied/1")]
public sealed record PoolCopied(int PoolVersion, ImmutableArray<PoolCopy> Joined, ImmutableArray<string> Left) : IEvent;

/// <summary>Somebody of a pool, as a cohort has them.</summary>
/// <param name="Number">The pool's: who left and joined again has another one.</param>
public sealed record PoolCopy(string Participant, int Number, int Priority, Instant ReferralReceivedAt);

/// <summary>In the participant's stream: the person waits in a pool.</summary>
/// <param name="Pool">The pool's key.</param>
[EventName("pool-entered/1")]
public sealed record PoolEntered(string Pool, string Program, string Region) : IEvent;

/// <summary>In the participant's stream: the person waits there no more. Everything else that knows of it is told afterwards.</summary>
/// <param name="Pool">The pool's key.</param>
/// <param name="Reason">A code: "seated", "left-pathway", or what was said.</param>
/// <param name="OfferedIn">The key of the cohort whose offer goes with it; null for none.</param>
[EventName("pool-ended/1")]
public sealed record PoolEnded(string Pool, string Reason, string? OfferedIn) : IEvent;

/// <summary>In the participant's stream: the seat that they are offered is one for their pool. They are offered no second one while it stands.</summary>
/// <param name="Pool">The pool's key.</param>
/// <param name="Cohort">The cohort's key.</param>
[EventName("pool-offered/1")]
public sealed record PoolOffered(string Pool, string Cohort) : IEvent;

/// <summary>In the participant's stream: something has changed that may make the person eligible for a seat of their pools.</summary>
/// <param name="Pools">The keys of these pools.</param>
[EventName("pools-anew/1")]
public sealed record PoolsAnew(ImmutableArray<string> Pools) : IEvent;
