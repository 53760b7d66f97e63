using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Cohorts;

/// <summary>The unit that resolves a cohort's times anew: whoever leads it, its site, itself.</summary>
internal static class ResolvingMapping
{
    /// <summary>Calls the grain that comes after a stream of the chain.</summary>
    public static Task<UnitAnswer<CohortView>> After(string stream, IGrainFactory grains, ResolveTimes command, Unit unit)
    {
        var following = command.Chain.IndexOf(stream) + 1;
        if (following >= command.Chain.Length) return grains.Of<ICohortGrain>(command.Cohort).FinishResolving(command, unit);
        var next = command.Chain[following];
        return Keys.KindOf(next) == StreamKind.Facilitator ? grains.Of<IFacilitatorGrain>(next).ResolveTimes(command, unit) : grains.Of<ISiteGrain>(next).ResolveTimes(command, unit);
    }

    public static ResolvingSiteFacts ToResolvingFacts(this SiteState site, string cohort) => new(
        site.Profile!.TimeZone,
        [.. site.Rooms.Values.Where(r => r.Reservations.ContainsKey(cohort)).OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new PlanRoomFacts(
            r.Id, r.Occupancy, r.Blocked, r.BlockedReason, [.. r.Reservations.SelectMany(c => c.Value.Select(t => new TakenView(c.Key, t.From, t.To)))]))]);

    /// <summary>Decides over the facts that came down the chain, by one zone database.</summary>
    public static UnitDecision<CohortState, CohortView> Decide(Unit unit, CohortState cohort, string key, IDateTimeZoneProvider zones, Func<CohortState, int, CohortView> reply)
    {
        var site = unit.Facts<ResolvingSiteFacts>();
        var rooms = SiteState.Empty with
        {
            Rooms = site.Rooms.ToImmutableDictionary(r => r.Room, r => new Room(
                r.Room, "", r.Occupancy, r.Blocked, r.BlockedReason, r.Taken.GroupBy(t => t.Cohort).ToImmutableDictionary(g => g.Key, g => g.Select(t => new Taken(t.From, t.To)).ToImmutableArray()))),
        };
        var decision = Resolving.Decide(
            cohort, key, [.. unit.Enlisted.Select(e => e.Facts).OfType<FacilitatorFacts>().Select(f => f.ToMember())], rooms, zones[site.TimeZone], zones.VersionId, unit.Now);
        if (decision is null) return UnitDecision<CohortState, CohortView>.Again();
        if (decision.Refusal is { } refusal) return UnitDecision<CohortState, CohortView>.Refused(Refusals.ToContract(refusal));
        var network = Keys.NetworkOf(key);
        return new UnitDecision<CohortState, CohortView>(
            null,
            decision.Cohort,
            [
                .. decision.Facilitators.Select(f => (Keys.Facilitator(network, f.Facilitator), ImmutableArray.Create(f.Event))),
                .. decision.Site.IsEmpty ? [] : new[] { (Keys.Site(network, Keys.CohortParts(key).Site), decision.Site) },
            ],
            reply,
            []);
    }
}
