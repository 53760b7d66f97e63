using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Rehoming</c></summary>
internal sealed class RehomingService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Rehoming.RehomingBase
{
    public override async Task<Rehome> ProposeRehome(ProposeRehomeRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, cause, again) = RehomeMapping.Read(fields, request);
        var atLeast = fields.AtLeast("at_least", request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<Rehome>(context, wrong);
        var unit = call.Start(request);
        var key = again?.Key ?? Keys.Rehome(network.Network, Identities.New("rehome", 'm', call.Caller, unit.RequestId));
        return Reply(call, context, await grains.Of<IRehomeGrain>(key).Propose(new ProposeRehome(cause) { AtLeast = atLeast }, unit), again?.ToString() ?? request.Parent);
    }

    public override async Task<Rehome> GetRehome(GetRehomeRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Rehome("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Rehome>(context, wrong);
        var answer = await grains.Of<IRehomeGrain>(name.Key).Report(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<Rehome>(context, failure) : answer.Value!.ToWire();
    }

    public override async Task<ListRehomesResponse> ListRehomes(ListRehomesRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        var list = $"rehomes of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListRehomesResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Rehomes(call.Caller, page);
        if (rows.Behind) return call.Refuse<ListRehomesResponse>(context, Failure.Behind);
        var reply = new ListRehomesResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        reply.Rehomes.AddRange(rows.Rows.Select(r => r.ToWire(parent.Network)));
        return reply;
    }

    public override Task<Rehome> ApproveRehome(ApproveRehomeRequest request, ServerCallContext context) => Change(
        context, request, request.Name, fields => new ApproveRehome(fields.Number("revision", request.Revision, 1, int.MaxValue)), (plan, command, unit) => plan.Approve(command, unit));

    public override Task<Rehome> CancelRehome(CancelRehomeRequest request, ServerCallContext context) => Change(
        context, request, request.Name, fields => new CancelRehome(fields.Code("reason", request.Reason)), (plan, command, unit) => plan.Cancel(command, unit));

    private async Task<Rehome> Change<TCommand>(
        ServerCallContext context, IMessage request, string name, Func<Fields, TCommand> read, Func<IRehomeGrain, TCommand, Unit, Task<UnitAnswer<RehomeView>>> ask)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var named = fields.Rehome("name", name);
        var command = read(fields);
        if (fields.Failure is { } wrong) return call.Refuse<Rehome>(context, wrong);
        return Reply(call, context, await ask(grains.Of<IRehomeGrain>(named.Key), command, call.Start(request)), name);
    }

    private Rehome Reply(Call call, ServerCallContext context, UnitAnswer<RehomeView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(answer.Token)
        : call.Refuse<Rehome>(context, refusals.Of(answer, subject));
}
