using System.Collections.Immutable;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Units;

/// <summary>What the last grain of a chain decided over all facts.</summary>
/// <param name="Refusal">Null unless refused.</param>
/// <param name="Own">Events of the deciding grain's stream.</param>
/// <param name="Others">Events of the streams enlisted before, by their names; a stream without events is left out.</param>
/// <param name="Reply">Makes the reply from the deciding grain's state after its events, and its version then.</param>
/// <param name="Vault">What the unit changes in the encrypted table.</param>
/// <param name="LookAgain">The facts were gathered on a wrong footing, one of which may be this grain's own state: it is read anew, and the caller gathers them anew (<see cref="UnitOutcome.Conflict"/>).</param>
public readonly record struct UnitDecision<TState, TReply>(
    Refusal? Refusal,
    ImmutableArray<IEvent> Own,
    ImmutableArray<(string Stream, ImmutableArray<IEvent> Events)> Others,
    Func<TState, int, TReply> Reply,
    ImmutableArray<VaultChange> Vault,
    bool LookAgain = false)
    where TReply : class
{
    /// <summary>True when nothing changes: what was asked for is so already.</summary>
    public bool IsAlready => Own.IsEmpty && Others.IsEmpty && Vault.IsEmpty;

    public static UnitDecision<TState, TReply> Refused(Refusal refusal) => new(refusal, [], [], static (_, _) => throw new InvalidOperationException("A refusal has no reply."), []);

    public static UnitDecision<TState, TReply> Again() => new(null, [], [], static (_, _) => throw new InvalidOperationException("Nothing is decided."), [], LookAgain: true);

    /// <summary>A decision over the deciding grain and at most one stream enlisted before it.</summary>
    /// <param name="decision">What the domain decided.</param>
    /// <param name="first">The stream that <see cref="Decision.First"/> belongs to; null when there is none.</param>
    /// <param name="reply">Makes the reply.</param>
    public static UnitDecision<TState, TReply> From(Decision decision, string? first, Func<TState, int, TReply> reply) =>
        decision.Refusal is { } refusal
            ? Refused(Refusals.ToContract(refusal))
            : new(null, decision.Last, first is null || decision.First.IsEmpty ? [] : [(first, decision.First)], reply, []);
}
