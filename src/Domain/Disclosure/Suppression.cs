namespace RttNetwork.Domain.Disclosure;

/// <summary>Which cells of a table are not told; totals among them.</summary>
public sealed class HiddenCells
{
    private readonly bool[,] _hidden;

    internal HiddenCells(bool[,] hidden) => _hidden = hidden;

    public bool this[int row, int column] => _hidden[row, column];

    internal bool[,] Copy() => (bool[,])_hidden.Clone();
}

/// <summary>
/// Rule 51 for what is published: counts of few people are not told, and neither is what they could be reckoned from (complementary suppression). Zeros
/// are told.
/// </summary>
/// <remarks>
/// What is proven of a release: through every cell that is not told runs a circle of such cells, alternately in one row and in one column, along which as
/// many people as <c>peopleMin - 1</c> can be added here and taken away there without changing any figure that is told, any sum, or the sign that
/// somebody is there. So each of them can have <c>peopleMin</c> values and more, for whoever knows everything that is told. Where a table is released
/// again, the circle lies in what was hidden in every release since one of them, and all those are changed alike: no difference of two releases
/// changes either, so differences tell nothing; and of what an earlier release told, nothing is undercut, so counts that only rise tell nothing.
/// A circle is found as a cheapest way through rows and columns, and there always is one: the cell, its two totals and the grand total.
/// </remarks>
public static class Suppression
{
    /// <summary>Hides what a release must not tell.</summary>
    /// <param name="releases">Of one table, the first one first: the last is to be released.</param>
    /// <param name="earlier">What was hidden of those before it, each of the release of its place.</param>
    /// <param name="peopleMin">The fewest people that are told (rule 51).</param>
    public static HiddenCells Of(IReadOnlyList<CountTable> releases, IReadOnlyList<HiddenCells> earlier, int peopleMin)
    {
        ArgumentNullException.ThrowIfNull(releases);
        ArgumentNullException.ThrowIfNull(earlier);
        if (earlier.Count != releases.Count - 1 || releases.Any(r => (r.Rows, r.Columns, r.HasColumnTotals) != (releases[0].Rows, releases[0].Columns, releases[0].HasColumnTotals)))
            throw new ArgumentException("Every release but the last has its hidden cells, and all are of one table.", nameof(earlier));
        return new HiddenCells(new Release(releases, earlier, peopleMin).Hide());
    }

    private sealed class Release(IReadOnlyList<CountTable> releases, IReadOnlyList<HiddenCells> earlier, int peopleMin)
    {
        private readonly CountTable _table = releases[^1];
        private readonly bool[,] _hidden = earlier.Count > 0 ? earlier[^1].Copy() : new bool[releases[0].Rows + 1, releases[0].Columns + 1];

        /// <summary>How far each hidden cell could be from what it is.</summary>
        private int Width => peopleMin - 1;

        public bool[,] Hide()
        {
            foreach (var (row, column) in Cells().ToList())
            {
                if (_table[row, column] > 0 && _table[row, column] < peopleMin) _hidden[row, column] = true;
            }
            var kept = (bool[,])_hidden.Clone();
            foreach (var (row, column) in Cells().Where(c => kept[c.Row, c.Column]).ToList())
            {
                // Nobody is left where somebody was hidden before, nor in its row or column: there is nothing to hide it with, and it stays hidden.
                if (IsSafe(row, column) || Circle(row, column, releases.Count - 1, mayHide: true) is not { } circle) continue;
                foreach (var also in circle) _hidden[also.Row, also.Column] = true;
            }
            // What was hidden for one cell may not be needed any more beside what was hidden for others: the largest counts are told first.
            foreach (var (row, column) in Cells().Where(c => _hidden[c.Row, c.Column] && !kept[c.Row, c.Column]).OrderByDescending(c => _table[c.Row, c.Column]).ToList())
            {
                _hidden[row, column] = false;
                if (!Cells().Where(c => _hidden[c.Row, c.Column] && _table[c.Row, c.Column] > 0).All(c => IsSafe(c.Row, c.Column))) _hidden[row, column] = true;
            }
            return _hidden;
        }

        private IEnumerable<(int Row, int Column)> Cells() =>
            from row in Enumerable.Range(0, _table.Rows + 1) where _table.IsReleased(row) from column in Enumerable.Range(0, _table.Columns + 1) select (row, column);

        private bool IsSafe(int row, int column) => Enumerable.Range(0, releases.Count).Any(first => Circle(row, column, first, mayHide: false) is not null);

        /// <summary>The other cells of a circle by which the count can be larger, in every release since one of them; null when there is none.</summary>
        /// <param name="mayHide">True when told cells of the last release may be taken, to be hidden.</param>
        private List<(int Row, int Column)>? Circle(int row, int column, int first, bool mayHide)
        {
            // Nodes are rows, then columns. The way goes from the cell's column to its row; on it people are taken away in columns and added in rows, in the
            // cell's own direction.
            var rows = _table.Rows + 1;
            var nodes = rows + _table.Columns + 1;
            var (cost, from, done) = (new long[nodes], new int[nodes], new bool[nodes]);
            Array.Fill(cost, long.MaxValue);
            cost[rows + column] = 0;
            while (true)
            {
                var at = -1;
                for (var node = 0; node < nodes; node++)
                {
                    if (!done[node] && cost[node] < long.MaxValue && (at < 0 || cost[node] < cost[at])) at = node;
                }
                if (at < 0) return null;
                if (at == row) break;
                done[at] = true;
                for (var next = at < rows ? rows : 0; next < (at < rows ? nodes : rows); next++)
                {
                    var (r, c) = at < rows ? (at, next - rows) : (next, at - rows);
                    if (done[next] || (r, c) == (row, column) || CostOf(r, c, isAdded: (at < rows) != _table.IsOneTotal(r, c) != _table.IsOneTotal(row, column), first, mayHide) is not { } step) continue;
                    if (cost[at] + step < cost[next]) (cost[next], from[next]) = (cost[at] + step, at);
                }
            }
            List<(int, int)> circle = [];
            for (var node = row; node != rows + column; node = from[node])
            {
                var (r, c) = node < rows ? (node, from[node] - rows) : (from[node], node - rows);
                if (_table.IsReleased(r)) circle.Add((r, c));
            }
            return circle;
        }

        /// <summary>What it costs to take a cell into a circle: nothing when it is hidden already; null when it cannot be.</summary>
        private long? CostOf(int row, int column, bool isAdded, int first, bool mayHide)
        {
            if (!_table.IsReleased(row)) return 0;
            var isHidden = first < earlier.Count ? earlier[first][row, column] : _hidden[row, column];
            if (!isHidden && (!mayHide || _table[row, column] == 0)) return null;
            if (!isAdded)
            {
                for (var release = first; release < releases.Count; release++)
                {
                    // Whoever is there stays there; and where this release is the first that is changed, no less than was there before.
                    var count = releases[release][row, column];
                    var least = Math.Min(1, count);
                    if (release == first && first > 0) least = Math.Max(least, releases[first - 1][row, column]);
                    if (count - least < Width) return null;
                }
            }
            return isHidden ? 0 : _table[row, column];
        }
    }
}
