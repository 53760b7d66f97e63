using System.Collections.Immutable;
using RttNetwork.Storage.Local;

namespace RttNetwork.Rig.Chaos;

/// <summary>What was done to the network.</summary>
/// <param name="LateCommits">Commits that reached the database after whoever sent them had been cut off, or had given them up.</param>
/// <param name="Restarts">Silos that ended by themselves, as one does that finds itself declared dead, and were started again.</param>
public sealed record Damage(int Kills, int Pauses, int DatabaseKills, int NetworkFaults, int LateCommits, int Restarts);

/// <summary>
/// Kills silos, freezes one, kills the database and spoils the network between them, as its seed says. At least one silo
/// that is a member of the cluster is left alone at any time, and whatever ends is started again, until this is disposed of.
/// </summary>
public sealed class Nemesis(ProcessCluster cluster, Members members, LocalPostgres database, ImmutableArray<TcpProxy> networks, Recorder recorder, TimeSpan length, int seed) : IAsyncDisposable
{
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CommitWithin = TimeSpan.FromSeconds(5);
    private readonly TimeProvider _time = recorder.Clock.Time;
    private readonly Lock _lock = new();
    private readonly Condition[] _conditions = new Condition[cluster.Silos.Count];
    private readonly ImmutableArray<SemaphoreSlim> _bringingUp = [.. cluster.Silos.Select(_ => new SemaphoreSlim(1))];
    private readonly CancellationTokenSource _end = new();
    private Task _watching = Task.CompletedTask;
    private int _kills;
    private int _pauses;
    private int _databaseKills;
    private int _networkFaults;
    private int _restarts;

    private enum Condition
    {
        Up,
        Down,
        Paused,
    }

    public Damage Damage => new(_kills, _pauses, _databaseKills, _networkFaults, networks.Sum(n => n.Late), _restarts);

    /// <summary>How long a silo is frozen: thirty seconds, less in a run of less than a minute.</summary>
    public TimeSpan PauseLength { get; } = TimeSpan.FromSeconds(Math.Clamp(length.TotalSeconds / 2, 4, 30));

    /// <summary>Does damage until told to stop, then heals: when it returns every silo is a member, and ready, and the database runs.</summary>
    public async Task Run(CancellationToken stop)
    {
        _watching = UntilStopped(WatchSilos(_end.Token), _end.Token);
        await Task.WhenAll(
            UntilStopped(KillSilos(new Random(seed), stop), stop), UntilStopped(PauseSilos(new Random(seed + 1), stop), stop),
            UntilStopped(KillDatabase(new Random(seed + 2), stop), stop), UntilStopped(SpoilNetwork(new Random(seed + 3), stop), stop));
        foreach (var network in networks) Lift(network);
        recorder.Did("healed the network");
        await Task.WhenAll(Enumerable.Range(0, cluster.Silos.Count).Select(i => BringUp(i, CancellationToken.None)));
        recorder.Did("every silo is ready");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
        foreach (var semaphore in _bringingUp) semaphore.Dispose();
    }

    /// <summary>Being told to stop is how every one of these ends; anything else is the rig's own failure.</summary>
    private static async Task UntilStopped(Task task, CancellationToken stop)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task KillSilos(Random random, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Seconds(random, 2, 5), _time, stop);
            var pick = random.Next();
            if (Take(pick, Condition.Down) is not { } silo) continue;
            recorder.Did($"kill -9 {Name(silo)}");
            Interlocked.Increment(ref _kills);
            await cluster.Silos[silo].Kill();
            cluster.Silos[silo].Start();
            await BringUp(silo, stop);
            recorder.Did($"{Name(silo)} is ready again");
        }
    }

    private async Task PauseSilos(Random random, CancellationToken stop)
    {
        await Task.Delay(length * 0.1, _time, stop);
        while (true)
        {
            var pick = random.Next();
            if (Take(pick, Condition.Paused) is { } silo)
            {
                recorder.Did($"SIGSTOP {Name(silo)} for {PauseLength.TotalSeconds} s");
                Interlocked.Increment(ref _pauses);
                cluster.Silos[silo].Pause();
                await Task.Delay(PauseLength, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cluster.Silos[silo].Resume();
                recorder.Did($"SIGCONT {Name(silo)}");
                // It may have been declared dead, and not know it yet: it counts again when it is a member.
                await BringUp(silo, stop);
            }
            await Task.Delay(Seconds(random, 8, 16), _time, stop);
        }
    }

    private async Task KillDatabase(Random random, CancellationToken stop)
    {
        await Task.Delay(length * (0.4 + (0.2 * random.NextDouble())), _time, stop);
        while (true)
        {
            recorder.Did("kill -9 PostgreSQL");
            Interlocked.Increment(ref _databaseKills);
            await database.Kill(CancellationToken.None);
            await Task.Delay(Seconds(random, 0, 1), _time, CancellationToken.None);
            await database.Restart(CancellationToken.None);
            foreach (var network in networks) network.Target = database.Port;
            recorder.Did("PostgreSQL is back");
            await Task.Delay(Seconds(random, 20, 40), _time, stop);
        }
    }

    private async Task SpoilNetwork(Random random, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Seconds(random, 0.5, 2.5), _time, stop);
            var network = networks[random.Next(networks.Length)];
            var fault = random.Next(8);
            // What is held past the reload is held for longer than a silo waits for an answer: it gives up, settles on another
            // connection, and then the commit comes.
            var lasts = fault == 2 ? Seconds(random, 6.5, 8) : Seconds(random, 0.3, 2);
            recorder.Did($"network of {Name(networks.IndexOf(network))}: {FaultNames[fault]} for up to {lasts.TotalMilliseconds:0} ms");
            Interlocked.Increment(ref _networkFaults);
            switch (fault)
            {
                case 0:
                    network.Set(TcpFault.SwallowAnswer, IsCommit);
                    break;
                case 1:
                    network.Lateness = lasts;
                    network.Set(TcpFault.LateRequest, IsCommit);
                    break;
                case 2:
                    network.Set(TcpFault.HoldRequests, OneCommit());
                    break;
                case 3:
                    network.Set(TcpFault.HoldAnswers);
                    break;
                case 4:
                    network.Set(TcpFault.HoldBoth);
                    break;
                case 5:
                    network.Latency = TimeSpan.FromMilliseconds(random.Next(2, 30));
                    break;
                case 6:
                    network.Set(TcpFault.Refuse);
                    network.CutAll();
                    break;
                default:
                    network.CutAll();
                    break;
            }
            // A fault for one commit waits for one: a network that is quiet for a while would never see it.
            if (fault <= 2) await network.Met.WaitAsync(CommitWithin, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(lasts, _time, stop);
            Lift(network);
        }
    }

    private static readonly string[] FaultNames = ["lose an acknowledgement", "deliver a commit late", "hold a commit past the reload", "hold answers", "black hole", "latency", "refuse", "reset"];

    /// <summary>Every entry begins so: of all that silos send to the database, only a commit has it.</summary>
    private static bool IsCommit(ReadOnlySpan<byte> request) => request.IndexOf("[{\"r\":\""u8) >= 0;

    /// <summary>The first commit that comes, and no other: what settles it must get past it.</summary>
    private static Traffic OneCommit()
    {
        byte[]? first = null;
        return request => IsCommit(request) && (first ??= request.ToArray()).AsSpan().SequenceEqual(request);
    }

    private static void Lift(TcpProxy network)
    {
        network.Latency = TimeSpan.Zero;
        network.Set(TcpFault.None);
    }

    /// <summary>A silo that ended by itself, as one does that finds itself declared dead, is started again.</summary>
    private async Task WatchSilos(CancellationToken stop)
    {
        var starting = new List<Task>();
        try
        {
            while (true)
            {
                await Task.Delay(Watch, _time, stop);
                for (var i = 0; i < cluster.Silos.Count; i++)
                {
                    lock (_lock)
                    {
                        if (_conditions[i] != Condition.Up || cluster.Silos[i].IsRunning) continue;
                        _conditions[i] = Condition.Down;
                    }
                    starting.Add(UntilStopped(BringUp(i, stop), stop));
                }
            }
        }
        finally
        {
            await Task.WhenAll(starting);
        }
    }

    /// <summary>Takes a silo out of service; null when that would leave none.</summary>
    private int? Take(int pick, Condition condition)
    {
        lock (_lock)
        {
            var up = Enumerable.Range(0, _conditions.Length).Where(i => _conditions[i] == Condition.Up && cluster.Silos[i].IsRunning).ToList();
            if (up.Count <= (_conditions.Length == 1 ? 0 : 1)) return null;
            var silo = up[pick % up.Count];
            _conditions[silo] = condition;
            return silo;
        }
    }

    /// <summary>Returns when a silo is ready and the others call it a member. One that ends by itself is started again, as often as it takes.</summary>
    private async Task BringUp(int i, CancellationToken stop)
    {
        var silo = cluster.Silos[i];
        await _bringingUp[i].WaitAsync(stop);
        try
        {
            // One that was declared dead in its sleep says that it is ready until it has learnt of it.
            while (!await IsReady() || !await members.IsMember(silo, stop)) await Task.Delay(Watch, _time, stop);
            lock (_lock) _conditions[i] = Condition.Up;
        }
        finally
        {
            _bringingUp[i].Release();
        }

        async Task<bool> IsReady()
        {
            stop.ThrowIfCancellationRequested();
            if (!silo.IsRunning)
            {
                recorder.Did($"{Name(i)} has ended by itself and is started again");
                Interlocked.Increment(ref _restarts);
                silo.Start();
            }
            try
            {
                await cluster.UntilReady(silo, stop);
                return true;
            }
            catch (InvalidOperationException) when (!silo.IsRunning)
            {
                return false;
            }
        }
    }

    private string Name(int silo) => cluster.Silos[silo].Ports.Name;

    private static TimeSpan Seconds(Random random, double from, double to) => TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble()));
}
