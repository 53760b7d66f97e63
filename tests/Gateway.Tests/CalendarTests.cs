using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Calendars;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using IcsCalendar = Ical.Net.Calendar;

namespace RttNetwork.Gateway.Tests;

/// <summary>Feeds of sessions: what stands in them, read back by the library that calendar programs are made with, and who may read them.</summary>
public sealed class CalendarTests
{
    private static readonly CalendarRow Row = new(
        "north", "North Clinic", "rtt-2027-01", "w02-medicine-p1", "RTT-KaT-12", "medicine", "Medicine session", new LocalDateTime(2027, 1, 12, 10, 30), "America/Vancouver",
        Instant.FromUtc(2027, 1, 12, 17, 30), Instant.FromUtc(2027, 1, 12, 21, 30), "hall", 1, false, 3, Instant.FromUtc(2026, 12, 1, 17, 0));

    [Theory]
    [InlineData("America/Vancouver", 2027, 1, 12, 17, 30)]
    [InlineData("America/Toronto", 2027, 1, 12, 15, 30)]
    [InlineData("America/St_Johns", 2027, 1, 12, 14, 0)]
    [InlineData("America/Regina", 2027, 7, 6, 16, 30)]
    [InlineData("America/Denver", 2027, 7, 6, 16, 30)]
    public void A_session_is_read_back_at_its_wall_time_in_its_zone(string zone, int year, int month, int day, int hourUtc, int minuteUtc)
    {
        var start = Instant.FromUtc(year, month, day, hourUtc, minuteUtc);
        var row = Row with { TimeZone = zone, LocalStart = new LocalDateTime(year, month, day, 10, 30), StartsAt = start, EndsAt = start + NodaTime.Duration.FromHours(4) };
        var text = Write(row);
        var read = Read(text);
        var @event = Assert.Single(read.Events);
        Assert.Equal(zone, @event.DtStart!.TzId);
        Assert.Equal(new System.DateTime(year, month, day, 10, 30, 0), @event.DtStart.Value);
        Assert.Equal(start.ToDateTimeUtc(), @event.DtStart.AsUtc);
        Assert.Equal((start + NodaTime.Duration.FromHours(4)).ToDateTimeUtc(), @event.DtEnd!.AsUtc);
        // The zone is written out too, with the offset of that day, for programs that know it by an older database.
        var component = Assert.Single(read.TimeZones);
        Assert.Equal(zone, component.TzId);
        var offset = DateTimeZoneProviders.Tzdb[zone].GetUtcOffset(start).ToTimeSpan();
        Assert.Contains($"TZOFFSETTO:-{offset:hhmm}", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_keeps_its_uid_and_is_cancelled_by_a_later_sequence()
    {
        var first = Assert.Single(Read(Write(Row)).Events);
        var later = Assert.Single(Read(Write(Row with { Cancelled = true, Revision = 4 })).Events);
        Assert.Equal(first.Uid, later.Uid);
        Assert.Equal(("CONFIRMED", "CANCELLED"), (first.Status, later.Status));
        Assert.True(later.Sequence > first.Sequence);
        Assert.NotEqual(first.Uid, Assert.Single(Read(Write(Row with { Session = "w02-medicine-p2" })).Events).Uid);
        Assert.Equal("RTT-KaT-12: Medicine session, pod 1", first.Summary);
        Assert.Contains("hall, North Clinic", first.Location, StringComparison.Ordinal);
        // The same rows are the same bytes.
        Assert.Equal(Write(Row), Write(Row));
    }

    [Fact]
    public async Task A_link_opens_its_calendar_until_it_is_revoked_and_its_secret_is_in_no_log()
    {
        var hashes = new ConcurrentDictionary<string, string>();
        var grains = new FakeGrains();
        grains.On<ISiteGrain>("MakeCalendarLink", (key, args) =>
        {
            var command = (MakeCalendarLink)args[0]!;
            hashes[command.Link] = command.Hash;
            return Hosting.Views.Accepted(new CalendarLinkList([.. hashes.Keys]));
        });
        grains.On<ISiteGrain>("RevokeCalendarLink", (key, args) =>
        {
            hashes.TryRemove(((RevokeCalendarLink)args[0]!).Link, out _);
            return Hosting.Views.Accepted(new CalendarLinkList([.. hashes.Keys]));
        });
        grains.On<ISiteGrain>("OpenCalendar", (key, args) => Hosting.Views.Found(key == "demo/s-north" && hashes.Values.Contains((string)args[0]!) ? new CalendarOwner("North Clinic") : null));
        CalendarSearch? asked = null;
        grains.On<IViewsGrain>("Calendar", (key, args) =>
        {
            asked = (CalendarSearch)args[0]!;
            return Task.FromResult(new Page<CalendarRow>([Row], null, "1.1", false));
        });
        var logs = new Lines();
        await using var host = await GatewayHost.Start(grains, logging: logs);
        var client = new Wire.V1.Calendars.CalendarsClient(host.Channel);
        var headers = RealGateway.Headers(host.Issuer.Mint(new TokenRequest("ops", "demo", "operator")));
        var request = new CreateCalendarLinkRequest { Parent = "networks/demo", Owner = "networks/demo/sites/north", RequestId = Samples.Id() };
        var link = await client.CreateCalendarLinkAsync(request, headers);
        // The same request again has the same address; another has another; what is kept is neither.
        Assert.Equal(link.Path, (await client.CreateCalendarLinkAsync(request, headers)).Path);
        var other = await client.CreateCalendarLinkAsync(new CreateCalendarLinkRequest(request) { RequestId = Samples.Id() }, headers);
        Assert.NotEqual(link.Path, other.Path);
        var secret = link.Path[(link.Path.LastIndexOf('/') + 1)..^4];
        Assert.True(secret.Length == 43 && hashes.Values.All(h => !h.Contains(secret, StringComparison.Ordinal)));

        using var opened = await host.Http.GetAsync(link.Path);
        Assert.Equal((HttpStatusCode.OK, "text/calendar"), (opened.StatusCode, opened.Content.Headers.ContentType!.MediaType));
        Assert.Single(Read(await opened.Content.ReadAsByteArrayAsync()).Events);
        Assert.Equal(("north", "", CalendarFeed.SessionsMax), (asked!.Site, asked.Facilitator, asked.Max));
        Assert.True(asked.To - asked.From <= NodaTime.Duration.FromDays(500));
        // What has not changed is not sent again.
        using var again = new HttpRequestMessage(HttpMethod.Get, link.Path);
        again.Headers.IfNoneMatch.Add(opened.Headers.ETag!);
        using var unchanged = await host.Http.SendAsync(again);
        Assert.Equal((HttpStatusCode.NotModified, 0), (unchanged.StatusCode, (await unchanged.Content.ReadAsByteArrayAsync()).Length));

        // Guesses, another owner's address, another kind, and nonsense are all not there.
        foreach (var path in new[] { link.Path.Replace(secret, new string('A', 43), StringComparison.Ordinal), link.Path.Replace("north", "south", StringComparison.Ordinal), link.Path.Replace("/demo/", "/demo2/", StringComparison.Ordinal), link.Path.Replace("sites", "regions", StringComparison.Ordinal), link.Path[..^4], "/calendars/demo/sites/-x-/a.ics" })
        {
            using var refused = await host.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        await client.RevokeCalendarLinkAsync(new RevokeCalendarLinkRequest { Parent = "networks/demo", Owner = request.Owner, Id = link.Id, RequestId = Samples.Id() }, headers);
        using var revoked = await host.Http.GetAsync(link.Path);
        Assert.Equal(HttpStatusCode.NotFound, revoked.StatusCode);
        using var stands = await host.Http.GetAsync(other.Path);
        Assert.Equal(HttpStatusCode.OK, stands.StatusCode);
        Assert.DoesNotContain(logs.All, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Feeds_are_bounded_in_number_whoever_asks()
    {
        var grains = new FakeGrains();
        grains.On<ISiteGrain>("OpenCalendar", (_, _) => Hosting.Views.Found<CalendarOwner>(null));
        await using var host = await GatewayHost.Start(grains, options => options with { CallsPerSecondMax = 10, CallsBurstMax = 5 });
        var path = CalendarAddress.PathOf("demo", CalendarAddress.Sites, "north", new string('A', 43));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++)
        {
            using var answer = await host.Http.GetAsync(path);
            statuses.Add(answer.StatusCode);
        }
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(HttpStatusCode.NotFound, statuses[0]);
    }

    private static byte[] Write(CalendarRow row) => CalendarText.Write("demo", "North Clinic", [row], DateTimeZoneProviders.Tzdb);

    private static IcsCalendar Read(byte[] text) => IcsCalendar.Load(Encoding.UTF8.GetString(text))!;

    /// <summary>Everything that anybody logs, at any level that the gateway lets through.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue($"{formatter(state, exception)} {exception}");
        public void Dispose() { }
    }
}
