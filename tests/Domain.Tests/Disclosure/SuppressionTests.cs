using RttNetwork.Domain.Disclosure;

namespace RttNetwork.Domain.Tests.Disclosure;

/// <summary>Rule 51 against somebody who solves for what is not told, over drawn tables that are released up to four times.</summary>
public sealed class SuppressionTests
{
    private const int Tables = 10_000;

    [Fact]
    public void Whoever_knows_all_that_is_told_of_ten_thousand_tables_recovers_no_hidden_cell()
    {
        var (hidden, narrowest) = (0, int.MaxValue);
        for (var seed = 0; seed < Tables; seed++)
        {
            var (tables, peopleMin) = Drawn(seed);
            var told = Release(tables, peopleMin);
            foreach (var ((release, row, column), (least, most)) in Attacker.Bounds(told, tables))
            {
                hidden++;
                narrowest = Math.Min(narrowest, most - least + 2 - peopleMin);
                // peopleMin values and more: and so neither one, nor that they are few.
                Assert.True(most - least >= peopleMin - 1, $"table {seed}, release {release}: [{row}, {column}] is {least} to {most}");
                Assert.InRange(tables[release][row, column], least, most);
            }
            foreach (var (table, shown) in tables.Zip(told))
            {
                foreach (var (row, column) in All(table).Where(c => shown.Cells[c.Row, c.Column] is not null)) Assert.False(table[row, column] > 0 && table[row, column] < peopleMin, $"table {seed} tells [{row}, {column}]");
            }
        }
        Assert.True(hidden > 10 * Tables);
        Assert.True(narrowest >= 1);
    }

    /// <summary>The attack is a real one: without complementary suppression it recovers most of what is not told.</summary>
    [Fact]
    public void Without_complementary_suppression_the_attack_succeeds()
    {
        var (hidden, recovered) = (0, 0);
        for (var seed = 0; seed < 500; seed++)
        {
            var (tables, peopleMin) = Drawn(seed);
            var bounds = Attacker.Bounds([.. tables.Select(t => Told.Of(t, (row, column) => t[row, column] > 0 && t[row, column] < peopleMin))], tables);
            hidden += bounds.Count;
            recovered += bounds.Values.Count(b => b.Least == b.Most);
        }
        Assert.True(recovered * 5 > hidden, $"{recovered} of {hidden}");
    }

    /// <summary>A pattern that is chosen anew for each release lets the releases be compared: it must be kept.</summary>
    [Fact]
    public void Where_a_release_does_not_keep_what_was_hidden_before_the_releases_narrow_each_other()
    {
        var narrowed = 0;
        for (var seed = 0; seed < 2000; seed++)
        {
            var (tables, peopleMin) = Drawn(seed);
            if (tables.Count == 1) continue;
            var told = tables.Select(t => Told.Of(t, Cells(Suppression.Of([t], [], peopleMin)))).ToList();
            narrowed += Attacker.Bounds(told, tables).Values.Count(b => b.Most - b.Least < peopleMin - 1);
        }
        Assert.True(narrowed > 0);
    }

    /// <summary>Pairs of tables that could have been released so, one after the other, found by trying all that are near the true ones: nothing but what was told is used.</summary>
    [Fact]
    public void Of_small_tables_every_hidden_cell_has_as_many_values_as_there_are_people_at_least_by_trying_those_around_it()
    {
        const int peopleMin = 3;
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var first = new int[2, 2];
            foreach (var (row, column) in Inner(first)) first[row, column] = random.Next(3) == 0 ? 0 : random.Next(7);
            var second = (int[,])first.Clone();
            foreach (var (row, column) in Inner(second)) second[row, column] += random.Next(3) == 0 ? random.Next(3) : 0;
            CountTable[] tables = [new(first), new(second)];
            var told = Release(tables, peopleMin);
            var candidates = told.Zip(tables).Select(t => Candidates(t.First, t.Second).ToList()).ToList();
            var values = new Dictionary<(int, int, int), HashSet<int>>();
            foreach (var one in candidates[0])
            {
                foreach (var two in candidates[1].Where(two => All(two).All(c => two[c.Row, c.Column] >= one[c.Row, c.Column])))
                {
                    foreach (var (release, table) in new[] { (0, one), (1, two) })
                    {
                        foreach (var (row, column) in Attacker.Hidden(told[release]))
                        {
                            if (!values.TryGetValue((release, row, column), out var seen)) values[(release, row, column)] = seen = [];
                            seen.Add(table[row, column]);
                        }
                    }
                }
            }
            Assert.All(values, v => Assert.True(v.Value.Count >= peopleMin, $"table {seed}: {v.Key} is one of {string.Join(", ", v.Value)}"));
        }
    }

    [Fact]
    public void Zeros_are_told_and_a_table_of_many_people_is_told_whole()
    {
        var whole = Suppression.Of([new CountTable(new[,] { { 5, 0, 12 }, { 90, 7, 0 } })], [], 5);
        var lonely = new CountTable(new[,] { { 0, 0, 0 }, { 0, 2, 0 } });
        var hidden = Suppression.Of([lonely], [], 5);
        foreach (var (row, column) in All(lonely))
        {
            Assert.False(whole[row, column]);
            // One person alone is not told by any total of theirs.
            Assert.Equal(lonely[row, column] > 0, hidden[row, column]);
        }
    }

    [Fact]
    public void The_same_releases_hide_the_same_and_what_was_hidden_stays_hidden()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var (tables, peopleMin) = Drawn(seed);
            List<HiddenCells> patterns = [], again = [];
            for (var r = 1; r <= tables.Count; r++)
            {
                patterns.Add(Suppression.Of([.. tables.Take(r)], patterns, peopleMin));
                again.Add(Suppression.Of([.. tables.Take(r)], again, peopleMin));
                foreach (var (row, column) in All(tables[0]))
                {
                    Assert.Equal(patterns[^1][row, column], again[^1][row, column]);
                    if (r > 1) Assert.True(patterns[^1][row, column] || !patterns[^2][row, column]);
                }
            }
        }
    }

    [Fact]
    public void The_strictest_jurisdiction_of_a_region_decides()
    {
        Assert.Equal(5, DisclosurePolicy.Of(["CA-BC", "CA-AB"], 5).PeopleMin);
        Assert.Equal(11, DisclosurePolicy.Of(["CA-BC", "US-OR"], 5).PeopleMin);
        Assert.Equal(11, DisclosurePolicy.Of([], 5).PeopleMin);
        Assert.Equal(new int?[] { null, null, null }, Assert.Single(DisclosurePolicy.Of(["CA-BC"], 5).Publish(new CountTable(new[,] { { 3, 1 } }, hasColumnTotals: false))).AsEnumerable());
        Assert.Equal(new int?[] { 6, 9, 15 }, Assert.Single(DisclosurePolicy.Of(["CA-BC"], 5).Publish(new CountTable(new[,] { { 6, 9 } }, hasColumnTotals: false))).AsEnumerable());
    }

    /// <summary>A region's own policy may hide more than the law asks for, and never less.</summary>
    [Fact]
    public void A_policy_of_the_region_is_followed_where_it_is_stricter()
    {
        Assert.Equal(9, DisclosurePolicy.Of(["CA-BC"], 9).PeopleMin);
        Assert.Equal(11, DisclosurePolicy.Of(["US-OR"], 9).PeopleMin);
        Assert.Equal(12, DisclosurePolicy.Of(["US-OR"], 12).PeopleMin);
        Assert.Equal(new int?[] { null, null, 15 }, Assert.Single(DisclosurePolicy.Of(["CA-BC"], 7).Publish(new CountTable(new[,] { { 6, 9 } }, hasColumnTotals: false))).AsEnumerable());
    }

    /// <summary>Up to twelve rows, six columns and four releases; most counts small, some large, some none; later releases have more.</summary>
    private static (List<CountTable> Tables, int PeopleMin) Drawn(int seed)
    {
        var random = new Random(seed);
        var (counts, most, hasColumnTotals) = (new int[random.Next(1, 13), random.Next(1, 7)], random.Next(2, 60), random.Next(4) > 0);
        foreach (var (row, column) in Inner(counts)) counts[row, column] = random.Next(4) == 0 ? 0 : random.Next(2) == 0 ? random.Next(6) : random.Next(most);
        List<CountTable> tables = [new(counts, hasColumnTotals)];
        for (var more = random.Next(4); more > 0; more--)
        {
            foreach (var (row, column) in Inner(counts)) counts[row, column] += random.Next(3) > 0 ? 0 : random.Next(1, 4);
            tables.Add(new CountTable(counts, hasColumnTotals));
        }
        // What the law of the one or the other country asks for, and what an operator may.
        return (tables, random.Next(4) switch { 0 => 11, 1 => random.Next(5, 31), _ => 5 });
    }

    private static List<Told> Release(IReadOnlyList<CountTable> tables, int peopleMin)
    {
        List<HiddenCells> hidden = [];
        for (var r = 1; r <= tables.Count; r++) hidden.Add(Suppression.Of([.. tables.Take(r)], hidden, peopleMin));
        return [.. tables.Zip(hidden).Select(r => Told.Of(r.First, Cells(r.Second)))];
    }

    private static Func<int, int, bool> Cells(HiddenCells hidden) => (row, column) => hidden[row, column];

    /// <summary>Every table that is told so, of those that differ from the true one by two people in a cell at most.</summary>
    private static IEnumerable<CountTable> Candidates(Told told, CountTable truth)
    {
        const int around = 5;
        for (var n = 0; n < around * around * around * around; n++)
        {
            var counts = new[,] { { n % around, n / around % around }, { n / around / around % around, n / around / around / around } };
            foreach (var (row, column) in Inner(counts)) counts[row, column] += truth[row, column] - (around / 2);
            if (Inner(counts).Any(c => counts[c.Row, c.Column] < 0)) continue;
            var table = new CountTable(counts);
            if (All(table).All(c => told.Cells[c.Row, c.Column] is { } count ? count == table[c.Row, c.Column] : table[c.Row, c.Column] >= Math.Min(1, truth[c.Row, c.Column]))) yield return table;
        }
    }

    private static IEnumerable<(int Row, int Column)> Inner(int[,] counts) => from row in Enumerable.Range(0, counts.GetLength(0)) from column in Enumerable.Range(0, counts.GetLength(1)) select (row, column);

    private static IEnumerable<(int Row, int Column)> All(CountTable table) =>
        from row in Enumerable.Range(0, table.Rows + (table.HasColumnTotals ? 1 : 0)) from column in Enumerable.Range(0, table.Columns + 1) select (row, column);
}
