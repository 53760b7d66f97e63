using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace RttNetwork.Identity;

/// <summary>
/// The identity provider of a development network: authorisation code and PKCE, with a page of names in the place of passwords. It keeps nothing: codes are sealed, and its keys
/// last as long as it runs. The access tokens are those that the network's API takes; it is told how they are made.
/// </summary>
public static class IdentityHost
{
    private const string AuthorizePath = "connect/authorize";
    private const string EndSessionPath = "connect/logout";

    /// <summary>Starts it; its address is in <see cref="WebApplication.Urls"/>.</summary>
    /// <exception cref="InvalidOperationException">This is not development.</exception>
    public static async Task<WebApplication> Start(IdentityOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.EnvironmentName != "Development")
            throw new InvalidOperationException($"The environment is {options.EnvironmentName}: an identity provider that asks for no password is for development only.");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = options.EnvironmentName });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Services.AddOpenIddict().AddServer(server => SetUp(server, options));
        var app = builder.Build();
        app.UseAuthentication();
        app.MapMethods($"/{AuthorizePath}", ["GET", "POST"], (HttpContext http) => Authorize(http, options));
        app.MapMethods($"/{EndSessionPath}", ["GET", "POST"], () => TypedResults.SignOut(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]));
        app.MapGet(SignInPage.StylePath, () => TypedResults.Text(SignInPage.Style, "text/css"));
        await app.StartAsync(cancel);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, IdentityOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 64 * 1024;
        kestrel.Listen(IPAddress.Loopback, options.Port);
    }

    private static void SetUp(OpenIddictServerBuilder server, IdentityOptions options)
    {
        // No store behind it: what a store would judge is judged below.
        server.EnableDegradedMode();
        server.SetAuthorizationEndpointUris(AuthorizePath).SetTokenEndpointUris("connect/token").SetEndSessionEndpointUris(EndSessionPath);
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
        server.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough();
        var (callback, signedOut) = (new Uri(options.Client, "signin-oidc").ToString(), new Uri(options.Client, "signout-callback-oidc").ToString());
        server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.ClientId != options.ClientId) context.Reject(Errors.InvalidClient, "There is no such client.");
            else if (context.RedirectUri != callback) context.Reject(Errors.InvalidRequest, "The client is not there.");
            return ValueTask.CompletedTask;
        }));
        server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.ClientId != options.ClientId) context.Reject(Errors.InvalidClient, "There is no such client.");
            return ValueTask.CompletedTask;
        }));
        server.AddEventHandler<ValidateEndSessionRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.PostLogoutRedirectUri is { } uri && uri != signedOut) context.Reject(Errors.InvalidRequest, "The client is not there.");
            return ValueTask.CompletedTask;
        }));
        server.AddEventHandler<GenerateTokenContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.TokenType == TokenTypeIdentifiers.AccessToken) context.Token = options.People.Single(p => p.Id == context.Principal.GetClaim(Claims.Subject)).AccessToken();
            return ValueTask.CompletedTask;
        }).SetOrder(OpenIddictServerHandlers.Protection.GenerateIdentityModelToken.Descriptor.Order - 1));
    }

    /// <summary>A request has been found good: who is it? Every choice is a link that repeats the request and adds a name; nothing is remembered, so nothing can be forged.</summary>
    private static Results<SignInHttpResult, ContentHttpResult> Authorize(HttpContext http, IdentityOptions options)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (options.People.FirstOrDefault(p => p.Id == (string?)request["person"]) is not { } person)
        {
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Content(SignInPage.Of(options.People, $"/{AuthorizePath}", request), "text/html; charset=utf-8");
        }
        var identity = new ClaimsIdentity("development", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, person.Id);
        identity.SetClaim(Claims.Name, person.Title);
        identity.SetScopes(request.GetScopes());
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        return TypedResults.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }
}
