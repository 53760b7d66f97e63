using NodaTime;

namespace RttNetwork.Contracts.Facilitators;

/// <param name="ValidUntil">The last valid day; null when it has no end.</param>
[GenerateSerializer, Immutable, Alias("rtt.TrainingView")]
public sealed record TrainingView([property: Id(0)] string Level, [property: Id(1)] string Membership, [property: Id(2)] LocalDate ValidFrom, [property: Id(3)] LocalDate? ValidUntil);

[GenerateSerializer, Immutable, Alias("rtt.RecordTraining")]
public sealed record RecordTraining([property: Id(0)] TrainingView Training);

/// <summary>Completes a training: one unit over the facilitator and the training's cohort.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="Participant">The id of the participant that the facilitator was in it.</param>
[GenerateSerializer, Immutable, Alias("rtt.CompleteTraining")]
public sealed record CompleteTraining([property: Id(0)] string Cohort, [property: Id(1)] string Participant);
