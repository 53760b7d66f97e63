namespace RttNetwork.Load.Scenarios;

/// <summary>How long everything is measured.</summary>
/// <param name="WarmWindow">One window of the warm-up.</param>
/// <param name="WarmWindowsMax">The warm-up ends after so many, whether or not three agree.</param>
/// <param name="Lead">What of each turn does not count: the other side's has just ended.</param>
/// <param name="Turn">One side's part of a round.</param>
/// <param name="Rounds">Pairs of turns.</param>
/// <param name="RushRounds">Pairs of rushes.</param>
/// <param name="Overload">How long a server is offered five times what it can do.</param>
/// <param name="People">People that are booked for once.</param>
internal sealed record Plan(TimeSpan WarmWindow, int WarmWindowsMax, TimeSpan Lead, TimeSpan Turn, int Rounds, int RushRounds, TimeSpan Overload, int People)
{
    public static readonly Plan Full = new(TimeSpan.FromSeconds(2), 20, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3), 9, 9, TimeSpan.FromSeconds(20), 2_000_000);
    public static readonly Plan Quick = new(TimeSpan.FromSeconds(1), 16, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), 5, 5, TimeSpan.FromSeconds(6), 700_000);

    /// <summary>Warm when the rates of three windows, one after the other, are within this of one another.</summary>
    public const double WarmWithin = 0.10;
    public const int WarmWindows = 3;
}
