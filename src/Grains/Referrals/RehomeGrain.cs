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

    /// <summary>What of a unit's time is left for the decision, when the search takes the rest.</summary>
    private static readonly TimeSpan Deciding = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = services.Time;

    /// <summary>
    /// The search asks hundreds of grains. It is made for a plan that can be proposed as the journal has it now, and not for a repeat; what it comes to is judged on the
    /// plan as it is then.
    /// </summary>
    public async Task<UnitAnswer<RehomeView>> Propose(ProposeRehome command, Unit unit)
    {
        if (!unit.Caller.ReachesAll(Network)) return UnitAnswer<RehomeView>.Of(Refusals.NotFound);
        if (await AcceptedBefore<RehomeView>(unit) is { } earlier) return earlier;
        if (command.AtLeast is { } token && !await views.Reached(token, CancellationToken.None)) return UnitAnswer<RehomeView>.Of(UnitOutcome.Unavailable);
        var read = await Read((plan, _) => new Proposable(plan.Cause, RehomeRules.MayNotPropose(plan, command.Cause?.ToDomain()) is null));
        if (read.Value is not { } now) return UnitAnswer<RehomeView>.Of(UnitOutcome.Unavailable);
        if (!now.IsOpen)
        {
            return await Finish(unit, plan => RehomeRules.MayNotPropose(plan, command.Cause?.ToDomain()) is { } refusal
                ? UnitDecision<RehomeState, RehomeView>.Refused(Refusals.ToContract(refusal))
                : UnitDecision<RehomeState, RehomeView>.Again());
        }
        var cause = command.Cause ?? now.Cause!.ToView();
        var left = unit.Deadline.ToDateTimeOffset() - _time.GetUtcNow() - Deciding;
        if (left <= TimeSpan.Zero) return UnitAnswer<RehomeView>.Of(UnitOutcome.Expired);
        using var time = new CancellationTokenSource(left, _time);
        try
        {
            var places = await new RehomeSearch(GrainFactory, views, unit.Caller, unit.Now, time.Token).For(cause);
            return places is null
                ? UnitAnswer<RehomeView>.Of(UnitOutcome.Unavailable)
                : await Change(unit, plan => places.Refusal ?? RehomeRules.Propose(plan, cause.ToDomain(), places.Cohorts, places.Items));
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            return UnitAnswer<RehomeView>.Of(UnitOutcome.Expired);
        }
    }

    public Task<UnitAnswer<RehomeView>> Approve(ApproveRehome command, Unit unit) => Change(unit, plan => RehomeRules.Approve(plan, command.Revision, unit.Caller.Subject));

    public Task<UnitAnswer<RehomeView>> Cancel(CancelRehome command, Unit unit) => Change(unit, plan => RehomeRules.Cancel(plan, command.Reason, unit.Caller.Subject));

    public Task<UnitAnswer<RehomeStepView>> Step(StepRehome command, Unit unit) => unit.Caller.Scope is not CallerScope.System
        ? Task.FromResult(UnitAnswer<RehomeStepView>.Of(Refusals.NotFound))
        : Finish(unit, plan => UnitDecision<RehomeState, RehomeStepView>.From(
            RehomeRules.Step(plan, [.. command.Ends.Select(e => new RehomeAnswer(e.Item, e.Attempt, e.Reason))], unit.Now), null, (after, _) => after.ToStep(Stream)));

    public async Task<ReadAnswer<RehomeReport>> Report(Caller caller, Instant now)
    {
        var read = await Read((plan, version) => plan.Cause is not null && caller.ReachesAll(Network) ? plan.ToReport(Stream, version) : null);
        if (read.Value is not { } report) return read;
        var seats = new List<ImmutableArray<string>>(report.Items.Length);
        foreach (var chunk in report.Items.Chunk(AskedAtOnceMax))
        {
            var people = await Task.WhenAll(chunk.Select(i => GrainFactory.Of<IParticipantGrain>(Keys.Participant(Network, i.Participant)).Get(caller, now)));
            if (people.Any(p => p.Unavailable)) return new ReadAnswer<RehomeReport>(null, true);
            seats.AddRange(people.Select(p => p.Value is { } person ? person.Enrolments.Where(e => e.State is SeatState.Booked).Select(e => e.Cohort).ToImmutableArray() : []));
        }
        return new ReadAnswer<RehomeReport>(report.With(seats), false);
    }

    private Task<UnitAnswer<RehomeView>> Change(Unit unit, Func<RehomeState, Decision> decide) => unit.Caller.ReachesAll(Network)
        ? Finish(unit, plan => UnitDecision<RehomeState, RehomeView>.From(decide(plan), null, (after, version) => after.ToView(Stream, version)))
        : Task.FromResult(UnitAnswer<RehomeView>.Of(Refusals.NotFound));

    /// <summary>What a proposal is for, and whether one can be made.</summary>
    private sealed record Proposable(RehomeCause? Cause, bool IsOpen);
}
