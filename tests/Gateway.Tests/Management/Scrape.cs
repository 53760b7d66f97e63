using System.Globalization;
using System.Text.RegularExpressions;

namespace RttNetwork.Gateway.Tests.Management;

/// <summary>What a management port told of its metrics, as Prometheus reads it.</summary>
internal sealed partial record Scrape(IReadOnlyList<Sample> Samples)
{
    public static async Task<Scrape> Of(HttpClient port)
    {
        var text = await port.GetStringAsync("metrics");
        var lines = text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToList();
        var samples = lines.Select(l => Line().Match(l)).Where(m => m.Success).Select(m => new Sample(
            m.Groups["name"].Value,
            Label().Matches(m.Groups["labels"].Value).ToDictionary(l => l.Groups["name"].Value, l => l.Groups["value"].Value),
            double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture))).ToList();
        // A line that is not understood would hide what is in it.
        Assert.Equal(lines.Count, samples.Count);
        return new Scrape(samples);
    }

    public IReadOnlySet<string> Names => Samples.Select(s => s.Name).ToHashSet();

    public double Sum(string name, params (string Name, string Value)[] labels) =>
        Samples.Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value)).Sum(s => s.Value);

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[-+0-9.eE]+|NaN|\+Inf|-Inf)( [0-9.]+)?$""")]
    private static partial Regex Line();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)"[,]?""")]
    private static partial Regex Label();
}

internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
