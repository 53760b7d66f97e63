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
/// What it costs to accept a referral across two sites, against a plain booking: each of people who are awake already. An accept changes the person, the referral, the cohort
/// that is left and the one that is joined, in one unit; a booking the person and one cohort. The product alone.
/// </summary>
internal static class Moves
{
    private const int Clients = 64;

    /// <summary>People of one turn of either kind.</summary>
    private const int People = 2_000;

    /// <summary>Turns whose figures do not count: the paths are compiled meanwhile.</summary>
    private const int Warm = 2;

    public static async Task Run(Session session)
    {
        var turns = Warm + session.Plan.Rounds;
        // One site that refers and one that is asked; whoever is only booked goes to the first.
        var world = new World("bench", 2 * World.CohortsPerSite, 0, 2 * People * turns);
        await using var product = new ProductTarget(await session.Cluster("accept"), session.KeyFile, "accept");
        session.Note($"accept: seeding {world.Cohorts} cohorts and {world.People} people.");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var route = product.Route(world);
        using var connection = route.Open(0);
        var (random, person) = (session.NextSeed(), 0);
        var pairs = new List<(double Booking, double Accept)>();
        for (var turn = 0; turn < turns; turn++)
        {
            var plain = Next();
            await Do("waking", [.. plain.Select(p => (Methods.GetParticipant, (IMessage)new GetParticipantRequest { Name = p.Name }))]);
            var bookings = await Do("booking", [.. plain.Select(p => (Methods.Book, Book(p)))]);

            var moving = Next();
            await Do("booking here", [.. moving.Select(p => (Methods.Book, Book(p)))]);
            await Do("referring", [.. moving.Select(p => (Methods.CreateReferral, Refer(p)))]);
            var names = await Referrals(connection);
            var accepts = await Do("accepting", [.. moving.Select(p => (Methods.AcceptReferral, (IMessage)new AcceptReferralRequest { Name = names[p.Name], Cohort = There(p.Number), RequestId = RequestIds.Next(ref random) }))]);
            session.Note(FormattableString.Invariant($"accept: {bookings:F0} bookings/s, {accepts:F0} accepts/s{(turn < Warm ? " (warming up)" : "")}"));
            if (turn >= Warm) pairs.Add((bookings, accepts));
        }
        var (median, low, high) = Pairs.Ratio(pairs);
        session.Result(Measure.Told("accept/bookings-per-second", Pairs.Median(pairs.Select(p => p.Booking))));
        session.Result(Measure.Told("accept/accepts-per-second", Pairs.Median(pairs.Select(p => p.Accept))));
        session.Result(Measure.AtMost("accept/cost-of-bookings", median, 2.0) with { Interval = (low, high) });

        List<(int Number, string Name)> Next() => [.. Enumerable.Range(0, People).Select(_ => (person, world.PersonName(person++)))];

        string Here(int number) => world.CohortName(number % World.CohortsPerSite);

        string There(int number) => world.CohortName(World.CohortsPerSite + (number % World.CohortsPerSite));

        IMessage Book((int Number, string Name) who) => new BookSeatRequest { Cohort = Here(who.Number), Participant = who.Name, RequestId = RequestIds.Next(ref random) };

        IMessage Refer((int Number, string Name) who) => new CreateReferralRequest
        {
            Parent = SiteOf(Here(0)),
            Participant = who.Name,
            Target = SiteOf(There(0)),
            Program = World.Program,
            Cohort = There(who.Number),
            Leaves = Here(who.Number),
            Reason = "closer-to-home",
            SharingConsented = true,
            RequestId = RequestIds.Next(ref random),
        };

        async Task<double> Do(string what, List<(string Path, IMessage Request)> calls)
        {
            var list = new CallList(calls);
            using var loop = new ClosedLoop(route, Clients, _ => list.Client());
            var window = await session.Run(loop, TimeSpan.FromMinutes(2));
            return window.Tally.Ok == calls.Count ? window.Rate : throw new InvalidOperationException($"accept: {what} did not go through for everybody: {window.Tally}");
        }

        async Task<Dictionary<string, string>> Referrals(Connection from)
        {
            await product.CaughtUp(session.Cancel);
            var names = new Dictionary<string, string>();
            var request = new ListReferralsRequest { Parent = SiteOf(There(0)), PageSize = 200 };
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
