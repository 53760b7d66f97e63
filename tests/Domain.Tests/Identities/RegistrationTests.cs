using RttNetwork.Domain.Common;
using RttNetwork.Domain.Identities;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Tests.Identities;

public sealed class RegistrationTests
{
    private static readonly ParticipantState Nobody = ParticipantState.Empty;
    private static readonly ParticipantState Ann = Nobody.Apply(new ParticipantRegistered("nanaimo", false, "", ""), World.Start);

    [Fact]
    public void A_new_person_claims_every_identifier()
    {
        var decision = Decide(Nobody, "p1", "nanaimo", null, null);
        Assert.IsType<ParticipantRegistered>(Assert.Single(decision.Participant));
        Assert.Equal([true, true], decision.Claimed.AsEnumerable());
    }

    [Fact]
    public void A_person_without_an_identifier_is_provisional_until_one_is_known()
    {
        var provisional = Assert.IsType<ParticipantRegistered>(Assert.Single(Decide(Nobody, "p1", "nanaimo").Participant));
        Assert.True(provisional.Provisional);
        var matched = Decide(Nobody.Apply(provisional, World.Start), "p1", "nanaimo", (string?)null);
        Assert.IsType<ParticipantMatched>(Assert.Single(matched.Participant));
    }

    [Fact]
    public void A_second_site_gets_the_same_participant_and_access()
    {
        var decision = Decide(Ann, "p1", "victoria", "p1", null);
        Assert.Equal(new AccessGranted("victoria"), Assert.Single(decision.Participant));
        Assert.Equal([false, true], decision.Claimed.AsEnumerable());
    }

    [Fact]
    public void Registering_again_at_the_same_site_changes_nothing()
    {
        var decision = Decide(Ann, "p1", "nanaimo", "p1");
        Assert.Empty(decision.Participant);
        Assert.Equal([false], decision.Claimed.AsEnumerable());
    }

    [Fact]
    public void Identifiers_of_two_people_are_refused() =>
        Assert.Equal(Reason.IdentifiersOfSeveralPeople, Decide(Ann, "p1", "nanaimo", "p1", "p2").Refusal!.Reason);

    [Fact]
    public void An_identifier_that_went_to_another_meanwhile_makes_the_caller_look_again() =>
        Assert.True(Decide(Nobody, "p1", "nanaimo", "p2").OwnedByAnother);

    [Theory]
    [InlineData(true, false, Reason.Deceased)]
    [InlineData(false, true, Reason.UnderAge)]
    public void The_deceased_and_the_under_age_are_refused(bool deceased, bool underAge, Reason expected) =>
        Assert.Equal(expected, Registration.Decide(Nobody, "p1", [null], "nanaimo", "", "", deceased, underAge).Refusal!.Reason);

    private static RegistrationDecision Decide(ParticipantState person, string id, string site, params string?[] owners) =>
        Registration.Decide(person, id, [.. owners], site, "", "", false, false);
}
