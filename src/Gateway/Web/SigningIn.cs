using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Gateway.Web;

/// <summary>Signing in and out: the provider's half of it, and the session in a cookie.</summary>
internal static class SigningIn
{
    public const string SessionScheme = "session";
    public const string ProviderScheme = "provider";
    public const string AccessToken = "access_token";
    public const string CallbackPath = "/signin-oidc";
    public const string SignedOutCallbackPath = "/signout-callback-oidc";
    public const string SignedOutPath = "/signed-out";

    public static void Add(IServiceCollection services, SignInOptions options)
    {
        services.AddAuthentication()
            .AddCookie(SessionScheme, cookie =>
            {
                Secure(cookie.Cookie, options, "session");
                // Not stricter: the browser comes back from the provider's site, and brings it.
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
                cookie.SlidingExpiration = false;
                // How long a browser keeps a cookie is by the machine's clock, whatever clock the rules are judged by.
                cookie.TimeProvider = TimeProvider.System;
            })
            .AddOpenIdConnect(ProviderScheme, oidc => Provider(oidc, options));
    }

    /// <summary>A cookie's name and how it may travel; where there is TLS it is bound to this host.</summary>
    public static void Secure(CookieBuilder cookie, SignInOptions options, string name)
    {
        cookie.Name = options.IsHttps ? $"__Host-rtt-{name}" : $"rtt-{name}";
        cookie.Path = "/";
        cookie.HttpOnly = true;
        cookie.SecurePolicy = options.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
    }

    private static void Provider(OpenIdConnectOptions oidc, SignInOptions options)
    {
        oidc.TimeProvider = TimeProvider.System;
        oidc.SignInScheme = SessionScheme;
        oidc.Authority = options.Authority;
        oidc.RequireHttpsMetadata = new Uri(options.Authority).Scheme == Uri.UriSchemeHttps;
        oidc.ClientId = options.ClientId;
        oidc.ClientSecret = options.ClientSecret;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.CallbackPath = CallbackPath;
        oidc.SignedOutCallbackPath = SignedOutCallbackPath;
        oidc.SignedOutRedirectUri = SignedOutPath;
        // Nobody is signed out by an address that any site can put into a frame.
        oidc.RemoteSignOutPath = PathString.Empty;
        oidc.MapInboundClaims = false;
        oidc.Scope.Clear();
        oidc.Scope.Add("openid");
        foreach (var scope in options.Scopes) oidc.Scope.Add(scope);
        foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = options.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        }
        oidc.Events = new OpenIdConnectEvents
        {
            OnTokenValidated = Keep,
            OnRedirectToIdentityProviderForSignOut = context =>
            {
                context.ProtocolMessage.ClientId = context.Options.ClientId;
                return Task.CompletedTask;
            },
            OnRemoteFailure = context =>
            {
                // The type and nothing of what came: it may have what somebody made up.
                context.HttpContext.RequestServices.GetRequiredService<ILogger<SignInOptions>>().LogWarning("Nobody was signed in: {Error}", context.Failure?.GetType().Name);
                context.Response.Redirect($"{SignedOutPath}?failed=true");
                context.HandleResponse();
                return Task.CompletedTask;
            },
        };
    }

    /// <summary>Of all that the provider says, the access token is kept, and only one that the API would take.</summary>
    private static async Task Keep(TokenValidatedContext context)
    {
        var services = context.HttpContext.RequestServices;
        var token = context.TokenEndpointResponse?.AccessToken;
        var verdict = token is null ? default : await services.GetRequiredService<BearerTokens>().Judge($"Bearer {token}", services.GetRequiredService<TimeProvider>().GetUtcNow());
        if (verdict.Caller is null) context.Fail("The access token says nothing that the network's API would take.");
        else context.Properties!.StoreTokens([new AuthenticationToken { Name = AccessToken, Value = token! }]);
    }
}
