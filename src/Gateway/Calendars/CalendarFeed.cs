using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;

namespace RttNetwork.Gateway.Calendars;

/// <summary>
/// GET of a calendar: whoever has the address of a link that stands gets the sessions of its owner, from a month ago to a good year ahead. What is wrong with
/// an address is nobody's to know: it is not there. No address is written to a log, here or by the frameworks.
/// </summary>
internal sealed class CalendarFeed(IGrainFactory grains, CallLimits limits, TimeProvider time, ILogger<CalendarFeed> logger)
{
    /// <summary>Sessions of one feed.</summary>
    public const int SessionsMax = 2_000;

    public static readonly Duration Before = Duration.FromDays(31);
    public static readonly Duration Ahead = Duration.FromDays(400);

    /// <summary>Calendar programs ask every few hours; sooner than this nothing new is to be had.</summary>
    private const int FreshForSeconds = 300;

    /// <summary>All feeds together are one client: a flood of guesses takes nothing from those who call with a token.</summary>
    private static readonly Caller Anybody = new("-", "calendars", CallerScope.System, [], [], "calendar");

    public async Task Serve(HttpContext http)
    {
        if (!limits.TryEnter())
        {
            Refuse(http, StatusCodes.Status503ServiceUnavailable, 1);
            return;
        }
        try
        {
            if (limits.Count(Anybody) is { } often) Refuse(http, StatusCodes.Status429TooManyRequests, Math.Max(1, (int)Math.Ceiling(often.RetryAfter?.TotalSeconds ?? 1)));
            else await Answer(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && e is not OutOfMemoryException)
        {
            logger.LogError("A calendar failed with {Error}", e.GetType().FullName);
            Refuse(http, StatusCodes.Status503ServiceUnavailable, 10);
        }
        finally
        {
            limits.Leave();
        }
    }

    private async Task Answer(HttpContext http)
    {
        var route = http.Request.RouteValues;
        if (CalendarAddress.Read(route["network"] as string, route["kind"] as string, route["id"] as string, route["secret"] as string) is not var (owner, secret))
        {
            Refuse(http, StatusCodes.Status404NotFound);
            return;
        }
        var (network, id, isSite) = (Keys.NetworkOf(owner), Keys.IdOf(owner), Keys.KindOf(owner) == StreamKind.Site);
        var hash = CalendarAddress.HashOf(secret);
        var opened = isSite ? await grains.Of<ISiteGrain>(owner).OpenCalendar(hash) : await grains.Of<IFacilitatorGrain>(owner).OpenCalendar(hash);
        if (opened.Value is null)
        {
            Refuse(http, opened.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status404NotFound, opened.Unavailable ? 1 : null);
            return;
        }
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var page = await grains.Of<IViewsGrain>(network).Calendar(new CalendarSearch(isSite ? id : "", isSite ? "" : id, now - Before, now + Ahead, SessionsMax));
        var body = CalendarText.Write(network, isSite ? opened.Value.DisplayName : id, page.Rows, DateTimeZoneProviders.Tzdb);
        var etag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"");
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = etag;
        headers.CacheControl = new CacheControlHeaderValue { Private = true, MaxAge = TimeSpan.FromSeconds(FreshForSeconds) };
        // The address is a secret: nobody whom a link in the calendar leads to is to learn it.
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(etag, useStrongComparison: false)))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        http.Response.ContentType = "text/calendar; charset=utf-8";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static void Refuse(HttpContext http, int status, int? retryAfterSeconds = null)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        if (retryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Not the JSON of the calls: a calendar program shows nobody a body.
        http.Response.ContentLength = 0;
    }
}
