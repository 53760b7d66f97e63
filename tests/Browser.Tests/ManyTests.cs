using System.Net;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>Where there is more than a page, or a client's streams, has room for: what is left out is said, and nothing is said that is not so.</summary>
[Collection(PagesNodeTests.Name)]
public sealed partial class ManyTests(PagesNode node)
{
    /// <summary>As many as a page of the wire has, and more: the site's page goes on to the next.</summary>
    private const int Cohorts = 230;

    /// <summary>Those that begin first, of all that are not over, however many there are and whatever they are called.</summary>
    [Fact]
    public async Task A_site_with_more_cohorts_than_its_page_shows_says_how_many_there_are_and_shows_those_that_begin_first()
    {
        // A network of its own: no other test sees it.
        const string network = "networks/many", site = $"{network}/sites/many";
        using var planner = node.Client(new TokenRequest("planner", "many", "operator"));
        await planner.Sites.CreateSiteAsync(new CreateSiteRequest { Parent = network, SiteId = "many", Site = new Site { DisplayName = "Many", Region = "regions/elsewhere", Jurisdiction = "CA-BC", TimeZone = "America/Vancouver" }, RequestId = PagesNode.RequestId() });
        await planner.Sites.CreateRoomAsync(new CreateRoomRequest { Parent = site, RoomId = "hall", Room = new Room { DisplayName = "Hall", Occupancy = 20 }, RequestId = PagesNode.RequestId() });
        // On the first day of these the network's clock stands; in an order that is not that of their names.
        var today = new DateOnly(2026, 12, 1);
        await Open("over", today.AddDays(-9));
        await Parallel.ForEachAsync(Enumerable.Range(0, Cohorts), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await Open(Name(i), today.AddDays(40 + i)));
        // One that has begun, and ends today, is not over.
        var token = await Open("running", today.AddDays(-9), today);
        // Asked again until the lists have come so far.
        await planner.Cohorts.ListCohortsAsync(new ListCohortsRequest { Parent = site, PageSize = 1, AtLeast = token });

        using var desk = Session(new TokenRequest("desk", "many", "site") { Sites = ["many"] });
        foreach (var (language, said) in new[] { ("en", $"There are {Cohorts + 1}: of those that are not over, here and in the calendar are the 24 that begin first."), ("fr", $"Il y en a {Cohorts + 1}") })
        {
            desk.DefaultRequestHeaders.Remove("Accept-Language");
            desk.DefaultRequestHeaders.Add("Accept-Language", language);
            var page = WebUtility.HtmlDecode(await desk.GetStringAsync($"/sites/many?at={token}"));
            string[] expected = ["running", .. Enumerable.Range(0, 23).Select(Name)];
            Assert.Equal(expected, CohortLinks().Matches(page).Select(m => m.Groups[1].Value));
            Assert.Equal(expected, CohortOptions().Matches(page[page.IndexOf("id=\"book\"", StringComparison.Ordinal)..page.IndexOf("id=\"refer\"", StringComparison.Ordinal)]).Select(m => m.Groups[1].Value));
            Assert.Contains(said, page, StringComparison.Ordinal);
        }
        // Of a site that is shown whole nothing of it is said.
        using var other = Session(new TokenRequest("desk", PagesNode.Network, "site") { Sites = ["nanaimo"] });
        Assert.DoesNotContain("begin first", await other.GetStringAsync("/sites/nanaimo"), StringComparison.Ordinal);

        static string Name(int begins) => $"c{begins * 37 % Cohorts:000}";

        async Task<string> Open(string id, params DateOnly[] days) => (await planner.Cohorts.CreateCohortAsync(new CreateCohortRequest
        {
            Parent = site,
            CohortId = id,
            Cohort = new Cohort
            {
                DisplayName = id,
                Program = "GRIP-8",
                TemplateVersion = 1,
                Room = $"{site}/rooms/hall",
                SeatsMin = 1,
                SeatsMax = 4,
                Sessions =
                {
                    days.Select(d => new Session
                    {
                        Kind = "group",
                        LocalStart = new Google.Type.DateTime { Year = d.Year, Month = d.Month, Day = d.Day, Hours = id == "running" ? 20 : 17 },
                        Duration = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
                        Turnover = Duration.FromTimeSpan(TimeSpan.FromMinutes(10)),
                    }),
                },
                IntakeCloseTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(days[0], default, TimeSpan.Zero)),
            },
            RequestId = PagesNode.RequestId(),
        })).Token;
    }

    /// <summary>
    /// All of its regions and no others, however many they are. Each takes two streams of the client's sixteen: with eight the page is live, and with more it is loaded anew by itself and does
    /// not say that it is.
    /// </summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(60, false)]
    public async Task An_authority_of_many_regions_is_shown_all_of_them_and_its_page_is_live_as_far_as_its_streams_go(int regions, bool isLive)
    {
        // The last of them are real.
        string[] real = ["vancouver-island", "interior", "fraser"];
        string[] all = [.. Enumerable.Range(0, Math.Max(0, regions - real.Length)).Select(i => $"region-{i}"), .. real.Take(regions)];
        using var authority = Session(new TokenRequest($"many-{regions}", PagesNode.Network, "authority") { Regions = all });
        var page = await authority.GetStringAsync("/");
        Assert.Equal(all.Intersect(real).Order(StringComparer.Ordinal), RegionRows().Matches(page).Select(m => m.Groups[1].Value).Distinct());
        Assert.Equal(all.Take(4), RegionLinks().Matches(page[page.IndexOf("<nav", StringComparison.Ordinal)..page.IndexOf("</nav>", StringComparison.Ordinal)]).Select(m => m.Groups[1].Value));
        foreach (var region in real.Append("northern"))
        {
            using var answer = await authority.GetAsync($"/regions/{region}");
            Assert.Equal(all.Contains(region) ? HttpStatusCode.OK : HttpStatusCode.NotFound, answer.StatusCode);
        }

        Assert.Equal(isLive, page.Contains("data-live=\"/live\"", StringComparison.Ordinal));
        Assert.Equal(isLive, page.Contains("<noscript><meta http-equiv=\"refresh\"", StringComparison.Ordinal));
        Assert.Contains("<meta http-equiv=\"refresh\" content=\"30\">", page, StringComparison.Ordinal);
        if (!isLive) return;
        // A booking is told: nothing is refused of what the stream is made of.
        using var stream = new StreamReader(await authority.GetStreamAsync("/live"));
        await Until("data: {");
        var (cohort, person) = (PagesNode.Cohort("nanaimo", "rtt-2027-01"), node.People[7]);
        await node.Operator.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = cohort, Participant = person, RequestId = PagesNode.RequestId() });
        try
        {
            await Until("\"open.vancouver-island\"");
        }
        finally
        {
            await node.Operator.Cohorts.CancelSeatAsync(new CancelSeatRequest { Cohort = cohort, Participant = person, Reason = "person-cancelled", RequestId = PagesNode.RequestId() });
        }

        async Task Until(string said)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            while (await stream.ReadLineAsync(patience.Token) is { } line)
            {
                Assert.NotEqual("retry: 15000", line);
                if (line.Contains(said, StringComparison.Ordinal)) return;
            }
            Assert.Fail("The stream has ended.");
        }
    }

    private HttpClient Session(TokenRequest who)
    {
        var client = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = node.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"rtt-session={node.SessionOf(node.Mint(who))}");
        return client;
    }

    [GeneratedRegex("<th scope=\"row\"><a href=\"/sites/many/cohorts/([^\"]+)\">")]
    private static partial Regex CohortLinks();

    [GeneratedRegex("<option value=\"networks/many/sites/many/cohorts/([^\"]+)\"")]
    private static partial Regex CohortOptions();

    [GeneratedRegex("<th scope=\"row\"><a href=\"/regions/([^\"]+)\">")]
    private static partial Regex RegionRows();

    [GeneratedRegex("href=\"/regions/([^\"]+)\"")]
    private static partial Regex RegionLinks();
}
