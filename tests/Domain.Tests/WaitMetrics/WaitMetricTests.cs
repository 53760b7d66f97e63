using CsCheck;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitMetrics;

namespace RttNetwork.Domain.Tests.WaitMetrics;

/// <summary>Waits by name: the same people counted in several ways, each of them right (rules 47 to 49).</summary>
public sealed class WaitMetricTests
{
    private const string Zone = "America/Vancouver";
    private static readonly LocalDate First = new(2026, 1, 1);
    private static readonly LocalDate Last = new(2026, 12, 31);
    private static readonly PathwayPolicy Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], null, 92, new FastingPreset("usual", Duration.Zero, Duration.Zero), [], new PreparationRule(0, Duration.Zero, 0), 3, 14, true, Duration.Zero, 75, [], [], new SafetyRegime("none", 0, 0));

    [Fact]
    public void The_same_cases_through_each_definition_differ_and_each_is_right()
    {
        // By hand, all referrals of 2 March 2026: (consult, eligible, first session of the cohort, first attended, first medicine).
        WaitDays[] cases =
        [
            Case(consult: 5, eligible: 8, scheduled: 20, attended: 20, medicine: 36),
            Case(consult: 7, eligible: 15, scheduled: 20, attended: 27, medicine: 45),     // did not come to the first session
            Case(consult: 9, eligible: 10, scheduled: 41, attended: 41, medicine: 80),
            Case(consult: 14, eligible: 30, scheduled: 48, attended: null, medicine: null), // never came
            Case(consult: 30, eligible: null, scheduled: null, attended: null, medicine: null), // is not taken
        ];
        // 20 20 41 48: rank 2 and rank 4 of 4.
        Assert.Equal(new WaitResult(4, 20, 48), WaitDefinition.Cihi.Over(cases, First, Last));
        // 5 7 9 14 30: rank 3 and rank 5 of 5.
        Assert.Equal(new WaitResult(5, 9, 30), WaitDefinition.BcWaitOne.Over(cases, First, Last));
        // 36-8 = 28, 45-15 = 30, 80-10 = 70 days: rank 2 is 30 (4.2857 weeks), rank 3 is 70 (10 weeks).
        Assert.Equal(new WaitResult(3, 4.3, 10), WaitDefinition.BcWaitTwo.Over(cases, First, Last));
        // 20 27 41: rank 2 and rank 3 of 3.
        Assert.Equal(new WaitResult(3, 27, 41), WaitDefinition.Attended.Over(cases, First, Last));
        Assert.Equal(4, WaitDefinition.All.Select(d => d.Over(cases, First, Last)).Distinct().Count());
        Assert.Equal(["cihi", "bc-wait-one", "bc-wait-two", "attended"], WaitDefinition.All.Select(d => d.Code));
    }

    [Fact]
    public void A_case_belongs_to_the_period_in_which_its_wait_ended()
    {
        // Consult on 7 March, first session on 22 March: one wait ended in the first half, the other in the second, and the last has not ended.
        WaitDays[] cases = [Case(consult: 5, eligible: null, scheduled: 20, attended: null, medicine: null)];
        var (half, day) = (new LocalDate(2026, 3, 15), new LocalDate(2026, 3, 22));
        Assert.Equal((1, 0), (WaitDefinition.BcWaitOne.Over(cases, First, half).Cases, WaitDefinition.Cihi.Over(cases, First, half).Cases));
        Assert.Equal((0, 1), (WaitDefinition.BcWaitOne.Over(cases, half, Last).Cases, WaitDefinition.Cihi.Over(cases, half, Last).Cases));
        // Both ends of a period are in it.
        Assert.Equal(new WaitResult(1, 20, 20), WaitDefinition.Cihi.Over(cases, day, day));
        Assert.Equal(new WaitResult(0, null, null), WaitDefinition.Attended.Over(cases, First, Last));
    }

    [Fact]
    public void Who_goes_on_in_another_cohort_was_scheduled_before_it_began()
    {
        Assert.Equal(Day(27), Case(consult: null, eligible: null, scheduled: 60, attended: 27, medicine: null).ScheduledOn);
        Assert.Equal(Day(20), Case(consult: null, eligible: null, scheduled: 20, attended: 27, medicine: null).ScheduledOn);
        Assert.Equal(Day(27), Case(consult: null, eligible: null, scheduled: null, attended: 27, medicine: null).ScheduledOn);
        Assert.Null(Case(consult: 3, eligible: 4, scheduled: null, attended: null, medicine: null).ScheduledOn);
    }

    [Fact]
    public void The_percentile_of_a_region_is_that_of_its_cases_and_no_mean_of_its_sites()
    {
        WaitDays[] one = [.. Enumerable.Range(1, 7).Select(d => Case(consult: d, eligible: null, scheduled: null, attended: null, medicine: null))];
        WaitDays[] other = [Case(consult: 100, eligible: null, scheduled: null, attended: null, medicine: null)];
        Assert.Equal((4, 100), (WaitDefinition.BcWaitOne.Over(one, First, Last).P50, WaitDefinition.BcWaitOne.Over(other, First, Last).P50));
        // 1 2 3 4 5 6 7 100: rank 4 is 4. A mean of the sites would be 52.
        Assert.Equal(new WaitResult(8, 4, 100), WaitDefinition.BcWaitOne.Over([.. one, .. other], First, Last));
    }

    [Fact]
    public void Nearest_rank_is_what_a_plain_model_says() =>
        Gen.Select(Gen.Int[0, 400].Array[0, 60], Gen.Int[1, 100]).Sample((values, percent) =>
        {
            // The smallest of the values that at least so many percent of all are not above: no ranks, no order.
            int? expected = values.Where(v => values.Count(o => o <= v) * 100 >= percent * values.Length).Select(v => (int?)v).Min();
            return NearestRank.Of([.. values.Order()], percent) == expected;
        });

    [Fact]
    public void The_third_cohort_with_a_free_seat_counts_calendar_days_where_it_is()
    {
        var today = new LocalDate(2026, 11, 27);
        CohortStart[] starts = [new(today.PlusDays(30), today), new(today, today), new(today.PlusDays(-3), today), new(today.PlusDays(9), today), new(today.PlusDays(9), today.PlusDays(1))];
        // 0, 8 (where it is a day later already), 9, 30; one has begun.
        Assert.Equal(9, ThirdNextAvailable.Days(starts));
        Assert.Null(ThirdNextAvailable.Days(starts[..3]));
        Assert.Null(ThirdNextAvailable.Days([]));
    }

    [Fact]
    public void The_days_of_a_case_are_the_sites_and_what_is_corrected_is_read_anew()
    {
        // 03:00 UTC is the evening before in Vancouver.
        var at = Instant.FromUtc(2026, 3, 3, 3, 0);
        var history = Fold(WaitHistory.Empty, at,
            new PathwayOpened("GRIP-8", "nanaimo", "CA-BC", Zone, Policy, "self", at),
            new ScreeningBegun(),
            new SignedOff("medical", "doc", 1, Clear: true, Day(5), Day(95)));
        Assert.Equal(new WaitCase(1, "nanaimo", "GRIP-8", Day(0)) { SignedOffOn = Day(5) }, Assert.Single(history.Cases));

        // Anew: the first sign-off stays the first consult, and a visit that was before it comes before it.
        history = Fold(history, at + Duration.FromDays(9),
            new ScreeningBegun(),
            new SignedOff("medical", "doc", 1, Clear: true, Day(9), Day(99)),
            new SignedOff("psychological", "psy", 1, Clear: true, Day(9), Day(99)),
            new SessionAttended("bc/c-nanaimo.x1", 0, "screening", Day(3), at, Attended: true),
            new SessionAttended("bc/c-nanaimo.c1", 0, "preparation", Day(20), at, Attended: true),
            new SessionAttended("bc/c-nanaimo.c1", 1, "preparation", Day(27), at, Attended: true));
        Assert.Equal((Day(3), Day(9), Day(20), null), (history.Cases[0].ConsultOn, history.Cases[0].EligibleOn, history.Cases[0].AttendedOn, history.Cases[0].MedicineOn));

        // Somebody was mistaken about the first session.
        history = Fold(history, at + Duration.FromDays(30), new SessionAttended("bc/c-nanaimo.c1", 0, "preparation", Day(20), at, Attended: false));
        Assert.Equal(Day(27), history.Cases[0].AttendedOn);
        history = Fold(history, at + Duration.FromDays(40),
            new CheckedIn("bc/c-nanaimo.c1", 2, Day(34), "nurse"),
            new Transferred(["bc/c-nanaimo.c1"], "bc/c-comox.c1", "comox", "CA-BC", Zone, "", 0));
        Assert.Equal((Day(34), Day(27), "comox"), (history.Cases[0].MedicineOn, history.Cases[0].AttendedOn, history.Cases[0].Site));

        // Another pathway is another case, and the medicine of the one before is not its.
        var later = at + Duration.FromDays(200);
        history = Fold(history, later, new PathwayOpened("GRIP-8", "nanaimo", "CA-BC", Zone, Policy, "self", later));
        Assert.Equal([Day(34), null], history.Cases.Select(c => c.MedicineOn));
        Assert.Equal((2, Day(200)), (history.Cases[1].Pathway, history.Cases[1].ReceivedOn));
        // The clinicians' decision was the day that it was there.
        Assert.Equal(Day(9), history.Cases[0].EligibleOn);
    }

    /// <summary>So many days after the referrals of 2 March.</summary>
    private static LocalDate Day(int days) => new LocalDate(2026, 3, 2).PlusDays(days);

    private static WaitDays Case(int? consult, int? eligible, int? scheduled, int? attended, int? medicine) => new(Day(0), On(consult), On(eligible), On(scheduled), On(attended), On(medicine));

    private static LocalDate? On(int? days) => days is { } d ? Day(d) : null;

    private static WaitHistory Fold(WaitHistory history, Instant at, params IEvent[] events) => events.Aggregate(history, (h, e) => h.Apply(e, at));
}
