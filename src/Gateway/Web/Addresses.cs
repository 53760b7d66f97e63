using RttNetwork.Gateway.Calls;

namespace RttNetwork.Gateway.Web;

/// <summary>Where the page of a resource is. A page of something else than the caller's network there is not.</summary>
internal static class Addresses
{
    public static string Region(string region) => $"/regions/{region[(region.LastIndexOf('/') + 1)..]}";

    public static string? Site(string name) => SiteName.TryParse(name, out var site) ? $"/sites/{site.Site}" : null;

    public static string? Cohort(string name) => CohortName.TryParse(name, out var cohort) ? $"/sites/{cohort.Site}/cohorts/{cohort.Cohort}" : null;

    public static string? Session(string cohort, int number) => Cohort(cohort) is { } address ? $"{address}/sessions/{number}" : null;
}
