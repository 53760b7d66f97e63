using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using RttNetwork.Contracts.Measures;

namespace RttNetwork.Gateway.Policies;

/// <summary>A measure of the catalogue, with what only people need to know of it.</summary>
/// <param name="Definition">What travels with the commands.</param>
internal sealed record CataloguedMeasure(string Code, string DisplayName, MeasureDefinitionView Definition, string ReliableChangeSource, string Licence);

/// <summary>
/// The measures that there are, read once from <c>programs/measures.json</c>: reference data that travels by value with the commands that need it, as
/// the policies of the pathway do.
/// </summary>
internal sealed class MeasureCatalogue
{
    private const string Embedded = "programs/measures.json";
    private const int ItemsMax = 128;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly FrozenDictionary<string, CataloguedMeasure> _byCode;

    private MeasureCatalogue(ImmutableArray<CataloguedMeasure> measures)
    {
        All = measures;
        _byCode = measures.ToFrozenDictionary(m => m.Code, StringComparer.Ordinal);
    }

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<CataloguedMeasure> All { get; }

    /// <summary>Null when there is no such measure.</summary>
    public CataloguedMeasure? Find(string code) => _byCode.GetValueOrDefault(code);

    /// <summary>The catalogue that comes with the gateway, or that of a file of the operator's.</summary>
    /// <exception cref="InvalidOperationException">The file is not as it must be; the message names the place, and what would be right.</exception>
    public static MeasureCatalogue Load(string? file)
    {
        var (json, name) = DataFile.Bytes(file, Embedded);
        return Parse(json, name);
    }

    /// <exception cref="InvalidOperationException">As <see cref="Load"/>.</exception>
    public static MeasureCatalogue Parse(ReadOnlySpan<byte> json, string name)
    {
        var file = DataFile.Read<CatalogueFile>(json, name, Options);
        var faults = new List<string>();
        for (var i = 0; i < file.Measures.Length; i++) Check(file.Measures[i], $"measures[{i}]", faults);
        foreach (var twice in file.Measures.GroupBy(m => m.Code, StringComparer.Ordinal).Where(g => g.Count() > 1)) faults.Add($"measures: {twice.Key} is there twice");
        return faults.Count == 0
            ? new MeasureCatalogue([.. file.Measures.Select(m => new CataloguedMeasure(
                m.Code, m.DisplayName,
                new MeasureDefinitionView(m.Code, m.Items, m.ItemMax, m.ItemsMin, m.Scoring, m.ScoreMax, m.HigherIsWorse, m.ReliableChange, m.AlertItem),
                m.ReliableChangeSource, m.Licence))])
            : throw new InvalidOperationException(string.Join(Environment.NewLine, faults.Select(f => $"{name}: {f}")));
    }

    private static void Check(MeasureEntry m, string at, List<string> faults)
    {
        void Within(string field, int value, int min, int max)
        {
            if (value < min || value > max) faults.Add($"{at}.{field}: {value} must be {min} to {max}");
        }
        if (m.Code.Length is 0 or > 64 || !m.Code.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) faults.Add($"{at}.code: '{m.Code}' must be 1 to 64 of a-z, 0-9 and hyphen");
        if (m.DisplayName.Length == 0) faults.Add($"{at}.displayName: must not be empty");
        if (m.Licence.Length == 0) faults.Add($"{at}.licence: must not be empty: say \"ask the authors\" where nobody knows");
        if (m.Scoring is not ("sum" or "percent")) faults.Add($"{at}.scoring: '{m.Scoring}' must be sum or percent");
        Within("items", m.Items, 0, ItemsMax);
        Within("itemMax", m.ItemMax, m.Items > 0 ? 1 : 0, m.Items > 0 ? 1000 : 0);
        Within("itemsMin", m.ItemsMin, m.Items > 0 ? 1 : 0, m.Items);
        Within("alertItem", m.AlertItem, 0, m.Items);
        Within("reliableChange", m.ReliableChange, 0, m.ScoreMax);
        var highest = m.Items == 0 ? m.ScoreMax : m.Scoring == "percent" ? 100 : m.Items * m.ItemMax;
        if (m.ScoreMax != highest || m.ScoreMax < 1) faults.Add($"{at}.scoreMax: {m.ScoreMax} must be {Math.Max(1, highest)}, which the questions come to");
        if (m.Scoring == "sum" && m.ItemsMin != m.Items) faults.Add($"{at}.itemsMin: a sum needs every question: {m.Items}");
        if (m.ReliableChange > 0 && m.ReliableChangeSource.Length == 0) faults.Add($"{at}.reliableChangeSource: must name where {m.ReliableChange} points are from");
    }

    // The file as it is written; every member must be there.
    private sealed record CatalogueFile(ImmutableArray<MeasureEntry> Measures);

    private sealed record MeasureEntry(
        string Code, string DisplayName, int Items, int ItemMax, int ItemsMin, string Scoring, int ScoreMax, bool HigherIsWorse, int ReliableChange, string ReliableChangeSource, int AlertItem, string Licence);
}
