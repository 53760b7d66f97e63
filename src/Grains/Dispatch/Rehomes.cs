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
/// Carries plans out (docs/adr/0015). One is active in the cluster. A plan says first which items are begun, and which attempt of each that is; then each person's move is
/// a unit of its own, whose request id is derived from plan, revision and item; then the plan is told what became of them. Whoever comes after one that died starts the
/// same units as later attempts: what was done gets its first answer, and before a refusal the journal is fenced against every attempt before it, so that nobody is moved
/// after the plan has said that they were not.
/// </summary>
/// <remarks>Plans take turns of one step each, several at once: one whose people get no answer keeps nobody waiting but its own.</remarks>
public sealed class Rehomes(IFollowers followers, IRehomePlans plans, IGrainFactory grains, TimeProvider time, ILogger<Rehomes> log) : SeatedService(Name, followers, time, log)
{
    private const string Name = "rehomes";
    private const int PlansAtOnceMax = 8;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnswerMax = UnitLimits.Unit + UnitLimits.Hop;

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        var turns = new Dictionary<string, Task<ImmutableArray<RehomeEndView>>>(StringComparer.Ordinal);
        // What became of items whose plans are told in their next turn.
        var ends = new Dictionary<string, ImmutableArray<RehomeEndView>>(StringComparer.Ordinal);
        string? last = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (!await seat.Stands(stop)) return;
                foreach (var (plan, turn) in turns.Where(t => t.Value.IsCompleted).ToList())
                {
                    turns.Remove(plan);
                    if (await turn is { IsEmpty: false } answers) ends[plan] = answers;
                }
                // Twice as many as can be at work: among them are as many that are not.
                foreach (var plan in await plans.Executing(last, 2 * PlansAtOnceMax, stop))
                {
                    if (turns.Count == PlansAtOnceMax) break;
                    if (turns.ContainsKey(plan)) continue;
                    turns.Add(plan, Turn(plan, ends.Remove(plan, out var answers) ? answers : [], stop));
                    last = plan;
                }
                await Task.WhenAny([.. turns.Values, Task.Delay(Look, Time, stop)]);
            }
        }
        finally
        {
            await Task.WhenAll(turns.Values);
        }
    }

    /// <summary>One step of a plan: tells it what became of items, and carries out what it begins then.</summary>
    /// <returns>What it is told in its next turn.</returns>
    private async Task<ImmutableArray<RehomeEndView>> Turn(string plan, ImmutableArray<RehomeEndView> ends, CancellationToken stop)
    {
        if (await Step(plan, ends) is not { } step)
        {
            await Rest(1, stop);
            return ends;
        }
        var answers = await Task.WhenAll(step.Moves.Select(m => Move(plan, step, m)));
        // Whoever got no answer is asked for again, later each time: a silo that died takes some seconds to be missed. Without anybody it has ended, and the projection has yet to read so.
        var unanswered = step.Moves.Zip(answers).Where(m => m.Second is null).Select(m => m.First.Attempt).ToList();
        if (step.Moves.IsEmpty || unanswered.Count > 0) await Rest(1 + unanswered.DefaultIfEmpty().Max(), stop);
        return [.. answers.OfType<RehomeEndView>()];
    }

    private async Task<RehomeStepView?> Step(string plan, ImmutableArray<RehomeEndView> ends)
    {
        try
        {
            return (await grains.Of<IRehomeGrain>(plan).Step(new StepRehome(ends), Start(plan, Guid.NewGuid(), 0)).WaitAsync(AnswerMax, Time)).Reply;
        }
        catch (Exception e)
        {
            log.LogWarning("A step of {Plan} got no answer ({Error}).", plan, e.GetType().Name);
            return null;
        }
    }

    /// <summary>Moves one person. Null when nobody knows what became of it: it is asked for again.</summary>
    private async Task<RehomeEndView?> Move(string plan, RehomeStepView step, RehomeMoveView move)
    {
        var unit = Start(plan, Reactions.RequestId($"{plan}@{step.Revision}/{move.Item}"), move.Attempt);
        var command = new TransferSeat(move.Participant, "", move.To, [move.From], move.Program, move.TemplateVersion, RehomeCauses.ReasonOf(step.Cause));
        try
        {
            var answer = await grains.Of<IParticipantGrain>(move.Participant).Move(command, unit).WaitAsync(AnswerMax, Time);
            if (answer.IsAccepted) return new RehomeEndView(move.Item, null, move.Attempt);
            return answer is { Outcome: UnitOutcome.Refused, Refusal.Reason: var reason } ? new RehomeEndView(move.Item, reason.ToLowerInvariant().Replace('_', '-'), move.Attempt) : null;
        }
        catch (Exception e)
        {
            log.LogWarning("A move of {Plan} got no answer ({Error}).", plan, e.GetType().Name);
            return null;
        }
    }

    private async Task Rest(int looks, CancellationToken stop) => await Task.Delay(looks * Look, Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Unit Start(string plan, Guid requestId, int attempt)
    {
        var now = Instant.FromDateTimeOffset(Time.GetUtcNow());
        return Unit.Start(new Caller(Keys.NetworkOf(plan), Name, CallerScope.System, [], [], "follow-up"), requestId, [], now, now + Duration.FromTimeSpan(UnitLimits.Unit), attempt: attempt);
    }
}
