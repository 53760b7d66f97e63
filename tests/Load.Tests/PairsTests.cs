using RttNetwork.Load.Results;

namespace RttNetwork.Load.Tests;

public sealed class PairsTests
{
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(5, 0, 4)]
    [InlineData(6, 0, 5)]
    [InlineData(8, 0, 7)]
    [InlineData(9, 1, 7)]
    [InlineData(20, 5, 14)]
    public void An_interval_leaves_out_what_it_can_and_still_covers(int count, int low, int high) =>
        Assert.Equal((low, high), Pairs.IntervalRanks(count));

    [Fact]
    public void The_ratio_is_taken_pair_by_pair()
    {
        // A machine that becomes ten times slower between two rounds changes no ratio.
        var (median, low, high) = Pairs.Ratio([(200, 100), (20, 10), (2.2, 1)]);

        Assert.Equal((2, 2, 2.2), (median, low, high));
    }

    [Theory]
    [InlineData(1234.5678, 1235)]
    [InlineData(0.00123456, 0.001235)]
    [InlineData(1.49999, 1.5)]
    [InlineData(0, 0)]
    [InlineData(double.NaN, 0)]
    public void A_figure_is_told_in_four_digits(double value, double told) => Assert.Equal(told, Measure.Round(value));

    [Fact]
    public void A_figure_passes_by_what_it_is_and_not_by_what_it_is_rounded_to()
    {
        Assert.False(Measure.AtLeast("x", 1.49999, 1.5).Pass);
        Assert.True(Measure.AtMost("x", 1.5, 1.5).Pass);
        Assert.Equal("""{"name":"x","value":2,"target":">= 1.5","pass":true}""", Measure.AtLeast("x", 2, 1.5).ToJson().ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }
}
