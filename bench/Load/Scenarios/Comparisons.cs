using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>The scenarios that compare the product with its peer.</summary>
internal static class Comparisons
{
    /// <summary>Durable bookings by people who were never touched before, over 1,000 cohorts.</summary>
    public static async Task BookCold(Session session)
    {
        foreach (var (clients, least) in new[] { (64, 1.5), (256, 2.0) })
        {
            var compared = await session.Compare($"book-cold/{clients}", target => session.Bookings(target, clients));
            Rates(session, $"book-cold/{clients}", compared, least);
            if (clients != 64) continue;
            var (median, low, high) = compared.Ratio(w => w.Tally.Milliseconds(99));
            session.Result(Measure.AtMost("book-cold/64/p99-ratio", median, 1.0) with { Interval = (low, high) });
        }
    }

    /// <summary>64 clients who book and cancel in one cohort.</summary>
    public static async Task OneCohort(Session session)
    {
        var world = session.World;
        // A cohort that no cold booking goes to any more, or yet: it has room for all clients at once.
        var cohort = world.CohortName(world.Cohorts - 1);
        var compared = await session.Compare("one-cohort", target =>
        {
            var person = session.FirstOneCohortPerson;
            return new ClosedLoop(target.Route(world), Session.OneCohortClients, _ =>
            {
                var people = Enumerable.Range(person, Session.OneCohortPeople).Select(world.PersonName).ToArray();
                person += Session.OneCohortPeople;
                return new BookAndCancel(cohort, people, session.NextSeed());
            });
        });
        Rates(session, "one-cohort", compared, 1.5);
    }

    /// <summary>One client alone: how long it waits.</summary>
    public static async Task OneClient(Session session)
    {
        var compared = await session.Compare("one-client", target => session.Bookings(target, 1));
        var (median, low, high) = compared.Ratio(w => w.Tally.Milliseconds(50));
        session.Result(Measure.AtMost("one-client/p50-ratio", median, 2.0) with { Interval = (low, high) });
        session.Result(Measure.AtMost("one-client/p50-ms", compared.Product.Median(w => w.Tally.Milliseconds(50)), 2.0));
    }

    /// <summary>Reads of single cohorts.</summary>
    public static async Task CapacityRead(Session session)
    {
        var names = Enumerable.Range(0, Math.Min(1000, session.World.Cohorts)).Select(session.World.CohortName).ToArray();
        var compared = await session.Compare("capacity-read", target => new ClosedLoop(target.Route(session.World), 64, _ => new Reads(names, session.NextSeed())));
        Rates(session, "capacity-read", compared, 5.0);
    }

    /// <summary>Ten times as many people as seats, at once: exactly the seats are given, and everybody else is told so.</summary>
    public static async Task Rush(Session session)
    {
        const int clients = 256;
        await session.Both();
        var world = session.World;
        foreach (var target in new Target[] { session.Peer!, session.Product! })
        {
            using var bookings = session.Bookings(target, clients);
            await session.WarmUp($"rush, bookings, {target.Name}", bookings);
        }
        var pairs = new List<(double Product, double Peer)>();
        var wrong = 0;
        for (var round = 0; round < session.Plan.RushRounds + Session.RushWarm; round++)
        {
            if (round == Session.RushWarm)
            {
                // The cohorts of the first rush are full: nine tenths of a rush are told so.
                var full = Enumerable.Range(world.Cohorts, Session.RushCohorts).Select(world.CohortName).ToArray();
                var people = Enumerable.Range(session.FirstRushPerson(0), Session.RushPeople).Select(world.PersonName).ToArray();
                foreach (var target in new Target[] { session.Peer!, session.Product! })
                {
                    using var refusals = new ClosedLoop(target.Route(world), clients, _ => new BookAnywhere(full, people, session.NextSeed()));
                    await session.WarmUp($"rush, refusals, {target.Name}", refusals, window => window.Decisions);
                }
            }
            var first = round % 2 == 0 ? await One(session.Peer!) : 0;
            var product = await One(session.Product!);
            var peer = round % 2 == 0 ? first : await One(session.Peer!);
            if (round >= Session.RushWarm) pairs.Add((product, peer));

            async Task<double> One(Target target)
            {
                var list = new RushList([.. Bookings(world, round, session)], Session.RushCohorts);
                using var loop = new ClosedLoop(target.Route(world), clients, _ => list.Client(session.NextSeed()));
                var window = await session.Run(loop, TimeSpan.FromSeconds(60));
                var cohorts = Enumerable.Range(world.Cohorts + (round * Session.RushCohorts), Session.RushCohorts).ToArray();
                var booked = await Booked(target, world, cohorts);
                wrong += list.SeatsGiven.Count(given => given != World.RushSeats) + booked.Count(b => b != World.RushSeats);
                if (window.Tally.Decided != window.Tally.Total) session.Note($"rush, {target.Name}: not all were decided: {window.Tally}");
                return window.Decisions;
            }
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.Told("rush/product-decisions-per-second", Pairs.Median(pairs.Select(p => p.Product))));
        session.Result(Measure.Told("rush/peer-decisions-per-second", Pairs.Median(pairs.Select(p => p.Peer))));
        session.Result(Measure.AtLeast("rush/ratio", median, 4.0) with { Interval = (low, high) });
        session.Result(Measure.AtMost("rush/cohorts-with-wrong-seats", wrong, 0));
    }

    private static void Rates(Session session, string name, Compared compared, double least)
    {
        session.Result(Measure.Told($"{name}/product-per-second", compared.Product.Median(w => w.Rate)));
        session.Result(Measure.Told($"{name}/peer-per-second", compared.Peer.Median(w => w.Rate)));
        var (median, low, high) = compared.Ratio(w => w.Rate);
        session.Result(Measure.AtLeast($"{name}/ratio", median, least) with { Interval = (low, high) });
        var failed = compared.Rounds.Sum(r => r.Product.Window.Tally.Total - r.Product.Window.Tally.Ok + r.Peer.Window.Tally.Total - r.Peer.Window.Tally.Ok);
        if (failed > 0) session.Note($"{name}: {failed} calls were not accepted.");
    }

    /// <summary>The bookings of one rush, in an order by chance.</summary>
    private static (int Cohort, string CohortName, string Person)[] Bookings(World world, int round, Session session)
    {
        var bookings = new (int, string, string)[Session.RushPeople];
        for (var i = 0; i < bookings.Length; i++)
        {
            var cohort = i % Session.RushCohorts;
            bookings[i] = (cohort, world.CohortName(world.Cohorts + (round * Session.RushCohorts) + cohort), world.PersonName(session.FirstRushPerson(round) + i));
        }
        var random = Draw.Mix((ulong)round);
        for (var i = bookings.Length - 1; i > 0; i--)
        {
            random = Draw.Mix(random);
            var j = (int)(random % (ulong)(i + 1));
            (bookings[i], bookings[j]) = (bookings[j], bookings[i]);
        }
        return bookings;
    }

    private static async Task<IReadOnlyList<int>> Booked(Target target, World world, IReadOnlyList<int> cohorts)
    {
        using var connection = target.Route(world).Open(0);
        var booked = new List<int>();
        foreach (var cohort in cohorts)
        {
            var reply = await Probe.Call(connection, Methods.Get, new GetCohortRequest { Name = world.CohortName(cohort) }, Cohort.Parser);
            booked.Add(reply?.Seats.Booked ?? throw new InvalidOperationException($"The {target.Name} does not answer for {world.CohortName(cohort)}."));
        }
        return booked;
    }
}
