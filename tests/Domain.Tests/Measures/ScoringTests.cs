using System.Collections.Immutable;
using CsCheck;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;

namespace RttNetwork.Domain.Tests.Measures;

/// <summary>From answers to a score, and from two scores to a change.</summary>
public sealed class ScoringTests
{
    private static readonly MeasureDefinition Phq9 = new("phq-9", 9, 3, 9, Scorings.Sum, 27, true, 5, 9);
    private static readonly MeasureDefinition Pcl5 = new("pcl-5", 20, 4, 20, Scorings.Sum, 80, true, 10, 0);
    private static readonly MeasureDefinition Bipf = new("b-ipf", 7, 6, 1, Scorings.Percent, 100, true, 0, 0);
    private static readonly MeasureDefinition Better = new("meq-30", 30, 5, 30, Scorings.Percent, 100, false, 10, 0);
    private static readonly MeasureDefinition ByScore = new("ebi", 0, 0, 0, Scorings.Sum, 100, false, 0, 0);

    [Theory]
    [InlineData("0,0,0,0,0,0,0,0,0", 0, false)]
    [InlineData("3,3,3,3,3,3,3,3,0", 24, false)]
    [InlineData("0,0,0,0,0,0,0,0,1", 1, true)]
    [InlineData("3,3,3,3,3,3,3,3,3", 27, true)]
    public void The_answers_come_to_a_score_and_the_ninth_to_an_alert(string items, int score, bool alert) =>
        Assert.Equal(new Scored(score, alert), Good(Phq9, new FilledIn(Items(items), null, null)));

    [Theory]
    [InlineData("6,6,6,6,6,6,6", 100)]
    [InlineData("3,-,-,-,-,-,-", 50)]
    [InlineData("1,0,0,-,-,-,-", 6)]
    [InlineData("1,0,0,0,-,-,-", 4)]
    [InlineData("0,0,0,0,0,0,0", 0)]
    public void Questions_that_do_not_apply_are_left_out_of_a_percentage(string items, int score) =>
        Assert.Equal(score, Good(Bipf, new FilledIn(Items(items), null, null)).Score);

    [Theory]
    [InlineData("0,0,0,0,0,0,0,0", null, null, "items alert_item_answer")]
    [InlineData("0,0,0,0,0,0,0,0,4", null, null, "items[8]")]
    [InlineData("0,0,0,0,0,0,0,-,0", null, null, "items")]
    [InlineData("1,1,1,1,1,1,1,1,0", 9, null, "score")]
    [InlineData("1,1,1,1,1,1,1,1,0", null, 1, "alert_item_answer")]
    [InlineData("", 28, 0, "score")]
    [InlineData("", 12, null, "alert_item_answer")]
    [InlineData("", 12, 4, "alert_item_answer")]
    [InlineData("", 1, 2, "score")]
    [InlineData("", null, null, "items alert_item_answer")]
    public void Each_wrong_field_is_named(string items, int? score, int? alert, string fields)
    {
        var refusal = Scoring.Of(Phq9, new FilledIn(Items(items), score, alert)).Refusal;
        Assert.Equal(Reason.MeasureInvalid, refusal?.Reason);
        Assert.Equal(fields, string.Join(' ', refusal!.Violations.Select(v => v.Subject)));
    }

    [Fact]
    public void A_measure_that_is_recorded_by_its_score_has_no_answers()
    {
        Assert.Equal(new Scored(61, false), Good(ByScore, new FilledIn([], 61, null)));
        Assert.Equal("items", Assert.Single(Scoring.Of(ByScore, new FilledIn([1], 61, null)).Refusal!.Violations).Subject);
        Assert.Equal("alert_item_answer", Assert.Single(Scoring.Of(Pcl5, new FilledIn([], 61, 0)).Refusal!.Violations).Subject);
    }

    /// <summary>The index itself counts, one point less does not; where more is better the sides are changed, and without an index nothing is called either.</summary>
    [Theory]
    [InlineData("phq-9", 15, 10, Change.Improved)]
    [InlineData("phq-9", 15, 11, Change.NoChange)]
    [InlineData("phq-9", 15, 19, Change.NoChange)]
    [InlineData("phq-9", 15, 20, Change.Worsened)]
    [InlineData("pcl-5", 40, 30, Change.Improved)]
    [InlineData("pcl-5", 40, 31, Change.NoChange)]
    [InlineData("meq-30", 40, 50, Change.Improved)]
    [InlineData("meq-30", 40, 30, Change.Worsened)]
    [InlineData("b-ipf", 90, 10, Change.NotClassified)]
    public void A_change_counts_from_the_reliable_change_index_on(string code, int baseline, int later, Change change) =>
        Assert.Equal(change, ReliableChange.Of(new[] { Phq9, Pcl5, Bipf, Better }.Single(m => m.Code == code), baseline, later));

    /// <summary>Whatever is filled in: a score is within its range and says what the answers say, or every wrong field is named.</summary>
    [Fact]
    public void Whatever_is_filled_in_a_score_is_what_the_answers_say()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Int[-1, 6].Array[0, 31], Gen.Int[-2, 110].Nullable(), Gen.Int[0, 4].Nullable()).Sample(
            (which, answers, score, alert) =>
            {
                MeasureDefinition[] all = [Phq9, Pcl5, Bipf, Better, ByScore];
                var measure = all[which];
                ImmutableArray<int?> items = [.. answers.Select(a => a < 0 ? null : (int?)a)];
                var (refusal, scored) = Scoring.Of(measure, new FilledIn(items, score, alert));
                if (refusal is not null)
                {
                    Assert.NotEmpty(refusal.Violations);
                    return;
                }
                Assert.InRange(scored.Score, 0, measure.ScoreMax);
                if (measure.Scoring == Scorings.Sum && !items.IsEmpty) Assert.Equal(items.Sum(), scored.Score);
                if (items.IsEmpty) Assert.Equal(score, scored.Score);
                if (measure.AlertItem > 0) Assert.Equal((items.IsEmpty ? alert : items[measure.AlertItem - 1]) > 0, scored.Alert);
            },
            iter: 20_000);
    }

    private static Scored Good(MeasureDefinition measure, FilledIn filled)
    {
        var (refusal, scored) = Scoring.Of(measure, filled);
        Assert.Null(refusal);
        return scored;
    }

    private static ImmutableArray<int?> Items(string text) => text.Length == 0 ? [] : [.. text.Split(',').Select(t => t == "-" ? null : (int?)int.Parse(t, System.Globalization.CultureInfo.InvariantCulture))];
}
