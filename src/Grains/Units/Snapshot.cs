using System.Text.Json;

namespace RttNetwork.Grains.Units;

/// <summary>
/// A long stream's confirmed state at a version, so that an activation reads a tail only. Never the only copy of a
/// fact: one of another fold, or one above the journal's head, is discarded.
/// </summary>
public sealed class Snapshot
{
    public int Version { get; set; }
    public int FoldVersion { get; set; }
    public JsonElement State { get; set; }
    public long[] KnownRequests { get; set; } = [];
    public bool KnownRequestsComplete { get; set; }

    /// <summary>Repeats that the stream has refused, and the number of the attempt of each.</summary>
    public long[] RefusedRepeats { get; set; } = [];
    public int[] RefusedAttempts { get; set; } = [];
}
