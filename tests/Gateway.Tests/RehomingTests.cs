using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>Plans by which people go elsewhere, by gRPC and by JSON, on real grains and a real database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class RehomingTests(RealGateway gateway)
{
    private Rehoming.RehomingClient Client => new(gateway.Channel);

    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);

    [Fact]
    public async Task A_plan_is_proposed_reviewed_and_cancelled_and_stands_in_the_list()
    {
        var request = (ProposeRehomeRequest)Samples.Of("/rtt.v1.Rehoming/ProposeRehome", gateway.North);
        var tried = request.Clone();
        (tried.ValidateOnly, tried.RequestId) = (true, Samples.Id());
        Assert.Equal(("cohort", 1), ((await Client.ProposeRehomeAsync(tried, Operator)).Cause, (await Client.ProposeRehomeAsync(request, Operator)).Revision));
        var plan = await Client.ProposeRehomeAsync(request, Operator);
        Assert.Equal((gateway.North.CohortName, "proposed", 0), (plan.Subject, plan.Status, plan.Items.Count));

        // The person of the scene has their seat there, and is still in it.
        var item = (await Client.GetRehomeAsync(new GetRehomeRequest { Name = plan.Name }, Operator)).Items.Single(i => i.Participant == gateway.North.ParticipantName);
        Assert.Equal((gateway.North.CohortName, gateway.North.CohortName), (item.From, Assert.Single(item.Now)));

        var anew = await Client.ProposeRehomeAsync(new ProposeRehomeRequest { Parent = gateway.North.NetworkName, Rehome = plan.Name, RequestId = Samples.Id() }, Operator);
        Assert.Equal((plan.Name, 2), (anew.Name, anew.Revision));
        var stale = await Assert.ThrowsAsync<RpcException>(() => Client.ApproveRehomeAsync(new ApproveRehomeRequest { Name = plan.Name, Revision = 1, RequestId = Samples.Id() }, Operator).ResponseAsync);
        Assert.Equal((StatusCode.FailedPrecondition, "REHOME_REVISED"), (stale.StatusCode, stale.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason));
        var cancelled = await Client.CancelRehomeAsync(new CancelRehomeRequest { Name = plan.Name, Reason = "stays-open", RequestId = Samples.Id() }, Operator);
        Assert.Equal(("cancelled", "stays-open"), (cancelled.Status, cancelled.CancelReason));

        await gateway.Reached(gateway.North.NetworkName, cancelled.Token, Operator);
        var listed = new List<Rehome>();
        for (var page = ""; ;)
        {
            var reply = await Client.ListRehomesAsync(new ListRehomesRequest { Parent = gateway.North.NetworkName, PageSize = 1, PageToken = page, AtLeast = cancelled.Token }, Operator);
            listed.AddRange(reply.Rehomes);
            if (reply.NextPageToken.Length == 0) break;
            page = reply.NextPageToken;
        }
        Assert.Equal(("cancelled", 2, gateway.North.CohortName), listed.Where(p => p.Name == plan.Name).Select(p => (p.Status, p.Revision, p.Subject)).Single());
    }

    [Fact]
    public async Task A_facilitator_who_carries_nobody_leaves_nobody_to_rehome_and_a_plan_has_one_cause()
    {
        var none = await Assert.ThrowsAsync<RpcException>(() => Client.ProposeRehomeAsync(
            new ProposeRehomeRequest { Parent = gateway.North.NetworkName, Facilitator = gateway.North.SubstituteName, RequestId = Samples.Id() }, Operator).ResponseAsync);
        Assert.Equal("NOT_NEEDED", none.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
        var two = await Assert.ThrowsAsync<RpcException>(() => Client.ProposeRehomeAsync(
            new ProposeRehomeRequest { Parent = gateway.North.NetworkName, Site = gateway.North.SiteName, Cohort = gateway.North.CohortName, RequestId = Samples.Id() }, Operator).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, two.StatusCode);
    }

    [Fact]
    public async Task The_same_by_json()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{gateway.North.NetworkName}/rehomes")
        {
            Content = JsonContent.Create(new { room = gateway.North.RoomName, requestId = Samples.Id() }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.OperatorToken);
        using var response = await gateway.Http.SendAsync(request);
        var plan = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(response.IsSuccessStatusCode, plan.ToString());
        Assert.Equal(("room", gateway.North.RoomName), (plan.GetProperty("cause").GetString(), plan.GetProperty("subject").GetString()));
    }
}
