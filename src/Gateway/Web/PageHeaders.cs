using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Gateway.Web;

/// <summary>What every page says to the browser: nothing runs, loads or frames it but what comes from here, and nobody keeps it.</summary>
internal sealed class PageHeaders(SignInOptions options)
{
    // Signing out leads on to the provider.
    private readonly string _policy =
        $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self' {new Uri(options.Authority).GetLeftPart(UriPartial.Authority)}; base-uri 'none'; frame-ancestors 'none'";

    public Task Write(HttpContext http, RequestDelegate next)
    {
        if (options.PublicAddress is { } address)
        {
            // Whatever a proxy in front says: this is where the browser is.
            http.Request.Scheme = address.Scheme;
            http.Request.Host = HostString.FromUriComponent(address);
        }
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = _policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        if (options.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
        return next(http);
    }
}
