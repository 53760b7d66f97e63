using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace RttNetwork.Peer.Calls;

internal static class Fingerprint
{
    /// <summary>SHA-256 over the method's name and what is asked: a request id with another fingerprint is a reused one.</summary>
    public static byte[] Of(byte[] method, string first, string second, string reason)
    {
        var length = method.Length + Encoding.UTF8.GetMaxByteCount(first.Length + second.Length + reason.Length) + 2;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            method.CopyTo(buffer, 0);
            var at = method.Length;
            at += Encoding.UTF8.GetBytes(first, buffer.AsSpan(at));
            buffer[at++] = (byte)'\n';
            at += Encoding.UTF8.GetBytes(second, buffer.AsSpan(at));
            buffer[at++] = (byte)'\n';
            at += Encoding.UTF8.GetBytes(reason, buffer.AsSpan(at));
            return SHA256.HashData(buffer.AsSpan(0, at));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
