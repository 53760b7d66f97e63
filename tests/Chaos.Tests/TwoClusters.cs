using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Contracts;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Rig.Chaos;
using RttNetwork.Testing;

namespace RttNetwork.Chaos.Tests;

/// <summary>
/// Two clusters on one database that know nothing of each other, so that every grain has two activations; and a place
/// between the grains and their journal for storms and mistakes. Each run is in a tenant of its own.
/// </summary>
public sealed class TwoClusters : IAsyncLifetime
{
    private readonly StoppableClock _clock = new();
    private TestDatabase _database = null!;
    private TestNetwork _one = null!;
    private TestNetwork _other = null!;
    private int _runs;
    private volatile Func<IJournal, IJournal> _journal = real => real;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _one = await Start(1);
        _other = await Start(2);
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Runs the clients of a seed in a storm, lets it calm down, asks for what is open, and checks.</summary>
    /// <param name="bug">What stands between the grains and the stormy journal; null for nothing.</param>
    /// <param name="clockStands">True to let the clock stand still that says how old a state is.</param>
    internal async Task<Verdict> Run(int seed, Func<IJournal, IJournal>? bug = null, bool clockStands = false)
    {
        var name = $"run-{++_runs}";
        var desk = new GrainDesk(name, _one, _other);
        var stage = await desk.Open(people: 12);
        var storms = new List<StormyJournal>();
        var wrapped = new Dictionary<IJournal, IJournal>();
        _journal = real =>
        {
            lock (wrapped)
            {
                if (wrapped.TryGetValue(real, out var there)) return there;
                var storm = new StormyJournal(real, seed + storms.Count);
                storms.Add(storm);
                return wrapped[real] = bug?.Invoke(storm) ?? storm;
            }
        };
        _clock.Stands = clockStands;
        var file = Path.GetTempFileName();
        try
        {
            await using var recorder = new Recorder(file, new RunClock(TimeProvider.System));
            var workload = new Workload(desk, stage, new SeatWishes(stage), recorder, new WorkloadOptions { Clients = 8, StepsMax = 70, PauseMax = TimeSpan.FromMilliseconds(50), AttemptsMax = 3, BackoffMax = TimeSpan.FromMilliseconds(40) }, seed);
            await workload.Run(CancellationToken.None);
            foreach (var storm in storms) await storm.Calm();
            await workload.Finish(TimeSpan.FromSeconds(bug is null && !clockStands ? 60 : 4));
            var journal = (await JournalReader.ReadAll(_database.ConnectionString)).RemoveAll(e => Keys.NetworkOf(e.Stream) != name);
            var receipts = (await JournalReader.ReadReceipts(_database.ConnectionString)).RemoveAll(r => r.Network != name);
            return HistoryChecker.Check(new History(stage, recorder.Steps(), journal, receipts));
        }
        finally
        {
            (_journal, _clock.Stands) = (real => real, false);
            File.Delete(file);
        }
    }

    private Task<TestNetwork> Start(int seed) => TestNetwork.Start(_database, journal: real => new Switch(this, real), seed: seed, configure: silo =>
        silo.Services.AddSingleton(s => new UnitServices(s.GetRequiredService<IJournal>(), _clock, s.GetRequiredService<ILogger<UnitServices>>())));

    private sealed class Switch(TwoClusters clusters, IJournal real) : JournalBug(real), IJournal
    {
        private IJournal Now => clusters._journal(Inner);

        public override ValueTask<CommitResult> Commit(JournalUnit unit) => Now.Commit(unit);

        public override ValueTask<System.Collections.Immutable.ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) => Now.Load(stream, after, deadline);

        public override ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) => Now.FindReceipt(key, deadline);
    }

    /// <summary>A monotonic clock that can be stopped: whoever asks how long ago something was hears "just now".</summary>
    private sealed class StoppableClock : TimeProvider
    {
        private long _stoppedAt;

        public bool Stands
        {
            set => Interlocked.Exchange(ref _stoppedAt, value ? System.GetTimestamp() : 0);
        }

        public override long GetTimestamp() => Interlocked.Read(ref _stoppedAt) is > 0 and var stopped ? stopped : System.GetTimestamp();
    }
}
