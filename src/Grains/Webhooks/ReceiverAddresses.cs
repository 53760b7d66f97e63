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
    private const string NotLookedUp = "The host could not be looked up now: try again.";

    /// <summary>What nobody on the public internet can have, by the registries of special addresses (IANA), and one address of a cloud's own.</summary>
    private static readonly ImmutableArray<IPNetwork> NotPublicV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<IPAddress[]>> _lookUps = new(StringComparer.OrdinalIgnoreCase);

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
        try
        {
            await Find(uri.IdnHost, CancellationToken.None);
            return null;
        }
        catch (AddressRefusedException e)
        {
            return e.Message;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets)
        {
            return NotLookedUp;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return NotPublic;
        }
    }

    /// <summary>
    /// Connects to a host at one of its addresses, if every one of them may be sent to. For the handler of the client that sends. The families take turns, and each address
    /// has its share of the time: one that does not answer leaves some for the next.
    /// </summary>
    public async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        var addresses = InTurn(await Find(context.DnsEndPoint.Host, cancel)).Take(options.AddressesTriedMax).ToArray();
        for (var i = 0; ; i++)
        {
            var left = options.ConnectWithin - time.GetElapsedTime(began);
            using var patience = new CancellationTokenSource(left > TimeSpan.Zero ? left / (addresses.Length - i) : TimeSpan.Zero, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            Socket? socket = null;
            try
            {
                // Within: where the machine does not have the family, the next address is of the other one.
                socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(addresses[i], context.DnsEndPoint.Port, either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e)
            {
                socket?.Dispose();
                if (e is not (SocketException or OperationCanceledException) || cancel.IsCancellationRequested) throw;
                if (i + 1 < addresses.Length) continue;
                if (e is SocketException) throw;
                throw new SocketException((int)SocketError.TimedOut);
            }
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

    /// <summary>The first of each family, then the second of each, ...: a machine that has no way out by one of them loses one turn.</summary>
    private static IEnumerable<IPAddress> InTurn(IPAddress[] addresses) =>
        addresses.Distinct().GroupBy(a => a.AddressFamily).SelectMany(family => family.Select((address, turn) => (address, turn))).OrderBy(a => a.turn).Select(a => a.address);

    private async ValueTask<IPAddress[]> Find(string host, CancellationToken cancel)
    {
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await LookUp(host, cancel);
        if (addresses.Length == 0) throw new AddressRefusedException(NotPublic);
        // All of them: which one a connection takes is not ours to choose.
        return addresses.All(a => IsPublic(a) || (options.AllowLoopback && IPAddress.IsLoopback(a) && !a.IsIPv4MappedToIPv6)) ? addresses : throw new AddressRefusedException(NotPublic);
    }

    /// <summary>Whoever asks for a host that is being looked up waits with the others: a name server that never answers keeps one place, and not one for each delivery.</summary>
    private async Task<IPAddress[]> LookUp(string host, CancellationToken cancel)
    {
        Task<IPAddress[]>? lookUp;
        lock (_lock)
        {
            if (!_lookUps.TryGetValue(host, out lookUp))
            {
                if (_lookUps.Count >= options.LookUpsAtOnceMax) throw new SocketException((int)SocketError.TooManyOpenSockets);
                _lookUps[host] = lookUp = Task.Run(() => Resolve(host), CancellationToken.None);
            }
        }
        try
        {
            return await lookUp.WaitAsync(options.LookUpWithin, time, cancel);
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private async Task<IPAddress[]> Resolve(string host)
    {
        try
        {
            return await options.Resolve(host, CancellationToken.None);
        }
        finally
        {
            lock (_lock) _lookUps.Remove(host);
        }
    }
}
