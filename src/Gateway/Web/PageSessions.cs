using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Calls;

namespace RttNetwork.Gateway.Web;

/// <summary>
/// Before each page: who asks. The session holds the access token that the provider gave, sealed; it is judged anew for every request, by what judges the API's tokens, so that a
/// page's caller is exactly the API's: network, scope, sites, regions, and when it ends or is revoked.
/// </summary>
internal sealed class PageSessions(RequestDelegate next, BearerTokens tokens, LocalCalls calls, TimeProvider time, ILogger<PageSessions> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var isOpen = http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        switch (await Recognise(http))
        {
            case Standing.SignedIn:
                await next(http);
                break;
            case Standing.Unknown when !isOpen:
                http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                break;
            case var _ when isOpen:
                await next(http);
                break;
            // A stream and a form cannot go by way of the provider: whoever sent them begins with a page.
            case var _ when !HttpMethods.IsGet(http.Request.Method) || http.Request.Headers.Accept == "text/event-stream":
                http.Response.StatusCode = StatusCodes.Status401Unauthorized;
                break;
            default:
                await Challenge(http);
                break;
        }
    }

    private enum Standing
    {
        SignedIn,
        SignedOut,
        /// <summary>The token cannot be judged at the moment.</summary>
        Unknown,
    }

    private async Task<Standing> Recognise(HttpContext http)
    {
        var ticket = await http.AuthenticateAsync(SigningIn.SessionScheme);
        if (!ticket.Succeeded || ticket.Properties.GetTokenValue(SigningIn.AccessToken) is not { } token) return Standing.SignedOut;
        var authorization = $"Bearer {token}";
        var verdict = await tokens.Judge(authorization, time.GetUtcNow());
        if (verdict.Caller is { } caller)
        {
            http.User = ticket.Principal;
            http.Features.Set(new SignedIn(caller, calls.With(authorization, http.RequestAborted)));
            return Standing.SignedIn;
        }
        if (verdict.Failure!.IsPassing) return Standing.Unknown;
        await http.SignOutAsync(SigningIn.SessionScheme);
        return Standing.SignedOut;
    }

    private async Task Challenge(HttpContext http)
    {
        try
        {
            await http.ChallengeAsync(SigningIn.ProviderScheme, new AuthenticationProperties { RedirectUri = $"{http.Request.Path}{http.Request.QueryString}" });
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException)
        {
            logger.LogError("The identity provider cannot be reached: {Error}", e.GetType().Name);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }
}
