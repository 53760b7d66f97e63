using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Policies;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Measures</c></summary>
internal sealed class MeasuresService(IGrainFactory grains, Refusals refusals, PageTokens pages, MeasureCatalogue catalogue, DisclosurePolicies disclosure) : Measures.MeasuresBase
{
    public override Task<ListMeasureDefinitionsResponse> ListMeasureDefinitions(ListMeasureDefinitionsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        fields.Network("parent", request.Parent);
        if (fields.Failure is { } wrong) return Task.FromResult(call.Refuse<ListMeasureDefinitionsResponse>(context, wrong));
        var reply = new ListMeasureDefinitionsResponse();
        reply.Measures.AddRange(catalogue.All.Select(MeasureMapping.ToWire));
        return Task.FromResult(reply);
    }

    public override async Task<ParticipantMeasures> GetParticipantMeasures(GetParticipantMeasuresRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("participant", request.Participant);
        if (fields.Failure is { } wrong) return call.Refuse<ParticipantMeasures>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(name.Key).GetPathway(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<ParticipantMeasures>(context, failure) : answer.Value!.ToMeasures();
    }

    public override Task<ParticipantMeasures> RecordMeasure(RecordMeasureRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => MeasureMapping.Read(fields, request, catalogue));

    public override Task<ParticipantMeasures> AssessRisk(AssessRiskRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => MeasureMapping.Read(fields, request));

    public override async Task<ReliableChange> GetReliableChange(GetReliableChangeRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Cohort("cohort", request.Cohort);
        var atLeast = fields.AtLeast("at_least", request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ReliableChange>(context, wrong);
        // What is not there looks like what one may not see.
        var cohort = await grains.Of<ICohortGrain>(name.Key).Get(call.Caller, call.Now);
        if (cohort.Failure() is { } failure) return call.Refuse<ReliableChange>(context, failure);
        var rows = await grains.Of<IViewsGrain>(name.Network).ReliableChange(call.Caller, atLeast, name.Site, name.Cohort, [.. catalogue.All.Select(m => m.Definition)]);
        if (rows.Behind) return call.Refuse<ReliableChange>(context, Failure.Behind);
        var reply = new ReliableChange { Cohort = request.Cohort, Token = rows.Token };
        reply.Changes.AddRange(rows.Rows.Select(MeasureMapping.ToWire));
        return reply;
    }

    public override async Task<ExportMeasuresResponse> ExportMeasures(ExportMeasuresRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, export) = MeasureMapping.Read(fields, request, disclosure);
        var list = MeasureMapping.ListOf(request);
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ExportMeasuresResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(network).ExportMeasures(call.Caller, page, export!);
        if (rows.Behind) return call.Refuse<ExportMeasuresResponse>(context, Failure.Behind);
        var reply = new ExportMeasuresResponse { CohortsLeftOut = rows.CohortsLeftOut, NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        reply.Scores.AddRange(rows.Rows.Select(MeasureMapping.ToWire));
        return reply;
    }

    private async Task<ParticipantMeasures> Change(ServerCallContext context, IMessage request, string participant, Func<Fields, PathwayCommand> read)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("participant", participant);
        var command = read(fields);
        if (fields.Failure is { } wrong) return call.Refuse<ParticipantMeasures>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(name.Key).Pathway(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToMeasures(answer.Token) : call.Refuse<ParticipantMeasures>(context, refusals.Of(answer, $"{name}/pathway"));
    }
}
