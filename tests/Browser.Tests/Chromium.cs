using Microsoft.Playwright;

namespace RttNetwork.Browser.Tests;

/// <summary>Debian's Chromium, to look at the pages of one node with, and those who are signed in there.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>Milliseconds after which a test that waits for a page has failed.</summary>
    private const float Patience = 60_000;

    private readonly Dictionary<string, string> _signedIn = new(StringComparer.Ordinal);
    private readonly IPlaywright _playwright;
    private readonly Uri _address;

    private Chromium(IPlaywright playwright, IBrowser browser, Uri address) => (_playwright, Browser, _address) = (playwright, browser, address);

    public IBrowser Browser { get; }

    public static async Task<Chromium> Start(Uri address)
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return new Chromium(playwright, browser, address);
    }

    /// <summary>A page of somebody who is signed in.</summary>
    public async Task<IPage> Page(string who, string language = "en", string theme = "light", int width = 1280)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions { StorageState = await SignedIn(who), ViewportSize = new ViewportSize { Width = width, Height = 900 }, BaseURL = _address.ToString() });
        context.SetDefaultTimeout(Patience);
        await context.AddCookiesAsync([Choice("rtt-language", language), Choice("rtt-theme", theme)]);
        return await context.NewPageAsync();

        Cookie Choice(string name, string value) => new() { Name = name, Value = value, Url = _address.ToString() };
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>Signs in once, by the provider's page.</summary>
    private async Task<string> SignedIn(string who)
    {
        if (_signedIn.TryGetValue(who, out var state)) return state;
        await using var context = await Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = _address.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await page.GetByText(who, new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.WaitForURLAsync(_address.ToString());
        return _signedIn[who] = await context.StorageStateAsync();
    }
}
