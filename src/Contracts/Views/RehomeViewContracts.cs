using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of plans by which people go elsewhere.
public partial interface IViewsGrain
{
    /// <summary>Plans of the network, in the order in which they were proposed: for its operator.</summary>
    [Alias("Rehomes")] Task<Page<RehomeRow>> Rehomes(Caller caller, PageRequest page);
}

/// <param name="Kind">"site", "cohort", "room" or "facilitator".</param>
/// <param name="Subject">The id of the site, the cohort (site.cohort) or the facilitator; of a room, of its site.</param>
/// <param name="Status">A code.</param>
[GenerateSerializer, Immutable, Alias("rtt.RehomeRow")]
public sealed record RehomeRow(
    [property: Id(0)] string Rehome,
    [property: Id(1)] string Kind,
    [property: Id(2)] string Subject,
    [property: Id(3)] string Room,
    [property: Id(4)] int Revision,
    [property: Id(5)] string Status,
    [property: Id(6)] int People,
    [property: Id(7)] int Placed,
    [property: Id(8)] int Moved,
    [property: Id(9)] int Refused,
    [property: Id(10)] int Skipped,
    [property: Id(11)] Instant ProposedAt,
    [property: Id(12)] int Failed,
    [property: Id(13)] int NeedsReviewer);
