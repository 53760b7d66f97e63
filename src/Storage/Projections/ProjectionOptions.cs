namespace RttNetwork.Storage.Projections;

/// <summary>The projections' limits, each beside what it limits.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Entries that are projected in one transaction. It holds the feed back for everyone while it runs, so it stays well under a second.</summary>
    public int EntriesPerStepMax { get; init; } = 2048;

    /// <summary>Cohorts whose folds are kept in memory (a few kilobytes each); others are folded from the journal again when they change.</summary>
    public int CohortsKeptMax { get; init; } = 20_000;

    /// <summary>Folds of each other kind that are kept in memory.</summary>
    public int OthersKeptMax { get; init; } = 4096;

    /// <summary>
    /// Streams of each kind whose rows a rebuild has not written yet: nobody reads its tables before they are complete, and the row of one that changes again is
    /// written once for all.
    /// </summary>
    public int UnwrittenMax { get; init; } = 4096;

    /// <summary>Cohorts with a free seat that a search goes through (some 600 bytes each in memory); a network that has more is not searched.</summary>
    public int OpenCohortsMax { get; init; } = 100_000;

    /// <summary>Networks whose open cohorts are kept in memory; of others they are read again when somebody searches.</summary>
    public int NetworksSearchedMax { get; init; } = 16;

    /// <summary>How long a read waits for the projection to reach the place that it was asked for.</summary>
    public TimeSpan ReachedWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a read that waits looks at the projection's place; all who wait in a silo look together.</summary>
    public TimeSpan ReachedInterval { get; init; } = TimeSpan.FromMilliseconds(10);
}
