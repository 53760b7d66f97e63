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

    /// <summary>A projector that cannot write, as one in a process that is paused: what it should say is recorded, and it does not say it.</summary>
    [Fact]
    public async Task A_projector_that_is_paused_is_seen_as_stale_within_two_heartbeats_by_streams_and_lists()
    {
        var heartbeat = new GatewayOptions { EnvironmentName = "Development", IdentityKey = [], Tokens = new TokenOptions() }.WatchHeartbeat;
        var (cohort, person) = (await Cohort("paused", gateway.North), await Person());
        using var call = Client.WatchCapacity(new WatchCapacityRequest { Parent = Network, By = CapacityBy.ByCohort }, Operator);
        await Until(m => m.StaleSinceTime is null && m.Figures.Any(f => f.Name == cohort));
        string booked;
        await using (var connection = await gateway.Sql.OpenConnectionAsync())
        await using (var pause = await connection.BeginTransactionAsync())
        {
            await using (var command = new Npgsql.NpgsqlCommand("LOCK TABLE projection_capacity.history_clock IN SHARE MODE", connection, pause)) await command.ExecuteNonQueryAsync();
            booked = (await Seats.BookSeatAsync(new BookSeatRequest { Cohort = cohort, Participant = person, RequestId = Samples.Id() }, Operator)).Token;
            var since = TimeProvider.System.GetTimestamp();
            var stale = await Until(m => m.StaleSinceTime is not null);
            Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, 2 * heartbeat);
            var list = await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Cohort = cohort }, Operator);
            Assert.NotNull(list.StaleSinceTime);
            // What is shown is not what is so, and is not said to be: it was true before.
            Assert.Equal(0, list.Figure.SeatsOccupied.Count);
            Assert.True(list.AsOfTime <= list.StaleSinceTime && stale.AsOfTime <= stale.StaleSinceTime);
        }
        var current = await Until(m => m.StaleSinceTime is null && m.Figures.Any(f => f.Name == cohort && f.SeatsOccupied.Count == 1));
        Assert.NotEqual("", current.Token);
        await gateway.Reached(Network, booked, Operator);
        Assert.Null((await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Cohort = cohort }, Operator)).StaleSinceTime);

        async Task<WatchCapacityResponse> Until(Func<WatchCapacityResponse, bool> isIt)
        {
            do
            {
                Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Folded.Patience, TimeProvider.System));
            }
            while (!isIt(call.ResponseStream.Current));
            return call.ResponseStream.Current;
        }
    }

    /// <summary>The attacker is an authority that asks everything that it may.</summary>
    [Fact]
    public async Task An_authority_is_told_nothing_of_a_site_that_a_Nation_governs_without_an_authorisation_that_counts_at_this_moment()
    {
        var (north, fraser) = (await Cohort("nation", gateway.North), RealGateway.Headers(gateway.FraserToken));
        var sites = new Sites.SitesClient(gateway.Channel);
        using var call = Client.WatchCapacity(new WatchCapacityRequest { Parent = Network, By = CapacityBy.ByCohort, Region = gateway.North.RegionName }, fraser);
        Dictionary<string, CapacityFigure> known = [];
        try
        {
            await Govern("a-nation", null);
            await ToldNothing();
            await Govern("a-nation", Given(-1, 1));
            await Told();
            // It has not begun, it is over, it is revoked: of each of them the next moment knows.
            foreach (var none in new[] { Given(1, 2), Given(-2, -1), null })
            {
                await Govern("a-nation", none);
                await ToldNothing();
                await Govern("a-nation", Given(-1, 1));
                await Told();
            }
        }
        finally
        {
            await Govern("", null);
        }
        await Told();

        static FiguresAuthorisation Given(int fromHours, int untilHours) => new()
        {
            GivenBy = "council",
            FromTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(fromHours)),
            UntilTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(untilHours)),
        };

        async Task Govern(string nation, FiguresAuthorisation? authorisation)
        {
            var site = await sites.SetNationGovernanceAsync(new SetNationGovernanceRequest { Name = gateway.North.SiteName, Nation = nation, Authorisation = authorisation, RequestId = Samples.Id() }, Operator);
            Assert.Equal((nation, authorisation), (site.GoverningNation, site.FiguresAuthorisation));
            await gateway.Reached(Network, site.Token, Operator);
        }

        async Task ToldNothing()
        {
            var withheld = gateway.North.SiteName;
            var region = await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = gateway.North.RegionName }, fraser);
            Assert.Equal((0, 0, withheld), (region.Figure.Cohorts, region.Figure.SeatsTotal, string.Join(" ", region.WithheldSites)));
            foreach (var by in new[] { CapacityBy.ByCohort, CapacityBy.BySite, CapacityBy.ByRegion, CapacityBy.ByProgram, CapacityBy.ByWeek, CapacityBy.ByNetwork })
            {
                var list = await Client.ListCapacityAsync(new ListCapacityRequest { Parent = Network, By = by, Region = gateway.North.RegionName }, fraser);
                Assert.Equal((0, withheld), (list.Figures.Count, string.Join(" ", list.WithheldSites)));
            }
            await Refused(() => Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = gateway.North.RegionName, Site = gateway.North.SiteName }, fraser).ResponseAsync);
            await Refused(() => Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = gateway.North.RegionName, Cohort = north }, fraser).ResponseAsync);
            var before = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(-1));
            await Refused(() => Client.GetCapacityAtAsync(new GetCapacityAtRequest { Parent = Network, Region = gateway.North.RegionName, Site = gateway.North.SiteName, Time = before }, fraser).ResponseAsync);
            var (from, to) = (new Google.Type.Date { Year = 2026, Month = 1, Day = 1 }, new Google.Type.Date { Year = 2026, Month = 1, Day = 31 });
            await Refused(() => Client.GetWaitsAsync(new GetWaitsRequest { Parent = Network, Region = gateway.North.RegionName, Site = gateway.North.SiteName, From = from, To = to }, fraser).ResponseAsync);
            var waits = await Client.GetWaitsAsync(new GetWaitsRequest { Parent = Network, Region = gateway.North.RegionName, From = from, To = to }, fraser);
            Assert.Equal((false, withheld), (waits.Figures.Any(f => f.HasThirdNextDays), string.Join(" ", waits.WithheldSites)));
            var flows = await new Referrals.ReferralsClient(gateway.Channel).ListReferralFlowsAsync(new ListReferralFlowsRequest { Parent = Network, Region = gateway.North.RegionName }, fraser);
            Assert.Equal((0, withheld), (flows.Flows.Count, string.Join(" ", flows.WithheldSites)));
            var open = await Seats.SearchSeatsAsync(new SearchSeatsRequest { Parent = Network, Region = gateway.North.RegionName }, fraser);
            Assert.Equal((0, withheld), (open.Results.Count, string.Join(" ", open.WithheldSites)));
            await Watched(m => string.Join(" ", m.WithheldSites) == withheld && known.Count == 0);
            // To its own site and to the operator it is what it was.
            Assert.Equal(3, (await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Cohort = north }, RealGateway.Headers(gateway.NorthToken))).Figure.SeatsTotal);
            Assert.Empty((await Client.ListCapacityAsync(new ListCapacityRequest { Parent = Network }, Operator)).WithheldSites);
        }

        async Task Told()
        {
            var one = await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = gateway.North.RegionName, Cohort = north }, fraser);
            Assert.Equal((3, 0), (one.Figure.SeatsTotal, one.WithheldSites.Count));
            await Watched(m => m.WithheldSites.Count == 0 && known.ContainsKey(north));
        }

        async Task Refused<T>(Func<Task<T>> ask)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(ask);
            Assert.Equal((StatusCode.FailedPrecondition, "NATION_AUTHORISATION_MISSING"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>().Reason));
        }

        async Task Watched(Func<WatchCapacityResponse, bool> isIt)
        {
            do
            {
                Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Folded.Patience, TimeProvider.System));
                if (call.ResponseStream.Current.Reset) known.Clear();
                foreach (var figure in call.ResponseStream.Current.Figures) known[figure.Name] = figure;
                foreach (var name in call.ResponseStream.Current.Removed) known.Remove(name);
            }
            while (!isIt(call.ResponseStream.Current));
        }
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
