using System.Collections.Immutable;
using RttNetwork.Contracts;

namespace RttNetwork.Rig.Chaos;

/// <summary>The network that clients act in.</summary>
/// <param name="Referring">The ids of sites between which people are referred; none when they are not.</param>
public sealed record Stage(string Network, ImmutableArray<StageCohort> Cohorts, ImmutableArray<string> People, ImmutableArray<string> Referring)
{
    /// <summary>Who is on the pathway of the program, and the site that leads each of them to begin with. They stay on it, whatever happens to their seats.</summary>
    public ImmutableDictionary<string, string> OnPathway { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <param name="Nurses">Facilitators of its own; none for a cohort without a ratio.</param>
/// <param name="AsksForPathway">It takes those who are on the pathway of its program, and nobody else.</param>
public sealed record StageCohort(string Site, string Cohort, ImmutableArray<string> Nurses, bool AsksForPathway = false)
{
    /// <summary>What names it among all cohorts of the network, and in its key: "nanaimo.cohort-4".</summary>
    public string Id => IdOf(Site, Cohort);

    public static string IdOf(string site, string cohort) => $"{site}.{cohort}";

    /// <summary>The site and the cohort that an id is of.</summary>
    public static (string Site, string Cohort) PartsOf(string id) => id.Split('.') is [var site, var cohort] ? (site, cohort) : throw new ArgumentException($"{id} names no cohort.", nameof(id));

    public static string KeyOf(string network, string id)
    {
        var (site, cohort) = PartsOf(id);
        return Keys.Cohort(network, site, cohort);
    }
}
