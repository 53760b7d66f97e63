using System.Collections.Immutable;
using System.Text;
using NodaTime;
using Npgsql;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig;

/// <summary>One entry of the journal with its acts read.</summary>
/// <param name="RecordedAt">When the server inserted it, by its own clock: before its transaction ended.</param>
public sealed record ReadEntry(string Stream, int Version, ulong Xid, ImmutableArray<Act> Acts, Instant RecordedAt);

/// <summary>A receipt as it stands.</summary>
public sealed record ReadReceipt(string Network, string Subject, Guid RequestId, ImmutableArray<string> Streams);

/// <summary>Reads a whole journal, in the order in which it became true.</summary>
public static class JournalReader
{
    public static async Task<ImmutableArray<ReadEntry>> ReadAll(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select stream, version, xid::text::numeric::bigint, entry::text, recorded_at from rtt.journal order by xid, position", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var entries = ImmutableArray.CreateBuilder<ReadEntry>();
        while (await rows.ReadAsync())
        {
            entries.Add(new ReadEntry(
                rows.GetString(0),
                rows.GetInt32(1),
                (ulong)rows.GetInt64(2),
                EntryCodec.Read(Encoding.UTF8.GetBytes(rows.GetString(3))),
                Instant.FromDateTimeOffset(rows.GetFieldValue<DateTimeOffset>(4))));
        }
        return entries.ToImmutable();
    }

    public static async Task<ImmutableArray<ReadReceipt>> ReadReceipts(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select network, subject, request_id, streams from rtt.receipt", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var receipts = ImmutableArray.CreateBuilder<ReadReceipt>();
        while (await rows.ReadAsync()) receipts.Add(new ReadReceipt(rows.GetString(0), rows.GetString(1), rows.GetGuid(2), [.. rows.GetFieldValue<string[]>(3)]));
        return receipts.ToImmutable();
    }

    /// <summary>Receipts of what clients asked for: what follows from it by itself has its own.</summary>
    public static async Task<int> CountReceiptsOfClients(string connectionString) => (await ReadReceipts(connectionString)).Count(r => r.Subject != "dispatcher");
}

/// <summary>The invariants as checks over a journal, for tests that expect none to be broken.</summary>
public static class JournalChecks
{
    /// <summary>Every stream's versions are 1, 2, 3 …</summary>
    public static void StreamsHaveNoGap(ImmutableArray<ReadEntry> journal) => ThrowFirst(Invariants.Gaps(journal));

    /// <summary>I1 and I2 and the agreement of both sides of every seat, at every prefix that ends with a whole transaction.</summary>
    public static void SeatsHold(ImmutableArray<ReadEntry> journal) => ThrowFirst(Invariants.AtEveryPrefix(journal));

    private static void ThrowFirst(IEnumerable<Violation> violations)
    {
        if (violations.FirstOrDefault() is { } violation) throw new InvalidOperationException(violation.Sentence);
    }
}
