using Microsoft.Playwright;

namespace RttNetwork.Browser.Tests;

/// <summary>Signing in through the provider, and out again, by keyboard.</summary>
[Collection(PagesNodeTests.Name)]
public sealed class SignInTests(PagesNode node)
{
    [Fact]
    public async Task Somebody_signs_in_sees_the_network_and_signs_out()
    {
        await using var context = await node.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = node.Address.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await page.Press(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Network operator" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("Network now");

        var cookies = await context.CookiesAsync();
        Assert.All(cookies.Where(c => c.Name.StartsWith("rtt-", StringComparison.Ordinal)), c => Assert.True(c.HttpOnly, c.Name));
        Assert.Equal(SameSiteAttribute.Lax, Assert.Single(cookies, c => c.Name == "rtt-session").SameSite);
        Assert.Equal(SameSiteAttribute.Strict, Assert.Single(cookies, c => c.Name == "rtt-forgery").SameSite);

        await page.Press(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign out" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("You are signed out");
        Assert.DoesNotContain(await context.CookiesAsync(), c => c.Name == "rtt-session");
        await page.GotoAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("Who are you today?");
    }

    [Fact]
    public async Task The_first_stop_of_a_page_leads_past_the_navigation()
    {
        var page = await node.Page("Network operator");
        await page.GotoAsync("/");
        await page.Keyboard.PressAsync("Tab");
        var skip = page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Skip to the content" });
        await Assertions.Expect(skip).ToBeFocusedAsync();
        await Assertions.Expect(skip).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Language_and_colours_are_chosen_by_keyboard_and_stay()
    {
        var page = await node.Page("Network operator");
        await page.GotoAsync("/");
        await page.Press(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Français" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 })).ToHaveTextAsync("Réseau maintenant");
        await page.Press(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sombre" }));
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "fr");
        Assert.Equal("dark", await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).colorScheme"));
    }
}
