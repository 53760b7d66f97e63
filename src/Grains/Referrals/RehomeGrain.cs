using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;

namespace RttNetwork.Grains.Referrals;

/// <summary>The mailbox of a plan by which people go elsewhere. Key: <see cref="Keys.Rehome"/>. The operator's alone.</summary>
[GrainType("rehome"), Reentrant]
public sealed class RehomeGrain(UnitServices services, IViews views, [PersistentState("rehome", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<RehomeState>(services, snapshot), IRehomeGrain
{
    private const int AskedAtOnceMax = 64;

    public async Task<UnitAnswer<RehomeView>> Propose(ProposeRehome command, Unit unit)
    {
        if (!unit.Caller.ReachesAll(Network)) return UnitAnswer<RehomeView>.Of(Refusals.NotFound);
        if (command.AtLeast is { } token && !await views.Reached(token, CancellationToken.None)) return UnitAnswer<RehomeView>.Of(UnitOutcome.Unavailable);
        var cause = command.Cause ?? State.Cause?.ToView();
        var places = cause is null ? null : await new RehomeSearch(GrainFactory, views, unit.Caller, unit.Now).For(cause);
        if (cause is not null && places is null) return UnitAnswer<RehomeView>.Of(UnitOutcome.Unavailable);
        return await Change(unit, plan => cause is null ? Domain.Common.Refusal.NotFound : places!.Refusal ?? RehomeRules.Propose(plan, cause.ToDomain(), places.Cohorts, places.Items));
    }

    public Task<UnitAnswer<RehomeView>> Approve(ApproveRehome command, Unit unit) => Change(unit, plan => RehomeRules.Approve(plan, command.Revision, unit.Caller.Subject));

    public Task<UnitAnswer<RehomeView>> Cancel(CancelRehome command, Unit unit) => Change(unit, plan => RehomeRules.Cancel(plan, command.Reason, unit.Caller.Subject));

    public Task<UnitAnswer<RehomeStepView>> Step(StepRehome command, Unit unit) => unit.Caller.Scope is not CallerScope.System
        ? Task.FromResult(UnitAnswer<RehomeStepView>.Of(Refusals.NotFound))
        : Finish(unit, plan => UnitDecision<RehomeState, RehomeStepView>.From(
            RehomeRules.Step(plan, [.. command.Ends.Select(e => new RehomeEnd(e.Item, e.Reason))], unit.Now), null, (after, _) => after.ToStep(Stream)));

    public async Task<ReadAnswer<RehomeReport>> Report(Caller caller, Instant now)
    {
        var read = await Read((plan, version) => plan.Cause is not null && caller.ReachesAll(Network) ? plan.ToReport(Stream, version) : null);
        if (read.Value is not { } report) return read;
        var items = ImmutableArray.CreateBuilder<RehomeItemView>(report.Items.Length);
        foreach (var chunk in report.Items.Chunk(AskedAtOnceMax))
        {
            var people = await Task.WhenAll(chunk.Select(i => GrainFactory.Of<IParticipantGrain>(Keys.Participant(Network, i.Participant)).Get(caller, now)));
            if (people.Any(p => p.Unavailable)) return new ReadAnswer<RehomeReport>(null, true);
            items.AddRange(chunk.Zip(people, (item, person) => item with { Now = [.. person.Value?.Enrolments.Where(e => e.State is SeatState.Booked).Select(e => e.Cohort) ?? []] }));
        }
        return new ReadAnswer<RehomeReport>(report with { Items = items.MoveToImmutable() }, false);
    }

    private Task<UnitAnswer<RehomeView>> Change(Unit unit, Func<RehomeState, Decision> decide) => unit.Caller.ReachesAll(Network)
        ? Finish(unit, plan => UnitDecision<RehomeState, RehomeView>.From(decide(plan), null, (after, version) => after.ToView(Stream, version)))
        : Task.FromResult(UnitAnswer<RehomeView>.Of(Refusals.NotFound));
}
