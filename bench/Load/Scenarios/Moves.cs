using Google.Protobuf;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>
/// Accepting a referral across two sites, against a plain booking of the product and against the same in the peer's one stored function. An accept changes the person, the
/// referral, the cohort that is left and the one that is joined, in one unit; a booking the person and one cohort. Everybody is awake already, and a seat is held for whoever moves.
/// </summary>
internal static class Moves
{
    private const int Clients = 64;

    /// <summary>People of one turn of either kind.</summary>
    private const int People = 2_000;

    /// <summary>Turns whose figures do not count: the paths are compiled meanwhile.</summary>
    private const int Warm = 6;

    public static async Task Run(Session session)
    {
        var turns = Warm + session.Plan.Rounds;
        // One site that refers and one that is asked; whoever is only booked goes to the first.
        var world = new World("bench", 2 * World.CohortsPerSite, 0, 2 * People * turns);
        await using var product = new ProductTarget(await session.Cluster("accept"), session.KeyFile, "accept");
        await using var peer = new PeerTarget(await session.Cluster("accept-peer"), session.KeyFile);
        session.Note($"accept: seeding {world.Cohorts} cohorts and {world.People} people.");
        await product.Seed(world, session.Cancel);
        await peer.Seed(world, session.Cancel);
        var peersNames = await peer.SeedReferrals(world, [.. Enumerable.Range(0, turns).SelectMany(Moving).Select(person => (person, Here(person), There(person)))], session.Cancel);
        await product.Start(world, session.Cancel);
        await peer.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var (route, peersRoute) = (product.Route(world), peer.Route(world));
        using var connection = route.Open(0);
        var random = session.NextSeed();
        var taken = new List<(Turn Booking, Turn Accept, Turn Peer)>();
        for (var turn = 0; turn < turns; turn++)
        {
            var plain = Enumerable.Range(2 * turn * People, People).ToArray();
            await Do(route, "waking", [.. plain.Select(p => (Methods.GetParticipant, (IMessage)new GetParticipantRequest { Name = world.PersonName(p) }))]);
            var bookings = await Timed(product, route, "booking", [.. plain.Select(p => (Methods.Book, Book(p)))]);

            var moving = Moving(turn).ToArray();
            await Do(route, "booking here", [.. moving.Select(p => (Methods.Book, Book(p)))]);
            await Do(route, "referring", [.. moving.Select(p => (Methods.CreateReferral, Refer(p)))]);
            var names = await Referrals(connection);
            var first = turn % 2 == 0 ? await Peer() : null;
            var accepts = await Timed(product, route, "accepting", [.. moving.Select(p => (Methods.AcceptReferral, Accept(names[world.PersonName(p)], p)))]);
            var peers = first ?? await Peer();
            session.Note(FormattableString.Invariant(
                $"accept: {bookings.Window.Rate:F0} bookings/s, {accepts.Window.Rate:F0} accepts/s, the peer's {peers.Window.Rate:F0}/s{(turn < Warm ? " (warming up)" : "")}"));
            if (turn >= Warm) taken.Add((bookings, accepts, peers));

            Task<Turn> Peer() => Timed(peer, peersRoute, "the peer's accepting", [.. moving.Select((p, i) => (Methods.AcceptReferral, Accept(peersNames[(turn * People) + i], p)))]);
        }
        session.Note($"accept: a booking {new Compared.Side([.. taken.Select(t => t.Booking)])}");
        session.Note($"accept: an accept {new Compared.Side([.. taken.Select(t => t.Accept)])}");
        session.Note($"accept: the peer's {new Compared.Side([.. taken.Select(t => t.Peer)])}");
        session.Result(Measure.Told("accept/bookings-per-second", Pairs.Median(taken.Select(t => t.Booking.Window.Rate))));
        session.Result(Measure.Told("accept/accepts-per-second", Pairs.Median(taken.Select(t => t.Accept.Window.Rate))));
        session.Result(Measure.Told("accept/peer-per-second", Pairs.Median(taken.Select(t => t.Peer.Window.Rate))));
        var (median, low, high) = Pairs.Ratio([.. taken.Select(t => (t.Booking.Window.Rate, t.Accept.Window.Rate))]);
        session.Result(Measure.AtMost("accept/cost-of-bookings", median, 2.0) with { Interval = (low, high) });
        (median, low, high) = Pairs.Ratio([.. taken.Select(t => (t.Accept.Window.Rate, t.Peer.Window.Rate))]);
        session.Result(Measure.AtLeast("accept/ratio", median, 1.5) with { Interval = (low, high) });

        static IEnumerable<int> Moving(int turn) => Enumerable.Range(((2 * turn) + 1) * People, People);

        static int Here(int person) => person % World.CohortsPerSite;

        static int There(int person) => World.CohortsPerSite + (person % World.CohortsPerSite);

        IMessage Book(int person) => new BookSeatRequest { Cohort = world.CohortName(Here(person)), Participant = world.PersonName(person), RequestId = RequestIds.Next(ref random) };

        IMessage Accept(string referral, int person) => new AcceptReferralRequest { Name = referral, Cohort = world.CohortName(There(person)), RequestId = RequestIds.Next(ref random) };

        IMessage Refer(int person) => new CreateReferralRequest
        {
            Parent = SiteOf(world.CohortName(Here(person))),
            Participant = world.PersonName(person),
            Target = SiteOf(world.CohortName(There(person))),
            Program = World.Program,
            Cohort = world.CohortName(There(person)),
            Leaves = world.CohortName(Here(person)),
            Reason = "closer-to-home",
            SharingConsented = true,
            RequestId = RequestIds.Next(ref random),
        };

        async Task<Turn> Timed(Target target, Route asked, string what, List<(string Path, IMessage Request)> calls)
        {
            var (before, mine) = (target.ProcessorTime, Environment.CpuUsage.TotalTime);
            var window = await Do(asked, what, calls);
            var after = target.ProcessorTime;
            return new Turn(window, after.Server - before.Server, after.Postgres - before.Postgres, Environment.CpuUsage.TotalTime - mine);
        }

        async Task<Window> Do(Route asked, string what, List<(string Path, IMessage Request)> calls)
        {
            var list = new CallList(calls);
            using var loop = new ClosedLoop(asked, Clients, _ => list.Client());
            var window = await session.Run(loop, TimeSpan.FromMinutes(2));
            return window.Tally.Ok == calls.Count ? window : throw new InvalidOperationException($"accept: {what} did not go through for everybody: {window.Tally}");
        }

        async Task<Dictionary<string, string>> Referrals(Connection from)
        {
            await product.CaughtUp(session.Cancel);
            var names = new Dictionary<string, string>();
            var request = new ListReferralsRequest { Parent = SiteOf(world.CohortName(There(0))), PageSize = 200 };
            do
            {
                var page = await Probe.Call(from, Methods.ListReferrals, request, ListReferralsResponse.Parser) ?? throw new InvalidOperationException("The worklist could not be read.");
                foreach (var referral in page.Referrals) names[referral.Participant] = referral.Name;
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);
            return names;
        }
    }

    private static string SiteOf(string cohort) => cohort[..cohort.IndexOf("/cohorts/", StringComparison.Ordinal)];
}
