using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;
using static RttNetwork.Testing.TestNetwork;
using CreateWebhook = RttNetwork.Contracts.Webhooks.CreateWebhook;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>Whose webhooks are whose, how many there may be, and who ever sees a secret.</summary>
public sealed class OwnerTests : WebhookRig
{
    [Fact]
    public async Task A_secret_is_shown_once_kept_sealed_and_rotated_with_a_day_for_both()
    {
        var unit = Unit(Desk("nanaimo"));
        var command = new CreateWebhook("w1", "nanaimo", Receiver.Url, []);
        var made = Accepted(await Hooks.Create(command, unit));
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", made.Secret);
        Assert.Equal(("", ""), (made.SealedKey, made.SealedSecret));
        // Nor does anything print it, sealed or not, that something logs by accident.
        var kept = new SealedSecret("the-key", "the-ciphertext");
        Assert.DoesNotContain(made.Secret, UnitAnswer<WebhookView>.Of(UnitOutcome.Accepted, made, "1.1").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("the-", $"{kept} {new Webhook("w", "", "https://hooks.example/", [], kept, Now())} {made with { SealedKey = "the-key", SealedSecret = "the-ciphertext" }}", StringComparison.Ordinal);
        // The same request has the same secret, and nobody else has it.
        var again = await Hooks.Create(command, unit with { Attempt = 1 });
        Assert.Equal((UnitOutcome.Replayed, made.Secret), (again.Outcome, again.Reply!.Secret));
        Assert.Equal("", Accepted(await Hooks.Create(command with { Webhook = "w9" }, Unit() with { ValidateOnly = true })).Secret);
        Assert.Equal("", Assert.Single(await Listed(Desk("nanaimo"), "nanaimo")).Secret);
        foreach (var form in new[] { made.Secret["whsec_".Length..], Convert.ToHexStringLower(Convert.FromBase64String(made.Secret["whsec_".Length..])) })
        {
            Assert.Equal(0L, await Scalar<long>($"select count(*) from (select entry::text as t from rtt.journal union all select reply::text from rtt.receipt union all select w::text from rtt.webhook w) x where position('{form}' in t) > 0"));
        }

        var rotated = Accepted(await Hooks.Rotate(new RotateWebhookSecret("w1"), Unit(Desk("nanaimo")))).Secret;
        Assert.NotEqual(made.Secret, rotated);
        await Referred("ann", "r1");
        await Arrive(Receiver, 1);
        Assert.True(Receiver.All.Last().IsSignedWith(rotated) && Receiver.All.Last().IsSignedWith(made.Secret));
        Clock.Leap(TimeSpan.FromHours(25));
        Accepted(await End("ann", "r1", ReferralEnd.Withdraw, "clinical"));
        await Arrive(Receiver, 2);
        Assert.True(Receiver.All.Last().IsSignedWith(rotated));
        Assert.False(Receiver.All.Last().IsSignedWith(made.Secret));
    }

    /// <summary>Sealed under a key that is not there any more: nothing is sent that nobody would believe, nothing is lost, and the one before stands against nothing.</summary>
    [Fact]
    public async Task A_secret_that_was_lost_is_rotated_and_what_waited_is_told_then()
    {
        var made = (await Create(Receiver, "nanaimo")).Secret;
        // Once the webhook's row is there it has the bytes of something else.
        await Until(async () => await Lose("secret") == 1);
        await Referred("ann", "r1");
        await Until(async () => await Attempts() == 1);
        Assert.Equal("secret-lost", await Scalar<string>("select last_result from rtt.webhook_delivery"));
        Assert.Empty(Receiver.All);

        var rotated = Accepted(await Hooks.Rotate(new RotateWebhookSecret("w01"), Unit())).Secret;
        await Until(async () => await Scalar<long>("select count(*) from rtt.webhook where old_secret is not null") == 1);
        await Lose("old_secret");
        Clock.Leap(TimeSpan.FromSeconds(7));
        await Arrive(Receiver, 1);
        Assert.True(Receiver.All.Single().IsSignedWith(rotated));
        Assert.False(Receiver.All.Single().IsSignedWith(made));
        await Until(async () => await Waiting() == 0);

        Task<long> Lose(string column) => Scalar<long>($"with lost as (update rtt.webhook set {column} = encode(sha256('lost'), 'base64') returning 1) select count(*) from lost");
    }

    [Fact]
    public async Task A_site_has_its_own_webhooks_and_at_most_five_a_network_fifty_and_a_private_address_none()
    {
        Assert.Equal("NOT_FOUND", (await Hooks.Create(new CreateWebhook("x", "victoria", Receiver.Url, []), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Hooks.Create(new CreateWebhook("x", "", Receiver.Url, []), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("WEBHOOK_ADDRESS_REFUSED", (await Hooks.Create(new CreateWebhook("x", "", "https://10.0.0.1/", []), Unit())).Refusal!.Reason);
        var mine = await Create(Receiver, "nanaimo", Desk("nanaimo"));
        var theirs = await Create(Receiver, "victoria");
        var all = await Create(Receiver, "");
        foreach (var foreign in new[] { theirs, all })
        {
            Assert.Equal("NOT_FOUND", (await Hooks.Delete(new DeleteWebhook(foreign.Webhook), Unit(Desk("nanaimo")))).Refusal!.Reason);
            Assert.Equal("NOT_FOUND", (await Hooks.Rotate(new RotateWebhookSecret(foreign.Webhook), Unit(Desk("nanaimo")))).Refusal!.Reason);
        }
        Assert.Equal("NOT_FOUND", (await Hooks.Disable(new DisableWebhook(mine.Webhook), Unit())).Refusal!.Reason);
        Assert.Equal([mine.Webhook], (await Listed(Desk("nanaimo"), "nanaimo")).Select(w => w.Webhook));
        Assert.Empty(await Listed(Desk("nanaimo"), null));
        Assert.Equal(3, (await Listed(Operator(), null)).Length);
        for (var i = 1; i < WebhooksState.PerSiteMax; i++) await Create(Receiver, "nanaimo", Desk("nanaimo"));
        var ofSite = (await Hooks.Create(new CreateWebhook("one-more", "nanaimo", Receiver.Url, []), Unit(Desk("nanaimo")))).Refusal!;
        Assert.Equal(("WEBHOOKS_MAX_REACHED", "5"), (ofSite.Reason, ofSite.Numbers.Single(n => n.Name == "webhooks_max").Value));
        for (var i = 2 + WebhooksState.PerSiteMax; i < WebhooksState.Max; i++) await Create(Receiver, "");
        var refusal = (await Hooks.Create(new CreateWebhook("one-more", "", Receiver.Url, []), Unit())).Refusal!;
        Assert.Equal(("WEBHOOKS_MAX_REACHED", "50"), (refusal.Reason, refusal.Numbers.Single(n => n.Name == "webhooks_max").Value));
        // Page by page, each once.
        var (pages, after) = (new List<string>(), (string?)null);
        do
        {
            var page = await Hooks.List(Operator(), new PageRequest(7, after, null), null);
            pages.AddRange(page.Rows.Select(w => w.Webhook));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal((WebhooksState.Max, WebhooksState.Max), (pages.Count, pages.Distinct().Count()));
        Accepted(await Hooks.Delete(new DeleteWebhook(mine.Webhook), Unit(Desk("nanaimo"))));
        await Create(Receiver, "");
    }
}
