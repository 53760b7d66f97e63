namespace RttNetwork.Gateway.Authentication;

/// <summary>Whose tokens a gateway believes: exactly one of <see cref="DevKeyFile"/>, <see cref="Authority"/> and <see cref="JwksFile"/>.</summary>
public sealed record TokenOptions
{
    /// <summary>The key file of a <see cref="DevTokenIssuer"/>: never in production.</summary>
    public string? DevKeyFile { get; init; }

    /// <summary>The address of an OpenID Connect provider, which publishes its keys.</summary>
    public string? Authority { get; init; }

    /// <summary>A file with a JSON Web Key Set of public keys, for a provider that cannot be reached from here. Needs <see cref="Issuer"/>.</summary>
    public string? JwksFile { get; init; }

    /// <summary>The issuer that a token must name; the provider's own when it is not set.</summary>
    public string? Issuer { get; init; }

    /// <summary>The audience that a token must name.</summary>
    public string Audience { get; init; } = DevTokenIssuer.Audience;

    /// <summary>Tokens that were checked lately and are remembered.</summary>
    public int RememberedMax { get; init; } = 10_000;

    internal void Check(string environmentName)
    {
        var sources = (DevKeyFile is null ? 0 : 1) + (Authority is null ? 0 : 1) + (JwksFile is null ? 0 : 1);
        GatewayOptions.Require(sources == 1, "Exactly one of Rtt:Tokens:DevKeyFile, Rtt:Tokens:Authority and Rtt:Tokens:JwksFile must be set.");
        GatewayOptions.Require(DevKeyFile is null || !GatewayOptions.IsProduction(environmentName), "Rtt:Tokens:DevKeyFile is for development: a gateway in production does not start with it.");
        GatewayOptions.Require(JwksFile is null || !string.IsNullOrEmpty(Issuer), "Rtt:Tokens:JwksFile needs Rtt:Tokens:Issuer.");
        GatewayOptions.Require(Audience.Length > 0 && RememberedMax > 0, "Rtt:Tokens:Audience must not be empty.");
    }
}
