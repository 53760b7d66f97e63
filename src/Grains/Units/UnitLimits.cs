namespace RttNetwork.Grains.Units;

/// <summary>The bounds of a unit of work. Reaching one is a refusal, never a wait without end.</summary>
public static class UnitLimits
{
    /// <summary>Streams that one unit may append to.</summary>
    public const int StreamsMax = 128;
    /// <summary>Bytes of one entry.</summary>
    public const int EntryBytesMax = 256 * 1024;
    /// <summary>Commands that a grain decides together in one unit while an earlier write is in flight.</summary>
    public const int CommandsTogetherMax = 60;
    /// <summary>Commands that may wait for the turn of one grain.</summary>
    public const int WaitingMax = 4096;
    /// <summary>Times that the first grain of a chain starts anew after a conflict.</summary>
    public const int AttemptsMax = 3;
    /// <summary>Request ids that a grain remembers; a command older than these is looked up in the receipts.</summary>
    public const int KnownRequestsMax = 512;
    /// <summary>Events between two snapshots of a long stream: with one group of commands on top, an activation reads fewer than 200.</summary>
    public const int EventsPerSnapshot = 120;
    /// <summary>A grain that has not heard from the journal for this long asks it before it answers from memory.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    /// <summary>How long one call to the next grain of a chain may take.</summary>
    public static readonly TimeSpan Hop = TimeSpan.FromSeconds(2);
    /// <summary>How long a unit may take from its first enlistment to its commit.</summary>
    public static readonly TimeSpan Unit = TimeSpan.FromSeconds(5);
}
