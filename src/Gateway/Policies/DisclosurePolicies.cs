using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Gateway.Policies;

/// <summary>What the authority of each region is told of people, read once from <c>programs/disclosure.json</c>: it travels by value with the calls that need it.</summary>
internal sealed class DisclosurePolicies
{
    private const string Embedded = "programs/disclosure.json";

    /// <summary>A policy that hides more than this hides everything there is.</summary>
    private const int PeopleMax = 1000;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly DisclosurePolicyView _otherwise;
    private readonly FrozenDictionary<string, DisclosurePolicyView> _byRegion;

    private DisclosurePolicies(DisclosurePolicyView otherwise, IReadOnlyDictionary<string, DisclosurePolicyView> byRegion)
    {
        _otherwise = otherwise;
        _byRegion = byRegion.ToFrozenDictionary(StringComparer.Ordinal);
        ExportPeopleMins = new ExportPeopleMins(otherwise.ExportPeopleMin, byRegion.ToImmutableDictionary(p => p.Key, p => p.Value.ExportPeopleMin, StringComparer.Ordinal));
    }

    /// <summary>The thresholds of exports that are of more than one region.</summary>
    public ExportPeopleMins ExportPeopleMins { get; }

    /// <summary>The strictest policy of some regions.</summary>
    public DisclosurePolicyView Of(ImmutableArray<string> regions) => DisclosurePolicyView.Strictest(regions.IsEmpty ? [_otherwise] : regions.Select(r => _byRegion.GetValueOrDefault(r, _otherwise)));

    /// <summary>The policies that come with the gateway, or those of a file of the operator's.</summary>
    /// <exception cref="InvalidOperationException">The file is not as it must be; the message names the place, and what would be right.</exception>
    public static DisclosurePolicies Load(string? file)
    {
        var (json, name) = DataFile.Bytes(file, Embedded);
        return Parse(json, name);
    }

    /// <exception cref="InvalidOperationException">As <see cref="Load"/>.</exception>
    public static DisclosurePolicies Parse(ReadOnlySpan<byte> json, string name)
    {
        var file = DataFile.Read<PolicyFile>(json, name, Options);
        var faults = new List<string>();
        Check(file.Otherwise, "otherwise", faults);
        foreach (var (region, policy) in file.Regions)
        {
            if (!Ids.IsValid(region)) faults.Add($"regions: '{region}' must be the id of a region");
            Check(policy, $"regions.{region}", faults);
        }
        return faults.Count == 0
            ? new DisclosurePolicies(file.Otherwise.ToView(), file.Regions.ToDictionary(r => r.Key, r => r.Value.ToView(), StringComparer.Ordinal))
            : throw new InvalidOperationException(string.Join(Environment.NewLine, faults.Select(f => $"{name}: {f}")));
    }

    private static void Check(PolicyEntry policy, string at, List<string> faults)
    {
        var least = DisclosurePolicyView.Least;
        People("livePeopleMin", policy.LivePeopleMin, least.LivePeopleMin);
        People("exportPeopleMin", policy.ExportPeopleMin, least.ExportPeopleMin);
        OneOf("liveRoundedTo", policy.LiveRoundedTo, [5, 15, 25, 35, 45]);
        OneOf("pastHours", policy.PastHours, [1, 2, 3, 4, 6, 8, 12, 24]);
        OneOf("periodMonths", policy.PeriodMonths, [1, 3, 6, 12]);

        void People(string field, int value, int min)
        {
            if (value < min || value > PeopleMax) faults.Add($"{at}.{field}: {value} must be {min} to {PeopleMax} (rule 51)");
        }
        void OneOf(string field, int value, ImmutableArray<int> steps)
        {
            if (!steps.Contains(value)) faults.Add($"{at}.{field}: {value} must be one of {string.Join(", ", steps)} (rule 51: nobody learns more by comparing)");
        }
    }

    // The file as it is written; every member must be there.
    private sealed record PolicyFile(PolicyEntry Otherwise, ImmutableDictionary<string, PolicyEntry> Regions);

    private sealed record PolicyEntry(int LivePeopleMin, int LiveRoundedTo, int ExportPeopleMin, int PastHours, int PeriodMonths)
    {
        public DisclosurePolicyView ToView() => new(LivePeopleMin, LiveRoundedTo, ExportPeopleMin, PastHours, PeriodMonths);
    }
}
