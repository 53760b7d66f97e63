using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>Notes what it is asked, and knows one webhook of which one delivery has failed.</summary>
internal sealed class FakeWebhooks(World state) : Webhooks.WebhooksBase
{
    private const string Name = "networks/bc/webhooks/w1";

    public override Task<Webhook> CreateWebhook(CreateWebhookRequest request, ServerCallContext context) => Note(request, request.ValidateOnly ? "" : "whsec_AAAA");

    public override Task<Webhook> RotateWebhookSecret(RotateWebhookSecretRequest request, ServerCallContext context) => Note(request, "whsec_BBBB");

    public override Task<Webhook> DeleteWebhook(DeleteWebhookRequest request, ServerCallContext context) => Note(request);

    public override Task<Webhook> RedeliverWebhook(RedeliverWebhookRequest request, ServerCallContext context) => Note(request);

    public override Task<ListWebhooksResponse> ListWebhooks(ListWebhooksRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new ListWebhooksResponse { Webhooks = { new Webhook { Name = Name, Site = "networks/bc/sites/-", Url = "https://hooks.example/", EventTypes = { "offer.made" }, Disabled = true } } });
    }

    public override Task<ListFailedDeliveriesResponse> ListFailedDeliveries(ListFailedDeliveriesRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new ListFailedDeliveriesResponse { Deliveries = { new FailedDelivery { Webhook = Name, Delivery = "msg_1", EventType = "offer.made", Attempts = 10, LastResult = "http-503" } } });
    }

    private Task<Webhook> Note(IMessage request, string secret = "")
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new Webhook { Name = Name, Secret = secret });
    }
}
