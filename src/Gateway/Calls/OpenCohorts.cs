namespace RttNetwork.Gateway.Calls;

/// <summary>
/// Cohorts that had a seat open when this gateway last heard of them. A hold or booking there goes to the participant at once;
/// anywhere else the cohort is asked first, so that a full one refuses and wakes nobody. Only a saving: the cohort decides.
/// </summary>
internal sealed class OpenCohorts
{
    /// <summary>A power of two. Two cohorts that share a place cost each other a question now and then.</summary>
    private const int PlacesMax = 16 * 1024;

    private readonly string?[] _places = new string?[PlacesMax];

    public bool Contains(string cohort) => Volatile.Read(ref PlaceOf(cohort)) == cohort;

    public void Add(string cohort) => Volatile.Write(ref PlaceOf(cohort), cohort);

    public void Remove(string cohort)
    {
        ref var place = ref PlaceOf(cohort);
        if (Volatile.Read(ref place) == cohort) Volatile.Write(ref place, null);
    }

    private ref string? PlaceOf(string cohort) => ref _places[string.GetHashCode(cohort, StringComparison.Ordinal) & (PlacesMax - 1)];
}
