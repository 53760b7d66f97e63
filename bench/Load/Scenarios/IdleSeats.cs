using Google.Protobuf;
using Grpc.Core;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Units;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>
/// How long a seat that somebody gave back stays idle while others wait for it: from the instant at which the cancellation was judged until somebody who
/// looks into the journal every few milliseconds sees the offer there. Bookings go on elsewhere meanwhile. The product alone: its peer has no lists.
/// </summary>
internal static class IdleSeats
{
    private const int Cohorts = 50;

    /// <summary>People who are seated in each of the cohorts, and as many who wait.</summary>
    private const int Each = World.RushSeats;

    private const int Cancellations = 1_000;
    private const int BookingClients = 16;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10), LookEvery = TimeSpan.FromMilliseconds(10), Patience = TimeSpan.FromSeconds(20);

    public static async Task Run(Session session)
    {
        const int people = 140_000;
        var world = new World("bench", 1_000, Cohorts, people + (2 * Cohorts * Each));
        await using var product = new ProductTarget(await session.Cluster("idle"), session.KeyFile, "idle");
        session.Note($"idle-seats: seeding {world.CohortsInAll} cohorts and {world.People} people.");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var route = product.Route(world);
        var random = session.NextSeed();
        await All(Seated(), p => (Methods.Book, new BookSeatRequest { Cohort = Cohort(p), Participant = world.PersonName(p), RequestId = RequestIds.Next(ref random) }));
        await All(Seated().Select(p => p + (Cohorts * Each)), p => (Methods.JoinList, new JoinCohortListRequest { Cohort = Cohort(p), Participant = world.PersonName(p), RequestId = RequestIds.Next(ref random) }));

        var draw = new Draw(world, people, world.Cohorts);
        using var bookings = new ClosedLoop(route, BookingClients, _ => new ColdBookings(draw, session.NextSeed()));
        await session.WarmUp("idle-seats, bookings elsewhere", bookings);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(session.Cancel);
        var offers = new Offers(product.ConnectionString, [.. Enumerable.Range(world.Cohorts, Cohorts).Select(c => Keys.Cohort(world.Network, World.SiteId(c), World.CohortId(c)))]);
        await offers.Look(ended.Token);
        var looking = Watch();
        var load = bookings.Run(Cancellations * Between);
        using (var connection = route.Open(0))
        {
            var cancellations = new List<Task<StatusCode>>();
            foreach (var person in Seated().Take(Cancellations))
            {
                cancellations.Add(Probe.Call(connection, Methods.Cancel, new CancelSeatRequest
                {
                    Cohort = Cohort(person),
                    Participant = world.PersonName(person),
                    Reason = "person-cancelled",
                    RequestId = RequestIds.Next(ref random),
                }));
                await Task.Delay(Between, TimeProvider.System, session.Cancel);
            }
            var failed = (await Task.WhenAll(cancellations)).Count(status => status != StatusCode.OK);
            if (failed > 0) throw new InvalidOperationException($"idle-seats: {failed} cancellations were not accepted.");
        }
        var elsewhere = await load;
        await looking;
        session.Note(FormattableString.Invariant($"idle-seats: {offers.Idle.Ok} of {Cancellations} seats offered, p50 {offers.Idle.Milliseconds(50):F0} ms, p99 {offers.Idle.Milliseconds(99):F0} ms; {elsewhere.Rate:F0} bookings/s elsewhere"));
        session.Result(Measure.AtMost("idle-seats/not-offered", Cancellations - offers.Idle.Ok, 0));
        session.Result(Measure.Told("idle-seats/p50-ms", offers.Idle.Milliseconds(50)));
        session.Result(Measure.AtMost("idle-seats/p99-ms", offers.Idle.Milliseconds(99), 1000));

        // One seat of each cohort after the other.
        IEnumerable<int> Seated() => Enumerable.Range(people, Cohorts * Each);

        string Cohort(int person) => world.CohortName(world.Cohorts + (person % Cohorts));

        async Task Watch()
        {
            ended.CancelAfter((Cancellations * Between) + Patience);
            while (offers.Idle.Ok < Cancellations && !ended.IsCancellationRequested)
            {
                await Task.Delay(LookEvery, TimeProvider.System, session.Cancel);
                await offers.Look(session.Cancel);
            }
        }

        async Task All(IEnumerable<int> who, Func<int, (string Path, IMessage Request)> call)
        {
            var calls = who.Select(call).ToList();
            var list = new CallList(calls);
            using var loop = new ClosedLoop(route, 32, _ => list.Client());
            var window = await session.Run(loop, TimeSpan.FromMinutes(2));
            if (window.Tally.Ok != calls.Count) throw new InvalidOperationException($"idle-seats: {calls[0].Path} was not accepted for everybody: {window.Tally}");
        }
    }

    /// <summary>What the journal says of some cohorts, as somebody sees it who looks again and again.</summary>
    private sealed class Offers(string connectionString, string[] cohorts)
    {
        private readonly Dictionary<string, (int Version, Queue<Instant> Freed)> _seen = cohorts.ToDictionary(c => c, _ => (0, new Queue<Instant>()));

        /// <summary>How long each seat was idle that has been offered.</summary>
        public Tally Idle { get; } = new();

        public async Task Look(CancellationToken cancel)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancel);
            await using var command = new NpgsqlCommand(
                """
                SELECT j.stream, j.version, j.entry::text FROM unnest($1, $2) AS k (stream, version)
                JOIN rtt.journal j ON j.stream = k.stream AND j.version > k.version ORDER BY j.stream, j.version
                """, connection)
            { Parameters = { new() { Value = cohorts }, new() { Value = cohorts.Select(c => _seen[c].Version).ToArray() } } };
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                var (stream, version) = (reader.GetString(0), reader.GetInt32(1));
                var freed = _seen[stream].Freed;
                _seen[stream] = (version, freed);
                foreach (var act in EntryCodec.Read(System.Text.Encoding.UTF8.GetBytes(reader.GetString(2))))
                {
                    foreach (var @event in act.Events)
                    {
                        if (@event is SeatCancelled) freed.Enqueue(act.At);
                        if (@event is SeatOffered && freed.TryDequeue(out var since)) Idle.Add(StatusCode.OK, (Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) - since).ToTimeSpan());
                    }
                }
            }
        }
    }
}
