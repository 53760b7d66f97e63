using NodaTime;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Grains.WaitLists;

/// <summary>Between the pool's contracts and its domain.</summary>
internal static class PoolMapping
{
    /// <summary>What the domain decides.</summary>
    public static Decision Decide(this PoolRequest command, PersonFacts person, PoolState pool, Instant now) => command.Ask switch
    {
        PoolAsk.Join => Pools.Join(person, command.Referred, pool, command.Pool, command.Site, command.Priority, command.ReceivedAt, now),
        PoolAsk.Leave => Pools.Leave(person, pool, command.Pool, command.Reason),
        PoolAsk.Clear => Pools.Clear(person, pool, command.Pool),
        _ => throw new InvalidOperationException($"Unknown ask {command.Ask}."),
    };

    public static PoolPlaceView ToPlaceView(this PoolState pool, string key, string participant) =>
        pool.Of(participant) is { } member ? member.ToView(key, pool.PositionOf(participant)) : new PoolPlaceView(key, participant, "", 0, 0, 0, null, null);

    public static PoolPlaceView ToView(this PoolMember member, string key, int position) =>
        new(key, member.Participant, member.Site, position, member.Number, member.Priority, member.ReferralReceivedAt, member.JoinedAt);

    public static PoolFacts ToFacts(this PoolState pool, string key) =>
        new(pool.Program ?? "", pool.Region, [.. pool.InOrder.Select((m, i) => m.ToView(key, i + 1))], pool.Cohorts);

    /// <summary>What a cohort takes over.</summary>
    public static Decision CopyTo(this PoolFacts facts, CohortState cohort, int poolVersion, string cohortKey, Instant now) => Pools.Copy(
        PoolState.Empty with
        {
            Program = facts.Program,
            Region = facts.Region,
            InOrder = [.. facts.People.Select(p => new PoolMember(p.Participant, p.Site, p.Priority, p.ReceivedAt!.Value, p.Number, p.JoinedAt!.Value))],
            Cohorts = facts.Cohorts,
        },
        poolVersion, cohort, cohortKey, now);
}
