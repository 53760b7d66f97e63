using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RttNetwork.Storage;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Testing;

/// <summary>
/// One private PostgreSQL for the whole test process, started by whoever asks first, and killed and deleted when the
/// process ends. A process that was killed itself leaves its cluster behind; the next one to start clears it away.
/// </summary>
/// <example><c>await using var database = await PostgresFixture.CreateDatabase();</c></example>
public static class PostgresFixture
{
    private const string Prefix = "rtt-test-pg-";

    private static readonly Lazy<Task<LocalPostgres>> Cluster = new(StartCluster);
    private static readonly Lazy<Task<NpgsqlDataSource>> Admin = new(async () => NpgsqlDataSource.Create((await Server).ConnectionString("postgres")));
    private static readonly Lazy<Task<string>> Migrated = new(Migrate);
    private static readonly Lazy<Task<string>> Projected = new(Project);
    private static FileStream? _alive;
    private static int _databases;

    /// <summary>The cluster itself, for tests that stop, kill or starve it: start one of your own for those (<see cref="StartPrivate"/>).</summary>
    public static Task<LocalPostgres> Server => Cluster.Value;

    /// <summary>A fresh database with this build's schema, copied from one that was migrated once; dropped when disposed.</summary>
    /// <param name="withProjection">The tables of the projection are there already, empty: else the first silo begins with making them.</param>
    public static async Task<TestDatabase> CreateDatabase(bool withProjection = true) => await Create(await (withProjection ? Projected : Migrated).Value);

    /// <summary>A fresh database with nothing in it; dropped when disposed.</summary>
    public static Task<TestDatabase> CreateEmptyDatabase() => Create(template: null);

    // A connection costs the server more than most statements: databases come and go on connections that stay.
    private static async Task<TestDatabase> Create(string? template)
    {
        var (server, admin) = (await Server, await Admin.Value);
        var name = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref _databases)}");
        await Execute(admin, $"CREATE DATABASE {name}" + (template is null ? "" : $" TEMPLATE {template}"));
        return new TestDatabase(server, name, () => Execute(admin, $"DROP DATABASE {name} WITH (FORCE)"));
    }

    private static async Task Execute(NpgsqlDataSource admin, string sql)
    {
        await using var command = admin.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> Migrate()
    {
        const string name = "template_migrated";
        var server = await Server;
        await server.CreateDatabase(name);
        await Migrator.Migrate(server.ConnectionString(name));
        return name;
    }

    private static async Task<string> Project()
    {
        const string name = "template_projected";
        var server = await Server;
        await server.CreateDatabase(name, await Migrated.Value);
        await using var storage = new ServiceCollection().AddLogging().AddRttStorage(new StorageOptions(server.ConnectionString(name))).BuildServiceProvider();
        await storage.GetRequiredService<CapacityProjector>().Rebuild(CancellationToken.None);
        return name;
    }

    /// <summary>A cluster that belongs to one test, which may kill it. Dispose it with <see cref="LocalPostgres.Destroy"/>; it goes with the process otherwise.</summary>
    public static async Task<LocalPostgres> StartPrivate(Func<LocalPostgresOptions, LocalPostgresOptions>? change = null)
    {
        var shared = await Server;
        var number = Interlocked.Increment(ref _databases);
        var options = new LocalPostgresOptions(Path.Combine(shared.Folder, "private", number.ToString(CultureInfo.InvariantCulture)));
        return await LocalPostgres.Start(change?.Invoke(options) ?? options);
    }

    private static async Task<LocalPostgres> StartCluster()
    {
        var temp = Path.GetTempPath();
        await ClearLeftovers(temp);
        var folder = Path.Combine(temp, Prefix + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        _alive = Alive(folder);
        var options = new LocalPostgresOptions(Path.Combine(folder, "pg"));
        var server = await LocalPostgres.Start(options with { Settings = options.Settings.SetItem("max_connections", "300") });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Clear(folder).GetAwaiter().GetResult();
        return server;
    }

    /// <summary>A lock that the kernel lets go of when this process dies, however it dies.</summary>
    private static FileStream? Alive(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "alive"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static async Task ClearLeftovers(string temp)
    {
        foreach (var folder in Directory.EnumerateDirectories(temp, Prefix + "*"))
        {
            if (Directory.GetCreationTimeUtc(folder) > TimeProvider.System.GetUtcNow().AddSeconds(-10)) continue;  // its owner may be about to lock it
            using var mine = Alive(folder);
            if (mine is not null) await Clear(folder);
        }
    }

    private static async Task Clear(string folder)
    {
        try
        {
            foreach (var pidFile in Directory.EnumerateFiles(folder, "postmaster.pid", SearchOption.AllDirectories).ToList())
                await LocalPostgres.KillServerOf(Path.GetDirectoryName(Path.GetDirectoryName(pidFile)!)!);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another test process clears the same leftover, or it belongs to another user: it costs disk, not correctness.
        }
    }
}

/// <summary>One test's database.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _name;
    private readonly Func<Task> _drop;
    private readonly NpgsqlDataSource _connections;

    internal TestDatabase(LocalPostgres server, string name, Func<Task> drop)
    {
        (Server, _name, _drop) = (server, name, drop);
        _connections = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>The cluster that it stands on.</summary>
    public LocalPostgres Server { get; }

    /// <summary>For a data source of the test's own.</summary>
    public string ConnectionString => Server.ConnectionString(_name);

    /// <summary>An open connection that the caller disposes.</summary>
    public async Task<NpgsqlConnection> Open() => await _connections.OpenConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _drop();
    }
}
