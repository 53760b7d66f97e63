namespace RttNetwork.Load.Results;

/// <summary>Paired observations: each of the two sides once, one right after the other, so that what disturbs the machine disturbs both.</summary>
internal static class Pairs
{
    /// <summary>The coverage that an interval of the median is to have at least, when there are enough pairs for it.</summary>
    private const double Coverage = 0.95;

    /// <summary>The median of the ratios, with its interval by order statistics: no distribution is assumed.</summary>
    public static (double Median, double Low, double High) Ratio(IReadOnlyList<(double One, double Other)> pairs)
    {
        var ratios = pairs.Select(p => p.One / p.Other).Order().ToArray();
        var (low, high) = IntervalRanks(ratios.Length);
        return (Median(ratios), ratios[low], ratios[high]);
    }

    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        var middle = ordered.Length / 2;
        return ordered.Length % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }

    /// <summary>
    /// The narrowest symmetric pair of ranks (from 0) between which the true median lies with <see cref="Coverage"/>:
    /// each observation is above it with probability one half. With few observations the extremes, whatever they cover.
    /// </summary>
    public static (int Low, int High) IntervalRanks(int count)
    {
        var low = 0;
        for (var next = 1; next < (count + 1) / 2 && Covered(count, next) >= Coverage; next++) low = next;
        return (low, count - 1 - low);
    }

    /// <summary>The probability that the median lies between the observations of rank <paramref name="low"/> and its mirror.</summary>
    public static double Covered(int count, int low)
    {
        double outside = 0, choose = 1;
        for (var i = 0; i <= low; i++)
        {
            outside += choose;
            choose = choose * (count - i) / (i + 1);
        }
        return 1 - (2 * outside * Math.Pow(0.5, count));
    }
}
