namespace RttNetwork.Load.Http2;

/// <summary>
/// Finds one header in a block that a server sent. The server was told to keep no dynamic table, so every field is a
/// literal or one of the 61 that the standard lists; of those none is one that we look for.
/// </summary>
internal static class HeaderBlock
{
    /// <summary>Finds a header's value; empty when it is not there.</summary>
    /// <exception cref="InvalidDataException">The block is not as it must be.</exception>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> block, scoped ReadOnlySpan<byte> name)
    {
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                _ = ReadInteger(ref block, 7);
                continue;
            }
            if ((first & 0xE0) == 0x20)
            {
                _ = ReadInteger(ref block, 5);
                continue;
            }
            var index = ReadInteger(ref block, (first & 0x40) != 0 ? 6 : 4);
            var found = index == 0 ? ReadText(ref block) : default;
            var value = ReadText(ref block);
            if (found.SequenceEqual(name)) return value;
        }
        return default;
    }

    private static ReadOnlySpan<byte> ReadText(scoped ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty) throw new InvalidDataException("A header block ends too early.");
        var isHuffman = (block[0] & 0x80) != 0;
        var length = ReadInteger(ref block, 7);
        if (length > block.Length) throw new InvalidDataException("A header block ends too early.");
        var text = block[..length];
        block = block[length..];
        // Kestrel sends none; a name in it is not one that we look for.
        return isHuffman ? default : text;
    }

    private static int ReadInteger(scoped ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var max = (1 << prefixBits) - 1;
        var value = block[0] & max;
        var at = 1;
        if (value == max)
        {
            for (var shift = 0; ; shift += 7)
            {
                if (at >= block.Length || shift > 21) throw new InvalidDataException("A header block holds no sound integer.");
                var next = block[at++];
                value += (next & 0x7F) << shift;
                if ((next & 0x80) == 0) break;
            }
        }
        block = block[at..];
        return value;
    }
}
