using System.Collections.Concurrent;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Storage.Journal;

namespace RttNetwork.Storage.Tests.Journal;

/// <summary>Two silos, shared streams, and a network that loses, delays and cuts: what each caller was told is what is so.</summary>
public sealed class ChaosTests
{
    private const int Callers = 12;
    private const int Faults = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_caller_that_settles_ends_up_with_the_truth(int seed)
    {
        await using var stage = await Stage.Create();
        var silos = Enumerable.Range(0, 2).Select(_ => stage.JournalBehindProxy(Stage.Patient)).ToList();
        var told = new ConcurrentDictionary<Guid, bool>();                                        // landed, or dead for ever
        var settled = 0;
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Book(caller))).ToList();

        var random = new Random(seed);
        TcpFault[] kinds = [TcpFault.SwallowAnswer, TcpFault.SwallowAnswer, TcpFault.HoldRequests, TcpFault.HoldAnswers, TcpFault.Refuse];
        for (var fault = 0; fault < Faults; fault++)
        {
            var network = silos[random.Next(2)].Network;
            var kind = kinds[random.Next(kinds.Length)];
            network.Set(kind, kind is TcpFault.SwallowAnswer or TcpFault.HoldRequests ? Stage.IsCommit : null);
            if (kind == TcpFault.Refuse)
            {
                network.CutAll();
                await Told(random.Next(4));                                                       // the other silo's callers go on
            }
            else
            {
                await network.Met;
                // What is held goes on as if nothing had been, or never does, or lands after its sender has given it up.
                var cut = random.Next(3);
                if (cut == 1) network.CutAll();
                else if (cut == 2) network.CutClients();
            }
            network.Set(TcpFault.None);
            await Told(random.Next(8));
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

        Assert.True(settled > 0, "No outcome was unknown: the faults missed the commits.");
        await using var connection = await stage.Database.Open();
        HashSet<Guid> receipts = [];
        await using (var command = new NpgsqlCommand("select request_id from rtt.receipt", connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) receipts.Add(reader.GetGuid(0));
        }

        Assert.All(told, t => Assert.Equal(t.Value, receipts.Contains(t.Key)));
        Assert.True(receipts.IsSubsetOf(told.Keys));
        Assert.Equal(0L, await connection.Scalar<long>("""
            select count(*) from rtt.receipt r where cardinality(r.streams) <>
                (select count(*) from rtt.journal j where j.stream || '@' || j.version = any (r.streams) and j.entry ->> 'request' = r.request_id::text)
            """));
        Assert.False(await connection.Scalar<bool>("select exists (select 1 from rtt.journal group by stream having max(version) <> count(*))"));

        async Task Told(int more)
        {
            for (var until = told.Count + more; told.Count < until;) await Task.Yield();
        }

        async Task Book(int caller)
        {
            var journal = silos[caller % 2].Journal;
            var choice = new Random(seed * 1000 + caller);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var (person, cohort) = ($"n1/p-{caller}-{i}", $"n1/c-{choice.Next(8)}");
                var version = await Head(journal, cohort) + 1;
                var request = Guid.NewGuid();
                var outcome = (await journal.Commit(Stage.Unit(request, (person, 1), (cohort, version)))).Outcome;
                told[request] = outcome switch
                {
                    CommitOutcome.Committed => true,
                    CommitOutcome.Unknown => await Settle(journal, request, cohort, version),
                    _ => false,
                };
            }
        }

        async Task<bool> Settle(NpgsqlJournal journal, Guid request, string cohort, int version)
        {
            Interlocked.Increment(ref settled);
            while (true)
            {
                var fence = (await journal.Commit(Stage.Unit((cohort, version)))).Outcome;
                if (fence == CommitOutcome.Committed) return false;
                if (fence == CommitOutcome.Conflict) return await Retried(() => journal.FindReceipt(Stage.Key(request), Stage.Soon).AsTask()) is not null;
            }
        }
    }

    private static async Task<int> Head(NpgsqlJournal journal, string stream) =>
        (await Retried(() => journal.Load(stream, 0, Stage.Soon).AsTask())).Length;

    private static async Task<T> Retried<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (JournalUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }
        }
    }
}
