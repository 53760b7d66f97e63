using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Storage.Journal;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Journal;

/// <summary>What the journal says when the network, the server or the data are bad.</summary>
public sealed class FaultTests
{
    private static readonly JournalOptions OneWriter = Stage.Patient with { Writers = 1 };

    [Fact]
    public async Task A_commit_whose_acknowledgement_is_lost_is_unknown_and_the_receipt_says_what_became_of_it()
    {
        await using var stage = await Stage.Create();
        var (journal, network) = stage.JournalBehindProxy(OneWriter);
        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/c-1", 1)))).Outcome);
        network.Set(TcpFault.SwallowAnswer, Stage.IsCommit);
        var request = Guid.NewGuid();

        Assert.Equal(CommitOutcome.Unknown, (await journal.Commit(Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 2)))).Outcome);

        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/p-2", 1)))).Outcome);
        var fence = await journal.Commit(Stage.Unit(("n1/c-1", 2)));
        Assert.Equal(CommitOutcome.Conflict, fence.Outcome);
        Assert.NotNull(await journal.FindReceipt(Stage.Key(request), Stage.Soon));
    }

    [Fact]
    public async Task Every_unit_of_a_lost_batch_is_unknown()
    {
        await using var stage = await Stage.Create();
        var (journal, network) = stage.JournalBehindProxy(OneWriter);
        await using var one = await stage.Database.Open();
        await using var other = await stage.Database.Open();
        await one.Execute("begin; insert into rtt.journal (stream, version, entry) values ('n1/c-1', 1, '0')");
        await other.Execute("begin; insert into rtt.journal (stream, version, entry) values ('n1/c-3', 1, '0')");
        await using var watch = await stage.Database.Open();
        const string blockedInServer = "select count(*) = 1 from pg_stat_activity where datname = current_database() and application_name = 'rtt journal' and wait_event_type = 'Lock'";
        var blocked = journal.Commit(Stage.Unit(("n1/c-1", 1)));
        await Until(watch, blockedInServer);
        var batch = Enumerable.Range(2, 5).Select(i => journal.Commit(Stage.Unit(Guid.NewGuid(), ($"n1/c-{i}", 1))).AsTask()).ToList();
        await one.Execute("rollback");                                                           // the only writer comes back, and takes the five together
        Assert.Equal(CommitOutcome.Committed, (await blocked).Outcome);
        await Until(watch, blockedInServer);

        network.Set(TcpFault.SwallowAnswer);
        await other.Execute("rollback");

        Assert.All(await Task.WhenAll(batch), r => Assert.Equal(CommitOutcome.Unknown, r.Outcome));
        Assert.Equal(6, (await stage.Rows()).Count);
    }

    [Fact]
    public async Task A_commit_that_lands_after_its_stream_was_settled_is_dead_in_all_its_streams()
    {
        await using var stage = await Stage.Create();
        var (stalled, network) = stage.JournalBehindProxy(OneWriter);
        var healthy = stage.Journal();
        await stalled.Commit(Stage.Unit(("n1/c-1", 1)));
        var request = Guid.NewGuid();
        await HeldUp(stalled, network, Stage.Unit(request, ("n1/p-1", 1), ("n1/c-1", 2)));

        Assert.Equal(CommitOutcome.Committed, (await healthy.Commit(Stage.Unit(("n1/c-1", 2)))).Outcome);
        network.Set(TcpFault.None);                                                               // the late batch now reaches the server
        await Quiet(stage, "rtt journal", except: 1);                                             // and its session has ended: the healthy one's is left

        Assert.Equal(["n1/c-1@1", "n1/c-1@2"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
        Assert.Null(await healthy.FindReceipt(Stage.Key(request), Stage.Soon));
    }

    [Fact]
    public async Task A_commit_that_was_held_up_and_not_settled_does_land_late()
    {
        await using var stage = await Stage.Create();
        var (stalled, network) = stage.JournalBehindProxy(OneWriter);
        await stalled.Commit(Stage.Unit(("n1/c-1", 1)));
        await HeldUp(stalled, network, Stage.Unit(Guid.NewGuid(), ("n1/p-1", 1), ("n1/c-1", 2)));
        Assert.Single(await stage.Rows());

        network.Set(TcpFault.None);
        await Quiet(stage, "rtt journal", except: 0);

        Assert.Equal(3, (await stage.Rows()).Count);
    }

    [Fact]
    public async Task What_does_not_come_back_holds_up_nothing_that_comes_after_it()
    {
        await using var stage = await Stage.Create();
        var (journal, network) = stage.JournalBehindProxy();
        await journal.Commit(Stage.Unit(("n1/c-1", 1)));
        var loadIsHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        network.Set(TcpFault.HoldRequests, request =>
        {
            if (request.IndexOf("n1/c-1"u8) < 0) return false;
            if (!Stage.IsCommit(request)) loadIsHeld.TrySetResult();
            return true;
        });
        // Both are on their way before anything else is asked: what is asked together with them would be held with them.
        var held = journal.Commit(Stage.Unit(("n1/c-1", 2))).AsTask();
        await network.Met;
        var heldLoad = journal.Load("n1/c-1", 0, Stage.Soon).AsTask();
        await loadIsHeld.Task;

        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/c-2", 1)))).Outcome);
        Assert.Single(await journal.Load("n1/c-2", 0, Stage.Soon));

        Assert.False(held.IsCompleted || heldLoad.IsCompleted);
        network.Set(TcpFault.None);
        Assert.Equal(CommitOutcome.Committed, (await held).Outcome);
        Assert.NotEmpty(await heldLoad);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_unavailable_and_nothing_was_sent()
    {
        await using var stage = await Stage.Create();
        var (journal, network) = stage.JournalBehindProxy(OneWriter);
        network.Set(TcpFault.Refuse);

        Assert.Equal(CommitOutcome.Unavailable, (await journal.Commit(Stage.Unit(("n1/c-1", 1)))).Outcome);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.Load("n1/c-1", 0, Stage.Soon).AsTask());
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.FindReceipt(Stage.Key(Guid.NewGuid()), Stage.Soon).AsTask());

        network.Set(TcpFault.None);
        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/c-1", 1)))).Outcome);
        Assert.Single(await journal.Load("n1/c-1", 0, Stage.Soon));
    }

    [Fact]
    public async Task A_connection_that_died_while_nobody_used_it_costs_a_reconnection_and_no_unknown_outcome()
    {
        await using var stage = await Stage.Create();
        var (journal, network) = stage.JournalBehindProxy(OneWriter with { IdleBeforePing = TimeSpan.Zero });
        await journal.Commit(Stage.Unit(("n1/c-1", 1)));
        await journal.Load("n1/c-1", 0, Stage.Soon);

        network.CutAll();

        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/c-1", 2)))).Outcome);
        Assert.Equal(2, (await journal.Load("n1/c-1", 0, Stage.Soon)).Length);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_a_unit_that_waits_past_its_deadline_is_not_sent()
    {
        await using var stage = await Stage.Create();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var (journal, network) = stage.JournalBehindProxy(OneWriter with { UnitsWaitingMax = 3 }, clock);
        await journal.Commit(Stage.Unit(("n1/c-0", 1)));
        network.Set(TcpFault.HoldRequests);
        var inFlight = journal.Commit(Stage.Unit(("n1/c-1", 1)));
        await network.Met;
        var soon = clock.GetUtcNow() + TimeSpan.FromSeconds(5);
        var waiting = Enumerable.Range(2, 3).Select(i => journal.Commit(Stage.Unit(($"n1/c-{i}", 1)) with { Deadline = soon }).AsTask()).ToList();

        var refused = journal.Commit(Stage.Unit(("n1/c-9", 1)));
        Assert.True(refused.IsCompletedSuccessfully);
        Assert.Equal(CommitOutcome.Overloaded, (await refused).Outcome);
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.All(await Task.WhenAll(waiting), r => Assert.Equal(CommitOutcome.Expired, r.Outcome));
        Assert.False(inFlight.IsCompleted);

        network.Set(TcpFault.None);
        Assert.Equal(CommitOutcome.Committed, (await inFlight).Outcome);
        Assert.Equal(["n1/c-0@1", "n1/c-1@1"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
    }

    [Fact]
    public async Task A_load_is_given_up_at_its_deadline()
    {
        await using var stage = await Stage.Create();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var (journal, network) = stage.JournalBehindProxy(OneWriter with { Loaders = 1 }, clock);
        await journal.Load("n1/c-1", 0, Stage.Soon);
        network.Set(TcpFault.HoldRequests);
        var deadline = clock.GetUtcNow() + TimeSpan.FromSeconds(5);
        var asked = journal.Load("n1/c-1", 0, deadline).AsTask();
        await network.Met;
        var waiting = journal.Load("n1/c-1", 0, deadline).AsTask();
        Assert.False(asked.IsCompleted || waiting.IsCompleted);

        clock.Advance(TimeSpan.FromSeconds(5));

        await Assert.ThrowsAsync<TimeoutException>(() => asked);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);

        network.Set(TcpFault.None);
        Assert.Empty(await journal.Load("n1/c-1", 0, Stage.Soon));
    }

    public static TheoryData<string, byte[]> BadEntries => new()
    {
        { "not JSON", "{\"a\":"u8.ToArray() },
        { "invalid UTF-8", [(byte)'"', 0xC3, 0x28, (byte)'"'] },
        { "a NUL byte", [(byte)'"', 0, (byte)'"'] },
        { "empty", [] },
        { "oversized", [(byte)'"', .. Enumerable.Repeat((byte)'a', UnitLimits.EntryBytesMax), (byte)'"'] },
    };

    [Theory]
    [MemberData(nameof(BadEntries))]
    public async Task A_poisoned_unit_is_refused_for_ever_and_its_neighbours_do_not_notice(string kind, byte[] entry)
    {
        Assert.NotEmpty(kind);
        await using var stage = await Stage.Create();
        var journal = stage.Journal(OneWriter);
        var units = Enumerable.Range(1, 20).Select(i => Stage.Unit(Guid.NewGuid(), ($"n1/p-{i}", 1), ($"n1/c-{i}", 1))).ToList();
        units[7] = units[7] with { Appends = units[7].Appends.SetItem(1, new Append("n1/c-8", 1, entry)) };
        units[13] = units[13] with { Receipts = [units[13].Receipts[0] with { Reply = entry }] };

        var results = await Task.WhenAll(units.Select(u => journal.Commit(u).AsTask()));

        for (var i = 0; i < results.Length; i++)
            Assert.Equal(i is 7 or 13 ? CommitOutcome.Poison : CommitOutcome.Committed, results[i].Outcome);
        Assert.Equal(18 * 2, (await stage.Rows()).Count);
        Assert.Equal(18L, await stage.Count("rtt.receipt"));
    }

    [Theory]
    [InlineData("n1/c 1")]
    [InlineData("n1/c-\0")]
    [InlineData("n1/c-\uD800")]
    [InlineData("")]
    public async Task A_stream_whose_name_could_break_the_batch_is_poison(string stream)
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal();
        var results = await Task.WhenAll(journal.Commit(Stage.Unit((stream, 1))).AsTask(), journal.Commit(Stage.Unit(("n1/c-1", 1))).AsTask());
        Assert.Equal([CommitOutcome.Poison, CommitOutcome.Committed], results.Select(r => r.Outcome));
    }

    [Fact]
    public async Task A_row_that_a_stranger_holds_locked_costs_its_own_unit_and_no_other()
    {
        await using var stage = await Stage.Create();
        var journal = stage.Journal(OneWriter with { LockTimeout = TimeSpan.FromMilliseconds(150) });
        await using var stranger = await stage.Database.Open();
        await stranger.Execute("begin; insert into rtt.journal (stream, version, entry) values ('n1/c-5', 1, '0')");

        var results = await Task.WhenAll(Enumerable.Range(1, 10).Select(i => journal.Commit(Stage.Unit(Guid.NewGuid(), ($"n1/c-{i}", 1))).AsTask()));

        Assert.Equal(CommitOutcome.Unavailable, results[4].Outcome);
        Assert.Equal(9, results.Count(r => r.Outcome == CommitOutcome.Committed));
        await stranger.Execute("commit");
        Assert.Equal(CommitOutcome.Conflict, (await journal.Commit(Stage.Unit(("n1/c-5", 1)))).Outcome);
    }

    [Fact]
    public async Task A_failure_of_the_commit_itself_is_not_acknowledged()
    {
        await using var stage = await Stage.Create();
        await using (var connection = await stage.Database.Open())
        {
            await connection.Execute("""
                create function fail() returns trigger language plpgsql as $$ begin raise exception 'at commit'; end $$;
                create constraint trigger fail after insert on rtt.journal deferrable initially deferred
                    for each row when (new.stream = 'n1/c-bad') execute function fail();
                """);
        }

        var journal = stage.Journal();
        Assert.Equal(CommitOutcome.Unavailable, (await journal.Commit(Stage.Unit(("n1/c-bad", 1)))).Outcome);
        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/c-good", 1)))).Outcome);
        Assert.Equal(["n1/c-good@1"], (await stage.Rows()).Select(r => $"{r.Stream}@{r.Version}"));
    }

    [Fact]
    public async Task Two_silos_with_opposite_key_orders_neither_deadlock_nor_split_a_unit()
    {
        await using var stage = await Stage.Create();
        // The server looks for a deadlock after so short a wait, and counts it. Rows are slow, so that two batches meet
        // between their first row and their last.
        await using (var connection = await stage.Database.Open())
        {
            await connection.Execute($"""
                alter database {connection.Database} set deadlock_timeout = '10ms';
                create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.005); return new; end $$;
                create trigger slow before insert on rtt.journal for each row execute function slow();
                """);
        }

        var small = Stage.Patient with { UnitsPerBatchMax = 2 };
        var silos = new[] { stage.Journal(small), stage.Journal(small) };
        var outcomes = new ConcurrentBag<(Guid Request, CommitOutcome Outcome)>();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
        {
            var random = new Random(caller);
            for (var i = 0; i < 10; i++)
            {
                var streams = Enumerable.Range(0, 8).Select(s => $"n1/c-{s}").ToArray();
                random.Shuffle(streams);
                var request = Guid.NewGuid();
                var journal = silos[caller % 2];
                var appends = new (string, int)[4];
                for (var s = 0; s < appends.Length; s++) appends[s] = (streams[s], (await journal.Load(streams[s], 0, Stage.Soon)).Length + 1);
                var result = await journal.Commit(Stage.Unit(request, appends));
                outcomes.Add((request, result.Outcome));
            }
        }));

        await Consistent(stage, outcomes);
        Assert.Contains(outcomes, o => o.Outcome == CommitOutcome.Committed);
        Assert.All(outcomes, o => Assert.True(o.Outcome is CommitOutcome.Committed or CommitOutcome.Conflict));
        Assert.Equal(0L, await Deadlocks(stage));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_kill_of_the_server_and_what_was_refused_does_not_appear()
    {
        var server = await PostgresFixture.StartPrivate();
        await server.CreateDatabase("k");
        await Storage.Migrations.Migrator.Migrate(server.ConnectionString("k"));
        await using var source = JournalDataSource.Create(server.ConnectionString("k"), Stage.Patient);
        await using var journal = new NpgsqlJournal(source, Stage.Patient, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<NpgsqlJournal>.Instance);
        var outcomes = new ConcurrentBag<(Guid Request, CommitOutcome Outcome)>();
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var request = Guid.NewGuid();
                var result = await journal.Commit(Stage.Unit(request, ($"n1/p-{caller}-{i}", 1), ($"n1/c-{caller}-{i}", 1)));
                outcomes.Add((request, result.Outcome));
                if (result.Outcome != CommitOutcome.Committed) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        })).ToList();

        for (var crash = 0; crash < 3; crash++)
        {
            var before = Committed();
            await Until(() => Committed() > before + 500);
            await server.Kill();
            await server.Restart();
        }

        var last = Committed();
        await Until(() => Committed() > last + 500);
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        await using var connection = new NpgsqlConnection(server.ConnectionString("k") + ";Pooling=false");
        await connection.OpenAsync();
        await Consistent(connection, outcomes);
        Assert.Contains(outcomes, o => o.Outcome is CommitOutcome.Unknown);
        await server.Destroy();

        int Committed() => outcomes.Count(o => o.Outcome == CommitOutcome.Committed);
    }

    /// <summary>
    /// Sends a unit that is held up on its way, and hangs up on the one who sent it: for him its outcome is unknown, and it
    /// lands when the network is well again.
    /// </summary>
    private static async Task HeldUp(NpgsqlJournal journal, TcpProxy network, JournalUnit unit)
    {
        network.Set(TcpFault.HoldRequests, Stage.IsCommit);
        var late = journal.Commit(unit);
        await network.Met;
        network.CutClients();
        Assert.Equal(CommitOutcome.Unknown, (await late).Outcome);
    }

    /// <summary>Deadlocks in this database so far. A session has told all of its own when it has ended.</summary>
    private static async Task<long> Deadlocks(Stage stage)
    {
        await using var connection = await stage.Database.Open();
        await connection.Execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rtt journal'");
        await Quiet(stage, "rtt journal", except: 0);
        return await connection.Scalar<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }

    private static async Task Consistent(Stage stage, IEnumerable<(Guid Request, CommitOutcome Outcome)> outcomes)
    {
        await using var connection = await stage.Database.Open();
        await Consistent(connection, outcomes);
    }

    /// <summary>No unit is split, every acknowledged one is there with its receipt, no refused one is, and no stream has a gap.</summary>
    private static async Task Consistent(NpgsqlConnection connection, IEnumerable<(Guid Request, CommitOutcome Outcome)> outcomes)
    {
        Dictionary<Guid, (int Rows, int Streams)> stored = [];
        await using (var command = new NpgsqlCommand(
            "select r.request_id, (select count(*) from rtt.journal j where j.stream || '@' || j.version = any (r.streams) and j.entry ->> 'request' = r.request_id::text)::int, cardinality(r.streams) from rtt.receipt r", connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) stored[reader.GetGuid(0)] = (reader.GetInt32(1), reader.GetInt32(2));
        }

        foreach (var (request, outcome) in outcomes)
        {
            if (outcome == CommitOutcome.Committed) Assert.True(stored.ContainsKey(request), $"{request} was acknowledged and is not there.");
            else if (outcome != CommitOutcome.Unknown) Assert.False(stored.ContainsKey(request), $"{request} was refused with {outcome} and is there.");
        }

        Assert.All(stored.Values, unit => Assert.Equal(unit.Streams, unit.Rows));
        Assert.Equal(stored.Values.Sum(u => u.Rows), await connection.Scalar<long>("select count(*) from rtt.journal"));
        Assert.False(await connection.Scalar<bool>("select exists (select 1 from rtt.journal group by stream having max(version) <> count(*))"));
    }

    /// <summary>Returns when the server has no more than so many sessions of that name, and none of them is at work.</summary>
    private static async Task Quiet(Stage stage, string application, int except)
    {
        await using var connection = await stage.Database.Open();
        var question = string.Create(CultureInfo.InvariantCulture,
            $"select count(*) <= {except} and count(*) filter (where state <> 'idle') = 0 from pg_stat_activity where datname = current_database() and application_name = '{application}'");
        await Until(connection, question);
    }

    private static async Task Until(NpgsqlConnection connection, string question)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await connection.Scalar<bool>(question)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
    }
}
