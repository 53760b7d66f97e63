using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Grains.WaitLists;

/// <summary>Between the list's contracts and its domain.</summary>
internal static class WaitListMapping
{
    /// <summary>What the domain decides; null when it is somebody else's turn by now.</summary>
    public static Decision? Decide(this WaitRequest command, PersonFacts person, CohortState cohort, Instant now) => command.Ask switch
    {
        WaitAsk.Join => Waits.Join(person, command.Referred, cohort, command.Cohort, command.Priority, command.ReceivedAt, now),
        WaitAsk.Leave => Waits.Leave(person, cohort, command.Cohort, command.Reason, now),
        WaitAsk.Offer => Waits.Offer(person, cohort, command.Cohort, command.Reason, now),
        WaitAsk.Decline => Waits.Decline(person, cohort, command.Cohort, command.Reason, now),
        WaitAsk.OfferInTurn => Waits.OfferInTurn(person, cohort, command.Cohort, now),
        WaitAsk.Reconsider => Waits.Reconsider(person, cohort, command.Cohort, now),
        WaitAsk.Lapse => Waits.Lapse(person, cohort, command.Cohort, now),
        _ => throw new InvalidOperationException($"Unknown ask {command.Ask}."),
    };

    public static WaitView ToWaitView(this CohortState cohort, string key, string participant) =>
        cohort.WaitList?.Of(participant) is { } waiting
            ? waiting.ToView(key, cohort.WaitList.PositionOf(participant))
            : new WaitView(key, participant, 0, 0, null, null, null, false, []);

    /// <summary>The list as this caller may see it: a site is told who of its pool waits once a seat of its own is offered to them.</summary>
    public static WaitListView ToWaitListView(this CohortState cohort, string key, Caller caller, Instant now) =>
        new([.. cohort.WaitList?.InOrder.Select((w, i) => w.ToView(key, i + 1)).Select(w => w.IsOfPool && w.OfferExpiresAt is null && !caller.ReachesAll(caller.Network) ? w with { Participant = "" } : w) ?? []], Waits.Kept(cohort, now));

    private static WaitView ToView(this Waiting waiting, string key, int position) => new(
        key,
        waiting.Participant,
        position,
        waiting.Priority,
        waiting.ReferralReceivedAt,
        waiting.JoinedAt,
        waiting.OfferUntil,
        waiting.IsPassed,
        [.. waiting.Passes.Select(p => new PassView(p.Reason, p.At))])
    {
        IsOfPool = !waiting.IsOwn,
    };
}
