using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Grains.Safety;

/// <summary>The way of a unit of a safety event: the person whom it is about if any, the facilitator who signs if any, the event.</summary>
internal static class SafetyChain
{
    /// <summary>Calls the grain that comes after one of a kind.</summary>
    public static Task<UnitAnswer<SafetyEventView>> After(StreamKind kind, IGrainFactory grains, SafetyCommand command, Unit unit) =>
        kind < StreamKind.Facilitator && command.Signer.Length > 0
            ? grains.Of<IFacilitatorGrain>(command.Signer).SignSafety(command, unit)
            : grains.Of<ISafetyEventGrain>(command.SafetyEvent).Finish(command, unit);
}
