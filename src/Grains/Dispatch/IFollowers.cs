using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Dispatch;

/// <summary>Who follows the feed under a name: one at a time in the whole cluster, each going on where the last one stood.</summary>
public interface IFollowers
{
    /// <summary>Takes the seat of a follower; null while somebody else has it. It ends with the process that holds it.</summary>
    ValueTask<IFollower?> TryTake(string name, CancellationToken cancel);
}

/// <summary>The seat of a follower of the feed, and its place.</summary>
public interface IFollower : IAsyncDisposable
{
    /// <summary>Everything up to here has been followed.</summary>
    FeedPosition Position { get; }

    /// <summary>True while the seat is this one's: what it lives in may have broken.</summary>
    ValueTask<bool> Stands(CancellationToken cancel);

    /// <summary>Moves the place, if nobody else has moved it meanwhile.</summary>
    /// <returns>False when the seat is lost: another follower goes on.</returns>
    ValueTask<bool> MoveTo(FeedPosition position, CancellationToken cancel);
}
