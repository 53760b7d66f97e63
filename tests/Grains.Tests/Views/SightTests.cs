using NodaTime;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Views;

/// <summary>Who is told what of regions, whatever the gateway let through: on real grains and a real database.</summary>
public sealed class SightTests : IAsyncLifetime
{
    private const string Region = "island";
    private static readonly PageRequest All = new(50, null, null);
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;

    private IViewsGrain Views => _network.Grains.GetGrain<IViewsGrain>(Network);

    /// <summary>Everything that is asked of a region, and whether it was answered: what is refused says nothing, not even how far the lists are.</summary>
    private Dictionary<string, Func<Caller, string?, Task<bool>>> Asks
    {
        get
        {
            var today = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()).InUtc().Date;
            return new(StringComparer.Ordinal)
            {
                ["sites"] = async (caller, region) => (await Views.Sites(caller, All, region)).Token.Length > 0,
                ["seats"] = async (caller, region) => (await Views.SearchSeats(caller, All, new SeatSearch(null, region, null, null, 1, Now))).Token.Length > 0,
                ["capacity"] = async (caller, region) => (await Views.Capacity(caller, All, new CapacityAsk(CapacityBy.Region, region))).Page.Token.Length > 0,
                ["a moment"] = async (caller, region) => (await Views.CapacityAt(caller, new CapacityAsk(CapacityBy.Region, region), Instant.FromUtc(2026, 1, 1, 0, 0))).IsBeforeAll,
                // That something is recorded still that is not in the lists is an answer, too.
                ["history"] = async (caller, region) => await Views.CapacityHistory(caller, All, new HistoryAsk(new CapacityAsk(CapacityBy.Region, region), today, today.PlusDays(2), false)) is { Behind: true } or { Rows.Length: > 0 },
                ["waits"] = async (caller, region) => (await Views.Waits(caller, null, new WaitsAsk(region, null, null, today.PlusDays(-30), today))).Figures.Length > 0,
                ["flows"] = async (caller, region) => (await Views.ReferralFlowsIn(caller, null, new FlowsAsk(region ?? "", null))).Token.Length > 0,
                ["a report"] = async (caller, region) => (await Views.RegionReport(caller, region ?? "", new ReportPeriod(2026, 1), [], 5)).Report is not null,
            };
        }
    }

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database);
        await _network.OpenSite();
        await _network.OpenCohort("c1");
        await _network.Listed((await _network.Site("nanaimo").Describe(new DescribeSite(49.2, -123.9, [], []), _network.Unit())).Token!);
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_authority_is_told_of_its_own_regions_alone_and_nobody_of_another_network()
    {
        foreach (var (what, isTold) in Asks)
        {
            Assert.True(await isTold(Authority(Region), Region), what);
            Assert.True(await isTold(Operator(), Region), what);
            Assert.False(await isTold(Authority("interior"), Region), $"{what} of another's region");
            Assert.False(await isTold(Authority(), Region), $"{what} to an authority of no region");
            Assert.False(await isTold(Authority(Region), null), $"{what} of the whole network");
            Assert.False(await isTold(Authority(Region) with { Network = "on" }, Region), $"{what} of another network");
            Assert.False(await isTold(Operator("on"), Region), $"{what} to another network's operator");
        }
    }

    [Fact]
    public async Task A_site_is_told_where_seats_are_and_not_who_is_referred_or_what_is_published()
    {
        foreach (var (what, isTold) in Asks) Assert.True(await isTold(Desk("nanaimo"), Region) == what is not ("flows" or "a report"), what);
    }

    private static Caller Authority(params string[] regions) => Operator() with { Subject = "health", Scope = CallerScope.Authority, Regions = [.. regions] };
}
