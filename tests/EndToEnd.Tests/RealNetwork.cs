using Google.Protobuf.WellKnownTypes;
using Google.Type;
using Npgsql;
using RttNetwork.Client;
using RttNetwork.Rig;
using RttNetwork.Testing;
using RttNetwork.Wire.V1;
using DateTime = Google.Type.DateTime;

namespace RttNetwork.EndToEnd.Tests;

/// <summary>Three silos in processes of their own on a real PostgreSQL, and a site to act at, reached over gRPC only.</summary>
public sealed class RealNetwork : IAsyncLifetime
{
    public const string Network = "bc";
    public const string Site = $"networks/{Network}/sites/nanaimo";
    private const int Channels = 12;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"rtt-e2e-{Guid.NewGuid():N}");
    private readonly string _role = Guid.NewGuid().ToString("N");
    private readonly List<RttClient> _clients = [];
    private TestDatabase _database = null!;

    public ProcessCluster Cluster { get; private set; } = null!;

    public string ConnectionString => _database.ConnectionString;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        Cluster = await ProcessCluster.Start([await AsRole(0), await AsRole(1), await AsRole(2)], _folder);
        var token = Cluster.OperatorToken(Network);
        for (var i = 0; i < Channels; i++) _clients.Add(Cluster.Client(i % Cluster.Silos.Count, token, o => o with { Deadline = TimeSpan.FromSeconds(60), WaitWhenBusy = true, Jitter = new Random(i) }));
        await Client(0).Sites.CreateSiteAsync(new CreateSiteRequest
        {
            Parent = $"networks/{Network}",
            SiteId = "nanaimo",
            Site = new Site { DisplayName = "Nanaimo", Region = "regions/island", Jurisdiction = "CA-BC", TimeZone = "America/Vancouver" },
            RequestId = RequestId(),
        });
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Cluster.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One of a few channels, spread over the three gateways.</summary>
    public RttClient Client(int number) => _clients[number % Channels];

    /// <summary>As whom a silo is known at the server: each has a role of its own, so that a test can tell whose a session is.</summary>
    public string RoleOf(int silo) => $"silo_{silo}_{_role}";

    private async Task<string> AsRole(int silo)
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        await using var database = NpgsqlDataSource.Create(settings);
        await using var create = database.CreateCommand($"CREATE ROLE {RoleOf(silo)} SUPERUSER LOGIN PASSWORD '{settings.Password}'");
        await create.ExecuteNonQueryAsync();
        settings.Username = RoleOf(silo);
        return settings.ConnectionString;
    }

    private int _opened;

    public static string RequestId() => Guid.NewGuid().ToString();

    /// <summary>Opens a cohort in a room of its own.</summary>
    public async Task<string> OpenCohort(string id, int seats, bool mayOverlap)
    {
        await Client(0).Sites.CreateRoomAsync(new CreateRoomRequest { Parent = Site, RoomId = $"room-{id}", Room = new Room { DisplayName = "Room", Occupancy = 200 }, RequestId = RequestId() });
        var cohort = new Cohort { DisplayName = "A cohort", Program = "GRIP-8", TemplateVersion = 1, Room = $"{Site}/rooms/room-{id}", SeatsMin = 1, SeatsMax = seats, MayOverlap = mayOverlap };
        // Each at another hour of the week than the ones before: nobody is in two places at once (rule 7), also where weeks may overlap.
        var slot = Interlocked.Increment(ref _opened) % 49;
        for (var week = 0; week < 8; week++)
        {
            var day = new NodaTime.LocalDate(2027, 6, 1).PlusWeeks(week).PlusDays(slot % 7);
            cohort.Sessions.Add(new Session { Kind = "small-group", LocalStart = new DateTime { Year = day.Year, Month = day.Month, Day = day.Day, Hours = 8 + (2 * (slot / 7)) }, Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(90)) });
        }
        return (await Client(0).Cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = Site, CohortId = id, Cohort = cohort, RequestId = RequestId() })).Name;
    }

    /// <summary>Registers eligible people.</summary>
    public async Task<IReadOnlyList<string>> Register(int people, string series)
    {
        var names = new string[people];
        await Parallel.ForAsync(0, people, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancel) =>
        {
            var person = await Client(i).Participants.RegisterParticipantAsync(new RegisterParticipantRequest
            {
                Parent = Site,
                Identifiers = { new Identifier { System = "https://example.org/health-number", Value = $"{series}-{i}" } },
                PersonalData = new PersonalData { FamilyName = "Doe", BirthDate = new Date { Year = 1990, Month = 1, Day = 1 } },
                RequestId = RequestId(),
            }, cancellationToken: cancel);
            await Client(i).Participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = RequestId() }, cancellationToken: cancel);
            names[i] = person.Name;
        });
        return names;
    }

    /// <summary>Books, and says null or the reason of the refusal.</summary>
    public async Task<string?> Book(int client, string cohort, string participant, string? requestId = null)
    {
        try
        {
            await Client(client).Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = cohort, Participant = participant, RequestId = requestId ?? RequestId() });
            return null;
        }
        catch (RttException refused)
        {
            return refused.Refusal.Reason;
        }
    }
}
