using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Facilitators</c></summary>
internal sealed class FacilitatorsService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Facilitators.FacilitatorsBase
{
    public override async Task<Facilitator> CreateFacilitator(CreateFacilitatorRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, home, command) = FacilitatorMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Facilitator>(context, wrong);
        var site = await grains.Of<ISiteGrain>(home.Key).Get(call.Caller);
        if (site.Failure() is { } failure) return call.Refuse<Facilitator>(context, failure);
        return Reply(call, context, await Grain(name).Register(command, call.Start(request)), name.ToString());
    }

    public override async Task<Facilitator> GetFacilitator(GetFacilitatorRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Facilitator("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Facilitator>(context, wrong);
        var answer = await Grain(name).Get(call.Caller);
        return answer.Failure() is { } failure ? call.Refuse<Facilitator>(context, failure) : answer.Value!.ToWire(call.Caller);
    }

    public override async Task<ListFacilitatorsResponse> ListFacilitators(ListFacilitatorsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Site("parent", request.Parent);
        var list = $"facilitators of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListFacilitatorsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Facilitators(call.Caller, page, parent.Site);
        if (rows.Behind) return call.Refuse<ListFacilitatorsResponse>(context, Failure.Behind);
        var reply = new ListFacilitatorsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Facilitators.Add(row.ToWire(call.Caller));
        return reply;
    }

    public override async Task<Facilitator> RecordCredential(RecordCredentialRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, command) = FacilitatorMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Facilitator>(context, wrong);
        return Reply(call, context, await Grain(name).RecordCredential(command, call.Start(request)), request.Name);
    }

    public override async Task<Facilitator> WithdrawCredential(WithdrawCredentialRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, command) = FacilitatorMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Facilitator>(context, wrong);
        return Reply(call, context, await Grain(name).WithdrawCredential(command, call.Start(request)), request.Name);
    }

    private IFacilitatorGrain Grain(FacilitatorName name) => grains.Of<IFacilitatorGrain>(name.Key);

    private Facilitator Reply(Call call, ServerCallContext context, UnitAnswer<FacilitatorView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(call.Caller, answer.Token)
        : call.Refuse<Facilitator>(context, refusals.Of(answer, subject));
}
