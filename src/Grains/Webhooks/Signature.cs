using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Privacy;

namespace RttNetwork.Grains.Webhooks;

/// <summary>How a delivery is signed, by the Standard Webhooks specification: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
public static class Signature
{
    /// <summary>What a secret begins with when a person sees it.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>Of a secret that is made here; the specification has 24 to 64.</summary>
    public const int SecretBytes = 32;

    public static string Of(ReadOnlySpan<byte> secret, string id, long timestamp, string body)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}")), hash);
        return $"v1,{Convert.ToBase64String(hash)}";
    }

    /// <summary>A new secret, for the journal.</summary>
    public static SealedSecret New(PersonalCipher cipher, string network, string webhook)
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(secret);
        var change = cipher.Seal(network, Subject(webhook), secret);
        CryptographicOperations.ZeroMemory(secret);
        return new SealedSecret(Convert.ToBase64String(change.WrappedKey!.Value.Span), Convert.ToBase64String(change.Ciphertext.Span));
    }

    /// <summary>The bytes of a secret that <see cref="New"/> made.</summary>
    public static byte[] Open(PersonalCipher cipher, string network, string webhook, SealedSecret secret) =>
        cipher.Open(new SealedPersonalData(Convert.FromBase64String(secret.Key), Convert.FromBase64String(secret.Ciphertext)), network, Subject(webhook));

    // No person has such an id: what is sealed for a webhook cannot stand in for anybody's data.
    private static string Subject(string webhook) => $"webhooks/{webhook}";
}
