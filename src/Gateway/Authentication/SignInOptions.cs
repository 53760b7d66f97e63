namespace RttNetwork.Gateway.Authentication;

/// <summary>
/// Where people sign in to the pages: an OpenID Connect provider, by authorisation code and PKCE. The access token that it gives is what the API's callers bring too, so
/// it must be one that <see cref="TokenOptions"/> believes.
/// </summary>
public sealed class SignInOptions
{
    /// <summary>The provider's address, which publishes its endpoints and keys.</summary>
    public required string Authority { get; init; }

    /// <summary>What the pages are to the provider.</summary>
    public required string ClientId { get; init; }

    /// <summary>Null for a public client. Never logged.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for besides <c>openid</c>: with some providers the scope that brings the API's claims.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Where people reach the pages, when something that ends TLS stands in front; null where they reach this port itself.</summary>
    public Uri? PublicAddress { get; init; }

    internal bool IsHttps => PublicAddress?.Scheme == Uri.UriSchemeHttps;

    internal static SignInOptions? From(IConfigurationSection section) => section["Authority"] is not { Length: > 0 } authority ? null : new SignInOptions
    {
        Authority = authority,
        ClientId = section["ClientId"] ?? "",
        ClientSecret = section["ClientSecret"],
        Scopes = section.GetSection("Scopes").Get<string[]>() ?? [],
        PublicAddress = section["PublicAddress"] is { } address
            ? Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : throw new InvalidOperationException("Rtt:SignIn:PublicAddress must be an address: https://rtt.example.org")
            : null,
    };

    internal void Check(string environmentName)
    {
        var isProduction = GatewayOptions.IsProduction(environmentName);
        GatewayOptions.Require(Uri.TryCreate(Authority, UriKind.Absolute, out var authority) && authority.Scheme is "http" or "https", "Rtt:SignIn:Authority must be the address of an OpenID Connect provider.");
        GatewayOptions.Require(ClientId.Length > 0, "Rtt:SignIn:ClientId is missing.");
        GatewayOptions.Require(!isProduction || new Uri(Authority).Scheme == "https", "Rtt:SignIn:Authority must be https in production.");
        GatewayOptions.Require(!isProduction || IsHttps, "Rtt:SignIn:PublicAddress must be set in production, and https.");
    }
}
