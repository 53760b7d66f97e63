using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;
using WireProgram = RttNetwork.Wire.V1.Program;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Programs</c></summary>
internal sealed class ProgramsService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Programs.ProgramsBase
{
    public override async Task<WireProgram> CreateProgramVersion(CreateProgramVersionRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, command) = ProgramMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<WireProgram>(context, wrong);
        var answer = await grains.GetGrain<IProgramGrain>(name.Key).Publish(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(answer.Token) : call.Refuse<WireProgram>(context, refusals.Of(answer.Within("template"), name.ToString()));
    }

    public override async Task<WireProgram> GetProgram(GetProgramRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.ProgramName("name", request.Name);
        var version = fields.Number("version", request.Version, 0, int.MaxValue);
        var effectiveOn = fields.Date("effective_on", request.EffectiveOn);
        if (version > 0 && effectiveOn is not null) fields.Wrong("effective_on", "must be absent when version is given");
        if (fields.Failure is { } wrong) return call.Refuse<WireProgram>(context, wrong);
        var answer = await grains.GetGrain<IProgramGrain>(name.Key).Get(call.Caller, version, effectiveOn);
        return answer.Failure() is { } failure ? call.Refuse<WireProgram>(context, failure) : answer.Value!.ToWire();
    }

    public override async Task<ListProgramsResponse> ListPrograms(ListProgramsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        var list = $"programs of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListProgramsResponse>(context, wrong);
        var rows = await grains.GetGrain<IViewsGrain>(parent.Network).Programs(call.Caller, page);
        if (rows.Behind) return call.Refuse<ListProgramsResponse>(context, Failure.Behind);
        var reply = new ListProgramsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Programs.Add(row.ToWire(parent.Network));
        return reply;
    }

    public override async Task<RulePack> CreateRulePackVersion(CreateRulePackVersionRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var command = ProgramMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<RulePack>(context, wrong);
        var answer = await grains.GetGrain<IRulePacksGrain>(Keys.RulePacks(call.Caller.Network)).Publish(command!, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller.Network) : call.Refuse<RulePack>(context, refusals.Of(answer.Within("rule_pack"), request.RulePack.Pack));
    }

    public override async Task<ListRulePacksResponse> ListRulePacks(ListRulePacksRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        if (fields.Failure is { } wrong) return call.Refuse<ListRulePacksResponse>(context, wrong);
        var answer = await grains.GetGrain<IRulePacksGrain>(Keys.RulePacks(parent.Network)).Get(call.Caller, null, null);
        if (answer.Failure() is { } failure) return call.Refuse<ListRulePacksResponse>(context, failure);
        var reply = new ListRulePacksResponse();
        foreach (var pack in answer.Value!.Packs) reply.RulePacks.Add(pack.ToWire(parent.Network));
        return reply;
    }
}
