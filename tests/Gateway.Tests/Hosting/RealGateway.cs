using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Management;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Silo;
using RttNetwork.Storage;
using RttNetwork.Testing;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>
/// The gateway in a real silo on a real PostgreSQL, with two networks: the one that is asked, with two sites in two
/// regions, and a foreign one in which everything has the same names but for what it says of itself.
/// </summary>
public sealed class RealGateway : IAsyncLifetime
{
    /// <summary>In everything that the foreign network says of itself.</summary>
    public const string ForeignMark = "FOREIGNNETWORK";

    /// <summary>Two regions in which authorities are told less than elsewhere.</summary>
    private const string Disclosure = """
        {
          "otherwise": { "livePeopleMin": 5, "liveRoundedTo": 5, "exportPeopleMin": 5, "pastHours": 1, "periodMonths": 1 },
          "regions": {
            "guarded": { "livePeopleMin": 40, "liveRoundedTo": 15, "exportPeopleMin": 9, "pastHours": 24, "periodMonths": 1 },
            "quarterly": { "livePeopleMin": 5, "liveRoundedTo": 5, "exportPeopleMin": 5, "pastHours": 1, "periodMonths": 3 }
          }
        }
        """;

    /// <summary>Whoever has no answer asks again.</summary>
    private static readonly MethodConfig Patient = new()
    {
        Names = { MethodName.Default },
        RetryPolicy = new RetryPolicy { MaxAttempts = 5, InitialBackoff = TimeSpan.FromMilliseconds(200), BackoffMultiplier = 2, MaxBackoff = TimeSpan.FromSeconds(2), RetryableStatusCodes = { StatusCode.Unavailable } },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-real-gateway").FullName;
    private string _grpc = "";
    private TestDatabase _database = null!;
    private WebApplication _app = null!;
    private NpgsqlDataSource _sql = null!;

    public DevTokenIssuer Issuer { get; private set; } = null!;
    public DevTokenIssuer OtherIssuer { get; private set; } = null!;
    public GrpcChannel Channel { get; private set; } = null!;
    public HttpClient Http { get; private set; } = null!;
    /// <summary>The silo's management port.</summary>
    public HttpClient Management { get; private set; } = null!;

    public AnyCall Call { get; private set; } = null!;

    /// <summary>What belongs to the site "north".</summary>
    public Scene North { get; private set; } = null!;

    /// <summary>What belongs to the site "south" of the same network.</summary>
    public Scene South { get; private set; } = null!;

    /// <summary>The foreign network's: the same ids but for the participant's.</summary>
    public Scene Foreign { get; private set; } = null!;

    /// <summary>The database, for what would take too many calls.</summary>
    public NpgsqlDataSource Sql => _sql;

    public string OperatorToken => Issuer.Mint(new TokenRequest("ops", "demo", "operator"));
    public string NorthToken => Issuer.Mint(new TokenRequest("desk-north", "demo", "site") { Sites = ["north"] });
    public string SouthToken => Issuer.Mint(new TokenRequest("desk-south", "demo", "site") { Sites = ["south"] });
    public string FraserToken => Issuer.Mint(new TokenRequest("health-fraser", "demo", "authority") { Regions = ["fraser"] });
    /// <summary>An authority of two regions, of which the one has a policy that hides more.</summary>
    public string GuardedToken => Issuer.Mint(new TokenRequest("health-guarded", "demo", "authority") { Regions = ["fraser", "guarded"] });

    /// <summary>The same, with a policy of quarters.</summary>
    public string QuarterlyToken => Issuer.Mint(new TokenRequest("health-quarterly", "demo", "authority") { Regions = ["fraser", "quarterly"] });
    public string InteriorToken => Issuer.Mint(new TokenRequest("health-interior", "demo", "authority") { Regions = ["interior"] });

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _sql = NpgsqlDataSource.Create(_database.ConnectionString);
        var keyFile = Path.Combine(_folder, "dev.key");
        Issuer = DevTokenIssuer.Load(keyFile);
        OtherIssuer = DevTokenIssuer.Load(Path.Combine(_folder, "other.key"));
        var disclosure = Path.Combine(_folder, "disclosure.json");
        await File.WriteAllTextAsync(disclosure, Disclosure);
        var gateway = new GatewayOptions
        {
            EnvironmentName = "Development",
            IdentityKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)],
            Tokens = new TokenOptions { DevKeyFile = keyFile },
            GrpcPort = 0,
            HttpPort = 0,
            WatchHeartbeat = TimeSpan.FromSeconds(1),
            DisclosureFile = disclosure,
        };
        var silo = new SiloOptions
        {
            Storage = new StorageOptions(_database.ConnectionString),
            PersonalKey = new byte[32],
            SiloPort = FreePort(),
            OrleansGatewayPort = FreePort(),
            HostGateway = true,
            Management = new ManagementOptions { Port = 0 },
            Webhooks = new WebhookOptions { AllowLoopback = true },
        };
        await SiloHost.CheckSchema(silo);
        _app = SiloHost.Build(silo, gateway, builder => builder.Logging.ClearProviders());
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Channel = GrpcChannel.ForAddress(_grpc = addresses[0]);
        Http = new HttpClient { BaseAddress = new Uri(addresses[1]) };
        Management = new HttpClient { BaseAddress = new Uri(addresses[2]) };
        Call = new AnyCall(Channel, Http);

        var demo = Headers(OperatorToken);
        North = await Settle("demo", "north", "fraser", "", demo);
        South = await Settle("demo", "south", "interior", "", demo);
        Foreign = await Settle("elsewhere", "north", "fraser", ForeignMark, Headers(Issuer.Mint(new TokenRequest("ops", "elsewhere", "operator"))));
        await Quiet();
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        Management.Dispose();
        Channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _sql.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public static Metadata Headers(string token) => new() { { "authorization", $"Bearer {token}" } };

    /// <summary>The journal's rows and the receipts: what nobody may add to who is denied.</summary>
    public async Task<(long Entries, long Receipts)> Written()
    {
        await using var command = _sql.CreateCommand("select (select count(*) from rtt.journal), (select count(*) from rtt.receipt)");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Waits until the dispatcher has done what the settling asked for.</summary>
    public async Task Quiet()
    {
        var before = await Written();
        for (var same = 0; same < 3;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, CancellationToken.None);
            var now = await Written();
            same = now == before ? same + 1 : 0;
            before = now;
        }
    }

    /// <summary>A site with a room, a facilitator, a cohort and a person in it.</summary>
    private async Task<Scene> Settle(string network, string site, string region, string mark, Metadata headers)
    {
        // As patient as any client: on a busy machine the cluster has hardly begun.
        using var settling = GrpcChannel.ForAddress(_grpc, new GrpcChannelOptions { ServiceConfig = new ServiceConfig { MethodConfigs = { Patient } } });
        var sites = new Sites.SitesClient(settling);
        var facilitators = new Facilitators.FacilitatorsClient(settling);
        var participants = new Participants.ParticipantsClient(settling);
        var cohorts = new Cohorts.CohortsClient(settling);
        var scene = new Scene(network, site, region, "room-1", "c1", $"{site}-f1", "") { Fresh = site };
        var profile = Samples.Site(scene);
        profile.DisplayName = $"Clinic {site} {mark}".Trim();
        await sites.CreateSiteAsync(new CreateSiteRequest { Parent = scene.NetworkName, SiteId = site, Site = profile, RequestId = Samples.Id() }, headers);
        await sites.CreateRoomAsync(new CreateRoomRequest { Parent = scene.SiteName, RoomId = "room-1", Room = new Room { DisplayName = $"Hall {mark}".Trim(), Occupancy = 20 }, RequestId = Samples.Id() }, headers);
        await sites.GrantAccreditationAsync((GrantAccreditationRequest)Samples.Of("/rtt.v1.Sites/GrantAccreditation", scene), headers);
        await facilitators.CreateFacilitatorAsync(new CreateFacilitatorRequest { Parent = scene.NetworkName, FacilitatorId = scene.Facilitator, Facilitator = Samples.Facilitator(scene), RequestId = Samples.Id() }, headers);
        var template = Samples.Template("SMALL-5");
        template.DisplayName = $"Five weeks {mark}".Trim();
        var programs = new Programs.ProgramsClient(settling);
        // Once for the network, whose sites share its programs.
        var publish = new CreateProgramVersionRequest { Parent = scene.NetworkName, Template = template, RequestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
        await programs.CreateProgramVersionAsync(publish, headers);
        var pack = Samples.RulePack(scene);
        (pack.Pack, pack.DisplayName) = ($"{site}-policy", $"Policy {mark}".Trim());
        await programs.CreateRulePackVersionAsync(new CreateRulePackVersionRequest { Parent = scene.NetworkName, RulePack = pack, RequestId = Samples.Id() }, headers);
        await facilitators.CreateFacilitatorAsync(new CreateFacilitatorRequest { Parent = scene.NetworkName, FacilitatorId = $"{scene.Facilitator}-2", Facilitator = Samples.Facilitator(scene), RequestId = Samples.Id() }, headers);
        var cohort = Samples.Cohort(scene);
        cohort.DisplayName = $"Group {site} {mark}".Trim();
        await cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = scene.SiteName, CohortId = "c1", Cohort = cohort, RequestId = Samples.Id() }, headers);
        await cohorts.AssignFacilitatorAsync(new AssignFacilitatorRequest { Cohort = scene.CohortName, Facilitator = scene.FacilitatorName, Role = "therapist", RequestId = Samples.Id() }, headers);
        var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", scene), headers);
        scene = scene with { Participant = person.Name[(person.Name.LastIndexOf('/') + 1)..] };
        await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = scene.ParticipantName, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, headers);
        var consultation = (OfferAppointmentRequest)Samples.Of("/rtt.v1.Appointments/OfferAppointment", scene);
        (consultation.AppointmentId, consultation.Appointment.LocalStart, consultation.Appointment.DisplayName) = (scene.Appointment, Samples.At(2029, 2, 5, 14, 0), $"Intake {mark}".Trim());
        await new Appointments.AppointmentsClient(settling).OfferAppointmentAsync(consultation, headers);
        var seat = await cohorts.BookSeatAsync(new BookSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, RequestId = Samples.Id() }, headers);
        await new Pathways.PathwaysClient(settling).ReferParticipantAsync((ReferParticipantRequest)Samples.Of("/rtt.v1.Pathways/ReferParticipant", scene), headers);
        var safety = await new Safety.SafetyClient(settling).RecordSafetyEventAsync((RecordSafetyEventRequest)Samples.Of("/rtt.v1.Safety/RecordSafetyEvent", scene), headers);
        scene = scene with { SafetyEventName = safety.Name };
        var elsewhere = Samples.Site(scene);
        elsewhere.DisplayName = $"Clinic {site}-2 {mark}".Trim();
        await sites.CreateSiteAsync(new CreateSiteRequest { Parent = scene.NetworkName, SiteId = $"{site}-2", Site = elsewhere, RequestId = Samples.Id() }, headers);
        var referral = await new Referrals.ReferralsClient(settling).CreateReferralAsync((CreateReferralRequest)Samples.Of("/rtt.v1.Referrals/CreateReferral", scene), headers);
        scene = scene with { ReferralName = referral.Name };
        var plan = await new Rehoming.RehomingClient(settling).ProposeRehomeAsync((ProposeRehomeRequest)Samples.Of("/rtt.v1.Rehoming/ProposeRehome", scene), headers);
        scene = scene with { RehomeName = plan.Name };
        var webhook = await new Webhooks.WebhooksClient(settling).CreateWebhookAsync((CreateWebhookRequest)Samples.Of("/rtt.v1.Webhooks/CreateWebhook", scene), headers);
        scene = scene with { WebhookName = webhook.Name };
        var link = await new Wire.V1.Calendars.CalendarsClient(settling).CreateCalendarLinkAsync((CreateCalendarLinkRequest)Samples.Of("/rtt.v1.Calendars/CreateCalendarLink", scene), headers);
        scene = scene with { CalendarLink = link.Id };
        await Reached(scene.NetworkName, seat.Token, headers);
        return scene;
    }

    /// <summary>
    /// Waits until the lists have come as far as a token. Asks again, as clients do: one request waits a second, and the projection of a busy machine may need longer.
    /// </summary>
    public async Task Reached(string network, string token, Metadata operatorHeaders)
    {
        var sites = new Sites.SitesClient(Channel);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await sites.ListSitesAsync(new ListSitesRequest { Parent = network, PageSize = 1, AtLeast = token }, operatorHeaders);
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
            }
        }
    }

    /// <summary>What a gateway in a process of its own needs to find the same network.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["Rtt__Database"] = _database.ConnectionString,
        ["Rtt__Tokens__DevKeyFile"] = Path.Combine(_folder, "dev.key"),
    };

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

// After all others: what a process measures is of every host in it, and a meter that ends with one host is measured no more in another.
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RealGatewayTests : ICollectionFixture<RealGateway>
{
    public const string Name = "real gateway";
}
