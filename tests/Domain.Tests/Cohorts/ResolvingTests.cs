using System.Collections.Immutable;
using NodaTime;
using NodaTime.TimeZones;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>
/// What another zone database does to sessions that were planned by an older one: the old one has British Columbia change its clocks in the winter of 2026-27,
/// as it did until it stopped.
/// </summary>
public sealed class ResolvingTests
{
    /// <summary>As databases of before said it: an hour back on the first of November, an hour on on the second Sunday of March.</summary>
    private static readonly DateTimeZone Before = new OldVancouver();
    private static readonly DateTimeZone Now = DateTimeZoneProviders.Tzdb["America/Vancouver"];

    [Fact]
    public void Sessions_to_come_keep_their_wall_time_and_what_has_begun_stays()
    {
        var stage = Planned();
        var cohort = stage.Cohorts["c1"];
        Assert.All(cohort.Plan!.Sessions, s => Assert.Equal(Offset.FromHours(-8), Before.GetUtcOffset(s.StartsAt)));
        // The second session has begun by the old reckoning.
        var now = cohort.Plan.Sessions[1].StartsAt;
        var decision = Resolve(stage, cohort, now)!;
        Assert.Null(decision.Refusal);
        var resolved = decision.Cohort.Aggregate(cohort, (c, e) => c.Apply(e, now));
        Assert.Equal(cohort.Plan.Sessions.Length, resolved.Plan!.Sessions.Length);
        for (var i = 0; i < resolved.Plan.Sessions.Length; i++)
        {
            var (was, session) = (cohort.Plan.Sessions[i], resolved.Plan.Sessions[i]);
            Assert.Equal(was.LocalStart, session.LocalStart);
            Assert.Equal(i < 2 ? was.StartsAt : was.StartsAt - Duration.FromHours(1), session.StartsAt);
            Assert.Equal(session.StartsAt, resolved.Planned!.Sessions[i].StartsAt);
            if (i >= 2) Assert.Equal(session.LocalStart, session.StartsAt.InZone(Now).LocalDateTime);
        }
        Assert.Equal("new", resolved.TimeZoneVersion);
        Assert.Empty(resolved.TimeConflicts);
        Assert.True(resolved.Revision > cohort.Revision);

        // Rooms and people are where the sessions are, and nothing happens twice.
        Apply(stage, decision, now);
        stage.Cohorts["c1"] = resolved;
        Assert.Equal(resolved.Planned!.Sessions.Select(s => new Taken(s.StartsAt, s.FreeAt)), stage.Site.Rooms["hall"].Reservations["c1"]);
        foreach (var (id, person) in stage.People.Where(p => p.Value.Assignments.ContainsKey("c1")))
            Assert.Equal(resolved.Planned.Sessions.Where(s => s.Staff.Contains(id)).Select(s => s.StartsAt), person.Assignments["c1"].Times.Select(t => t.From));
        Assert.Same(ResolvingDecision.Already, Resolve(stage, resolved, now));
    }

    [Fact]
    public void Intake_and_group_close_by_the_same_database_as_the_first_session()
    {
        var stage = Planned();
        var cohort = stage.Cohorts["c1"];
        var resolved = Resolve(stage, cohort, PlanStage.Now)!.Cohort.Aggregate(cohort, (c, e) => c.Apply(e, PlanStage.Now));
        var first = resolved.Plan!.Sessions[0];
        Assert.Equal((first.LocalStart.PlusDays(-7)).InZoneStrictly(Now).ToInstant(), resolved.Planned!.IntakeClosesAt);
        Assert.Equal(PlanStage.StartsOn.PlusWeeks(1).AtStartOfDayInZone(Now).ToInstant(), resolved.Planned.ClosesAt);
    }

    [Fact]
    public void What_then_falls_on_something_else_or_into_a_gap_is_flagged_and_never_lost()
    {
        var stage = Planned();
        var cohort = stage.Cohorts["c1"];
        // Something that is at an instant, and not at a wall time of this zone, is where the third session comes to be now.
        var third = cohort.Planned!.Sessions[2];
        var moved = new Taken(third.StartsAt - Duration.FromHours(1), third.StartsAt);
        stage.Site = stage.Site.Apply(new RoomReserved("hall", "other", [moved]), PlanStage.Now);
        var therapist = third.Staff[0];
        stage.People[therapist] = stage.People[therapist].Apply(new Domain.Facilitators.AssignmentOpened("other", Roles.Therapist, [new("other", "", moved.From, moved.To)]), PlanStage.Now);
        var decision = Resolve(stage, cohort, PlanStage.Now)!;
        var resolved = decision.Cohort.Aggregate(cohort, (c, e) => c.Apply(e, PlanStage.Now));
        Assert.Equal([new TimeConflict(2, TimeConflict.OfFacilitator, therapist), new TimeConflict(2, TimeConflict.OfRoom, "hall")], resolved.TimeConflicts.AsEnumerable());
        Assert.Equal(cohort.Plan!.Sessions.Length, resolved.Plan!.Sessions.Length);

        // What was in the way has gone: asked again, nothing stands against it.
        Apply(stage, decision, PlanStage.Now);
        stage.Site = stage.Site.Apply(new RoomReleased("hall", "other"), PlanStage.Now);
        stage.People[therapist] = stage.People[therapist].Apply(new Domain.Facilitators.AssignmentEnded("other"), PlanStage.Now);
        var again = Resolve(stage, resolved, PlanStage.Now)!;
        Assert.Empty(again.Site);
        Assert.Empty(again.Cohort.Aggregate(resolved, (c, e) => c.Apply(e, PlanStage.Now)).TimeConflicts);

        // The other way round a clock that changes again skips an hour: its session stays where it was, and somebody is told.
        var gap = Planned(hour: 2, Now, new LocalDate(2027, 2, 22));
        var spring = gap.Cohorts["c1"];
        Assert.Contains(spring.Plan!.Sessions, s => s.LocalStart == new LocalDateTime(2027, 3, 14, 2, 0));
        var skipped = Resolving.Decide(spring, "c1", Members(gap), gap.Site, Before, "old", PlanStage.Now)!;
        var kept = skipped.Cohort.Aggregate(spring, (c, e) => c.Apply(e, PlanStage.Now));
        var conflict = Assert.Single(kept.TimeConflicts);
        Assert.Equal((TimeConflict.Gap, new LocalDateTime(2027, 3, 14, 2, 0)), (conflict.Kind, kept.Plan!.Sessions[conflict.Session].LocalStart));
        Assert.Equal(spring.Plan.Sessions[conflict.Session].StartsAt, kept.Plan.Sessions[conflict.Session].StartsAt);
    }

    [Fact]
    public void Whoever_leads_it_must_be_asked()
    {
        var stage = Planned();
        Assert.Null(Resolving.Decide(stage.Cohorts["c1"], "c1", [], stage.Site, Now, "new", PlanStage.Now));
    }

    private static ResolvingDecision? Resolve(PlanStage stage, CohortState cohort, Instant now) => Resolving.Decide(cohort, "c1", Members(stage), stage.Site, Now, "new", now);

    private static ImmutableArray<RosterMember> Members(PlanStage stage) => [.. stage.People.Select(p => new RosterMember(p.Key, 1, p.Value))];

    private static void Apply(PlanStage stage, ResolvingDecision decision, Instant now)
    {
        foreach (var e in decision.Site) stage.Site = stage.Site.Apply(e, now);
        foreach (var (facilitator, e) in decision.Facilitators) stage.People[facilitator] = stage.People[facilitator].Apply(e, now);
    }

    /// <summary>The small program, every Tuesday at ten (or on Sundays at another hour), resolved by one database.</summary>
    private static PlanStage Planned(int hour = 10, DateTimeZone? zone = null, LocalDate? startsOn = null)
    {
        var stage = new PlanStage().WithTeam(2);
        var request = PlanStage.Small([.. stage.Roster.Select(r => r with { Pods = [] })]) with
        {
            StartsOn = startsOn ?? PlanStage.StartsOn,
            Slots = [.. PlanStage.SmallSessions.Select(s => new Slot(s, 0, startsOn is null ? IsoDayOfWeek.Tuesday : IsoDayOfWeek.Sunday, new LocalTime(hour, 0), "hall", []))],
        };
        var decision = Planning.Decide(request, Templates.Small, [], stage.Site, "nanaimo", 1, Members(stage), CohortState.Empty, "c1", zone ?? Before, "old", PlanStage.Now);
        Assert.True(decision.Refusal is null, decision.Refusal?.Message);
        stage.Cohorts["c1"] = decision.Cohort.Aggregate(CohortState.Empty, (c, e) => c.Apply(e, PlanStage.Now));
        foreach (var e in decision.Site) stage.Site = stage.Site.Apply(e, PlanStage.Now);
        foreach (var (facilitator, events) in decision.Facilitators) stage.People[facilitator] = events.Aggregate(stage.People[facilitator], (p, e) => p.Apply(e, PlanStage.Now));
        return stage;
    }

    /// <summary>UTC-7, and UTC-8 from November to March.</summary>
    private sealed class OldVancouver() : DateTimeZone("America/Vancouver", false, Offset.FromHours(-8), Offset.FromHours(-7))
    {
        private static readonly Instant Autumn = Instant.FromUtc(2026, 11, 1, 9, 0);
        private static readonly Instant Spring = Instant.FromUtc(2027, 3, 14, 10, 0);

        public override ZoneInterval GetZoneInterval(Instant instant) =>
            instant < Autumn ? new ZoneInterval("PDT", null, Autumn, Offset.FromHours(-7), Offset.FromHours(1))
            : instant < Spring ? new ZoneInterval("PST", Autumn, Spring, Offset.FromHours(-8), Offset.Zero)
            : new ZoneInterval("PDT", Spring, null, Offset.FromHours(-7), Offset.FromHours(1));
    }
}
