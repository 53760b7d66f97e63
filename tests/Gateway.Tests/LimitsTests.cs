using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Tests.Hosting;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

public sealed class LimitsTests
{
    private static readonly Scene Scene = new("demo", "north", "fraser", "room-1", "c1", "f1", "p1");
    private static readonly MethodRule Get = MethodRules.All["/rtt.v1.Sites/GetSite"];
    private static readonly MethodRule Create = MethodRules.All["/rtt.v1.Sites/CreateSite"];
    private readonly FakeGrains _grains = new();

    public LimitsTests() => _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) => Views.Found(Views.Site()));

    [Fact]
    public async Task A_client_that_calls_too_often_is_told_when_to_come_back_and_others_go_on()
    {
        await using var host = await GatewayHost.Start(_grains, options => options with { CallsBurstMax = 3, CallsPerSecondMax = 1 });
        var call = new AnyCall(host.Channel, host.Http);
        var eager = host.Issuer.Mint(new TokenRequest("eager", "demo", "operator"));
        // At once, so that no machine is too slow for it: three, and one for each second that they took.
        var began = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => call.ByGrpc(Get, Samples.Of(Get.FullName, Scene), eager)));
        Assert.InRange(answers.Count(a => a.Code == StatusCode.OK), 3, 4 + (int)TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        Assert.Contains(answers, a => a.Code != StatusCode.OK);
        Assert.All(answers.Where(a => a.Code != StatusCode.OK), refused =>
        {
            Assert.Equal((StatusCode.ResourceExhausted, "RATE_LIMITED"), (refused.Code, refused.Reason));
            Assert.Contains("google.rpc.RetryInfo", refused.Text, StringComparison.Ordinal);
        });
        var byJson = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CodeOf(call.ByJson(Get, Samples.Of(Get.FullName, Scene), eager))));
        Assert.Contains((StatusCode.ResourceExhausted, "RATE_LIMITED"), byJson);

        var other = host.Issuer.Mint(new TokenRequest("other", "demo", "operator"));
        Assert.Equal(StatusCode.OK, (await call.ByGrpc(Get, Samples.Of(Get.FullName, Scene), other)).Code);
        var namesake = host.Issuer.Mint(new TokenRequest("eager", "elsewhere", "operator"));
        Assert.Equal(StatusCode.OK, (await call.ByGrpc(Get, Samples.Of(Get.FullName, Scene with { Network = "elsewhere" }), namesake)).Code);
    }

    [Fact]
    public async Task More_calls_at_once_than_there_are_places_are_refused_and_places_come_back()
    {
        var answer = new TaskCompletionSource<ReadAnswer<SiteView>>();
        var entered = new TaskCompletionSource();
        _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) =>
        {
            entered.TrySetResult();
            return answer.Task;
        });
        await using var host = await GatewayHost.Start(_grains, options => options with { CallsInFlightMax = 1 });
        var call = new AnyCall(host.Channel, host.Http);
        var token = host.Issuer.Mint(new TokenRequest("ops", "demo", "operator"));
        var first = call.ByGrpc(Get, Samples.Of(Get.FullName, Scene), token);
        await entered.Task;
        var refused = await call.ByJson(Get, Samples.Of(Get.FullName, Scene), token);
        Assert.Equal((StatusCode.ResourceExhausted, "OVERLOADED"), (refused.Code, refused.Reason));
        answer.SetResult(new ReadAnswer<SiteView>(Views.Site(), false));
        Assert.Equal(StatusCode.OK, (await first).Code);
        Assert.Equal(StatusCode.OK, (await call.ByGrpc(Get, Samples.Of(Get.FullName, Scene), token)).Code);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_refused_as_such()
    {
        await using var host = await GatewayHost.Start(_grains);
        var call = new AnyCall(host.Channel, host.Http);
        var token = host.Issuer.Mint(new TokenRequest("ops", "demo", "operator"));
        foreach (var bytes in new[] { CallMiddleware.RequestBytesMax + 1, 600_000, 3_000_000 })
        {
            var grpc = await call.ByGrpc(Create, new byte[bytes], token);
            Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (grpc.Code, grpc.Reason));
            var json = await call.ByJson(Create, "v1/networks/demo/sites", Encoding.UTF8.GetBytes($$"""{"siteId":"{{new string('x', bytes)}}"}"""), token);
            Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (json.Code, json.Reason));
        }
        Assert.Empty(_grains.Calls);
    }

    [Fact]
    public async Task A_large_body_of_nobody_is_not_read()
    {
        await using var host = await GatewayHost.Start(_grains);
        var outcome = await new AnyCall(host.Channel, host.Http).ByJson(Create, "v1/networks/demo/sites", new byte[300_000], null);
        Assert.Equal(StatusCode.Unauthenticated, outcome.Code);
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("""{"siteId":7}""", "application/json")]
    [InlineData("""{"siteId":{}}""", "application/json")]
    [InlineData("""{"site":{"latitude":"north"}}""", "application/json")]
    [InlineData("""{"siteId":"\ud800"}""", "application/json")]
    [InlineData("""{"validateOnly":"yes"}""", "application/json")]
    [InlineData("""{"siteId":"a"}{"siteId":"b"}""", "application/json")]
    [InlineData("""{"siteId":"ab"}""", "text/plain")]
    [InlineData("""{"siteId":"ab"}""", "application/json; charset=klingon")]
    public async Task Json_that_cannot_be_read_is_an_invalid_argument(string body, string type)
    {
        await using var host = await GatewayHost.Start(_grains);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/networks/demo/sites") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", host.Issuer.Mint(new TokenRequest("ops", "demo", "operator")));
        using var response = await host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("MALFORMED_REQUEST", text, StringComparison.Ordinal);
        Assert.Contains("google.rpc.ErrorInfo", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_as_deep_as_a_well_is_an_invalid_argument()
    {
        await using var host = await GatewayHost.Start(_grains);
        var call = new AnyCall(host.Channel, host.Http);
        var token = host.Issuer.Mint(new TokenRequest("ops", "demo", "operator"));
        foreach (var body in new[] { new string('[', 100_000), string.Concat(Enumerable.Repeat("""{"site":""", 10_000)), $$"""{"site":{{new string('[', 200)}}{{new string(']', 200)}}}""" })
        {
            var outcome = await call.ByJson(Create, "v1/networks/demo/sites", Encoding.UTF8.GetBytes(body), token);
            Assert.Equal(StatusCode.InvalidArgument, outcome.Code);
        }
    }

    [Fact]
    public async Task Paths_that_lead_nowhere_answer_in_the_same_form()
    {
        await using var host = await GatewayHost.Start(_grains);
        foreach (var path in new[] { "", "v1", "v2/networks/demo/sites", "v1/networks/demo/sites/north:explode", "v1/networks/a%2Fb/sites" })
        {
            using var response = await host.Http.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Unauthorized, $"{path} {response.StatusCode}");
            Assert.Contains("google.rpc.ErrorInfo", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_method_that_does_not_exist_is_unimplemented()
    {
        await using var host = await GatewayHost.Start(_grains);
        var bytes = Marshallers.Create<byte[]>(b => b, b => b);
        foreach (var (service, method) in new[] { ("rtt.v1.Sites", "Explode"), ("rtt.v9.Sites", "GetSite") })
        {
            var e = await Assert.ThrowsAsync<RpcException>(() =>
                host.Channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, method, bytes, bytes), null, default, []).ResponseAsync);
            Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
        }
    }

    [Fact]
    public async Task Health_and_schema_are_for_everybody()
    {
        await using var host = await GatewayHost.Start(_grains);
        Assert.Equal("Healthy", await host.Http.GetStringAsync("healthz/live"));
        Assert.Equal("Healthy", await host.Http.GetStringAsync("healthz/ready"));
        Assert.Contains("3.1.0", await host.Http.GetStringAsync("openapi/v1.json"), StringComparison.Ordinal);
        var health = await new Grpc.Health.V1.Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest());
        Assert.NotEqual(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, health.Status);

        using var reflection = new ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        await reflection.RequestStream.CompleteAsync();
        Assert.True(await reflection.ResponseStream.MoveNext(default));
        Assert.Contains("rtt.v1.Cohorts", reflection.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name));
    }

    [Fact]
    public async Task A_gateway_that_reaches_no_grain_is_alive_and_not_ready()
    {
        _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) => Task.FromResult(new ReadAnswer<SiteView>(null, true)));
        await using var host = await GatewayHost.Start(_grains);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("healthz/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Http.GetAsync("healthz/ready")).StatusCode);
    }

    private static async Task<(StatusCode, string)> CodeOf(Task<Outcome> outcome) => ((await outcome).Code, (await outcome).Reason);
}
