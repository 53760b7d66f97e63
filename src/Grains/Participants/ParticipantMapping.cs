using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Pathways;

namespace RttNetwork.Grains.Participants;

/// <summary>Between the participant's contracts and its domain.</summary>
internal static class ParticipantMapping
{
    /// <summary>The participant as this caller may see it: seats and home at its own sites only.</summary>
    public static ParticipantView ToView(this ParticipantState person, string key, int version, Caller caller, NodaTime.Instant now, bool alreadyRegistered = false)
    {
        var network = Keys.NetworkOf(key);
        return new ParticipantView(
            network,
            Keys.IdOf(key),
            caller.Reaches(network, person.HomeSite!) ? person.HomeSite! : "",
            person.Provisional,
            person.Eligible,
            [.. person.Enrolments.Where(e => (e.IsBooked || e.HeldUntil > now) && caller.Reaches(network, Keys.CohortParts(e.Cohort).Site)).Select(ToView)],
            person.PersonalDataErased,
            alreadyRegistered,
            version)
        {
            Pathway = person.Place is { } place && caller.Reaches(network, place.Site) ? place.ToBrief(person.Facts(Keys.IdOf(key)), now) : null,
        };
    }

    public static ParticipantFacts ToFacts(this ParticipantState person, string key) =>
        new(Keys.IdOf(key), person.Eligible, person.Provisional, [.. person.Enrolments.Select(ToView)], person.Place?.ToView()) { Lists = person.Lists, Pools = person.Pools.IsEmpty ? [] : [.. person.Pools.Select(m => new PoolMembershipView(m.Pool, m.Program, m.Region))] };

    public static PersonFacts ToDomain(this ParticipantFacts facts) => new(
        facts.Participant,
        facts.Eligible,
        facts.Provisional,
        [.. facts.Enrolments.Select(e => new Enrolment(e.Cohort, e.FirstDay, e.LastDay, e.MayOverlap, e.State == SeatState.Held ? e.HoldExpiresAt : null)
        {
            TimeZone = e.TimeZone,
            Times = [.. e.Times.Select(t => new WallTime(t.From, t.Minutes))],
            IsAppointment = e.IsAppointment,
            Pool = e.Pool,
        })],
        facts.Place?.ToDomain())
    {
        Lists = facts.Lists,
        Pools = facts.Pools.IsEmpty ? [] : [.. facts.Pools.Select(m => new PoolMembership(m.Pool, m.Program, m.Region))],
        Sites = facts.Sites,
    };

    private static EnrolmentView ToView(Enrolment enrolment) => new(
        enrolment.Cohort,
        enrolment.IsBooked ? SeatState.Booked : SeatState.Held,
        enrolment.FirstDay,
        enrolment.LastDay,
        enrolment.MayOverlap,
        enrolment.HeldUntil)
    {
        TimeZone = enrolment.TimeZone,
        Times = [.. enrolment.Times.Select(t => new WallTimeView(t.From, t.Minutes))],
        IsAppointment = enrolment.IsAppointment,
        Pool = enrolment.Pool,
    };
}
