using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Serialization.SystemTextJson;
using RttNetwork.Domain.Common;

namespace RttNetwork.Grains.Units;

/// <summary>
/// The names that events are stored under. A name is never reused and its shape never changes: a new shape is a new
/// record with the next number, and the old one stays readable. Every name has a golden file.
/// </summary>
public static class EventCatalog
{
    private static readonly FrozenDictionary<string, Type> TypeByName;
    private static readonly FrozenDictionary<Type, string> NameByType;

    static EventCatalog()
    {
        var types = typeof(IEvent).Assembly.GetTypes().Append(typeof(Fenced))
            .Where(t => t is { IsAbstract: false, IsInterface: false } && t.IsAssignableTo(typeof(IEvent)))
            .ToList();
        NameByType = types.ToFrozenDictionary(t => t, t => t.GetCustomAttribute<EventNameAttribute>()?.Name
            ?? throw new InvalidOperationException($"{t.Name} has no {nameof(EventNameAttribute)}."));
        TypeByName = NameByType.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
        Json = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            // What is computed from the rest is not stored.
            IgnoreReadOnlyProperties = true,
        }.ConfigureForNodaTime(DateTimeZoneProviders.Tzdb);
        Json.MakeReadOnly(populateMissingResolver: true);
    }

    /// <summary>How events, replies and snapshots are written: camelCase, nulls left out, ISO dates.</summary>
    public static JsonSerializerOptions Json { get; }

    /// <summary>Every stored name with its type.</summary>
    public static IReadOnlyDictionary<string, Type> All => TypeByName;

    /// <summary>The stored name of an event.</summary>
    public static string NameOf(IEvent @event) => NameByType[@event.GetType()];

    /// <summary>The type behind a stored name.</summary>
    /// <exception cref="JsonException">The name is unknown: the entry was written by a newer version.</exception>
    public static Type TypeOf(string name) =>
        TypeByName.GetValueOrDefault(name) ?? throw new JsonException($"The event '{name}' is not known to this version.");
}
