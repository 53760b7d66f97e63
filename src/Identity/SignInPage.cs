using System.Text;
using System.Text.Encodings.Web;
using OpenIddict.Abstractions;

namespace RttNetwork.Identity;

/// <summary>The page that lists who can be signed in.</summary>
internal static class SignInPage
{
    public const string StylePath = "/sign-in.css";

    public const string Style = """
        :root { color-scheme: light dark; --text: light-dark(#1c2530, #e6ebf0); --quiet: light-dark(#52606d, #a5b1bd); --page: light-dark(#f5f7f8, #12181d); --card: light-dark(#fff, #1b232a); --line: light-dark(#d5dce2, #33404b); --accent: light-dark(#0b6b66, #63cdc4); }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
        main { max-width: 34rem; margin: 10vh auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
        p { color: var(--quiet); margin: 0 0 1.5rem; }
        ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
        a { display: block; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: inherit; text-decoration: none; }
        a strong { color: var(--accent); display: block; }
        a:hover { border-color: var(--accent); }
        a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        """;

    public static string Of(IReadOnlyList<Person> people, string path, OpenIddictRequest request)
    {
        var parameters = string.Join('&', request.GetParameters().Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString((string?)p.Value ?? "")}"));
        var page = new StringBuilder($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign in: development</title><link rel="stylesheet" href="{StylePath}"></head>
            <body><main><h1>Who are you today?</h1><p>This is the identity provider of a development network. It asks for no password, and does not run anywhere else.</p><ul>
            """);
        foreach (var person in people)
        {
            page.Append("<li><a href=\"").Append(HtmlEncoder.Default.Encode($"{path}?{parameters}&person={Uri.EscapeDataString(person.Id)}")).Append("\"><strong>")
                .Append(HtmlEncoder.Default.Encode(person.Title)).Append("</strong>").Append(HtmlEncoder.Default.Encode(person.Id)).Append("</a></li>");
        }
        return page.Append("</ul></main></body></html>").ToString();
    }
}
