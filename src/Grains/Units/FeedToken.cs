using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RttNetwork.Grains.Units;

/// <summary>Why a token was not taken.</summary>
public enum FeedTokenError
{
    /// <summary>It is a token of this network and epoch.</summary>
    None,
    /// <summary>It is no token at all.</summary>
    Malformed,
    /// <summary>It was given to another network.</summary>
    OtherNetwork,
    /// <summary>It was given out before a restore (or by a later epoch): what it names may not exist any more.</summary>
    OtherEpoch,
}

/// <summary>
/// A place in the feed as it goes over the wire: opaque text, bound to the network that it was given to and to the
/// epoch of the feed.
/// </summary>
public static class FeedToken
{
    // Kind, epoch, xid, position, then the network's name.
    private const byte Kind = 1;
    private const int FixedBytes = 1 + sizeof(int) + sizeof(ulong) + sizeof(long);
    private const int CharactersMax = 512;

    /// <summary>Writes a token for a caller of that network.</summary>
    public static string Encode(string network, int epoch, FeedPosition position)
    {
        var bytes = new byte[FixedBytes + Encoding.UTF8.GetByteCount(network)];
        bytes[0] = Kind;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), epoch);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(5), position.Xid);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(13), position.Position);
        Encoding.UTF8.GetBytes(network, bytes.AsSpan(FixedBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token that a caller of that network sent.</summary>
    public static FeedTokenError Decode([NotNullWhen(true)] string? token, string network, int epoch, out FeedPosition position)
    {
        position = default;
        if (token is null || token.Length is 0 or > CharactersMax || !Base64Url.IsValid(token)) return FeedTokenError.Malformed;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= FixedBytes || bytes[0] != Kind) return FeedTokenError.Malformed;
        if (!bytes.AsSpan(FixedBytes).SequenceEqual(Encoding.UTF8.GetBytes(network))) return FeedTokenError.OtherNetwork;
        if (BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)) != epoch) return FeedTokenError.OtherEpoch;

        var read = new FeedPosition(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(5)), BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(13)));
        if (read.Position < 0) return FeedTokenError.Malformed;
        position = read;
        return FeedTokenError.None;
    }
}
