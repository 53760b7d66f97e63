using System.Collections.Immutable;
using RttNetwork.Domain.Measures;

namespace RttNetwork.Domain.Disclosure;

/// <summary>What is published to an authority about people (rule 51): by the strictest of the jurisdictions of its region.</summary>
/// <param name="PeopleMin">Fewer people, and more than none, are not told.</param>
public sealed record DisclosurePolicy(int PeopleMin)
{
    /// <summary>Of a region with no site, the strictest that there is.</summary>
    public static DisclosurePolicy Of(IEnumerable<string> jurisdictions) => new(jurisdictions.Select(Export.PeopleMin).DefaultIfEmpty(Export.PeopleMin("US")).Max());

    /// <summary>A table as it is published: null where a cell is not told.</summary>
    public ImmutableArray<ImmutableArray<int?>> Publish(CountTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var hidden = Suppression.Of([table], [], PeopleMin);
        return [.. Enumerable.Range(0, table.Rows + (table.HasColumnTotals ? 1 : 0)).Select(row =>
            Enumerable.Range(0, table.Columns + 1).Select(column => hidden[row, column] ? (int?)null : table[row, column]).ToImmutableArray())];
    }
}
