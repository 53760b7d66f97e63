using System.Runtime.InteropServices;
using Npgsql;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>A receipt as it stands in a result row: fingerprint, streams, reply.</summary>
internal static class ReceiptRow
{
    public static Receipt Read(NpgsqlDataReader row, ReceiptKey key, int firstColumn) => new(
        key,
        row.GetFieldValue<byte[]>(firstColumn),
        ImmutableCollectionsMarshal.AsImmutableArray(row.GetFieldValue<string[]>(firstColumn + 1)),
        row.GetFieldValue<byte[]>(firstColumn + 2));
}
