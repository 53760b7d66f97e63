using System.Globalization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using RttNetwork.Gateway.Calls;

namespace RttNetwork.Gateway.Web;

/// <summary>The pages of the network (docs/adr/0022): rendered here, for people who are signed in.</summary>
internal static class RttPages
{
    public static void AddRttPages(this IServiceCollection services, GatewayOptions options)
    {
        if (options.SignIn is not { } signIn) return;
        services.AddSingleton<LocalMethods>();
        services.AddSingleton<LocalCalls>();
        services.AddSingleton<Assets>();
        services.AddSingleton<Live>();
        SigningIn.Add(services, signIn);
        services.AddPageKeys(options);
        services.AddAntiforgery(forgery =>
        {
            SigningIn.Secure(forgery.Cookie, signIn, "forgery");
            forgery.Cookie.SameSite = SameSiteMode.Strict;
            forgery.FormFieldName = "forgery";
        });
        services.AddLocalization();
        services.AddSingleton<Words>();
        services.AddRazorPages(pages => pages.Conventions.AddFolderApplicationModelConvention("/", page => page.Filters.Add(new ProblemFilter())))
            .AddApplicationPart(typeof(RttPages).Assembly);
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
    }

    public static void AddPageKeys(this IServiceCollection services, GatewayOptions options)
    {
        services.AddDataProtection().SetApplicationName("rtt");
        services.Configure<KeyManagementOptions>(keys => (keys.XmlRepository, keys.AutoGenerateKeys) = (new PageKeys(options), false));
    }

    public static void MapRttPages(this WebApplication app)
    {
        // A web application would put these before every call of the API, which has its own.
        foreach (var middleware in new[] { "__AuthenticationMiddlewareSet", "__AuthorizationMiddlewareSet" }) ((IApplicationBuilder)app).Properties[middleware] = true;
        if (app.Services.GetRequiredService<GatewayOptions>().SignIn is not { } signIn) return;
        var headers = new PageHeaders(signIn);
        app.UseWhen(IsPage, page =>
        {
            page.Use(headers.Write);
            page.Use(InLanguage);
            page.UseAuthentication();
            page.UseMiddleware<PageSessions>();
        });
        app.MapRazorPages().WithMetadata(PageMark.Instance);
        app.MapGet("/live", app.Services.GetRequiredService<Live>().Serve).WithMetadata(PageMark.Instance);
        app.Services.GetRequiredService<Assets>().Map(app);
    }

    private static bool IsPage(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<PageMark>() is not null || http.Request.Path == SigningIn.CallbackPath || http.Request.Path == SigningIn.SignedOutCallbackPath;

    private static Task InLanguage(HttpContext http, RequestDelegate next)
    {
        CultureInfo.CurrentUICulture = Display.Of(http).Culture;
        return next(http);
    }

    /// <summary>Endpoints that are pages or belong to them.</summary>
    private sealed class PageMark
    {
        public static readonly PageMark Instance = new();
    }
}
