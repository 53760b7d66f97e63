using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Policies;

namespace RttNetwork.Gateway.Authentication;

/// <summary>A token whose signature, issuer, audience and claims were found good.</summary>
/// <param name="Caller">Whom it speaks for.</param>
/// <param name="Id">Its own id (<c>jti</c>), by which it can be revoked; empty when it has none.</param>
/// <param name="Expires">The first instant at which it is good no more.</param>
internal sealed record GoodToken(Caller Caller, string Id, DateTimeOffset Expires);

/// <summary>Who asks, or why nobody is believed.</summary>
internal readonly record struct Verdict(Caller? Caller, Failure? Failure);

/// <summary>
/// Turns an <c>authorization</c> header into a <see cref="Caller"/>. JSON Web Tokens only, signed with an algorithm and a
/// key of the configured issuer; what a token says of itself is never believed before that.
/// </summary>
internal sealed class BearerTokens : IDisposable
{
    /// <summary>How far clocks may differ when a token is not good yet.</summary>
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(30);

    /// <summary>The longest header that is looked at.</summary>
    private const int HeaderLengthMax = 8192;
    private const int SitesMax = 256;
    private const string Scheme = "Bearer ";

    private static readonly Failure Missing = Failure.Of(Grpc.Core.StatusCode.Unauthenticated, "TOKEN_MISSING", "The call needs a bearer token.");
    private static readonly Failure NotValid = Failure.Of(Grpc.Core.StatusCode.Unauthenticated, "TOKEN_NOT_VALID", "The bearer token is not valid here.");
    private static readonly Failure Expired = Failure.Of(Grpc.Core.StatusCode.Unauthenticated, "TOKEN_EXPIRED", "The bearer token has expired.");
    private static readonly Failure Revoked = Failure.Of(Grpc.Core.StatusCode.Unauthenticated, "TOKEN_REVOKED", "The bearer token was revoked.");
    private static readonly Failure KeysUnknown = Failure.Unavailable("KEYS_UNAVAILABLE", "The issuer's keys cannot be had at the moment.");

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = HeaderLengthMax };
    private readonly TokenValidationParameters _parameters;
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _provider;
    private readonly ILogger<BearerTokens> _logger;
    private readonly TimeProvider _time;
    private readonly DisclosurePolicies _disclosure;
    private readonly IDisposable? _revocations;
    private volatile FrozenSet<string> _revoked = FrozenSet<string>.Empty;
    private volatile OpenIdConnectConfiguration? _known;

    public BearerTokens(GatewayOptions options, DisclosurePolicies disclosure, IConfiguration configuration, TimeProvider time, ILogger<BearerTokens> logger)
    {
        var tokens = options.Tokens;
        _logger = logger;
        _time = time;
        _disclosure = disclosure;
        Cache = new RecentCache<string, GoodToken>(tokens.RememberedMax, WholeToken.Comparer);
        _parameters = new TokenValidationParameters
        {
            ValidAudience = tokens.Audience,
            ValidIssuer = tokens.Issuer,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuerSigningKey = true,
            // The times are judged below, by the injected clock, and again on every use of a remembered token.
            ValidateLifetime = false,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384],
        };
        if (tokens.DevKeyFile is { } keyFile)
        {
            _parameters.ValidIssuer = DevTokenIssuer.Issuer;
            _parameters.ValidAlgorithms = [SecurityAlgorithms.HmacSha256];
            _parameters.IssuerSigningKey = DevTokenIssuer.Load(keyFile).Key;
        }
        else if (tokens.JwksFile is { } keySet)
        {
            _parameters.IssuerSigningKeys = new JsonWebKeySet(File.ReadAllText(keySet)).GetSigningKeys();
        }
        else
        {
            _provider = new ConfigurationManager<OpenIdConnectConfiguration>(
                $"{tokens.Authority!.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever());
        }
        _revocations = ChangeToken.OnChange(configuration.GetReloadToken, () => ReadRevocations(configuration));
        ReadRevocations(configuration);
    }

    internal RecentCache<string, GoodToken> Cache { get; }

    public void Dispose() => _revocations?.Dispose();

    /// <summary>Judges a header at an instant. Completes at once for a token that was seen before.</summary>
    public ValueTask<Verdict> Judge(StringValues header, DateTimeOffset now)
    {
        if (header.Count == 0) return new(new Verdict(null, Missing));
        if (header.Count > 1 || header[0] is not { } text || text.Length > HeaderLengthMax || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return new(new Verdict(null, NotValid));
        return Cache.Find(text) is { } known ? new(Judge(known, now)) : Check(text, now);
    }

    private Verdict Judge(GoodToken token, DateTimeOffset now)
    {
        if (now >= token.Expires) return new Verdict(null, Expired);
        return token.Id.Length > 0 && _revoked.Contains(token.Id) ? new Verdict(null, Revoked) : new Verdict(token.Caller, null);
    }

    private async ValueTask<Verdict> Check(string header, DateTimeOffset now)
    {
        var parameters = _parameters;
        if (_provider is not null)
        {
            OpenIdConnectConfiguration provider;
            try
            {
                provider = await _provider.GetConfigurationAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(5), _time);
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException or HttpRequestException)
            {
                _logger.LogError("The issuer's keys could not be fetched: {Error}", e.GetType().Name);
                return new Verdict(null, KeysUnknown);
            }
            if (!ReferenceEquals(provider, _known))
            {
                _known = provider;
                Cache.Clear();  // A key may have been withdrawn.
            }
            parameters = _parameters.Clone();
            parameters.IssuerSigningKeys = provider.SigningKeys;
            parameters.ValidIssuer ??= provider.Issuer;
        }

        var result = await _handler.ValidateTokenAsync(header[Scheme.Length..].Trim(), parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
        {
            if (result.Exception is SecurityTokenSignatureKeyNotFoundException) _provider?.RequestRefresh();
            return new Verdict(null, NotValid);
        }
        if (Read(token) is not { } good || token.ValidFrom > (now + SkewMax).UtcDateTime) return new Verdict(null, NotValid);
        var verdict = Judge(good, now);
        if (verdict.Failure is null) Cache.Add(header, good);
        return verdict;
    }

    /// <summary>The claims, or null when one is missing or is not what it must be.</summary>
    private GoodToken? Read(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<string>("net", out var network) || !Ids.IsValid(network)) return null;
        if (token.Subject is not { Length: > 0 and <= 128 } subject || !IsPlain(subject)) return null;
        if (token.ValidTo == DateTime.MinValue) return null;
        CallerScope? scope = token.TryGetPayloadValue<string>("scope", out var named)
            ? named switch { "site" => CallerScope.Site, "operator" => CallerScope.Operator, "authority" => CallerScope.Authority, _ => null }
            : null;
        if (scope is null || IdsOf(token, "sites") is not { } sites || IdsOf(token, "regions") is not { } regions) return null;
        var purpose = token.TryGetPayloadValue<string>("purpose", out var said) && said.Length > 0 ? said : "care";
        if (purpose.Length > 64 || !IsPlain(purpose)) return null;
        var caller = new Caller(network, subject, scope.Value, sites, regions, purpose) { Disclosure = scope is CallerScope.Authority ? _disclosure.Of(regions) : null };
        return new GoodToken(caller, token.Id ?? "", new DateTimeOffset(token.ValidTo, TimeSpan.Zero));
    }

    private static ImmutableArray<string>? IdsOf(JsonWebToken token, string claim)
    {
        if (!token.TryGetPayloadValue<string[]>(claim, out var ids)) return token.TryGetPayloadValue<object>(claim, out _) ? null : [];
        return ids.Length <= SitesMax && Array.TrueForAll(ids, Ids.IsValid) ? [.. ids] : null;
    }

    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (c is <= ' ' or > '~') return false;
        }
        return true;
    }

    private void ReadRevocations(IConfiguration configuration) =>
        _revoked = (configuration.GetSection("Rtt:Tokens:Revoked").Get<string[]>() ?? []).ToFrozenSet(StringComparer.Ordinal);
}
