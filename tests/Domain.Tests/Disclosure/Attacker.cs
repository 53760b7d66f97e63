using RttNetwork.Domain.Disclosure;

namespace RttNetwork.Domain.Tests.Disclosure;

/// <summary>A release as everybody reads it: null where a cell is not told.</summary>
internal sealed record Told(int?[,] Cells, bool HasColumnTotals)
{
    public static Told Of(CountTable table, Func<int, int, bool> isHidden)
    {
        var cells = new int?[table.Rows + 1, table.Columns + 1];
        for (var row = 0; row <= table.Rows; row++)
        {
            for (var column = 0; column <= table.Columns; column++) cells[row, column] = !table.IsReleased(row) || isHidden(row, column) ? null : table[row, column];
        }
        return new Told(cells, table.HasColumnTotals);
    }

    public int Rows => Cells.GetLength(0) - 1;
    public int Columns => Cells.GetLength(1) - 1;
}

/// <summary>
/// Somebody who knows everything that is told, that zeros are told and so somebody is in every hidden cell, and that counts of a later release are no
/// smaller. Reckons how small and how large every hidden cell can be: of one release exactly, by flows of people along rows and columns (such tables are
/// integral: what a linear program says of them is what whole numbers can do), and of all releases together by narrowing until nothing changes any more.
/// </summary>
internal static class Attacker
{
    private const int Far = 1_000_000;

    /// <summary>The bounds of every hidden cell of every release, totals among them.</summary>
    public static Dictionary<(int Release, int Row, int Column), (int Least, int Most)> Bounds(IReadOnlyList<Told> releases, IReadOnlyList<CountTable> truth)
    {
        var bounds = new Dictionary<(int, int, int), (int Least, int Most)>();
        for (var r = 0; r < releases.Count; r++)
        {
            foreach (var (row, column) in Hidden(releases[r]))
                bounds[(r, row, column)] = (truth[r][row, column] - Shift(releases[r], truth[r], row, column, up: false, Far), Math.Min(Far, truth[r][row, column] + Shift(releases[r], truth[r], row, column, up: true, Far)));
        }
        while (Narrow(releases, bounds)) { }
        return bounds;
    }

    public static IEnumerable<(int Row, int Column)> Hidden(Told told) =>
        from row in Enumerable.Range(0, told.Rows + (told.HasColumnTotals ? 1 : 0)) from column in Enumerable.Range(0, told.Columns + 1) where told.Cells[row, column] is null select (row, column);

    /// <summary>
    /// By how much a hidden cell can differ from what it is: the greatest flow from its column to its row through the other hidden cells. The true table is used
    /// as a first solution, which a linear program would have to find: the bounds do not depend on it.
    /// </summary>
    public static int Shift(Told told, CountTable truth, int row, int column, bool up, int most)
    {
        var (rows, nodes) = (told.Rows + 1, told.Rows + told.Columns + 2);
        var capacity = new int[nodes, nodes];
        for (var r = 0; r <= told.Rows; r++)
        {
            for (var c = 0; c <= told.Columns; c++)
            {
                if (told.Cells[r, c] is not null || (r, c) == (row, column)) continue;
                var isFree = r == told.Rows && !told.HasColumnTotals;
                var less = isFree ? Far : truth[r, c] - Math.Min(1, truth[r, c]);
                // Along the way from a column to a row the entry of the matrix, in which single totals stand with a minus, goes down when the cell goes up.
                var isTurned = IsTurned(told, r, c) != IsTurned(told, row, column) != !up;
                capacity[rows + c, r] = isTurned ? Far : less;
                capacity[r, rows + c] = isTurned ? less : Far;
            }
        }
        var limit = up ? most : Math.Min(most, truth[row, column] - Math.Min(1, truth[row, column]));
        var flow = 0;
        while (flow < limit && Augment(capacity, nodes, rows + column, row) is > 0 and var more) flow += more;
        return Math.Min(flow, limit);
    }

    private static bool IsTurned(Told told, int row, int column) => (row == told.Rows) != (column == told.Columns);

    private static int Augment(int[,] capacity, int nodes, int source, int sink)
    {
        var from = new int[nodes];
        Array.Fill(from, -1);
        from[source] = source;
        var queue = new Queue<int>([source]);
        while (queue.TryDequeue(out var at) && from[sink] < 0)
        {
            for (var next = 0; next < nodes; next++)
            {
                if (from[next] >= 0 || capacity[at, next] <= 0) continue;
                from[next] = at;
                queue.Enqueue(next);
            }
        }
        if (from[sink] < 0) return 0;
        var amount = int.MaxValue;
        for (var node = sink; node != source; node = from[node]) amount = Math.Min(amount, capacity[from[node], node]);
        for (var node = sink; node != source; node = from[node]) (capacity[from[node], node], capacity[node, from[node]]) = (capacity[from[node], node] - amount, capacity[node, from[node]] + amount);
        return amount;
    }

    /// <summary>One look at every sum of every release, and at each cell in the releases before and after. True when something became narrower.</summary>
    private static bool Narrow(IReadOnlyList<Told> releases, Dictionary<(int Release, int Row, int Column), (int Least, int Most)> bounds)
    {
        var isNarrower = false;
        for (var r = 0; r < releases.Count; r++)
        {
            var told = releases[r];
            for (var row = 0; row < told.Rows + (told.HasColumnTotals ? 1 : 0); row++) Sum(r, [.. Enumerable.Range(0, told.Columns).Select(c => (row, c))], (row, told.Columns));
            if (told.HasColumnTotals)
            {
                for (var column = 0; column <= told.Columns; column++) Sum(r, [.. Enumerable.Range(0, told.Rows).Select(x => (x, column))], (told.Rows, column));
            }
            if (r == 0) continue;
            foreach (var (row, column) in Hidden(told)) Set(r, row, column, Of(r - 1, row, column).Least, Far);
            foreach (var (row, column) in Hidden(releases[r - 1])) Set(r - 1, row, column, 0, Of(r, row, column).Most);
        }
        return isNarrower;

        (int Least, int Most) Of(int release, int row, int column) => releases[release].Cells[row, column] is { } told ? (told, told) : bounds[(release, row, column)];

        void Sum(int release, (int Row, int Column)[] parts, (int Row, int Column) whole)
        {
            var (least, most) = (parts.Sum(p => (long)Of(release, p.Row, p.Column).Least), parts.Sum(p => (long)Of(release, p.Row, p.Column).Most));
            Set(release, whole.Row, whole.Column, least, most);
            var sum = Of(release, whole.Row, whole.Column);
            foreach (var part in parts)
            {
                var own = Of(release, part.Row, part.Column);
                Set(release, part.Row, part.Column, sum.Least - (most - own.Most), sum.Most - (least - own.Least));
            }
        }

        void Set(int release, int row, int column, long least, long most)
        {
            if (!bounds.TryGetValue((release, row, column), out var now)) return;
            var narrowed = ((int)Math.Max(now.Least, least), (int)Math.Min(now.Most, most));
            if (narrowed == now) return;
            bounds[(release, row, column)] = narrowed;
            isNarrower = true;
        }
    }
}
