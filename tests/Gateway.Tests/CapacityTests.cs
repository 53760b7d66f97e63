using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using CapacityRollUp = RttNetwork.Contracts.Views.CapacityRollUp;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>Capacity on real grains and a real database: who sees what, and that a stream is the list.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class CapacityTests(RealGateway gateway)
{
    private const int StepsMax = 40;
    private const int BreaksEvery = 7;
    private static int _cohorts;

    private string Network => gateway.North.NetworkName;
    private Capacity.CapacityClient Client => new(gateway.Channel);
    private Cohorts.CohortsClient Seats => new(gateway.Channel);
    private static Instant Now => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);

    [Theory]
    [InlineData(1, CapacityBy.ByCohort)]
    [InlineData(2, CapacityBy.BySite)]
    [InlineData(3, CapacityBy.ByNetwork)]
    public async Task What_is_folded_from_a_stream_is_the_list_at_its_place_whenever_it_broke_off(int seed, CapacityBy by)
    {
        var (random, today) = (new Random(seed), CapacityRollUp.Today(Now));
        var cohorts = new[] { await Cohort($"watch-{seed}-a", gateway.North), await Cohort($"watch-{seed}-b", gateway.South) };
        var people = new List<string>();
        for (var i = 0; i < 4; i++) people.Add(await Person());
        await using var folded = new Folded(this, by);
        await folded.Read(m => m.Token.Length > 0);
        for (var step = 0; step < StepsMax; step++)
        {
            var (cohort, person) = (cohorts[random.Next(2)], people[random.Next(people.Count)]);
            try
            {
                if (random.Next(3) > 0) await Seats.BookSeatAsync(new BookSeatRequest { Cohort = cohort, Participant = person, RequestId = Samples.Id() }, Operator);
                else await Seats.CancelSeatAsync(new CancelSeatRequest { Cohort = cohort, Participant = person, Reason = "moved", RequestId = Samples.Id() }, Operator);
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.FailedPrecondition or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.Unavailable or StatusCode.Aborted or StatusCode.DeadlineExceeded)
            {
                // Has a seat, or none; or the machine is busy: whatever has happened, both show the same.
            }
            if (step % BreaksEvery == BreaksEvery - 1) await folded.BreakOff();
            await folded.Look();
        }
        var began = TimeProvider.System.GetTimestamp();
        while (!await folded.Look())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Folded.Patience, "The stream does not come to the place of the list.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        Assert.NotEmpty(folded.Known);
        // It began once, or once more with another day, and went on after that, with less than the whole list each time.
        Assert.InRange(folded.Resets, 1, today == CapacityRollUp.Today(Now) ? 1 : 2);
        Assert.True(folded.Compared > 0);
    }

    [Fact]
    public async Task A_site_sees_people_of_its_own_and_seats_elsewhere_and_an_authority_sees_people_rounded()
    {
        var (north, south) = (await Cohort("sight-n", gateway.North), await Cohort("sight-s", gateway.South));
        var booked = await Seats.BookSeatAsync(new BookSeatRequest { Cohort = north, Participant = await Person(), RequestId = Samples.Id() }, Operator);
        async Task<Dictionary<string, CapacityFigure>> Seen(string token, string region = "") => (await Client.ListCapacityAsync(
            new ListCapacityRequest { Parent = gateway.North.NetworkName, By = CapacityBy.ByCohort, Region = region, PageSize = 200, AtLeast = booked.Token }, RealGateway.Headers(token))).Figures.ToDictionary(f => f.Name);

        var all = await Seen(gateway.OperatorToken);
        Assert.Equal((1, 0, 0, true), (all[north].SeatsOccupied.Count, all[north].SeatsHeld.Count, all[north].WaitlistLength.Count, all[north].HasSessionsAtRisk));
        var site = await Seen(gateway.NorthToken);
        Assert.Equal(all[north], site[north]);
        Assert.Equal((null, null, null, false), (site[south].SeatsOccupied, site[south].SeatsHeld, site[south].WaitlistLength, site[south].HasSessionsAtRisk));
        Assert.Equal((all[south].SeatsTotal, all[south].SeatsStaffedOpen), (site[south].SeatsTotal, site[south].SeatsStaffedOpen));
        var authority = await Seen(gateway.FraserToken, gateway.North.RegionName);
        Assert.Equal((0, true, false), (authority[north].SeatsOccupied.Count, authority[north].SeatsOccupied.Suppressed, authority[north].SeatsHeld.Suppressed));
        Assert.Equal((all[north].SeatsTotal, all[north].SeatsStaffedOpen), (authority[north].SeatsTotal, authority[north].SeatsStaffedOpen));
        Assert.DoesNotContain(south, authority.Keys);

        // The roll-up of a region is shown to no site as people, for some of them are others'.
        var region = await Client.GetCapacityAsync(new GetCapacityRequest { Parent = gateway.North.NetworkName, Region = gateway.North.RegionName }, RealGateway.Headers(gateway.NorthToken));
        Assert.Null(region.Figure.SeatsOccupied);
        Assert.True(region.AsOfTime is not null && region.Token.Length > 0);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_what_is_another_s_neither()
    {
        var south = await Cohort("not-there", gateway.South);
        Task<GetCapacityResponse> Get(GetCapacityRequest request, string token)
        {
            request.Parent = gateway.North.NetworkName;
            return Client.GetCapacityAsync(request, RealGateway.Headers(token)).ResponseAsync;
        }
        foreach (var (request, token, code) in new (GetCapacityRequest, string, StatusCode)[]
        {
            (new() { Cohort = $"{gateway.North.SiteName}/cohorts/no-such" }, gateway.OperatorToken, StatusCode.NotFound),
            (new() { Site = $"{gateway.North.NetworkName}/sites/no-such" }, gateway.OperatorToken, StatusCode.NotFound),
            (new() { Cohort = south, Region = gateway.North.RegionName }, gateway.FraserToken, StatusCode.NotFound),
            (new() { Site = gateway.South.SiteName, Region = gateway.North.RegionName }, gateway.FraserToken, StatusCode.NotFound),
            (new() { Site = gateway.South.SiteName, Region = gateway.North.RegionName }, gateway.OperatorToken, StatusCode.NotFound),
            (new() { Region = gateway.South.RegionName }, gateway.FraserToken, StatusCode.PermissionDenied),
            (new(), gateway.FraserToken, StatusCode.PermissionDenied),
            (new() { Site = gateway.South.SiteName }, gateway.NorthToken, StatusCode.PermissionDenied),
        })
            Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(() => Get(request, token))).StatusCode);
        Assert.Equal(south, (await Get(new() { Cohort = south }, gateway.OperatorToken)).Figure.Name);
        Assert.Equal(0, (await Get(new() { Region = "regions/nobody-there" }, gateway.OperatorToken)).Figure.SeatsTotal);
    }

    [Fact]
    public async Task A_token_of_another_list_or_caller_is_refused_and_names_its_field()
    {
        await using var folded = new Folded(this, CapacityBy.BySite);
        var first = await folded.Read(m => m.Token.Length > 0);
        foreach (var (request, token) in new[]
        {
            (new WatchCapacityRequest { Parent = gateway.North.NetworkName, By = CapacityBy.ByCohort, ResumeToken = first.ResumeToken }, gateway.OperatorToken),
            (new WatchCapacityRequest { Parent = gateway.North.NetworkName, By = CapacityBy.BySite, ResumeToken = first.ResumeToken }, gateway.NorthToken),
            (new WatchCapacityRequest { Parent = gateway.North.NetworkName, By = CapacityBy.BySite, ResumeToken = first.ResumeToken[..^2] + "zz" }, gateway.OperatorToken),
        })
        {
            using var call = Client.WatchCapacity(request, RealGateway.Headers(token));
            var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
            Assert.Equal("resume_token", Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field);
        }
    }

    [Fact]
    public async Task With_JSON_a_watch_ends_where_it_has_the_list_and_a_stream_ends_with_its_token()
    {
        var outcome = await gateway.Call.ByJson(MethodRules.All["/rtt.v1.Capacity/WatchCapacity"], new WatchCapacityRequest { Parent = gateway.North.NetworkName }, gateway.OperatorToken);
        Assert.Equal(StatusCode.OK, outcome.Code);
        Assert.Contains("resumeToken", outcome.Text, StringComparison.Ordinal);
        var brief = gateway.Issuer.Mint(new TokenRequest("brief", "demo", "operator") { Lifetime = TimeSpan.FromSeconds(3) });
        using var call = Client.WatchCapacity(new WatchCapacityRequest { Parent = gateway.North.NetworkName }, RealGateway.Headers(brief));
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default).WaitAsync(Folded.Patience, TimeProvider.System)) { }
        });
        Assert.Equal(StatusCode.Unauthenticated, ended.StatusCode);
    }

    private async Task<string> Cohort(string id, Scene scene)
    {
        var plan = Samples.Cohort(scene);
        (plan.SeatsMin, plan.SeatsMax, plan.HoldPolicy) = (1, 3, null);
        plan.Staffing.Clear();
        // No two are in the room at one time.
        var first = new LocalDate(2030, 1, 7).PlusWeeks(2 * Interlocked.Increment(ref _cohorts));
        for (var i = 0; i < plan.Sessions.Count; i++)
        {
            var (at, day) = (plan.Sessions[i].LocalStart, first.PlusWeeks(i));
            (at.Year, at.Month, at.Day) = (day.Year, day.Month, day.Day);
        }
        var opened = await Seats.CreateCohortAsync(new CreateCohortRequest { Parent = scene.SiteName, CohortId = id, Cohort = plan, RequestId = Samples.Id() }, Operator);
        await gateway.Reached(Network, opened.Token, Operator);
        return $"{scene.SiteName}/cohorts/{id}";
    }

    private async Task<string> Person()
    {
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Operator);
        await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, Operator);
        return person.Name;
    }

    private sealed class Folded(CapacityTests test, CapacityBy by) : FoldedStream<WatchCapacityResponse, CapacityFigure>
    {
        protected override AsyncServerStreamingCall<WatchCapacityResponse> Open(string resume) =>
            test.Client.WatchCapacity(new WatchCapacityRequest { Parent = test.Network, By = by, ResumeToken = resume }, test.Operator);

        protected override async Task<(string Place, Dictionary<string, CapacityFigure> Rows)> List()
        {
            var list = await test.Client.ListCapacityAsync(new ListCapacityRequest { Parent = test.Network, By = by, PageSize = 200 }, test.Operator);
            Assert.Equal("", list.NextPageToken);
            return (list.Token, list.Figures.ToDictionary(f => f.Name));
        }

        protected override StreamPart<CapacityFigure> Read(WatchCapacityResponse message) =>
            new(message.Reset, message.Figures.Select(f => (f.Name, f)), message.Removed, message.Token, message.ResumeToken);

        protected override string Text(CapacityFigure row) => row.ToString();
    }
}
