using System.Text.Json.Nodes;

namespace RttNetwork.Load.Results;

/// <summary>One result of a bench.</summary>
/// <param name="Name">Scenario, load and figure: "book-cold/64/ratio".</param>
/// <param name="Value">The figure.</param>
/// <param name="Target">What it is to be: ">= 1.5"; null for a figure that is only told.</param>
/// <param name="Pass">True when it is, or when nothing is asked of it.</param>
public sealed record Measure(string Name, double Value, string? Target, bool Pass)
{
    /// <summary>How sure it is: the interval of a median; null when it is one observation.</summary>
    public (double Low, double High)? Interval { get; init; }

    public static Measure Told(string name, double value) => new(name, value, null, true);

    public static Measure AtLeast(string name, double value, double least) => new(name, value, FormattableString.Invariant($">= {least}"), value >= least);

    public static Measure AtMost(string name, double value, double most) => new(name, value, FormattableString.Invariant($"<= {most}"), value <= most);

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name, ["value"] = Round(Value), ["target"] = Target, ["pass"] = Pass };
        if (Interval is { } interval) json["interval"] = new JsonArray(Round(interval.Low), Round(interval.High));
        return json;
    }

    /// <summary>Four digits that mean something.</summary>
    public static double Round(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return 0;
        var digits = Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 10);
        return Math.Round(value, digits);
    }
}
