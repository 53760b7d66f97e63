using Microsoft.AspNetCore.Mvc.RazorPages;
using NodaTime;
using RttNetwork.Gateway.Web;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Pages;

/// <param name="What">The key of what is to be done.</param>
/// <param name="Who">Whose it is.</param>
/// <param name="Until">Null where no time is set.</param>
internal sealed record Duty(string What, string About, string? Address, string Who, Google.Protobuf.WellKnownTypes.Timestamp? Until, int Count);

/// <summary>"Network now": where seats are open, which sessions are at risk, and who must do what.</summary>
internal sealed class IndexModel(Words words, TimeProvider time) : PageModel
{
    /// <summary>Of overdue referrals the most urgent ones.</summary>
    private const int OverdueMax = 50;

    public NetworkNow Now { get; private set; } = null!;

    public IReadOnlyDictionary<string, Cell> Cells { get; private set; } = new Dictionary<string, Cell>();

    public IReadOnlyList<Duty> Duties { get; private set; } = [];

    public async Task OnGet()
    {
        var session = SignedIn.Of(HttpContext);
        Now = await NetworkNow.Read(session, Instant.FromDateTimeOffset(time.GetUtcNow()));
        Cells = Now.Cells(words);
        var mayOpen = session.May("/rtt.v1.Cohorts/GetCohort");
        Duties =
        [
            .. Now.AtRisk.Select(r => new Duty("duty.staff", r.Cohort.Id, mayOpen && IsWithinReach(session, r.Cohort.Site) ? Addresses.Cohort(r.Cohort.Name) : null, SiteTitle(r.Cohort.Site), null, r.Sessions)),
            .. await Overdue(session),
        ];
    }

    public string SiteTitle(string site) => Now.Sites.TryGetValue(site, out var found) ? found.DisplayName : site[(site.LastIndexOf('/') + 1)..];

    /// <summary>Referrals that nobody has decided in time, of the sites that the caller acts for.</summary>
    private async Task<IEnumerable<Duty>> Overdue(SignedIn session)
    {
        if (!session.May("/rtt.v1.Referrals/ListReferrals")) return [];
        var sites = session.Caller.Scope is Contracts.Units.CallerScope.Operator ? ["-"] : session.Caller.Sites;
        var overdue = new List<ReferralSummary>();
        foreach (var site in sites)
        {
            var answer = await session.Referrals.ListReferralsAsync(new ListReferralsRequest { Parent = $"{session.Network}/sites/{site}", PageSize = 200 });
            overdue.AddRange(answer.Referrals.Where(r => r.Overdue));
        }
        return overdue.OrderBy(r => r.DueTime).Take(OverdueMax).Select(r => new Duty("duty.referral", r.Name[(r.Name.LastIndexOf('/') + 1)..], Addresses.Site(r.Target), SiteTitle(r.Target), r.DueTime, 1));
    }

    private static bool IsWithinReach(SignedIn session, string site) =>
        session.Caller.Scope is Contracts.Units.CallerScope.Operator || session.Caller.Sites.Contains(site[(site.LastIndexOf('/') + 1)..]);
}
