using System.Globalization;
using System.Text;
using CsCheck;
using NodaTime;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Policies;

namespace RttNetwork.Gateway.Tests;

/// <summary>What authorities are told of people, as data: what a file may say, and what each policy that it may say tells.</summary>
public sealed class DisclosurePoliciesTests
{
    private const string Policy = """{ "livePeopleMin": 5, "liveRoundedTo": 5, "exportPeopleMin": 5, "pastHours": 1, "periodMonths": 1 }""";
    private const int PeopleMax = 400;

    /// <summary>Every policy that a file may have, for people as many as a network has.</summary>
    private static readonly Gen<DisclosurePolicyView> GenPolicy = Gen.Select(
        Gen.Int[5, 60], OneOf(5, 15, 25, 35, 45), Gen.Int[5, 60], OneOf(1, 2, 3, 4, 6, 8, 12, 24), OneOf(1, 3, 6, 12),
        (live, rounded, export, hours, months) => new DisclosurePolicyView(live, rounded, export, hours, months));

    [Fact]
    public void Nobody_has_a_policy_of_their_own_in_what_comes_with_the_gateway_and_none_is_less_strict()
    {
        var shipped = DisclosurePolicies.Load(null);
        Assert.Equal(DisclosurePolicyView.Least, shipped.Of(["anywhere"]));
        Assert.Equal(DisclosurePolicyView.Least, shipped.Of([]));
        Assert.Equal(5, shipped.ExportPeopleMins.Of("anywhere"));
    }

    [Theory]
    [InlineData("\"livePeopleMin\": 5", "\"livePeopleMin\": 4", "regions.island.livePeopleMin: 4 must be 5 to 1000 (rule 51)")]
    [InlineData("\"exportPeopleMin\": 5", "\"exportPeopleMin\": 1", "regions.island.exportPeopleMin: 1 must be 5 to 1000 (rule 51)")]
    [InlineData("\"exportPeopleMin\": 5", "\"exportPeopleMin\": 1001", "regions.island.exportPeopleMin: 1001 must be 5 to 1000 (rule 51)")]
    [InlineData("\"liveRoundedTo\": 5", "\"liveRoundedTo\": 1", "regions.island.liveRoundedTo: 1 must be one of 5, 15, 25, 35, 45 (rule 51")]
    [InlineData("\"liveRoundedTo\": 5", "\"liveRoundedTo\": 10", "regions.island.liveRoundedTo: 10 must be one of")]
    [InlineData("\"pastHours\": 1", "\"pastHours\": 0", "regions.island.pastHours: 0 must be one of 1, 2, 3, 4, 6, 8, 12, 24 (rule 51")]
    [InlineData("\"periodMonths\": 1", "\"periodMonths\": 2", "regions.island.periodMonths: 2 must be one of 1, 3, 6, 12 (rule 51")]
    [InlineData(", \"periodMonths\": 1", "", "line 1: $.regions.island")]
    [InlineData("\"pastHours\"", "\"pastDays\"", "line 1: $.regions.island")]
    public void A_policy_that_is_weaker_than_the_rule_is_refused_with_its_field_and_the_rule(string right, string wrong, string told)
    {
        Assert.NotNull(Read($$"""{ "otherwise": {{Policy}}, "regions": { "island": {{Policy}} } }"""));
        var fault = Assert.Throws<InvalidOperationException>(() => Read($$"""{ "otherwise": {{Policy}}, "regions": { "island": {{Policy.Replace(right, wrong, StringComparison.Ordinal)}} } }"""));
        Assert.StartsWith("a.json: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.Contains("otherwise", Assert.Throws<InvalidOperationException>(() => Read($$"""{ "otherwise": {{Policy.Replace(right, wrong, StringComparison.Ordinal)}}, "regions": {} }""")).Message, StringComparison.Ordinal);
        Assert.Contains("regions: 'The Island' must be the id", Assert.Throws<InvalidOperationException>(() => Read($$"""{ "otherwise": {{Policy}}, "regions": { "The Island": {{Policy}} } }""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_region_without_a_policy_of_its_own_is_told_by_the_other_one_and_of_several_the_strictest_counts()
    {
        var policies = Read("""
            {
              "otherwise": { "livePeopleMin": 6, "liveRoundedTo": 5, "exportPeopleMin": 7, "pastHours": 2, "periodMonths": 1 },
              "regions": {
                "island": { "livePeopleMin": 5, "liveRoundedTo": 15, "exportPeopleMin": 5, "pastHours": 3, "periodMonths": 3 },
                "north": { "livePeopleMin": 20, "liveRoundedTo": 25, "exportPeopleMin": 12, "pastHours": 8, "periodMonths": 12 }
              }
            }
            """);
        Assert.Equal(new DisclosurePolicyView(6, 5, 7, 2, 1), policies.Of(["interior"]));
        Assert.Equal(new DisclosurePolicyView(5, 15, 5, 3, 3), policies.Of(["island"]));
        Assert.Equal(new DisclosurePolicyView(6, 15, 7, 6, 3), policies.Of(["interior", "island"]));
        Assert.Equal(new DisclosurePolicyView(20, 75, 12, 24, 12), policies.Of(["north", "island"]));
        Assert.Equal(new DisclosurePolicyView(6, 5, 7, 2, 1), policies.Of([]));
        var export = MeasureMapping.Read(new Fields(), new Wire.V1.ExportMeasuresRequest { Parent = "networks/bc/sites/-", Program = "GRIP-8", PseudonymKey = Google.Protobuf.ByteString.CopyFrom(new byte[32]) }, policies).Export!;
        Assert.Equal((5, 12, 7), (export.OfRegions!.Of("island"), export.OfRegions.Of("north"), export.OfRegions.Of("interior")));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(7, 0, true)]
    [InlineData(8, 10, false)]
    [InlineData(12, 10, false)]
    [InlineData(13, 15, false)]
    public void People_are_rounded_as_the_rule_says(int people, int told, bool suppressed) =>
        Assert.Equal(new PeopleCount(told, suppressed), DisclosurePolicyView.Least.Rounded(people));

    /// <summary>The attacker knows the policy, and takes every number that fits an answer: whatever the policy, those are five at least, and none of them is few.</summary>
    [Fact]
    public void Whatever_the_policy_an_answer_is_of_as_many_numbers_as_it_rounds_to_and_of_none_that_is_few() => GenPolicy.Sample(policy =>
    {
        Assert.Equal(new PeopleCount(0, false), policy.Rounded(0));
        var answers = Enumerable.Range(1, PeopleMax).ToLookup(policy.Rounded);
        foreach (var answer in answers.Where(a => a.Key != policy.Rounded(PeopleMax)))
        {
            if (answer.Key.IsSuppressed) Assert.Equal(Enumerable.Range(1, answer.Count()), answer);
            else Assert.Equal((policy.LiveRoundedTo, true), (answer.Count(), answer.Min() >= policy.LivePeopleMin));
            Assert.True(answer.Key.IsSuppressed ? answer.Count() >= policy.LivePeopleMin - 1 : answer.Contains(answer.Key.Count), answer.Key.ToString());
        }
        Assert.True(answers.Contains(new PeopleCount(0, true)));
    }, iter: 2000);

    /// <summary>He holds a token of each region and one of both; or he asked before a policy became stricter.</summary>
    [Fact]
    public void Whoever_is_told_by_two_policies_learns_nothing_that_either_of_them_would_not_tell() => Gen.Select(GenPolicy, GenPolicy).Sample((one, other) =>
    {
        var both = DisclosurePolicyView.Strictest([one, other]);
        foreach (var policy in new[] { one, other })
        {
            foreach (var same in Enumerable.Range(0, PeopleMax).GroupBy(policy.Rounded)) Assert.Single(same.Select(both.Rounded).Distinct());
            var hours = Enumerable.Range(0, 24 * 60).Select(minute => Instant.FromUtc(2027, 1, 12, 0, 0) + NodaTime.Duration.FromMinutes(minute));
            foreach (var same in hours.GroupBy(at => HistoryTicks.Floor(at, policy.PastHours * HistoryTicks.PerHour))) Assert.Single(same.Select(at => HistoryTicks.Floor(at, both.PastHours * HistoryTicks.PerHour)).Distinct());
            foreach (var period in Months().Where(p => p.IsOfMonths(both.PeriodMonths))) Assert.True(period.IsOfMonths(policy.PeriodMonths));
            Assert.True(both.ExportPeopleMin >= policy.ExportPeopleMin);
        }
    }, iter: 300);

    /// <summary>What the page of a region asks about is what its authority may ask about.</summary>
    [Fact]
    public void The_last_period_is_over_and_one_that_may_be_asked_about() => Gen.Select(OneOf(1, 3, 6, 12), Gen.Int[0, 2000]).Sample((months, days) =>
    {
        var today = new LocalDate(2026, 1, 1).PlusDays(days);
        var period = DayPeriod.LastOf(months, 3, today);
        Assert.True(period.To < today && period.IsOfMonths(months), string.Create(CultureInfo.InvariantCulture, $"{period} of {today:R}"));
        Assert.Equal(Math.Max(months, 3), Period.Between(period.From, period.To.PlusDays(1), PeriodUnits.Months).Months);
        Assert.True(period.To.PlusDays(1).PlusMonths(months) > today);
    }, iter: 2000);

    private static Gen<int> OneOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static IEnumerable<DayPeriod> Months() =>
        from first in Enumerable.Range(0, 24) from many in Enumerable.Range(1, 24) let day = new LocalDate(2026, 1, 1).PlusMonths(first) select new DayPeriod(day, day.PlusMonths(many).PlusDays(-1));

    private static DisclosurePolicies Read(string json) => DisclosurePolicies.Parse(Encoding.UTF8.GetBytes(json), "a.json");
}
