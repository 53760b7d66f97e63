using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.IdentityModel.JsonWebTokens;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Identity;

namespace RttNetwork.Browser.Tests;

/// <summary>
/// Who gets which page, over HTTP and by a real sign-in: every route that there is, asked for by nobody, by each kind of caller, and by each kind of caller of something that is not theirs.
/// A route that is added and is not here fails.
/// </summary>
[Collection(PagesNodeTests.Name)]
public sealed class RouteTests(PagesNode node)
{
    private const string Operator = "operator", Desk = "desk-nanaimo", OtherDesk = "desk-courtenay", Authority = "authority-vancouver-island", OtherAuthority = "authority-interior";
    private static readonly string[] Everybody = [Operator, Desk, OtherDesk, Authority, OtherAuthority];

    /// <summary>Routes without which nobody could sign in or out, or read this: open to all.</summary>
    private static readonly string[] Open = ["/signed-out", "/settings"];

    /// <summary>For each route an address, and who gets it.</summary>
    private static readonly Dictionary<string, (string Address, string[] Allowed)> Routes = new(StringComparer.Ordinal)
    {
        ["/"] = ("/", Everybody),
        ["/live"] = ("/live", Everybody),
        ["/regions/{region}"] = ("/regions/vancouver-island", [Operator, Desk, OtherDesk, Authority]),
        ["/sites/{site}"] = ("/sites/nanaimo", [Operator, Desk]),
        ["/sites/{site}/cohorts/{cohort}"] = ("/sites/nanaimo/cohorts/rtt-2027-01", [Operator, Desk]),
        ["/sites/{site}/cohorts/{cohort}/sessions/{number:int}"] = ("/sites/nanaimo/cohorts/rtt-2027-01/sessions/0", [Operator, Desk]),
        ["/operations"] = ("/operations", [Operator]),
        ["/sign-out"] = ("/sign-out", Everybody),
        ["/settings"] = ("/settings", Everybody),
        ["/signed-out"] = ("/signed-out", Everybody),
    };

    [Fact]
    public void Every_route_is_here()
    {
        var pages = node.Endpoints.Where(e => e.Metadata.GetMetadata<PageActionDescriptor>() is not null || e.RoutePattern.RawText == "/live").Select(e => $"/{e.RoutePattern.RawText!.TrimStart('/')}");
        Assert.Equal(Routes.Keys.Order(StringComparer.Ordinal), pages.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_sent_to_the_provider_and_is_shown_nothing()
    {
        using var nobody = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = node.Address };
        foreach (var (route, (address, _)) in Routes)
        {
            if (Open.Contains(route)) continue;
            using var answer = await nobody.GetAsync(address);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Contains("/connect/authorize?", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
            Assert.Contains("code_challenge_method=S256", answer.Headers.Location.Query, StringComparison.Ordinal);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
            using var form = await nobody.PostAsync(address, new FormUrlEncodedContent([]));
            Assert.True(form.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.MethodNotAllowed, $"{route}: {form.StatusCode}");
        }
    }

    [Fact]
    public async Task Each_caller_gets_their_own_pages_and_no_others()
    {
        foreach (var who in Everybody)
        {
            using var client = await SignIn(who);
            foreach (var (route, (address, allowed)) in Routes)
            {
                using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
                var expected = allowed.Contains(who) ? HttpStatusCode.OK : HttpStatusCode.NotFound;
                Assert.True(answer.StatusCode == expected, $"{who} at {route}: {answer.StatusCode}");
                // What is not theirs says nothing of itself.
                if (expected == HttpStatusCode.NotFound) Assert.DoesNotContain("Departure Bay", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_form_that_did_not_come_from_a_page_does_nothing()
    {
        using var client = await SignIn(Desk);
        foreach (var (address, _) in Routes.Values)
        {
            using var answer = await client.PostAsync(address, new FormUrlEncodedContent(new Dictionary<string, string> { ["Cohort"] = PagesNode.Cohort("nanaimo", "rtt-2027-01"), ["Person"] = node.People[6] }));
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed, $"{address}: {answer.StatusCode}");
        }
    }

    /// <summary>The forms of a page ask for what the caller may do, by the same rules: a desk that sends one about another site is refused.</summary>
    [Fact]
    public async Task A_form_about_another_site_is_refused()
    {
        using var client = await SignIn(Desk);
        var page = await client.GetStringAsync("/sites/nanaimo");
        using var answer = await client.PostAsync("/sites/nanaimo?handler=Book", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["forgery"] = Forgery(page),
            ["RequestId"] = PagesNode.RequestId(),
            ["Cohort"] = PagesNode.Cohort("courtenay", "grip-2027-01"),
            ["Person"] = node.People[6],
        }));
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("PERMISSION_DENIED", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_page_says_what_a_browser_may_run_and_nobody_keeps_it()
    {
        using var client = await SignIn(Operator);
        foreach (var (route, (address, _)) in Routes)
        {
            using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.True(answer.Headers.CacheControl?.NoStore, route);
            if (route == "/live") continue;
            var body = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch("<script(?! src=\"/assets/)|<style|\\sstyle=|\\son[a-z]+=|https?://(?!www\\.w3\\.org)", body);
        }
    }

    [Fact]
    public async Task A_session_that_was_tampered_with_is_none()
    {
        var cookies = new CookieContainer();
        using var client = await SignIn(Operator, cookies);
        var session = cookies.GetCookies(node.Address)["rtt-session"]!;
        session.Value = session.Value[..^8] + "AAAAAAAA";
        using var answer = await client.GetAsync("/");
        Assert.Contains("Who are you today?", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_signs_out_is_signed_out_here_and_at_the_provider()
    {
        using var client = await SignIn(Operator);
        using var answer = await client.PostAsync("/sign-out", new FormUrlEncodedContent(new Dictionary<string, string> { ["forgery"] = Forgery(await client.GetStringAsync("/")) }));
        Assert.Equal(new Uri(node.Address, "/signed-out"), answer.RequestMessage!.RequestUri);
        Assert.Contains("You are signed out", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("Who are you today?", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    /// <summary>The token is judged for each request, and not for the first one alone; and a stream that is open ends with the next thing that it would say, after ten seconds at the latest.</summary>
    [Fact]
    public async Task A_session_is_over_at_once_when_its_token_is_revoked()
    {
        var cookies = new CookieContainer();
        using var client = await SignIn(Operator, cookies);
        Assert.Contains("Network now", await client.GetStringAsync("/"), StringComparison.Ordinal);
        var forgery = Forgery(await client.GetStringAsync("/"));
        using var open = await client.GetAsync(new Uri("/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await open.Content.ReadAsStreamAsync());
        Assert.Equal("retry: 1000", await events.ReadLineAsync());
        node.Revoke(new JsonWebToken(node.TokenOf(cookies.GetCookies(node.Address)["rtt-session"]!.Value)).Id);
        using (var stream = await client.GetAsync(new Uri("/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead)) Assert.DoesNotContain("event-stream", $"{stream.Content.Headers.ContentType}", StringComparison.Ordinal);
        using (var form = await client.PostAsync("/sign-out", new FormUrlEncodedContent(new Dictionary<string, string> { ["forgery"] = forgery }))) Assert.Equal(HttpStatusCode.Unauthorized, form.StatusCode);
        Assert.Contains("Who are you today?", await client.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Null(cookies.GetCookies(node.Address)["rtt-session"]);
        await events.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A page takes two of the sixteen streams that a client has: the ninth is told so, and does not ask again every second.</summary>
    [Fact]
    public async Task A_page_for_which_there_is_no_stream_left_asks_again_later()
    {
        using var client = await SignIn(OtherDesk);
        List<HttpResponseMessage> open = [];
        try
        {
            for (var i = 0; i < 8; i++) open.Add(await client.GetAsync(new Uri("/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead));
            Assert.EndsWith("\n\nretry: 15000\n\n", await client.GetStringAsync("/live").WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        }
        finally
        {
            open.ForEach(o => o.Dispose());
        }
    }

    /// <summary>A session is worth what its token is, whoever has sealed it.</summary>
    [Fact]
    public async Task A_session_whose_token_the_network_would_not_take_is_none()
    {
        var good = new TokenRequest("somebody", PagesNode.Network, "operator");
        foreach (var (token, expected) in new[]
        {
            (node.Mint(good), "Network now"),
            (node.Mint(good with { Lifetime = TimeSpan.FromMinutes(-5) }), "Who are you today?"),
            (node.Mint(good with { Scope = "everything" }), "Who are you today?"),
            (node.Mint(good)[..^4] + "AAAA", "Who are you today?"),
            ("", "Who are you today?"),
        })
        {
            using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = node.Address };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add("Cookie", $"rtt-session={node.SessionOf(token)}");
            using var answer = await client.SendAsync(request);
            Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Whoever_signs_in_comes_back_to_where_they_were_and_nowhere_else()
    {
        using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = node.Address };
        using var page = await Enter(client, Desk, "/sites/nanaimo?view=day&day=2027-01-12");
        Assert.Equal(new Uri(node.Address, "/sites/nanaimo?view=day&day=2027-01-12"), page.RequestMessage!.RequestUri);
        // What looks like another host is no page: nobody is asked who they are, to be sent there afterwards.
        using var nobody = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        foreach (var path in new[] { "//evil.example/", "//evil.example/regions/interior", "/\\evil.example/", "/%2F/evil.example/", "//127.0.0.1/" })
        {
            using var answer = await nobody.GetAsync(new Uri($"{node.Address.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_choice_of_language_leads_back_to_this_address_and_nowhere_else()
    {
        using var nobody = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = node.Address };
        var forgery = Forgery(await nobody.GetStringAsync("/signed-out"));
        foreach (var (back, expected) in new[]
        {
            ("/sites/nanaimo?day=2027-01-12", "/sites/nanaimo?day=2027-01-12"), ("https://evil.example/", "/"), ("//evil.example/", "/"), ("/\\evil.example/", "/"), ("\\evil.example", "/"),
            ("javascript:alert(1)", "/"), ("http:evil.example", "/"), ("/\n/evil.example", "/"), ("~//evil.example", "/"), ("", "/"),
        })
        {
            using var answer = await nobody.PostAsync("/settings", new FormUrlEncodedContent(new Dictionary<string, string> { ["forgery"] = forgery, ["language"] = "fr", ["back"] = back }));
            Assert.Equal((HttpStatusCode.Redirect, expected), (answer.StatusCode, answer.Headers.Location?.ToString()));
        }
    }

    /// <summary>Codes are taken from whoever has begun to sign in here, and from nobody else.</summary>
    [Fact]
    public async Task An_answer_of_the_provider_that_nobody_asked_for_signs_nobody_in()
    {
        var cookies = new CookieContainer();
        using var nobody = new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = node.Address };
        foreach (var query in new[] { "?code=abc&state=abc", "?code=abc", "?error=access_denied", "" })
        {
            using var answer = await nobody.GetAsync("/signin-oidc" + query);
            Assert.Equal((HttpStatusCode.Redirect, "/signed-out?failed=true"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        }
        Assert.Null(cookies.GetCookies(node.Address)["rtt-session"]);
    }

    [Fact]
    public async Task The_provider_of_a_development_network_gives_codes_to_its_pages_alone_and_runs_nowhere_else()
    {
        using var nobody = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = node.Address };
        using var challenge = await nobody.GetAsync("/");
        var asked = $"{challenge.Headers.Location}&person={Operator}";
        using (var good = await nobody.GetAsync(asked)) Assert.Contains("code=", $"{good.Headers.Location}", StringComparison.Ordinal);
        var (callback, elsewhere) = (Uri.EscapeDataString(new Uri(node.Address, "/signin-oidc").ToString()), Uri.EscapeDataString("https://evil.example/"));
        foreach (var wrong in new[]
        {
            asked.Replace(callback, elsewhere, StringComparison.Ordinal),
            asked.Replace("client_id=rtt-pages", "client_id=another", StringComparison.Ordinal),
            Regex.Replace(asked, "&code_challenge=[^&]+", ""),
            $"{new Uri(challenge.Headers.Location!, "/connect/logout")}?post_logout_redirect_uri={elsewhere}",
        })
        {
            Assert.NotEqual(asked, wrong);
            using var answer = await nobody.GetAsync(wrong);
            Assert.DoesNotMatch("evil|[?&]code=", $"{answer.Headers.Location}");
            Assert.False(answer.IsSuccessStatusCode, wrong);
        }
        await Assert.ThrowsAsync<InvalidOperationException>(() => IdentityHost.Start(new IdentityOptions { EnvironmentName = "Production", Port = 0, ClientId = "rtt-pages", Client = node.Address, People = [] }));
    }

    /// <summary>A day that somebody wrote into the address is turned to if there can be something on it, and is no error.</summary>
    [Theory]
    [InlineData("9999-12-31")]
    [InlineData("-9998-01-01")]
    [InlineData("2027-13-45")]
    [InlineData("<script>")]
    public async Task A_calendar_of_a_day_that_cannot_be_is_the_one_that_is_next(string day)
    {
        using var client = await SignIn(Desk);
        var next = await client.GetStringAsync("/sites/nanaimo");
        using var answer = await client.GetAsync($"/sites/nanaimo?day={Uri.EscapeDataString(day)}&view={Uri.EscapeDataString("x\"><script>")}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(Week(next), Week(page));
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);

        static string Week(string page) => Regex.Match(page, "id=\"calendar\">([^<]+)<").Groups[1].Value;
    }

    private static string Forgery(string page) => Regex.Match(page, "name=\"forgery\" type=\"hidden\" value=\"([^\"]+)\"").Groups[1].Value;

    private async Task<HttpClient> SignIn(string who, CookieContainer? cookies = null)
    {
        var client = new HttpClient(new HttpClientHandler { CookieContainer = cookies ?? new CookieContainer() }) { BaseAddress = node.Address };
        using var page = await Enter(client, who, "/");
        Assert.Equal(node.Address, page.RequestMessage!.RequestUri);
        return client;
    }

    /// <summary>Asks for a page and says at the provider who it is.</summary>
    private static async Task<HttpResponseMessage> Enter(HttpClient client, string who, string address)
    {
        using var provider = await client.GetAsync(address);
        var link = Regex.Matches(await provider.Content.ReadAsStringAsync(), "href=\"([^\"]+)\"").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).Single(l => l.EndsWith($"&person={who}", StringComparison.Ordinal));
        return await client.GetAsync(new Uri(provider.RequestMessage!.RequestUri!, link));
    }
}
