using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace RttNetwork.Browser.Tests;

/// <summary>Every page in both languages, both themes and two widths: WCAG 2.2 AA as far as a machine can tell, and nothing that is wider than the screen.</summary>
[Collection(PagesNodeTests.Name)]
public sealed class AccessibilityTests(PagesNode node)
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    private static readonly object Wcag = new { type = "tag", values = new[] { "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa" } };

    /// <summary>What depends on colours: the other theme of a page that was judged by all rules differs in nothing else.</summary>
    private static readonly object Colours = new { type = "rule", values = new[] { "color-contrast", "link-in-text-block" } };

    /// <summary>No page has frames: it is judged where it is, by a script that is there once for all its themes.</summary>
    private const string Violations =
        "async rules => (await axe.run(document, { runOnly: rules, resultTypes: ['violations'] })).violations.map(v => `${v.id}, ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`)";

    /// <summary>Where somebody sees each page, and what its picture in the documents is named.</summary>
    private static readonly (string Name, string Who, string Address)[] Pages =
    [
        ("network", "Network operator", "/"),
        ("network-authority", "Health authority of vancouver-island", "/"),
        ("region", "Network operator", "/regions/vancouver-island"),
        ("cohort", "Network operator", "/sites/nanaimo/cohorts/rtt-2027-01"),
        ("operations", "Network operator", "/operations"),
        ("site", "Front desk of nanaimo", "/sites/nanaimo"),
        ("site-day", "Front desk of nanaimo", "/sites/nanaimo?view=day&day=2027-01-12"),
        ("door", "Front desk of nanaimo", "/sites/nanaimo/cohorts/rtt-2027-01/sessions/0"),
        ("problem", "Front desk of nanaimo", "/sites/courtenay"),
        ("signed-out", "Network operator", "/signed-out"),
    ];

    /// <summary>What these pages are judged by finds what it is there for: markup by all rules, and colours in the theme in which they are wrong.</summary>
    [Fact]
    public async Task What_stands_in_the_way_is_found()
    {
        var page = await node.Page("Network operator");
        await page.GotoAsync("/");
        await page.EvaluateAsync(Axe);
        Assert.Empty(await Wrong(page, "light", Wcag));
        await page.EvaluateAsync("() => { const image = document.createElement('img'); image.src = '/assets/none'; document.querySelector('main').append(image); }");
        Assert.StartsWith("image-alt", Assert.Single(await Wrong(page, "light", Wcag)), StringComparison.Ordinal);
        await page.EvaluateAsync("() => { document.querySelector('main img').remove(); const text = document.createElement('p'); text.textContent = 'Grey'; text.style.color = '#555'; document.querySelector('main').append(text); }");
        Assert.Empty(await Wrong(page, "light", Wcag));
        Assert.StartsWith("color-contrast", Assert.Single(await Wrong(page, "dark", Colours)), StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData("en", 1280)]
    [InlineData("en", 320)]
    [InlineData("fr", 1280)]
    [InlineData("fr", 320)]
    public async Task Nothing_stands_in_the_way_of_anybody(string language, int width)
    {
        var wrong = new ConcurrentQueue<string>();
        List<Task> looking = [];
        foreach (var byWho in Pages.GroupBy(p => p.Who)) looking.Add(Look(await node.Page(byWho.Key, language, "light", width), byWho));
        await Task.WhenAll(looking);
        Assert.Empty(wrong);

        async Task Look(IPage page, IEnumerable<(string Name, string Who, string Address)> pages)
        {
            page.Console += (_, message) =>
            {
                if (message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal)) wrong.Enqueue(message.Text);
            };
            foreach (var (name, _, address) in pages)
            {
                await page.GotoAsync(address);
                if (await page.Locator("html").GetAttributeAsync("lang") != language) wrong.Enqueue($"{name}: not in {language}");
                await page.EvaluateAsync(Axe);
                foreach (var (theme, rules) in new[] { ("light", Wcag), ("dark", Colours) })
                {
                    foreach (var violation in await Wrong(page, theme, rules)) wrong.Enqueue($"{name}, {theme}: {violation}");
                    await Keep(page, $"{name}-{language}-{theme}-{width}");
                }
                var over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
                if (over > 0) wrong.Enqueue($"{name}: {over} px wider than the screen");
            }
            await page.Context.CloseAsync();
        }
    }

    private static async Task<string[]> Wrong(IPage page, string theme, object rules)
    {
        await page.EvaluateAsync("theme => document.documentElement.dataset.theme = theme", theme);
        return await page.EvaluateAsync<string[]>(Violations, rules);
    }

    /// <summary>Pictures, for whoever asks for them with RTT_SCREENSHOTS, the folder that they go to.</summary>
    private static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("RTT_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
