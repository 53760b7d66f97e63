using System.Collections.Immutable;
using RttNetwork.Domain.Measures;

namespace RttNetwork.Domain.Disclosure;

/// <summary>What is published to an authority about people (rule 51): by the policy of its region, and by the strictest of the jurisdictions there.</summary>
/// <param name="PeopleMin">Fewer people, and more than none, are not told.</param>
public sealed record DisclosurePolicy(int PeopleMin)
{
    /// <summary>Of a region with no site, the strictest jurisdiction that there is.</summary>
    /// <param name="peopleMin">What the region's own policy says; it cannot undercut a law.</param>
    public static DisclosurePolicy Of(IEnumerable<string> jurisdictions, int peopleMin) => new(jurisdictions.Select(Export.PeopleMin).DefaultIfEmpty(Export.PeopleMin("US")).Append(peopleMin).Max());

    /// <summary>A table as it is published: null where a cell is not told.</summary>
    public ImmutableArray<ImmutableArray<int?>> Publish(CountTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var hidden = Suppression.Of([table], [], PeopleMin);
        return [.. Enumerable.Range(0, table.Rows + (table.HasColumnTotals ? 1 : 0)).Select(row =>
            Enumerable.Range(0, table.Columns + 1).Select(column => hidden[row, column] ? (int?)null : table[row, column]).ToImmutableArray())];
    }
}
