using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace RttNetwork.Grains.Webhooks;

/// <summary>The address of a receiver is one that nothing may be sent to.</summary>
public sealed class AddressRefusedException(string message) : Exception(message);

/// <summary>
/// Where webhooks may be sent: to the public internet, by TLS. Whoever makes a webhook could otherwise have the network ask its own machines. It is judged when
/// a webhook is made, and again at every connection, of the very addresses that are connected to: a name may lead elsewhere by then.
/// </summary>
public sealed class ReceiverAddresses(WebhookOptions options, TimeProvider time)
{
    /// <summary>One sentence for both: whoever may make a webhook is not told which names the network's own machines have.</summary>
    private const string NotPublic = "The host is not found on the public internet.";
    private static readonly TimeSpan LookUpWithin = TimeSpan.FromSeconds(3);

    /// <summary>What nobody on the public internet can have, by the registries of special addresses (IANA), and one address of a cloud's own.</summary>
    private static readonly ImmutableArray<IPNetwork> NotPublicV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    /// <summary>Of the global ones: tunnels, which carry another address within, and what is kept for documents and protocols.</summary>
    private static readonly ImmutableArray<IPNetwork> NotPublicV6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    /// <summary>Why a webhook is not made at this address; null when nothing stands against it.</summary>
    public async ValueTask<string?> Hindrance(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return "The address is not a whole URL.";
        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0) return "The address has a user or a fragment: neither is sent.";
        if (uri.Scheme != Uri.UriSchemeHttps && !(options.AllowLoopback && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) return "The address must begin with https.";
        if (uri.Port != options.Port && !options.AllowLoopback) return $"The address must be on port {options.Port}.";
        using var patience = new CancellationTokenSource(LookUpWithin, time);
        try
        {
            await Find(uri.IdnHost, patience.Token);
            return null;
        }
        catch (AddressRefusedException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            return NotPublic;
        }
    }

    /// <summary>Connects to a host at one of its addresses, if every one of them may be sent to. For the handler of the client that sends.</summary>
    public async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var addresses = await Find(context.DnsEndPoint.Host, cancel);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>True when anybody on the internet could be at an address.</summary>
    public static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !NotPublicV4.Any(n => IsWithin(n, address)),
        // An IPv4 address in the clothes of an IPv6 one is not global, and so is refused whatever it says.
        AddressFamily.InterNetworkV6 => address.ScopeId == 0 && IsWithin(GlobalV6, address) && !NotPublicV6.Any(n => IsWithin(n, address)),
        _ => false,
    };

    /// <summary>Bit by bit: <see cref="IPNetwork.Contains"/> of .NET 10 finds ::ffff:10.0.0.1 within 2000::/3.</summary>
    private static bool IsWithin(IPNetwork network, IPAddress address)
    {
        var (prefix, bytes) = (network.BaseAddress.GetAddressBytes(), address.GetAddressBytes());
        for (var bit = 0; bit < network.PrefixLength; bit++)
        {
            if (((prefix[bit / 8] ^ bytes[bit / 8]) & (0x80 >> (bit % 8))) != 0) return false;
        }
        return true;
    }

    private async ValueTask<IPAddress[]> Find(string host, CancellationToken cancel)
    {
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await options.Resolve(host, cancel).WaitAsync(cancel);
        if (addresses.Length == 0) throw new AddressRefusedException(NotPublic);
        // All of them: which one a connection takes is not ours to choose.
        return addresses.All(a => IsPublic(a) || (options.AllowLoopback && IPAddress.IsLoopback(a) && !a.IsIPv4MappedToIPv6)) ? addresses : throw new AddressRefusedException(NotPublic);
    }
}
