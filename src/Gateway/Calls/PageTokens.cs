using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// The opaque token of a list's next page: the last key of the page before, sealed together with the list and its
/// filters. A token that was made up, or comes from another list, is refused: no client's string becomes a place to read from.
/// </summary>
internal sealed class PageTokens(GatewayOptions options)
{
    /// <summary>The most rows of one page.</summary>
    public const int SizeMax = 200;

    /// <summary>The rows of a page when the caller does not say.</summary>
    public const int SizeDefault = 50;

    private const int SealBytes = 16;
    private const int TokenLengthMax = 1024;

    private readonly byte[] _key = HMACSHA256.HashData(options.IdentityKey, "rtt page tokens"u8);

    /// <summary>The page that a request asks for.</summary>
    /// <param name="list">The method, the parent and the filters.</param>
    public PageRequest Read(Fields fields, string list, int pageSize, string pageToken, string atLeast)
    {
        if (pageSize < 0) fields.Wrong("page_size", "must not be negative");
        var size = pageSize <= 0 ? SizeDefault : Math.Min(pageSize, SizeMax);
        string? after = null;
        if (pageToken.Length > 0 && !TryOpen(list, pageToken, out after)) fields.Wrong("page_token", "must be the next_page_token of the same list");
        return new PageRequest(size, after, fields.AtLeast("at_least", atLeast));
    }

    /// <summary>What <see cref="Seal"/> closed into a token that is no page's; null for an empty one.</summary>
    public string? Open(Fields fields, string field, string list, string token)
    {
        if (token.Length == 0) return null;
        return TryOpen(list, token, out var text) ? text : fields.Wrong<string?>(field, $"must be a {field} of the same list", null);
    }

    /// <summary>Empty on the last page.</summary>
    public string Seal(string list, string? after)
    {
        if (after is null) return "";
        var text = Encoding.UTF8.GetBytes(after);
        var token = new byte[SealBytes + text.Length];
        SealOf(list, text).CopyTo(token, 0);
        text.CopyTo(token, SealBytes);
        return Base64Url.EncodeToString(token);
    }

    private bool TryOpen(string list, string token, out string? after)
    {
        after = null;
        if (token.Length > TokenLengthMax || !Base64Url.IsValid(token)) return false;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < SealBytes) return false;
        var text = bytes.AsSpan(SealBytes);
        if (!CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SealBytes), SealOf(list, text))) return false;
        after = Encoding.UTF8.GetString(text);
        return true;
    }

    private byte[] SealOf(string list, ReadOnlySpan<byte> after)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(Encoding.UTF8.GetBytes(list));
        mac.AppendData([0]);
        mac.AppendData(after);
        return mac.GetHashAndReset()[..SealBytes];
    }
}
