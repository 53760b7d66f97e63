using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Cohorts;

/// <summary>What can be read off a cohort's plan.</summary>
public static class Plan
{
    public static LocalDate FirstDay(this CohortOpened plan) => plan.Sessions[0].LocalStart.Date;
    public static LocalDate LastDay(this CohortOpened plan) => plan.Sessions[^1].LocalStart.Date;
    public static bool HasMedicine(this CohortOpened plan) => plan.Sessions.Any(s => s.Kind == Session.Medicine);

    /// <summary>Opens a cohort once; its sessions have been placed by the site that holds its turn.</summary>
    public static Decision Open(CohortState cohort, string cohortKey, CohortOpened plan)
    {
        if (cohort.Plan is not null) return new Refusal(Reason.AlreadyExists, "A cohort with this id exists at the site.");
        return Decision.Of([new RoomReserved(plan.Room.Room, cohortKey, SiteRules.RoomTimes(plan.Sessions))], [plan]);
    }
}
