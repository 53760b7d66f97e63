using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;
using Orleans.TestingHost;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Silo;
using RttNetwork.Storage;

namespace RttNetwork.Testing;

/// <summary>
/// A cluster of real grains on a real database, and the commands that tests send to it. Orleans' own directory and
/// membership are the test host's: what is true of duplicates and partitions is shown with processes, not here. Two of
/// these on one database are two clusters that know nothing of each other: every grain of one is a zombie to the other.
/// </summary>
public sealed class TestNetwork : IAsyncDisposable
{
    private static readonly AsyncLocal<string?> Tenant = new();

    /// <summary>The instant at which every command is judged, unless the test says another.</summary>
    public static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);

    private readonly InProcessTestCluster _cluster;
    private readonly AgeingTime _time;
    private readonly int _seed;
    private int _requests;

    private TestNetwork(InProcessTestCluster cluster, AgeingTime time, int seed) => (_cluster, _time, _seed) = (cluster, time, seed);

    /// <summary>The tenant that the test acts in.</summary>
    public static string Network => Tenant.Value ?? "bc";

    /// <summary>For calls that this class has no method for.</summary>
    public IGrainFactory Grains => _cluster.Client;

    public InProcessTestCluster Cluster => _cluster;

    /// <param name="database">A migrated database.</param>
    /// <param name="silos">How many silos.</param>
    /// <param name="journal">Stands before each silo's journal, to make it fail on purpose.</param>
    /// <param name="seed">Request ids follow from it.</param>
    /// <param name="configure">A last word on every silo.</param>
    public static async Task<TestNetwork> Start(TestDatabase database, int silos = 1, Func<IJournal, IJournal>? journal = null, int seed = 1, Action<ISiloBuilder>? configure = null)
    {
        var options = new SiloOptions { Storage = new StorageOptions(database.ConnectionString), PersonalKey = new byte[32] };
        var time = new AgeingTime();
        var builder = new InProcessTestClusterBuilder((short)silos);
        // Snapshots belong to the service: clusters on one database share them, as after a restart.
        builder.Options.ServiceId = options.ServiceId;
        builder.ConfigureSilo((_, silo) =>
        {
            SiloHost.AddNetwork(silo, options);
            silo.Services.AddSingleton(services => new UnitServices(services.GetRequiredService<IJournal>(), time, services.GetRequiredService<ILogger<UnitServices>>()));
            if (journal is not null)
            {
                var real = silo.Services.Last(d => d.ServiceType == typeof(IJournal));
                silo.Services.Remove(real);
                silo.Services.AddSingleton(services => journal((IJournal)real.ImplementationFactory!(services)));
            }
            configure?.Invoke(silo);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestNetwork(cluster, time, seed);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Whoever calls it, and what that one calls, acts in a tenant from now on.</summary>
    public static void ActIn(string network) => Tenant.Value = network;

    /// <summary>Whether a stream, or a grain's key, belongs to the tenant that the test acts in.</summary>
    public static bool IsOfNetwork(string stream) => stream.StartsWith(Network + "/", StringComparison.Ordinal);

    /// <summary>Makes every grain believe that it has not heard from the journal for so long, as after a pause of its process.</summary>
    public void Age(TimeSpan by) => _time.Add(by);

    /// <summary>A request id that follows from the network's seed, new at each call.</summary>
    public Guid NextRequestId() => new(_seed, 0, 0, [.. BitConverter.GetBytes((long)Interlocked.Increment(ref _requests))]);

    public static Caller Operator(string? network = null) => new(network ?? Network, "operator", CallerScope.Operator, [], [], "care");

    public static Caller Desk(params ImmutableArray<string> sites) => new(Network, $"desk-{sites[0]}", CallerScope.Site, sites, [], "care");

    /// <summary>A unit as the gateway would start it: by default an operator's, with a new request id.</summary>
    public Unit Unit(Caller? caller = null, Guid? requestId = null, byte content = 0, Instant? now = null, bool validateOnly = false, int attempt = 0) =>
        Contracts.Units.Unit.Start(caller ?? Operator(), requestId ?? NextRequestId(), [content], now ?? Now,
            Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) + Duration.FromSeconds(10), validateOnly, attempt);

    public ISiteGrain Site(string site, string? network = null) => Grains.GetGrain<ISiteGrain>(Keys.Site(network ?? Network, site));
    public ICohortGrain Cohort(string cohort, string site = "nanaimo") => Grains.GetGrain<ICohortGrain>(Keys.Cohort(Network, site, cohort));
    public IFacilitatorGrain Facilitator(string facilitator) => Grains.GetGrain<IFacilitatorGrain>(Keys.Facilitator(Network, facilitator));
    public IProgramGrain Program(string program) => Grains.GetGrain<IProgramGrain>(Keys.Program(Network, program));
    public IRulePacksGrain RulePacks() => Grains.GetGrain<IRulePacksGrain>(Keys.RulePacks(Network));
    public IParticipantGrain Participant(string participant) => Grains.GetGrain<IParticipantGrain>(Keys.Participant(Network, participant));

    public async Task OpenSite(string site = "nanaimo", int occupancy = 200)
    {
        await SetUp(unit => Site(site).Open(new OpenSite("A site", "island", "CA-BC", "America/Vancouver", 49.17, -123.94), unit));
        await SetUp(unit => Site(site).OpenRoom(new OpenRoom("hall", "Hall", occupancy), unit));
    }

    /// <param name="week">Weeks after the first Tuesday of 2027; every cohort of a site needs another hour or week.</param>
    public async Task OpenCohort(string cohort, int seats = 4, string site = "nanaimo", int hour = 9, int week = 0, ImmutableArray<StaffingRequirementView> staffing = default, int holdsMax = 10) =>
        await SetUp(unit => TryOpenCohort(cohort, seats, site, hour, week, staffing, holdsMax, unit));

    public Task<UnitAnswer<CohortView>> TryOpenCohort(string cohort, int seats = 4, string site = "nanaimo", int hour = 9, int week = 0, ImmutableArray<StaffingRequirementView> staffing = default, int holdsMax = 10, Unit? unit = null)
    {
        var first = new LocalDateTime(2027, 1, 5, hour, 0).PlusWeeks(week);
        ImmutableArray<SessionDraft> sessions = [.. Enumerable.Range(0, 8).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(45), Duration.FromMinutes(10), false))];
        return Site(site).OpenCohort(new OpenCohort(cohort, "A cohort", "GRIP-8", 1, "hall", 2, seats, 0, staffing.IsDefault ? [] : staffing, sessions, null, false,
            Duration.FromMinutes(15), holdsMax, holdsMax), unit ?? Unit());
    }

    /// <summary>Registers an eligible participant.</summary>
    public async Task Register(string participant, string site = "nanaimo", bool eligible = true)
    {
        await SetUp(unit => Participant(participant).FinishRegister(new RegisterParticipant(participant, site, [], "", "", null, false, false), unit));
        if (eligible) await SetUp(unit => Participant(participant).SetEligibility(new SetEligibility(true, "screened"), unit));
    }

    public Task RegisterNurse(string facilitator, string site = "nanaimo") =>
        SetUp(unit => Facilitator(facilitator).Register(new RegisterFacilitator(site, ["nurse"], [new CredentialView("nurse", "CA-BC", new LocalDate(2020, 1, 1), null)]), unit));

    public Task<UnitAnswer<SeatView>> Ask(SeatAsk ask, string participant, string cohort, Unit? unit = null, string site = "nanaimo") =>
        Participant(participant).Seat(new SeatRequest(Keys.Cohort(Network, site, cohort), Keys.Participant(Network, participant), "person-cancelled"), ask, unit ?? Unit());

    public Task<UnitAnswer<SeatView>> Book(string participant, string cohort, Unit? unit = null, string site = "nanaimo") => Ask(SeatAsk.Book, participant, cohort, unit, site);

    /// <summary>
    /// Waits until the lists have come as far as a token. Asks again, as clients do: one request waits a second, and the projection of a busy machine may need longer.
    /// </summary>
    public async Task Listed(string token)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await Grains.GetGrain<IViewsGrain>(Network).Sites(Operator(), new PageRequest(1, null, token), null)).Behind)
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new TimeoutException("The lists do not come to the token.");
        }
    }

    public async Task<CohortView> Get(string cohort, string site = "nanaimo") => (await Cohort(cohort, site).Get(Operator(), Now)).Value!;

    /// <summary>
    /// A command of setting up, which must be accepted. Who gets no answer, because a busy machine has just started and is still opening connections, asks again
    /// with the same id, as every client does.
    /// </summary>
    private async Task SetUp<TReply>(Func<Unit, Task<UnitAnswer<TReply>>> ask)
        where TReply : class
    {
        const int attemptsMax = 5;
        var id = NextRequestId();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var answer = await ask(Unit(requestId: id, attempt: attempt));
                if (answer.Outcome is not (UnitOutcome.Unknown or UnitOutcome.Unavailable or UnitOutcome.Expired) || attempt == attemptsMax)
                {
                    Accepted(answer);
                    return;
                }
            }
            catch (Exception e) when (e is TimeoutException or JournalUnavailableException && attempt < attemptsMax)
            {
                // Nobody knows: again.
            }
        }
    }

    /// <summary>The reply of a command that must be accepted.</summary>
    public static TReply Accepted<TReply>(UnitAnswer<TReply> answer)
        where TReply : class =>
        answer.IsAccepted ? answer.Reply! : throw new InvalidOperationException($"{answer.Outcome}: {answer.Refusal?.Reason} {answer.Refusal?.Message}");

    /// <summary>The reason of a command that must be refused by a rule.</summary>
    public static string Refused<TReply>(UnitAnswer<TReply> answer)
        where TReply : class =>
        answer.Refusal?.Reason ?? throw new InvalidOperationException($"Not refused but {answer.Outcome}.");
}

/// <summary>The system's time with a stopwatch that tests can set forward.</summary>
internal sealed class AgeingTime : TimeProvider
{
    private long _ahead;

    public void Add(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _ahead);
}
