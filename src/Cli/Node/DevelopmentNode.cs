using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Cli.Connection;
using RttNetwork.Gateway;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Management;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Identity;
using RttNetwork.Silo;
using RttNetwork.Storage;
using RttNetwork.Storage.Migrations;

namespace RttNetwork.Cli.Node;

/// <summary>How a development network is set up.</summary>
internal sealed record NodeSettings(StateFolder Folder, string? Connection, int GrpcPort, int HttpPort, string Network, bool Verbose)
{
    /// <summary>
    /// The clock of everything in the process. No option, variable or file sets it: only code that builds a node of its own can, and a network that
    /// serves people is built elsewhere (<c>src/Silo/Program.cs</c>), without this.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Webhooks may be sent to this machine, without TLS.</summary>
    public bool WebhooksAllowHttp { get; init; }

    /// <summary>Who can sign in to the pages; null for a node that serves none.</summary>
    public PagesSettings? Pages { get; init; }

    /// <summary>The node is for this process alone: nothing of it is kept when it stops.</summary>
    public bool Throwaway { get; init; }
}

/// <param name="IdentityPort">Where people sign in; null for the port that it was the last time.</param>
/// <param name="Sites">The sites that somebody can sign in for.</param>
/// <param name="Regions">The regions that somebody can sign in for.</param>
internal sealed record PagesSettings(int? IdentityPort, IReadOnlyList<string> Sites, IReadOnlyList<string> Regions);

/// <summary>
/// A whole network in one process, for development: PostgreSQL, silo, gateway and token issuer, all on the loopback. What must outlive the
/// process is in its folder; nothing else is needed to find everything as it was.
/// </summary>
internal sealed class DevelopmentNode : IAsyncDisposable
{
    /// <summary>What the pages are to the identity provider.</summary>
    private const string PagesClient = "rtt-pages";

    private readonly NodeSettings _settings;
    private readonly FileStream _lock;
    private readonly Database _database;
    private readonly WebApplication _app;
    private readonly WebApplication? _identity;

    private DevelopmentNode(NodeSettings settings, FileStream @lock, Database database, WebApplication app, WebApplication? identity, DevTokenIssuer tokens)
    {
        _identity = identity;
        _settings = settings;
        _lock = @lock;
        _database = database;
        _app = app;
        Tokens = tokens;
    }

    public DevTokenIssuer Tokens { get; }

    /// <summary>Of the process that serves, for tests that look at what it has.</summary>
    internal IServiceProvider Services => _app.Services;

    public string Grpc => $"http://127.0.0.1:{_settings.GrpcPort}";

    public string Http => $"http://127.0.0.1:{_settings.HttpPort}";

    /// <summary>Where it says how it is.</summary>
    public string Management { get; private init; } = "";

    public string DatabaseDescription => _database.Description;

    /// <summary>Set when the node stops, for whatever reason.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public static async Task<DevelopmentNode> Start(NodeSettings settings, Action<string> note, CancellationToken cancel)
    {
        var folder = settings.Folder;
        folder.Create();
        var held = Lock(folder);
        Database? database = null;
        try
        {
            Free(settings.GrpcPort, "gRPC", "--port");
            Free(settings.HttpPort, "HTTP", "--http-port");
            if (settings.Pages?.IdentityPort is { } taken)
            {
                Free(taken, "signing in", "--identity-port");
            }

            var tokens = DevTokenIssuer.Load(folder.KeyFile, settings.Clock);
            var personalKey = SecretFile.LoadOrCreate(folder.PersonalKeyFile);
            var identityKey = SecretFile.LoadOrCreate(folder.IdentityKeyFile);
            note(settings.Connection is null ? "Starting PostgreSQL." : "Connecting to PostgreSQL.");
            database = settings.Connection is { } named
                ? Database.Named(named)
                : await Database.Private(folder.Postgres, Database.Fingerprint(personalKey, identityKey), note, cancel);

            await Migrator.Migrate(database.ConnectionString);
            note("Starting the silo and the gateway.");
            var management = Ports.Remembered(folder.ManagementPortFile, 5090);
            var silo = new SiloOptions
            {
                Storage = new StorageOptions(database.ConnectionString),
                PersonalKey = personalKey,
                Address = IPAddress.Loopback,
                SiloPort = Ports.Remembered(folder.SiloPortFile, 11111),
                OrleansGatewayPort = Ports.Remembered(folder.SiloGatewayPortFile, 30000),
                HostGateway = true,
                Management = new ManagementOptions { Port = management },
                Webhooks = new WebhookOptions { AllowLoopback = settings.WebhooksAllowHttp },
            };
            var identityOptions = settings.Pages is { } pages ? Identity(settings, pages, tokens) : null;
            var gateway = new GatewayOptions
            {
                EnvironmentName = "Development",
                IdentityKey = identityKey,
                Tokens = new TokenOptions { DevKeyFile = folder.KeyFile },
                GrpcPort = settings.GrpcPort,
                HttpPort = settings.HttpPort,
                SignIn = identityOptions is not null
                    ? new SignInOptions { Authority = $"http://127.0.0.1:{identityOptions.Port}", ClientId = PagesClient, PublicAddress = new Uri($"http://127.0.0.1:{settings.HttpPort}") }
                    : null,
            };
            await SiloHost.CheckSchema(silo, cancel);
            var app = SiloHost.Build(silo, gateway, builder =>
            {
                builder.Logging.ClearProviders();
                // Standard output belongs to what the command says.
                builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
                builder.Logging.SetMinimumLevel(settings.Verbose ? LogLevel.Information : LogLevel.Warning);
                // One silo that comes back after a crash warns of its own former self, and a watchdog of the time before it was started.
                builder.Logging.AddFilter("Orleans", settings.Verbose ? LogLevel.Information : LogLevel.Error);
                if (settings.Clock != TimeProvider.System)
                {
                    builder.Services.AddSingleton(settings.Clock);
                    // By a clock that leaps, Orleans would take the only silo for one that has said nothing for weeks, and end it.
                    builder.Services.Configure<Orleans.Configuration.ClusterMembershipOptions>(o => (o.LivenessEnabled, o.EvictWhenMaxJoinAttemptTimeExceeded) = (false, false));
                }
            });
            WebApplication? identity = null;
            try
            {
                if (identityOptions is not null)
                {
                    identity = await IdentityHost.Start(identityOptions, cancel);
                }

                await app.StartAsync(cancel);
            }
            catch
            {
                await app.DisposeAsync();
                if (identity is not null)
                {
                    await identity.DisposeAsync();
                }

                throw;
            }

            folder.Write(new RunningNode($"http://127.0.0.1:{settings.GrpcPort}", $"http://127.0.0.1:{settings.HttpPort}", settings.Network, Environment.ProcessId, $"http://127.0.0.1:{management}"));
            return new DevelopmentNode(settings, held, database, app, identity, tokens) { Management = $"http://127.0.0.1:{management}" };
        }
        catch
        {
            if (database is not null)
            {
                await database.Stop(CancellationToken.None);
            }

            await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops everything in order: calls, grains, and then the database under them.</summary>
    public async ValueTask DisposeAsync()
    {
        _settings.Folder.Forget();
        if (_identity is not null)
        {
            await _identity.DisposeAsync();
        }

        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        if (_settings.Throwaway)
        {
            await _database.Destroy();
        }
        else
        {
            await _database.Stop(CancellationToken.None);
        }

        await _lock.DisposeAsync();
        if (_settings.Throwaway)
        {
            Directory.Delete(_settings.Folder.Path, recursive: true);
        }
    }

    /// <summary>Everybody that the development tokens know: one for the network, one for each site and one for each region.</summary>
    private static IdentityOptions Identity(NodeSettings settings, PagesSettings pages, DevTokenIssuer tokens)
    {
        // As long as a day of work at the pages: who goes on is asked again who they are.
        var request = new TokenRequest("operator", settings.Network, "operator") { Lifetime = TimeSpan.FromHours(12) };
        return new IdentityOptions
        {
            EnvironmentName = "Development",
            Port = pages.IdentityPort ?? Ports.Remembered(settings.Folder.IdentityPortFile, settings.GrpcPort + 3),
            ClientId = PagesClient,
            Client = new Uri($"http://127.0.0.1:{settings.HttpPort}"),
            People =
            [
                Somebody("Network operator", request),
                .. pages.Regions.Select(region => Somebody($"Health authority of {region}", request with { Subject = $"authority-{region}", Scope = "authority", Regions = [region] })),
                .. pages.Sites.Select(site => Somebody($"Front desk of {site}", request with { Subject = $"desk-{site}", Scope = "site", Sites = [site] })),
            ],
        };

        Person Somebody(string title, TokenRequest token) => new(token.Subject, title, () => tokens.Mint(token));
    }

    private static FileStream Lock(StateFolder folder)
    {
        try
        {
            return new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            var node = folder.Node();
            throw new UsageException($"A network runs on {folder.Path} already{(node is null ? "" : $": process {node.Pid}, {node.Grpc}")}. Stop it with Ctrl-C there, or use another folder with --data.", ExitCode.Failed);
        }
    }

    private static void Free(int port, string what, string option)
    {
        if (!Ports.IsFree(port))
        {
            throw new UsageException($"Port {port}, for {what}, is taken by another program. Choose another with {option}.", ExitCode.Failed);
        }
    }
}
