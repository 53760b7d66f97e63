using System.Globalization;

namespace RttNetwork.Peer;

/// <summary>How a peer runs.</summary>
/// <param name="Connection">The database's connection string.</param>
/// <param name="KeyFile">The key that tokens are signed with: the product's own development key.</param>
/// <param name="Port">The port of gRPC on 127.0.0.1; 0 takes a free one, which is told on standard output.</param>
/// <param name="Connections">Connections to PostgreSQL. On two cores 16 to 24 are best: README.md.</param>
public sealed record PeerOptions(string Connection, string KeyFile, int Port, int Connections)
{
    public const int ConnectionsBest = 16;

    /// <summary>Reads <c>--connection</c>, <c>--key-file</c>, <c>--port</c> and <c>--connections</c>.</summary>
    /// <exception cref="ArgumentException">One that is needed is missing.</exception>
    public static PeerOptions Read(string[] args)
    {
        return new PeerOptions(
            Find("--connection") ?? throw new ArgumentException("--connection is missing."),
            Find("--key-file") ?? throw new ArgumentException("--key-file is missing."),
            int.Parse(Find("--port") ?? "0", CultureInfo.InvariantCulture),
            int.Parse(Find("--connections") ?? ConnectionsBest.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

        string? Find(string name)
        {
            var at = Array.IndexOf(args, name);
            return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        }
    }
}
