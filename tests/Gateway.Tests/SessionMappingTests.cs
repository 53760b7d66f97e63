using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Mapping;

namespace RttNetwork.Gateway.Tests;

/// <summary>What a door shows of those whose evidence the caller may not see, and which methods mend what keeps it shut.</summary>
public sealed class SessionMappingTests
{
    private static readonly Instant Start = Instant.FromUtc(2027, 5, 25, 16, 0);
    private static readonly Caller Desk = new("demo", "desk", CallerScope.Site, ["north"], [], "care");

    [Theory]
    [InlineData(true, "checked-in")]
    [InlineData(false, "expected")]
    public void Of_a_guest_whose_pathway_another_site_leads_it_says_what_the_cohort_knows_and_nothing_else(bool present, string standing)
    {
        var guest = Assert.Single(Door([], present).ToWire(Desk, [null]).People);
        Assert.Equal(("networks/demo/participants/p1", true, standing), (guest.Participant, guest.Guest, guest.Standing));
        Assert.Equal(("", 0, null, null, null), (guest.Stage, guest.HeldFor.Count, guest.KeptOut, guest.Visit, guest.ObservationUntilTime));
    }

    [Theory]
    [InlineData("RATIO_WOULD_BREAK", "proposeSubstitutes, substituteFacilitator, assignFacilitator")]
    [InlineData("ROOM_BLOCKED", "unblockRoom")]
    [InlineData("SESSION_BLOCKED", "arrangeMakeUp, deferParticipant")]
    [InlineData("TIME_NOT_YET", "")]
    public void What_keeps_a_door_shut_comes_with_the_methods_that_mend_it(string reason, string actions)
    {
        var hindrance = Assert.Single(Door([new Refusal(reason, "Why.", 21, [])], false).ToWire(Desk, [null]).Hindrances);
        Assert.Equal((reason, "Why.", 21, actions), (hindrance.Reason, hindrance.Message, hindrance.Rule, string.Join(", ", hindrance.Actions)));
    }

    [Fact]
    public void Who_is_kept_out_is_shown_with_the_rule_that_a_check_in_would_be_refused_with()
    {
        var there = new PersonAtTheDoorView("kept-out", "integrating", [], new Refusal("GAP_TOO_SHORT", "12 days.", 4, []), null, null);
        var person = Assert.Single(Door([], false).ToWire(Desk, [there]).People);
        Assert.Equal(("checkIn", "GAP_TOO_SHORT", 4), (person.KeptOut.Action, person.KeptOut.Reason, person.KeptOut.Rule));
    }

    private static SessionView Door(ImmutableArray<Refusal> against, bool present)
    {
        var facts = new PathwaySessionFacts("demo/c-north.c1", "CA-BC", "GRIP-8", 2, "medicine", new LocalDate(2027, 5, 25), Start, Start + Duration.FromHours(4), false, true, 0, 5, "nurse", 0, 1, false, false);
        var session = new PlannedSession("medicine", new LocalDateTime(2027, 5, 25, 9, 0), Start, Duration.FromHours(4), Duration.Zero, false);
        return new SessionView(
            "demo/c-north.c1", "GRIP-8", "America/Vancouver", 2, session, null, "ready", Start, Start + Duration.FromHours(4), 5, "nurse", 1, present ? 1 : 0, [], against, against.IsEmpty,
            [new SessionPersonView("p1", 0, true, present, [], facts)]);
    }
}
