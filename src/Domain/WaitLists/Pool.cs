using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.WaitLists;

/// <summary>Somebody who waits in a pool.</summary>
/// <param name="Site">The id of the site that asked: it sees their place.</param>
/// <param name="Number">Rises with each who joins.</param>
public sealed record PoolMember(string Participant, string Site, int Priority, Instant ReferralReceivedAt, int Number, Instant JoinedAt);

/// <summary>A pool as the fold of its stream: who waits for a seat in any cohort of one program in one region, in the order of every list (rule 38).</summary>
public sealed record PoolState : IFold<PoolState>
{
    /// <summary>People who may wait in one pool: each cohort has a copy.</summary>
    public const int PeopleMax = 200;

    /// <summary>Cohorts whose seats one pool is for at once.</summary>
    public const int CohortsMax = 100;

    public static PoolState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Null until there was a cohort of the program in the region.</summary>
    public string? Program { get; init; }
    public string Region { get; init; } = "";
    public ImmutableArray<PoolMember> InOrder { get; init; } = [];

    /// <summary>How many have joined.</summary>
    public int Numbered { get; init; }

    /// <summary>The keys of the cohorts that have a copy, as they were opened.</summary>
    public ImmutableArray<string> Cohorts { get; init; } = [];

    public PoolMember? Of(string participant) => InOrder.FirstOrDefault(m => m.Participant == participant);

    /// <summary>From 1; 0 for somebody who does not wait.</summary>
    public int PositionOf(string participant)
    {
        for (var i = 0; i < InOrder.Length; i++)
        {
            if (InOrder[i].Participant == participant) return i + 1;
        }
        return 0;
    }

    /// <inheritdoc/>
    public PoolState Apply(IEvent @event, Instant at) => @event switch
    {
        PoolCohortAdded e => this with { Program = e.Program, Region = e.Region, Cohorts = Cohorts.Add(e.Cohort) },
        PoolCohortClosed e => this with { Cohorts = Cohorts.Remove(e.Cohort) },
        PoolJoined e => Joined(e, at),
        PoolLeft e => this with { InOrder = InOrder.RemoveAll(m => m.Participant == e.Participant) },
        _ => throw new InvalidOperationException($"A pool does not fold {@event.GetType().Name}."),
    };

    private PoolState Joined(PoolJoined e, Instant at)
    {
        var before = Of(e.Participant);
        var joined = before is null
            ? new PoolMember(e.Participant, e.Site, e.Priority, e.ReferralReceivedAt, Numbered + 1, at)
            : before with { Priority = e.Priority, ReferralReceivedAt = e.ReferralReceivedAt };
        var others = before is null ? InOrder : InOrder.Remove(before);
        var place = 0;
        while (place < others.Length && Rank(others[place]).CompareTo(Rank(joined)) < 0) place++;
        return this with { InOrder = others.Insert(place, joined), Numbered = before is null ? Numbered + 1 : Numbered };
    }

    private static (int, Instant, int) Rank(PoolMember member) => (member.Priority, member.ReferralReceivedAt, member.Number);
}

/// <summary>That a person waits in a pool, seen from the person.</summary>
/// <param name="Pool">The pool's key.</param>
public sealed record PoolMembership(string Pool, string Program, string Region);
