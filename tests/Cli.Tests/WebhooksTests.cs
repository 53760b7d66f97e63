using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt webhooks</c>: what is typed is what is asked, and a secret is shown where it is made.</summary>
public sealed class WebhooksTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_webhook_is_made_for_every_site_or_for_one_and_its_secret_is_shown()
    {
        var ran = await _network.Run("webhooks", "create", "https://hooks.example/", "--event", "offer.made", "--event", "referral.sent");
        Assert.Equal(new Ran(0, "w1: made. Its secret, which is not shown again: whsec_AAAA" + Environment.NewLine, ""), ran);
        Assert.Equal("would be: w1: made" + Environment.NewLine, (await _network.Run("webhooks", "create", "https://hooks.example/", "--site", "nanaimo", "--dry-run")).Out);
        var asked = _network.State.Steps.Cast<CreateWebhookRequest>().ToArray();
        Assert.Equal([("networks/bc/sites/-", "offer.made referral.sent", false), ("networks/bc/sites/nanaimo", "", true)], asked.Select(a => (a.Parent, string.Join(' ', a.EventTypes), a.ValidateOnly)));
        Assert.All(asked, a => Assert.Equal("https://hooks.example/", a.Url));
    }

    [Fact]
    public async Task Each_change_names_its_webhook()
    {
        Assert.Contains("whsec_BBBB", (await _network.Run("webhooks", "rotate", "w1")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _network.Run("webhooks", "delete", "networks/bc/webhooks/w1")).Code);
        Assert.Equal(0, (await _network.Run("webhooks", "redeliver", "w1", "msg_1")).Code);
        var asked = _network.State.Steps.ToArray();
        Assert.Equal("networks/bc/webhooks/w1", Assert.Single(asked.OfType<RotateWebhookSecretRequest>()).Name);
        Assert.Equal("networks/bc/webhooks/w1", Assert.Single(asked.OfType<DeleteWebhookRequest>()).Name);
        Assert.Equal(("networks/bc/webhooks/w1", "msg_1"), Assert.Single(asked.OfType<RedeliverWebhookRequest>()) is var r ? (r.Name, r.Delivery) : default);
        Assert.Equal(2, (await _network.Run("webhooks", "delete", "a/b")).Code);
    }

    [Fact]
    public async Task Webhooks_and_what_failed_are_tables()
    {
        var list = await _network.Run("webhooks", "list");
        Assert.Contains(list.Out.Split(Environment.NewLine), line => line.StartsWith("w1", StringComparison.Ordinal) && line.Contains("offer.made", StringComparison.Ordinal) && line.Contains("DISABLED", StringComparison.Ordinal));
        var failed = await _network.Run("webhooks", "failed", "--site", "nanaimo");
        Assert.Contains(failed.Out.Split(Environment.NewLine), line => line.StartsWith("w1", StringComparison.Ordinal) && line.Contains("msg_1", StringComparison.Ordinal) && line.Contains("http-503", StringComparison.Ordinal));
        Assert.Equal("networks/bc/sites/-", Assert.Single(_network.State.Steps.OfType<ListWebhooksRequest>()).Parent);
        Assert.Equal("networks/bc/sites/nanaimo", Assert.Single(_network.State.Steps.OfType<ListFailedDeliveriesRequest>()).Parent);
    }
}
