namespace RttNetwork.Peer.Calls;

/// <summary>Whom a token speaks for.</summary>
/// <param name="Sites">The sites of a site client; null for an operator, who reaches every site of the network.</param>
internal sealed record Caller(string Network, string Subject, string Scope, string[]? Sites, string Purpose, DateTimeOffset Expires)
{
    public bool Reaches(string network, string site) => network == Network && (Sites is null || Array.IndexOf(Sites, site) >= 0);
}
