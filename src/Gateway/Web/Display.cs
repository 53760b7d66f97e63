using System.Globalization;

namespace RttNetwork.Gateway.Web;

/// <summary>How somebody wants to see pages: language and theme, each a cookie of this browser; else what the browser says.</summary>
internal sealed record Display(string Language, string Theme)
{
    public const string LanguageCookie = "rtt-language";
    public const string ThemeCookie = "rtt-theme";

    public static readonly IReadOnlyList<string> Languages = ["en", "fr"];
    public static readonly IReadOnlyList<string> Themes = ["auto", "light", "dark"];

    private static readonly Dictionary<string, CultureInfo> Cultures = Languages.ToDictionary(l => l, l => new CultureInfo(l), StringComparer.Ordinal);

    public CultureInfo Culture => Cultures[Language];

    public static Display Of(HttpContext http)
    {
        var request = http.Request;
        var language = request.Cookies[LanguageCookie] is { } chosen && Languages.Contains(chosen) ? chosen : Preferred(request);
        var theme = request.Cookies[ThemeCookie] is { } named && Themes.Contains(named) ? named : Themes[0];
        return new Display(language, theme);
    }

    private static string Preferred(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(l => l.Quality ?? 1)
            .Select(l => l.Value.ToString().Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(Languages.Contains) ?? Languages[0];
}
