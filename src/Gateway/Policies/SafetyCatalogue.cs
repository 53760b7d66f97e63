using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using RttNetwork.Contracts.Safety;

namespace RttNetwork.Gateway.Policies;

/// <summary>
/// What may be recorded as a safety event, and the regulators' clocks, read once from <c>programs/safety.json</c>: reference data that travels by value
/// with the command that needs it.
/// </summary>
internal sealed record SafetyCatalogue(ImmutableArray<string> Kinds, ImmutableArray<string> SeriousCriteria, ImmutableArray<SafetyRegimeRuleView> Regimes)
{
    private const string Embedded = "programs/safety.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The catalogue that comes with the gateway, or that of a file of the operator's.</summary>
    /// <exception cref="InvalidOperationException">The file is not as it must be; the message names the place, and what would be right.</exception>
    public static SafetyCatalogue Load(string? file)
    {
        var (json, name) = DataFile.Bytes(file, Embedded);
        return Parse(json, name);
    }

    /// <exception cref="InvalidOperationException">As <see cref="Load"/>.</exception>
    public static SafetyCatalogue Parse(ReadOnlySpan<byte> json, string name)
    {
        var file = DataFile.Read<CatalogueFile>(json, name, Options);
        var faults = new List<string>();
        Codes("kinds", file.Kinds, faults);
        Codes("seriousCriteria", file.SeriousCriteria, faults);
        Codes("regimes", [.. file.Regimes.Select(r => r.Code)], faults);
        for (var i = 0; i < file.Regimes.Length; i++)
        {
            var regime = file.Regimes[i];
            if (regime.Country.Length != 2 || !regime.Country.All(char.IsAsciiLetterUpper)) faults.Add($"regimes[{i}].country: '{regime.Country}' must be a country like CA");
            if (regime.Accreditation.Length > 0 && !IsCode(regime.Accreditation)) faults.Add($"regimes[{i}].accreditation: '{regime.Accreditation}' must be a code, or empty for every site");
            if (regime.Days is < 1 or > 366) faults.Add($"regimes[{i}].days: {regime.Days} must be 1 to 366");
            if (regime.From is not ("record" or "session")) faults.Add($"regimes[{i}].from: '{regime.From}' must be record or session");
            if (regime.Source.Length == 0) faults.Add($"regimes[{i}].source: must name where {regime.Days} days are from");
        }
        return faults.Count == 0
            ? new SafetyCatalogue(file.Kinds, file.SeriousCriteria, [.. file.Regimes.Select(r => new SafetyRegimeRuleView(r.Code, r.Country, r.Accreditation, r.SeriousOnly, r.Days, r.From == "session"))])
            : throw new InvalidOperationException(string.Join(Environment.NewLine, faults.Select(f => $"{name}: {f}")));
    }

    private static void Codes(string at, ImmutableArray<string> codes, List<string> faults)
    {
        if (codes.IsEmpty) faults.Add($"{at}: must not be empty");
        for (var i = 0; i < codes.Length; i++)
        {
            if (!IsCode(codes[i])) faults.Add($"{at}[{i}]: '{codes[i]}' must be 1 to 64 of a-z, 0-9 and hyphen");
            if (codes.IndexOf(codes[i]) < i) faults.Add($"{at}[{i}]: {codes[i]} is there twice");
        }
    }

    private static bool IsCode(string code) => code.Length is > 0 and <= 64 && code.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    // The file as it is written; every member must be there.
    private sealed record CatalogueFile(ImmutableArray<string> Kinds, ImmutableArray<string> SeriousCriteria, ImmutableArray<RegimeEntry> Regimes);

    private sealed record RegimeEntry(string Code, string Country, string Accreditation, bool SeriousOnly, int Days, string From, string Source);
}
