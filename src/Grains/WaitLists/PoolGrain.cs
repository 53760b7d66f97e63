using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.WaitLists;

/// <summary>The mailbox of a pool. Key: <see cref="Keys.Pool"/>.</summary>
[GrainType("pool"), Reentrant]
public sealed class PoolGrain(UnitServices services, [PersistentState("pool", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<PoolState>(services, snapshot), IPoolGrain
{
    public Task<UnitAnswer<PoolPlaceView>> FinishPlace(PoolRequest command, Unit unit)
    {
        if (command.Ask is PoolAsk.Join && !unit.Caller.Reaches(Network, command.Site)) return Task.FromResult(UnitAnswer<PoolPlaceView>.Of(Refusals.NotFound));
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        return Finish(unit, pool => UnitDecision<PoolState, PoolPlaceView>.From(
            command.Decide(person, pool, unit.Now), command.Participant, (after, _) => after.ToPlaceView(Stream, person.Participant)));
    }

    public async Task<UnitAnswer<CohortView>> Tell(TellCohort command, Unit unit) => await Holds(command.PoolAtLeast)
        ? await Enlist(unit,
            guard: _ => unit.Caller.Scope is CallerScope.System ? null : Refusals.NotFound,
            facts: pool => pool.ToFacts(Stream),
            next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishPool(command, down),
            // That a cohort has a copy is written once; what it copies has its version.
            attests: true)
        : UnitAnswer<CohortView>.Of(UnitOutcome.Unavailable);

    public Task<ReadAnswer<PoolCohorts>> Cohorts() => Read((pool, _) => new PoolCohorts(pool.Cohorts));

    public Task<ReadAnswer<PoolView>> List(Caller caller) => Read((pool, _) => caller.Network != Network
        ? null
        : new PoolView([.. pool.InOrder.Select((m, i) => m.ToView(Stream, i + 1)).Where(m => caller.Reaches(Network, m.Site))], pool.InOrder.Length, pool.Cohorts.Length));
}
