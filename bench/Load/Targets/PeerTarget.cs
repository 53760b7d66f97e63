using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Load.Worlds;
using RttNetwork.Peer;
using RttNetwork.Storage.Local;
using RttNetwork.Wire.V1;
using DateTime = System.DateTime;

namespace RttNetwork.Load.Targets;

/// <summary>The peer in a process of its own.</summary>
internal sealed class PeerTarget(LocalPostgres postgres, string keyFile, int connections = PeerOptions.ConnectionsBest) : Target("peer", postgres, keyFile)
{
    public override async Task Seed(World world, CancellationToken cancel)
    {
        await Postgres.DropDatabase(Name, cancel);
        await Postgres.CreateDatabase(Name, cancel: cancel);
        await Seed(ConnectionString, world, cancel);
        await Execute("VACUUM (FREEZE, ANALYZE)", cancel);
        await Execute("CHECKPOINT", cancel);
    }

    /// <summary>Makes the peer's schema in an empty database and fills it.</summary>
    public static async Task Seed(string connectionString, World world, CancellationToken cancel)
    {
        await Schema.Create(connectionString, cancel);
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await SeedCohorts(connection, world, cancel);
        await SeedPeople(connection, world, cancel);
        await using var recount = new NpgsqlCommand("SELECT peer.recount(id) FROM peer.cohorts", connection) { CommandTimeout = 0 };
        await recount.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Refers people who have a seat in one cohort to another one, where a seat is held for them.</summary>
    /// <returns>The referrals' names.</returns>
    public async Task<IReadOnlyList<string>> SeedReferrals(World world, IReadOnlyList<(int Person, int Leaves, int Cohort)> moves, CancellationToken cancel)
    {
        // The profiles are what the product answers with, but for what is decided.
        var (send, due) = (DateTime.SpecifyKind(World.FirstSession(0).AddDays(-7), DateTimeKind.Utc), DateTime.SpecifyKind(World.FirstSession(0).AddDays(-1), DateTimeKind.Utc));
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using (var referrals = await connection.BeginBinaryImportAsync(
            "COPY peer.referrals (name, participant_id, participant, source, target, leaves, held_in, due_at, profile) FROM STDIN (FORMAT binary)", cancel))
        {
            foreach (var (person, leaves, cohort) in moves)
            {
                var profile = new Referral
                {
                    Name = ReferralName(world, person),
                    Participant = world.PersonName(person),
                    Source = $"networks/{world.Network}/sites/{World.SiteId(leaves)}",
                    SourceRegion = $"regions/{World.Region}",
                    Target = $"networks/{world.Network}/sites/{World.SiteId(cohort)}",
                    TargetRegion = $"regions/{World.Region}",
                    Program = World.Program,
                    Cohort = world.CohortName(cohort),
                    Priority = ReferralPriority.Routine,
                    Reason = "closer-to-home",
                    ReceiveTime = Timestamp.FromDateTime(send),
                    SendTime = Timestamp.FromDateTime(send),
                    DueTime = Timestamp.FromDateTime(due),
                    HeldIn = world.CohortName(cohort),
                    Etag = "2",
                };
                await referrals.StartRowAsync(cancel);
                await referrals.WriteAsync($"{world.Network}/{World.PersonId(person)}", NpgsqlDbType.Text, cancel);
                await referrals.WriteAsync((long)(person + 1), NpgsqlDbType.Bigint, cancel);
                await referrals.WriteAsync($"{world.Network}/{World.PersonId(person)}", NpgsqlDbType.Text, cancel);
                await referrals.WriteAsync(World.SiteId(leaves), NpgsqlDbType.Text, cancel);
                await referrals.WriteAsync(World.SiteId(cohort), NpgsqlDbType.Text, cancel);
                await referrals.WriteAsync(leaves + 1, NpgsqlDbType.Integer, cancel);
                await referrals.WriteAsync(cohort + 1, NpgsqlDbType.Integer, cancel);
                await referrals.WriteAsync(due, NpgsqlDbType.TimestampTz, cancel);
                await referrals.WriteAsync(profile.ToByteArray(), NpgsqlDbType.Bytea, cancel);
            }
            await referrals.CompleteAsync(cancel);
        }
        await Execute(
            """
            INSERT INTO peer.enrolments SELECT r.participant_id, r.leaves, c.days, now() FROM peer.referrals r JOIN peer.cohorts c ON c.id = r.leaves;
            INSERT INTO peer.holds SELECT r.participant_id, r.held_in, c.days, 'loader', r.due_at FROM peer.referrals r JOIN peer.cohorts c ON c.id = r.held_in;
            UPDATE peer.participants SET may_hold = true WHERE id IN (SELECT participant_id FROM peer.referrals);
            UPDATE peer.cohorts c SET booked = (SELECT count(*) FROM peer.enrolments e WHERE e.cohort_id = c.id),
                held = (SELECT count(*) FROM peer.holds h WHERE h.cohort_id = c.id),
                holds_until = (SELECT coalesce(min(expires_at), 'infinity') FROM peer.holds h WHERE h.cohort_id = c.id);
            """, cancel);
        await Execute("VACUUM (FREEZE, ANALYZE)", cancel);
        await Execute("CHECKPOINT", cancel);
        return [.. moves.Select(m => ReferralName(world, m.Person))];
    }

    private static string ReferralName(World world, int person) => $"networks/{world.Network}/referrals/{World.PersonId(person)}";

    protected override ServerProcess Launch() => new(
        typeof(PeerServer).Assembly.Location,
        ["--connection", ConnectionString, "--key-file", KeyFile, "--connections", connections.ToString(CultureInfo.InvariantCulture)]);

    private static async Task SeedCohorts(NpgsqlConnection connection, World world, CancellationToken cancel)
    {
        await using (var cohorts = await connection.BeginBinaryImportAsync(
            "COPY peer.cohorts (id, name, intake_closes_at, days, has_medicine, holds_ttl, holds_max, holds_mine_max, room_occupancy, seats_max, hard_cap) FROM STDIN (FORMAT binary)", cancel))
        {
            for (var i = 0; i < world.CohortsInAll; i++)
            {
                var (first, last) = (World.FirstSession(i), World.LastSession(i));
                await cohorts.StartRowAsync(cancel);
                await cohorts.WriteAsync(i + 1, NpgsqlDbType.Integer, cancel);
                await cohorts.WriteAsync($"{world.Network}/{World.SiteId(i)}.{World.CohortId(i)}", NpgsqlDbType.Text, cancel);
                await cohorts.WriteAsync(DateTime.SpecifyKind(first, DateTimeKind.Utc), NpgsqlDbType.TimestampTz, cancel);
                await cohorts.WriteAsync(new NpgsqlRange<DateOnly>(DateOnly.FromDateTime(first), DateOnly.FromDateTime(last)), NpgsqlDbType.DateRange, cancel);
                await cohorts.WriteAsync(false, NpgsqlDbType.Boolean, cancel);
                await cohorts.WriteAsync(TimeSpan.FromMinutes(15), NpgsqlDbType.Interval, cancel);
                await cohorts.WriteAsync(world.SeatsOf(i) / 4, NpgsqlDbType.Integer, cancel);
                await cohorts.WriteAsync(world.SeatsOf(i) / 8, NpgsqlDbType.Integer, cancel);
                await cohorts.WriteAsync(World.Seats, NpgsqlDbType.Integer, cancel);
                await cohorts.WriteAsync(world.SeatsOf(i), NpgsqlDbType.Integer, cancel);
                await cohorts.WriteAsync(0, NpgsqlDbType.Integer, cancel);
            }
            await cohorts.CompleteAsync(cancel);
        }
        await using (var profiles = await connection.BeginBinaryImportAsync("COPY peer.cohort_profiles (cohort_id, profile) FROM STDIN (FORMAT binary)", cancel))
        {
            for (var i = 0; i < world.CohortsInAll; i++)
            {
                await profiles.StartRowAsync(cancel);
                await profiles.WriteAsync(i + 1, NpgsqlDbType.Integer, cancel);
                await profiles.WriteAsync(Profile(world, i).ToByteArray(), NpgsqlDbType.Bytea, cancel);
            }
            await profiles.CompleteAsync(cancel);
        }
        await using var staffing = await connection.BeginBinaryImportAsync("COPY peer.staffing (cohort_id, role, participants_per_member, members_min, members) FROM STDIN (FORMAT binary)", cancel);
        for (var i = 0; i < world.CohortsInAll; i++)
        {
            await staffing.StartRowAsync(cancel);
            await staffing.WriteAsync(i + 1, NpgsqlDbType.Integer, cancel);
            await staffing.WriteAsync(World.Role, NpgsqlDbType.Text, cancel);
            await staffing.WriteAsync(world.ParticipantsPerMember(i), NpgsqlDbType.Integer, cancel);
            await staffing.WriteAsync(1, NpgsqlDbType.Integer, cancel);
            await staffing.WriteAsync(World.MembersPerCohort, NpgsqlDbType.Integer, cancel);
        }
        await staffing.CompleteAsync(cancel);
    }

    private static async Task SeedPeople(NpgsqlConnection connection, World world, CancellationToken cancel)
    {
        await using var participants = await connection.BeginBinaryImportAsync("COPY peer.participants (name, sites, eligible, provisional) FROM STDIN (FORMAT binary)", cancel);
        var sites = Enumerable.Range(0, world.Sites).Select(s => new[] { world.HomeSiteId(s) }).ToArray();
        for (var i = 0; i < world.People; i++)
        {
            await participants.StartRowAsync(cancel);
            await participants.WriteAsync($"{world.Network}/{World.PersonId(i)}", NpgsqlDbType.Text, cancel);
            await participants.WriteAsync(sites[i % sites.Length], NpgsqlDbType.Array | NpgsqlDbType.Text, cancel);
            await participants.WriteAsync(true, NpgsqlDbType.Boolean, cancel);
            await participants.WriteAsync(false, NpgsqlDbType.Boolean, cancel);
        }
        await participants.CompleteAsync(cancel);
    }

    /// <summary>The same cohort as the product answers with, but for its figures.</summary>
    private static Cohort Profile(World world, int i)
    {
        var first = World.FirstSession(i);
        var cohort = new Cohort
        {
            Name = world.CohortName(i),
            DisplayName = $"Cohort {i}",
            Program = World.Program,
            TemplateVersion = 1,
            Room = $"networks/{world.Network}/sites/{World.SiteId(i)}/rooms/{World.RoomId(i)}",
            SeatsMax = world.SeatsOf(i),
            IntakeCloseTime = Timestamp.FromDateTime(DateTime.SpecifyKind(first, DateTimeKind.Utc)),
            HoldPolicy = new HoldPolicy { Ttl = Duration.FromTimeSpan(TimeSpan.FromMinutes(15)), HoldsMax = world.SeatsOf(i) / 4, HoldsPerCallerMax = world.SeatsOf(i) / 8 },
            Etag = "3",
            FirstDay = new Date { Year = first.Year, Month = first.Month, Day = first.Day },
            LastDay = new Date { Year = World.LastSession(i).Year, Month = World.LastSession(i).Month, Day = World.LastSession(i).Day },
            Staffing = { new StaffingRequirement { Role = World.Role, ParticipantsPerMember = world.ParticipantsPerMember(i), MembersMin = 1 } },
        };
        for (var s = 0; s < World.Sessions; s++)
        {
            var at = first.AddDays(7 * s);
            cohort.Sessions.Add(new Session
            {
                Kind = "preparation",
                LocalStart = new Google.Type.DateTime { Year = at.Year, Month = at.Month, Day = at.Day, Hours = at.Hour },
                Duration = Duration.FromTimeSpan(TimeSpan.FromHours(2)),
                Turnover = Duration.FromTimeSpan(TimeSpan.FromMinutes(30)),
                StartTime = Timestamp.FromDateTime(DateTime.SpecifyKind(at.AddHours(8), DateTimeKind.Utc)),
            });
        }
        for (var m = 0; m < World.MembersPerCohort; m++)
            cohort.Facilitators.Add(new AssignedFacilitator { Facilitator = $"networks/{world.Network}/facilitators/{World.FacilitatorId(i, m)}", Role = World.Role, Counted = true });
        cohort.AvailableActions.Add(["hold", "book"]);
        return cohort;
    }
}
