using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using RttNetwork.Contracts;

namespace RttNetwork.Gateway.Calendars;

/// <summary>
/// The address of a feed and the secret in it. A secret is 256 bits that follow from the gateway's key and the request that asked for it, so that a repeated
/// request has the same; nobody without the key can tell one from chance. It is kept nowhere: the owner's grain has the SHA-256 of it.
/// </summary>
internal sealed class CalendarAddress(GatewayOptions options)
{
    /// <summary>Where feeds are, on the port of JSON.</summary>
    public const string Pattern = "/calendars/{network}/{kind}/{id}/{secret}";

    public const string Sites = "sites";
    public const string Facilitators = "facilitators";

    private const int SecretLength = 43;

    /// <summary>The secret of the link that a request makes.</summary>
    public string SecretOf(string network, string subject, string owner, Guid requestId)
    {
        var key = HMACSHA256.HashData(options.IdentityKey, Encoding.UTF8.GetBytes($"rtt calendar links of {network}"));
        return Base64UrlEncoder.Encode(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{subject}\n{owner}\n{requestId:D}")));
    }

    /// <summary>The path of a feed; calendar programs look at its ending.</summary>
    public static string PathOf(string network, string kind, string id, string secret) => $"/calendars/{network}/{kind}/{id}/{secret}.ics";

    /// <summary>What is kept of a secret.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));

    /// <summary>The link's id: the hash's first 64 bits. It leads back to nothing.</summary>
    public static string LinkOf(string hash) => hash[..16];

    /// <summary>The owner's key and the secret of a path, or null when it cannot be one: nothing of it becomes part of a key unseen.</summary>
    public static (string Owner, string Secret)? Read(string? network, string? kind, string? id, string? secret)
    {
        if (!Ids.IsValid(network) || !Ids.IsValid(id) || secret is null || !secret.EndsWith(".ics", StringComparison.Ordinal) || secret.Length != SecretLength + 4) return null;
        return kind switch
        {
            Sites => (Keys.Site(network!, id!), secret[..SecretLength]),
            Facilitators => (Keys.Facilitator(network!, id!), secret[..SecretLength]),
            _ => null,
        };
    }
}
