using System.Collections.Immutable;

namespace RttNetwork.Grains.Units;

/// <summary>
/// What entries say that this process wrote lately. The grains of the chain fold them, and the followers of the feed get them back from the journal within the second:
/// none of them has to read JSON for what stood here as objects a moment ago. Found by the bytes themselves, every one of which is compared: it cannot say anything else
/// than reading them would.
/// </summary>
/// <remarks>Two entries whose hashes share a place displace one another, so that it never holds more than its places.</remarks>
internal sealed class WrittenEntries(int places, int bytesMax)
{
    private readonly Kept?[] _places = new Kept?[places];

    /// <summary>Remembers what was written; an entry that is larger than most is not kept.</summary>
    public void Keep(byte[] entry, ImmutableArray<Act> acts)
    {
        if (entry.Length <= bytesMax) Volatile.Write(ref Place(entry), new Kept(entry, acts));
    }

    /// <summary>What an entry says; default when it is not here.</summary>
    public ImmutableArray<Act> Find(ReadOnlySpan<byte> entry) => Look(entry)?.Acts ?? default;

    /// <summary>The bytes as they are kept here, or these.</summary>
    public byte[] SameAs(byte[] entry) => Look(entry)?.Entry ?? entry;

    private Kept? Look(ReadOnlySpan<byte> entry) =>
        entry.Length <= bytesMax && Volatile.Read(ref Place(entry)) is { } kept && entry.SequenceEqual(kept.Entry) ? kept : null;

    private ref Kept? Place(ReadOnlySpan<byte> entry)
    {
        var hash = new HashCode();
        hash.AddBytes(entry);
        return ref _places[(uint)hash.ToHashCode() % (uint)_places.Length];
    }

    private sealed record Kept(byte[] Entry, ImmutableArray<Act> Acts);
}
