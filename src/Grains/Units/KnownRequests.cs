using System.Buffers.Binary;

namespace RttNetwork.Grains.Units;

/// <summary>
/// The request ids that a stream has accepted, as far back as it remembers. While it has forgotten none it can say that
/// an id is new; after that only the receipts can.
/// </summary>
public sealed class KnownRequests
{
    // A list, not a set: most streams have a handful, and the longest is scanned in a fraction of a microsecond.
    private List<long>? _marks;

    /// <summary>True while every request id that the stream ever accepted is here.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>True when the command was accepted here, or (once in 2^64) looks as if it were: the receipt decides.</summary>
    public bool Contains(string subject, Guid requestId) => _marks?.Contains(Mark(subject, requestId)) ?? false;

    public void Add(string subject, Guid requestId)
    {
        _marks ??= new List<long>(2);
        if (_marks.Count == UnitLimits.KnownRequestsMax)
        {
            _marks.RemoveAt(0);
            IsComplete = false;
        }
        _marks.Add(Mark(subject, requestId));
    }

    /// <summary>The marks, oldest first, for a snapshot.</summary>
    public long[] ToArray() => _marks?.ToArray() ?? [];

    public static KnownRequests From(long[] marks, bool isComplete) => new() { _marks = [.. marks], IsComplete = isComplete };

    /// <summary>Stable over processes, because snapshots keep it.</summary>
    internal static long Mark(string subject, Guid requestId)
    {
        Span<byte> bytes = stackalloc byte[16];
        requestId.TryWriteBytes(bytes);
        var hash = 14695981039346656037UL;
        foreach (var c in subject) hash = (hash ^ c) * 1099511628211UL;
        return (long)((hash * 31) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ (BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) * 1099511628211UL));
    }
}
