using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>Which sessions of a cohort were at risk, since when.</summary>
/// <param name="Since">True from here until the next one.</param>
/// <param name="AtRisk">When those sessions begin that room or staff do not carry.</param>
/// <param name="By">What made it so: a code of <see cref="Remedy"/>.</param>
public readonly record struct RiskState(Instant Since, ImmutableArray<Instant> AtRisk, string By);

/// <summary>What carries sessions again that were at risk (rule 21), by the events of one entry.</summary>
public static class Remedy
{
    /// <summary>Somebody leads in place of somebody else.</summary>
    public const string Substitute = "substitute";
    /// <summary>Somebody leads beside the others.</summary>
    public const string Staff = "staff";
    /// <summary>A credential counts again.</summary>
    public const string Credential = "credential";
    /// <summary>The room holds them again.</summary>
    public const string Room = "room";
    /// <summary>Seats or holds were given back.</summary>
    public const string FewerPeople = "fewer-people";
    public const string Other = "other";

    public static ImmutableArray<string> All { get; } = [Substitute, Staff, Credential, Room, FewerPeople, Other];

    /// <summary>The first of the list that is among the events.</summary>
    public static string Of(IEnumerable<IEvent> events) => All[events.Select(IndexOf).DefaultIfEmpty(All.Length - 1).Min()];

    private static int IndexOf(IEvent @event) => All.IndexOf(@event switch
    {
        FacilitatorSubstituted => Substitute,
        FacilitatorAssigned or FacilitatorAssignedTo => Staff,
        FacilitatorRecounted or SessionsRecounted => Credential,
        RoomCopied => Room,
        SeatCancelled or HoldReleased or HoldExpired or OfferDeclined or OfferLapsed or GuestGone => FewerPeople,
        _ => Other,
    });
}

/// <summary>What became of sessions at risk (rule 21), reckoned from what was so one after the other.</summary>
/// <param name="CuredBy">How many staff or room carried again before they began, by what did it last.</param>
/// <param name="NotCured">They were at risk still when they were to begin.</param>
public sealed record RiskHistory(ImmutableDictionary<string, int> CuredBy, int NotCured)
{
    public static readonly RiskHistory None = new(ImmutableDictionary<string, int>.Empty, 0);

    public int Cured => CuredBy.Values.Sum();

    /// <param name="states">Of one cohort, in order.</param>
    /// <param name="from">Sessions that begin at this instant and later, <paramref name="until"/> another one.</param>
    public static RiskHistory Of(IReadOnlyList<RiskState> states, Instant from, Instant until)
    {
        var (cured, notCured) = (ImmutableDictionary<string, int>.Empty, 0);
        foreach (var start in states.SelectMany(s => s.AtRisk).Distinct().Where(s => s >= from && s < until))
        {
            var before = states.TakeWhile(s => s.Since <= start).ToList();
            var last = before.FindLastIndex(s => s.AtRisk.Contains(start));
            if (last < 0) continue;
            if (last == before.Count - 1) notCured++;
            else cured = Plus(cured, before[last + 1].By, 1);
        }
        return new RiskHistory(cured, notCured);
    }

    public RiskHistory Add(RiskHistory other) => new(other.CuredBy.Aggregate(CuredBy, (sum, by) => Plus(sum, by.Key, by.Value)), NotCured + other.NotCured);

    private static ImmutableDictionary<string, int> Plus(ImmutableDictionary<string, int> sum, string by, int sessions) => sum.SetItem(by, sum.GetValueOrDefault(by) + sessions);
}
