using Grpc.Core;
using Npgsql;
using RttNetwork.Client;
using RttNetwork.Contracts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Wire.V1;

namespace RttNetwork.EndToEnd.Tests;

/// <summary>A plan by which people go elsewhere, over gRPC, with three silos of which one dies.</summary>
public sealed class RehomeTests(RealNetwork network) : IClassFixture<RealNetwork>
{
    private const int People = 160;

    // Who has the seat from which plans are carried out in this database: others on the same server have theirs, by the same name.
    private const string LeaderSql = """
        SELECT a.usename::text FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('rtt leader rehomes', 0)
        """;

    private const string EntriesSql = "SELECT count(*) FROM rtt.journal WHERE stream = $1";

    [Fact]
    public async Task A_plan_goes_on_when_the_process_that_carries_it_out_is_killed_in_the_middle_and_everybody_moves_once()
    {
        var people = await network.Register(People, "rehome");
        var closing = await network.OpenCohort("closing", People, mayOverlap: false);
        Assert.All(await Task.WhenAll(people.Select((person, i) => network.Book(i, closing, person))), Assert.Null);
        var near = await network.OpenCohort("near", People, mayOverlap: false);
        var plan = await Proposed(closing);
        var stream = Keys.Rehome(RealNetwork.Network, plan.Name.Split('/')[^1]);
        await using var database = NpgsqlDataSource.Create(network.ConnectionString);

        await network.Client(0).Rehoming.ApproveRehomeAsync(new ApproveRehomeRequest { Name = plan.Name, Revision = plan.Revision, RequestId = RealNetwork.RequestId() });
        // Proposed, approved, begun, and the first eight ended.
        await Until(async () => (long)(await Scalar(database, EntriesSql, stream))! >= 4);
        var role = (string?)await Scalar(database, LeaderSql);
        var leader = Enumerable.Range(0, network.Cluster.Silos.Count).Single(i => network.RoleOf(i) == role);
        await network.Cluster.Silos[leader].Kill();
        Assert.DoesNotContain(await Events(stream), e => e is RehomeFinished);

        var client = network.Client(leader + 1);
        await Until(async () =>
        {
            try
            {
                return (await client.Rehoming.GetRehomeAsync(new GetRehomeRequest { Name = plan.Name })).Status == "finished";
            }
            catch (RttException e) when (e.InnerException is RpcException { StatusCode: StatusCode.Unavailable })
            {
                // Until the others have found out that a silo is dead, its grains do not answer.
                return false;
            }
        });
        var report = await client.Rehoming.GetRehomeAsync(new GetRehomeRequest { Name = plan.Name });
        Assert.Equal((People, People, 0, 0), (report.People, report.Moved, report.Refused, report.Failed));
        Assert.All(report.Items, item => Assert.Equal(("moved", near), (item.Status, Assert.Single(item.Now))));
        var journal = await JournalReader.ReadAll(network.ConnectionString);
        foreach (var item in report.Items)
            Assert.Single(journal.Where(e => e.Stream == Keys.Participant(RealNetwork.Network, item.Participant.Split('/')[^1])).SelectMany(e => e.Acts), a => a.Subject == "rehomes" && !a.Events.Any(e => e is Fenced));
        JournalChecks.StreamsHaveNoGap(journal);
        JournalChecks.SeatsHold(journal);
    }

    /// <summary>A plan with a place for everybody: as soon as the lists know of the cohort with the seats.</summary>
    private async Task<Rehome> Proposed(string closing)
    {
        Rehome? plan = null;
        await Until(async () =>
        {
            plan = await network.Client(0).Rehoming.ProposeRehomeAsync(new ProposeRehomeRequest { Parent = $"networks/{RealNetwork.Network}", Cohort = closing, RequestId = RealNetwork.RequestId() });
            return plan.Placed == People;
        });
        return plan!;
    }

    private async Task<IEnumerable<IEvent>> Events(string stream) => (await JournalReader.ReadAll(network.ConnectionString)).Where(e => e.Stream == stream).SelectMany(e => e.Acts).SelectMany(a => a.Events);

    private static async Task<object?> Scalar(NpgsqlDataSource database, string sql, params string[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return await command.ExecuteScalarAsync();
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(90);
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "It does not become so.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
