using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RttNetwork.Peer.Calls;

/// <summary>
/// Checks tokens as the product does (JWT, HS256, the product's own development key) and remembers those that were good,
/// so that a signature is checked once.
/// </summary>
internal sealed class Tokens(byte[] key)
{
    private const string Scheme = "Bearer ";
    private const int HeaderLengthMax = 8192;
    private const int RememberedMax = 10_000;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = HeaderLengthMax };
    private readonly ConcurrentDictionary<string, Caller> _good = new(StringComparer.Ordinal);
    private readonly TokenValidationParameters _parameters = new()
    {
        ValidIssuer = "rtt-dev",
        ValidAudience = "rtt",
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        IssuerSigningKey = new SymmetricSecurityKey(key),
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        // Judged on every use, below.
        ValidateLifetime = false,
    };

    /// <summary>Who asks; null when the header is not to be believed.</summary>
    public ValueTask<Caller?> Judge(string? header, DateTimeOffset now)
    {
        if (header is null || header.Length > HeaderLengthMax || !header.StartsWith(Scheme, StringComparison.Ordinal)) return default;
        return _good.TryGetValue(header, out var known) ? new(now < known.Expires ? known : null) : Check(header, now);
    }

    private async ValueTask<Caller?> Check(string header, DateTimeOffset now)
    {
        var result = await _handler.ValidateTokenAsync(header[Scheme.Length..], _parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token || token.ValidFrom > now.UtcDateTime.AddSeconds(30)) return null;
        if (!token.TryGetPayloadValue<string>("net", out var network) || !token.TryGetPayloadValue<string>("scope", out var scope)) return null;
        if (scope is not ("site" or "operator") || string.IsNullOrEmpty(token.Subject)) return null;
        token.TryGetPayloadValue<string[]>("sites", out var sites);
        var purpose = token.TryGetPayloadValue<string>("purpose", out var said) && said.Length > 0 ? said : "care";
        var caller = new Caller(network, token.Subject, scope, scope == "site" ? sites ?? [] : null, purpose, new DateTimeOffset(token.ValidTo, TimeSpan.Zero));
        if (now >= caller.Expires) return null;
        if (_good.Count >= RememberedMax) _good.Clear();
        _good.TryAdd(header, caller);
        return caller;
    }
}
