using System.Globalization;

namespace RttNetwork.Storage.Projections;

/// <summary>Where a match stands in the order of a search, and the last row of a page of it: "1 98670 site.cohort".</summary>
internal readonly record struct SearchKey(bool LimitedCapacity, int Points, string Id) : IComparable<SearchKey>
{
    /// <exception cref="FormatException">The key was not given out by a search.</exception>
    public static SearchKey Parse(string key) =>
        key.Split(' ') is [("0" or "1") and var limited, var points, var id]
            ? new SearchKey(limited == "1", int.Parse(points, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), id)
            : throw new FormatException("The page key is not of a search.");

    public int CompareTo(SearchKey other)
    {
        var order = LimitedCapacity.CompareTo(other.LimitedCapacity);
        if (order == 0) order = Points.CompareTo(other.Points);
        return order != 0 ? order : string.CompareOrdinal(Id, other.Id);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(LimitedCapacity ? 1 : 0)} {Points} {Id}");
}
