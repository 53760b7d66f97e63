using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Webhooks;

namespace RttNetwork.Domain.Tests.Webhooks;

/// <summary>Who is told of what, and what may be done with whoever is.</summary>
public sealed class WebhookTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly SealedSecret First = new("key-1", "secret-1");
    private static readonly SealedSecret Second = new("key-2", "secret-2");

    [Fact]
    public void A_webhook_wants_the_types_and_the_sites_that_it_was_made_for()
    {
        var every = new Webhook("w1", "", "https://hooks.example/", [], First, At);
        var some = every with { Site = "nanaimo", Types = [WebhookTypes.OfferMade] };
        Assert.All(WebhookTypes.All, type => Assert.True(every.Wants(type, ["victoria"])));
        Assert.True(some.Wants(WebhookTypes.OfferMade, ["victoria", "nanaimo"]));
        Assert.False(some.Wants(WebhookTypes.OfferMade, ["victoria"]));
        Assert.False(some.Wants(WebhookTypes.OfferLapsed, ["nanaimo"]));
        Assert.False((every with { IsDisabled = true }).Wants(WebhookTypes.OfferMade, ["nanaimo"]));
    }

    [Fact]
    public void A_network_has_at_most_fifty_and_an_address_that_is_refused_is_none()
    {
        var webhooks = WebhooksState.Empty;
        for (var i = 0; i < WebhooksState.Max; i++) webhooks = After(webhooks, WebhookRules.Create(webhooks, Made($"w{i}"), null));
        Assert.Equal(Reason.WebhooksMaxReached, WebhookRules.Create(webhooks, Made("more"), null).Refusal!.Reason);
        Assert.Equal(Reason.WebhookAddressRefused, WebhookRules.Create(webhooks, Made("more"), "It is private.").Refusal!.Reason);
        Assert.Equal(Reason.AlreadyExists, WebhookRules.Create(webhooks, Made("w1"), null).Refusal!.Reason);
        webhooks = After(webhooks, WebhookRules.Delete(webhooks, "w1"));
        Assert.Null(WebhookRules.Create(webhooks, Made("more"), null).Refusal);
        Assert.Equal(Reason.NotFound, WebhookRules.Delete(webhooks, "w1").Refusal!.Reason);
    }

    [Fact]
    public void A_site_has_at_most_five_and_leaves_the_rest_to_others()
    {
        var webhooks = WebhooksState.Empty;
        for (var i = 0; i < WebhooksState.PerSiteMax; i++) webhooks = After(webhooks, WebhookRules.Create(webhooks, Made($"w{i}") with { Site = "nanaimo" }, null));
        var refusal = WebhookRules.Create(webhooks, Made("more") with { Site = "nanaimo" }, null).Refusal!;
        Assert.Equal((Reason.WebhooksMaxReached, true), (refusal.Reason, refusal.Message.StartsWith("A site", StringComparison.Ordinal)));
        Assert.Null(WebhookRules.Create(webhooks, Made("more") with { Site = "victoria" }, null).Refusal);
        Assert.Null(WebhookRules.Create(webhooks, Made("more"), null).Refusal);
    }

    [Fact]
    public void A_secret_is_not_printed() => Assert.Equal("SealedSecret", First.ToString());

    [Fact]
    public void A_rotation_keeps_the_secret_before_it_for_a_day()
    {
        var webhooks = WebhooksState.Empty.Apply(Made("w1"), At);
        webhooks = webhooks.Apply(Assert.Single(WebhookRules.Rotate(webhooks, "w1", Second).Last), At + Duration.FromDays(3));
        var rotated = webhooks.Of("w1")!;
        Assert.Equal((Second, First, At + Duration.FromDays(4)), (rotated.Secret, rotated.OldSecret, rotated.OldUntil));
        Assert.Equal(Reason.NotFound, WebhookRules.Rotate(webhooks, "w2", Second).Refusal!.Reason);
    }

    [Fact]
    public void One_that_is_disabled_is_neither_rotated_nor_revived_nor_disabled_twice()
    {
        var webhooks = WebhooksState.Empty.Apply(Made("w1"), At);
        Assert.Equal(Reason.DeliveryNotFailed, WebhookRules.Revive(webhooks, "w1", "msg", hasFailed: false).Refusal!.Reason);
        Assert.Equal(new WebhookDeliveryRevived("w1", "msg"), Assert.Single(WebhookRules.Revive(webhooks, "w1", "msg", hasFailed: true).Last));
        webhooks = After(webhooks, WebhookRules.Disable(webhooks, "w1"));
        Assert.Equal(Decision.Already, WebhookRules.Disable(webhooks, "w1"));
        Assert.Equal(Reason.WebhookDisabled, WebhookRules.Rotate(webhooks, "w1", Second).Refusal!.Reason);
        Assert.Equal(Reason.WebhookDisabled, WebhookRules.Revive(webhooks, "w1", "msg", hasFailed: true).Refusal!.Reason);
    }

    private static WebhookCreated Made(string webhook) => new(webhook, "", "https://hooks.example/", [], First);

    private static WebhooksState After(WebhooksState before, Decision decision)
    {
        Assert.Null(decision.Refusal);
        return decision.Last.Aggregate(before, (state, @event) => state.Apply(@event, At));
    }
}
