using System.Globalization;
using Grpc.Core;
using Npgsql;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Worlds;
using RttNetwork.Storage.Local;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Targets;

/// <summary>A server under load: a process of its own, and a PostgreSQL of its own with the same settings as the other's.</summary>
internal abstract class Target : IAsyncDisposable
{
    /// <summary>Callers that requests are spread over: servers count calls by caller.</summary>
    private const int Callers = 8;

    /// <summary>How long it may take to serve.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DevTokenIssuer _issuer;

    protected Target(string name, LocalPostgres postgres, string keyFile)
    {
        (Name, Postgres, KeyFile) = (name, postgres, keyFile);
        _issuer = DevTokenIssuer.Load(keyFile);
    }

    /// <summary>"product" or "peer".</summary>
    public string Name { get; }

    public LocalPostgres Postgres { get; }

    /// <summary>Where it listens, once it runs.</summary>
    public Uri Endpoint { get; private set; } = new("http://127.0.0.1:1");

    protected string KeyFile { get; }

    protected ServerProcess? Server { get; private set; }

    /// <summary>The database that it uses.</summary>
    public string ConnectionString => Postgres.ConnectionString(Name);

    /// <summary>Makes the database anew and fills it with a world.</summary>
    public abstract Task Seed(World world, CancellationToken cancel);

    /// <summary>Starts the server's process, and returns when it answers for the world's first cohort.</summary>
    public async Task Start(World world, CancellationToken cancel)
    {
        Relaunch();
        Endpoint = await Server!.Endpoint.WaitAsync(Patience, TimeProvider.System, cancel);
        try
        {
            await Probe.Until(Route(world), Methods.Get, new GetCohortRequest { Name = world.CohortName(0) }, status => status == StatusCode.OK, Patience, cancel);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"The {Name} does not serve: {e.Message}\n{Server.LastLines()}", e);
        }
    }

    /// <summary>Starts the server's process, and does not wait until it serves.</summary>
    public void Relaunch() => Server = Launch();

    /// <summary>Ends the server's process with <c>kill -9</c>.</summary>
    public async Task Kill()
    {
        if (Server is { } server) await server.Kill();
        Server = null;
    }

    public Route Route(World world, int streamsPerConnection = 32, int callers = Callers) => new(Endpoint, [.. Enumerable.Range(0, callers).Select(i => Token(world, i))], streamsPerConnection);

    /// <summary>Resident memory of the server's process, in bytes.</summary>
    public long ResidentBytes => Server?.ResidentBytes ?? 0;

    /// <summary>Processor time used so far, by the server and by its PostgreSQL.</summary>
    public (TimeSpan Server, TimeSpan Postgres) ProcessorTime => (Server?.ProcessorTime ?? default, ServerProcess.TreeTime(PostmasterId));

    public async ValueTask DisposeAsync()
    {
        await Kill();
        GC.SuppressFinalize(this);
    }

    protected abstract ServerProcess Launch();

    protected async Task Execute(string sql, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private int PostmasterId => int.Parse(File.ReadLines(Path.Combine(Postgres.Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private string Token(World world, int caller) => _issuer.Mint(new TokenRequest(string.Create(CultureInfo.InvariantCulture, $"loader-{caller}"), world.Network, "operator"));
}
