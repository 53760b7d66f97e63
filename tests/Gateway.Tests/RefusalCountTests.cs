using CsCheck;
using Google.Rpc;
using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>What is counted of refusals: each once, by network and reason.</summary>
public sealed class RefusalCountTests
{
    private const int NetworksMax = 1000;
    private static readonly string[] Names = ["a", "ab", "b", "a-b"];

    /// <summary>Whoever counts at once: of each network what was refused there and nothing of a network whose name is alike, the most frequent first.</summary>
    [Fact]
    public void Each_refusal_is_counted_once_for_its_own_network_whoever_counts_at_once()
    {
        var reasons = StatusTable.Reasons.Order(StringComparer.Ordinal).Take(5).Append("NO_SUCH_REASON").ToArray();
        var refusals = Gen.Select(Gen.Int[0, Names.Length - 1], Gen.Int[0, reasons.Length - 1], Gen.Bool, (network, reason, deep) => (Network: Names[network], Reason: reasons[reason], IsDeep: deep));
        refusals.Array[0, 4000].Sample(all =>
        {
            var counts = new RefusalCounts();
            Parallel.ForEach(all, r => counts.Count(r.IsDeep ? $"networks/{r.Network}/sites/b" : $"networks/{r.Network}", r.Reason));
            counts.Count("sites/a", reasons[0]);
            foreach (var network in Names)
            {
                Assert.Equal(
                    all.Where(r => r.Network == network && r.Reason != "NO_SUCH_REASON").GroupBy(r => r.Reason).Select(g => (g.Key, Count: g.LongCount())).OrderByDescending(g => g.Count).ThenBy(g => g.Key, StringComparer.Ordinal),
                    counts.Of(network));
            }
            Assert.Empty(counts.Of("other"));
        }, iter: 100, threads: 1);
    }

    /// <summary>What callers write cannot fill the memory: of more networks than so many nothing is counted, and of those that were there everything still is.</summary>
    [Fact]
    public void A_bounded_number_of_networks_is_told_apart()
    {
        var (counts, reason) = (new RefusalCounts(), StatusTable.Reasons.First());
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i <= NetworksMax; i++) counts.Count($"networks/n{i}", reason);
        }
        Assert.All(Enumerable.Range(0, NetworksMax), i => Assert.Equal([(reason, 2L)], counts.Of($"n{i}")));
        Assert.Empty(counts.Of($"n{NetworksMax}"));
    }
}

/// <summary>What the operator is told of refusals, on real grains and a real database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class RefusalsToldTests(RealGateway gateway)
{
    /// <summary>Through the whole of it: what rules refused to callers of two networks at once, and nothing that was refused for another cause.</summary>
    [Fact]
    public async Task The_operator_is_told_what_rules_refused_in_their_own_network()
    {
        var random = new Random(7);
        var networks = new[] { gateway.North, gateway.Foreign };
        var full = await Full();
        var before = await Task.WhenAll(networks.Select(Told));
        var refused = networks.Select(_ => new List<string>()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => (Network: random.Next(networks.Length), Kind: random.Next(5))).Chunk(12).Select(async some =>
        {
            foreach (var (network, kind) in some)
            {
                if (await Refused(networks[network], kind) is { } reason) lock (refused) refused[network].Add(reason);
            }
        }));
        for (var network = 0; network < networks.Length; network++)
        {
            var after = await Told(networks[network]);
            Assert.Equal(
                refused[network].GroupBy(r => r).Select(g => (g.Key, Count: g.LongCount())).OrderBy(r => r.Key, StringComparer.Ordinal),
                after.Select(a => (a.Key, Count: a.Value - before[network].GetValueOrDefault(a.Key))).Where(r => r.Count > 0).OrderBy(r => r.Key, StringComparer.Ordinal));
        }
        Assert.Contains("SEAT_FULL", refused[0]);

        // The reason by which a rule refused; null for what no rule refused.
        async Task<string?> Refused(Scene scene, int kind)
        {
            var headers = OperatorOf(scene);
            try
            {
                switch (kind)
                {
                    case 0:
                        await new Sites.SitesClient(gateway.Channel).CreateSiteAsync(new CreateSiteRequest { Parent = scene.NetworkName, SiteId = scene.Site, Site = Samples.Site(scene), RequestId = Samples.Id() }, headers);
                        break;
                    case 1:
                        await new WaitLists.WaitListsClient(gateway.Channel).DeclineOfferAsync(new DeclineOfferRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Reason = "not-now", RequestId = Samples.Id() }, headers);
                        break;
                    case 2 when scene == gateway.North:
                        await new Cohorts.CohortsClient(gateway.Channel).BookSeatAsync(new BookSeatRequest { Cohort = full.Cohort, Participant = full.Person, RequestId = Samples.Id() }, headers);
                        break;
                    case 3:
                        // No rule: it cannot be read.
                        await new Cohorts.CohortsClient(gateway.Channel).BookSeatAsync(new BookSeatRequest { Cohort = scene.CohortName, Participant = "nobody", RequestId = Samples.Id() }, headers);
                        break;
                    default:
                        // No rule: it is not theirs.
                        await new Cohorts.CohortsClient(gateway.Channel).GetCohortAsync(new GetCohortRequest { Name = scene.CohortName }, RealGateway.Headers(gateway.SouthToken));
                        break;
                }
                throw new InvalidOperationException($"Refused by nothing: {kind}.");
            }
            catch (RpcException e)
            {
                return e.StatusCode is StatusCode.FailedPrecondition or StatusCode.AlreadyExists || (kind < 3 && e.StatusCode is StatusCode.NotFound) ? e.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason : null;
            }
        }
    }

    private Metadata OperatorOf(Scene scene) => RealGateway.Headers(scene == gateway.Foreign ? gateway.Issuer.Mint(new Authentication.TokenRequest("ops", scene.Network, "operator")) : gateway.OperatorToken);

    private async Task<Dictionary<string, long>> Told(Scene scene)
    {
        var status = await new Operations.OperationsClient(gateway.Channel).GetStatusAsync(new GetStatusRequest { Parent = scene.NetworkName }, OperatorOf(scene));
        Assert.Equal(status.Refusals.OrderByDescending(r => r.Count).ThenBy(r => r.Reason, StringComparer.Ordinal), status.Refusals);
        return status.Refusals.ToDictionary(r => r.Reason, r => r.Count);
    }

    /// <summary>A cohort of one seat that is taken, and somebody who would like it.</summary>
    private async Task<(string Cohort, string Person)> Full()
    {
        var (scene, headers) = (gateway.North, RealGateway.Headers(gateway.OperatorToken));
        var plan = Samples.Cohort(scene);
        (plan.SeatsMin, plan.SeatsMax, plan.HoldPolicy) = (1, 1, null);
        plan.Staffing.Clear();
        var first = new LocalDate(2040, 1, 2);
        for (var i = 0; i < plan.Sessions.Count; i++)
        {
            var (at, day) = (plan.Sessions[i].LocalStart, first.PlusWeeks(i));
            (at.Year, at.Month, at.Day) = (day.Year, day.Month, day.Day);
        }
        var cohorts = new Cohorts.CohortsClient(gateway.Channel);
        await cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = scene.SiteName, CohortId = "full", Cohort = plan, RequestId = Samples.Id() }, headers);
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var people = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", scene), headers);
            await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, headers);
            people.Add(person.Name);
        }
        await cohorts.BookSeatAsync(new BookSeatRequest { Cohort = $"{scene.SiteName}/cohorts/full", Participant = people[0], RequestId = Samples.Id() }, headers);
        return ($"{scene.SiteName}/cohorts/full", people[1]);
    }
}
