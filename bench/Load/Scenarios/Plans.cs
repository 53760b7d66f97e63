using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Scenarios;

/// <summary>Plans of whole cohorts, forty people in five pods each. The product alone: its peer has no plans.</summary>
internal static class Plans
{
    private const int Warm = 5, Ones = 15, AtOnce = 20;

    /// <summary>One plan after the other, and then twenty at one site at once, all of one team in twenty quarters: every one of them takes the same turns.</summary>
    public static async Task Run(Session session)
    {
        var world = new World("bench", 1, 0, 1);
        await using var product = new ProductTarget(await session.Cluster("plan"), session.KeyFile, "plan");
        await product.Seed(world, session.Cancel);
        await product.Start(world, session.Cancel);
        await product.CaughtUp(session.Cancel);
        var route = product.Route(world);
        var random = session.NextSeed();
        var (one, many) = (new PlanWorld(world.Network, "one"), new PlanWorld(world.Network, "many"));
        using var connection = route.Open(0);
        await Prepare([one.Publish(ref random), .. one.Prepare(session.NextSeed()), .. many.Prepare(session.NextSeed())]);

        var took = new List<double>();
        for (var quarter = 0; quarter < Warm + Ones; quarter++)
        {
            var request = one.Cohort(quarter, ref random);
            var clock = Stopwatch.StartNew();
            await Planned(connection, request);
            if (quarter >= Warm) took.Add(clock.Elapsed.TotalMilliseconds);
        }
        session.Note(FormattableString.Invariant($"plan: {took.Min():F1} to {took.Max():F1} ms"));
        session.Result(Measure.AtMost("plan-one", Pairs.Median(took), 100));

        var requests = new List<PlanCohortRequest>();
        for (var quarter = 0; quarter < AtOnce; quarter++) requests.Add(many.Cohort(quarter, ref random));
        var all = Stopwatch.StartNew();
        await Task.WhenAll(requests.Select(r => Planned(connection, r)));
        session.Result(Measure.AtMost("plan-twenty", all.Elapsed.TotalSeconds, 3));

        async Task Prepare((string Path, IMessage Request)[] calls)
        {
            foreach (var (path, request) in calls)
            {
                if (await Probe.Call(connection, path, request).WaitAsync(session.Cancel) is not StatusCode.OK and var status)
                    throw new InvalidOperationException($"{path} was answered with {status}: {request}");
            }
        }
    }

    /// <exception cref="InvalidOperationException">It was refused, or is not all there.</exception>
    private static async Task Planned(Connection connection, PlanCohortRequest request)
    {
        var cohort = await Probe.Call(connection, Methods.PlanCohort, request, Cohort.Parser);
        if (cohort?.Sessions.Count != PlanWorld.Sessions) throw new InvalidOperationException($"{request.CohortId} has {cohort?.Sessions.Count ?? 0} of {PlanWorld.Sessions} sessions.");
    }
}
