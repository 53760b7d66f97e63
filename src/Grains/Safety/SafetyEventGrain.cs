using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Safety;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Safety;

/// <summary>The mailbox of a safety event. Key: <see cref="Keys.SafetyEvent"/>.</summary>
[GrainType("safety-event"), Reentrant]
public sealed class SafetyEventGrain(UnitServices services) : JournalGrain<SafetyEventState>(services), ISafetyEventGrain
{
    private string Site => Keys.SafetyEventParts(Stream).Site;

    public Task<UnitAnswer<SafetyEventView>> Finish(SafetyCommand command, Unit unit) => Finish(unit, state =>
        unit.Caller.Reaches(Network, Site)
            ? UnitDecision<SafetyEventState, SafetyEventView>.From(command.Decide(state, unit), null, (after, version) => after.ToView(Stream, version))
            : UnitDecision<SafetyEventState, SafetyEventView>.Refused(Refusals.NotFound));

    public Task<ReadAnswer<SafetyEventView>> Get(Caller caller) =>
        Read((state, version) => state.Recorded is not null && caller.Reaches(Network, Site) ? state.ToView(Stream, version) : null);
}
