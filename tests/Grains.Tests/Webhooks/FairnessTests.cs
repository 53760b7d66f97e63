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
