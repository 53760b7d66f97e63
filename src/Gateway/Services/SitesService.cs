using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Sites</c></summary>
internal sealed class SitesService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Sites.SitesBase
{
    public override async Task<Site> CreateSite(CreateSiteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(name).Open(command, call.Start(request)), name.ToString());
    }

    public override async Task<Site> GetSite(GetSiteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Site("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        var answer = await Grain(name).Get(call.Caller);
        return answer.Failure() is { } failure ? call.Refuse<Site>(context, failure) : answer.Value!.ToWire(call.Caller, call.Now);
    }

    public override async Task<ListSitesResponse> ListSites(ListSitesRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        var region = fields.Region("region", request.Region, required: false);
        var list = $"sites of {request.Parent} in {region}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListSitesResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Sites(call.Caller, page, region.Length > 0 ? region : null);
        if (rows.Behind) return call.Refuse<ListSitesResponse>(context, Failure.Behind);
        var reply = new ListSitesResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Sites.Add(row.ToWire(call.Caller));
        return reply;
    }

    public override async Task<Site> CreateRoom(CreateRoomRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).OpenRoom(command, call.Start(request)), request.Parent);
    }

    public override async Task<Site> BlockRoom(BlockRoomRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).BlockRoom(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> UnblockRoom(UnblockRoomRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).UnblockRoom(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> SetLimitedCapacity(SetLimitedCapacityRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).SetLimitedCapacity(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> DescribeSite(DescribeSiteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).Describe(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> HideSite(HideSiteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).Hide(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> UnhideSite(UnhideSiteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var site = fields.Site("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).Unhide(new UnhideSite(), call.Start(request)), request.Name);
    }

    public override async Task<Site> SetNationGovernance(SetNationGovernanceRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).Govern(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> GrantAccreditation(GrantAccreditationRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).GrantAccreditation(command, call.Start(request)), request.Name);
    }

    public override async Task<Site> WithdrawAccreditation(WithdrawAccreditationRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = SiteMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Site>(context, wrong);
        return Reply(call, context, await Grain(site).WithdrawAccreditation(command, call.Start(request)), request.Name);
    }

    private ISiteGrain Grain(SiteName name) => grains.Of<ISiteGrain>(name.Key);

    private Site Reply(Call call, ServerCallContext context, UnitAnswer<SiteView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(call.Caller, null, answer.Token)
        : call.Refuse<Site>(context, refusals.Of(answer, subject));
}
