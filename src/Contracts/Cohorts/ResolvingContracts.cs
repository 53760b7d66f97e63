using System.Collections.Immutable;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Cohorts;

/// <summary>Resolves a cohort's sessions to come anew by the silo's zone database: one unit over everybody who leads it, its site and itself.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Chain">The keys of the others in the order in which a unit enlists them: facilitators, the site.</param>
[GenerateSerializer, Immutable, Alias("rtt.ResolveTimes")]
public sealed record ResolveTimes([property: Id(0)] string Cohort, [property: Id(1)] ImmutableArray<string> Chain);

/// <summary>What resolving times must know of the site: every reservation of the rooms that the cohort has.</summary>
[GenerateSerializer, Immutable, Alias("rtt.ResolvingSiteFacts")]
public sealed record ResolvingSiteFacts([property: Id(0)] string TimeZone, [property: Id(1)] ImmutableArray<PlanRoomFacts> Rooms) : Facts;

/// <param name="Session">Its place in the plan, from 0.</param>
/// <param name="Kind">"gap", "room" or "facilitator".</param>
/// <param name="Subject">The room's or facilitator's id; empty for a gap.</param>
[GenerateSerializer, Immutable, Alias("rtt.TimeConflictView")]
public sealed record TimeConflictView([property: Id(0)] int Session, [property: Id(1)] string Kind, [property: Id(2)] string Subject);
