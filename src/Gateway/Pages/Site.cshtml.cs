using Microsoft.AspNetCore.Mvc;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;
using SiteName = RttNetwork.Gateway.Calls.SiteName;

namespace RttNetwork.Gateway.Pages;

/// <param name="Number">Its place in the cohort's plan.</param>
internal sealed record CalendarEntry(Cohort Cohort, int Number, RttNetwork.Wire.V1.Session Session)
{
    public string Room => Session.Virtual ? "" : Session.Room.Length > 0 ? Session.Room : Cohort.Room;
}

/// <summary>One site, for its front desk: the week's rooms and sessions, seats, who waits, referrals; and to book, hold and refer.</summary>
internal sealed class SiteModel(Words words, TimeProvider time) : ActingPage
{
    /// <summary>Of a site with more cohorts that are not over, those that begin first.</summary>
    private const int CohortsMax = 24;

    /// <summary>The calendar is turned to days so far from today, and to no others.</summary>
    private const int DaysFromToday = 3660;

    private static readonly LocalDatePattern DayPattern = LocalDatePattern.Iso;

    public const string Daily = "day", Weekly = "week";

    /// <summary>What can be done from pages, as the keys of texts.</summary>
    public static readonly IReadOnlyList<string> Deeds = ["booked", "held", "cancelled", "released", "referred", "accepted", "declined", "received", "attended", "missed", "checked-in"];

    public static readonly IReadOnlyList<string> Reasons = ["closer-to-home", "no-seat-here", "program-not-offered", "language", "accessibility", "person-wishes", "clinical"];

    [BindProperty(SupportsGet = true)]
    public string? Day { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? View { get; set; }

    /// <summary>What a form is about, besides its id.</summary>
    [BindProperty]
    public string Cohort { get; set; } = "";

    [BindProperty]
    public string Person { get; set; } = "";

    [BindProperty]
    public string Target { get; set; } = "";

    [BindProperty]
    public string Reason { get; set; } = "";

    [BindProperty]
    public string Program { get; set; } = "";

    [BindProperty]
    public bool Consented { get; set; }

    [BindProperty]
    public string Referral { get; set; } = "";

    public Site Site { get; private set; } = null!;
    public DateTimeZone Zone { get; private set; } = DateTimeZone.Utc;
    public IReadOnlyList<Cohort> Cohorts { get; private set; } = [];

    /// <summary>Cohorts that are not over; more than are shown when there are many.</summary>
    public int CohortsInAll { get; private set; }
    public IReadOnlyList<(Cohort Cohort, WaitListEntry Entry)> Waiting { get; private set; } = [];
    public IReadOnlyList<(Cohort Cohort, Seat Seat)> Held { get; private set; } = [];
    public IReadOnlyList<ReferralSummary> In { get; private set; } = [];
    public IReadOnlyList<ReferralSummary> Out { get; private set; } = [];
    public IReadOnlyList<Participant> People { get; private set; } = [];
    public IReadOnlyList<Site> Others { get; private set; } = [];
    public IReadOnlyList<CalendarEntry> Calendar { get; private set; } = [];
    public LocalDate Today { get; private set; }
    public LocalDate From { get; private set; }
    public bool IsDay => View == Daily;
    public Freshness Freshness { get; private set; } = null!;

    public Task OnGet(string site) => Load(site);

    public Task<IActionResult> OnPostBook(string site) => Do("booked", async (s, id) => (await s.Cohorts.BookSeatAsync(new BookSeatRequest { Cohort = Cohort, Participant = PersonName, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostHold(string site) => Do("held", async (s, id) => (await s.Cohorts.HoldSeatAsync(new HoldSeatRequest { Cohort = Cohort, Participant = PersonName, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostRelease(string site) => Do("released", async (s, id) => (await s.Cohorts.ReleaseSeatAsync(new ReleaseSeatRequest { Cohort = Cohort, Participant = PersonName, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostAcceptOffer(string site) => Do("booked", async (s, id) => (await s.WaitLists.AcceptOfferAsync(new AcceptOfferRequest { Cohort = Cohort, Participant = PersonName, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostDeclineOffer(string site) => Do("declined", async (s, id) => (await s.WaitLists.DeclineOfferAsync(new DeclineOfferRequest { Cohort = Cohort, Participant = PersonName, Reason = "not-now", RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostRefer(string site) => Do("referred", async (s, id) => (await s.Referrals.CreateReferralAsync(new CreateReferralRequest
    {
        Parent = $"{s.Network}/sites/{site}",
        Participant = PersonName,
        Target = Target,
        Program = Program,
        Reason = Reason,
        Form = "self",
        SharingConsented = Consented,
        RequestId = id,
    })).Token, () => Load(site));

    public Task<IActionResult> OnPostReceive(string site) => Do("received", async (s, id) => (await s.Referrals.ReceiveReferralAsync(new ReceiveReferralRequest { Name = Referral, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostAccept(string site) => Do("accepted", async (s, id) => (await s.Referrals.AcceptReferralAsync(new AcceptReferralRequest { Name = Referral, Cohort = Cohort, RequestId = id })).Token, () => Load(site));

    public Task<IActionResult> OnPostDecline(string site) => Do("declined", async (s, id) => (await s.Referrals.DeclineReferralAsync(new DeclineReferralRequest { Name = Referral, Reason = Reason, RequestId = id })).Token, () => Load(site));

    /// <summary>A person's id, or their whole name.</summary>
    private string PersonName => Person.Contains('/', StringComparison.Ordinal) ? Person : $"{SignedIn.Of(HttpContext).Network}/participants/{Person.Trim()}";

    public IEnumerable<CalendarEntry> On(LocalDate day) => Calendar.Where(e => e.Session.Begins().Date == day).OrderBy(e => e.Session.Begins());

    private async Task Load(string site)
    {
        var session = SignedIn.Of(HttpContext);
        var name = new SiteName(session.Caller.Network, site).ToString();
        var people = session.Participants.ListParticipantsAsync(new ListParticipantsRequest { Parent = name, PageSize = 200, AtLeast = AtLeast });
        var incoming = session.Referrals.ListReferralsAsync(new ListReferralsRequest { Parent = name, PageSize = 200, AtLeast = AtLeast });
        var outgoing = session.Referrals.ListReferralsAsync(new ListReferralsRequest { Parent = name, Outgoing = true, PageSize = 200, AtLeast = AtLeast });
        var others = session.AllSites("");
        Site = await session.Sites.GetSiteAsync(new GetSiteRequest { Name = name });
        Zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(Site.TimeZone) ?? DateTimeZone.Utc;
        var now = Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(Zone).LocalDateTime;
        Today = now.Date;
        var (listed, last) = await session.AllCohorts(name, AtLeast);
        var current = listed.Where(c => Words.Local(c.LastDay) >= Today).OrderBy(c => Words.Local(c.FirstDay)).ThenBy(c => c.Name, StringComparer.Ordinal).Select(c => c.Name).ToList();
        CohortsInAll = current.Count;
        Cohorts = await Task.WhenAll(current.Take(CohortsMax).Select(c => session.Cohorts.GetCohortAsync(new GetCohortRequest { Name = c }).ResponseAsync));
        var seats = await Task.WhenAll(Cohorts.Select(c => session.Cohorts.ListSeatsAsync(new ListSeatsRequest { Parent = c.Name }).ResponseAsync));
        var lists = await Task.WhenAll(Cohorts.Select(c => session.WaitLists.ListWaitListAsync(new ListWaitListRequest { Cohort = c.Name }).ResponseAsync));
        Held = [.. Cohorts.Zip(seats).SelectMany(c => c.Second.Seats.Where(s => s is { State: SeatState.Held, Offer: false }).Select(s => (c.First, s)))];
        Waiting = [.. Cohorts.Zip(lists).SelectMany(c => c.Second.Entries.Select(e => (c.First, e)))];
        (In, Out) = ([.. (await incoming).Referrals], [.. (await outgoing).Referrals]);
        People = [.. (await people).Participants];
        Others = [.. (await others).Where(s => s.Name != name).OrderBy(s => s.DisplayName, StringComparer.Ordinal)];
        Calendar = [.. Cohorts.SelectMany(c => c.Sessions.Select((s, i) => new CalendarEntry(c, i, s)))];
        // Without a day it opens where something happens next.
        var next = Calendar.Where(e => e.Session.Ends() >= now).Select(e => e.Session.Begins().Date).DefaultIfEmpty(Today).Min();
        var day = Day is { } said && DayPattern.Parse(said) is { Success: true, Value: var asked } && Math.Abs(Period.DaysBetween(Today, asked)) <= DaysFromToday ? asked : next;
        From = IsDay ? day : day.PlusDays(1 - (int)day.DayOfWeek);
        Freshness = new Freshness(words.Moment(Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time.GetUtcNow())), last.Token, "", IsLive: false);
    }

    public static string Text(LocalDate day) => DayPattern.Format(day);
}
