using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Gateway.Watches;
using RttNetwork.Wire.V1;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>What streams cost: how many there are, what each keeps, and who reads for them.</summary>
public sealed class WatchLimitsTests
{
    private const string Parent = "networks/demo/sites/north";
    private static readonly Instant At = Instant.FromUtc(2026, 12, 1, 17, 0);
    private readonly FakeGrains _grains = new();
    private FeedPlace _place = new(1, 100, 1);
    private bool _isUnreadable;

    public WatchLimitsTests() => _grains.On<IViewsGrain>(nameof(IViewsGrain.ReferralChanges), (_, arguments) =>
    {
        if (Volatile.Read(ref _isUnreadable)) return Task.FromException<ReferralChanges>(new TimeoutException());
        var after = ((ReferralChangesAsk)arguments[1]!).After;
        return Task.FromResult(new ReferralChanges([], _place, More: false, Reset: after is { } seen && seen.Epoch != _place.Epoch));
    });

    [Fact]
    public async Task A_client_and_a_gateway_have_a_bounded_number_of_streams_one_reader_for_all_and_places_come_back()
    {
        await using var host = await GatewayHost.Start(_grains, options => options with { WatchesPerClientMax = 2, WatchesMax = 3 });
        var client = new Referrals.ReferralsClient(host.Channel);
        var (one, two) = (Token(host, "one"), Token(host, "two"));
        var open = new List<AsyncServerStreamingCall<WatchReferralsResponse>>();
        foreach (var token in new[] { one, one, two })
        {
            open.Add(client.WatchReferrals(new WatchReferralsRequest { Parent = Parent }, RealGateway.Headers(token)));
            Assert.True(await open[^1].ResponseStream.MoveNext(default));
        }
        // The first has as many as it may, the other's second would be one more than the gateway has places for.
        foreach (var token in new[] { one, two })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => First(client, token));
            var status = refused.GetRpcStatus()!;
            Assert.Equal((StatusCode.ResourceExhausted, "WATCHES_MAX_REACHED", true), (refused.StatusCode, status.GetDetail<ErrorInfo>().Reason, status.GetDetail<RetryInfo>() is not null));
        }
        Assert.Single(_grains.Calls, c => c.Method == nameof(IViewsGrain.ReferralChanges) && ((Caller)c.Arguments[0]!).Scope is CallerScope.System && ((ReferralChangesAsk)c.Arguments[1]!).After is null);
        open[0].Dispose();
        while (true)
        {
            try
            {
                Assert.True((await First(client, two)).Reset);
                break;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.ResourceExhausted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        foreach (var call in open) call.Dispose();
    }

    [Fact]
    public async Task After_a_restore_a_stream_begins_anew_and_so_does_a_token_from_before_it()
    {
        await using var host = await GatewayHost.Start(_grains, options => options with { WatchInterval = TimeSpan.FromMilliseconds(20) });
        var client = new Referrals.ReferralsClient(host.Channel);
        using var call = client.WatchReferrals(new WatchReferralsRequest { Parent = Parent }, RealGateway.Headers(Token(host, "one")));
        var before = await Next(call);
        Assert.Equal((true, "100.1"), (before.Reset, before.Token));
        _place = new FeedPlace(2, 7, 1);
        var after = await Next(call);
        Assert.Equal((true, "7.1"), (after.Reset, after.Token));
        using var again = client.WatchReferrals(new WatchReferralsRequest { Parent = Parent, ResumeToken = before.ResumeToken }, RealGateway.Headers(Token(host, "one")));
        Assert.Equal((true, "7.1"), (await Next(again) is var begun ? (begun.Reset, begun.Token) : default));
    }

    [Fact]
    public async Task A_stream_says_that_nothing_has_happened()
    {
        await using var host = await GatewayHost.Start(_grains, options => options with { WatchHeartbeat = TimeSpan.FromMilliseconds(50) });
        using var call = new Referrals.ReferralsClient(host.Channel).WatchReferrals(new WatchReferralsRequest { Parent = Parent }, RealGateway.Headers(Token(host, "one")));
        await Next(call);
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Equal((0, false, "100.1"), (call.ResponseStream.Current.Referrals.Count, call.ResponseStream.Current.Reset, call.ResponseStream.Current.Token));
    }

    [Fact]
    public async Task A_stream_whose_network_cannot_be_read_ends_and_says_so()
    {
        var time = new FakeTimeProvider(At.ToDateTimeOffset());
        await using var host = await GatewayHost.Start(_grains, time: time);
        using var call = new Referrals.ReferralsClient(host.Channel).WatchReferrals(new WatchReferralsRequest { Parent = Parent }, RealGateway.Headers(Token(host, "one")));
        await Next(call);
        Volatile.Write(ref _isUnreadable, true);
        await SilentStream.Ends(call.ResponseStream, time);
    }

    [Fact]
    public async Task A_slow_reader_has_each_referral_once_and_beyond_its_bound_is_told_to_ask()
    {
        using var watch = new ReferralWatch("north", outgoing: false, pendingMax: 2, Task.CompletedTask, () => TimeSpan.Zero, _ => { });
        watch.Take([Change("r1", "north", 1), Change("r2", "south", 2)], Place(2));
        watch.Take([Change("r1", "north", 3)], reached: null);
        // What follows is not whole yet, and nothing of it is sent before it is.
        Assert.Empty(watch.Drain().Changes);
        watch.Take([Change("r1", "north", 4)], Place(4));
        await watch.Wait(TimeSpan.FromSeconds(30), TimeProvider.System, default);
        var news = watch.Drain();
        Assert.Equal((Place(4), Place(4), false), (Assert.Single(news.Changes).At, news.Reached, news.Behind));
        watch.Take([Change("r1", "north", 5), Change("r3", "north", 6), Change("r4", "north", 7)], Place(7));
        watch.Take([Change("r5", "north", 8)], Place(8));
        Assert.Equal((0, true), (watch.Drain() is var lost ? (lost.Changes.Length, lost.Behind) : default));
        watch.Take([Change("r6", "north", 9)], Place(9));
        Assert.Equal("r6", Assert.Single(watch.Drain().Changes).Row.Referral);
    }

    private static FeedPlace Place(long position) => new(1, 100, position);

    private static ReferralChange Change(string referral, string target, long position) => new(
        new ReferralRow(referral, "p1", "elsewhere", "island", target, "island", "GRIP-8", "", "sent", false, 3, At, At, At, null, ""), IsOpen: true, Place(position));

    private static string Token(GatewayHost host, string subject) => host.Issuer.Mint(new TokenRequest(subject, "demo", "operator"));

    private static async Task<WatchReferralsResponse> First(Referrals.ReferralsClient client, string token)
    {
        using var call = client.WatchReferrals(new WatchReferralsRequest { Parent = Parent }, RealGateway.Headers(token));
        Assert.True(await call.ResponseStream.MoveNext(default));
        return call.ResponseStream.Current;
    }

    /// <summary>What comes until the list is there, as one message.</summary>
    private static async Task<WatchReferralsResponse> Next(AsyncServerStreamingCall<WatchReferralsResponse> call)
    {
        var all = new WatchReferralsResponse();
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            all.MergeFrom(call.ResponseStream.Current);
        }
        while (all.Token.Length == 0);
        return all;
    }
}
