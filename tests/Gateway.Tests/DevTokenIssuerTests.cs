using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Gateway.Tests;

public sealed class DevTokenIssuerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-dev-key").FullName;

    private string KeyFile => Path.Combine(_folder, "keys", "dev.key");

    private static byte[] KeyOf(DevTokenIssuer issuer) => Assert.IsType<SymmetricSecurityKey>(issuer.Key).Key;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_key_is_made_once_and_only_its_owner_reads_it()
    {
        var first = DevTokenIssuer.Load(KeyFile);
        var second = DevTokenIssuer.Load(KeyFile);
        Assert.Equal(KeyOf(first), KeyOf(second));
        Assert.Equal(32, KeyOf(first).Length);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task Processes_that_start_together_agree_on_one_key()
    {
        for (var round = 0; round < 25; round++)
        {
            var file = $"{KeyFile}.{round}";
            var issuers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DevTokenIssuer.Load(file))));
            Assert.All(issuers, issuer => Assert.Equal(KeyOf(issuers[0]), KeyOf(issuer)));
        }
    }

    [Fact]
    public void A_key_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        DevTokenIssuer.Load(KeyFile);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Throws<InvalidOperationException>(() => DevTokenIssuer.Load(KeyFile));
    }

    [Fact]
    public void A_token_says_who_asks_and_for_which_sites()
    {
        var token = new JsonWebToken(DevTokenIssuer.Load(KeyFile).Mint(
            new TokenRequest("desk-1", "demo", "site") { Sites = ["north", "south"], Purpose = "intake" }));
        Assert.Equal("rtt-dev", token.Issuer);
        Assert.Equal(["rtt"], token.Audiences);
        Assert.Equal("desk-1", token.Subject);
        Assert.Equal("demo", token.GetPayloadValue<string>("net"));
        Assert.Equal("site", token.GetPayloadValue<string>("scope"));
        Assert.Equal(["north", "south"], token.GetPayloadValue<string[]>("sites"));
        Assert.Equal("intake", token.GetPayloadValue<string>("purpose"));
        Assert.True(token.ValidTo > token.ValidFrom);
    }
}
