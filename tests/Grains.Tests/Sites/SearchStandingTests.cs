using RttNetwork.Contracts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Sites;

/// <summary>How searches treat a site, on real grains and a real database.</summary>
public sealed class SearchStandingTests : IAsyncLifetime
{
    private static readonly PageRequest All = new(50, null, null);
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database);
        await _network.OpenSite();
        await _network.OpenCohort("c1");
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_site_limits_its_capacity_itself_and_only_the_operator_hides_it()
    {
        var site = _network.Grains.GetGrain<ISiteGrain>(Keys.Site(Network, "nanaimo"));
        var desk = Desk("nanaimo");
        Assert.Equal("SITE_NOT_LIMITED", (await site.Hide(new HideSite("flood", "operator"), _network.Unit())).Refusal!.Reason);
        var limited = Accepted(await site.SetLimitedCapacity(new SetLimitedCapacity(true, "flood"), _network.Unit(desk)));
        Assert.Equal("flood", limited.Limit!.Reason);

        // Whatever reaches the grain: no site hides itself, shows itself, or says where it is.
        Assert.Equal("NOT_FOUND", (await site.Hide(new HideSite("flood", "operator"), _network.Unit(desk))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await site.Describe(new DescribeSite(49.2, -123.9, ["en"], []), _network.Unit(desk))).Refusal!.Reason);
        var shown = await site.Describe(new DescribeSite(49.2, -123.9, ["en"], []), _network.Unit());
        Assert.True(Assert.Single(await Search(shown.Token!)).LimitedCapacity);

        var hidden = await site.Hide(new HideSite("flood", "authority"), _network.Unit());
        Assert.Equal(new HidingView("flood", "authority"), Accepted(hidden).Hidden);
        Assert.Empty(await Search(hidden.Token!));
        Assert.Equal("NOT_FOUND", (await site.Unhide(new UnhideSite(), _network.Unit(desk))).Refusal!.Reason);
        Assert.Empty(await Search(hidden.Token!));
        var unhidden = await site.Unhide(new UnhideSite(), _network.Unit());
        Accepted(unhidden);
        Assert.Single(await Search(unhidden.Token!));
    }

    [Fact]
    public async Task Only_the_operator_says_what_a_Nation_governs_and_authorises_and_what_is_left_out_is_revoked()
    {
        var site = _network.Grains.GetGrain<ISiteGrain>(Keys.Site(Network, "nanaimo"));
        var given = new FiguresAuthorisationView("council", NodaTime.Instant.FromUtc(2027, 1, 1, 0, 0), NodaTime.Instant.FromUtc(2027, 7, 1, 0, 0));
        Assert.Equal("NOT_FOUND", (await site.Govern(new GovernSite("a-nation", given), _network.Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal(new NationGovernanceView("a-nation", given), Accepted(await site.Govern(new GovernSite("a-nation", given), _network.Unit())).Governance);
        Assert.Equal(new NationGovernanceView("a-nation", null), Accepted(await site.Govern(new GovernSite("a-nation", null), _network.Unit())).Governance);
        Assert.Null(Accepted(await site.Govern(new GovernSite("", null), _network.Unit())).Governance);
    }

    [Fact]
    public async Task Where_a_site_is_is_told_to_its_network_and_to_the_authority_of_its_region()
    {
        var site = _network.Grains.GetGrain<ISiteGrain>(Keys.Site(Network, "nanaimo"));
        var described = await site.Describe(new DescribeSite(49.2, -123.9, [], []), _network.Unit());
        var views = _network.Grains.GetGrain<IViewsGrain>(Network);
        var region = Accepted(described).Region;
        await _network.Listed(described.Token!);
        Assert.Equal(new GeoPoint(49.2, -123.9), (await views.LocationOf(Desk("victoria"), described.Token, "nanaimo")).Place);
        Assert.NotNull((await views.LocationOf(Authority(region), described.Token, "nanaimo")).Place);
        Assert.Null((await views.LocationOf(Authority("elsewhere"), described.Token, "nanaimo")).Place);
        Assert.Null((await views.LocationOf(Operator() with { Network = "other" }, described.Token, "nanaimo")).Place);
        Assert.Null((await views.LocationOf(Operator(), described.Token, "nowhere")).Place);

        static Caller Authority(string region) => Operator() with { Scope = CallerScope.Authority, Sites = [], Regions = [region] };
    }

    private async Task<IReadOnlyList<CohortRow>> Search(string atLeast)
    {
        await _network.Listed(atLeast);
        return (await _network.Grains.GetGrain<IViewsGrain>(Network).SearchSeats(Desk("victoria"), All with { AtLeast = atLeast }, new SeatSearch(null, null, null, null, 1, Now))).Rows;
    }
}
