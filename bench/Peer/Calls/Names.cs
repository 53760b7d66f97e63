namespace RttNetwork.Peer.Calls;

/// <summary>networks/{network}/sites/{site}/cohorts/{cohort}</summary>
/// <param name="Key">network/site.cohort, as the database has it.</param>
internal readonly record struct CohortName(string Network, string Site, string Key)
{
    public static bool TryParse(string text, out CohortName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/sites/", out var site) & Names.Take(ref rest, "/cohorts/", out var cohort) && rest.IsEmpty;
        name = found ? new(network.ToString(), site.ToString(), string.Concat(network, "/", site, $".{cohort}")) : default;
        return found;
    }
}

/// <summary>networks/{network}/participants/{participant}</summary>
/// <param name="Key">network/participant, as the database has it.</param>
internal readonly record struct ParticipantName(string Network, string Participant, string Key)
{
    public static bool TryParse(string text, out ParticipantName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/participants/", out var participant) && rest.IsEmpty;
        name = found ? new(network.ToString(), participant.ToString(), string.Concat(network, "/", participant)) : default;
        return found;
    }
}

/// <summary>networks/{network}/referrals/{referral}</summary>
/// <param name="Key">network/referral, as the database has it.</param>
internal readonly record struct ReferralName(string Network, string Key)
{
    public static bool TryParse(string text, out ReferralName name)
    {
        var rest = text.AsSpan();
        var found = Names.Take(ref rest, "networks/", out var network) & Names.Take(ref rest, "/referrals/", out var referral) && rest.IsEmpty;
        name = found ? new(network.ToString(), string.Concat(network, "/", referral)) : default;
        return found;
    }
}

internal static class Names
{
    private const int IdLengthMax = 40;

    /// <summary>Takes a collection and the id after it off the front.</summary>
    public static bool Take(ref ReadOnlySpan<char> rest, string collection, out ReadOnlySpan<char> id)
    {
        id = default;
        if (!rest.StartsWith(collection, StringComparison.Ordinal)) return false;
        var after = rest[collection.Length..];
        var end = after.IndexOf('/');
        id = end < 0 ? after : after[..end];
        rest = after[id.Length..];
        if (id.Length is < 2 or > IdLengthMax || id[0] == '-' || id[^1] == '-') return false;
        foreach (var c in id)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) return false;
        }
        return true;
    }
}
