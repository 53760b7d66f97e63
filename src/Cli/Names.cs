using RttNetwork.Client;

namespace RttNetwork.Cli;

/// <summary>
/// What people type for a resource: its whole name, or as much of it as says which. <c>nanaimo/rtt-2027-01</c> is a cohort of the network
/// that the token is for.
/// </summary>
internal static class Names
{
    public static string Site(string text, string network) => text.Split('/') switch
    {
        ["networks", _, "sites", _] => text,
        [var site] when site.Length > 0 => ResourceName.Site(network, site),
        _ => throw new UsageException($"'{text}' is no site. Write its id (nanaimo) or its name ({ResourceName.Site(network, "nanaimo")})."),
    };

    public static string Cohort(string text, string network, string? site) => text.Split('/') switch
    {
        ["networks", _, "sites", _, "cohorts", _] => text,
        [{ Length: > 0 } s, { Length: > 0 } c] => ResourceName.Cohort(network, s, c),
        [{ Length: > 0 } c] when site is { Length: > 0 } => ResourceName.Cohort(network, ResourceName.Id(site), c),
        _ => throw new UsageException($"'{text}' is no cohort. Write SITE/COHORT (nanaimo/rtt-2027-01), or the whole name (networks/{network}/sites/.../cohorts/...)."),
    };

    public static string Participant(string text, string network) => text.Split('/') switch
    {
        ["networks", _, "participants", _] => text,
        [{ Length: > 0 } id] => ResourceName.Participant(network, id),
        _ => throw new UsageException($"'{text}' is no participant. Write the id, or the whole name (networks/{network}/participants/...)."),
    };

    public static string Facilitator(string text, string network) => text.Split('/') switch
    {
        ["networks", _, "facilitators", _] => text,
        [{ Length: > 0 } id] => ResourceName.Facilitator(network, id),
        _ => throw new UsageException($"'{text}' is no facilitator. Write the id, or the whole name (networks/{network}/facilitators/...)."),
    };

    public static string Region(string text) => text.Split('/') switch
    {
        ["regions", _] => text,
        [{ Length: > 0 } id] => ResourceName.Region(id),
        _ => throw new UsageException($"'{text}' is no region. Write its id (island) or its name (regions/island)."),
    };

    /// <summary>SITE/COHORT for a cohort's name; the id of anything else.</summary>
    public static string Short(string name) => ResourceName.Part(name, "cohorts") is { Length: > 0 } cohort
        ? $"{ResourceName.Part(name, "sites")}/{cohort}"
        : ResourceName.Id(name);
}
