using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;

namespace RttNetwork.Domain.Tests.Cohorts;

public sealed class StaffingTests
{
    private static readonly Instant Now = World.Start;
    private static readonly LocalDate First = new(2027, 1, 12);
    private static readonly LocalDate Last = new(2027, 3, 2);

    [Fact]
    public void A_facilitator_needs_the_role()
    {
        var decision = Assign(Nurse(), Cohort(), "therapist");
        Assert.Equal(Reason.RoleNotHeld, decision.Refusal!.Reason);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1, 0, Reason.CredentialNotValid)]
    [InlineData(0, -1, Reason.CredentialNotValid)]
    public void A_credential_must_cover_the_first_and_the_last_session(int startsDaysAfterFirst, int endsDaysAfterLast, Reason? expected)
    {
        var nurse = Nurse(new Credential("nurse", "CA-BC", First.PlusDays(startsDaysAfterFirst), Last.PlusDays(endsDaysAfterLast)));
        Assert.Equal(expected, Assign(nurse, Cohort(), "nurse").Refusal?.Reason);
    }

    [Fact]
    public void A_credential_of_another_jurisdiction_does_not_count()
    {
        Assert.Equal(Reason.CredentialNotValid, Assign(Nurse(new Credential("nurse", "CA-AB", First, null)), Cohort(), "nurse").Refusal!.Reason);
    }

    [Fact]
    public void An_elder_is_never_asked_for_a_licence()
    {
        var elder = FacilitatorState.Empty with { HomeSite = "nanaimo", Roles = ["elder"] };
        Assert.Null(Assign(elder, Cohort(), "elder").Refusal);
    }

    [Theory]
    [InlineData("nanaimo", 0, true)]
    [InlineData("nanaimo", -1, false)]
    [InlineData("victoria", 59, false)]
    [InlineData("victoria", 60, true)]
    [InlineData("", 0, true)]
    public void A_facilitator_is_never_in_two_places_travel_included(string otherSite, int minutesBetween, bool free)
    {
        var plan = World.Plan();
        var from = plan.Sessions[2].EndsAt + Duration.FromMinutes(minutesBetween);
        var nurse = Nurse() with
        {
            Assignments = ImmutableDictionary<string, Assignment>.Empty.Add("other", new Assignment("other", "nurse", [new Busy("other", otherSite, from, from + Duration.FromHours(1))])),
        };
        Assert.Equal(free ? null : Reason.FacilitatorBusy, Assign(nurse, Cohort(), "nurse").Refusal?.Reason);
    }

    [Fact]
    public void Withdrawing_below_the_ratio_is_recorded_flags_the_cohort_and_stops_bookings_until_it_is_cured()
    {
        var world = new World();
        world.Open("c1", World.Plan(staffing: [new StaffingRequirement("nurse", 1, 1)]));
        foreach (var p in (string[])["ann", "bob", "cy"]) world.Register(p);
        Apply(world, Assign(Nurse(), world.Cohorts["c1"], "nurse", "f1"));
        Apply(world, Assign(Nurse(), world.Cohorts["c1"], "nurse", "f2"));
        world.Book("ann", "c1", Now);
        world.Book("bob", "c1", Now);

        var withdrawn = Staffing.Withdraw("f1", world.Cohorts["c1"], "c1", "ill", Now);
        Assert.Null(withdrawn.Refusal);
        Assert.Contains(new CohortBecameAtRisk(2, 1, "nurse"), withdrawn.Last);
        Apply(world, withdrawn);
        Assert.Equal(Reason.CohortAtRisk, world.Book("cy", "c1", Now).Refusal!.Reason);

        var cured = Assign(Nurse(), world.Cohorts["c1"], "nurse", "f3");
        Assert.Contains(new CohortRecovered(2, 2), cured.Last);
    }

    [Fact]
    public void A_withdrawn_credential_uncounts_the_person_and_an_older_copy_never_replaces_a_newer()
    {
        var cohort = Cohort().Apply(new FacilitatorAssigned("f1", "nurse", 3), Now);
        var without = Nurse() with { Credentials = [] };
        var recounted = Staffing.Recount(without, "f1", 5, cohort, Now);
        cohort = recounted.Last.Aggregate(cohort, (c, e) => c.Apply(e, Now));
        Assert.Equal(0, cohort.MembersCounted("nurse"));
        Assert.Empty(Staffing.Recount(Nurse(), "f1", 4, cohort, Now).Last);
    }

    [Fact]
    public void A_blocked_room_leaves_no_seat_and_an_older_copy_never_replaces_a_newer()
    {
        var cohort = Cohort();
        var blocked = cohort.Room with { Blocked = true, SiteVersion = 7 };
        cohort = Staffing.CopyRoom(blocked, cohort, Now).Last.Aggregate(cohort, (c, e) => c.Apply(e, Now));
        Assert.Equal(0, cohort.Usable().Seats);
        Assert.Empty(Staffing.CopyRoom(blocked with { Blocked = false, SiteVersion = 6 }, cohort, Now).Last);
    }

    private static CohortState Cohort() => CohortState.Empty.Apply(World.Plan(staffing: [new StaffingRequirement("nurse", 4, 1)]), Now);

    private static FacilitatorState Nurse(Credential? credential = null) => FacilitatorState.Empty with
    {
        HomeSite = "nanaimo",
        Roles = ["nurse"],
        Credentials = [credential ?? new Credential("nurse", "CA-BC", new LocalDate(2020, 1, 1), null)],
    };

    private static Decision Assign(FacilitatorState facilitator, CohortState cohort, string role, string id = "f1") =>
        Staffing.Assign(facilitator, id, 1, cohort, "c1", role, Now);

    private static void Apply(World world, Decision decision) =>
        world.Cohorts["c1"] = decision.Last.Aggregate(world.Cohorts["c1"], (c, e) => c.Apply(e, Now));
}
