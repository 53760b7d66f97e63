using Npgsql;
using RttNetwork.Gateway.Management;
using RttNetwork.Storage.Vitals;

namespace RttNetwork.Silo.Health;

/// <summary>Does PostgreSQL answer, and how soon; and where the journal ends.</summary>
internal sealed class JournalDependency(StorageVitals vitals, TimeProvider time) : IDependency
{
    public string Name => "database";

    public async Task<DependencyState> Ask(CancellationToken cancel)
    {
        var asked = time.GetTimestamp();
        try
        {
            var state = await vitals.Storage(cancel);
            return new DependencyState(!state.IsReadOnly, state.IsReadOnly ? "It takes no writes." : null,
                ("roundTripMs", time.GetElapsedTime(asked).TotalMilliseconds), ("journalHeadXid", state.Head.Xid), ("journalHeadPosition", state.Head.Position), ("journalHeadAgeSeconds", state.HeadAge?.TotalSeconds ?? 0));
        }
        catch (PostgresException e)
        {
            return new DependencyState(false, $"It refuses ({e.SqlState}).");
        }
    }
}

/// <summary>How far the lists are behind the journal.</summary>
internal sealed class ProjectionDependency(StorageVitals vitals) : IDependency
{
    /// <summary>As the runbook's alert.</summary>
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(5);

    public string Name => "projection";

    public async Task<DependencyState> Ask(CancellationToken cancel)
    {
        var state = await vitals.Storage(cancel);
        var ok = state.Behind <= BehindMax;
        return new DependencyState(ok, ok ? null : "It lacks an entry that is older than 5 s.",
            ("behindSeconds", state.Behind.TotalSeconds), ("xid", state.Projected.Xid), ("position", state.Projected.Position));
    }
}
