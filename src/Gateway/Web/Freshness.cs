namespace RttNetwork.Gateway.Web;

/// <summary>When a page's figures are true, in words.</summary>
/// <param name="StaleSince">Empty while they are current.</param>
/// <param name="IsLive">They change by themselves while the page is open.</param>
/// <param name="IsVersion">They are of one thing as it stands now, and the place is its version.</param>
internal sealed record Freshness(string AsOf, string Place, string StaleSince, bool IsLive, bool IsVersion = false);
