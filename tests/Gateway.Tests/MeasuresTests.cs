using Google.Rpc;
using Grpc.Core;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>Measures by gRPC and by JSON, on real grains and a real database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class MeasuresTests(RealGateway gateway)
{
    private Measures.MeasuresClient Client => new(gateway.Channel);

    private Metadata Headers => RealGateway.Headers(gateway.NorthToken);

    [Fact]
    public async Task A_score_an_alert_and_its_assessment_go_the_whole_way()
    {
        var person = await Referred();
        var due = (await Client.GetParticipantMeasuresAsync(new GetParticipantMeasuresRequest { Participant = person }, Headers)).Due;
        Assert.Equal(["gad-7 due", "pcl-5 due", "phq-9 due"], due.Where(d => d.Point == "baseline").Select(d => $"{d.Measure} {d.Standing}"));

        var request = new RecordMeasureRequest { Participant = person, Measure = "phq-9", Items = { 2, 2, 2, 2, 2, 2, 2, 2, 1 }, Point = "baseline", RequestId = Samples.Id() };
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.RecordMeasureAsync(request, Headers).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal("CLINICIAN_MISSING", refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
        Assert.Equal("clinician", Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations).Field);

        request.Clinician = gateway.North.FacilitatorName;
        var recorded = await Client.RecordMeasureAsync(request, Headers);
        Assert.Equal((17, "baseline", gateway.North.FacilitatorName), (Assert.Single(recorded.Records).Score, recorded.Records[0].Point, recorded.Alert.Clinician));
        // Again, under the same request id: the same answer, and one record.
        Assert.Equal(recorded.Records, (await Client.RecordMeasureAsync(request, Headers)).Records);

        var pathway = await new Pathways.PathwaysClient(gateway.Channel).GetPathwayAsync(new GetPathwayRequest { Participant = person }, Headers);
        Assert.Equal("phq-9", pathway.RiskAlert.Measure);
        Assert.Equal(["gad-7", "pcl-5"], pathway.MeasuresDue.Select(d => d.Measure));
        Assert.Contains("assessRisk", pathway.AvailableActions);

        var assessed = await gateway.Call.ByJson(MethodRules.All["/rtt.v1.Measures/AssessRisk"], new AssessRiskRequest { Participant = person, Clinician = gateway.North.FacilitatorName, Outcome = "assessed-goes-on", RequestId = Samples.Id() }, gateway.NorthToken);
        Assert.Equal(StatusCode.OK, assessed.Code);
        var after = await Client.GetParticipantMeasuresAsync(new GetParticipantMeasuresRequest { Participant = person }, Headers);
        Assert.Null(after.Alert);
        // An alert that is not there says nothing, in no word of the answer.
        Assert.DoesNotContain("risk", after.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Answers_that_are_not_the_measures_are_named_one_by_one()
    {
        var person = await Referred();
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.RecordMeasureAsync(
            new RecordMeasureRequest { Participant = person, Measure = "gad-7", Items = { 0, 1, 4, 0, 0, 9, -1 }, RequestId = Samples.Id() }, Headers).ResponseAsync);
        Assert.Equal("MEASURE_INVALID", refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
        Assert.Equal(["items[2]", "items[5]", "items"], refused.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations.Select(f => f.Field));
    }

    [Fact]
    public async Task A_measure_of_a_person_is_no_other_sites_business()
    {
        var person = await Referred();
        var south = RealGateway.Headers(gateway.SouthToken);
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.GetParticipantMeasuresAsync(new GetParticipantMeasuresRequest { Participant = person }, south).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    /// <summary>A person whom no other test knows, referred to GRIP-8.</summary>
    private async Task<string> Referred()
    {
        var person = (await new Participants.ParticipantsClient(gateway.Channel).RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Headers)).Name;
        await new Pathways.PathwaysClient(gateway.Channel).ReferParticipantAsync(
            new ReferParticipantRequest { Participant = person, Site = gateway.North.SiteName, Program = "GRIP-8", Source = "self", RequestId = Samples.Id() }, Headers);
        return person;
    }
}
