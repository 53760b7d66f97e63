using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Cli.Connection;
using RttNetwork.Gateway;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Management;
using RttNetwork.Grains.Webhooks;
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

    /// <summary>The node is for this process alone: nothing of it is kept when it stops.</summary>
    public bool Throwaway { get; init; }
}

/// <summary>
/// A whole network in one process, for development: PostgreSQL, silo, gateway and token issuer, all on the loopback. What must outlive the
/// process is in its folder; nothing else is needed to find everything as it was.
/// </summary>
internal sealed class DevelopmentNode : IAsyncDisposable
{
    private readonly NodeSettings _settings;
    private readonly FileStream _lock;
    private readonly Database _database;
    private readonly WebApplication _app;

    private DevelopmentNode(NodeSettings settings, FileStream @lock, Database database, WebApplication app, DevTokenIssuer tokens)
    {
        _settings = settings;
        _lock = @lock;
        _database = database;
        _app = app;
        Tokens = tokens;
    }

    public DevTokenIssuer Tokens { get; }

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
            var gateway = new GatewayOptions
            {
                EnvironmentName = "Development",
                IdentityKey = identityKey,
                Tokens = new TokenOptions { DevKeyFile = folder.KeyFile },
                GrpcPort = settings.GrpcPort,
                HttpPort = settings.HttpPort,
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
            try
            {
                await app.StartAsync(cancel);
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }

            folder.Write(new RunningNode($"http://127.0.0.1:{settings.GrpcPort}", $"http://127.0.0.1:{settings.HttpPort}", settings.Network, Environment.ProcessId, $"http://127.0.0.1:{management}"));
            return new DevelopmentNode(settings, held, database, app, tokens) { Management = $"http://127.0.0.1:{management}" };
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
