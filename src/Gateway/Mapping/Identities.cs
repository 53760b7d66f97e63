using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>
/// Turns identifiers of persons into keyed hashes, and requests into the ids of new participants. Behind this class
/// nobody sees an identifier again; without the key, which is not in the database, nobody can tell whose a hash is.
/// </summary>
internal sealed class Identities(GatewayOptions options)
{
    public const int IdentifiersMax = 8;
    public const int SystemLengthMax = 200;
    public const int ValueLengthMax = 64;

    /// <summary>128 bits: 26 letters and digits in base 32.</summary>
    private const int HashBytes = 16;

    /// <summary>
    /// The keys of the identifiers' grains: in order and each once, however the identifiers were written and ordered.
    /// </summary>
    /// <remarks>
    /// Values are compared in upper case and without blanks and hyphens, as people write them: "9876 543-210". Only ASCII
    /// is taken: two spellings of one letter would be two people.
    /// </remarks>
    public ImmutableArray<string> Read(Fields fields, string network, IReadOnlyList<Identifier> identifiers)
    {
        if (!fields.Count("identifiers", identifiers.Count, 0, IdentifiersMax) || identifiers.Count == 0) return [];
        var key = HMACSHA256.HashData(options.IdentityKey, Encoding.UTF8.GetBytes($"rtt identities of {network}"));
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < identifiers.Count; i++)
        {
            var system = fields.Ascii($"identifiers[{i}].system", identifiers[i].System.Trim(), SystemLengthMax, "must be a URI, at most 200 characters of ASCII");
            var value = fields.Ascii($"identifiers[{i}].value", identifiers[i].Value.Trim(), ValueLengthMax, "must be 1 to 64 characters of ASCII");
            if (value.Length == 0 || system.Length == 0) continue;
            var plain = Plain(value);
            if (plain.Length == 0) fields.Wrong($"identifiers[{i}].value", "must have more than blanks and hyphens");
            keys.Add(Keys.Identity(network, Base32(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes($"{system}\n{plain}")))));
        }
        return [.. keys];
    }

    /// <summary>The id of a person who is new with this request: the same again when the request is repeated.</summary>
    public static string NewParticipant(string network, string subject, Guid requestId) =>
        Base32(SHA256.HashData(Encoding.UTF8.GetBytes($"{network}\n{subject}\n{requestId:D}")));

    /// <summary>The id of a thing that is new with this request: the same for every repeat of its caller's, and for nobody else's.</summary>
    /// <param name="kind">What it is, so that one request id names different things.</param>
    /// <param name="letter">What the id begins with.</param>
    public static string New(string kind, char letter, Caller caller, Guid requestId)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{caller.Network}/{caller.Subject}/{requestId:D}"), hash);
        return $"{letter}{Convert.ToHexStringLower(hash[..10])}";
    }

    private static string Plain(string value) => string.Create(value.Count(c => c is not (' ' or '-')), value, static (plain, value) =>
    {
        var length = 0;
        foreach (var c in value)
        {
            if (c is not (' ' or '-')) plain[length++] = char.ToUpperInvariant(c);
        }
    });

    /// <summary>The first 128 bits in lower-case base 32 (RFC 4648 without padding).</summary>
    private static string Base32(byte[] hash)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        Span<char> text = stackalloc char[((HashBytes * 8) + 4) / 5];
        var (bits, count, length) = (0, 0, 0);
        foreach (var next in hash.AsSpan(0, HashBytes))
        {
            (bits, count) = ((bits << 8) | next, count + 8);
            while (count >= 5)
            {
                text[length++] = Alphabet[(bits >> (count - 5)) & 31];
                count -= 5;
            }
            bits &= (1 << count) - 1;
        }
        if (count > 0) text[length++] = Alphabet[(bits << (5 - count)) & 31];
        return new string(text[..length]);
    }
}
