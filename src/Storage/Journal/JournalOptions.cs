namespace RttNetwork.Storage.Journal;

/// <summary>The journal's limits, each beside what it limits.</summary>
public sealed record JournalOptions
{
    /// <summary>Writes that may be in flight at once from one silo, each on a connection of its own. More of them make smaller groups, not more commits.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>
    /// A further writer or loader starts only when so many wait: while one batch is in flight the next one gathers, and one large
    /// batch costs the server far less than two small ones. A batch that does not come back within <see cref="ExpirySweep"/> holds nobody up longer.
    /// </summary>
    public int WaitingForAnother { get; init; } = 128;

    /// <summary>Group loads that may be in flight at once from one silo, each on a connection of its own.</summary>
    public int Loaders { get; init; } = 2;

    /// <summary>Units that may wait for a writer; one more is <c>Overloaded</c> at once.</summary>
    public int UnitsWaitingMax { get; init; } = 8192;

    /// <summary>Bytes of the entries and replies that may wait for a writer; beyond them a unit is <c>Overloaded</c> at once.</summary>
    public int BytesWaitingMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Units that are written together.</summary>
    public int UnitsPerBatchMax { get; init; } = 512;

    /// <summary>Bytes of the entries and replies that are written together; a unit that is larger goes alone.</summary>
    public int BytesPerBatchMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Loads and receipt look-ups that may wait for a loader.</summary>
    public int LoadsWaitingMax { get; init; } = 16384;

    /// <summary>Loads and receipt look-ups that are asked together.</summary>
    public int LoadsPerBatchMax { get; init; } = 512;

    /// <summary>Entries of one stream that one round trip brings; a longer stream takes several.</summary>
    public int EntriesPerPage { get; init; } = 256;

    /// <summary>The server gives a statement up after this: nothing of it is written.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The server gives a wait for a lock up after this: nothing of the statement is written.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The client gives a connection up after this without an answer, whole seconds: what was sent on it is unknown.
    /// Longer than <see cref="StatementTimeout"/>, so that a slow server says so itself.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long opening a connection may take, whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A connection that was unused for longer is asked for a sign of life before a unit is sent on it: a restart of
    /// the database then costs a reconnection and not an unknown outcome.
    /// </summary>
    public TimeSpan IdleBeforePing { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often waiting units are searched for passed deadlines when no writer takes them.</summary>
    public TimeSpan ExpirySweep { get; init; } = TimeSpan.FromMilliseconds(100);
}
