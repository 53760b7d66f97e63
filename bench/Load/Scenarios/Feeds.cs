using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>
/// Streams of capacity (docs/adr/0018): how soon they show a booking, and what they cost bookings and the database. The product alone: its peer has no streams.
/// Their readers share the machine with everything else, and what these take is part of what is measured.
/// </summary>
internal static class Feeds
{
    private const int Subscribers = 200, Dashboards = 1_000, StreamsPerCaller = 16;

    /// <summary>Bookings in a second while it is measured how soon they are seen, and what dashboards cost.</summary>
    private const double Rate = 1_000;

    /// <summary>Cohorts of a site of their own, where nobody books but the probe.</summary>
    private const int ProbeCohorts = World.CohortsPerSite, Probes = 200;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(30);

    public static async Task Run(Session session)
    {
        var people = session.Plan == Plan.Quick ? 336_000 : 616_000;
        var world = new World("bench", people / 140, ProbeCohorts, people + Probes);
        await using var product = new ProductTarget(await session.Cluster("feed"), session.KeyFile, "feed");
        session.Note($"feed: seeding {world.CohortsInAll} cohorts and {world.People} people.");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var draw = new Draw(world, people, 1_000);
        var callers = product.Route(world, callers: (Dashboards + StreamsPerCaller - 1) / StreamsPerCaller);
        using var bookings = new ClosedLoop(product.Route(world), 64, _ => new ColdBookings(draw, session.NextSeed()));
        await session.WarmUp("feed, bookings", bookings);

        await Seen(session, world, product, callers, draw);
        await Speed(session, world, product, callers, bookings);
        await Database(session, world, product, callers, draw);
    }

    /// <summary>From the sending of a booking until each subscriber has been told of it.</summary>
    private static async Task Seen(Session session, World world, ProductTarget product, Route callers, Draw draw)
    {
        var site = $"networks/{world.Network}/sites/{World.SiteId(world.Cohorts)}";
        var sent = new long[Probes];
        var told = new int[Subscribers];
        var seen = new Tally();
        await using (await Streams.Open(callers, world, Subscribers, WatchCapacityResponse.Parser.ParseFrom, Told, session.Cancel))
        using (var load = new OpenLoop(product.Route(world), draw, connections: 8, session.NextSeed()))
        using (var connection = product.Route(world).Open(0))
        {
            var elsewhere = load.Run(Rate, Probes * Between);
            var random = session.NextSeed();
            for (var i = 0; i < Probes; i++)
            {
                var next = Task.Delay(Between, TimeProvider.System, session.Cancel);
                sent[i] = Stopwatch.GetTimestamp();
                var request = new BookSeatRequest { Cohort = world.CohortName(world.Cohorts + (i % ProbeCohorts)), Participant = world.PersonName(world.People - Probes + i), RequestId = RequestIds.Next(ref random) };
                if (await Probe.Call(connection, Methods.Book, request) is var status and not StatusCode.OK) throw new InvalidOperationException($"feed: a booking was answered with {status}.");
                await next;
            }
            var given = Stopwatch.StartNew();
            while (told.Any(t => t < Probes) && given.Elapsed < Patience) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, session.Cancel);
            var window = await elsewhere;
            session.Note(FormattableString.Invariant($"feed: {Subscribers} subscribers, {window.Goodput:F0} bookings/s elsewhere; a booking was seen after {seen.Milliseconds(50):F0} ms (p50), {seen.Milliseconds(99):F0} ms (p99)"));
        }
        session.Result(Measure.AtMost($"feed/{Subscribers}/not-seen", (Subscribers * Probes) - told.Sum(), 0));
        session.Result(Measure.Told($"feed/{Subscribers}/p50-ms", seen.Milliseconds(50)));
        session.Result(Measure.AtMost($"feed/{Subscribers}/p99-ms", seen.Milliseconds(99), 1_000));

        bool Told(int subscriber, WatchCapacityResponse message)
        {
            var now = Stopwatch.GetTimestamp();
            foreach (var figure in message.Figures.Where(f => f.Name == site))
            {
                lock (seen)
                {
                    // Changes that come fast are told together.
                    while (told[subscriber] < figure.SeatsOccupied.Count) seen.Add(StatusCode.OK, Stopwatch.GetElapsedTime(sent[told[subscriber]++], now));
                }
            }
            return message.Token.Length > 0;
        }
    }

    /// <summary>As many bookings as can be had, with subscribers and without, in turn.</summary>
    private static async Task Speed(Session session, World world, ProductTarget product, Route callers, ClosedLoop bookings)
    {
        // Streams have code of their own, here and in the product, and it is compiled anew while it is young: not the streams' cost.
        await using (await Streams.Open(callers, world, Subscribers, Unread, (_, _) => true, session.Cancel)) await session.WarmUp("feed, bookings beside streams", bookings);
        var pairs = new List<(double With, double Without)>();
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var first = round % 2 == 0 ? await Bookings() : 0;
            double with;
            await using (await Streams.Open(callers, world, Subscribers, Unread, (_, _) => true, session.Cancel)) with = await Bookings();
            pairs.Add((with, round % 2 == 0 ? first : await Bookings()));
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.AtLeast($"feed/{Subscribers}/booking-ratio", median, 0.95) with { Interval = (low, high) });

        async Task<double> Bookings() => (await session.Take(product, bookings)).Window.Rate;
    }

    /// <summary>What the database does for the same bookings in a second, with dashboards and without, in turn.</summary>
    private static async Task Database(Session session, World world, ProductTarget product, Route callers, Draw draw)
    {
        using var load = new OpenLoop(product.Route(world), draw, connections: 8, session.NextSeed());
        var pairs = new List<(double With, double Without)>();
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var first = round % 2 == 0 ? await Postgres() : 0;
            double with;
            await using (await Streams.Open(callers, world, Dashboards, Unread, (_, _) => true, session.Cancel)) with = await Postgres();
            pairs.Add((with, round % 2 == 0 ? first : await Postgres()));
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.AtMost($"feed/{Dashboards}/postgres-ratio", median, 1.05) with { Interval = (low, high) });

        async Task<double> Postgres()
        {
            await load.Run(Rate, session.Plan.Lead);
            var before = product.ProcessorTime.Postgres;
            var window = await load.Run(Rate, session.Plan.Turn);
            return (product.ProcessorTime.Postgres - before).TotalMicroseconds / Math.Max(1, window.Tally.Ok);
        }
    }

    /// <summary>Messages come whole over the network, and what a screen makes of them is the work of its own machine.</summary>
    private static byte[] Unread(byte[] message) => message;

    /// <summary>Open streams of the region's capacity by site, as dashboards have them.</summary>
    private sealed class Streams : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly List<GrpcChannel> _channels = [];
        private Task _reading = Task.CompletedTask;

        private Streams(CancellationToken cancel) => _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        /// <summary>Returns when every one of them has its list.</summary>
        /// <param name="told">What is done with a message of one of them; true when it has its list.</param>
        public static async Task<Streams> Open<T>(Route callers, World world, int count, Func<byte[], T> parse, Func<int, T, bool> told, CancellationToken cancel) where T : notnull
        {
            var request = new WatchCapacityRequest { Parent = $"networks/{world.Network}", By = CapacityBy.BySite, Region = $"regions/{World.Region}" };
            var watch = new Method<WatchCapacityRequest, Message<T>>(
                MethodType.ServerStreaming, Capacity.Descriptor.FullName, "WatchCapacity",
                Marshallers.Create<WatchCapacityRequest>(r => r.ToByteArray(), WatchCapacityRequest.Parser.ParseFrom),
                Marshallers.Create<Message<T>>(_ => throw new NotSupportedException(), bytes => new Message<T>(parse(bytes))));
            var streams = new Streams(cancel);
            var begun = new List<Task>();
            var reading = new List<Task>();
            foreach (var (token, those) in callers.Tokens.Zip(Enumerable.Range(0, count).Chunk(StreamsPerCaller)))
            {
                var channel = GrpcChannel.ForAddress(callers.Endpoint);
                streams._channels.Add(channel);
                var calls = channel.CreateCallInvoker();
                var options = new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } }, cancellationToken: streams._stop.Token);
                foreach (var number in those)
                {
                    var hasList = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    begun.Add(hasList.Task);
                    reading.Add(Read(calls.AsyncServerStreamingCall(watch, null, options, request), number, hasList));
                }
            }
            streams._reading = Task.WhenAll(reading);
            await Task.WhenAny(Task.WhenAll(begun), streams._reading).WaitAsync(Patience, TimeProvider.System, cancel);
            if (streams._reading.IsCompleted) await streams._reading;
            return streams;

            async Task Read(AsyncServerStreamingCall<Message<T>> call, int number, TaskCompletionSource hasList)
            {
                using (call)
                {
                    try
                    {
                        await foreach (var message in call.ResponseStream.ReadAllAsync(streams._stop.Token))
                        {
                            if (told(number, message.Content)) hasList.TrySetResult();
                        }
                    }
                    catch (Exception e) when (e is RpcException or OperationCanceledException && streams._stop.IsCancellationRequested)
                    {
                        return;
                    }
                    throw new InvalidOperationException("feed: a stream has ended by itself.");
                }
            }
        }

        private sealed record Message<T>(T Content);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading;
            foreach (var channel in _channels) channel.Dispose();
            _stop.Dispose();
        }
    }
}
