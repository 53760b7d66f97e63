using RttNetwork.Contracts;

namespace RttNetwork.Gateway.Calls;

/// <summary>networks/{network}</summary>
internal readonly record struct NetworkName(string Network)
{
    public override string ToString() => $"networks/{Network}";

    public static bool TryParse(string text, out NetworkName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) && rest.IsEmpty;
        name = new(network);
        return found;
    }
}

/// <summary>networks/{network}/sites/{site}</summary>
internal readonly record struct SiteName(string Network, string Site)
{
    public string Key => Keys.Site(Network, Site);

    public override string ToString() => $"networks/{Network}/sites/{Site}";

    public static bool TryParse(string text, out SiteName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/sites/", out var site) && rest.IsEmpty;
        name = new(network, site);
        return found;
    }
}

/// <summary>networks/{network}/sites/{site}/rooms/{room}</summary>
internal readonly record struct RoomName(string Network, string Site, string Room)
{
    public string SiteKey => Keys.Site(Network, Site);

    public override string ToString() => $"networks/{Network}/sites/{Site}/rooms/{Room}";

    public static bool TryParse(string text, out RoomName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/sites/", out var site) & Names.Take(ref rest, "/rooms/", out var room)
            && rest.IsEmpty;
        name = new(network, site, room);
        return found;
    }
}

/// <summary>networks/{network}/sites/{site}/cohorts/{cohort}</summary>
internal readonly record struct CohortName(string Network, string Site, string Cohort)
{
    public string Key => Keys.Cohort(Network, Site, Cohort);

    public override string ToString() => $"networks/{Network}/sites/{Site}/cohorts/{Cohort}";

    public static CohortName OfKey(string key)
    {
        var (site, cohort) = Keys.CohortParts(key);
        return new(Keys.NetworkOf(key), site, cohort);
    }

    public static bool TryParse(string text, out CohortName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/sites/", out var site) & Names.Take(ref rest, "/cohorts/", out var cohort)
            && rest.IsEmpty;
        name = new(network, site, cohort);
        return found;
    }
}

/// <summary>networks/{network}/facilitators/{facilitator}</summary>
internal readonly record struct FacilitatorName(string Network, string Facilitator)
{
    public string Key => Keys.Facilitator(Network, Facilitator);

    public override string ToString() => $"networks/{Network}/facilitators/{Facilitator}";

    public static bool TryParse(string text, out FacilitatorName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/facilitators/", out var facilitator) && rest.IsEmpty;
        name = new(network, facilitator);
        return found;
    }
}

/// <summary>networks/{network}/participants/{participant}</summary>
internal readonly record struct ParticipantName(string Network, string Participant)
{
    public string Key => Keys.Participant(Network, Participant);

    public override string ToString() => $"networks/{Network}/participants/{Participant}";

    public static bool TryParse(string text, out ParticipantName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/participants/", out var participant) && rest.IsEmpty;
        name = new(network, participant);
        return found;
    }
}

/// <summary>networks/{network}/referrals/{referral}</summary>
internal readonly record struct ReferralName(string Network, string Referral)
{
    public string Key => Keys.Referral(Network, Referral);

    public override string ToString() => $"networks/{Network}/referrals/{Referral}";

    public static bool TryParse(string text, out ReferralName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/referrals/", out var referral) && rest.IsEmpty;
        name = new(network, referral);
        return found;
    }
}

/// <summary>networks/{network}/rehomes/{rehome}</summary>
internal readonly record struct RehomeName(string Network, string Rehome)
{
    public string Key => Keys.Rehome(Network, Rehome);

    public override string ToString() => $"networks/{Network}/rehomes/{Rehome}";

    public static bool TryParse(string text, out RehomeName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/rehomes/", out var rehome) && rest.IsEmpty;
        name = new(network, rehome);
        return found;
    }
}

/// <summary>networks/{network}/webhooks/{webhook}</summary>
internal readonly record struct WebhookName(string Network, string Webhook)
{
    public override string ToString() => $"networks/{Network}/webhooks/{Webhook}";

    public static bool TryParse(string text, out WebhookName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/webhooks/", out var webhook) && rest.IsEmpty;
        name = new(network, webhook);
        return found;
    }
}

/// <summary>networks/{network}/programs/{program}: a program's code has capitals.</summary>
internal readonly record struct ProgramName(string Network, string Program)
{
    private const string Collection = "/programs/";

    public string Key => Keys.Program(Network, Program);

    public override string ToString() => $"networks/{Network}{Collection}{Program}";

    public static bool TryParse(string text, out ProgramName name)
    {
        name = default;
        var rest = text.AsSpan();
        if (!Names.Take(ref rest, "networks/", out var network) || !rest.StartsWith(Collection, StringComparison.Ordinal)) return false;
        name = new(network, rest[Collection.Length..].ToString());
        return Ids.IsValid(name.Program.ToLowerInvariant());
    }
}

/// <summary>Reading resource names. A name that is accepted consists of ids that <see cref="Ids"/> accepts, and of nothing else.</summary>
internal static class Names
{
    /// <summary>Takes a collection and the id after it off the front.</summary>
    public static bool Take(ref ReadOnlySpan<char> rest, string collection, out string id)
    {
        id = "";
        if (!rest.StartsWith(collection, StringComparison.Ordinal)) return false;
        var after = rest[collection.Length..];
        var end = after.IndexOf('/');
        var part = end < 0 ? after : after[..end];
        if (part.Length > Ids.LengthMax) return false;
        id = part.ToString();
        rest = after[part.Length..];
        return Ids.IsValid(id);
    }
}
