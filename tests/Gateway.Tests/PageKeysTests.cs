using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Web;

namespace RttNetwork.Gateway.Tests;

/// <summary>What pages seal: any gateway of the network opens it, and no other.</summary>
public sealed class PageKeysTests
{
    [Fact]
    public void What_one_gateway_seals_another_one_opens_and_a_gateway_of_another_network_does_not()
    {
        var text = Protector(1).Protect("a session");
        Assert.Equal("a session", Protector(1).Unprotect(text));
        Assert.Throws<CryptographicException>(() => Protector(2).Unprotect(text));
    }

    [Theory]
    [InlineData("http://id.example.org", "https://rtt.example.org", "Authority")]
    [InlineData("https://id.example.org", "http://rtt.example.org", "PublicAddress")]
    [InlineData("https://id.example.org", null, "PublicAddress")]
    public void In_production_nothing_of_signing_in_is_without_TLS(string authority, string? address, string setting)
    {
        var signIn = new SignInOptions { Authority = authority, ClientId = "pages", PublicAddress = address is null ? null : new Uri(address) };
        signIn.Check("Development");
        var refused = Assert.Throws<InvalidOperationException>(() => signIn.Check("Production"));
        Assert.Contains($"Rtt:SignIn:{setting}", refused.Message, StringComparison.Ordinal);
        new SignInOptions { Authority = "https://id.example.org", ClientId = "pages", PublicAddress = new Uri("https://rtt.example.org") }.Check("Production");
    }

    private static IDataProtector Protector(byte key)
    {
        var options = new GatewayOptions { EnvironmentName = "Development", IdentityKey = [.. Enumerable.Repeat(key, 32)], Tokens = new TokenOptions { DevKeyFile = "none" } };
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPageKeys(options);
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
    }
}
