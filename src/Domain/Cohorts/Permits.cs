using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Cohorts;

/// <summary>The cohort's copy of what its site is permitted to do was brought up to date (rule 26).</summary>
/// <param name="SiteVersion">The site's version that it was taken at: an older copy never replaces a newer one.</param>
/// <param name="NotPermitted">Medicine sessions whose route the site may not give on their day (rule 25), by their place in the plan, from 0.</param>
[EventName("permits-copied/1")]
public sealed record PermitsCopied(int SiteVersion, ImmutableArray<int> NotPermitted) : IEvent;

/// <summary>
/// Rule 26: when a site's accreditation lapses, is suspended or gets an earlier end, its medicine sessions from then on are flagged, they open for nobody,
/// and the cohort takes no new people. Who has a seat keeps it: people decide what becomes of them. When it is valid again, so is everything else.
/// </summary>
public static class Permits
{
    /// <summary>Judges the medicine sessions to come by the accreditations of now; those of a cohort in the simple form by what every route needs, for it does not say which it gives.</summary>
    public static Decision Copy(CohortState cohort, string site, int siteVersion, ImmutableArray<Accreditation> accreditations, ImmutableArray<RulePack> packs, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.PermitsVersion >= siteVersion) return Decision.Already;
        var lacking = ImmutableArray.CreateBuilder<int>();
        for (var i = 0; i < plan.Sessions.Length; i++)
        {
            var session = plan.Sessions[i];
            if (session.Kind != Session.Medicine || session.EndsAt <= now) continue;
            var day = session.LocalStart.Date;
            var inForce = RulePacks.InForce(packs, plan.Jurisdiction, site, day);
            var routes = cohort.Planned is { } planned ? planned.Sessions[i].Given.Select(g => g.Route).Distinct() : [""];
            if (routes.Any(route => RulePacks.NotPermitted(route, inForce, code => accreditations.Any(a => a.Code == code && a.ValidFrom <= day && !(a.ValidUntil < day))).Any())) lacking.Add(i);
        }
        // What does not change is not written: most accreditations are nobody's route.
        return lacking.SequenceEqual(cohort.NotPermitted) ? Decision.Already : Decision.Of([], Waits.Freeing(cohort, [new PermitsCopied(siteVersion, lacking.ToImmutable())], now));
    }

    /// <summary>Why the cohort takes nobody new; null while every medicine session to come is permitted.</summary>
    public static Refusal? TakesNobody(CohortState cohort, Instant now)
    {
        var (flagged, first) = (0, default(Session));
        foreach (var number in cohort.NotPermitted)
        {
            if (cohort.Plan!.Sessions[number] is not { } session || session.EndsAt <= now) continue;
            flagged++;
            first ??= session;
        }
        return flagged == 0
            ? null
            : Refusal.Of(Reason.AccreditationLapsed, 26, $"The site may not give medicine on {first!.LocalStart:uuuu-MM-dd}, by the accreditations that it has now: nobody new is taken.", ("sessions", flagged));
    }

    /// <summary>Why nobody takes medicine in a session that is flagged.</summary>
    public static readonly Refusal NotOpened = new(Reason.AccreditationLapsed, "The site may not give medicine that day, by the accreditations that it has now: the session does not open.", 26);
}
