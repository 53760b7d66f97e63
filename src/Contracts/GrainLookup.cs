namespace RttNetwork.Contracts;

/// <summary>Where a grain is called from its key.</summary>
public static class GrainLookup
{
    /// <summary>
    /// The grain of a key. The same as <c>GetGrain</c>, which finds the names of interface and class by reflection at every call
    /// (a twentieth of a booking's processor time): here they are found once for each interface.
    /// </summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="key">Built by <see cref="Keys"/>.</param>
    public static TGrain Of<TGrain>(this IGrainFactory grains, string key)
        where TGrain : class, IGrainWithStringKey
    {
        if (Found<TGrain>.Names is { } names) return (TGrain)grains.GetGrain(GrainId.Create(names.Grain, key), names.Interface);
        var grain = grains.GetGrain<TGrain>(key);
        if (grain is GrainReference reference) Found<TGrain>.Names = new Names(reference.GrainId.Type, reference.InterfaceType);
        return grain;
    }

    private sealed record Names(GrainType Grain, GrainInterfaceType Interface);

    /// <summary>Names do not depend on the cluster, only on the code.</summary>
    private static class Found<TGrain>
    {
        public static volatile Names? Names;
    }
}
