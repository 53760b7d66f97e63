using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using RttNetwork.Wire.V1;
using RpcStatus = Google.Rpc.Status;
using Status = Grpc.Core.Status;

namespace RttNetwork.Client.Tests;

public sealed class CallRulesTests
{
    private static readonly Func<ServerCallContext, Task<Seat>> Yes = _ => Task.FromResult(new Seat { Name = "seat" });

    private readonly SkippingTime _time = new();

    [Fact]
    public async Task An_unavailable_network_is_asked_again_with_the_same_request_id_and_told_that_it_is_a_retry()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable), Fail(StatusCode.Unavailable), Yes);
        using var client = Client(server);

        var seat = await client.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = "c" });

        Assert.Equal("seat", seat.Name);
        Assert.Equal([null, "1", "2"], server.Received.Select(r => r.Attempt));
        Assert.True(Guid.TryParse(Assert.Single(server.Received.Select(r => r.RequestId).Distinct()), out _));
    }

    [Fact]
    public async Task A_request_id_of_the_callers_own_is_kept_and_its_message_is_left_alone()
    {
        await using var server = await FailingServer.Start(Yes);
        using var client = Client(server);
        var unnamed = new BookSeatRequest { Cohort = "c" };

        await client.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = "c", RequestId = "mine" });
        await client.Cohorts.BookSeatAsync(unnamed);
        await client.Cohorts.BookSeatAsync(unnamed);

        Assert.Equal("mine", server.Received[0].RequestId);
        Assert.Equal("", unnamed.RequestId);
        Assert.NotEqual(server.Received[1].RequestId, server.Received[2].RequestId);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.ResourceExhausted)]
    public async Task Whatever_was_decided_is_not_asked_again(StatusCode status)
    {
        await using var server = await FailingServer.Start(Fail(status), Yes);
        using var client = Client(server);

        var refused = await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));

        Assert.Equal(status, refused.Refusal.Status);
        Assert.Equal(1, refused.Attempts);
        Assert.Single(server.Received);
    }

    [Fact]
    public async Task A_deadline_that_the_server_missed_is_retried_while_time_is_left()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.DeadlineExceeded), Yes);
        using var client = Client(server);

        await client.Cohorts.BookSeatAsync(new BookSeatRequest());

        Assert.Equal([null, "1"], server.Received.Select(r => r.Attempt));
        Assert.Single(server.Received.Select(r => r.RequestId).Distinct());
    }

    [Fact]
    public async Task No_attempt_begins_after_the_deadline_and_the_failure_names_the_request_that_may_be_repeated()
    {
        await using var server = await FailingServer.Start(
            _ =>
            {
                _time.Pass(TimeSpan.FromSeconds(9.99));
                throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
            },
            Yes);
        using var client = Client(server);

        var failed = await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));

        Assert.True(failed.Refusal.OutcomeUnknown);
        Assert.Equal(Assert.Single(server.Received).RequestId, failed.RequestId);
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public async Task A_call_without_a_deadline_gets_ten_seconds_for_all_its_attempts()
    {
        await using var server = await FailingServer.Start(
            _ =>
            {
                _time.Pass(TimeSpan.FromSeconds(4));
                throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
            },
            Yes);
        using var client = Client(server);

        await client.Cohorts.BookSeatAsync(new BookSeatRequest());

        Assert.InRange(server.Received[0].TimeLeft, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        Assert.InRange(server.Received[1].TimeLeft, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Attempts_end_at_their_limit_and_waits_grow_to_their_cap()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable));
        using var client = Client(server, o => o with { AttemptsMax = 7, BackoffFirst = TimeSpan.FromMilliseconds(100), BackoffMax = TimeSpan.FromSeconds(1) });

        var failed = await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));

        Assert.Equal(7, failed.Attempts);
        Assert.Equal(7, server.Received.Count);
        double[] ceilings = [100, 200, 400, 800, 1000, 1000];
        Assert.Equal(ceilings.Length, _time.Waits.Count);
        Assert.All(_time.Waits.Zip(ceilings), w => Assert.InRange(w.First.TotalMilliseconds, w.Second / 2, w.Second));
    }

    [Fact]
    public async Task The_same_seed_waits_the_same_times()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable));
        var waits = new List<TimeSpan[]>();
        foreach (var seed in new[] { 7, 7, 8 })
        {
            var time = new SkippingTime();
            using var client = Client(server, o => o with { Clock = time, Jitter = new Random(seed) });
            await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));
            waits.Add([.. time.Waits]);
        }

        Assert.Equal(waits[0], waits[1]);
        Assert.NotEqual(waits[0], waits[2]);
    }

    [Fact]
    public async Task A_busy_network_is_waited_for_only_when_the_caller_said_so_and_for_as_long_as_it_asked()
    {
        var busy = Fail(StatusCode.ResourceExhausted, new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(1.5)) });
        await using var server = await FailingServer.Start(busy, busy, Yes);
        using var impatient = Client(server);
        using var patient = Client(server, o => o with { WaitWhenBusy = true });

        var refused = await Assert.ThrowsAsync<RttException>(async () => await impatient.Cohorts.BookSeatAsync(new BookSeatRequest()));
        Assert.Equal(TimeSpan.FromSeconds(1.5), refused.Refusal.RetryAfter);
        Assert.Empty(_time.Waits);

        await patient.Cohorts.BookSeatAsync(new BookSeatRequest());
        Assert.InRange(Assert.Single(_time.Waits), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1.6));
    }

    [Fact]
    public async Task A_busy_network_that_does_not_say_when_is_not_asked_again()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.ResourceExhausted), Yes);
        using var client = Client(server, o => o with { WaitWhenBusy = true });

        await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));
    }

    [Fact]
    public async Task A_read_is_retried_without_a_request_id()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable), Yes);
        using var client = Client(server);

        Assert.Equal("seat", (await client.Cohorts.GetCohortAsync(new GetCohortRequest { Name = "c" })).Name);
        Assert.Equal([null, "1"], server.Received.Select(r => r.Attempt));
    }

    [Fact]
    public async Task Every_attempt_asks_for_a_token_so_that_a_renewed_one_is_used()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable), Yes);
        var asked = 0;
        using var client = Client(server, o => o with { Token = _ => ValueTask.FromResult<string?>($"t{++asked}") });

        await client.Cohorts.BookSeatAsync(new BookSeatRequest());

        Assert.Equal(["Bearer t1", "Bearer t2"], server.Received.Select(r => r.Authorization));
    }

    [Fact]
    public void A_token_does_not_travel_in_the_open_to_another_machine()
    {
        var options = new RttClientOptions { Endpoint = new("http://gateway.example:5080"), Token = _ => ValueTask.FromResult<string?>("t") };

        Assert.Throws<ArgumentException>(() => RttClient.Create(options));
        RttClient.Create(options with { TokenInPlaintextAllowed = true }).Dispose();
        RttClient.Create(options with { Endpoint = new("https://gateway.example") }).Dispose();
    }

    [Fact]
    public async Task A_cancelled_call_stops_waiting_and_is_not_sent_again()
    {
        using var stop = new CancellationTokenSource();
        await using var server = await FailingServer.Start(
            async context =>
            {
                await stop.CancelAsync();
                throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
            },
            Yes);
        using var client = Client(server);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest(), cancellationToken: stop.Token));
        Assert.Single(server.Received);
    }

    [Fact]
    public async Task A_network_that_is_not_there_is_unavailable_after_the_last_attempt()
    {
        Uri gone;
        await using (var server = await FailingServer.Start(Yes))
        {
            gone = server.Endpoint;
        }

        using var client = RttClient.Create(new RttClientOptions { Endpoint = gone, Clock = _time, AttemptsMax = 3 });
        var failed = await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()));

        Assert.Equal("UNAVAILABLE", failed.Refusal.Reason);
        Assert.Equal(3, failed.Attempts);
    }

    [Fact]
    public async Task A_watch_has_no_deadline_bears_the_token_and_fails_as_every_call_does()
    {
        await using var server = await FailingServer.Start(Fail(StatusCode.Unavailable, new ErrorInfo { Reason = "DRAINING", Domain = "rtt" }));
        using var client = Client(server, o => o with { Token = _ => ValueTask.FromResult<string?>("t") });

        using var watch = new Health.HealthClient(client.Invoker).Watch(new HealthCheckRequest());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        var failed = await Assert.ThrowsAsync<RttException>(() => watch.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal("DRAINING", failed.Refusal.Reason);
        var received = Assert.Single(server.Received);
        Assert.Equal(("Bearer t", TimeSpan.MaxValue), (received.Authorization, received.TimeLeft));
    }

    [Fact]
    public async Task A_blocking_call_is_a_programmers_error()
    {
        await using var server = await FailingServer.Start(Yes);
        using var client = Client(server);

        Assert.Throws<NotSupportedException>(() => client.Cohorts.BookSeat(new BookSeatRequest()));
    }

    [Fact]
    public async Task A_refusal_comes_with_its_rule_its_numbers_every_fault_and_the_alternatives()
    {
        await using var server = await FailingServer.Start(Fail(
            StatusCode.FailedPrecondition,
            new ErrorInfo { Reason = "RATIO_WOULD_BREAK", Domain = "rtt.network", Metadata = { ["role"] = "nurse", ["usable"] = "10" } },
            new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "RATIO", Subject = "c", Description = "2 nurses x 5 = 10" } } },
            new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "cohort", Description = "full" } } },
            new Alternatives
            {
                Seats =
                {
                    new OpenSeats { Cohort = "networks/n/sites/s/cohorts/other", Seats = new SeatCount { Open = 3 } },
                    new OpenSeats { Cohort = "networks/n/sites/s/cohorts/third", Seats = new SeatCount { Open = 1 } },
                },
            }));
        using var client = Client(server);

        var refusal = (await Assert.ThrowsAsync<RttException>(async () => await client.Cohorts.BookSeatAsync(new BookSeatRequest()))).Refusal;

        Assert.Equal("RATIO_WOULD_BREAK", refusal.Reason);
        Assert.Equal("rtt.network", refusal.Domain);
        Assert.Equal("on purpose", refusal.Message);
        Assert.Equal("10", refusal.Numbers["usable"]);
        Assert.Equal(new RuleFault("RATIO", "c", "2 nurses x 5 = 10"), Assert.Single(refusal.Rules));
        Assert.Equal(new FieldFault("cohort", "full"), Assert.Single(refusal.Fields));
        Assert.Equal([3, 1], refusal.Alternatives.Select(a => a.Seats.Open));
        Assert.False(refusal.OutcomeUnknown);
    }

    private static Func<ServerCallContext, Task<Seat>> Fail(StatusCode status, params IMessage[] details) => _ =>
    {
        if (details.Length == 0)
        {
            throw new RpcException(new Status(status, "on purpose"));
        }

        var rich = new RpcStatus { Code = (int)status, Message = "on purpose" };
        rich.Details.AddRange(details.Select(d => Any.Pack(d)));
        throw rich.ToRpcException();
    };

    private RttClient Client(FailingServer server, Func<RttClientOptions, RttClientOptions>? change = null)
    {
        var options = new RttClientOptions { Endpoint = server.Endpoint, Clock = _time, Jitter = new Random(1) };
        return RttClient.Create(change is null ? options : change(options));
    }
}
