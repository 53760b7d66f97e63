using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using Date = Google.Type.Date;
using Duration = NodaTime.Duration;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>What an authority sees over time, on real grains and a real database: what is refused and why, and that what is published stays.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class RegionTests(RealGateway gateway)
{
    private Capacity.CapacityClient Client => new(gateway.Channel);
    private Referrals.ReferralsClient ReferralsClient => new(gateway.Channel);
    private string Network => gateway.North.NetworkName;
    private string Region => gateway.North.RegionName;
    private static Instant Now => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task A_moment_that_cannot_be_answered_is_refused_and_says_why()
    {
        Task<GetCapacityAtResponse> At(Instant time, string token, string region = "", string site = "") => Client.GetCapacityAtAsync(
            new GetCapacityAtRequest { Parent = Network, Region = region, Site = site, Time = Timestamp.FromDateTimeOffset(time.ToDateTimeOffset()) }, RealGateway.Headers(token)).ResponseAsync;
        foreach (var time in new[] { Now + Duration.FromDays(1), Now - Duration.FromSeconds(20) })
            Assert.Equal("time", Field(await Assert.ThrowsAsync<RpcException>(() => At(time, gateway.OperatorToken))));
        var before = await Assert.ThrowsAsync<RpcException>(() => At(Now - Duration.FromDays(400), gateway.OperatorToken));
        Assert.Equal((StatusCode.FailedPrecondition, "HISTORY_BEGINS_LATER"), (before.StatusCode, before.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>().Reason));
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => At(Now - Duration.FromDays(1), gateway.FraserToken, gateway.South.RegionName))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => At(Now - Duration.FromDays(1), gateway.FraserToken))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => At(Now - Duration.FromDays(1), gateway.SouthToken, site: gateway.North.SiteName))).StatusCode);
    }

    [Fact]
    public async Task A_history_is_of_days_that_are_over_and_its_pages_are_of_one_question()
    {
        var today = Now.InUtc().Date;
        ListCapacityHistoryRequest Request(LocalDate from, LocalDate to) => new() { Parent = Network, Region = Region, By = CapacityBy.BySite, From = Wire(from), To = Wire(to), PageSize = 5 };
        foreach (var (from, to, field) in new[] { (today.PlusDays(-3), today.PlusDays(2), "to"), (today.PlusDays(-3), today.PlusDays(-4), "to"), (today.PlusDays(-800), today.PlusDays(-3), "to") })
            Assert.Equal(field, Field(await Assert.ThrowsAsync<RpcException>(() => Client.ListCapacityHistoryAsync(Request(from, to), RealGateway.Headers(gateway.FraserToken)).ResponseAsync)));
        // Before its first cohort there is nothing to count; the page goes on where it looked last.
        var first = await Client.ListCapacityHistoryAsync(Request(today.PlusDays(-300), today.PlusDays(-3)), RealGateway.Headers(gateway.FraserToken));
        Assert.Empty(first.Rows);
        Assert.NotEmpty(first.NextPageToken);
        var other = Request(today.PlusDays(-200), today.PlusDays(-3));
        other.PageToken = first.NextPageToken;
        Assert.Equal("page_token", Field(await Assert.ThrowsAsync<RpcException>(() => Client.ListCapacityHistoryAsync(other, RealGateway.Headers(gateway.FraserToken)).ResponseAsync)));
    }

    [Fact]
    public async Task An_authority_is_told_flows_of_whole_months_that_are_over()
    {
        var month = Now.InUtc().Date.With(DateAdjusters.StartOfMonth);
        Task<ListReferralFlowsResponse> Flows(string token, LocalDate? from, LocalDate? to) => ReferralsClient.ListReferralFlowsAsync(
            new ListReferralFlowsRequest { Parent = Network, Region = Region, From = from is { } f ? Wire(f) : null, To = to is { } t ? Wire(t) : null }, RealGateway.Headers(token)).ResponseAsync;
        await Flows(gateway.FraserToken, month.PlusMonths(-3), month.PlusDays(-3).With(DateAdjusters.StartOfMonth).PlusDays(-1));
        await Flows(gateway.FraserToken, null, null);
        await Flows(gateway.OperatorToken, month, month);
        foreach (var (from, to) in new[] { (month.PlusMonths(-3), month.PlusMonths(-2)), (month.PlusMonths(-3).PlusDays(1), month.PlusMonths(-2).PlusDays(-1)), (month, month.PlusMonths(1).PlusDays(-1)) })
            Assert.Equal("to", Field(await Assert.ThrowsAsync<RpcException>(() => Flows(gateway.FraserToken, from, to))));
        Assert.Equal("to", Field(await Assert.ThrowsAsync<RpcException>(() => Flows(gateway.OperatorToken, month.PlusMonths(-14), month))));
        Assert.Equal("to", Field(await Assert.ThrowsAsync<RpcException>(() => Flows(gateway.OperatorToken, month, null))));
    }

    [Fact]
    public async Task An_authority_is_told_flows_rounded_and_the_operator_as_they_are()
    {
        var people = new Participants.ParticipantsClient(gateway.Channel);
        var token = "";
        for (var i = 0; i < 3; i++)
        {
            var person = await people.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), RealGateway.Headers(gateway.OperatorToken));
            token = (await ReferralsClient.CreateReferralAsync(
                new CreateReferralRequest
                {
                    Parent = gateway.North.SiteName,
                    Participant = person.Name,
                    Target = gateway.South.SiteName,
                    Program = "NUMINUS-GROUP",
                    Reason = "closer-to-home",
                    SharingConsented = true,
                    RequestId = Samples.Id(),
                },
                RealGateway.Headers(gateway.OperatorToken))).Token;
        }
        async Task<List<ReferralFlow>> Flows(string caller) =>
            [.. (await ReferralsClient.ListReferralFlowsAsync(new ListReferralFlowsRequest { Parent = Network, Region = Region, AtLeast = token }, RealGateway.Headers(caller))).Flows];
        await gateway.Reached(Network, token, RealGateway.Headers(gateway.OperatorToken));
        var exact = await Flows(gateway.OperatorToken);
        Assert.Contains(exact, f => f is { Direction: FlowDirection.OutOfRegion, Status: "sent", Referrals: >= 3 });
        foreach (var (so, told) in exact.Zip(await Flows(gateway.FraserToken)))
        {
            Assert.Equal((so.Direction, so.SourceRegion, so.TargetRegion, so.Status, so.Outcome), (told.Direction, told.SourceRegion, told.TargetRegion, told.Status, told.Outcome));
            Assert.Equal(so.Referrals <= 7 ? (0, true) : ((so.Referrals + 2) / 5 * 5, false), (told.Referrals, told.Suppressed));
        }
    }

    [Fact]
    public async Task A_quarter_is_reported_once_it_is_over_for_two_weeks_and_the_report_stays_the_same()
    {
        Task<RegionReport> Get(string period, string token) =>
            Client.GetRegionReportAsync(new GetRegionReportRequest { Parent = Network, Region = Region, Period = period }, RealGateway.Headers(token)).ResponseAsync;
        var today = Now.InUtc().Date;
        var running = $"{today.Year:D4}-Q{((today.Month - 1) / 3) + 1}";
        foreach (var period in new[] { running, "2026-Q5", "2026Q1", "20x6-Q1", "9999-Q1" }) Assert.Equal("period", Field(await Assert.ThrowsAsync<RpcException>(() => Get(period, gateway.FraserToken))));
        var first = await Get("2025-Q4", gateway.FraserToken);
        Assert.Equal((5, "2025-Q4", new Date { Year = 2026, Month = 1, Day = 30 }), (first.PeopleMin, first.Period, first.DueDate));
        foreach (var table in first.Tables) Assert.Equal(table.Cells.Count, (table.Rows.Count + (table.Totals is ReportTotals.RowAndColumnTotals ? 1 : 0)) * (table.Columns.Count + (table.Totals is ReportTotals.Unspecified ? 0 : 1)));
        Assert.Equal(first.ToByteString(), (await Get("2025-Q4", gateway.OperatorToken)).ToByteString());
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => Client.GetRegionReportAsync(
            new GetRegionReportRequest { Parent = Network, Region = "regions/nowhere", Period = "2025-Q4" }, RealGateway.Headers(gateway.OperatorToken)).ResponseAsync)).StatusCode);
    }

    /// <summary>Two weeks after its last day, and once that is so everywhere on earth.</summary>
    [Theory]
    [InlineData("2026-Q2", 2026, 7, 15)]
    [InlineData("2026-Q4", 2027, 1, 15)]
    public void A_quarter_is_reported_from_the_fifteenth_day_after_it(string quarter, int year, int month, int day)
    {
        var opens = Instant.FromUtc(year, month, day, 12, 0);
        Assert.Equal("period", Assert.Single(Wrong(opens - Duration.FromSeconds(1))));
        Assert.Empty(Wrong(opens));

        IEnumerable<string> Wrong(Instant now)
        {
            var fields = new Fields();
            ReportMapping.Read(fields, new GetRegionReportRequest { Period = quarter }, now);
            return fields.Failure is { } failure ? failure.Status.GetDetail<Google.Rpc.BadRequest>().FieldViolations.Select(v => v.Field) : [];
        }
    }

    private static string Field(RpcException refused) => Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field;

    private static Date Wire(LocalDate day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };
}
