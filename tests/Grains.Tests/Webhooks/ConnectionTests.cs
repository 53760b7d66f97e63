using System.Net;
using System.Net.Sockets;
using RttNetwork.Grains.Webhooks;
using static RttNetwork.Testing.TestNetwork;
using CreateWebhook = RttNetwork.Contracts.Webhooks.CreateWebhook;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>What is connected to when something is sent.</summary>
public sealed class ConnectionTests : WebhookRig
{
    /// <summary>A name that led to the internet when the webhook was made, and leads to this machine when something is sent.</summary>
    [Fact]
    public async Task A_name_that_leads_elsewhere_by_then_is_not_connected_to()
    {
        await Host.DisposeAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (looks, port) = (0, ((IPEndPoint)listener.LocalEndpoint).Port);
        Options = Options with { AllowLoopback = false, Port = port, Resolve = (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref looks) == 1 ? IPAddress.Parse("93.184.216.34") : IPAddress.Loopback]) };
        Host = await Run();
        Accepted(await Hooks.Create(new CreateWebhook("rebound", "nanaimo", $"https://hooks.example:{port}/", []), Unit()));
        await Referred("ann", "r1");
        await Until(async () => await Attempts() == 1);
        Assert.Equal("address-refused", await Scalar<string>("select last_result from rtt.webhook_delivery"));
        Assert.False(listener.Pending());
        Assert.True(looks > 1);
    }

    /// <summary>Of two addresses the first takes connections and never answers one: what it is given of the time leaves enough for the other.</summary>
    [Fact]
    public async Task An_address_that_does_not_answer_or_that_refuses_leaves_time_for_the_next_one()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), Receiver.Address.Port));
        silent.Listen(0);
        var waiting = new List<Socket>();
        try
        {
            // Its queue is filled: whoever comes now gets no answer at all.
            while (await IsTaken()) Assert.True(waiting.Count < 64);
            foreach (var first in new[] { IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback })
            {
                var addresses = new ReceiverAddresses(
                    new WebhookOptions { AllowLoopback = true, ConnectWithin = TimeSpan.FromSeconds(2), Resolve = (_, _) => Task.FromResult<IPAddress[]>([first, first, IPAddress.Loopback]) }, TimeProvider.System);
                using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = addresses.Connect, ConnectTimeout = TimeSpan.FromSeconds(4), UseProxy = false });
                using var message = new HttpRequestMessage(HttpMethod.Post, $"http://hooks.example:{Receiver.Address.Port}/hooks") { Content = new StringContent("{}") };
                foreach (var name in new[] { "webhook-id", "webhook-timestamp", "webhook-signature" }) message.Headers.Add(name, "1");
                using var answer = await client.SendAsync(message);
                Assert.True(answer.IsSuccessStatusCode);
            }
        }
        finally
        {
            foreach (var socket in waiting) socket.Dispose();
        }

        async Task<bool> IsTaken()
        {
            waiting.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            var connects = waiting[^1].ConnectAsync(silent.LocalEndPoint!);
            return await Task.WhenAny(connects, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)) == connects;
        }
    }

    [Fact]
    public async Task Names_that_are_never_found_keep_a_bounded_number_of_places_and_one_for_each_name()
    {
        var (asked, answer) = (0, new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        Task<IPAddress[]> Hang()
        {
            Interlocked.Increment(ref asked);
            return answer.Task;
        }
        var addresses = new ReceiverAddresses(
            new WebhookOptions { LookUpsAtOnceMax = 2, LookUpWithin = TimeSpan.FromMilliseconds(200), Resolve = (host, _) => host == "good.example" ? Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.216.34")]) : Hang() }, TimeProvider.System);
        foreach (var host in new[] { "one", "one", "two", "one" }) Assert.Contains("not found", await addresses.Hindrance($"https://{host}.example/"), StringComparison.Ordinal);
        Assert.Equal(2, asked);
        Assert.Contains("try again", await addresses.Hindrance("https://good.example/"), StringComparison.Ordinal);
        answer.SetResult([]);
        await Until(async () => await addresses.Hindrance("https://good.example/") is null);
        Assert.Equal(2, asked);
    }
}
