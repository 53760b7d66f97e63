namespace RttNetwork.Domain.Disclosure;

/// <summary>People counted by two things, with the totals of rows and of columns: what is released, or not, cell by cell. The totals stand in one more row and one more column.</summary>
public sealed class CountTable
{
    private readonly int[,] _counts;

    /// <param name="counts">By row and column, none below zero; copied.</param>
    /// <param name="hasColumnTotals">False for rows that do not add up to anything, such as figures of different kinds: only their own totals are released.</param>
    public CountTable(int[,] counts, bool hasColumnTotals = true)
    {
        ArgumentNullException.ThrowIfNull(counts);
        (Rows, Columns, HasColumnTotals) = (counts.GetLength(0), counts.GetLength(1), hasColumnTotals);
        _counts = new int[Rows + 1, Columns + 1];
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(counts[row, column]);
                _counts[row, column] = counts[row, column];
                _counts[row, Columns] += counts[row, column];
                _counts[Rows, column] += counts[row, column];
                _counts[Rows, Columns] += counts[row, column];
            }
        }
    }

    /// <summary>Without the totals.</summary>
    public int Rows { get; }

    /// <summary>Without the totals.</summary>
    public int Columns { get; }

    public bool HasColumnTotals { get; }

    /// <summary>A count, or a total where <paramref name="row"/> is <see cref="Rows"/> or <paramref name="column"/> is <see cref="Columns"/>.</summary>
    public int this[int row, int column] => _counts[row, column];

    /// <summary>False for a total that is not released in any case.</summary>
    public bool IsReleased(int row) => row < Rows || HasColumnTotals;

    /// <summary>A total of one row or of one column: it goes down when what it is the sum of goes up on the other side of the equation.</summary>
    internal bool IsOneTotal(int row, int column) => (row == Rows) != (column == Columns);
}
