using Google.Rpc;
using Grpc.Core;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>Safety events by gRPC, on real grains, a real database, the real dispatcher and the real projection.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class SafetyTests(RealGateway gateway)
{
    private Safety.SafetyClient Client => new(gateway.Channel);

    private Metadata North => RealGateway.Headers(gateway.NorthToken);

    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);

    [Fact]
    public async Task An_event_is_recorded_acknowledged_reported_and_closed_and_flags_the_cohort_meanwhile()
    {
        var lead = await Prescriber();
        var request = (RecordSafetyEventRequest)Samples.Of("/rtt.v1.Safety/RecordSafetyEvent", gateway.North);
        var recorded = await Client.RecordSafetyEventAsync(request, North);
        // The site has the accreditation of a hospital: thirty days from today there.
        Assert.Equal("ca-hospital", Assert.Single(recorded.Clocks).Regime);
        Assert.Equal(("desk-north", gateway.North.CohortName, 0), (recorded.RecordedBy, recorded.Cohort, recorded.Session));
        // Twice under one request id is one event.
        Assert.Equal(recorded.Name, (await Client.RecordSafetyEventAsync(request, North)).Name);
        await Flagged(recorded.Name, stands: true);

        var open = await Listed($"{gateway.North.NetworkName}/sites/-", recorded.Token, Operator);
        var row = open.Single(e => e.Name == recorded.Name);
        Assert.Equal((true, recorded.Clocks[0].DueOn), (row.Serious, row.DueOn));
        Assert.Equal(["medical-lead", "operator"], row.Unaware);

        var early = await Assert.ThrowsAsync<RpcException>(() => Client.CloseSafetyEventAsync(new CloseSafetyEventRequest { Name = recorded.Name, Clinician = lead, Outcome = "resolved", RequestId = Samples.Id() }, North).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, early.StatusCode);
        Assert.Equal(["acknowledged", "acknowledged", "reported"], early.GetRpcStatus()!.GetDetail<PreconditionFailure>().Violations.Select(v => v.Subject));

        var nobody = await Assert.ThrowsAsync<RpcException>(() => Client.AcknowledgeSafetyEventAsync(new AcknowledgeSafetyEventRequest { Name = recorded.Name, RequestId = Samples.Id() }, North).ResponseAsync);
        Assert.Equal(("CLINICIAN_MISSING", "medical_lead"), (nobody.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason, Assert.Single(nobody.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations).Field));
        await Client.AcknowledgeSafetyEventAsync(new AcknowledgeSafetyEventRequest { Name = recorded.Name, MedicalLead = lead, RequestId = Samples.Id() }, North);
        var known = await Client.AcknowledgeSafetyEventAsync(new AcknowledgeSafetyEventRequest { Name = recorded.Name, RequestId = Samples.Id() }, Operator);
        Assert.Equal([("medical-lead", lead, "desk-north"), ("operator", "", "ops")], known.Acknowledged.Select(a => (a.As, a.Facilitator, a.AcknowledgedBy)));
        await Client.ReportSafetyEventAsync(new ReportSafetyEventRequest { Name = recorded.Name, Regime = "ca-hospital", RequestId = Samples.Id() }, North);
        var closed = await Client.CloseSafetyEventAsync(new CloseSafetyEventRequest { Name = recorded.Name, Clinician = lead, Outcome = "resolved", RequestId = Samples.Id() }, North);
        Assert.Equal(("resolved", lead, "desk-north"), (closed.Outcome, closed.ClosedBy, closed.Clocks[0].ReportedBy));
        Assert.DoesNotContain(await Listed(gateway.North.SiteName, closed.Token, North), e => e.Name == recorded.Name);
        await Flagged(recorded.Name, stands: false);
    }

    [Fact]
    public async Task One_that_concerns_nobody_in_particular_is_recorded_too_and_pages_are_in_order()
    {
        var names = new List<string>();
        var token = "";
        for (var i = 0; i < 3; i++)
        {
            var recorded = await Client.RecordSafetyEventAsync(new RecordSafetyEventRequest { Parent = gateway.North.SiteName, Kind = "privacy", Severity = "mild", RequestId = Samples.Id() }, North);
            names.Add(recorded.Name);
            token = recorded.Token;
        }
        var last = await Client.GetSafetyEventAsync(new GetSafetyEventRequest { Name = names[^1] }, North);
        Assert.Equal((0, "", "", false), (last.Clocks.Count, last.Participant, last.Cohort, last.HasSession));
        await gateway.Reached(gateway.North.NetworkName, token, RealGateway.Headers(gateway.OperatorToken));
        var all = new List<SafetyEventSummary>();
        var request = new ListSafetyEventsRequest { Parent = gateway.North.SiteName, PageSize = 1, AtLeast = token };
        do
        {
            var reply = await Client.ListSafetyEventsAsync(request, North);
            all.AddRange(reply.SafetyEvents);
            request.PageToken = reply.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(names, all.Select(e => e.Name).Where(names.Contains));
        Assert.Equal(all.Select(e => e.Name).Distinct().Count(), all.Count);
        // What has a clock comes before what has none.
        Assert.Equal(all.Select(e => e.DueOn is null).Order(), all.Select(e => e.DueOn is null));
    }

    [Fact]
    public async Task A_site_sees_no_other_sites_events_and_not_the_networks_list()
    {
        var south = RealGateway.Headers(gateway.SouthToken);
        var one = await Assert.ThrowsAsync<RpcException>(() => Client.GetSafetyEventAsync(new GetSafetyEventRequest { Name = gateway.North.SafetyEventName }, south).ResponseAsync);
        var every = await Assert.ThrowsAsync<RpcException>(() => Client.ListSafetyEventsAsync(new ListSafetyEventsRequest { Parent = $"{gateway.North.NetworkName}/sites/-" }, south).ResponseAsync);
        Assert.Equal((StatusCode.PermissionDenied, StatusCode.PermissionDenied), (one.StatusCode, every.StatusCode));
        // A cohort of another site in one's own event, and a session that is none.
        var request = (RecordSafetyEventRequest)Samples.Of("/rtt.v1.Safety/RecordSafetyEvent", gateway.North);
        request.Session = 99;
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.RecordSafetyEventAsync(request, North).ResponseAsync);
        Assert.Equal("session", Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations).Field);
    }

    private async Task<IEnumerable<SafetyEventSummary>> Listed(string parent, string atLeast, Metadata headers)
    {
        await gateway.Reached(gateway.North.NetworkName, atLeast, RealGateway.Headers(gateway.OperatorToken));
        return (await Client.ListSafetyEventsAsync(new ListSafetyEventsRequest { Parent = parent, PageSize = 200, AtLeast = atLeast }, headers)).SafetyEvents;
    }

    /// <summary>Waits for the dispatcher: what a cohort knows of an event follows from the journal.</summary>
    private async Task Flagged(string name, bool stands)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await new Cohorts.CohortsClient(gateway.Channel).GetCohortAsync(new GetCohortRequest { Name = gateway.North.CohortName }, North)).SafetyFlags.Contains(name) != stands)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The cohort was not told within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>A prescriber who signs at the site: its medical lead.</summary>
    private async Task<string> Prescriber()
    {
        var facilitator = Samples.Facilitator(gateway.North);
        facilitator.Roles.Add("prescriber");
        facilitator.Credentials.Add(new Credential { Role = "prescriber", Jurisdiction = "CA-BC", ValidFrom = Samples.Day(2025, 1, 1) });
        return (await new Facilitators.FacilitatorsClient(gateway.Channel).CreateFacilitatorAsync(
            new CreateFacilitatorRequest { Parent = gateway.North.NetworkName, FacilitatorId = $"lead-{Guid.NewGuid():N}"[..20], Facilitator = facilitator, RequestId = Samples.Id() }, Operator)).Name;
    }
}
