using System.Collections.Immutable;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Policies;
using RttNetwork.Gateway.Watches;
using RttNetwork.Wire.V1;
using By = RttNetwork.Contracts.Views.CapacityBy;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Capacity</c></summary>
internal sealed class CapacityService(IGrainFactory grains, PageTokens pages, CapacityFeeds feeds, WatchServices services, MeasureCatalogue catalogue, DisclosurePolicies disclosure, IHostApplicationLifetime lifetime) : Capacity.CapacityBase
{
    public override async Task<GetCapacityResponse> GetCapacity(GetCapacityRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var ask = CapacityMapping.Read(fields, request);
        var page = new PageRequest(1, null, fields.AtLeast("at_least", request.AtLeast));
        if (fields.Failure is { } wrong) return call.Refuse<GetCapacityResponse>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).Capacity(call.Caller, page, ask);
        if (answer.Page.Behind) return call.Refuse<GetCapacityResponse>(context, Failure.Behind);
        if (IsWithheld(answer.Page.Withheld, ask)) return call.Refuse<GetCapacityResponse>(context, Failure.NationAuthorisationMissing);
        var figures = answer.Page.Rows is [var row] ? row : null;
        // A site has no seats before it has a cohort, and is no site before it is opened.
        if (figures is null && (ask.By is By.Cohort || (ask.By is By.Site && !await IsThere(call, network, ask.Site!, ask.Region)))) return call.Refuse<GetCapacityResponse>(context, Failure.NotFound);
        figures ??= CapacityRollUp.Nothing(ask.Site ?? ask.Region ?? "", ask, call.Caller);
        return new GetCapacityResponse
        {
            Figure = figures.ToWire(network, ask.By),
            Token = answer.Page.Token,
            AsOfTime = answer.AsOf.ToWire(),
            StaleSinceTime = answer.StaleSince.ToWire(),
            WithheldSites = { CapacityMapping.Names(network, answer.Page.Withheld) },
        };
    }

    public override async Task<GetCapacityAtResponse> GetCapacityAt(GetCapacityAtRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var (ask, at) = CapacityMapping.Read(fields, request, call.Now);
        if (fields.Failure is { } wrong) return call.Refuse<GetCapacityAtResponse>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).CapacityAt(call.Caller, ask, at);
        if (answer.Behind) return call.Refuse<GetCapacityAtResponse>(context, Failure.ReadUnavailable);
        if (IsWithheld(answer.Withheld, ask)) return call.Refuse<GetCapacityAtResponse>(context, Failure.NationAuthorisationMissing);
        if (answer.IsBeforeAll) return call.Refuse<GetCapacityAtResponse>(context, Failure.BeforeHistory);
        if (answer.Figures is null && (ask.By is By.Cohort || (ask.By is By.Site && !await IsThere(call, network, ask.Site!, ask.Region)))) return call.Refuse<GetCapacityAtResponse>(context, Failure.NotFound);
        var figures = answer.Figures ?? CapacityRollUp.Nothing(ask.Site ?? ask.Region ?? "", ask, call.Caller);
        return new GetCapacityAtResponse { Figure = figures.ToWire(network, ask.By), Token = answer.Token, AsOfTime = answer.AsOf.ToWire(), WithheldSites = { CapacityMapping.Names(network, answer.Withheld) } };
    }

    public override async Task<ListCapacityHistoryResponse> ListCapacityHistory(ListCapacityHistoryRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var ask = CapacityMapping.Read(fields, request, call.Now);
        var list = $"history of capacity of {request.Parent} by {ask.Of.By} in {request.Region}, {request.Site}, {request.Program}, {ask.From} to {ask.To}, weeks {ask.ByWeek}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, "");
        if (fields.Failure is { } wrong) return call.Refuse<ListCapacityHistoryResponse>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).CapacityHistory(call.Caller, page, ask);
        if (answer.Behind) return call.Refuse<ListCapacityHistoryResponse>(context, Failure.ReadUnavailable);
        var reply = new ListCapacityHistoryResponse { NextPageToken = pages.Seal(list, answer.Next), WithheldSites = { CapacityMapping.Names(network, answer.Withheld) } };
        foreach (var row in answer.Rows) reply.Rows.Add(row.ToWire(network, ask.Of.By));
        return reply;
    }

    public override async Task<RegionReport> GetRegionReport(GetRegionReportRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var region = fields.Region("region", request.Region, required: true);
        var period = ReportMapping.Read(fields, request, call.Now);
        if (fields.Failure is { } wrong) return call.Refuse<RegionReport>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).RegionReport(call.Caller, region, period, [.. catalogue.All.Select(m => m.Definition)], disclosure.Of([region]).ExportPeopleMin);
        if (answer.Behind) return call.Refuse<RegionReport>(context, Failure.ReadUnavailable);
        if (answer.IsTooMuch) fields.Wrong("region", CapacityMapping.TooMuch);
        if (fields.Failure is { } tooMuch) return call.Refuse<RegionReport>(context, tooMuch);
        return answer.Report is { } report ? report.ToWire(network) : call.Refuse<RegionReport>(context, Failure.NotFound);
    }

    public override async Task<GetWaitsResponse> GetWaits(GetWaitsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var ask = CapacityMapping.Read(fields, request, call);
        var atLeast = fields.AtLeast("at_least", request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<GetWaitsResponse>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).Waits(call.Caller, atLeast, ask);
        if (answer.Behind) return call.Refuse<GetWaitsResponse>(context, Failure.Behind);
        if (answer.IsTooMuch) fields.Wrong("to", CapacityMapping.TooMuch);
        if (fields.Failure is { } tooMuch) return call.Refuse<GetWaitsResponse>(context, tooMuch);
        if (ask.Site is { } site && !await IsThere(call, network, site, ask.Region)) return call.Refuse<GetWaitsResponse>(context, Failure.NotFound);
        if (ask.Site is { } named && answer.Withheld.Contains(named)) return call.Refuse<GetWaitsResponse>(context, Failure.NationAuthorisationMissing);
        var reply = new GetWaitsResponse { Token = answer.Token, AsOfTime = answer.AsOf.ToWire(), StaleSinceTime = answer.StaleSince.ToWire(), WithheldSites = { CapacityMapping.Names(network, answer.Withheld) } };
        foreach (var figures in answer.Figures) reply.Figures.Add(figures.ToWire());
        return reply;
    }

    public override async Task<ListCapacityResponse> ListCapacity(ListCapacityRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var ask = CapacityMapping.Read(fields, request);
        var list = $"capacity of {request.Parent} by {ask.By} in {request.Region}, {request.Site}, {request.Program}, {request.Week}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListCapacityResponse>(context, wrong);
        var answer = await grains.Of<IViewsGrain>(network).Capacity(call.Caller, page, ask);
        if (answer.Page.Behind) return call.Refuse<ListCapacityResponse>(context, Failure.Behind);
        var reply = new ListCapacityResponse
        {
            NextPageToken = pages.Seal(list, answer.Page.Next),
            Token = answer.Page.Token,
            AsOfTime = answer.AsOf.ToWire(),
            StaleSinceTime = answer.StaleSince.ToWire(),
            WithheldSites = { CapacityMapping.Names(network, answer.Page.Withheld) },
        };
        foreach (var row in answer.Page.Rows) reply.Figures.Add(row.ToWire(network, ask.By));
        return reply;
    }

    public override async Task WatchCapacity(WatchCapacityRequest request, IServerStreamWriter<WatchCapacityResponse> responseStream, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        var ask = CapacityMapping.Read(fields, request);
        // Two callers may be shown different rows by one request: a token is of what one of them saw.
        var seal = $"watch of capacity of {request.Parent} by {ask.By} in {request.Region}, {request.Site}, {request.Program} for {call.Caller.Scope} {string.Join(' ', call.Caller.Sites)}";
        var from = pages.Open(fields, "resume_token", seal, request.ResumeToken);
        if (fields.Failure is { } wrong)
        {
            call.Refuse<WatchCapacityResponse>(context, wrong);
            return;
        }
        using var watch = feeds.Open(call.Caller);
        if (watch is null)
        {
            call.Refuse<WatchCapacityResponse>(context, Failure.WatchesMaxReached);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await new CapacityStream(services, new WatchedCapacity(network, ask, seal), call, context, watch, responseStream, end.Token).Run(from is null ? null : CapacityResume.Parse(from));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            call.Refuse<WatchCapacityResponse>(context, Failure.ReadUnavailable);
        }
        catch (WatchEndedException e)
        {
            call.Refuse<WatchCapacityResponse>(context, e.Failure);
        }
    }

    /// <summary>True when it is asked about a site, or a cohort of one, that the caller is told nothing of.</summary>
    private static bool IsWithheld(ImmutableArray<string> withheld, CapacityAsk ask) => withheld.Contains(ask.Site ?? ask.Cohort?[..ask.Cohort.IndexOf('.', StringComparison.Ordinal)] ?? "");

    /// <summary>True for a site that the caller may know of, in the region that is named beside it.</summary>
    private async Task<bool> IsThere(Call call, string network, string site, string? region)
    {
        var at = await grains.Of<IViewsGrain>(network).LocationOf(call.Caller, null, site);
        return at.TimeZone.Length > 0 && (region is null || region == at.Region);
    }
}
