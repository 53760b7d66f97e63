using System.Collections.Concurrent;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Grains.Cohorts;

/// <summary>The cohorts that are awake in this silo. As many as Orleans keeps awake.</summary>
public sealed class CohortsNearby : ICohortsNearby
{
    private readonly ConcurrentDictionary<string, CohortGrain> _awake = new(StringComparer.Ordinal);

    public ReadAnswer<CohortView>? Get(string cohort, Caller caller, Instant now) =>
        _awake.TryGetValue(cohort, out var grain) ? grain.TryGet(caller, now) : null;

    public bool TryGlance(SeatRequest command, Unit unit, out UnitAnswer<SeatView>? refused)
    {
        refused = null;
        return _awake.TryGetValue(command.Cohort, out var grain) && grain.TryGlance(command, unit, out refused);
    }

    internal void Add(string cohort, CohortGrain grain) => _awake[cohort] = grain;

    /// <summary>Another activation of the same cohort may have taken the place already.</summary>
    internal void Remove(string cohort, CohortGrain grain) => _awake.TryRemove(new(cohort, grain));
}
