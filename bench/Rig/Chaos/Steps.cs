using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace RttNetwork.Rig.Chaos;

/// <summary>Something that a client saw: it began, and it ended, on one clock for all clients.</summary>
/// <param name="Client">Which client.</param>
/// <param name="Gateway">Through which door.</param>
/// <param name="IsFinal">True after the faults have ended: what was open is asked again, and what is shown must be the whole truth.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "saw")]
[JsonDerivedType(typeof(Asked), "answer")]
[JsonDerivedType(typeof(SawCohort), "cohort")]
[JsonDerivedType(typeof(SawPerson), "person")]
[JsonDerivedType(typeof(SawList), "list")]
[JsonDerivedType(typeof(SawWorklist), "worklist")]
public abstract record Step(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal);

/// <summary>One attempt of a command, and its answer.</summary>
public sealed record Asked(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal, Wish Wish, int Attempt, Answer Answer) : Step(Client, Gateway, Began, Ended, IsFinal);

/// <summary>A cohort was read.</summary>
public sealed record SawCohort(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal, CohortSeen Cohort) : Step(Client, Gateway, Began, Ended, IsFinal);

/// <summary>A person was read.</summary>
public sealed record SawPerson(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal, PersonSeen Person) : Step(Client, Gateway, Began, Ended, IsFinal);

/// <summary>A cohort was seen in a list, which comes from a projection.</summary>
public sealed record SawList(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal, CohortSeen Cohort) : Step(Client, Gateway, Began, Ended, IsFinal);

/// <summary>The open referrals to a site were read, from a projection.</summary>
public sealed record SawWorklist(int Client, int Gateway, Instant Began, Instant Ended, bool IsFinal, string Site, ImmutableArray<string> Referrals) : Step(Client, Gateway, Began, Ended, IsFinal);
