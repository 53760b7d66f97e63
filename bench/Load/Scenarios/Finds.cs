using System.Diagnostics;
using Google.Protobuf;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>Searches for seats over a thousand sites and ten thousand open cohorts. The product alone: its peer has no search of this kind.</summary>
internal static class Finds
{
    /// <summary>As many at once as the machine that is measured has processors, server, database and client in one; and four times as many.</summary>
    private const int Clients = 2, ClientsMore = 8;
    private const int SearchesMin = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task Run(Session session)
    {
        var world = new World("bench", 1, 0, 1);
        var find = new FindWorld(world.Network);
        await using var product = new ProductTarget(await session.Cluster("find"), session.KeyFile, "find") { More = find.Entries() };
        session.Note($"find-seats: seeding {FindWorld.Sites} sites and {FindWorld.Sites * FindWorld.CohortsPerSite} open cohorts.");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var route = product.Route(world);
        using (var connection = route.Open(0))
        {
            var all = await Probe.Call(connection, Methods.SearchSeats, find.Widest(), SearchSeatsResponse.Parser);
            if (all?.Results.Count != 200 || all.NextPageToken.Length == 0) throw new InvalidOperationException($"The widest search shows {all?.Results.Count ?? 0} of 200.");
            if (!all.Results.Select(r => r.Match.Points).SequenceEqual(all.Results.Select(r => r.Match.Points).Order())) throw new InvalidOperationException("The widest search is not in order.");
        }

        foreach (var clients in (int[])[Clients, ClientsMore])
        {
            using var loop = new ClosedLoop(route, clients, _ => new Searches(find, session.NextSeed()));
            await session.WarmUp($"find-seats, {clients} at once", loop);
            var tally = new Tally();
            var clock = Stopwatch.StartNew();
            var turns = 0;
            // In windows of one turn each: searches that are under way at the end of one do not count.
            while ((turns < session.Plan.Rounds || tally.Ok < SearchesMin) && clock.Elapsed < Patience)
            {
                tally.Add((await session.Run(loop, session.Plan.Turn)).Tally);
                turns++;
            }
            session.Note(FormattableString.Invariant($"find-seats: {clients} at once, {tally.Ok / (turns * session.Plan.Turn.TotalSeconds):F0}/s; {tally}"));
            session.Result(Measure.AtLeast($"find-seats/{clients}/searches", tally.Ok, SearchesMin));
            session.Result(Measure.AtMost($"find-seats/{clients}/not-answered", tally.Total - tally.Ok, 0));
            session.Result(Measure.Told($"find-seats/{clients}/p50-ms", tally.Milliseconds(50)));
            session.Result(clients == Clients ? Measure.AtMost($"find-seats/{clients}/p99-ms", tally.Milliseconds(99), 20) : Measure.Told($"find-seats/{clients}/p99-ms", tally.Milliseconds(99)));
        }
    }

    private sealed class Searches(FindWorld world, ulong seed) : IWork
    {
        private ulong _random = Draw.Mix(seed);

        public bool TryNext(out string path, out IMessage request)
        {
            (path, request) = (Methods.SearchSeats, world.Search(ref _random));
            return true;
        }

        public void Ended(in Reply reply)
        {
        }
    }
}
