using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using RttNetwork.Gateway.Web;

namespace RttNetwork.Gateway.Pages;

/// <summary>Keeps the language and the theme that somebody chose, in their browser.</summary>
[AllowAnonymous]
internal sealed class SettingsModel(GatewayOptions options) : PageModel
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    public IActionResult OnGet() => Redirect("/");

    public IActionResult OnPost(string? language, string? theme, string? back)
    {
        if (language is not null && Display.Languages.Contains(language)) Keep(Display.LanguageCookie, language);
        if (theme is not null && Display.Themes.Contains(theme)) Keep(Display.ThemeCookie, theme);
        return LocalRedirect(Url.IsLocalUrl(back) ? back : "/");
    }

    private void Keep(string cookie, string value) => Response.Cookies.Append(cookie, value, new CookieOptions
    {
        MaxAge = Kept,
        HttpOnly = true,
        IsEssential = true,
        SameSite = SameSiteMode.Lax,
        Secure = options.SignIn!.IsHttps || Request.IsHttps,
    });
}
