using System.CommandLine;
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;
using Npgsql;
using RttNetwork.Cli;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Node;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Testing;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>
/// What <c>rtt up</c> starts, on a real PostgreSQL, filled with the demonstration network, some of whose seats were taken in the weeks before; and Debian's Chromium to look at it with. Its
/// clock stands in December 2026, a month before the first cohorts begin, whatever day it is.
/// </summary>
public sealed class PagesNode : IAsyncLifetime
{
    public const string Network = "bc";

    /// <summary>The cohorts were opened so many weeks before; before that there was none.</summary>
    public const int WeeksOpen = 11;

    private static readonly DateTimeOffset Begin = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);

    private const string SessionScheme = "session";

    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-pages-").FullName;
    private TestDatabase _database = null!;
    private DevelopmentNode _node = null!;
    private Chromium _chromium = null!;

    public static string Root { get; } = FindRoot();

    public IBrowser Browser => _chromium.Browser;

    public RttClient Operator { get; private set; } = null!;

    /// <summary>Where the pages are.</summary>
    public Uri Address => new(_node.Http);

    /// <summary>Of people of the site "nanaimo" who have no seat: each test takes those that it needs.</summary>
    public IReadOnlyList<string> People { get; private set; } = [];

    /// <summary>Every endpoint of the gateway.</summary>
    internal IEnumerable<RouteEndpoint> Endpoints => _node.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        var clock = new LeapingClock();
        clock.Leap(Begin - clock.GetUtcNow());
        var file = NetworkFileReader.Read(Path.Combine(Root, "examples", "network-bc.yaml"));
        var settings = new NodeSettings(new StateFolder(_folder), _database.ConnectionString, Ports.AnyFree(), Ports.AnyFree(), file.Network, Verbose: false)
        {
            Clock = clock,
            Pages = new PagesSettings(Ports.AnyFree(), ["nanaimo", "courtenay"], ["vancouver-island", "interior"]),
        };
        _node = await DevelopmentNode.Start(settings, _ => { }, CancellationToken.None);
        Operator = Client(new TokenRequest("planner", Network, "operator"));
        await RecordedBefore(WeeksOpen);
        await ProgramFile.PublishAll(ProgramFile.All(Path.Combine(Root, "programs"), Path.Combine(Root, "ratios")), Operator, Network, CancellationToken.None);
        var seeded = await Seeder.Apply(file, Operator, Report.For(new Command("seed").Parse([]), new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, Root = Root }), CancellationToken.None);
        Assert.All(seeded, s => Assert.Null(s.Refused));
        await Fill();
        _chromium = await Chromium.Start(Address);
    }

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        Operator.Dispose();
        await _node.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A page of somebody who is signed in.</summary>
    public Task<IPage> Page(string who, string language = "en", string theme = "light", int width = 1280) => _chromium.Page(who, language, theme, width);

    /// <summary>Somebody by gRPC.</summary>
    public RttClient Client(TokenRequest caller) => RttClient.Create(new RttClientOptions
    {
        Endpoint = new Uri(_node.Grpc),
        Token = _ => ValueTask.FromResult<string?>(_node.Tokens.Mint(caller)),
        WaitWhenBusy = true,
        AttemptsMax = 10,
        Deadline = TimeSpan.FromSeconds(30),
    });

    /// <summary>A token of the network, as the provider gives them.</summary>
    public string Mint(TokenRequest caller) => _node.Tokens.Mint(caller);

    /// <summary>The token that a session's cookie has in it.</summary>
    public string TokenOf(string session) => Tickets.Unprotect(session)!.Properties.GetTokenValue("access_token")!;

    /// <summary>The cookie of a session that has this token in it, sealed as the gateway seals them.</summary>
    public string SessionOf(string token)
    {
        var properties = new AuthenticationProperties();
        properties.StoreTokens([new AuthenticationToken { Name = "access_token", Value = token }]);
        return Tickets.Protect(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "somebody")], "test")), properties, SessionScheme));
    }

    /// <summary>From now on the token with this id is good no more.</summary>
    public void Revoke(string id)
    {
        var configuration = (IConfigurationRoot)_node.Services.GetRequiredService<IConfiguration>();
        configuration["Rtt:Tokens:Revoked:0"] = id;
        configuration.Reload();
    }

    private ISecureDataFormat<AuthenticationTicket> Tickets => _node.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(SessionScheme).TicketDataFormat;

    public static string RequestId() => Guid.NewGuid().ToString();

    public static string Cohort(string site, string cohort) => $"networks/{Network}/sites/{site}/cohorts/{cohort}";

    /// <summary>People with seats, holds, places on a wait-list and referrals, so that every page has something to show.</summary>
    private async Task Fill()
    {
        var site = $"networks/{Network}/sites/nanaimo";
        var people = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var person = await Operator.Participants.RegisterParticipantAsync(new RegisterParticipantRequest
            {
                Parent = site,
                Identifiers = { new Identifier { System = "https://example.org/health-number", Value = $"pages-{i}" } },
                PersonalData = new PersonalData { FamilyName = "Doe", BirthDate = new Google.Type.Date { Year = 1990, Month = 1, Day = 1 } },
                RequestId = RequestId(),
            });
            await Operator.Participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = RequestId() });
            people.Add(person.Name);
        }
        // A seat a week, and later two.
        for (var week = WeeksOpen - 1; week > 0; week--)
        {
            await RecordedBefore(week);
            if (week > 1) await Book("rtt-2027-01", people[WeeksOpen - 1 - week]);
            if (week <= 6) await Book("grip-2027-02", people[19 - week]);
        }
        await RecordedBefore(0);
        await Operator.Cohorts.HoldSeatAsync(new HoldSeatRequest { Cohort = Cohort("nanaimo", "grip-2027-02"), Participant = people[9], RequestId = RequestId() });
        await Operator.Cohorts.HoldSeatAsync(new HoldSeatRequest { Cohort = Cohort("nanaimo", "rtt-2027-01"), Participant = people[10], RequestId = RequestId() });
        await Operator.WaitLists.JoinCohortListAsync(new JoinCohortListRequest { Cohort = Cohort("nanaimo", "grip-2027-02"), Participant = people[11], Priority = 2, RequestId = RequestId() });
        await Operator.Referrals.CreateReferralAsync(new CreateReferralRequest
        {
            Parent = $"networks/{Network}/sites/nanaimo",
            Participant = people[12],
            Target = $"networks/{Network}/sites/victoria",
            Program = "RTT-KaT-12",
            Cohort = Cohort("victoria", "rtt-2027-02"),
            Reason = "closer-to-home",
            Form = "physician",
            SharingConsented = true,
            RequestId = RequestId(),
        });
        // With one nurse of three five people are carried, and there are six: the cohort is at risk.
        foreach (var nurse in new[] { "nanaimo-rn1", "nanaimo-rn2" })
            await Operator.Cohorts.WithdrawFacilitatorAsync(new WithdrawFacilitatorRequest { Cohort = Cohort("nanaimo", "grip-2027-02"), Facilitator = $"networks/{Network}/facilitators/{nurse}", Reason = "ill", RequestId = RequestId() });
        People = people[19..];

        async Task Book(string cohort, string person) => await Operator.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = Cohort("nanaimo", cohort), Participant = person, RequestId = RequestId() });
    }

    /// <summary>What is written from now on is recorded as so many weeks before the pages are looked at. The rules judge it by the network's clock all the same.</summary>
    private async Task RecordedBefore(int weeks)
    {
        var seconds = (Begin - TimeSpan.FromDays(7 * weeks) - TimeProvider.System.GetUtcNow()).TotalSeconds;
        await using var connection = await _database.Open();
        await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"ALTER TABLE rtt.journal ALTER COLUMN recorded_at SET DEFAULT clock_timestamp() + interval '{seconds:F0} s'"), connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RttNetwork.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The repository's root was not found.");
    }
}

[CollectionDefinition(Name)]
public sealed class PagesNodeTests : ICollectionFixture<PagesNode>
{
    public const string Name = "pages";
}
