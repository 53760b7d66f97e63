using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Participants;

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
            version);
    }

    public static ParticipantFacts ToFacts(this ParticipantState person, string key) =>
        new(Keys.IdOf(key), person.Eligible, person.Provisional, [.. person.Enrolments.Select(ToView)]);

    private static EnrolmentView ToView(Enrolment enrolment) => new(
        enrolment.Cohort,
        enrolment.IsBooked ? SeatState.Booked : SeatState.Held,
        enrolment.FirstDay,
        enrolment.LastDay,
        enrolment.MayOverlap,
        enrolment.HeldUntil);
}
