using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// What can be known to be unwritable without asking the database. Names are printable ASCII, so that ordinal order
/// here and collation "C" there are one order, and none can break the encoding of a batch.
/// </summary>
internal static class UnitCheck
{
    /// <summary>Characters of a stream's name, a network or a subject: far below what an index entry may hold.</summary>
    public const int NameLengthMax = 256;

    /// <summary>Bytes of a fingerprint, of a wrapped key.</summary>
    private const int SecretBytesMax = 1024;

    /// <summary>The bytes that the unit brings, or null when it cannot be written.</summary>
    public static int? Bytes(JournalUnit unit)
    {
        if (unit.Appends.IsDefault || unit.Receipts.IsDefault || unit.Vault.IsDefault) return null;
        if (unit.Appends.Length > UnitLimits.StreamsMax || unit.Receipts.Length > UnitLimits.StreamsMax || unit.Vault.Length > UnitLimits.StreamsMax) return null;

        var bytes = 0;
        for (var i = 0; i < unit.Appends.Length; i++)
        {
            var append = unit.Appends[i];
            if (!IsName(append.Stream) || append.Version < 1 || !IsJsonSize(append.Entry)) return null;
            for (var j = 0; j < i; j++)
            {
                if (string.Equals(unit.Appends[j].Stream, append.Stream, StringComparison.Ordinal)) return null;
            }

            bytes += append.Entry.Length;
        }

        for (var i = 0; i < unit.Receipts.Length; i++)
        {
            var receipt = unit.Receipts[i];
            if (!IsName(receipt.Key.Network) || !IsName(receipt.Key.Subject) || receipt.Fingerprint.Length > SecretBytesMax || !IsJsonSize(receipt.Reply)) return null;
            if (receipt.Streams.IsDefault || receipt.Streams.Length > UnitLimits.StreamsMax) return null;
            foreach (var stream in receipt.Streams)
            {
                if (!IsName(stream)) return null;
            }

            for (var j = 0; j < i; j++)
            {
                if (unit.Receipts[j].Key == receipt.Key) return null;
            }

            bytes += receipt.Reply.Length;
        }

        for (var i = 0; i < unit.Vault.Length; i++)
        {
            var change = unit.Vault[i];
            if (!IsName(change.Network) || !IsName(change.Subject)) return null;
            if (change.WrappedKey is { Length: > SecretBytesMax or 0 } || change.Ciphertext.Length > UnitLimits.EntryBytesMax) return null;
            for (var j = 0; j < i; j++)
            {
                if (unit.Vault[j].Network == change.Network && unit.Vault[j].Subject == change.Subject) return null;
            }

            bytes += change.Ciphertext.Length;
        }

        return bytes;
    }

    /// <summary>Printable ASCII without blanks, and neither empty nor too long.</summary>
    public static bool IsName(string? name) => name is { Length: > 0 and <= NameLengthMax } && !name.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool IsJsonSize(ReadOnlyMemory<byte> json) => json.Length is > 0 and <= UnitLimits.EntryBytesMax;
}
