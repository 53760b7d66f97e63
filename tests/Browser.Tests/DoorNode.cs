using System.CommandLine;
using Microsoft.Playwright;
using NodaTime;
using RttNetwork.Cli;
using RttNetwork.Cli.Demo;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Node;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Testing;

namespace RttNetwork.Browser.Tests;

/// <summary>
/// A clinic half an hour before an infusion: one person who has gone through referral, screening, sign-offs, consents and baseline has its seat, by the demonstration's own steps. Its
/// clock stands still there.
/// </summary>
public sealed class DoorNode : IAsyncLifetime
{
    public const string Desk = "Front desk of vancouver";

    private readonly AtTheDoor _story = new();
    private TestDatabase _database = null!;
    private DemoNetwork _network = null!;
    private Chromium _chromium = null!;

    /// <summary>The name of who is expected.</summary>
    public string Person => _story.Person;

    /// <summary>The cohort whose first session it is.</summary>
    public string Cohort => _story.Cohort;

    /// <summary>The site's, by gRPC.</summary>
    public RttClient Client => _network.Desk(_story.Site);

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        var surroundings = new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, Root = PagesNode.Root };
        var report = Report.For(new Command("demo").Parse([]), surroundings);
        var file = NetworkFileReader.Read(Path.Combine(PagesNode.Root, "examples", "demo", "network.yaml"));
        var zone = file.Sites.First(s => s.Id == _story.Site).Zone;
        var clock = new DemoClock((_story.Begins + new LocalTime(9, 0)).InZoneLeniently(zone).ToInstant());
        _network = await DemoNetwork.Start(file, PagesNode.Root, clock, seed: 1, report, _database.ConnectionString, new PagesSettings(Ports.AnyFree(), [_story.Site], []), CancellationToken.None);
        await _story.Play(new Company(_network, new Telling(report, clock, _story.Program, zone), _story.Program, _story.Site, zone, seed: 1, CancellationToken.None), PagesNode.Root);
        _chromium = await Chromium.Start(_network.Http);
    }

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>A page of the site's front desk.</summary>
    public Task<IPage> Page() => _chromium.Page(Desk);

    private sealed class AtTheDoor : Story
    {
        private static readonly Duration Before = Duration.FromMinutes(30);

        public override string Program => "IV-SERIES";

        public override string Site => "vancouver";

        public override LocalDate Begins => new(2028, 3, 6);

        public string Person { get; private set; } = "";

        public string Cohort { get; private set; } = "";

        public override async Task<Ending> Play(Company company, string root)
        {
            var people = await company.Register(1);
            var (cohort, draft) = PlanOf(root, "demo", "plan-vancouver-iv.yaml");
            await Admit(company, people, "psychiatrist", "vancouver-md1", "vancouver-rt1");
            Cohort = await Plan(company, cohort, draft);
            await Book(company, Cohort, people);
            Person = people[0].Name;
            company.Network.Clock.MoveTo(Company.InstantOf((await company.Cohort(Cohort)).Sessions[0].StartTime) - Before);
            return new Ending(people.Count, new Dictionary<string, int>(), 0, 0);
        }
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DoorNodeTests : ICollectionFixture<DoorNode>
{
    public const string Name = "door";
}
