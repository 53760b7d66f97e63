using System.Globalization;
using System.Text.RegularExpressions;

namespace RttNetwork.Architecture.Tests;

/// <summary>The table of rules and the code say the same.</summary>
public sealed class RuleTableTests
{
    private sealed record Row(int Rule, string[] Files, string[] Tests);

    private static readonly Row[] Table =
    [
        .. File.ReadAllLines(Path.Combine(Repository.Root, "docs", "rules.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length >= 6 && int.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(cells => new Row(int.Parse(cells[1], CultureInfo.InvariantCulture), Names(cells[3]), Names(cells[4]))),
    ];

    [Fact]
    public void Every_rule_has_one_row_with_a_place_and_a_test()
    {
        Assert.True(Table.Length > 20);
        Assert.Equal(Table.Select(r => r.Rule).Distinct().Order(), Table.Select(r => r.Rule));
        Assert.All(Table, row => Assert.True(row.Files.Length > 0 && row.Tests.Length > 0, $"rule {row.Rule}"));
    }

    [Fact]
    public void Every_place_is_there_and_says_the_number_of_its_rule()
    {
        foreach (var row in Table)
        {
            foreach (var file in row.Files)
            {
                var text = File.ReadAllText(Path.Combine(Repository.Root, file));
                Assert.True(Named(text).Contains(row.Rule), $"{file} does not say rule {row.Rule}.");
            }
        }
    }

    [Fact]
    public void Every_test_is_there()
    {
        var tests = Repository.Sources("tests").SelectMany(s => Regex.Matches(s.Text, @"public (?:async )?(?:Task|void) ([A-Z]\w+_\w+)\(").Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        foreach (var row in Table) Assert.All(row.Tests, test => Assert.True(tests.Contains(test), $"rule {row.Rule}: {test}"));
    }

    /// <summary>What the code refuses with a rule's number is a rule that somebody can look up.</summary>
    [Fact]
    public void Every_rule_that_refuses_something_has_a_row()
    {
        var known = Table.Select(r => r.Rule).ToHashSet();
        var found = 0;
        foreach (var (name, text) in Repository.Sources("src/Domain"))
        {
            foreach (var rule in Refusing(text))
            {
                found++;
                Assert.True(known.Contains(rule), $"{name} refuses by rule {rule}, which docs/rules.md does not have.");
            }
        }
        Assert.True(found > 50);
    }

    /// <summary>The numbers that a text says in words ("rule 7", "rules 3 to 5 and 7") or refuses by.</summary>
    private static HashSet<int> Named(string text)
    {
        var named = Refusing(text).ToHashSet();
        foreach (Match words in Regex.Matches(text, @"\brules? ((?:\d+(?:, | and | to )?)+)"))
        {
            foreach (Match range in Regex.Matches(words.Groups[1].Value, @"(\d+)(?: to (\d+))?"))
            {
                var first = int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture);
                var last = range.Groups[2].Success ? int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture) : first;
                for (var rule = first; rule <= last; rule++) named.Add(rule);
            }
        }
        return named;
    }

    private static IEnumerable<int> Refusing(string text) =>
        Regex.Matches(text, @"(?:against\.Add|_against\.Add|faults\.Add|new Violation|Refusal\.Of\(Reason\.\w+,|rule:)\s*\(?\s*(\d{1,2})(?=[,\)])")
            .Concat(Regex.Matches(text, @"new Refusal\(Reason\.\w+, \$?""[^\n]*"", (\d{1,2})[,\)]"))
            .Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).Where(rule => rule > 0);

    private static string[] Names(string cell) => [.. Regex.Matches(cell, "`([^`]+)`").Select(m => m.Groups[1].Value)];
}
