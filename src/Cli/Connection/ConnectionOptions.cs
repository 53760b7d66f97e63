using System.CommandLine;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Cli.Connection;

/// <summary>How a command finds the network and says who is calling. The same options on every command that talks to it.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>The subject that this machine's own commands act as.</summary>
    private const string Operator = "rtt-cli";

    private readonly Option<string?> _endpoint = new("--endpoint") { Description = "The gateway's gRPC address [RTT_ENDPOINT, or the running `rtt up`]", HelpName = "URL" };
    private readonly Option<string?> _token = new("--token") { Description = "Bearer token; other users of this machine can see it: prefer RTT_TOKEN or --token-file", HelpName = "JWT" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "A file that holds the token", HelpName = "FILE" };
    private readonly Option<string?> _network = new("--network") { Description = "The network's id [the token's]", HelpName = "N" };
    private readonly Option<string?> _data = new("--data") { Description = "Folder of the `rtt up` to talk to [RTT_DATA, .rtt in the repository]", HelpName = "DIR" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Let the token travel unencrypted to another machine" };

    public ConnectionOptions AddTo(Command command)
    {
        foreach (var option in new Option[] { _endpoint, _token, _tokenFile, _network, _data, _insecure })
        {
            command.Options.Add(option);
        }

        return this;
    }

    /// <summary>The folder of the node of this machine.</summary>
    public StateFolder Folder(Invocation run) => StateFolder.Choose(run.Get(_data), run.Surroundings);

    /// <summary>Where and as whom, without talking to anybody yet.</summary>
    public Route Find(Invocation run)
    {
        var surroundings = run.Surroundings;
        var folder = Folder(run);
        var node = folder.Node();
        var given = run.Get(_endpoint) ?? surroundings.Variable("RTT_ENDPOINT");
        var address = given ?? node?.Grpc
            ?? throw new UsageException($"No network runs here. Start one with `{surroundings.Self} up`, or say where it is with --endpoint or RTT_ENDPOINT.", ExitCode.NotReachable);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"'{address}' is no address. Write it like http://127.0.0.1:5080.");
        }

        var token = run.Get(_token)
            ?? (run.Get(_tokenFile) is { } file ? File.ReadAllText(file).Trim() : null)
            ?? surroundings.Variable("RTT_TOKEN");
        // A key of this machine is for the node of this machine: nothing signed with it goes to an address that somebody typed.
        if (token is null && node is not null && new Uri(node.Grpc) == endpoint && File.Exists(folder.KeyFile))
        {
            token = Mint(folder, node, surroundings);
        }

        var claims = token is null ? TokenClaims.None : TokenClaims.Read(token);
        return new Route(endpoint, token, claims, run.Get(_network) ?? surroundings.Variable("RTT_NETWORK") ?? claims.Network ?? node?.Network, run.Get(_insecure));
    }

    private static string Mint(StateFolder folder, RunningNode node, Surroundings surroundings)
    {
        try
        {
            return DevTokenIssuer.Load(folder.KeyFile, surroundings.Clock)
                .Mint(new TokenRequest(Operator, node.Network, "operator") { Lifetime = TimeSpan.FromHours(1) });
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException(e.Message, ExitCode.NotAllowed);
        }
    }

    /// <summary>A client for the network, and the network's name.</summary>
    /// <param name="run">The command's run.</param>
    /// <param name="patient">Long work: waits when the network is busy, and tries longer.</param>
    public Connected Open(Invocation run, bool patient = false)
    {
        var route = Find(run);
        return new Connected(
            route.Client(run.Surroundings, patient),
            route.Network ?? throw new UsageException("Which network? Say it with --network, or use a token that names one."),
            route.Claims.Sites is [var only] ? only : null);
    }
}

/// <summary>Where a command goes and as whom.</summary>
internal sealed record Route(Uri Endpoint, string? Token, TokenClaims Claims, string? Network, bool Insecure)
{
    public RttClient Client(Surroundings surroundings, bool patient)
    {
        var token = Token;
        return RttClient.Create(new RttClientOptions
        {
            Endpoint = Endpoint,
            Token = token is null ? null : _ => ValueTask.FromResult<string?>(token),
            TokenInPlaintextAllowed = Insecure,
            Clock = surroundings.Clock,
            WaitWhenBusy = patient,
            AttemptsMax = patient ? 10 : 5,
            Deadline = TimeSpan.FromSeconds(patient ? 30 : 10),
        });
    }

    // A record prints its members: not this one's token.
    public override string ToString() => $"{Endpoint} ({Network})";
}

/// <summary>An open connection. <see cref="Site"/> is the token's only site, if it has only one.</summary>
internal sealed record Connected(RttClient Client, string Network, string? Site) : IDisposable
{
    /// <summary>The site that was asked for, or else the token's own.</summary>
    public string SiteName(string? asked) => Names.Site(
        asked ?? Site ?? throw new UsageException("Which site? Say it with --site."), Network);

    public void Dispose() => Client.Dispose();
}
