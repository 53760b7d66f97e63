using System.CommandLine;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
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
/// What <c>rtt up</c> starts, on a real PostgreSQL, filled with the demonstration network, some of whose seats are taken; and Debian's Chromium to look at it with. Its clock stands
/// in December 2026, a month before the first cohorts begin, whatever day it is.
/// </summary>
public sealed class PagesNode : IAsyncLifetime
{
    public const string Network = "bc";

    private static readonly DateTimeOffset Begin = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);

    /// <summary>Milliseconds after which a test that waits for a page has failed.</summary>
    private const float Patience = 60_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-pages-").FullName;
    private readonly Dictionary<string, string> _signedIn = new(StringComparer.Ordinal);
    private TestDatabase _database = null!;
    private DevelopmentNode _node = null!;
    private IPlaywright _playwright = null!;

    public static string Root { get; } = FindRoot();

    public IBrowser Browser { get; private set; } = null!;

    public RttClient Operator { get; private set; } = null!;

    /// <summary>Where the pages are.</summary>
    public Uri Address => new(_node.Http);

    /// <summary>Of people of the site "nanaimo" who have no seat: each test takes those that it needs.</summary>
    public IReadOnlyList<string> People { get; private set; } = [];

    internal DevTokenIssuer Tokens => _node.Tokens;

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
        Operator = RttClient.Create(new RttClientOptions
        {
            Endpoint = new Uri(_node.Grpc),
            Token = _ => ValueTask.FromResult<string?>(_node.Tokens.Mint(new TokenRequest("planner", Network, "operator"))),
            WaitWhenBusy = true,
            AttemptsMax = 10,
            Deadline = TimeSpan.FromSeconds(30),
        });
        await ProgramFile.PublishAll(ProgramFile.All(Path.Combine(Root, "programs"), Path.Combine(Root, "ratios")), Operator, Network, CancellationToken.None);
        var seeded = await Seeder.Apply(file, Operator, Report.For(new Command("seed").Parse([]), new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, Root = Root }), CancellationToken.None);
        Assert.All(seeded, s => Assert.Null(s.Refused));
        await Fill();
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
        Operator.Dispose();
        await _node.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A page of somebody who is signed in.</summary>
    public async Task<IPage> Page(string who, string language = "en", string theme = "light", int width = 1280)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions { StorageState = await SignedIn(who), ViewportSize = new ViewportSize { Width = width, Height = 900 }, BaseURL = Address.ToString() });
        context.SetDefaultTimeout(Patience);
        await context.AddCookiesAsync([Choice("rtt-language", language), Choice("rtt-theme", theme)]);
        return await context.NewPageAsync();

        Cookie Choice(string name, string value) => new() { Name = name, Value = value, Url = Address.ToString() };
    }

    public static string RequestId() => Guid.NewGuid().ToString();

    public static string Cohort(string site, string cohort) => $"networks/{Network}/sites/{site}/cohorts/{cohort}";

    /// <summary>Signs in once, by the provider's page.</summary>
    private async Task<string> SignedIn(string who)
    {
        if (_signedIn.TryGetValue(who, out var state)) return state;
        await using var context = await Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = Address.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await page.GetByText(who, new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.WaitForURLAsync(Address.ToString());
        return _signedIn[who] = await context.StorageStateAsync();
    }

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
        foreach (var person in people.Take(9)) await Operator.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = Cohort("nanaimo", "rtt-2027-01"), Participant = person, RequestId = RequestId() });
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
        foreach (var person in people.Skip(13).Take(6)) await Operator.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = Cohort("nanaimo", "grip-2027-02"), Participant = person, RequestId = RequestId() });
        foreach (var nurse in new[] { "nanaimo-rn1", "nanaimo-rn2" })
            await Operator.Cohorts.WithdrawFacilitatorAsync(new WithdrawFacilitatorRequest { Cohort = Cohort("nanaimo", "grip-2027-02"), Facilitator = $"networks/{Network}/facilitators/{nurse}", Reason = "ill", RequestId = RequestId() });
        People = people[19..];
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
