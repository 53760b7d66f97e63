using System.Text.Json;
using System.Text.RegularExpressions;

namespace RttNetwork.Gateway.Tests.Management;

/// <summary>The dashboard's file, and what its queries are about.</summary>
internal sealed partial class Dashboard
{
    private static readonly HashSet<string> Words = ["by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"];

    private readonly JsonElement _root;

    private Dashboard(JsonElement root) => _root = root;

    public static Dashboard Load() => new(JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "deploy", "grafana", "rtt.json"))).RootElement);

    public JsonElement Document => _root;

    public IEnumerable<JsonElement> Panels => _root.GetProperty("panels").EnumerateArray();

    public IEnumerable<string> Expressions => Panels.Where(p => p.TryGetProperty("targets", out _)).SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!);

    public IEnumerable<JsonElement> Variables => _root.GetProperty("templating").GetProperty("list").EnumerateArray();

    /// <summary>The metrics that an expression names: what is no function, no word of the language and no label.</summary>
    public static IEnumerable<string> MetricsOf(string expression)
    {
        var bare = Grouping().Replace(Braces().Replace(expression, " "), " ");
        return Name().Matches(bare).Where(m => !Words.Contains(m.Value) && !bare[(m.Index + m.Length)..].TrimStart().StartsWith('(')).Select(m => m.Value);
    }

    /// <summary>The labels that an expression selects or groups by.</summary>
    public static IEnumerable<string> LabelsOf(string expression) =>
        Braces().Matches(expression).SelectMany(b => Selector().Matches(b.Value)).Select(m => m.Groups[1].Value)
            .Concat(Grouping().Matches(expression).SelectMany(g => Name().Matches(g.Groups[1].Value)).Select(m => m.Value));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RttNetwork.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|"[^"]*"|(?<![a-zA-Z_])[0-9.]+""")]
    private static partial Regex Braces();

    [GeneratedRegex("""\b(?:by|without|on|ignoring)\s*\(([^)]*)\)""")]
    private static partial Regex Grouping();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex Name();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(?:=~|!~|!=|=)")]
    private static partial Regex Selector();
}
