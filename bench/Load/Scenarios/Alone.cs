using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>The scenarios that concern the product alone.</summary>
internal static class Alone
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>With what each may have in flight, several times more calls than a server works on at once: what it sheds is its own doing.</summary>
    private const int OverloadConnections = 128;

    /// <summary>Five times as many bookings as it can do: it does what it can, tells the others when to come back, and forgets it at once.</summary>
    public static async Task Overload(Session session)
    {
        const double times = 5, calmShare = 0.2;
        await session.Both();
        var product = session.Product!;
        double most;
        using (var closed = session.Bookings(product, 256)) most = await session.WarmUp("overload, the most", closed);

        using var open = new OpenLoop(product.Route(session.World), session.ProductDraw, connections: OverloadConnections, session.NextSeed());
        var second = TimeSpan.FromSeconds(1);
        await open.Run(most * calmShare, second);
        var calm = await open.Run(most * calmShare, 3 * second);
        // Less than this is no difference that anybody sees, and on a busy machine it is chance.
        var normal = Math.Max(2 * calm.Tally.Milliseconds(99), 20);

        var memoryBefore = product.ResidentBytes;
        var half = session.Plan.Overload / 2;
        var one = await open.Run(most * times, half);
        var memoryHalf = product.ResidentBytes;
        var other = await open.Run(most * times, half);
        var memoryAfter = product.ResidentBytes;
        session.Note($"overload: {most:F0}/s is the most; offered {most * times:F0}/s: {one.Tally}, {other.Tally}, not sent {one.Unsent + other.Unsent}; memory {memoryBefore / Megabyte}, {memoryHalf / Megabyte}, {memoryAfter / Megabyte} MB");

        var clock = Stopwatch.StartNew();
        var recovered = double.PositiveInfinity;
        while (clock.Elapsed < 15 * second)
        {
            var at = clock.Elapsed.TotalSeconds;
            var window = await open.Run(most * calmShare, second);
            if (window.Tally.Ok != window.Tally.Total || window.Tally.Milliseconds(99) > normal) continue;
            recovered = at;
            break;
        }

        session.Result(Measure.Told("overload/most-per-second", most));
        session.Result(Measure.AtLeast("overload/goodput-share", (one.Goodput + other.Goodput) / 2 / most, 0.8));
        session.Result(Measure.AtMost("overload/memory-growth", (double)memoryAfter / memoryHalf, 1.1));
        session.Result(Measure.AtMost("overload/failures-without-retry-info", one.Unexplained + other.Unexplained, 0));
        session.Result(Measure.AtMost("overload/seconds-to-normal-latency", double.IsFinite(recovered) ? recovered : 999, 10));
    }

    /// <summary>The same load on a small network and on a large one.</summary>
    public static async Task Scale(Session session)
    {
        var small = new World("bench", 1_000, 0, 10_000);
        var large = session.Plan == Plan.Quick ? new World("bench", 10_000, 0, 100_000) : new World("bench", 100_000, 0, 1_000_000);
        await using var one = new ProductTarget(await session.Cluster("scale-small"), session.KeyFile, "small");
        await using var other = new ProductTarget(await session.Cluster("scale-large"), session.KeyFile, "large");
        foreach (var (target, world) in new[] { (one, small), (other, large) })
        {
            session.Note($"scale: seeding {world.Cohorts} cohorts and {world.People} people.");
            await target.Seed(world, session.Cancel);
            await target.Start(world, session.Cancel);
            await target.CaughtUp(session.Cancel);
        }
        // As many people and cohorts as the small network has, spread over all of the large one.
        using var onSmall = Load(one, small);
        using var onLarge = Load(other, large);
        await session.WarmUp("scale, small", onSmall);
        await session.WarmUp("scale, large", onLarge);
        var pairs = new List<(double Large, double Small)>();
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var first = round % 2 == 0 ? (await session.Take(one, onSmall)).Window.Rate : 0;
            var big = (await session.Take(other, onLarge)).Window.Rate;
            pairs.Add((big, round % 2 == 0 ? first : (await session.Take(one, onSmall)).Window.Rate));
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.Told("scale/small-per-second", Pairs.Median(pairs.Select(p => p.Small))));
        session.Result(Measure.Told("scale/large-per-second", Pairs.Median(pairs.Select(p => p.Large))));
        session.Result(Measure.AtLeast("scale/ratio", median, 0.8) with { Interval = (low, high) });

        ClosedLoop Load(Target target, World world)
        {
            const int clients = 64;
            var perClient = small.People / clients;
            var stride = world.People / small.People;
            var person = 0;
            return new ClosedLoop(target.Route(world), clients, _ =>
            {
                var people = Enumerable.Range(person, perClient).Select(p => world.PersonName(p * stride)).ToArray();
                person += perClient;
                var cohorts = Enumerable.Range(0, small.Cohorts).Select(c => world.CohortName(c * (world.Cohorts / small.Cohorts))).ToArray();
                return new BookAndCancelAnywhere(cohorts, people, session.NextSeed());
            });
        }
    }

    /// <summary>What a silo needs when very many are active at once.</summary>
    public static async Task Memory(Session session)
    {
        var world = new World("bench", 10_000, 0, 100_000);
        await using var product = new ProductTarget(await session.Cluster("memory"), session.KeyFile, "memory");
        session.Note($"memory: seeding {world.Cohorts} cohorts and {world.People} people.");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var all = Enumerable.Range(0, world.Cohorts).Select(c => (Methods.Get, (IMessage)new GetCohortRequest { Name = world.CohortName(c) }))
            .Concat(Enumerable.Range(0, world.People).Select(p => (Methods.GetParticipant, (IMessage)new GetParticipantRequest { Name = world.PersonName(p) })))
            .ToList();
        var calls = new CallList(all);
        using (var loop = new ClosedLoop(product.Route(world), 64, _ => calls.Client()))
        {
            var window = await session.Run(loop, TimeSpan.FromMinutes(5));
            if (window.Tally.Ok != all.Count) throw new InvalidOperationException($"Not everyone could be woken: {window.Tally}");
        }
        // Whatever the waking itself took is given back, or counts.
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, session.Cancel);
        session.Result(Measure.AtMost("memory/silo-mb", (double)product.ResidentBytes / Megabyte, 600));
    }

    /// <summary>A one-silo network is killed and started again: how long nobody can book.</summary>
    public static async Task Restart(Session session)
    {
        const int times = 5;
        var world = new World("bench", 1_000, 0, 20_000);
        await using var product = new ProductTarget(await session.Cluster("restart"), session.KeyFile, "restart");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var draw = new Draw(world, world.People, world.Cohorts);
        var random = session.NextSeed();
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            // Killed under load, as it would be.
            using (var loop = new ClosedLoop(product.Route(world), 16, _ => new ColdBookings(draw, session.NextSeed())))
            {
                var running = loop.Run(TimeSpan.FromSeconds(1));
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, session.Cancel);
                await product.Kill();
                await running;
            }
            draw.TryNext(ref random, out var cohort, out var person);
            var clock = Stopwatch.StartNew();
            product.Relaunch();
            var book = new BookSeatRequest { Cohort = cohort, Participant = person, RequestId = RequestIds.Next(ref random) };
            await Probe.Until(product.Route(world), Methods.Book, book, status => status == StatusCode.OK, TimeSpan.FromSeconds(60), session.Cancel);
            took.Add(clock.Elapsed.TotalSeconds);
        }
        session.Note($"restart: {string.Join(", ", took.Select(t => FormattableString.Invariant($"{t:F2}")))} s");
        session.Result(Measure.AtMost("restart/seconds-to-first-booking", Pairs.Median(took), 5));
    }
}
