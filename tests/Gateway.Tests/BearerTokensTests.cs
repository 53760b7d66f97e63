using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Policies;

namespace RttNetwork.Gateway.Tests;

public sealed class BearerTokensTests : IDisposable
{
    private static readonly string[] Two = ["Bearer a", "Bearer b"];
    private static readonly DateTimeOffset Start = new(2026, 12, 1, 17, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-tokens").FullName;
    private readonly FakeTimeProvider _time = new(Start);
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
    private readonly DevTokenIssuer _issuer;
    private readonly BearerTokens _tokens;

    public BearerTokensTests()
    {
        var keyFile = Path.Combine(_folder, "dev.key");
        _issuer = DevTokenIssuer.Load(keyFile, _time);
        _tokens = Tokens(new TokenOptions { DevKeyFile = keyFile });
    }

    public void Dispose()
    {
        _tokens.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_good_token_says_who_asks()
    {
        var verdict = await Judge(_issuer.Mint(new TokenRequest("desk", "demo", "site") { Sites = ["north", "south"], Purpose = "intake" }));
        Assert.Null(verdict.Failure);
        Assert.Equal(("demo", "desk", CallerScope.Site, "intake"), (verdict.Caller!.Network, verdict.Caller.Subject, verdict.Caller.Scope, verdict.Caller.Purpose));
        Assert.Equal<string>(["north", "south"], verdict.Caller.Sites);
    }

    /// <summary>All that it says or nothing of it: of a token that names too many, nobody is taken to be somebody with fewer.</summary>
    [Theory]
    [InlineData(9, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task A_token_names_up_to_256_regions_or_sites_and_all_of_them_count(int count, bool isGood)
    {
        string[] ids = [.. Enumerable.Range(0, count).Select(i => $"r-{i}")];
        foreach (var token in new[] { _issuer.Mint(new TokenRequest("health", "demo", "authority") { Regions = ids }), _issuer.Mint(new TokenRequest("desk", "demo", "site") { Sites = ids }) })
        {
            var verdict = await Judge(token);
            if (isGood) Assert.Equal<string>(ids, [.. verdict.Caller!.Regions, .. verdict.Caller.Sites]);
            else Assert.Equal("TOKEN_NOT_VALID", Reason(verdict));
        }
    }

    [Fact]
    public async Task The_purpose_is_care_unless_the_token_says_otherwise() =>
        Assert.Equal("care", (await Judge(_issuer.Mint(new TokenRequest("ops", "demo", "operator")))).Caller!.Purpose);

    [Fact]
    public async Task Without_a_token_nobody_is_known()
    {
        Assert.Equal("TOKEN_MISSING", Reason(await _tokens.Judge(default, Start)));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await _tokens.Judge("Basic YTpi", Start)));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await _tokens.Judge("Bearer ", Start)));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await _tokens.Judge(Two, Start)));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await _tokens.Judge("Bearer " + new string('x', 20_000), Start)));
    }

    [Fact]
    public async Task A_token_that_was_good_a_moment_ago_is_refused_when_it_expires()
    {
        var token = _issuer.Mint(new TokenRequest("ops", "demo", "operator") { Lifetime = TimeSpan.FromMinutes(5) });
        Assert.Null((await Judge(token)).Failure);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Null((await Judge(token)).Failure);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("TOKEN_EXPIRED", Reason(await Judge(token)));
    }

    [Fact]
    public async Task A_token_that_is_revoked_is_refused_at_once()
    {
        var token = _issuer.Mint(new TokenRequest("ops", "demo", "operator"));
        Assert.Null((await Judge(token)).Failure);
        _configuration["Rtt:Tokens:Revoked:0"] = new JsonWebToken(token).Id;
        _configuration.Reload();
        Assert.Equal("TOKEN_REVOKED", Reason(await Judge(token)));
        Assert.Null((await Judge(_issuer.Mint(new TokenRequest("ops", "demo", "operator")))).Failure);
    }

    [Fact]
    public async Task A_token_signed_with_another_key_or_none_is_not_valid()
    {
        var other = DevTokenIssuer.Load(Path.Combine(_folder, "other.key"), _time);
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge(other.Mint(new TokenRequest("ops", "demo", "operator")))));

        var good = _issuer.Mint(new TokenRequest("ops", "demo", "operator")).Split('.');
        var none = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge($"{none}.{good[1]}.")));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge($"{none}.{good[1]}.{good[2]}")));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge($"{good[0]}.{good[1]}.")));
        var promoted = Base64UrlEncoder.Encode(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(good[1])).Replace("demo", "evil", StringComparison.Ordinal));
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge($"{good[0]}.{promoted}.{good[2]}")));
    }

    [Theory]
    [InlineData("iss", "someone-else")]
    [InlineData("aud", "another-api")]
    [InlineData("net", "No Network")]
    [InlineData("net", null)]
    [InlineData("sub", "")]
    [InlineData("sub", null)]
    [InlineData("sub", "two words")]
    [InlineData("scope", "system")]
    [InlineData("scope", "System")]
    [InlineData("scope", "site operator")]
    [InlineData("scope", null)]
    [InlineData("purpose", "why not")]
    public async Task A_claim_that_is_missing_or_strange_makes_a_token_not_valid(string claim, string? value)
    {
        var claims = new Dictionary<string, object?> { ["iss"] = "rtt-dev", ["aud"] = "rtt", ["sub"] = "ops", ["net"] = "demo", ["scope"] = "operator" };
        claims[claim] = value;
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge(Sign(claims))));
        claims = new Dictionary<string, object?> { ["iss"] = "rtt-dev", ["aud"] = "rtt", ["sub"] = "ops", ["net"] = "demo", ["scope"] = "operator" };
        Assert.Null((await Judge(Sign(claims))).Failure);
    }

    [Fact]
    public async Task A_token_without_an_end_or_not_yet_begun_is_not_valid()
    {
        var claims = new Dictionary<string, object?> { ["iss"] = "rtt-dev", ["aud"] = "rtt", ["sub"] = "ops", ["net"] = "demo", ["scope"] = "operator" };
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge(Sign(claims, expires: false))));
        claims["nbf"] = Start.AddMinutes(5).ToUnixTimeSeconds();
        Assert.Equal("TOKEN_NOT_VALID", Reason(await Judge(Sign(claims))));
    }

    [Fact]
    public async Task Tokens_are_remembered_up_to_a_bound_and_bad_ones_not_at_all()
    {
        using var tokens = Tokens(new TokenOptions { DevKeyFile = Path.Combine(_folder, "dev.key"), RememberedMax = 10 });
        for (var i = 0; i < 100; i++)
        {
            Assert.Null((await tokens.Judge($"Bearer {_issuer.Mint(new TokenRequest($"ops-{i}", "demo", "operator"))}", Start)).Failure);
            Assert.True(tokens.Cache.Count <= 10, tokens.Cache.Count.ToString(CultureInfo.InvariantCulture));
        }
        var before = tokens.Cache.Count;
        await tokens.Judge("Bearer a.b.c", Start);
        Assert.Equal(before, tokens.Cache.Count);
    }

    [Theory]
    [InlineData("Production", "dev.key", null, null)]
    [InlineData("Development", null, null, null)]
    [InlineData("Development", "dev.key", "https://issuer.example", null)]
    [InlineData("Production", null, null, "keys.json")]
    public void A_gateway_does_not_start_with_tokens_that_it_must_not_believe(string environment, string? devKey, string? authority, string? jwks)
    {
        var options = new GatewayOptions
        {
            EnvironmentName = environment,
            IdentityKey = new byte[32],
            Tokens = new TokenOptions { DevKeyFile = devKey, Authority = authority, JwksFile = jwks },
        };
        Assert.Throws<InvalidOperationException>(options.Check);
    }

    [Fact]
    public async Task A_production_gateway_believes_the_public_keys_of_its_issuer_and_no_shared_secret()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var key = new RsaSecurityKey(rsa) { KeyId = "k1" };
        var published = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false)) { KeyId = "k1" });
        var keys = Path.Combine(_folder, "keys.json");
        await File.WriteAllTextAsync(keys, $$"""{"keys":[{"kty":"RSA","kid":"k1","use":"sig","n":"{{published.N}}","e":"{{published.E}}"}]}""");
        using var tokens = Tokens(new TokenOptions { JwksFile = keys, Issuer = "https://issuer.example" }, "Production");
        var claims = new Dictionary<string, object?> { ["iss"] = "https://issuer.example", ["aud"] = "rtt", ["sub"] = "ops", ["net"] = "demo", ["scope"] = "operator" };
        Assert.Null((await tokens.Judge($"Bearer {Sign(claims, credentials: new SigningCredentials(key, SecurityAlgorithms.RsaSha256))}", Start)).Failure);
        // The public key is public: as the secret of an HMAC it proves nothing.
        var secret = new SymmetricSecurityKey(Encoding.ASCII.GetBytes(published.N)) { KeyId = "k1" };
        Assert.Equal("TOKEN_NOT_VALID", Reason(await tokens.Judge($"Bearer {Sign(claims, credentials: new SigningCredentials(secret, SecurityAlgorithms.HmacSha256))}", Start)));
    }

    private BearerTokens Tokens(TokenOptions options, string environment = "Development") => new(
        new GatewayOptions { EnvironmentName = environment, IdentityKey = new byte[32], Tokens = options }, DisclosurePolicies.Load(null), _configuration, _time, NullLogger<BearerTokens>.Instance);

    private ValueTask<Verdict> Judge(string token) => _tokens.Judge($"Bearer {token}", _time.GetUtcNow());

    private static string? Reason(Verdict verdict) => verdict.Failure?.Status.GetDetail<Google.Rpc.ErrorInfo>().Reason;

    private string Sign(Dictionary<string, object?> claims, bool expires = true, SigningCredentials? credentials = null)
    {
        var payload = claims.Where(claim => claim.Value is not null).ToImmutableDictionary();
        if (expires) payload = payload.Add("exp", Start.AddHours(1).ToUnixTimeSeconds());
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(System.Text.Json.JsonSerializer.Serialize(payload), credentials ?? new SigningCredentials(_issuer.Key, SecurityAlgorithms.HmacSha256));
    }
}
