namespace RttNetwork.Client;

/// <summary>Resource names as the network writes them, built in one place.</summary>
public static class ResourceName
{
    public static string Network(string network) => $"networks/{network}";

    public static string Region(string region) => $"regions/{region}";

    public static string Site(string network, string site) => $"networks/{network}/sites/{site}";

    public static string Room(string network, string site, string room) => $"networks/{network}/sites/{site}/rooms/{room}";

    public static string Cohort(string network, string site, string cohort) => $"networks/{network}/sites/{site}/cohorts/{cohort}";

    public static string Facilitator(string network, string facilitator) => $"networks/{network}/facilitators/{facilitator}";

    public static string Participant(string network, string participant) => $"networks/{network}/participants/{participant}";

    public static string Program(string network, string program) => $"networks/{network}/programs/{program}";

    /// <summary>The last part of a name: <c>c1</c> of <c>networks/n/sites/s/cohorts/c1</c>.</summary>
    public static string Id(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name[(name.LastIndexOf('/') + 1)..];
    }

    /// <summary>The part after a collection: <c>s</c> of <c>networks/n/sites/s/cohorts/c1</c> for <c>sites</c>; empty when it is not there.</summary>
    public static string Part(string name, string collection)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parts = name.Split('/');
        var at = Array.IndexOf(parts, collection);
        return at >= 0 && at + 1 < parts.Length ? parts[at + 1] : "";
    }
}
