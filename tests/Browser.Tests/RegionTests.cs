using System.Globalization;
using Microsoft.Playwright;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>A region's page: what its capacity was in the last weeks, as each caller is told it.</summary>
[Collection(PagesNodeTests.Name)]
public sealed class RegionTests(PagesNode node)
{
    private const string Operator = "Network operator", Desk = "Front desk of nanaimo", Authority = "Health authority of vancouver-island", Region = "vancouver-island";

    /// <summary>The last Sunday before the first of December 2026.</summary>
    private static readonly DateOnly Last = new(2026, 11, 29);

    private static readonly DateOnly[] Sundays = [.. Enumerable.Range(0, 12).Select(n => Last.AddDays(7 * (n - 11)))];

    private static readonly Dictionary<string, TokenRequest> Callers = new(StringComparer.Ordinal)
    {
        [Operator] = new TokenRequest("trend-operator", PagesNode.Network, "operator"),
        [Desk] = new TokenRequest("trend-desk", PagesNode.Network, "site") { Sites = ["nanaimo"] },
        [Authority] = new TokenRequest("trend-authority", PagesNode.Network, "authority") { Regions = [Region] },
    };

    [Theory]
    [InlineData(Operator)]
    [InlineData(Desk)]
    [InlineData(Authority)]
    public async Task The_last_twelve_weeks_are_the_history_of_capacity_as_the_same_caller_is_told_it(string who)
    {
        var page = await node.Page(who);
        await page.GotoAsync($"/regions/{Region}");
        var history = await History(who);
        // They were opened in the second of these weeks.
        Assert.Equal(PagesNode.WeeksOpen, history.Count);
        Assert.Equal(
            Sundays.Select(day => history.TryGetValue(day, out var f) ? $"{Text(day)} | {f.SeatsStaffedOpen} | {People(f.SeatsOccupied)} | {People(f.SeatsHeld)}" : $"{Text(day)} | no cohort"),
            await Rows(page));
        // A column for each week that there is something of, as high as seats were open; a dot for each number of people that is told.
        var bars = await page.Locator("svg.trend rect.bar").EvaluateAllAsync<double[]>("bars => bars.map(b => +b.getAttribute('height'))");
        Assert.Equal(history.Count, bars.Length);
        var open = history.OrderBy(h => h.Key).Select(h => (double)h.Value.SeatsStaffedOpen).ToList();
        foreach (var (bar, seats) in bars.Zip(open)) Assert.Equal(seats / open[0], bar / bars[0], 0.01);
        Assert.Equal(history.Values.Count(f => f.SeatsOccupied is { Suppressed: false }), await page.Locator("svg.trend circle").CountAsync());
    }

    /// <summary>Seats are told exactly; people to nobody but the operator and their own site.</summary>
    [Fact]
    public async Task An_authority_is_shown_no_exact_number_of_people_of_any_week()
    {
        var exact = await History(Operator);
        Assert.Contains(exact.Values, f => f.SeatsOccupied.Count is > 0 and <= 7);
        Assert.Contains(exact.Values, f => f.SeatsOccupied.Count > 7 && f.SeatsOccupied.Count % 5 != 0);
        var page = await node.Page(Authority);
        await page.GotoAsync($"/regions/{Region}");
        var shown = (await Rows(page)).Select(r => r.Split(" | ")).Where(r => r.Length == 4).ToDictionary(r => r[0], r => r[2..], StringComparer.Ordinal);
        foreach (var (day, figure) in exact) Assert.Equal([Rounded(figure.SeatsOccupied.Count), Rounded(figure.SeatsHeld.Count)], shown[Text(day)]);
        // Nor by the height of a dot: each is at a number that the table says.
        var told = shown.Values.Select(r => r[0]).Where(r => int.TryParse(r, out _)).Distinct().Count();
        var heights = await page.Locator("svg.trend circle").EvaluateAllAsync<string[]>("dots => dots.map(d => d.getAttribute('cy'))");
        Assert.Equal(told, heights.Distinct().Count());
    }

    /// <summary>On the narrowest screen what is written in the picture can be read, and nothing of it is on other words.</summary>
    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public async Task The_picture_of_the_weeks_can_be_read_on_the_narrowest_screen(string language)
    {
        var page = await node.Page(Operator, language, "dark", 320);
        await page.GotoAsync($"/regions/{Region}");
        var boxes = await page.Locator("svg.trend text").EvaluateAllAsync<double[][]>("texts => texts.map(t => t.getBoundingClientRect()).map(b => [b.left, b.right, b.top, b.bottom])");
        Assert.Equal(6, boxes.Length);
        Assert.All(boxes, box => Assert.InRange(box[3] - box[2], 9, 40));
        Assert.All(boxes, box => Assert.InRange(box[0], 0, box[1]));
        Assert.All(boxes, box => Assert.InRange(box[1], box[0], 320));
        for (var i = 0; i < boxes.Length; i++)
        {
            for (var j = i + 1; j < boxes.Length; j++)
                Assert.True(boxes[i][1] <= boxes[j][0] || boxes[j][1] <= boxes[i][0] || boxes[i][3] <= boxes[j][2] || boxes[j][3] <= boxes[i][2], $"texts {i} and {j} are on each other");
        }
    }

    private async Task<Dictionary<DateOnly, CapacityFigure>> History(string who)
    {
        using var client = node.Client(Callers[who]);
        var answer = await client.Capacity.ListCapacityHistoryAsync(new ListCapacityHistoryRequest
        {
            Parent = $"networks/{PagesNode.Network}",
            By = CapacityBy.ByRegion,
            Region = $"regions/{Region}",
            Grain = HistoryGrain.ByCivilWeek,
            From = Wire(Sundays[0]),
            To = Wire(Last),
            PageSize = 200,
        });
        Assert.Empty(answer.NextPageToken);
        return answer.Rows.ToDictionary(r => new DateOnly(r.Day.Year, r.Day.Month, r.Day.Day), r => r.Figure);
    }

    private static Task<string[]> Rows(IPage page) =>
        page.Locator("section[aria-labelledby=trend] tbody tr").EvaluateAllAsync<string[]>("rows => rows.map(r => [...r.children].map(c => c.textContent.trim()).join(' | '))");

    private static string Text(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private static string People(PeopleCount? people) => people is null ? "–" : people.Suppressed ? "few" : people.Count.ToString(CultureInfo.InvariantCulture);

    private static string Rounded(int people) => people is > 0 and <= 7 ? "few" : ((people + 2) / 5 * 5).ToString(CultureInfo.InvariantCulture);

    private static Google.Type.Date Wire(DateOnly day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };
}
