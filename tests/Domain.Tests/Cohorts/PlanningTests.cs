using System.Collections.Immutable;
using System.Diagnostics;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Programs;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>Planning a cohort: all of it, or everything that stands against it.</summary>
public sealed class PlanningTests
{
    private static readonly Instant Now = PlanStage.Now;

    [Fact]
    public void Forty_people_in_eight_pods_have_twelve_weeks_with_their_staff()
    {
        // Pods of five: the pair of one therapist and one nurse carries them.
        var stage = new PlanStage().WithTeam(8);
        var plan = stage.Planned(PlanStage.Rtt(stage.Roster, pods: 8) with { Slots = Evenings(8) }, Templates.Rtt);
        Assert.Equal(12, plan.Sessions.Count(s => s.Template == "large-group"));
        Assert.Equal(8 * 12, plan.Sessions.Count(s => s is { Pod: > 0, IsMedicine: false }));
        Assert.Equal(8 * 3, plan.Sessions.Count(s => s.IsMedicine));
        Assert.All(plan.Pods, p => Assert.Equal(5, p.SeatsMax));
        Assert.All(plan.Sessions.Where(s => s.IsMedicine), s => Assert.Contains("md", s.Staff));
        Assert.All(plan.Sessions.Where(s => s.Pod > 0), s => Assert.Contains($"rt{s.Pod}", s.Staff));
        Assert.Equal(1, plan.TemplateVersion);
        Assert.Equal(new SeatsUsable(40, "template"), stage.Cohorts["c1"].Usable());
        // Intake closes a week of local days before the first session.
        Assert.Equal(plan.Sessions[0].StartsAt - Duration.FromDays(7), plan.IntakeClosesAt);
    }

    [Fact]
    public void Pods_of_eight_with_one_therapist_and_one_nurse_are_refused_with_what_would_do()
    {
        var stage = new PlanStage().WithTeam(5);
        var refusal = stage.Decide(PlanStage.Rtt(stage.Roster), Templates.Rtt).Refusal!;
        Assert.Equal(Reason.PlanRefused, refusal.Reason);
        // Fifteen medicine sessions, and nothing else.
        Assert.Equal(15, refusal.Violations.Length);
        Assert.All(refusal.Violations, v => Assert.Equal(16, v.Rule));
        Assert.Contains("2 nurse are needed for 8 people at 1:5, and 1 can come", refusal.Violations[0].Description, StringComparison.Ordinal);
        Assert.Contains("A pod of at most 5, 1 more nurse, or a site's own rule pack with its date would do.", refusal.Violations[0].Description, StringComparison.Ordinal);

        var two = new PlanStage().WithTeam(5, nursesPerPod: 2);
        Assert.Equal(15, two.Planned(PlanStage.Rtt(two.Roster), Templates.Rtt).Sessions.Count(s => s.IsMedicine));

        var policy = new PlanStage().WithTeam(5);
        policy.Packs = [RulePackTests.Default with { Pack = "nanaimo", Site = "nanaimo", Ratios = [new RatioRule(SessionKinds.Medicine, "", null, Roles.Nurse, 8, 1, false)] }];
        Assert.Equal([new PackUsed("nanaimo", 1)], policy.Planned(PlanStage.Rtt(policy.Roster), Templates.Rtt).Packs.AsEnumerable());
    }

    [Fact]
    public void Everything_that_stands_against_a_plan_is_listed_at_once()
    {
        var stage = Small();
        stage.Site = stage.Site.Apply(new RoomReserved("hall", "other", [new Taken(At(2027, 1, 12, 11, 40), At(2027, 1, 12, 13, 0))]), Now);
        stage.People["n1"] = stage.People["n1"].Apply(new AssignmentOpened("other", Roles.Nurse, [new Busy("other", "victoria", At(2027, 1, 19, 8, 0), At(2027, 1, 19, 9, 30))]), Now);
        stage.With("t1", Roles.Therapist, until: new LocalDate(2027, 1, 31)).With("t2", Roles.Therapist, until: new LocalDate(2027, 1, 31));
        var request = PlanStage.Small(stage.Roster, seats: 5) with
        {
            Moves = [new Move("medicine", 0, new LocalDate(2027, 2, 2), new LocalDateTime(2027, 1, 25, 15, 0), "")],
            ClosedDays = [new LocalDate(2027, 2, 9)],
        };
        var refusal = stage.Decide(request, Templates.Small).Refusal!;
        Assert.Equal(
            [
                "w01-preparation 7", // The hall is not turned over in time for the other cohort.
                "w02-medicine 16", // The nurse cannot travel from Victoria in time.
                "w04-medicine 4", // Moved to six days after the first.
                "w04-medicine 5", // And before the integration.
                "w05-integration 16", // Both therapists' credentials have ended.
                "w05-integration 2", // On a closed day.
            ],
            refusal.Violations.Where(v => v.Rule is not 18 and not 15).Select(v => $"{v.Subject} {v.Rule}").Order(StringComparer.Ordinal));
        Assert.Contains(refusal.Violations, v => v.Description.Contains("n1 is taken from 2027-01-19 08:00 to 2027-01-19 09:30, travel included (rule 7)", StringComparison.Ordinal));
        Assert.Contains(refusal.Violations, v => v is { Subject: "w05-integration", Rule: 16 } && v.Description.Contains("t1 has no credential as therapist that is valid in CA-BC on 2027-02-09 (rule 20)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_refused_plan_changes_nothing()
    {
        var stage = new PlanStage().WithTeam(5);
        var decision = stage.Plan(PlanStage.Rtt(stage.Roster), Templates.Rtt);
        Assert.True(decision is { Cohort.IsEmpty: true, Site.IsEmpty: true, Facilitators.IsEmpty: true });
    }

    [Theory]
    [InlineData(41, "", 10)]
    [InlineData(0, "", 10)]
    [InlineData(16, "", 11)]
    [InlineData(16, "small-community", 0)]
    public void The_size_is_the_templates_and_a_smaller_one_needs_a_reason(int seats, string reason, int rule)
    {
        var stage = new PlanStage().WithTeam(3, nursesPerPod: 2);
        var refusal = stage.Decide(PlanStage.Rtt(stage.Roster, seats, 3) with { BelowMinReason = reason }, Templates.Rtt).Refusal;
        Assert.Equal(rule, refusal?.Violations[0].Rule ?? 0);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 0)]
    [InlineData(8, 0)]
    [InlineData(3, 12)]
    [InlineData(9, 12)]
    public void A_pod_has_its_size(int pods, int rule)
    {
        var stage = new PlanStage().WithTeam(pods, nursesPerPod: 2);
        for (var p = 1; p <= pods; p++) stage.With($"rs{p}", Roles.Therapist);
        var refusal = stage.Decide(PlanStage.Rtt(stage.Roster, 40, pods) with { Slots = Evenings(pods) }, Templates.Rtt).Refusal;
        Assert.Equal(rule, refusal?.Violations[0].Rule ?? 0);
    }

    [Fact]
    public void Pods_differ_by_one_person_at_most_and_are_as_many_as_the_target_says()
    {
        var stage = new PlanStage().WithTeam(5, nursesPerPod: 2);
        var plan = stage.Planned(PlanStage.Rtt(stage.Roster, 38) with { Pods = 0 }, Templates.Rtt);
        Assert.Equal([8, 8, 8, 7, 7], plan.Pods.Select(p => p.SeatsMax));
    }

    [Theory]
    [InlineData(23, 59, 3)]
    [InlineData(24, 0, 0)]
    public void Preparation_ends_a_day_before_medicine(int hours, int minutes, int rule)
    {
        var stage = Small();
        var preparationEnds = new LocalDateTime(2027, 1, 19, 10, 0).PlusHours(-hours).PlusMinutes(-minutes);
        var request = PlanStage.Small(stage.Roster, 5) with { Moves = [new Move("preparation", 0, new LocalDate(2027, 1, 12), preparationEnds.PlusMinutes(-90), "")] };
        Assert.Equal(rule, stage.Decide(request, Templates.Small).Refusal?.Violations[0].Rule ?? 0);
    }

    [Theory]
    [InlineData(13, 4)]
    [InlineData(14, 0)]
    public void The_gap_counts_days_of_the_calendar(int days, int rule)
    {
        var stage = Small();
        var request = PlanStage.Small(stage.Roster, 5) with { Moves = [new Move("medicine", 0, new LocalDate(2027, 2, 2), new LocalDate(2027, 1, 19).PlusDays(days).At(new LocalTime(8, 0)), "")] };
        Assert.Equal(rule, stage.Decide(request, Templates.Small).Refusal?.Violations[0].Rule ?? 0);
    }

    [Fact]
    public void Fourteen_days_across_a_change_of_the_clock_are_fourteen_days()
    {
        // Toronto, 14 March 2027: from the first medicine session to the second are 335 hours.
        var stage = Small("America/Toronto");
        var plan = stage.Planned(PlanStage.Small(stage.Roster, 5) with { StartsOn = new LocalDate(2027, 2, 22) }, Templates.Small);
        var medicine = plan.Sessions.Where(s => s.IsMedicine).ToList();
        Assert.Equal(Duration.FromHours(335), medicine[1].StartsAt - medicine[0].StartsAt);
        Assert.Equal(medicine[0].LocalStart.TimeOfDay, medicine[1].LocalStart.TimeOfDay);
    }

    [Theory]
    [InlineData("America/Vancouver", 2027, 1, 12, 17, 0, 0)] // UTC-7 all year, from March 2026 on.
    [InlineData("America/Vancouver", 2027, 6, 15, 17, 0, 0)]
    [InlineData("America/Denver", 2027, 1, 12, 17, 0, 0)]
    [InlineData("America/Denver", 2027, 6, 15, 16, 0, 0)]
    [InlineData("America/Edmonton", 2027, 6, 15, 16, 0, 0)]
    [InlineData("America/Regina", 2027, 1, 12, 16, 0, 0)]
    [InlineData("America/Regina", 2027, 6, 15, 16, 0, 0)]
    [InlineData("America/Toronto", 2027, 1, 12, 15, 0, 0)]
    [InlineData("America/Toronto", 2027, 6, 15, 14, 0, 0)]
    [InlineData("America/St_Johns", 2027, 1, 12, 13, 30, 0)]
    [InlineData("America/St_Johns", 2027, 6, 15, 12, 30, 0)]
    [InlineData("America/Toronto", 2027, 3, 14, 14, 0, 0)] // The day of the change, after it.
    [InlineData("America/Toronto", 2027, 11, 7, 15, 0, 0)]
    public void A_session_at_ten_in_the_morning_is_that_instant(string zone, int year, int month, int day, int utcHour, int utcMinute, int rule)
    {
        var stage = Small(zone);
        var date = new LocalDate(year, month, day);
        var request = PlanStage.Small(stage.Roster, 5) with { StartsOn = date };
        request = request with { Slots = [.. request.Slots.Select(s => s with { Weekday = date.DayOfWeek })] };
        var decision = stage.Decide(request, Templates.Small);
        Assert.Equal(rule, decision.Refusal?.Violations[0].Rule ?? 0);
        Assert.Equal(Instant.FromUtc(year, month, day, utcHour, utcMinute), ((CohortPlanned)decision.Cohort[0]).Sessions[0].StartsAt);
    }

    [Theory]
    [InlineData("America/Toronto", 2027, 3, 14, 2, true)]
    [InlineData("America/St_Johns", 2027, 3, 14, 2, true)]
    [InlineData("America/Denver", 2027, 3, 14, 2, true)]
    [InlineData("America/Vancouver", 2027, 3, 14, 2, false)] // No change there any more.
    [InlineData("America/Regina", 2027, 3, 14, 2, false)]
    public void An_hour_that_the_clock_skips_is_nobodys_appointment(string zone, int year, int month, int day, int hour, bool skipped)
    {
        var stage = Small(zone);
        var date = new LocalDate(year, month, day);
        var request = PlanStage.Small(stage.Roster, 5) with { StartsOn = date.PlusDays(-6) };
        request = request with { Moves = [new Move("preparation", 0, request.StartsOn.PlusDays(((int)IsoDayOfWeek.Tuesday - (int)request.StartsOn.DayOfWeek + 7) % 7), date.At(new LocalTime(hour, 30)), "")] };
        var refusal = stage.Decide(request, Templates.Small).Refusal;
        Assert.Equal(skipped, refusal?.Violations.Any(v => v.Rule == 8) == true);
    }

    [Fact]
    public void An_hour_that_the_clock_passes_twice_is_taken_the_first_time()
    {
        var stage = Small("America/Toronto");
        var request = PlanStage.Small(stage.Roster, 5) with { StartsOn = new LocalDate(2027, 11, 7) };
        request = request with { Slots = [.. request.Slots.Select(s => s with { Weekday = IsoDayOfWeek.Sunday, At = new LocalTime(1, 30) })] };
        Assert.Equal(Instant.FromUtc(2027, 11, 7, 5, 30), stage.Planned(request, Templates.Small).Sessions[0].StartsAt);
    }

    [Theory]
    [InlineData("2027-01-31", 16)]
    [InlineData("2027-02-01", 16)]
    [InlineData("2027-02-02", 0)]
    public void A_credential_counts_on_the_day_of_the_session(string until, int rule)
    {
        var stage = Small();
        stage.With("n1", Roles.Nurse, until: NodaTime.Text.LocalDatePattern.Iso.Parse(until).Value);
        var refusal = stage.Decide(PlanStage.Small(stage.Roster, 5), Templates.Small).Refusal;
        Assert.Equal(rule, refusal?.Violations[0].Rule ?? 0);
        if (rule > 0) Assert.Equal("w04-medicine", Assert.Single(refusal!.Violations).Subject);
    }

    [Theory]
    [InlineData("iv", "", 25)]
    [InlineData("iv", "hospital", 0)]
    [InlineData("im", "", 0)]
    public void A_route_must_be_permitted_at_the_site_that_day(string route, string accreditation, int rule)
    {
        var stage = Small();
        stage.Packs = [RulePackTests.Default with { Pack = "ca-bc", Jurisdiction = PlanStage.Jurisdiction, Ratios = [], Routes = [new RouteRule("iv", ["hospital", "non-hospital-facility"])] }];
        if (accreditation.Length > 0) stage.Site = stage.Site.Apply(new AccreditationGranted(accreditation, new LocalDate(2020, 1, 1), null), Now);
        var refusal = stage.Decide(PlanStage.Small(stage.Roster, 4) with { Given = [new Intended(route, 0)] }, Templates.Small with { Routes = ["im", "iv"] }).Refusal;
        Assert.Equal(rule, refusal?.Violations[0].Rule ?? 0);
    }

    [Fact]
    public void One_room_too_small_a_blocked_one_and_one_that_is_not_there_are_all_named()
    {
        var stage = new PlanStage("America/Vancouver", ("hall", 4), ("annex", 40));
        stage.Site = stage.Site.Apply(new RoomBlocked("annex", "flood", []), Now);
        foreach (var (id, role) in Team) stage.With(id, role);
        var request = PlanStage.Small(stage.Roster, 5);
        request = request with { Slots = [request.Slots[0], request.Slots[1] with { Room = "annex" }, request.Slots[2] with { Room = "attic" }] };
        Assert.Equal(
            ["room annex 9", "room attic 7", "w01-preparation 9"],
            stage.Decide(request, Templates.Small).Refusal!.Violations.Select(v => $"{v.Subject} {v.Rule}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Medicine_at_a_distance_and_people_in_two_places_are_refused()
    {
        var stage = Small();
        var request = PlanStage.Small(stage.Roster, 5);
        request = request with { Slots = [request.Slots[0], request.Slots[1] with { Room = "" }, request.Slots[2]] };
        Assert.Contains(stage.Decide(request, Templates.Small).Refusal!.Violations, v => v is { Rule: 6, Subject: "w02-medicine" });

        var twice = Templates.Small.With("integration", s => s with { Weeks = [2, 3, 5] });
        Assert.Contains(stage.Decide(PlanStage.Small(stage.Roster, 5), twice).Refusal!.Violations, v => v.Rule == 7 && v.Description.StartsWith("people would be in", StringComparison.Ordinal));
    }

    [Fact]
    public void A_template_that_is_not_effective_and_a_plan_in_the_past_are_refused()
    {
        var stage = Small();
        Assert.Equal(Reason.TemplateNotEffective, stage.Decide(PlanStage.Small(stage.Roster, 5), Templates.Small with { EffectiveFrom = new LocalDate(2027, 6, 1) }).Refusal!.Reason);
        Assert.Contains(stage.Decide(PlanStage.Small(stage.Roster, 5), Templates.Small, now: At(2027, 2, 1, 0, 0)).Refusal!.Violations, v => v.Subject == "starts_on");
    }

    [Fact]
    public void Weeks_differ_only_where_the_template_lets_them()
    {
        var stage = Small();
        var request = PlanStage.Small(stage.Roster, 5);
        request = request with { Slots = [request.Slots[0], request.Slots[1] with { Weeks = [2] }, request.Slots[2]] };
        Assert.Contains(stage.Decide(request, Templates.Small).Refusal!.Violations, v => v is { Rule: 2, Subject: "slots medicine" });
        var open = Templates.Small.With("medicine", s => s with { WeeksMayDiffer = true, CountMin = 1, CountMax = 2 });
        Assert.Single(stage.Planned(request, open).Sessions, s => s.IsMedicine);
    }

    [Fact]
    public void An_elder_of_the_roster_is_there_when_free_and_missed_only_when_required()
    {
        var required = Templates.Small.With("medicine", s => s with { Attached = [new AttachedRole(Roles.Elder, true)] });
        var stage = Small();
        Assert.Equal(["w02-medicine 18", "w04-medicine 18"], stage.Decide(PlanStage.Small(stage.Roster, 5), required).Refusal!.Violations.Select(v => $"{v.Subject} {v.Rule}"));
        var invited = Templates.Small.With("medicine", s => s with { Attached = [new AttachedRole(Roles.Elder, false)] });
        Assert.DoesNotContain("geraldine", stage.Planned(PlanStage.Small(stage.Roster, 5), invited).Sessions.SelectMany(s => s.Staff));
        var with = Small();
        with.People["geraldine"] = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [Roles.Elder], []), Now);
        Assert.Equal(2, with.Planned(PlanStage.Small(with.Roster, 5), required).Sessions.Count(s => s.Staff.Contains("geraldine")));
    }

    [Fact]
    public void A_planned_cohort_loses_seats_with_its_staff_and_each_person_is_in_one_pod()
    {
        // Two who lead the large groups, so that a pod's nurse is missed in the pod alone.
        var stage = new PlanStage().WithTeam(2, nursesPerPod: 2).With("aa", Roles.Therapist).With("ab", Roles.Therapist);
        stage.Planned(PlanStage.Rtt(stage.Roster, 16, 2) with { BelowMinReason = "pilot" }, Templates.Rtt);
        var world = new World();
        world.Cohorts["c1"] = stage.Cohorts["c1"];
        for (var i = 0; i < 16; i++)
        {
            world.Register($"p{i}");
            Assert.Null(world.Book($"p{i}", "c1", Now).Refusal);
        }
        var cohort = world.Cohorts["c1"];
        Assert.Equal([8, 8], cohort.PodOf.GroupBy(p => p.Value).OrderBy(g => g.Key).Select(g => g.Count()));
        world.Register("late");
        Assert.Equal(Reason.SeatFull, world.Book("late", "c1", Now).Refusal!.Reason);

        // The nurse who came to the first pod's medicine sessions leaves: it carries five, and has eight.
        var left = Staffing.Withdraw("rn1-2", cohort, "c1", "ill", Now);
        foreach (var e in left.Last) cohort = cohort.Apply(e, Now);
        Assert.True(cohort.AtRisk);
        Assert.Equal(13, cohort.Usable().Seats);
        Assert.Equal("nurse", cohort.Usable().BoundBy);
        Assert.Equal(["w04-medicine-p1", "w06-medicine-p1", "w08-medicine-p1"], cohort.Capacity!.Understaffed.AsEnumerable());
        world.Cohorts["c1"] = cohort;
        Assert.Equal(Reason.CohortAtRisk, world.Book("late", "c1", Now).Refusal!.Reason);
    }

    [Fact]
    public void A_credential_that_will_lapse_flags_the_sessions_after_it_at_once()
    {
        var stage = Small();
        stage.Planned(PlanStage.Small(stage.Roster, 5), Templates.Small);
        var nurse = stage.People["n1"] with { Credentials = [new Credential(Roles.Nurse, PlanStage.Jurisdiction, new LocalDate(2020, 1, 1), new LocalDate(2027, 2, 1))] };
        var cohort = stage.Cohorts["c1"];
        var decision = Staffing.Recount(nurse, "n1", 2, cohort, Now);
        Assert.Equal(["w04-medicine", "w05-integration"], Assert.IsType<SessionsRecounted>(decision.Last[0]).Lapsed.AsEnumerable());
        foreach (var e in decision.Last) cohort = cohort.Apply(e, Now);
        Assert.Equal(["w04-medicine", "w05-integration"], cohort.Capacity!.Understaffed.AsEnumerable());
        Assert.Equal(0, cohort.Usable().Seats);
        // Renewed, it counts again.
        foreach (var e in Staffing.Recount(stage.People["n1"], "n1", 3, cohort, Now).Last) cohort = cohort.Apply(e, Now);
        Assert.Empty(cohort.Capacity!.Understaffed);
        Assert.Equal(5, cohort.Usable().Seats);
    }

    [Fact]
    public void A_blocked_room_of_several_stops_the_cohort_until_it_is_open()
    {
        var stage = new PlanStage("America/Vancouver", ("hall", 40), ("annex", 40));
        foreach (var (id, role) in Team) stage.With(id, role);
        var request = PlanStage.Small(stage.Roster, 5);
        stage.Planned(request with { Slots = [request.Slots[0], request.Slots[1] with { Room = "annex" }, request.Slots[2]] }, Templates.Small);
        var cohort = stage.Cohorts["c1"];
        foreach (var e in Staffing.CopyRooms([new RoomCopy("annex", 40, true, 9), new RoomCopy("hall", 40, false, 9)], cohort, Now).Last) cohort = cohort.Apply(e, Now);
        Assert.Equal(new SeatsUsable(0, "room"), cohort.Usable());
        foreach (var e in Staffing.CopyRooms([new RoomCopy("annex", 3, false, 10)], cohort, Now).Last) cohort = cohort.Apply(e, Now);
        Assert.Equal(new SeatsUsable(3, "room"), cohort.Usable());
        Assert.True(Staffing.CopyRooms([new RoomCopy("annex", 40, false, 4)], cohort, Now).Last.IsEmpty);
    }

    [Fact]
    public void A_plan_of_the_largest_cohort_takes_no_time_that_a_grain_would_notice()
    {
        var stage = new PlanStage().WithTeam(8);
        var request = PlanStage.Rtt(stage.Roster, pods: 8) with { Slots = Evenings(8) };
        Assert.Null(stage.Decide(request, Templates.Rtt).Refusal);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++) stage.Decide(request, Templates.Rtt);
        Assert.True(Stopwatch.GetElapsedTime(started) / 10 < TimeSpan.FromMilliseconds(100));
    }

    private static readonly (string, string)[] Team = [("t1", Roles.Therapist), ("t2", Roles.Therapist), ("n1", Roles.Nurse), ("md", Roles.Prescriber)];

    private static PlanStage Small(string zone = "America/Vancouver")
    {
        var stage = new PlanStage(zone);
        foreach (var (id, role) in Team) stage.With(id, role);
        return stage;
    }

    /// <summary>Each pod on an hour of its own, so that one prescriber and one hall are enough: two medicine sessions a day.</summary>
    private static ImmutableArray<Slot> Evenings(int pods) =>
    [
        new Slot("large-group", 0, IsoDayOfWeek.Monday, new LocalTime(18, 0), "", []),
        .. Enumerable.Range(1, pods).SelectMany(p => new[]
        {
            new Slot("preparation", p, (IsoDayOfWeek)(2 + (p % 5)), new LocalTime(20, 0), "", []),
            new Slot("integration", p, (IsoDayOfWeek)(2 + (p % 5)), new LocalTime(20, 0), "", []),
            new Slot("medicine", p, (IsoDayOfWeek)(2 + ((p - 1) / 2)), new LocalTime(p % 2 == 0 ? 14 : 8, 0), "hall", []),
        }),
    ];

    private static Instant At(int year, int month, int day, int hour, int minute) =>
        new LocalDateTime(year, month, day, hour, minute).InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"]).ToInstant();
}
