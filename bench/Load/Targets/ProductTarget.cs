using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using RttNetwork.Domain.Common;
using RttNetwork.Load.Worlds;
using RttNetwork.Silo;
using RttNetwork.Storage.Local;
using RttNetwork.Storage.Migrations;

namespace RttNetwork.Load.Targets;

/// <summary>The product in a process of its own: one silo that hosts its gateway, with its projector and dispatcher on.</summary>
/// <param name="name">The name of its database.</param>
internal sealed class ProductTarget(LocalPostgres postgres, string keyFile, string name) : Target(name, postgres, keyFile)
{
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly int _grpcPort = FreePort();
    private readonly int _httpPort = FreePort();
    private readonly int _siloPort = FreePort();
    private readonly int _siloGatewayPort = FreePort();

    /// <summary>Entries of streams that the world does not have, and later ones of its own, seeded with it.</summary>
    public IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)> More { get; init; } = [];

    /// <summary>When what is seeded was recorded; null for now.</summary>
    public Pace? Pace { get; init; }

    public override async Task Seed(World world, CancellationToken cancel)
    {
        await Postgres.DropDatabase(Name, cancel);
        await Postgres.CreateDatabase(Name, cancel: cancel);
        await Migrator.Migrate(ConnectionString);
        await new JournalSeed(world, More, Pace).Write(ConnectionString, cancel);
        await Execute("VACUUM (FREEZE, ANALYZE)", cancel);
        await Execute("CHECKPOINT", cancel);
        // The dispatcher has nothing to do for what was seeded: it begins after it. The projection is the product's own work.
        await Execute(
            """
            INSERT INTO rtt.feed_cursor (name, epoch, xid, position)
            SELECT n.name, (SELECT epoch FROM rtt.feed_epoch), e.xid, e.position
            FROM (VALUES ('dispatcher'), ('webhooks')) AS n (name), (SELECT xid, position FROM rtt.journal ORDER BY xid DESC, position DESC LIMIT 1) AS e
            """, cancel);
    }

    /// <summary>Returns when the projection has caught up with the journal.</summary>
    public async Task CaughtUp(CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            SELECT NOT EXISTS (
                SELECT FROM rtt.journal j LEFT JOIN rtt.feed_cursor c ON c.name = 'projection_capacity'
                WHERE c.name IS NULL OR (j.xid, j.position) > (c.xid, c.position))
            """, connection)
        { CommandTimeout = 0 };
        while (!(bool)(await command.ExecuteScalarAsync(cancel))!) await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancel);
    }

    protected override ServerProcess Launch() => new(
        typeof(SiloHost).Assembly.Location,
        [],
        new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Rtt__Database"] = ConnectionString,
            ["Rtt__PersonalKey"] = _key,
            ["Rtt__IdentityKey"] = _key,
            ["Rtt__Tokens__DevKeyFile"] = KeyFile,
            ["Rtt__Silo__HostGateway"] = "true",
            ["Rtt__Management__Port"] = "0",
            ["Rtt__Silo__Port"] = Text(_siloPort),
            ["Rtt__Silo__GatewayPort"] = Text(_siloGatewayPort),
            ["Rtt__Gateway__GrpcPort"] = Text(_grpcPort),
            ["Rtt__Gateway__HttpPort"] = Text(_httpPort),
            // The load of sixty-four desks comes by two or eight callers, whose limit is not what is measured.
            ["Rtt__Gateway__CallsPerSecondMax"] = "1000000",
            ["Rtt__Gateway__CallsBurstMax"] = "1000000",
        },
        new Uri($"http://127.0.0.1:{Text(_grpcPort)}"));

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
