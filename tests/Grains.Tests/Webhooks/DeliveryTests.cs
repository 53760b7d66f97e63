using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>Webhooks from the journal to a real server: what is told, how often, and until when.</summary>
public sealed class DeliveryTests : WebhookRig
{
    private static readonly string[] DataNames = ["name", "participant", "source", "target", "version", "place"];

    [Fact]
    public async Task Offers_and_referrals_are_told_signed_and_thin_to_the_sites_that_they_concern_and_to_nobody_else()
    {
        await using var elsewhere = await Receiver.Start();
        await using var target = await Receiver.Start();
        var secret = (await Create(Receiver, "nanaimo", Desk("nanaimo"))).Secret;
        await Create(elsewhere, "kelowna");
        await Create(target, "victoria", types: [WebhookTypes.ReferralSent, WebhookTypes.ReferralDeclined]);

        await Full("c1", "bob", "eve", "zoe");
        await Ask(SeatAsk.Cancel, "c1-p0", "c1");
        await Offered("c1", "bob");
        Accepted(await Wait(WaitAsk.Decline, "bob", "c1"));
        await Offered("c1", "eve");
        Clock.Leap(OfferLasts.ToTimeSpan());
        await Offered("c1", "zoe");
        Accepted(await Ask(SeatAsk.Accept, "zoe", "c1"));
        await Ask(SeatAsk.Cancel, "c1-p1", "c1");
        // Another seat: those who let the first one go are asked again.
        await Offered("c1", "bob");
        Accepted(await Wait(WaitAsk.Leave, "bob", "c1"));
        await Offered("c1", "eve");

        await Host.OpenCohort("there", seats: 1, site: "victoria");
        await Host.Register("ann");
        // A draft is nobody's but the source's, and its end is told to nobody.
        Accepted(await Send("ann", "r0", "there", draft: true));
        Accepted(await End("ann", "r0", ReferralEnd.Withdraw, "sent-in-error"));
        Accepted(await Send("ann", "r1", "there"));
        Accepted(await End("ann", "r1", ReferralEnd.Decline, "clinical"));

        await Arrive(Receiver, 11);
        Assert.Equal(
            ["offer.made bob", "offer.declined bob", "offer.made eve", "offer.lapsed eve", "offer.made zoe", "offer.accepted zoe", "offer.made bob", "offer.withdrawn bob", "offer.made eve"],
            Distinct(Receiver).Where(a => a.Type.StartsWith("offer", StringComparison.Ordinal)).OrderBy(a => a.Order).Select(a => $"{a.Type} {a.Data.GetProperty("participant").GetString()!.Split('/')[^1]}"));
        var referral = Distinct(Receiver).Where(a => a.Type.StartsWith("referral", StringComparison.Ordinal)).OrderBy(a => a.Order).ToList();
        Assert.Equal(["referral.sent", "referral.declined"], referral.Select(a => a.Type));
        Assert.Equal(("networks/bc/referrals/r1", "networks/bc/sites/nanaimo", "networks/bc/sites/victoria"),
            (referral[0].Name, referral[0].Data.GetProperty("source").GetString(), referral[0].Data.GetProperty("target").GetString()));
        Assert.All(Receiver.All, a =>
        {
            Assert.True(a.IsSignedWith(secret));
            Assert.InRange(a.Timestamp, Now().ToUnixTimeSeconds() - 3600, Now().ToUnixTimeSeconds() + 1);
            // Thin: whoever may know more asks for it by name.
            Assert.Equal(["data", "timestamp", "type"], a.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            Assert.All(a.Data.EnumerateObject(), p => Assert.Contains(p.Name, DataNames));
        });
        await Arrive(target, 2);
        Assert.Equal(["referral.declined", "referral.sent"], Distinct(target).Select(a => a.Type).Order(StringComparer.Ordinal));
        Assert.Empty(elsewhere.All);
        Assert.False(target.All.First().IsSignedWith(secret));
    }

    [Fact]
    public async Task A_failure_is_tried_again_under_the_same_id_and_survives_a_restart_of_whoever_sends()
    {
        Receiver.Answer = _ => 500;
        var secret = (await Create(Receiver, "nanaimo")).Secret;
        await Referred("ann", "r1");
        await Arrive(Receiver, 1);
        await Until(async () => await Attempts() == 1);
        await Host.DisposeAsync();

        // A redirect is no answer, and is not followed.
        Receiver.Answer = _ => 307;
        Host = await Run();
        Clock.Leap(TimeSpan.FromSeconds(7));
        await Until(async () => await Attempts() == 2);
        Receiver.Answer = _ => 204;
        Clock.Leap(TimeSpan.FromMinutes(7));
        await Until(async () => await Waiting() == 0);
        Assert.Equal(3, Receiver.All.Count);
        Assert.Single(Receiver.All.Select(a => (a.Id, a.Body)).Distinct());
        Assert.All(Receiver.All, a => Assert.True(a.IsSignedWith(secret)));
        // Each attempt says when it was made.
        Assert.Equal(3, Receiver.All.Select(a => a.Timestamp).Distinct().Count());
    }

    [Fact]
    public async Task Whoever_dies_before_the_answer_is_followed_by_one_who_sends_the_same_again()
    {
        Receiver.Answer = _ => -1;
        await Create(Receiver, "nanaimo");
        await Referred("ann", "r1");
        await Arrive(Receiver, 1);
        await Host.DisposeAsync();
        Receiver.Answer = _ => 204;
        Host = await Run();
        await Until(async () => await Waiting() == 0);
        Assert.Equal(2, Receiver.All.Count);
        Assert.Single(Receiver.All.Select(a => a.Id).Distinct());
    }

    [Fact]
    public async Task What_was_given_up_after_the_last_attempt_is_listed_and_tried_again_when_the_operator_asks()
    {
        Receiver.Answer = _ => 503;
        var webhook = await Create(Receiver, "nanaimo");
        await Referred("ann", "r1");
        var longer = new List<double>();
        for (var attempt = 1; attempt <= Options.Retries.Length; attempt++)
        {
            await Until(async () => await Attempts() == attempt);
            Assert.Empty((await Failed()).Rows);
            // Not before its time, and a fifth later at most.
            Assert.InRange(await DueIn(), Options.Retries[attempt - 1] - TimeSpan.FromSeconds(30), Options.Retries[attempt - 1] * 1.2 + TimeSpan.FromSeconds(1));
            longer.Add(await DueIn() / Options.Retries[attempt - 1]);
            Clock.Leap(Options.Retries[attempt - 1] * 1.21);
        }
        // Not all alike: else those that failed together would come back together. (Of the first two, minutes at most, what this machine takes is too much of it.)
        Assert.InRange(longer.Skip(2).Max() - longer.Skip(2).Min(), 0.05, 0.21);
        await Until(async () => (await Failed()).Rows.Length == 1);
        var failed = (await Failed()).Rows[0];
        Assert.Equal((webhook.Webhook, Receiver.All.First().Id, "referral.sent", 10, "http-503"), (failed.Webhook, failed.Delivery, failed.Type, failed.Attempts, failed.LastResult));
        Assert.Equal(10, Receiver.All.Count);
        Assert.Single((await Failed(Desk("nanaimo"), "nanaimo")).Rows);
        Assert.Empty((await Failed(Desk("victoria"), "nanaimo")).Rows);
        Assert.Empty((await Failed(Desk("nanaimo"), null)).Rows);

        Assert.Equal("NOT_FOUND", (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("DELIVERY_NOT_FAILED", (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, "msg_other"), Unit())).Refusal!.Reason);
        var unit = Unit();
        Accepted(await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), unit));
        // From the beginning: it may fail again, and is tried again.
        await Until(async () => await Attempts() == 1);
        Assert.Empty((await Failed()).Rows);
        Receiver.Answer = _ => 200;
        Clock.Leap(TimeSpan.FromSeconds(7));
        await Until(async () => await Waiting() == 0);
        Assert.Equal((12, 1), (Receiver.All.Count, Receiver.All.Select(a => a.Id).Distinct().Count()));
        // A repeat gets its answer, though nothing is there any more.
        Assert.Equal(UnitOutcome.Replayed, (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), unit with { Attempt = 1 })).Outcome);
        Assert.Empty((await Failed()).Rows);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_sent_nothing_any_more_also_not_what_waits()
    {
        Receiver.Answer = _ => 410;
        var webhook = await Create(Receiver, "nanaimo");
        await Referred("ann", "r1");
        await Until(async () => (await Listed(Operator(), null)).Single().Disabled && await Waiting() == 0);
        var told = Receiver.All.Count;
        Receiver.Answer = _ => 204;
        await using var other = await Receiver.Start();
        await Create(other, "nanaimo");
        Accepted(await End("ann", "r1", ReferralEnd.Withdraw, "clinical"));
        await Arrive(other, 1);
        Clock.Leap(TimeSpan.FromDays(2));
        await Until(async () => await Waiting() == 0);
        Assert.Equal(told, Receiver.All.Count);
        Assert.Equal("WEBHOOK_DISABLED", (await Hooks.Rotate(new RotateWebhookSecret(webhook.Webhook), Unit())).Refusal!.Reason);
        Accepted(await Hooks.Delete(new DeleteWebhook(webhook.Webhook), Unit()));
    }

    /// <summary>Whoever comes back after a long time is not told what is long over, and sees that it was not.</summary>
    [Fact]
    public async Task What_happened_too_long_ago_is_listed_and_not_sent_until_the_operator_asks()
    {
        var webhook = await Create(Receiver, "nanaimo");
        Clock.Leap(Options.ToldWithin + TimeSpan.FromHours(1));
        await Referred("ann", "r1");
        await Until(async () => (await Failed()).Rows.Length == 1);
        var unsent = (await Failed(Desk("nanaimo"), "nanaimo")).Rows[0];
        Assert.Equal((webhook.Webhook, "referral.sent", 0, "too-old"), (unsent.Webhook, unsent.Type, unsent.Attempts, unsent.LastResult));
        Assert.Equal((0, 1), ((await Listed(Operator(), null)).Single().Backlog is var b ? (b.Waiting, b.GivenUp) : default));
        Assert.Empty(Receiver.All);
        Accepted(await Hooks.Redeliver(new RedeliverWebhook(unsent.Webhook, unsent.Delivery), Unit()));
        await Arrive(Receiver, 1);
        Assert.Equal(unsent.Delivery, Receiver.All.Single().Id);
    }
}
