using System.Net;
using RttNetwork.Grains.Webhooks;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>Where the network lets itself be sent, and how what it sends is signed.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.9")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.1.1")]
    [InlineData("169.254.169.254")]                 // metadata of most clouds
    [InlineData("168.63.129.16")]                   // metadata of one
    [InlineData("100.64.0.1")]                      // carrier-grade NAT
    [InlineData("100.100.100.200")]                 // metadata in it
    [InlineData("100.127.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]                 // an IPv4 address in other clothes
    [InlineData("::ffff:93.184.216.34")]
    [InlineData("::93.184.216.34")]
    [InlineData("64:ff9b::a00:1")]                  // NAT64
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]                   // metadata of a cloud
    [InlineData("ff02::1")]
    [InlineData("2001::1")]                         // Teredo
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::1")]                   // 6to4
    [InlineData("3fff::1")]
    public async Task Nothing_is_sent_to_an_address_that_nobody_on_the_internet_has(string address)
    {
        Assert.False(ReceiverAddresses.IsPublic(IPAddress.Parse(address)));
        Assert.NotNull(await Hindrance($"https://{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}/hooks"));
        Assert.NotNull(await Hindrance("https://hooks.example/", address));
        // One of several is enough: which one a connection takes is nobody's to choose.
        Assert.NotNull(await Hindrance("https://hooks.example/", "93.184.216.34", address));
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    public async Task Whoever_is_on_the_internet_can_be_sent_to(string address)
    {
        Assert.True(ReceiverAddresses.IsPublic(IPAddress.Parse(address)));
        Assert.Null(await Hindrance("https://hooks.example/rtt?x=1", address));
    }

    [Theory]
    [InlineData("http://hooks.example/")]
    [InlineData("ftp://hooks.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user@hooks.example/")]
    [InlineData("https://user:word@hooks.example/")]
    [InlineData("https://hooks.example/#part")]
    [InlineData("https:///hooks")]
    [InlineData("/hooks")]
    [InlineData("https://2130706433/")]             // 127.0.0.1 as one number
    [InlineData("https://0x7f.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    public async Task An_address_that_is_no_plain_https_one_is_refused(string url) => Assert.NotNull(await Hindrance(url, "93.184.216.34"));

    [Fact]
    public async Task Loopback_is_for_development_and_nothing_else_comes_with_it()
    {
        var open = new ReceiverAddresses(new WebhookOptions { AllowLoopback = true, Resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")]) }, TimeProvider.System);
        Assert.Null(await open.Hindrance("http://127.0.0.1:8080/hooks"));
        Assert.Null(await open.Hindrance("http://[::1]:8080/hooks"));
        Assert.NotNull(await open.Hindrance("http://93.184.216.34/hooks"));
        Assert.NotNull(await open.Hindrance("https://hooks.example/"));
        Assert.NotNull(await open.Hindrance("https://[::ffff:127.0.0.1]/"));
    }

    /// <summary>The vector that the specification's own libraries are tested with.</summary>
    [Fact]
    public void A_signature_is_the_one_of_the_published_vector() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        Signature.Of(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"));

    [Fact]
    public void Whoever_verifies_by_the_specification_accepts_the_published_vector_and_nothing_beside_it()
    {
        var vector = new Arrived("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "{\"test\": 2432232314}");
        const string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        Assert.True(vector.IsSignedWith(secret));
        Assert.False((vector with { Body = "{\"test\": 2432232315}" }).IsSignedWith(secret));
        Assert.False((vector with { Timestamp = 1614265331 }).IsSignedWith(secret));
        Assert.False((vector with { Id = "msg_other" }).IsSignedWith(secret));
    }

    private static async Task<string?> Hindrance(string url, params string[] addresses) =>
        await new ReceiverAddresses(new WebhookOptions { Resolve = (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]) }, TimeProvider.System).Hindrance(url);
}
