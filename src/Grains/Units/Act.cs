using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Grains.Units;

/// <summary>
/// What one command did to one stream: its events, with who asked, why, when, and under which request id. An entry of
/// the journal is a list of acts: usually one, several when a grain decided several commands together.
/// </summary>
/// <param name="RequestId">The command's request id.</param>
/// <param name="Subject">Who asked: an opaque id.</param>
/// <param name="Scope">What the caller could reach: "site", "operator", "system".</param>
/// <param name="Purpose">Why, as the caller's token said.</param>
/// <param name="At">The instant at which every rule was judged.</param>
/// <param name="Events">What happened. Empty when what was asked for was so already.</param>
public sealed record Act(Guid RequestId, string Subject, string Scope, string Purpose, Instant At, ImmutableArray<IEvent> Events)
{
    /// <summary>
    /// For the fence before the refusal of a repeat, which attempt that was: the command did nothing, and no earlier attempt of it
    /// may any more. Null for every other act.
    /// </summary>
    [JsonIgnore]
    public int? RefusedAttempt => RequestId != Guid.Empty && Events is [Fenced fenced] ? fenced.Attempt ?? 1 : null;
}

/// <summary>
/// Nothing happened to the stream: this entry takes the version that a unit of unknown outcome would have taken, so
/// that the unit is dead in all its streams, for ever. In an act with a request id, that command was refused as a repeat.
/// </summary>
/// <param name="Attempt">The number of the attempt that was refused; null when none was, and in entries from before it was kept.</param>
[EventName("fenced/1")]
public sealed record Fenced(int? Attempt = null) : IEvent;
