using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;
using Unit = RttNetwork.Contracts.Units.Unit;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Webhooks</c></summary>
internal sealed class WebhooksService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Webhooks.WebhooksBase
{
    public override async Task<Webhook> CreateWebhook(CreateWebhookRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var url = WebhookMapping.Url(fields, "url", request.Url);
        var types = WebhookMapping.Types(fields, "event_types", request.EventTypes);
        if (fields.Failure is { } wrong) return call.Refuse<Webhook>(context, wrong);
        if (site is not null)
        {
            var at = await grains.Of<ISiteGrain>(Keys.Site(network, site)).Get(call.Caller);
            if (at.Failure() is { } noSite) return call.Refuse<Webhook>(context, noSite);
        }
        var unit = call.Start(request);
        var command = new CreateWebhook(Identities.New("webhook", 'w', call.Caller, unit.RequestId), site ?? "", url, types);
        return Reply(call, context, await Of(network).Create(command, unit), network, request.Parent);
    }

    public override async Task<ListWebhooksResponse> ListWebhooks(ListWebhooksRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = $"webhooks of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, "");
        if (fields.Failure is { } wrong) return call.Refuse<ListWebhooksResponse>(context, wrong);
        var rows = await Of(network).List(call.Caller, page, site);
        if (rows.Behind) return call.Refuse<ListWebhooksResponse>(context, Failure.ReadUnavailable);
        var reply = new ListWebhooksResponse { NextPageToken = pages.Seal(list, rows.Next) };
        reply.Webhooks.AddRange(rows.Rows.Select(r => r.ToWire(network)));
        return reply;
    }

    public override Task<Webhook> DeleteWebhook(DeleteWebhookRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, _ => "", (grain, webhook, _, unit) => grain.Delete(new DeleteWebhook(webhook), unit));

    public override Task<Webhook> RotateWebhookSecret(RotateWebhookSecretRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, _ => "", (grain, webhook, _, unit) => grain.Rotate(new RotateWebhookSecret(webhook), unit));

    public override async Task<ListFailedDeliveriesResponse> ListFailedDeliveries(ListFailedDeliveriesRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = $"failed deliveries of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, "");
        if (fields.Failure is { } wrong) return call.Refuse<ListFailedDeliveriesResponse>(context, wrong);
        var rows = await Of(network).Failed(call.Caller, page, site);
        var reply = new ListFailedDeliveriesResponse { NextPageToken = pages.Seal(list, rows.Next) };
        reply.Deliveries.AddRange(rows.Rows.Select(r => r.ToWire(network)));
        return reply;
    }

    public override Task<Webhook> RedeliverWebhook(RedeliverWebhookRequest request, ServerCallContext context) => Change(
        context, request, request.Name, fields => WebhookMapping.Delivery(fields, "delivery", request.Delivery),
        (grain, webhook, delivery, unit) => grain.Redeliver(new RedeliverWebhook(webhook, delivery), unit));

    private async Task<Webhook> Change(
        ServerCallContext context, IMessage request, string name, Func<Fields, string> read, Func<IWebhooksGrain, string, string, Unit, Task<UnitAnswer<WebhookView>>> change)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var named = fields.Webhook("name", name);
        var more = read(fields);
        if (fields.Failure is { } wrong) return call.Refuse<Webhook>(context, wrong);
        return Reply(call, context, await change(Of(named.Network), named.Webhook, more, call.Start(request)), named.Network, name);
    }

    private IWebhooksGrain Of(string network) => grains.Of<IWebhooksGrain>(Keys.Webhooks(network));

    private Webhook Reply(Call call, ServerCallContext context, UnitAnswer<WebhookView> answer, string network, string subject) =>
        answer.IsAccepted ? answer.Reply!.ToWire(network, answer.Token) : call.Refuse<Webhook>(context, refusals.Of(answer, subject));
}
