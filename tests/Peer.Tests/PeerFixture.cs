using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Testing;
using RttNetwork.Wire.V1;

namespace RttNetwork.Peer.Tests;

/// <summary>A peer on a database of its own, and a client of it.</summary>
internal sealed class PeerFixture : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly PeerServer _server;
    private readonly RttClient _client;
    private readonly string _folder;

    private PeerFixture(TestDatabase database, PeerServer server, string folder, string keyFile, FakeTimeProvider time)
    {
        (_database, _server, _folder, KeyFile, Time) = (database, server, folder, keyFile, time);
        _client = Client(new TokenRequest("desk", "net", "operator"));
    }

    public Cohorts.CohortsClient Cohorts => _client.Cohorts;

    public Referrals.ReferralsClient Referrals => _client.Referrals;

    public FakeTimeProvider Time { get; }

    private string KeyFile { get; }

    public static async Task<PeerFixture> Start()
    {
        var database = await PostgresFixture.CreateEmptyDatabase();
        await Schema.Create(database.ConnectionString);
        var folder = Directory.CreateTempSubdirectory("peer-").FullName;
        var keyFile = Path.Combine(folder, "key");
        _ = DevTokenIssuer.Load(keyFile);
        // The clock runs ahead of the machine's: nothing may read another one.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var server = await PeerServer.Start(new PeerOptions(database.ConnectionString, keyFile, 0, 16), time);
        return new PeerFixture(database, server, folder, keyFile, time);
    }

    public RttClient Client(TokenRequest token) => RttClient.Create(new RttClientOptions
    {
        Endpoint = _server.Endpoint,
        Token = _ => new(DevTokenIssuer.Load(KeyFile).Mint(token)),
        Deadline = TimeSpan.FromSeconds(60),
    });

    public async Task Sql(string sql)
    {
        await using var connection = await _database.Open();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> Count(string sql)
    {
        await using var connection = await _database.Open();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {sql}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A cohort with so many seats by its one role, on days that overlap every other cohort's unless told otherwise.</summary>
    public Task Cohort(string id, int seats, string days = "[2031-01-06,2031-03-24]") => Sql($"""
        INSERT INTO peer.cohorts (name, intake_closes_at, days, has_medicine, holds_ttl, holds_max, holds_mine_max, room_occupancy, seats_max, hard_cap)
        VALUES ('net/s-1.{id}', '2031-01-06', '{days}', false, '15 min', 20, 10, 200, 200, 0);
        INSERT INTO peer.cohort_profiles SELECT id, '' FROM peer.cohorts WHERE name = 'net/s-1.{id}';
        INSERT INTO peer.staffing SELECT id, 'therapist', {seats}, 1, 1 FROM peer.cohorts WHERE name = 'net/s-1.{id}';
        SELECT peer.recount(id) FROM peer.cohorts WHERE name = 'net/s-1.{id}';
        """);

    public Task People(int count) => Sql($"""
        INSERT INTO peer.participants (name, sites, eligible, provisional)
        SELECT 'net/p-' || i, ARRAY['s-1'], true, false FROM generate_series(1, {count}) i
        """);

    public static string CohortName(string id) => $"networks/net/sites/s-1/cohorts/{id}";

    public static string PersonName(int number) => $"networks/net/participants/p-{number}";

    public async Task<string> Book(string cohort, int person, string? requestId = null) =>
        await Told(Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = CohortName(cohort), Participant = PersonName(person), RequestId = requestId ?? RequestId.New() }));

    public async Task<string> Hold(string cohort, int person, string? requestId = null) =>
        await Told(Cohorts.HoldSeatAsync(new HoldSeatRequest { Cohort = CohortName(cohort), Participant = PersonName(person), RequestId = requestId ?? RequestId.New() }));

    public async Task<string> Cancel(string cohort, int person, string? requestId = null) =>
        await Told(Cohorts.CancelSeatAsync(new CancelSeatRequest { Cohort = CohortName(cohort), Participant = PersonName(person), Reason = "no-show", RequestId = requestId ?? RequestId.New() }));

    public async Task<string> Release(string cohort, int person) =>
        await Told(Cohorts.ReleaseSeatAsync(new ReleaseSeatRequest { Cohort = CohortName(cohort), Participant = PersonName(person), RequestId = RequestId.New() }));

    /// <summary>Refers a person who is booked in one cohort to another, where a seat is held for them unless told otherwise.</summary>
    public Task Refer(int person, string leaves, string cohort, bool held = true, string due = "2031-01-05") => Sql($"""
        INSERT INTO peer.referrals (name, participant_id, participant, source, target, leaves, held_in, due_at, profile)
        SELECT 'net/r-{person}', p.id, p.name, 's-1', 's-1', l.id, {(held ? "c.id" : "NULL")}, '{due}', ''
        FROM peer.participants p, peer.cohorts l, peer.cohorts c WHERE p.name = 'net/p-{person}' AND l.name = 'net/s-1.{leaves}' AND c.name = 'net/s-1.{cohort}';
        INSERT INTO peer.enrolments SELECT r.participant_id, c.id, c.days, now() FROM peer.referrals r JOIN peer.cohorts c ON c.id = r.leaves WHERE r.name = 'net/r-{person}';
        INSERT INTO peer.holds SELECT r.participant_id, c.id, c.days, 'desk', r.due_at FROM peer.referrals r JOIN peer.cohorts c ON c.id = r.held_in WHERE r.name = 'net/r-{person}';
        UPDATE peer.participants SET may_hold = true WHERE name = 'net/p-{person}';
        UPDATE peer.cohorts c SET booked = (SELECT count(*) FROM peer.enrolments e WHERE e.cohort_id = c.id), held = (SELECT count(*) FROM peer.holds h WHERE h.cohort_id = c.id),
            holds_until = (SELECT coalesce(min(expires_at), 'infinity') FROM peer.holds h WHERE h.cohort_id = c.id);
        """);

    public static AcceptReferralRequest AcceptRequest(int person, string cohort) => new() { Name = $"networks/net/referrals/r-{person}", Cohort = CohortName(cohort), RequestId = RequestId.New() };

    /// <summary>The referral's state, or the reason why not.</summary>
    public async Task<string> Accept(int person, string cohort)
    {
        try
        {
            return (await Referrals.AcceptReferralAsync(AcceptRequest(person, cohort))).Status;
        }
        catch (RttException e)
        {
            return e.Refusal.Reason;
        }
    }

    public async Task<SeatCount> Seats(string cohort) => (await Cohorts.GetCohortAsync(new GetCohortRequest { Name = CohortName(cohort) })).Seats;

    /// <summary>The seat's state, or the reason why not.</summary>
    public static async Task<string> Told(AsyncUnaryCall<Seat> call)
    {
        try
        {
            return (await call).State.ToString();
        }
        catch (RttException e)
        {
            return e.Refusal.Reason;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
