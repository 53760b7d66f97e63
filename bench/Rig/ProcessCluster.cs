using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Rig;

/// <summary>Silos in processes of their own on one database, each hosting a gateway.</summary>
public sealed class ProcessCluster : IAsyncDisposable
{
    private const int PortsOfSilo = 5;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly DevTokenIssuer _issuer;

    private ProcessCluster(IReadOnlyList<SiloProcess> silos, DevTokenIssuer issuer) => (Silos, _issuer) = (silos, issuer);

    public IReadOnlyList<SiloProcess> Silos { get; }

    /// <summary>Starts the silos and waits until each is ready.</summary>
    /// <param name="connectionStrings">The migrated database, one connection string a silo: they may lead through proxies.</param>
    /// <param name="folder">For logs and the signing key.</param>
    /// <param name="settings">Further environment variables of every silo.</param>
    public static async Task<ProcessCluster> Start(IReadOnlyList<string> connectionStrings, string folder, IReadOnlyDictionary<string, string>? settings = null)
    {
        Directory.CreateDirectory(folder);
        var keyFile = Path.Combine(folder, "signing-key");
        var issuer = DevTokenIssuer.Load(keyFile);
        var personalKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var ports = FreePorts(connectionStrings.Count * PortsOfSilo);
        var silos = new List<SiloProcess>();
        for (var i = 0; i < connectionStrings.Count; i++)
        {
            var environment = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
            {
                ["Rtt__Database"] = connectionStrings[i],
                ["Rtt__PersonalKey"] = personalKey,
                ["Rtt__Tokens__DevKeyFile"] = keyFile,
            };
            var name = $"silo-{i + 1}";
            var own = ports.GetRange(PortsOfSilo * i, PortsOfSilo);
            silos.Add(new SiloProcess(new SiloPorts(name, own[0], own[1], own[2], own[3], own[4]), environment, Path.Combine(folder, $"{name}.log")));
        }
        var cluster = new ProcessCluster(silos, issuer);
        try
        {
            foreach (var silo in silos) silo.Start();
            foreach (var silo in silos) await cluster.UntilReady(silo);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of one silo's gateway.</summary>
    public RttClient Client(int silo, string token, Func<RttClientOptions, RttClientOptions>? change = null)
    {
        var options = new RttClientOptions { Endpoint = Silos[silo].Ports.Grpc, Token = _ => ValueTask.FromResult<string?>(token) };
        return RttClient.Create(change?.Invoke(options) ?? options);
    }

    /// <summary>A token of an operator of a network.</summary>
    public string OperatorToken(string network, string subject = "operator") =>
        _issuer.Mint(new TokenRequest(subject, network, "operator"));

    /// <summary>A token of a site client.</summary>
    public string SiteToken(string network, string subject, params string[] sites) =>
        _issuer.Mint(new TokenRequest(subject, network, "site") { Sites = sites });

    /// <summary>Waits until a silo that was started is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or is not ready in time; the message has the end of its log.</exception>
    public async Task UntilReady(SiloProcess silo, CancellationToken cancel = default)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var started = _time.GetTimestamp();
        while (_time.GetElapsedTime(started) < ReadyWithin)
        {
            if (!silo.IsRunning) throw new InvalidOperationException($"{silo.Ports.Name} ended at its start:\n{silo.LogTail()}");
            try
            {
                if ((await http.GetAsync(new Uri(silo.Ports.Http, "/healthz/ready"), cancel)).StatusCode == HttpStatusCode.OK) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not listening yet.
            }
            await Task.Delay(Poll, _time, cancel);
        }
        throw new InvalidOperationException($"{silo.Ports.Name} is not ready after {ReadyWithin.TotalSeconds} s:\n{silo.LogTail()}");
    }

    public ValueTask DisposeAsync()
    {
        foreach (var silo in Silos) silo.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Ports below those that the kernel gives to outgoing connections: a silo that is killed and started again must
    /// find its own still free.
    /// </summary>
    private static List<int> FreePorts(int count)
    {
        const int first = 10_000;
        const int last = 30_000;
        var ports = new List<int>();
        for (var port = RandomNumberGenerator.GetInt32(first, last); ports.Count < count; port = port == last ? first : port + 1)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
        return ports;
    }
}
