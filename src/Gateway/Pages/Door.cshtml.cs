using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;
using CohortName = RttNetwork.Gateway.Calls.CohortName;

namespace RttNetwork.Gateway.Pages;

/// <summary>The door of one session: whether it may open, what is to be done if not, and to take in whoever comes.</summary>
internal sealed class DoorModel(Words words) : ActingPage
{
    private static readonly LocalTimePattern TimePattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    [BindProperty]
    public string Person { get; set; } = "";

    [BindProperty]
    public string Clinician { get; set; } = "";

    [BindProperty]
    public int Systolic { get; set; }

    [BindProperty]
    public int Diastolic { get; set; }

    /// <summary>The clinician's word: of programs that leave the limit to the site nobody is in without it.</summary>
    [BindProperty]
    public bool PressureAccepted { get; set; }

    [BindProperty]
    public int Oxygen { get; set; }

    /// <summary>When they ate last, by the site's clock on the day of the session.</summary>
    [BindProperty]
    public string? Food { get; set; }

    [BindProperty]
    public string? Fluid { get; set; }

    [BindProperty]
    public bool Escort { get; set; }

    [BindProperty]
    public bool Medicines { get; set; }

    [BindProperty]
    public bool Pregnancy { get; set; }

    [BindProperty]
    public bool Item9 { get; set; }

    public SessionDoor Door { get; private set; } = null!;
    public Cohort Cohort { get; private set; } = null!;
    public DateTimeZone Zone { get; private set; } = DateTimeZone.Utc;
    public Freshness Freshness { get; private set; } = null!;

    public bool IsMedicine => Door.Session.IsMedicine();

    public Task OnGet(string site, string cohort, int number) => Load(site, cohort, number);

    public Task<IActionResult> OnPostAttended(string site, string cohort, int number) => Attendance(site, cohort, number, attended: true);

    public Task<IActionResult> OnPostMissed(string site, string cohort, int number) => Attendance(site, cohort, number, attended: false);

    public Task<IActionResult> OnPostCheckIn(string site, string cohort, int number) => Do("checked-in", async (s, id) =>
    {
        await Load(site, cohort, number);
        return (await s.Pathways.CheckInAsync(new CheckInRequest
        {
            Participant = Person,
            Cohort = Name(site, cohort),
            Session = number,
            Facilitator = Clinician,
            Checklist = new PreSessionChecklist
            {
                BloodPressure = new BloodPressureReading { Systolic = Systolic, Diastolic = Diastolic },
                BloodPressureAccepted = PressureAccepted,
                OxygenPercent = Oxygen,
                LastFoodTime = OnTheDay(Food),
                LastClearFluidTime = OnTheDay(Fluid),
                EscortNamed = Escort,
                MedicinesReviewed = Medicines,
                PregnancyQuestionAnswered = Pregnancy,
                Item9Reviewed = Item9,
            },
            RequestId = id,
        })).Token;
    }, () => Load(site, cohort, number));

    private Task<IActionResult> Attendance(string site, string cohort, int number, bool attended) => Do(attended ? "attended" : "missed", async (s, id) =>
        (await s.Pathways.RecordAttendanceAsync(new RecordAttendanceRequest { Participant = Person, Cohort = Name(site, cohort), Session = number, Attended = attended, RequestId = id })).Token, () => Load(site, cohort, number));

    private async Task Load(string site, string cohort, int number)
    {
        var session = SignedIn.Of(HttpContext);
        var name = Name(site, cohort);
        var of = session.Cohorts.GetCohortAsync(new GetCohortRequest { Name = name });
        Door = await session.Sessions.GetSessionAsync(new GetSessionRequest { Cohort = name, Session = number });
        Cohort = await of;
        Zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(Door.TimeZone) ?? DateTimeZone.Utc;
        Freshness = new Freshness(words.Moment(Cohort.AsOfTime), Cohort.Etag, "", IsLive: false, IsVersion: true);
    }

    private string Name(string site, string cohort) => new CohortName(SignedIn.Of(HttpContext).Caller.Network, site, cohort).ToString();

    /// <summary>A time that is later than the session's begin was the evening before.</summary>
    private Timestamp? OnTheDay(string? wall)
    {
        if (wall is null || TimePattern.Parse(wall) is not { Success: true, Value: var time }) return null;
        var begins = Door.Session.Begins();
        var at = begins.Date + time;
        if (at > begins) at = at.PlusDays(-1);
        return Timestamp.FromDateTimeOffset(Zone.AtLeniently(at).ToDateTimeOffset());
    }
}
