using Microsoft.AspNetCore.Mvc.RazorPages;
using NodaTime;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;
using CohortName = RttNetwork.Gateway.Calls.CohortName;

namespace RttNetwork.Gateway.Pages;

/// <param name="Members">Who counts.</param>
/// <param name="Each">People for each member; 0 when there is only a minimum.</param>
internal sealed record RoleStanding(string Role, int Members, int NotCounted, int Each, int MembersMin)
{
    /// <summary>People that the role carries; null when no ratio says.</summary>
    public int? Carries => Each > 0 ? Members * Each : null;

    public bool IsShort(int people) => Members < MembersMin || Carries < people;
}

/// <param name="Stage">Where on the pathway; empty when another site leads it.</param>
internal sealed record PersonInCohort(string Id, int Pod, SeatState State, string Stage, Google.Protobuf.WellKnownTypes.Timestamp? HeldUntil, bool IsOffer);

/// <summary>One cohort: its weeks as a picture, who leads it, who is in it, and who waits for it.</summary>
internal sealed class CohortModel(Words words) : PageModel
{
    public Cohort Cohort { get; private set; } = null!;
    public Site Site { get; private set; } = null!;
    public DateTimeZone Zone { get; private set; } = DateTimeZone.Utc;
    public IReadOnlyList<RoleStanding> Staff { get; private set; } = [];
    public IReadOnlyList<PersonInCohort> People { get; private set; } = [];
    public IReadOnlyList<WaitListEntry> Waiting { get; private set; } = [];
    public Weeks Weeks { get; private set; } = null!;
    public Freshness Freshness { get; private set; } = null!;

    public async Task OnGet(string site, string cohort)
    {
        var session = SignedIn.Of(HttpContext);
        var name = new CohortName(session.Caller.Network, site, cohort).ToString();
        var seats = session.Cohorts.ListSeatsAsync(new ListSeatsRequest { Parent = name });
        var waiting = session.WaitLists.ListWaitListAsync(new ListWaitListRequest { Cohort = name });
        var at = session.Sites.GetSiteAsync(new GetSiteRequest { Name = $"{session.Network}/sites/{site}" });
        Cohort = await session.Cohorts.GetCohortAsync(new GetCohortRequest { Name = name });
        Site = await at;
        Zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(Site.TimeZone) ?? DateTimeZone.Utc;
        var now = Instant.FromDateTimeOffset(Cohort.AsOfTime.ToDateTimeOffset());
        Weeks = new Weeks(Cohort, now.InZone(Zone).LocalDateTime);
        Staff = [.. Cohort.Staffing.Select(StandingOf)];
        Waiting = [.. (await waiting).Entries];
        // The door of the next session knows where everybody is on the pathway.
        var door = Cohort.Sessions.Count == 0 ? null : await session.Sessions.GetSessionAsync(new GetSessionRequest { Cohort = name, Session = Weeks.Next ?? Cohort.Sessions.Count - 1 });
        var stages = door?.People.ToDictionary(p => p.Participant, p => p.Stage, StringComparer.Ordinal) ?? [];
        People = [.. (await seats).Seats.OrderBy(s => s.Pod).ThenBy(s => s.Participant, StringComparer.Ordinal)
            .Select(s => new PersonInCohort(s.Participant[(s.Participant.LastIndexOf('/') + 1)..], s.Pod, s.State, stages.GetValueOrDefault(s.Participant, ""), s.HoldExpireTime, s.Offer))];
        Freshness = new Freshness(words.Moment(Cohort.AsOfTime), Cohort.Etag, "", IsLive: false, IsVersion: true);
    }

    private RoleStanding StandingOf(StaffingRequirement role)
    {
        var mine = Cohort.Facilitators.Where(f => f.Role == role.Role).ToList();
        return new RoleStanding(role.Role, mine.Count(f => f.Counted), mine.Count(f => !f.Counted), role.ParticipantsPerMember, role.MembersMin);
    }
}
