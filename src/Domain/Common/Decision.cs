using System.Collections.Immutable;

namespace RttNetwork.Domain.Common;

/// <summary>What a rule decides for a unit that touches two streams: the events of each, or one refusal, or "it is so already".</summary>
/// <param name="Refusal">Null unless refused.</param>
/// <param name="First">Events of the stream that was enlisted first (participant, facilitator, site).</param>
/// <param name="Last">Events of the stream that decides (the cohort). Empty with <paramref name="First"/> empty: nothing to change.</param>
public readonly record struct Decision(Refusal? Refusal, ImmutableArray<IEvent> First, ImmutableArray<IEvent> Last)
{
    /// <summary>Events of a stream between the two: the cohort's, of a unit that ends at a pathway. Default for none.</summary>
    public ImmutableArray<IEvent> Between { get; init; }

    /// <summary>What was asked for is so already: not an error, and nothing is written.</summary>
    public static readonly Decision Already = new(null, [], []);

    public static Decision Of(ImmutableArray<IEvent> first, ImmutableArray<IEvent> last) => new(null, first, last);

    /// <summary>A decision of a single stream.</summary>
    public static Decision Of(params ImmutableArray<IEvent> events) => new(null, [], events);

    public static implicit operator Decision(Refusal refusal) => new(refusal, [], []);
}
