using Microsoft.Playwright;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>"Network now" while it is looked at.</summary>
[Collection(PagesNodeTests.Name)]
public sealed class LiveTests(PagesNode node)
{
    private static readonly string Cohort = PagesNode.Cohort("nanaimo", "rtt-2027-01");

    [Theory]
    [InlineData("Network operator")]
    [InlineData("Front desk of courtenay")]
    [InlineData("Health authority of vancouver-island")]
    public async Task A_booking_is_on_the_page_without_its_being_loaded_again(string who)
    {
        var page = await node.Page(who);
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator("#live-state")).ToHaveTextAsync("Live");
        var open = page.Locator("[data-cell='open.vancouver-island']");
        var before = int.Parse(await open.InnerTextAsync());
        await page.EvaluateAsync("() => { window.isTheSame = true; }");
        var person = node.People[0];
        await node.Operator.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = Cohort, Participant = person, RequestId = PagesNode.RequestId() });
        try
        {
            // How soon is measured by `rtt bench`.
            await Assertions.Expect(open).ToHaveTextAsync((before - 1).ToString());
            Assert.True(await page.EvaluateAsync<bool>("window.isTheSame"));
            Assert.Equal(before - 1, int.Parse(await page.Locator("[data-cell='day.vancouver-island.0']").InnerTextAsync()));
        }
        finally
        {
            await node.Operator.Cohorts.CancelSeatAsync(new CancelSeatRequest { Cohort = Cohort, Participant = person, Reason = "person-cancelled", RequestId = PagesNode.RequestId() });
        }
        await Assertions.Expect(open).ToHaveTextAsync(before.ToString());
    }

    [Fact]
    public async Task Without_script_the_page_says_the_same_and_is_made_anew_by_itself()
    {
        var signedIn = await node.Page("Network operator");
        await using var context = await node.Browser.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = false, BaseURL = node.Address.ToString(), StorageState = await signedIn.Context.StorageStateAsync() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        Assert.Equal("30", await page.Locator("meta[http-equiv=refresh]").GetAttributeAsync("content"));
        Assert.Equal("As loaded", await page.Locator("#live-state").InnerTextAsync());
        Assert.NotEqual("0", await page.Locator("[data-cell='open.vancouver-island']").InnerTextAsync());
    }

    [Fact]
    public async Task A_page_without_its_stream_says_so()
    {
        var page = await node.Page("Network operator");
        await page.RouteAsync("**/live", route => route.AbortAsync());
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator("#live-state")).ToHaveTextAsync("Not live: trying again");
    }

    /// <summary>A browser asks again by itself for a stream that was lost, and not for one that was refused.</summary>
    [Fact]
    public async Task A_page_whose_stream_was_refused_asks_again_and_is_live()
    {
        var page = await node.Page("Network operator");
        var asked = 0;
        await page.RouteAsync("**/live", route => Interlocked.Increment(ref asked) == 1 ? route.FulfillAsync(new RouteFulfillOptions { Status = 503 }) : route.ContinueAsync());
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator("#live-state")).ToHaveTextAsync("Not live: trying again");
        await Assertions.Expect(page.Locator("#live-state")).ToHaveTextAsync("Live");
        Assert.Equal(2, asked);
    }
}
