using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Cohorts;

/// <summary>
/// What calendars must know beside the plan: that it has changed, and who was to lead a session and does not any more. A calendar that somebody
/// subscribed to shows such a session as cancelled; it would not know why it is gone.
/// </summary>
public static class CalendarTrail
{
    /// <summary>The cohort after an event, with its revision raised when a calendar would look different.</summary>
    public static CohortState Kept(CohortState before, CohortState after, IEvent @event, Instant at)
    {
        // A booking changes no calendar, and pays for two looks.
        if (ReferenceEquals(before.Facilitators, after.Facilitators) && ReferenceEquals(before.Plan, after.Plan) && @event is not AppointmentWithdrawn) return after;
        var former = after.Former;
        foreach (var (facilitator, led) in before.Facilitators)
        {
            var leads = after.Facilitators.GetValueOrDefault(facilitator);
            if (leads is null) former = former.SetItem(facilitator, led.Sessions);
        }
        foreach (var (facilitator, leads) in after.Facilitators)
        {
            if (former.TryGetValue(facilitator, out var left))
                former = leads.Sessions.IsEmpty || left.All(leads.Sessions.Contains) ? former.Remove(facilitator) : former.SetItem(facilitator, left.RemoveAll(leads.Sessions.Contains));
        }
        return after with { Revision = after.Revision + 1, RevisedAt = at, Former = former };
    }

    /// <summary>True when somebody was to lead a session and does not any more.</summary>
    public static bool LedOnce(this CohortState cohort, string facilitator, string session) =>
        cohort.Former.TryGetValue(facilitator, out var left) && (left.IsEmpty || left.Contains(session)) && cohort.Facilitators.GetValueOrDefault(facilitator)?.Leads(session) != true;
}
