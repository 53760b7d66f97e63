using Microsoft.Extensions.Logging;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Dispatch;

/// <summary>
/// Starts the units that the time asks for (docs/adr/0012). One is active in the cluster. It looks at what is due now and starts a unit for each, whose request id
/// is derived from the row: whoever comes after one that died starts the same, and a repeat changes nothing. The decision judges the time itself.
/// </summary>
public sealed class Deadlines(IFollowers followers, IDeadlines deadlines, IGrainFactory grains, TimeProvider time, ILogger<Deadlines> log) : SeatedService(Name, followers, time, log)
{
    private const string Name = "deadlines";
    private const int DueMax = 200;
    private const int UnitsAtOnceMax = 8;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Seen to, with the rows still there: the projection has yet to read what came of it.</summary>
    private HashSet<Deadline> _done = [];

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!await seat.Stands(stop)) return;
            var due = await deadlines.Due(Now(), DueMax + _done.Count, stop);
            _done = [.. due.Where(_done.Contains)];
            await Parallel.ForEachAsync(due.Where(d => !_done.Contains(d)).ToList(), new ParallelOptions { MaxDegreeOfParallelism = UnitsAtOnceMax, CancellationToken = stop }, async (deadline, _) =>
            {
                if (await Start(deadline) is not (UnitOutcome.Accepted or UnitOutcome.Already or UnitOutcome.Replayed or UnitOutcome.Refused)) return;
                lock (_done) _done.Add(deadline);
            });
            await Task.Delay(Look, Time, stop);
        }
    }

    private async Task<UnitOutcome> Start(Deadline deadline)
    {
        var now = Now();
        var network = Keys.NetworkOf(deadline.Stream);
        var caller = new Caller(network, Name, CallerScope.System, [], [], "follow-up");
        var unit = Unit.Start(caller, Reactions.RequestId($"{deadline.Kind} {deadline.Stream} {deadline.Subject} {InstantPattern.ExtendedIso.Format(deadline.DueAt)}"), [], now, now + Duration.FromTimeSpan(UnitLimits.Unit));
        try
        {
            return deadline.Kind switch
            {
                DeadlineKinds.Offer or DeadlineKinds.Hold => (await Lapse(deadline, Keys.Participant(network, deadline.Subject), unit)).Outcome,
                DeadlineKinds.Referral => (await Expire(deadline.Stream, Keys.Participant(network, deadline.Subject), unit)).Outcome,
                var kind => throw new InvalidOperationException($"Nothing is started for a deadline of the kind '{kind}'."),
            };
        }
        catch (Exception e)
        {
            log.LogWarning("A unit for {Stream} got no answer ({Error}).", deadline.Stream, e.GetType().Name);
            return UnitOutcome.Unknown;
        }
    }

    private Task<UnitAnswer<WaitView>> Lapse(Deadline deadline, string participant, Unit unit) =>
        grains.Of<IParticipantGrain>(participant).Wait(new WaitRequest(deadline.Stream, participant, WaitAsk.Lapse), unit);

    private Task<UnitAnswer<MovedView>> Expire(string referral, string participant, Unit unit) =>
        grains.Of<IParticipantGrain>(participant).Move(new EndReferral(participant, referral, [], ReferralEnd.Expire, ""), unit);

    private Instant Now() => Instant.FromDateTimeOffset(Time.GetUtcNow());
}
