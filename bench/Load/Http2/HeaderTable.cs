using System.Text;

namespace RttNetwork.Load.Http2;

/// <summary>
/// Writes request headers (HPACK, RFC 7541) so that every header costs one byte from its second use on: each is put into
/// the server's dynamic table once. Nothing is ever evicted, because all of them together are smaller than the table.
/// </summary>
internal sealed class HeaderTable
{
    /// <summary>What a server keeps unless it says otherwise.</summary>
    private const int TableBytesMax = 4096;
    private const int EntryOverhead = 32;
    private const int FirstDynamicIndex = 62;

    private const byte MethodPost = 0x80 | 3;
    private const byte SchemeHttp = 0x80 | 6;

    private readonly List<(string Name, string Value)> _entries = [];
    private readonly (string Name, string Value)[] _common;
    private int _bytes;

    /// <param name="common">The headers of every request, in lower case.</param>
    public HeaderTable(params (string Name, string Value)[] common) => _common = common;

    /// <summary>Writes the header block of a POST to a path and returns its length.</summary>
    public int Write(Span<byte> to, string path)
    {
        to[0] = MethodPost;
        to[1] = SchemeHttp;
        var at = 2 + Write(to[2..], ":path", path);
        foreach (var (name, value) in _common) at += Write(to[at..], name, value);
        return at;
    }

    private int Write(Span<byte> to, string name, string value)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (ReferenceEquals(_entries[i].Value, value) || _entries[i].Value == value)
                return WriteInteger(to, 0x80, 7, FirstDynamicIndex + _entries.Count - 1 - i);
        }
        _bytes += name.Length + value.Length + EntryOverhead;
        if (_bytes > TableBytesMax) throw new InvalidOperationException("The headers do not fit into the table.");
        _entries.Add((name, value));
        // Literal with incremental indexing, new name.
        to[0] = 0x40;
        var at = 1 + WriteText(to[1..], name);
        return at + WriteText(to[at..], value);
    }

    private static int WriteText(Span<byte> to, string text)
    {
        var at = WriteInteger(to, 0, 7, text.Length);
        return at + Encoding.ASCII.GetBytes(text, to[at..]);
    }

    private static int WriteInteger(Span<byte> to, byte first, int prefixBits, int value)
    {
        var max = (1 << prefixBits) - 1;
        if (value < max)
        {
            to[0] = (byte)(first | value);
            return 1;
        }
        to[0] = (byte)(first | max);
        value -= max;
        var at = 1;
        while (value >= 0x80)
        {
            to[at++] = (byte)(0x80 | (value & 0x7F));
            value >>= 7;
        }
        to[at++] = (byte)value;
        return at;
    }
}
