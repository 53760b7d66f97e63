using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Webhooks;
using static RttNetwork.Testing.TestNetwork;
using CreateWebhook = RttNetwork.Contracts.Webhooks.CreateWebhook;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>A receiver that hangs, fails or is slow has its own places, and nobody else waits for it.</summary>
public sealed class FairnessTests : WebhookRig
{
    [Fact]
    public async Task A_receiver_that_never_answers_holds_up_nobody_else()
    {
        await Host.DisposeAsync();
        Options = Options with { AtOnceMax = 5, PerWebhookAtOnceMax = 2, SlowAtOnceMax = 1, AnswerWithin = TimeSpan.FromHours(1) };
        Host = await Run();
        await using var hanging = await Receiver.Start();
        hanging.Answer = _ => -1;
        await Create(hanging, "nanaimo");
        await Create(Receiver, "nanaimo");
        for (var i = 0; i < 10; i++) await Referred($"w{i}", $"r{i}");
        await Until(async () => Distinct(Receiver).Count == 10 && await Waiting() == 10);
        Assert.Equal(2, hanging.All.Count);
    }

    /// <summary>Whose places they take is told by the network: another one's receivers are sent to as if these were not there.</summary>
    [Fact]
    public async Task Receivers_that_never_answer_take_the_places_of_their_own_network_and_no_others()
    {
        await Host.DisposeAsync();
        Options = Options with { AtOnceMax = 8, SlowAtOnceMax = 2, PerNetworkAtOnceMax = 4, AnswerWithin = TimeSpan.FromHours(1) };
        Host = await Run();
        await using var hanging = await Receiver.Start();
        hanging.Answer = _ => -1;
        for (var i = 0; i < 5; i++) await Wait(Network, (await Create(hanging, "")).Webhook, 10);
        await Until(() => Task.FromResult(hanging.All.Count == 4));

        var others = new Caller("elsewhere", "ops", CallerScope.Operator, [], [], "care");
        Accepted(await Host.Grains.GetGrain<IWebhooksGrain>(Keys.Webhooks("elsewhere")).Create(new CreateWebhook("quick", "", Receiver.Url, []), Unit(others)));
        await Wait("elsewhere", "quick", 10);
        await Arrive(Receiver, 10);
        Assert.Equal(4, hanging.All.Count);
    }

    /// <summary>However many are known to be slow: they have their own places, each network some of them and each webhook one, and whoever is not slow has the rest.</summary>
    [Fact]
    public async Task Those_that_are_slow_share_their_own_places_and_no_network_takes_all_of_these()
    {
        await Host.DisposeAsync();
        Options = Options with { AtOnceMax = 9, SlowAtOnceMax = 5, SlowPerNetworkAtOnceMax = 3, AnswerWithin = TimeSpan.FromHours(1) };
        Host = await Run();
        string[] networks = [Network, "elsewhere"];
        var hanging = new List<Receiver>();
        try
        {
            foreach (var network in networks)
            {
                var receiver = await Receiver.Start();
                receiver.Answer = _ => -1;
                hanging.Add(receiver);
                for (var i = 0; i < 4; i++) await Slow(network, $"slow{i}", receiver.Url);
            }
            await Add(networks[0], "quick", Receiver.Url);
            foreach (var network in networks)
            {
                for (var i = 0; i < 4; i++) await Wait(network, $"slow{i}", 5);
            }
            await Until(() => Task.FromResult(hanging.Sum(h => h.All.Count) >= 5));
            // Whoever sends looks many times meanwhile.
            await Wait(networks[0], "quick", 40);
            await Arrive(Receiver, 40);
            Assert.Equal([2, 3], hanging.Select(h => h.All.Count).Order());
        }
        finally
        {
            foreach (var receiver in hanging) await receiver.DisposeAsync();
        }

        async Task Add(string network, string webhook, string url) => Accepted(await Host.Grains.GetGrain<IWebhooksGrain>(Keys.Webhooks(network))
            .Create(new CreateWebhook(webhook, "", url, []), Unit(new Caller(network, "ops", CallerScope.Operator, [], [], "care"))));

        async Task Slow(string network, string webhook, string url)
        {
            await Add(network, webhook, url);
            await Until(async () => await Scalar<long>($"with made as (update rtt.webhook set slow = true where network = '{network}' and webhook = '{webhook}' returning 1) select count(*) from made") == 1);
        }
    }

    [Fact]
    public async Task An_answer_that_comes_late_is_the_answer_and_the_next_ones_wait_for_each_other_until_one_is_quick()
    {
        await Host.DisposeAsync();
        Options = Options with { SlowAfter = TimeSpan.FromMilliseconds(500), AnswerWithin = TimeSpan.FromSeconds(4) };
        Host = await Run();
        await using var slow = await Receiver.Start();
        slow.AnswersAfter = TimeSpan.FromSeconds(1.2);
        var webhook = await Create(slow, "");
        await Wait(Network, webhook.Webhook, 1);
        await Until(async () => await Waiting() == 0);
        Assert.True((await Listed(Operator(), null)).Single().Backlog.Slow);
        slow.AtOnceMost = 0;
        await Wait(Network, (await Create(Receiver, "")).Webhook, 20);
        await Wait(Network, webhook.Webhook, 3);
        await Until(async () => Distinct(Receiver).Count == 20 && await Waiting() == 0);
        // Each once, and none a failure.
        Assert.Equal((4, 1), (slow.All.Count, slow.AtOnceMost));
        slow.AnswersAfter = TimeSpan.Zero;
        await Wait(Network, webhook.Webhook, 4);
        await Until(async () => await Waiting() == 0);
        Assert.False((await Listed(Operator(), null)).Single(w => w.Webhook == webhook.Webhook).Backlog.Slow);
    }
}
