using System.Collections.Immutable;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>What a stream of capacity says when nothing happens, when its projector stands still, after a restore, to a slow reader, and by time alone.</summary>
public sealed class CapacityWatchTests
{
    private const string Parent = "networks/demo";
    private const int Slow = 400;
    private static readonly Instant Begin = Instant.FromUtc(2026, 12, 1, 17, 0);
    private readonly FakeGrains _grains = new();
    private readonly Lock _lock = new();
    private ImmutableDictionary<string, CapacityRow> _rows = ImmutableDictionary<string, CapacityRow>.Empty.Add("north.c1", Row("north.c1", 0));
    private ImmutableDictionary<string, long> _changed = ImmutableDictionary<string, long>.Empty;
    private FeedPlace _place = new(1, 100, 1);
    private Instant _asOf = Begin;
    private Instant? _staleSince;
    private long _build = 1;
    private bool _isUnreadable;

    public CapacityWatchTests() => _grains.On<IViewsGrain>(nameof(IViewsGrain.CapacityChanges), (_, arguments) =>
    {
        var ask = (CapacityChangesAsk)arguments[1]!;
        lock (_lock)
        {
            if (_isUnreadable) return Task.FromException<CapacityChanges>(new TimeoutException());
            var reset = ask.After is { } seen && (seen.Epoch != _place.Epoch || ask.Build != _build);
            var rows = ask.After is { } after ? _rows.Values.Where(r => _changed.GetValueOrDefault(r.Cohort) > after.Position) : _rows.Values;
            return Task.FromResult(new CapacityChanges(reset ? [] : [.. rows], _place, More: false, reset, _asOf, _staleSince, _build));
        }
    });

    [Fact]
    public async Task A_projector_that_stands_still_is_said_at_once_and_its_going_on_too()
    {
        // No heartbeat says it.
        await using var host = await GatewayHost.Start(_grains, options => Fast(options) with { WatchHeartbeat = TimeSpan.FromHours(1) });
        using var call = Watch(host);
        Assert.Null((await Next(call)).StaleSinceTime);
        lock (_lock) _staleSince = Begin - Duration.FromSeconds(5);
        var stale = await Next(call);
        Assert.Equal((0, Begin - Duration.FromSeconds(5)), (stale.Figures.Count, Instant.FromDateTimeOffset(stale.StaleSinceTime.ToDateTimeOffset())));
        lock (_lock) _staleSince = null;
        Assert.Null((await Next(call)).StaleSinceTime);
    }

    [Fact]
    public async Task A_stream_says_that_nothing_has_happened()
    {
        await using var host = await GatewayHost.Start(_grains, options => Fast(options) with { WatchHeartbeat = TimeSpan.FromMilliseconds(100) });
        using var call = Watch(host);
        await Next(call);
        Assert.True(await Next(call) is { Figures.Count: 0, Reset: false, Token: "100.1" });
    }

    /// <summary>What cannot be read is not said to be as it was: after a quarter of a minute the stream ends, and its client comes again, perhaps to another gateway.</summary>
    [Fact]
    public async Task A_stream_whose_network_cannot_be_read_ends_and_says_so()
    {
        var time = new FakeTimeProvider(Begin.ToDateTimeOffset());
        await using var host = await GatewayHost.Start(_grains, Fast, time);
        using var call = Watch(host);
        await Next(call);
        lock (_lock) _isUnreadable = true;
        await SilentStream.Ends(call.ResponseStream, time);
    }

    [Fact]
    public async Task After_a_restore_a_stream_begins_anew_and_so_does_a_token_from_before_it()
    {
        await using var host = await GatewayHost.Start(_grains, Fast);
        using var call = Watch(host);
        var before = await Next(call);
        Assert.Equal((true, "100.1", 1), (before.Reset, before.Token, before.Figures.Count));
        lock (_lock) _place = new FeedPlace(2, 7, 1);
        Assert.True(await Next(call) is { Reset: true, Token: "7.1", Figures.Count: 1 });
        using var again = Watch(host, resume: before.ResumeToken);
        Assert.True(await Next(again) is { Reset: true, Token: "7.1" });
    }

    /// <summary>New tables may say something else of a cohort that nothing has happened to since.</summary>
    [Fact]
    public async Task After_a_rebuild_of_the_projection_a_stream_begins_anew_and_so_does_a_token_from_before_it()
    {
        await using var host = await GatewayHost.Start(_grains, Fast);
        using var call = Watch(host);
        var before = await Next(call);
        lock (_lock) (_build, _rows) = (2, _rows.SetItem("north.c1", Row("north.c1", 2)));
        var after = await Next(call);
        Assert.Equal((true, 2, before.Token), (after.Reset, after.Figures[0].SeatsOccupied.Count, after.Token));
        using var again = Watch(host, resume: before.ResumeToken);
        Assert.True((await Next(again)).Reset);
    }

    /// <summary>A row that is sent again though it looks the same says that something has happened to a few people.</summary>
    [Fact]
    public async Task An_authority_that_goes_on_is_not_told_which_rows_changed_below_what_it_may_see()
    {
        lock (_lock) _rows = _rows.Add("south.c1", Row("south.c1", 3) with { Waiting = 2 });
        await using var host = await GatewayHost.Start(_grains, Fast);
        var authority = host.Issuer.Mint(new TokenRequest("health", "demo", "authority") { Regions = ["island"] });
        WatchCapacityResponse first;
        using (var call = Watch(host, token: authority, region: "regions/island")) first = await Next(call);
        Change("south.c1", 3);
        lock (_lock) _rows = _rows.SetItem("south.c1", _rows["south.c1"] with { Waiting = 3 });
        using var again = Watch(host, first.ResumeToken, token: authority, region: "regions/island");
        var message = await Next(again);
        Assert.Equal((true, first.Figures), (message.Reset, message.Figures));
    }

    [Fact]
    public async Task Whoever_goes_on_is_sent_what_changed_meanwhile_and_nothing_else()
    {
        lock (_lock) _rows = _rows.Add("south.c1", Row("south.c1", 3));
        await using var host = await GatewayHost.Start(_grains, Fast);
        string resume;
        using (var call = Watch(host)) resume = (await Next(call)).ResumeToken;
        Change("south.c1", 4);
        using var again = Watch(host, resume);
        var message = await Next(again);
        Assert.Equal((false, "networks/demo/sites/south", 4), (message.Reset, Assert.Single(message.Figures).Name, message.Figures[0].SeatsOccupied.Count));
    }

    [Fact]
    public async Task What_time_alone_changes_is_sent_and_to_whoever_was_away_too()
    {
        lock (_lock) _rows = _rows.SetItem("north.c1", Row("north.c1", 0) with { HoldsUntil = [Begin + Duration.FromMinutes(1), Begin + Duration.FromMinutes(2)] });
        await using var host = await GatewayHost.Start(_grains, Fast);
        using var call = Watch(host);
        var first = await Next(call);
        Assert.Equal((8, 2), (first.Figures[0].SeatsStaffedOpen, first.Figures[0].SeatsHeld.Count));
        lock (_lock) _asOf = Begin + Duration.FromMinutes(1);
        var second = await Next(call);
        Assert.Equal((9, 1, first.Token), (second.Figures[0].SeatsStaffedOpen, second.Figures[0].SeatsHeld.Count, second.Token));
        lock (_lock) _asOf = Begin + Duration.FromMinutes(3);
        using var again = Watch(host, second.ResumeToken);
        // The reader may not have looked yet: then there is nothing to send at first.
        var third = await Next(again);
        while (third.Figures.Count == 0) third = await Next(again);
        Assert.Equal((false, 10, 0), (third.Reset, third.Figures[0].SeatsStaffedOpen, third.Figures[0].SeatsHeld.Count));
    }

    [Fact]
    public async Task What_is_over_is_taken_away()
    {
        lock (_lock) _rows = _rows.Add("south.c1", Row("south.c1", 3) with { LastDay = new LocalDate(2026, 12, 1) });
        await using var host = await GatewayHost.Start(_grains, Fast);
        using var call = Watch(host);
        Assert.Equal(2, (await Next(call)).Figures.Count);
        lock (_lock) _asOf = Begin + Duration.FromDays(2);
        Assert.Equal(["networks/demo/sites/south"], (await Next(call)).Removed);
    }

    /// <summary>Much more is changed than a connection takes: what it takes is the newest, and the rest was never kept.</summary>
    [Fact]
    public async Task A_slow_reader_gets_fewer_and_newer_rows()
    {
        lock (_lock) _rows = Enumerable.Range(0, Slow).Select(i => Row($"s{i:D4}.c1", 0)).ToImmutableDictionary(r => r.Cohort);
        await using var host = await GatewayHost.Start(_grains, options => Fast(options) with { WatchInterval = TimeSpan.FromMilliseconds(2) });
        using var call = Watch(host);
        await Next(call);
        var rounds = 0;
        long place;
        lock (_lock) place = _place.Position;
        using var other = Watch(host, subject: "other");
        await Next(other);
        while (rounds < 100)
        {
            rounds++;
            lock (_lock)
            {
                _place = _place with { Position = ++place };
                _rows = _rows.Values.Select(r => r with { Booked = rounds }).ToImmutableDictionary(r => r.Cohort);
                _changed = _rows.Keys.ToImmutableDictionary(k => k, _ => place);
            }
            // Somebody who reads has each of them, or a newer one.
            while (await Next(other) is not { Figures: [var first, ..] } || first.SeatsOccupied.Count < rounds) { }
        }
        var (messages, last) = (0, new WatchCapacityResponse());
        do
        {
            messages++;
            last = await Next(call);
        }
        while (last is not { Figures: [var first, ..] } || first.SeatsOccupied.Count < rounds);
        Assert.All(last.Figures, f => Assert.Equal(rounds, f.SeatsOccupied.Count));
        Assert.InRange(messages, 1, rounds / 2);
    }

    [Fact]
    public async Task All_streams_of_a_client_count_together_whatever_they_watch()
    {
        await using var host = await GatewayHost.Start(_grains, options => Fast(options) with { WatchesPerClientMax = 2 });
        using var one = Watch(host);
        using var two = Watch(host);
        await Next(one);
        await Next(two);
        using var three = new Referrals.ReferralsClient(host.Channel).WatchReferrals(new WatchReferralsRequest { Parent = "networks/demo/sites/north" }, RealGateway.Headers(Token(host, "one")));
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => three.ResponseStream.MoveNext(default))).StatusCode);
    }

    [Fact]
    public void Totals_are_rounded_after_they_are_added_up_and_seats_never()
    {
        var authority = new Caller("demo", "health", CallerScope.Authority, [], ["island"], "test");
        var rows = new[] { Row("north.c1", 3), Row("north.c2", 4), Row("south.c1", 4) };
        var region = Assert.Single(CapacityRollUp.Of(rows, new CapacityAsk(Contracts.Views.CapacityBy.Region), Begin, authority));
        Assert.Equal((new Contracts.Views.PeopleCount(10, false), 30, 19), (region.SeatsOccupied, region.SeatsTotal, region.SeatsOpen));
        Assert.All(CapacityRollUp.Of(rows, new CapacityAsk(Contracts.Views.CapacityBy.Cohort), Begin, authority), f => Assert.True(f.SeatsOccupied!.Value.IsSuppressed));
    }

    /// <summary>A pod's medicine is for those who can join the pod.</summary>
    [Fact]
    public void Medicine_seats_of_a_week_are_those_of_the_pods_that_have_it_then()
    {
        var (first, second) = (new LocalDate(2026, 12, 7), new LocalDate(2026, 12, 14));
        var row = Row("north.c1", 2) with
        {
            PodsOpen = [3, 5],
            Medicine = [new(first, Begin + Duration.FromDays(6), 1), new(second, Begin + Duration.FromDays(13), 1), new(second, Begin + Duration.FromDays(14), 2)],
        };
        var figures = Assert.Single(CapacityRollUp.Of([row], new CapacityAsk(Contracts.Views.CapacityBy.Cohort), Begin, new Caller("demo", "ops", CallerScope.Operator, [], [], "test")));
        Assert.Equal(new[] { new WeekSeats(first, 3), new WeekSeats(second, 8) }, figures.Medicine.ToArray());
    }

    private static GatewayOptions Fast(GatewayOptions options) => options with { WatchInterval = TimeSpan.FromMilliseconds(20) };

    private void Change(string cohort, int booked)
    {
        lock (_lock)
        {
            _place = _place with { Position = _place.Position + 1 };
            _rows = _rows.SetItem(cohort, Row(cohort, booked));
            _changed = _changed.SetItem(cohort, _place.Position);
        }
    }

    private static CapacityRow Row(string cohort, int booked) => new(
        cohort, cohort.Split('.')[0], "island", "GRIP-8", 10, 10, booked, [], 0, Begin + Duration.FromDays(30), false, new LocalDate(2027, 2, 1), [], [], [], [new LocalDate(2026, 12, 7)]);

    private static string Token(GatewayHost host, string subject) => host.Issuer.Mint(new TokenRequest(subject, "demo", "operator"));

    private static AsyncServerStreamingCall<WatchCapacityResponse> Watch(GatewayHost host, string resume = "", string subject = "one", string? token = null, string region = "") =>
        new Capacity.CapacityClient(host.Channel).WatchCapacity(new WatchCapacityRequest { Parent = Parent, ResumeToken = resume, Region = region }, RealGateway.Headers(token ?? Token(host, subject)));

    private static async Task<WatchCapacityResponse> Next(AsyncServerStreamingCall<WatchCapacityResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        return call.ResponseStream.Current;
    }
}
