using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Grains.Pathways;

/// <summary>The way of a unit of the pathway: participant, the facilitator who signs and the cohort whose session it is about if any, the pathway.</summary>
internal static class PathwayChain
{
    /// <summary>Calls the grain that comes after one of a kind.</summary>
    public static Task<UnitAnswer<PathwayView>> After(StreamKind kind, IGrainFactory grains, PathwayCommand command, Unit unit)
    {
        if (kind < StreamKind.Facilitator && command.Signer.Length > 0) return grains.Of<IFacilitatorGrain>(command.Signer).SignPathway(command, unit);
        if (kind < StreamKind.Cohort && command.Cohort.Length > 0) return grains.Of<ICohortGrain>(command.Cohort).PathwaySession(command, unit);
        var person = unit.Enlisted[0].Stream;
        return grains.Of<IPathwayGrain>(Keys.Pathway(Keys.NetworkOf(person), Keys.IdOf(person))).Finish(command, unit);
    }
}
