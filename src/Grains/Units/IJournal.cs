using System.Collections.Immutable;

namespace RttNetwork.Grains.Units;

/// <summary>
/// The append-only journal that every fact of the network is kept in. Its unique key (stream, version) is the fence:
/// of all who believe that they own a stream, one can append a version.
/// </summary>
public interface IJournal
{
    /// <summary>
    /// Writes every append, receipt and vault change of the unit in one transaction, all or nothing, grouped with
    /// whatever other units are waiting. Once the unit has been handed to a writer nothing cancels it.
    /// </summary>
    /// <returns>What is known of the unit. Never throws for an operating error; <see cref="CommitOutcome.Unknown"/> says that the caller must settle.</returns>
    ValueTask<CommitResult> Commit(JournalUnit unit);

    /// <summary>
    /// Reads the entries of a stream after a version, in order, grouped with whatever other loads are waiting.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="after">
    /// The last version that the caller holds; 0 for the whole stream. It is not returned, but it must be there: a caller
    /// that holds more than the journal, as after a restore, gets the <see cref="JournalGapException"/>.
    /// </param>
    /// <param name="deadline">After this the load is given up with a <see cref="TimeoutException"/>.</param>
    /// <exception cref="JournalGapException">The stream's versions do not follow one another.</exception>
    /// <exception cref="JournalUnavailableException">The database cannot be reached, or too many loads wait.</exception>
    ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline);

    /// <summary>Finds the receipt of an accepted command, grouped with the loads; null when there is none.</summary>
    /// <exception cref="JournalUnavailableException">The database cannot be reached, or too many loads wait.</exception>
    ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline);
}

/// <summary>One atomic unit of work.</summary>
/// <param name="Appends">At most <see cref="UnitLimits.StreamsMax"/>, each stream once.</param>
/// <param name="Receipts">One per accepted command in the unit; none for a fence.</param>
/// <param name="Vault">Changes to personal data that stand or fall with the unit.</param>
/// <param name="Deadline">A unit that is still waiting for a writer at this instant is not sent: <see cref="CommitOutcome.Expired"/>.</param>
public sealed record JournalUnit(
    ImmutableArray<Append> Appends,
    ImmutableArray<Receipt> Receipts,
    ImmutableArray<VaultChange> Vault,
    DateTimeOffset Deadline);

/// <summary>The next entry of one stream: <paramref name="Entry"/> is UTF-8 JSON as <c>EntryCodec</c> writes it.</summary>
public readonly record struct Append(string Stream, int Version, ReadOnlyMemory<byte> Entry);

/// <summary>An entry as it stands in the journal.</summary>
public readonly record struct JournalEntry(string Stream, int Version, ReadOnlyMemory<byte> Entry);

/// <summary>What identifies a command for ever: the caller's network and subject, and the request id it chose.</summary>
public readonly record struct ReceiptKey(string Network, string Subject, Guid RequestId);

/// <summary>
/// The proof that a command was accepted, kept for ever: a repeat with the same fingerprint gets the same reply.
/// </summary>
/// <param name="Key">Who asked, and under which request id.</param>
/// <param name="Fingerprint">SHA-256 of the canonical request.</param>
/// <param name="Streams">The streams that the command appended to, with their versions ("stream@version").</param>
/// <param name="Reply">The reply, as UTF-8 JSON.</param>
public sealed record Receipt(ReceiptKey Key, ReadOnlyMemory<byte> Fingerprint, ImmutableArray<string> Streams, ReadOnlyMemory<byte> Reply);

/// <summary>A change to the encrypted, erasable table of personal data.</summary>
/// <param name="Network">The tenant.</param>
/// <param name="Subject">The opaque id of the person.</param>
/// <param name="WrappedKey">The person's own data key, encrypted with the network's key; null erases the person: key and data are deleted.</param>
/// <param name="Ciphertext">The personal fields, encrypted with the data key.</param>
/// <param name="ResidencyRegion">Where the data must stay, if anybody said so: the person's region of residence.</param>
/// <param name="GoverningNation">The Nation that governs the record, if any.</param>
public sealed record VaultChange(
    string Network, string Subject, ReadOnlyMemory<byte>? WrappedKey, ReadOnlyMemory<byte> Ciphertext, string ResidencyRegion = "", string GoverningNation = "");

/// <summary>What became of a unit.</summary>
public enum CommitOutcome
{
    /// <summary>Durable, in all its streams.</summary>
    Committed,
    /// <summary>Nothing was written: another entry stands at a version that the unit wanted, or none stands before it. The unit is dead.</summary>
    Conflict,
    /// <summary>Nothing was written: a receipt of the unit exists already (<see cref="CommitResult.Existing"/>).</summary>
    ReceiptExists,
    /// <summary>Nothing was written: the data break a limit, or the database refused them. Never retried.</summary>
    Poison,
    /// <summary>Nothing was written: the queue of waiting units is full, by number or by bytes.</summary>
    Overloaded,
    /// <summary>Nothing was written: the deadline passed while the unit waited for a writer.</summary>
    Expired,
    /// <summary>Nothing was written: the database could not be reached before anything was sent, or it rolled back for a reason of its own (a lock, a full disk).</summary>
    Unavailable,
    /// <summary>The unit was sent and no answer came: it may be durable, or become so later. The caller must settle.</summary>
    Unknown,
}

/// <summary>What is known of a unit after <see cref="IJournal.Commit"/>.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Token">For a committed unit, the feed position that includes it.</param>
/// <param name="Existing">For <see cref="CommitOutcome.ReceiptExists"/>, the receipt that stands.</param>
public readonly record struct CommitResult(CommitOutcome Outcome, FeedPosition Token = default, Receipt? Existing = null);

/// <summary>A place in the feed: entries are read in the order of this pair, never of the position alone.</summary>
/// <param name="Xid">The transaction id that wrote the entry.</param>
/// <param name="Position">The entry's place among those of its transaction, unique over the journal.</param>
public readonly record struct FeedPosition(ulong Xid, long Position) : IComparable<FeedPosition>
{
    /// <inheritdoc/>
    public int CompareTo(FeedPosition other) =>
        Xid != other.Xid ? Xid.CompareTo(other.Xid) : Position.CompareTo(other.Position);

    public static bool operator <(FeedPosition left, FeedPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(FeedPosition left, FeedPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(FeedPosition left, FeedPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(FeedPosition left, FeedPosition right) => left.CompareTo(right) >= 0;
}

/// <summary>An entry as a follower of the feed sees it.</summary>
public sealed record FeedEntry(FeedPosition Position, string Stream, int Version, DateTimeOffset RecordedAt, ReadOnlyMemory<byte> Entry);

/// <summary>The journal in commit order, for projectors and the dispatcher.</summary>
public interface IFeed
{
    /// <summary>
    /// Reads up to <paramref name="max"/> entries after a place, only from transactions that every earlier one has
    /// ended before: a reader that goes on from the last entry never misses a commit.
    /// </summary>
    ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel);

    /// <summary>Returns when something may have been appended, or after a poll interval: a hint, never the truth.</summary>
    ValueTask WaitForMore(CancellationToken cancel);

    /// <summary>
    /// The epoch that positions are counted in, from 1. A restore raises it, and every process is started anew after
    /// one, so it is asked once in a process.
    /// </summary>
    ValueTask<int> Epoch(CancellationToken cancel);
}

/// <summary>A stream's versions do not follow one another: the journal is damaged, and nothing is decided on it.</summary>
public sealed class JournalGapException(string stream, int expected, int found)
    : Exception($"Stream {stream} has version {found} where {expected} must stand.");

/// <summary>The journal cannot be asked now. Nothing was written. It leaves a grain that cannot read its stream, and so does not begin.</summary>
[GenerateSerializer, Alias("rtt.JournalUnavailableException")]
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
