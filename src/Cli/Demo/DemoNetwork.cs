using System.Collections.Concurrent;
using System.Globalization;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Node;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Storage.Local;

namespace RttNetwork.Cli.Demo;

/// <summary>
/// A network of its own for one demonstration, on a clock that the demonstration moves: silo, gateway and a PostgreSQL that is deleted with it. The
/// story is played through the gateway's gRPC, as a planner with an operator's token and as front desks with their sites' tokens.
/// </summary>
internal sealed class DemoNetwork : IAsyncDisposable
{
    private const string Prefix = "rtt-demo-";

    private readonly DevelopmentNode _node;
    private readonly int _seed;
    private readonly ConcurrentDictionary<string, RttClient> _clients = new(StringComparer.Ordinal);
    private int _calls;

    private DemoNetwork(DevelopmentNode node, DemoClock clock, string network, int seed)
    {
        _node = node;
        _seed = seed;
        Clock = clock;
        Network = network;
    }

    public DemoClock Clock { get; }

    public string Network { get; }

    /// <summary>Where its pages are, if it has any.</summary>
    internal Uri Http => new(_node.Http);

    /// <summary>Calls that were answered, refusals among them.</summary>
    public int Calls => _calls;

    /// <summary>Plans and staffs for the whole network.</summary>
    public RttClient Operator => _clients.GetOrAdd("", _ => Client(new TokenRequest("planner", Network, "operator")));

    /// <summary>The front desk of one site.</summary>
    public RttClient Desk(string site) => _clients.GetOrAdd(site, s => Client(new TokenRequest($"desk-{s}", Network, "site") { Sites = [s] }));

    /// <summary>The same wish of the same seed has the same id, in whatever order wishes are uttered.</summary>
    public string Id(params ReadOnlySpan<string> wish) => RequestId.Derive(["rtt demo", _seed.ToString(CultureInfo.InvariantCulture), .. wish]);

    /// <summary>Counts a call that was answered.</summary>
    public void Count() => Interlocked.Increment(ref _calls);

    /// <param name="file">The sites, rooms and facilitators that the stories take place with.</param>
    /// <param name="root">The root of the repository, for the programs and rule packs.</param>
    /// <param name="clock">Where the story begins.</param>
    /// <param name="seed">Request ids, and with them the ids of participants, follow from it.</param>
    /// <param name="report">For what a person should know meanwhile.</param>
    /// <param name="connection">A database to use instead of a private one that is deleted: for tests, which read the journal afterwards.</param>
    /// <param name="pages">Who can sign in to its pages; null for none: for tests, which look at what the story has come to.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<DemoNetwork> Start(NetworkFile file, string root, DemoClock clock, int seed, Report report, string? connection, PagesSettings? pages, CancellationToken cancel)
    {
        await ClearLeftovers(Path.GetTempPath(), cancel);
        var folder = new StateFolder(Path.Combine(Path.GetTempPath(), $"{Prefix}{Guid.NewGuid():N}"));
        var settings = new NodeSettings(folder, connection, Ports.AnyFree(), Ports.AnyFree(), file.Network, Verbose: false) { Clock = clock, Throwaway = true, Pages = pages };
        var network = new DemoNetwork(await DevelopmentNode.Start(settings, report.Note, cancel), clock, file.Network, seed);
        try
        {
            await ProgramFile.PublishAll(ProgramFile.All(Path.Combine(root, "programs"), Path.Combine(root, "ratios")), network.Operator, file.Network, cancel);
            foreach (var result in await Seeder.Apply(file, network.Operator, report, cancel))
            {
                if (result.Refused is { } refused) throw refused;
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _node.DisposeAsync();
    }

    /// <summary>
    /// A demonstration that was killed leaves its database behind, and the server that runs on it: the next one clears it away. One that still plays
    /// holds its lock.
    /// </summary>
    internal static async Task ClearLeftovers(string folder, CancellationToken cancel)
    {
        foreach (var left in Directory.EnumerateDirectories(folder, Prefix + "*"))
        {
            var state = new StateFolder(left);
            try
            {
                if (!File.Exists(state.LockFile)) continue;  // it is about to begin, and locks itself
                using var mine = new FileStream(state.LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                await LocalPostgres.KillServerOf(state.Postgres, cancel);
                Directory.Delete(left, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It plays, or belongs to another user.
            }
        }
    }

    /// <summary>A token ends by the network's clock, which the story moves by weeks: each call gets one of its own hour.</summary>
    private RttClient Client(TokenRequest request) => RttClient.Create(new RttClientOptions
    {
        Endpoint = new Uri(_node.Grpc),
        Token = _ => ValueTask.FromResult<string?>(_node.Tokens.Mint(request with { Lifetime = TimeSpan.FromHours(1) })),
        WaitWhenBusy = true,
        AttemptsMax = 10,
        Deadline = TimeSpan.FromSeconds(30),
    });
}
