using Grpc.Core;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Worlds;
using RttNetwork.Peer;
using RttNetwork.Testing;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Tests;

/// <summary>The client against a real server: the peer, which starts in no time.</summary>
public sealed class LoopTests
{
    private static readonly World World = new("bench", 10, 2, 20_000);

    /// <summary>A window that is not meant to end: the work ends before it.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_closed_loop_books_one_seat_for_each_call_it_counts()
    {
        await using var peer = await SeededPeer.Start(World);
        var draw = new Draw(World, 300, 10);
        ulong seed = 0;
        using var loop = new ClosedLoop(peer.Route(4), 10, _ => new ColdBookings(draw, ++seed));

        var window = await loop.Run(Long);

        Assert.Equal((300, 300), (window.Tally.Total, window.Tally.Ok));
        Assert.Equal(300, await peer.Count("peer.enrolments"));
        Assert.InRange(window.Seconds, 0, Long.TotalSeconds - 1);
    }

    [Fact]
    public async Task Replies_that_come_after_the_end_of_a_window_are_waited_for_and_not_counted()
    {
        await using var peer = await SeededPeer.Start(World);
        var draw = new Draw(World, 300, 10);
        ulong seed = 0;
        using var loop = new ClosedLoop(peer.Route(4), 10, _ => new ColdBookings(draw, ++seed));

        var window = await loop.Run(TimeSpan.Zero);

        Assert.Equal(0, window.Tally.Total);
        Assert.Equal(10, await peer.Count("peer.enrolments"));
    }

    [Fact]
    public async Task A_rush_gives_exactly_the_seats()
    {
        await using var peer = await SeededPeer.Start(World);
        var list = new RushList([.. Enumerable.Range(0, 800).Select(i => (i % 2, World.CohortName(10 + (i % 2)), World.PersonName(i)))], 2);
        ulong seed = 0;
        using var loop = new ClosedLoop(peer.Route(32), 64, _ => list.Client(++seed));

        var window = await loop.Run(Long);

        Assert.Equal(800, window.Tally.Decided);
        Assert.Equal([World.RushSeats, World.RushSeats], list.SeatsGiven);
        Assert.InRange(window.Seconds, 0, Long.TotalSeconds - 1);
    }

    [Fact]
    public async Task An_open_loop_keeps_its_rate()
    {
        await using var peer = await SeededPeer.Start(World);
        using var loop = new OpenLoop(peer.Route(32), new Draw(World, World.People, 10), connections: 2, seed: 1);

        var window = await loop.Run(100, TimeSpan.FromSeconds(1));

        Assert.Equal(100, window.Sent + window.Unsent);
        Assert.Equal(window.Sent, window.Tally.Total);
        Assert.Equal(window.Tally.Total - window.Tally.Ok, window.Unexplained);
    }

    [Fact]
    public async Task Calls_of_a_connection_that_ends_are_told()
    {
        var peer = await SeededPeer.Start(World);
        using var connection = peer.Route(32).Open(0);
        Assert.Equal(StatusCode.OK, await Probe.Call(connection, Methods.Get, new GetCohortRequest { Name = World.CohortName(0) }));

        await peer.DisposeAsync();

        Assert.Equal(StatusCode.Unavailable, await Probe.Call(connection, Methods.Get, new GetCohortRequest { Name = World.CohortName(0) }));
        while (connection.IsOpen) await Task.Yield();
        Assert.False(connection.Send(Methods.Get, new GetCohortRequest(), null!));
    }

    [Fact]
    public async Task A_reply_is_read_whole()
    {
        await using var peer = await SeededPeer.Start(World);
        using var connection = peer.Route(32).Open(0);

        var cohort = await Probe.Call(connection, Methods.Get, new GetCohortRequest { Name = World.CohortName(11) }, Cohort.Parser);

        Assert.Equal(World.RushSeats, cohort!.Seats.Usable);
        Assert.Equal(World.Sessions, cohort.Sessions.Count);
    }

    /// <summary>A peer in this process.</summary>
    private sealed class SeededPeer(TestDatabase database, PeerServer server, string folder) : IAsyncDisposable
    {
        public static async Task<SeededPeer> Start(World world)
        {
            var database = await PostgresFixture.CreateEmptyDatabase();
            await Targets.PeerTarget.Seed(database.ConnectionString, world, CancellationToken.None);
            var folder = Directory.CreateTempSubdirectory("load-").FullName;
            _ = DevTokenIssuer.Load(Path.Combine(folder, "key"));
            return new SeededPeer(database, await PeerServer.Start(new PeerOptions(database.ConnectionString, Path.Combine(folder, "key"), 0, 8)), folder);
        }

        public Route Route(int streamsPerConnection) =>
            new(server.Endpoint, [DevTokenIssuer.Load(Path.Combine(folder, "key")).Mint(new TokenRequest("loader", World.Network, "operator"))], streamsPerConnection);

        public async Task<long> Count(string table)
        {
            await using var connection = await database.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {table}";
            return (long)(await command.ExecuteScalarAsync())!;
        }

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            await database.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
