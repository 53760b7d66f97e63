using System.Buffers.Binary;

namespace RttNetwork.Grains.Units;

/// <summary>
/// The request ids that a stream has accepted, as far back as it remembers. While it has forgotten none it can say that
/// an id is new; after that only the receipts can. Safe to ask from another thread while the grain adds.
/// </summary>
public sealed class KnownRequests
{
    // A list, not a set: most streams have a handful, and the longest is scanned in a fraction of a microsecond. Its own lock: one
    // object more for each of a hundred thousand grains would be two megabytes for nothing.
    private volatile List<long>? _marks;
    private volatile bool _isComplete = true;

    /// <summary>True while every request id that the stream ever accepted is here.</summary>
    public bool IsComplete { get => _isComplete; private init => _isComplete = value; }

    /// <summary>True when the command was accepted here, or (once in 2^64) looks as if it were: the receipt decides.</summary>
    public bool Contains(string subject, Guid requestId)
    {
        if (_marks is not { } marks) return false;
        var mark = Mark(subject, requestId);
        lock (marks) return marks.Contains(mark);
    }

    public void Add(string subject, Guid requestId)
    {
        var marks = _marks ??= new List<long>(2);
        var mark = Mark(subject, requestId);
        lock (marks)
        {
            if (marks.Count == UnitLimits.KnownRequestsMax)
            {
                // Before it is forgotten: whoever does not find it must find that it may have been.
                _isComplete = false;
                marks.RemoveAt(0);
            }
            marks.Add(mark);
        }
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
