using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Dispatch;

/// <summary>
/// Carries plans out (docs/adr/0015). One is active in the cluster. A plan says first which items are begun; then each person's move is a unit of its own, whose
/// request id is derived from plan, revision and item; then the plan is told what became of them. Whoever comes after one that died finds what was begun and starts
/// the same units, which change nothing and get their first answer.
/// </summary>
public sealed class Rehomes(IFollowers followers, IRehomePlans plans, IGrainFactory grains, TimeProvider time, ILogger<Rehomes> log) : SeatedService(Name, followers, time, log)
{
    private const string Name = "rehomes";
    private const int PlansMax = 16;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!await seat.Stands(stop)) return;
            foreach (var plan in await plans.Executing(PlansMax, stop)) await CarryOut(plan, seat, stop);
            await Task.Delay(Look, Time, stop);
        }
    }

    /// <summary>Goes on with a plan until it has ended, or until nothing of what was begun gets an answer now.</summary>
    private async Task CarryOut(string plan, IFollower seat, CancellationToken stop)
    {
        ImmutableArray<RehomeEndView> ends = [];
        do
        {
            if (!await seat.Stands(stop)) return;
            var now = Now();
            if (await Step(plan, ends, now) is not { Moves.IsEmpty: false } step) return;
            var answers = await Task.WhenAll(step.Moves.Select(m => Move(plan, step, m, now)));
            ends = [.. answers.OfType<RehomeEndView>()];
        }
        while (!ends.IsEmpty && !stop.IsCancellationRequested);
    }

    private async Task<RehomeStepView?> Step(string plan, ImmutableArray<RehomeEndView> ends, Instant now)
    {
        try
        {
            var answer = await grains.Of<IRehomeGrain>(plan).Step(new StepRehome(ends), Start(plan, Guid.NewGuid(), now, 0));
            return answer.Reply;
        }
        catch (Exception e)
        {
            log.LogWarning("A step of {Plan} got no answer ({Error}).", plan, e.GetType().Name);
            return null;
        }
    }

    /// <summary>Moves one person. Null when nobody knows what became of it: it is asked for again.</summary>
    private async Task<RehomeEndView?> Move(string plan, RehomeStepView step, RehomeMoveView move, Instant now)
    {
        // What was begun before may have been started by somebody else, whose unit may be on its way still: a later attempt than theirs, before which a refusal is
        // fenced, so that nobody is moved after the plan has said that they were not.
        var attempt = move.BegunAt == now ? 0 : 1 + (int)Math.Clamp((now - move.BegunAt).TotalMilliseconds, 0, int.MaxValue - 1);
        var unit = Start(plan, Reactions.RequestId($"{plan}@{step.Revision}/{move.Item}"), now, attempt);
        try
        {
            var answer = await grains.Of<IParticipantGrain>(move.Participant).Move(
                new TransferSeat(move.Participant, "", move.To, [move.From], move.Program, move.TemplateVersion, RehomeCauses.ReasonOf(step.Cause)), unit);
            if (answer.IsAccepted) return new RehomeEndView(move.Item, null);
            return answer is { Outcome: UnitOutcome.Refused, Refusal.Reason: var reason } ? new RehomeEndView(move.Item, reason.ToLowerInvariant().Replace('_', '-')) : null;
        }
        catch (Exception e)
        {
            log.LogWarning("A move of {Plan} got no answer ({Error}).", plan, e.GetType().Name);
            return null;
        }
    }

    private static Unit Start(string plan, Guid requestId, Instant now, int attempt) => Unit.Start(
        new Caller(Keys.NetworkOf(plan), Name, CallerScope.System, [], [], "follow-up"), requestId, [], now, now + Duration.FromTimeSpan(UnitLimits.Unit), attempt: attempt);

    private Instant Now() => Instant.FromDateTimeOffset(Time.GetUtcNow());
}
