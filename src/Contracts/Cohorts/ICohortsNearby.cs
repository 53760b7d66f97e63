using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Cohorts;

/// <summary>
/// The cohorts that are awake in this process, for a gateway that a silo hosts: what their grains would answer from confirmed
/// state, without a message to them. Who is not here, or has not heard from the journal lately, is asked itself.
/// </summary>
public interface ICohortsNearby
{
    /// <summary>As <see cref="ICohortGrain.Get"/>; null when the grain must be asked.</summary>
    ReadAnswer<CohortView>? Get(string cohort, Caller caller, Instant now);

    /// <summary>As <see cref="ICohortGrain.Glance"/>; false when the grain must be asked.</summary>
    bool TryGlance(SeatRequest command, Unit unit, out UnitAnswer<SeatView>? refused);
}

/// <summary>For a gateway in a process of its own: no cohort is near it.</summary>
public sealed class NoCohortsNearby : ICohortsNearby
{
    public ReadAnswer<CohortView>? Get(string cohort, Caller caller, Instant now) => null;

    public bool TryGlance(SeatRequest command, Unit unit, out UnitAnswer<SeatView>? refused)
    {
        refused = null;
        return false;
    }
}
