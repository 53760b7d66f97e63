using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RttNetwork.Client;

/// <summary>
/// Names a request, for ever: the network answers the same id with the same answer. A new one for a new wish; a derived one where the
/// same wish may be uttered again by another process (an import that was stopped half way, a file that is applied twice).
/// </summary>
public static class RequestId
{
    /// <summary>The namespace of RttNetwork's derived ids (RFC 9562, section 6.6): never changes, or every repeat would be taken for new.</summary>
    private static readonly Guid Namespace = new("5b1f1f3e-6d0c-5a3f-9b0e-7d5a4c1e2f10");

    /// <summary>An id that was never used before.</summary>
    public static string New() => Guid.NewGuid().ToString();

    /// <summary>The id that follows from what is asked: the same parts give the same id on every machine (UUID version 5).</summary>
    /// <param name="parts">What is asked, from the general to the particular: network, kind, name, content.</param>
    public static string Derive(params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            // The length in front, so that ("ab", "c") and ("a", "bc") differ.
            text.Append(part.Length).Append(':').Append(part);
        }

        var body = Encoding.UTF8.GetBytes(text.ToString());
        var bytes = new byte[16 + body.Length];
        Namespace.TryWriteBytes(bytes, bigEndian: true, out _);
        body.CopyTo(bytes, 16);
#pragma warning disable CA5350 // Version 5 is defined over SHA-1: a name, not a signature.
        var hash = SHA1.HashData(bytes);
#pragma warning restore CA5350
        var version = BinaryPrimitives.ReadUInt16BigEndian(hash.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(hash.AsSpan(6), (ushort)((version & 0x0FFF) | 0x5000));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
