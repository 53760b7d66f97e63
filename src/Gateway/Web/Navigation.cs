using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Web;

/// <param name="Text">The key of what it says.</param>
/// <param name="Name">What it is about, where the text names it.</param>
internal sealed record PageLink(string Address, string Text, string Name, bool IsHere);

/// <summary>The pages that somebody begins with; the others are reached from them.</summary>
internal static class Navigation
{
    /// <summary>Of many sites or regions the first ones: all are on the network's page.</summary>
    private const int LinksMax = 4;

    public static IEnumerable<PageLink> Of(SignedIn session, PathString here)
    {
        yield return Link("/", "nav.network", "");
        if (session.Caller.Scope is CallerScope.Authority)
        {
            foreach (var region in session.Caller.Regions.Take(LinksMax)) yield return Link($"/regions/{region}", "nav.region", region);
        }
        if (session.Caller.Scope is CallerScope.Site)
        {
            foreach (var site in session.Caller.Sites.Take(LinksMax)) yield return Link($"/sites/{site}", "nav.site", site);
        }
        if (session.May("/rtt.v1.Operations/GetStatus")) yield return Link("/operations", "nav.operations", "");

        PageLink Link(string address, string text, string name) => new(address, text, name, here == address);
    }
}
