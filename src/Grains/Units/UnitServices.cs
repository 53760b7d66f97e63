using Microsoft.Extensions.Logging;

namespace RttNetwork.Grains.Units;

/// <summary>What every journal grain works with.</summary>
public sealed class UnitServices(IJournal journal, TimeProvider time, ILogger<UnitServices> log)
{
    public IJournal Journal { get; } = journal;

    /// <summary>For deadlines and freshness. What "now" is for a rule travels with the unit.</summary>
    public TimeProvider Time { get; } = time;

    public ILogger Log { get; } = log;
}
