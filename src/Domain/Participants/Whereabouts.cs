using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Participants;

/// <summary>
/// In the participant's stream: when a seat or hold takes the person. By wall clock, so that it is right also after the zone database has changed.
/// </summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="TimeZone">The zone of its site.</param>
/// <param name="Appointment">True for an appointment, which is forgotten when it is over.</param>
/// <param name="Minutes">
/// Of the sessions to come that are the person's: one of all, or of the pod that they joined (rule 12). Of each the <see cref="WallTime.From"/> and then the
/// <see cref="WallTime.Minutes"/>: every booking carries a dozen.
/// </param>
[EventName("times-taken/2")]
public sealed record TimesTaken(string Cohort, string TimeZone, bool Appointment, ImmutableArray<int> Minutes) : IEvent
{
    /// <summary>The same, as times.</summary>
    public ImmutableArray<WallTime> Times() => [.. MemoryMarshal.Cast<int, WallTime>(Minutes.AsSpan())];
}

/// <summary>The same, as it was stored before.</summary>
[EventName("times-taken/1")]
public sealed record TimesTakenInWords(string Cohort, string TimeZone, bool Appointment, ImmutableArray<WallTime> Times) : IEvent;

/// <summary>A wall time as two small numbers: every booking carries some.</summary>
/// <param name="From">Minutes since 2000-01-01 00:00 by the clock of the place.</param>
/// <param name="Minutes">How long it lasts (elapsed time), rounded up.</param>
public readonly record struct WallTime(int From, int Minutes)
{
    private static readonly LocalDateTime Epoch = new(2000, 1, 1, 0, 0);

    public LocalDateTime Start => Epoch.PlusMinutes(From);

    public static WallTime Of(LocalDateTime start, Duration length) =>
        new((Period.DaysBetween(Epoch.Date, start.Date) * NodaConstants.MinutesPerDay) + (start.Hour * NodaConstants.MinutesPerHour) + start.Minute, (int)Math.Ceiling(length.TotalMinutes));
}

/// <summary>Nobody is in two places at once (rule 7, I3): a seat is not taken whose sessions fall on others of the same person.</summary>
public static class Whereabouts
{
    /// <summary>Why the person cannot be at the sessions of a cohort and pod; null when they can. Names no other site, cohort or program.</summary>
    /// <param name="pod">The pod that the person would join; 0 where the cohort is one group, or for a hold, which is of no pod yet.</param>
    public static Refusal? Elsewhere(PersonFacts person, CohortState cohort, string cohortKey, int pod, Instant now)
    {
        foreach (var enrolment in person.Enrolments)
        {
            if (enrolment.Times.IsEmpty || enrolment.Cohort == cohortKey || enrolment.HeldUntil <= now || !enrolment.IsNear(cohort.Plan!)) continue;
            var zone = DateTimeZoneProviders.Tzdb[enrolment.TimeZone];
            foreach (var time in enrolment.Times)
            {
                var from = time.Start.InZoneLeniently(zone).ToInstant();
                var to = from + Duration.FromMinutes(time.Minutes);
                foreach (var session in SessionsOf(cohort, pod, now))
                {
                    if (session.StartsAt >= to || from >= session.EndsAt) continue;
                    return new Refusal(Reason.PersonBusy, $"The person has another session from {from} to {to}, which overlaps with one here: nobody is in two at once.", 7,
                        [("from", from.ToString()), ("to", to.ToString())]);
                }
            }
        }
        return null;
    }

    /// <summary>When a seat of a cohort and pod takes a person.</summary>
    public static TimesTaken Of(CohortState cohort, string cohortKey, int pod, Instant now)
    {
        var minutes = ImmutableArray.CreateBuilder<int>(2 * cohort.Plan!.Sessions.Length);
        foreach (var session in SessionsOf(cohort, pod, now))
        {
            var time = WallTime.Of(session.LocalStart, session.Length);
            minutes.Add(time.From);
            minutes.Add(time.Minutes);
        }
        return new TimesTaken(cohortKey, cohort.Plan.TimeZone, cohort.Appointment is not null, minutes.DrainToImmutable());
    }

    /// <summary>The sessions to come of all, and of one pod.</summary>
    private static IEnumerable<Session> SessionsOf(CohortState cohort, int pod, Instant now)
    {
        var sessions = cohort.Plan!.Sessions;
        for (var i = 0; i < sessions.Length; i++)
        {
            if (sessions[i].EndsAt > now && (cohort.Planned is not { } planned || planned.Sessions[i].Pod == 0 || planned.Sessions[i].Pod == pod)) yield return sessions[i];
        }
    }
}
