using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Programs;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Programs;

/// <summary>The mailbox of a network's rule packs. Key: <see cref="Keys.RulePacks"/>.</summary>
[GrainType("rule-packs"), Reentrant]
public sealed class RulePacksGrain(UnitServices services) : JournalGrain<RulePacksState>(services), IRulePacksGrain
{
    public Task<UnitAnswer<RulePackView>> Publish(PublishRulePack command, Unit unit) =>
        unit.Caller.ReachesAll(Network)
            ? Finish(unit, packs => UnitDecision<RulePacksState, RulePackView>.From(
                RulePacks.Publish(packs, command.Pack.ToDomain()), null, (after, _) => after.Packs[^1].ToView()))
            : Task.FromResult(UnitAnswer<RulePackView>.Of(Refusals.NotFound));

    /// <summary>Every site of the network may read by which rules it is judged.</summary>
    public Task<ReadAnswer<RulePackList>> Get(Caller caller, string? jurisdiction, string? site) => Read((packs, _) =>
        caller.Network == Network && caller.Scope != CallerScope.Authority
            ? new RulePackList([.. (jurisdiction is null ? packs.Packs : packs.For(jurisdiction, site ?? "")).Select(p => p.ToView())])
            : null);
}
