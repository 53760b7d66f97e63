using System.Collections.Frozen;
using System.Reflection;
using Google.Protobuf.Reflection;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Authorization;

/// <summary>The rule of every method of every service of <c>rtt.v1</c>, read from the descriptors when the process starts.</summary>
internal static class MethodRules
{
    private static readonly Lazy<FrozenDictionary<string, MethodRule>> Read = new(() =>
        Services.SelectMany(service => service.Methods).Select(method => new MethodRule(method))
            .ToFrozenDictionary(rule => rule.FullName, StringComparer.Ordinal));

    /// <summary>The files of the wire: whatever the assembly has, so that a new file cannot be forgotten.</summary>
    public static IReadOnlyList<FileDescriptor> Files { get; } =
        [.. typeof(SitesReflection).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>()
            .OrderBy(file => file.Name, StringComparer.Ordinal)];

    public static IEnumerable<Google.Protobuf.Reflection.ServiceDescriptor> Services => Files.SelectMany(file => file.Services);

    /// <summary>By <see cref="MethodRule.FullName"/>.</summary>
    /// <exception cref="InvalidOperationException">A method does not say who may call it.</exception>
    public static FrozenDictionary<string, MethodRule> All => Read.Value;
}
