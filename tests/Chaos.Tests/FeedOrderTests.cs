using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Rig.Chaos;
using RttNetwork.Testing;

namespace RttNetwork.Chaos.Tests;

/// <summary>
/// A booking draws its place in the feed, waits for a lock, and commits after another that drew a later place: a
/// projection that follows the positions alone never shows it, and the checker sees that.
/// </summary>
public sealed class FeedOrderTests
{
    [Fact]
    public async Task A_list_shows_a_booking_that_committed_after_a_later_one()
    {
        Assert.Empty((await LateCommit(byPositionAlone: false)).Violations);
    }

    [Fact]
    public async Task A_cursor_on_the_position_alone_is_found()
    {
        Assert.Contains((await LateCommit(byPositionAlone: true)).Violations, v => v.Kind == ViolationKind.FalseEnd && v.Sentence.StartsWith("A list shows", StringComparison.Ordinal));
    }

    private static async Task<Verdict> LateCommit(bool byPositionAlone)
    {
        await using var database = await PostgresFixture.CreateDatabase();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var cluster = await TestNetwork.Start(database, configure: silo =>
        {
            var real = silo.Services.Last(d => d.ServiceType == typeof(IFeed));
            if (byPositionAlone) silo.Services.AddSingleton<IFeed>(s => new PositionFeed(source, (IFeed)real.ImplementationFactory!(s)));
        });
        var desk = new GrainDesk("feed", cluster);
        var stage = await desk.Open(people: 2);
        var file = Path.GetTempFileName();
        await using var recorder = new Recorder(file, new RunClock(TimeProvider.System));
        // Cohorts without a ratio, which share no stream: two writers of the journal can have one each.
        var late = new Wish(Guid.NewGuid(), Workload.SubjectOf(0), Verb.Book, stage.People[0], stage.Cohorts[1].Id);
        var early = new Wish(Guid.NewGuid(), Workload.SubjectOf(0), Verb.Book, stage.People[1], stage.Cohorts[2].Id);

        await using (var connection = await database.Open())
        {
            if (byPositionAlone) await DrewItsPlaceBefore(connection);
            else await WaitsWhile(connection);
        }

        var workload = new Workload(desk, stage, new SeatWishes(stage), recorder, new WorkloadOptions { Clients = 1 }, 1);
        await workload.Finish(TimeSpan.FromSeconds(30));
        var verdict = HistoryChecker.Check(new History(stage, recorder.Steps(), await JournalReader.ReadAll(database.ConnectionString), await JournalReader.ReadReceipts(database.ConnectionString)));
        File.Delete(file);
        return verdict;

        // While it waits, the feed goes no further than its transaction. The wait is short: a booking gives up waiting for a lock.
        async Task WaitsWhile(NpgsqlConnection blocker)
        {
            await Execute(blocker, $"begin; insert into rtt.receipt (network, subject, request_id, fingerprint, streams, reply) values ('feed', '{late.Subject}', '{late.RequestId}', '', '{{}}', '0')");
            var waiting = Ask(late);
            await using (var watch = await database.Open())
            {
                while (!await Is(watch, "select count(*) > 0 from pg_stat_activity where datname = current_database() and application_name = 'rtt journal' and wait_event_type = 'Lock'"))
                    await Task.Yield();
            }
            await Ask(early);
            await Execute(blocker, "rollback");
            Assert.Equal(AnswerKind.Accepted, (await waiting).Kind);
        }

        // For as long as it takes until the other booking is shown, which no lock is waited for: it commits with the places that were drawn for it before.
        async Task DrewItsPlaceBefore(NpgsqlConnection connection)
        {
            await Execute(connection, """
                create sequence rtt.drawn_before;
                select setval('rtt.drawn_before', nextval(pg_get_serial_sequence('rtt.journal', 'position')));
                select setval(pg_get_serial_sequence('rtt.journal', 'position'), currval('rtt.drawn_before') + 100);
                """);
            var token = (await Ask(early)).Token!;
            while (await desk.List(token, early.Subject, 0) is null) await Task.Yield();
            await Execute(connection, """
                create function rtt.draw_before() returns trigger language plpgsql as $$ begin new.position := nextval('rtt.drawn_before'); return new; end $$;
                create trigger drawn_before before insert on rtt.journal for each row execute function rtt.draw_before();
                """);
            Assert.Equal(AnswerKind.Accepted, (await Ask(late)).Kind);
            await Execute(connection, "drop trigger drawn_before on rtt.journal");
        }

        async Task<Answer> Ask(Wish wish)
        {
            var began = recorder.Clock.Now;
            var answer = await desk.Ask(wish, 0, 0);
            recorder.Saw(new Asked(0, 0, began, recorder.Clock.Now, false, wish, 0, answer));
            return answer;
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool> Is(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The journal in the order of position alone, of whatever is committed.</summary>
    private sealed class PositionFeed(NpgsqlDataSource database, IFeed real) : IFeed
    {
        public async ValueTask<ImmutableArray<FeedEntry>> Read(FeedPosition after, int max, CancellationToken cancel)
        {
            await using var command = database.CreateCommand("select xid, position, stream, version, recorded_at, entry from rtt.journal where position > $1 order by position limit $2");
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after.Position, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
            await using var rows = await command.ExecuteReaderAsync(cancel);
            var entries = ImmutableArray.CreateBuilder<FeedEntry>();
            while (await rows.ReadAsync(cancel))
                entries.Add(new FeedEntry(new FeedPosition(rows.GetFieldValue<ulong>(0), rows.GetInt64(1)), rows.GetString(2), rows.GetInt32(3), rows.GetFieldValue<DateTimeOffset>(4), rows.GetFieldValue<byte[]>(5)));
            return entries.ToImmutable();
        }

        public ValueTask WaitForMore(CancellationToken cancel) => real.WaitForMore(cancel);

        public ValueTask<int> Epoch(CancellationToken cancel) => real.Epoch(cancel);
    }
}
