using Microsoft.Playwright;

namespace RttNetwork.Browser.Tests;

/// <summary>What somebody does who has no mouse.</summary>
internal static class Keyboard
{
    /// <summary>More stops than any page has.</summary>
    private const int StopsMax = 250;

    /// <summary>Presses Tab until the element has the focus, as somebody does who looks for it.</summary>
    public static async Task TabTo(this IPage page, ILocator locator)
    {
        for (var stop = 0; stop < StopsMax; stop++)
        {
            if (await locator.EvaluateAsync<bool>("e => e === document.activeElement")) return;
            await page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"Nobody gets to {locator} by Tab.");
    }

    /// <summary>Goes to a link or a button and presses Enter.</summary>
    public static async Task Press(this IPage page, ILocator locator)
    {
        await page.TabTo(locator);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Goes to a list and chooses the option that begins with what is typed.</summary>
    public static async Task Choose(this IPage page, ILocator list, string text)
    {
        await page.TabTo(list);
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>Goes to a field for a time of the day and types hours, minutes and half of the day.</summary>
    public static async Task Time(this IPage page, ILocator field, string digits)
    {
        await page.TabTo(field);
        await page.Keyboard.TypeAsync(digits);
    }

    /// <summary>Goes to a field and types.</summary>
    public static async Task Type(this IPage page, ILocator field, string text)
    {
        await page.TabTo(field);
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync(text);
    }
}
