using System.Text.RegularExpressions;

namespace RttNetwork.Architecture.Tests;

/// <summary>Documents that name what is there: a link, a test or a limit that has gone is a promise that nobody keeps.</summary>
public sealed class DocumentTests
{
    private static readonly string[] Documents =
        [.. Directory.GetFiles(Repository.Root, "*.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)];

    [Fact]
    public void Every_link_leads_somewhere()
    {
        foreach (var document in Documents)
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(document), @"\]\((?!https?:)([^)#]+)(#[^)]*)?\)"))
            {
                var target = Path.Combine(Path.GetDirectoryName(document)!, link.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{Path.GetFileName(document)}: {link.Value}");
            }
        }
    }

    [Theory]
    [InlineData("guarantees.md")]
    [InlineData("rules.md")]
    public void Every_guarantee_and_every_rule_names_tests_that_are_there(string document)
    {
        var tests = Repository.Sources("tests").SelectMany(s => Regex.Matches(s.Text, @"public (?:async )?(?:Task|void) ([A-Z]\w+_\w+)\(").Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        var named = Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", document)), @"`([A-Z][a-z]*_[a-z_]\w+)`").Select(m => m.Groups[1].Value).ToList();
        Assert.True(named.Count > 20);
        Assert.All(named, name => Assert.Contains(name, tests));
    }

    /// <summary>Names of files and folders of the repository that the documents and the manifests point to.</summary>
    [Fact]
    public void Every_path_that_is_named_is_there()
    {
        foreach (var document in Documents)
        {
            foreach (Match path in Regex.Matches(File.ReadAllText(document), @"`((?:src|tests|docs|deploy|examples|bench)/[A-Za-z0-9_./-]+)`"))
            {
                var target = Path.Combine(Repository.Root, path.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{Path.GetFileName(document)}: {path.Value}");
            }
        }
    }

    [Fact]
    public void The_commands_that_the_readme_shows_exist()
    {
        var commands = string.Concat(Repository.Sources("src/Cli").Select(s => s.Text)) + File.ReadAllText(Path.Combine(Repository.Root, "rtt"));
        foreach (Match command in Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), @"\./rtt ([a-z]+)"))
            Assert.True(commands.Contains($"\"{command.Groups[1].Value}\"", StringComparison.Ordinal) || command.Groups[1].Value == "test", command.Value);
    }
}
