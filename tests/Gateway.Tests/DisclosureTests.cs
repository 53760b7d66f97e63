using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using CapacityBy = RttNetwork.Wire.V1.CapacityBy;
using PeopleCount = RttNetwork.Wire.V1.PeopleCount;

namespace RttNetwork.Gateway.Tests;

/// <summary>Every call that tells an authority of people follows the strictest policy of its regions, on real grains and a real database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class DisclosureTests(RealGateway gateway)
{
    /// <summary>As <see cref="RealGateway.GuardedToken"/>'s.</summary>
    private static readonly DisclosurePolicyView Guarded = DisclosurePolicyView.Least with { LivePeopleMin = 40, LiveRoundedTo = 15, PastHours = 24 };

    private Capacity.CapacityClient Client => new(gateway.Channel);
    private Referrals.ReferralsClient ReferralsClient => new(gateway.Channel);
    private string Network => gateway.North.NetworkName;
    private string Region => gateway.North.RegionName;
    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);
    private Metadata Fraser => RealGateway.Headers(gateway.FraserToken);
    private Metadata Strict => RealGateway.Headers(gateway.GuardedToken);

    [Fact]
    public async Task Capacity_is_told_by_the_policy_whichever_way_it_is_asked_for()
    {
        await Book(9);
        var exact = (await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = Region }, Operator)).Figure.SeatsOccupied.Count;
        Assert.Equal(Wire(DisclosurePolicyView.Least, exact), (await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = Region }, Fraser)).Figure.SeatsOccupied);
        var told = Wire(Guarded, exact);
        Assert.NotEqual(Wire(DisclosurePolicyView.Least, exact), told);
        Assert.Equal(told, (await Client.GetCapacityAsync(new GetCapacityRequest { Parent = Network, Region = Region }, Strict)).Figure.SeatsOccupied);
        foreach (var by in new[] { CapacityBy.ByCohort, CapacityBy.BySite, CapacityBy.ByRegion, CapacityBy.ByProgram, CapacityBy.ByNetwork })
        {
            var so = (await Client.ListCapacityAsync(new ListCapacityRequest { Parent = Network, By = by, Region = Region, PageSize = 200 }, Operator)).Figures;
            var list = (await Client.ListCapacityAsync(new ListCapacityRequest { Parent = Network, By = by, Region = Region, PageSize = 200 }, Strict)).Figures;
            Assert.NotEmpty(list);
            Same(so, list);
            using var watch = Client.WatchCapacity(new WatchCapacityRequest { Parent = Network, By = by, Region = Region }, Strict);
            Assert.True(await watch.ResponseStream.MoveNext(default));
            Same(so, watch.ResponseStream.Current.Figures);
        }

        void Same(IEnumerable<CapacityFigure> so, IEnumerable<CapacityFigure> list) => Assert.Equal(
            so.Select(f => (f.Name, Wire(Guarded, f.SeatsOccupied.Count), Wire(Guarded, f.SeatsHeld.Count), Wire(Guarded, f.WaitlistLength.Count))),
            list.Select(f => (f.Name, f.SeatsOccupied, f.SeatsHeld, f.WaitlistLength)));
    }

    [Fact]
    public async Task Referrals_are_told_by_the_policy()
    {
        var token = "";
        for (var i = 0; i < 8; i++)
        {
            var referral = new CreateReferralRequest { Parent = gateway.North.SiteName, Participant = await Person(), Target = gateway.South.SiteName, Program = "NUMINUS-GROUP", Reason = "closer-to-home", SharingConsented = true, RequestId = Samples.Id() };
            token = (await ReferralsClient.CreateReferralAsync(referral, Operator)).Token;
        }
        await gateway.Reached(Network, token, Operator);
        var (exact, fraser, strict) = (await Flows(Operator), await Flows(Fraser), await Flows(Strict));
        Assert.Equal(exact.Select(f => Told(DisclosurePolicyView.Least, f)), fraser.Select(f => (f.Status, f.Referrals, f.Suppressed)));
        Assert.Equal(exact.Select(f => Told(Guarded, f)), strict.Select(f => (f.Status, f.Referrals, f.Suppressed)));
        Assert.Contains(fraser.Zip(strict), f => !f.First.Suppressed && f.Second.Suppressed);

        async Task<List<ReferralFlow>> Flows(Metadata caller) => [.. (await ReferralsClient.ListReferralFlowsAsync(new ListReferralFlowsRequest { Parent = Network, Region = Region }, caller)).Flows];

        static (string, int, bool) Told(DisclosurePolicyView policy, ReferralFlow flow) => (flow.Status, policy.Rounded(flow.Referrals).Count, policy.Rounded(flow.Referrals).IsSuppressed);
    }

    /// <summary>Whoever asks first makes the report, and it is published: so it is the region's policy that counts, and not that of who asks.</summary>
    [Fact]
    public async Task A_report_is_made_by_the_policy_of_its_region_whoever_asks()
    {
        var site = Samples.Site(gateway.North);
        site.Region = "regions/guarded";
        var opened = await new Sites.SitesClient(gateway.Channel).CreateSiteAsync(new CreateSiteRequest { Parent = Network, SiteId = "guarded-1", Site = site, RequestId = Samples.Id() }, Operator);
        await gateway.Reached(Network, opened.Token, Operator);
        Assert.Equal(9, (await Report("regions/guarded", "2025-Q3", Operator)).PeopleMin);
        Assert.Equal(9, (await Report("regions/guarded", "2025-Q3", Strict)).PeopleMin);
        Assert.Equal(5, (await Report(Region, "2025-Q3", Strict)).PeopleMin);

        async Task<RegionReport> Report(string region, string period, Metadata caller) => await Client.GetRegionReportAsync(new GetRegionReportRequest { Parent = Network, Region = region, Period = period }, caller);
    }

    private static PeopleCount Wire(DisclosurePolicyView policy, int people) => new() { Count = policy.Rounded(people).Count, Suppressed = policy.Rounded(people).IsSuppressed };

    private async Task<string> Person()
    {
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Operator);
        await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, Operator);
        return person.Name;
    }

    /// <summary>A cohort that nobody leads and everybody may join.</summary>
    private async Task Book(int people)
    {
        var cohorts = new Cohorts.CohortsClient(gateway.Channel);
        var plan = Samples.Cohort(gateway.North);
        (plan.SeatsMin, plan.SeatsMax, plan.HoldPolicy) = (1, people, null);
        plan.Staffing.Clear();
        // When nobody else is in the room.
        for (var i = 0; i < plan.Sessions.Count; i++)
        {
            var day = new LocalDate(2033, 1, 3).PlusWeeks(i);
            (plan.Sessions[i].LocalStart.Year, plan.Sessions[i].LocalStart.Month, plan.Sessions[i].LocalStart.Day) = (day.Year, day.Month, day.Day);
        }
        var token = (await cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = gateway.North.SiteName, CohortId = "told", Cohort = plan, RequestId = Samples.Id() }, Operator)).Token;
        for (var i = 0; i < people; i++) token = (await cohorts.BookSeatAsync(new BookSeatRequest { Cohort = $"{gateway.North.SiteName}/cohorts/told", Participant = await Person(), RequestId = Samples.Id() }, Operator)).Token;
        await gateway.Reached(Network, token, Operator);
    }
}
