using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

/// <summary>Between the contracts of calendars' links and their domain.</summary>
internal static class CalendarLinkMapping
{
    public static CalendarLinkList ToLinks(this ImmutableDictionary<string, string> links) => new([.. links.Keys.Order(StringComparer.Ordinal)]);

    /// <summary>True when one of the links has this hash. Every one is compared whole, so that the time it takes tells nothing.</summary>
    public static bool Opens(this ImmutableDictionary<string, string> links, string hash)
    {
        var (asked, opens) = (Encoding.ASCII.GetBytes(hash), false);
        foreach (var kept in links.Values) opens |= CryptographicOperations.FixedTimeEquals(asked, Encoding.ASCII.GetBytes(kept));
        return opens;
    }
}
