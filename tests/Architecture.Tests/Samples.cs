using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using NodaTime;

namespace RttNetwork.Architecture.Tests;

/// <summary>
/// Values of any of our types, the same at every run, in which nothing is empty, null or zero: what a serialiser leaves
/// out then shows.
/// </summary>
internal sealed class Samples
{
    private int _count;

    public static object Of(Type type) => new Samples().Make(type);

    private object Make(Type type)
    {
        _count++;
        if (type == typeof(string)) return $"text-{_count}";
        if (type == typeof(int)) return _count;
        if (type == typeof(ulong)) return (ulong)_count;
        if (type == typeof(long)) return (long)_count;
        if (type == typeof(double)) return _count + 0.5;
        if (type == typeof(bool)) return true;
        if (type == typeof(byte)) return (byte)_count;
        if (type == typeof(Guid)) return new Guid(_count, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        if (type == typeof(byte[])) return new byte[] { 1, (byte)_count };
        if (type == typeof(long[])) return new long[] { 1, _count };
        if (type == typeof(Instant)) return Instant.FromUtc(2027, 1, 5, 17, 0).PlusTicks(_count);
        if (type == typeof(Duration)) return Duration.FromMinutes(_count) + Duration.FromTicks(1);
        if (type == typeof(LocalDate)) return new LocalDate(2027, 1, 5).PlusDays(_count);
        if (type == typeof(LocalDateTime)) return new LocalDateTime(2027, 1, 5, 9, 0, 7).PlusDays(_count);
        if (type == typeof(JsonElement)) return JsonSerializer.SerializeToElement(new { text = $"text-{_count}" });
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Last();
        if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return ArrayOf(type.GenericTypeArguments[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableDictionary<,>)) return DictionaryOf(type.GenericTypeArguments[0], type.GenericTypeArguments[1]);
        if (type.IsAbstract) return Make(type.Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(type)).MinBy(t => t.Name, StringComparer.Ordinal)!);
        if (type.Namespace?.StartsWith("RttNetwork", StringComparison.Ordinal) != true) throw new NotSupportedException($"Samples cannot make a {type}: teach them.");

        var made = type.GetConstructors().Where(c => !IsCopy(c, type)).MaxBy(c => c.GetParameters().Length) is { } constructor
            ? constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType))])
            : Activator.CreateInstance(type)!;
        if (type.GetConstructors().Any(c => c.GetParameters().Length > 0 && !IsCopy(c, type))) return made;
        foreach (var property in type.GetProperties().Where(p => p.CanWrite && p.GetIndexParameters().Length == 0 && !p.GetMethod!.IsStatic))
            property.SetValue(made, Make(property.PropertyType));
        return made;
    }

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [var only] && only.ParameterType == type;

    private object ArrayOf(Type item)
    {
        var values = Array.CreateInstance(item, 2);
        for (var i = 0; i < values.Length; i++) values.SetValue(Make(item), i);
        return typeof(ImmutableArray).GetMethods().Single(m => m.Name == "Create" && m.GetParameters() is [{ ParameterType.IsArray: true, Name: "items" }] && m.GetGenericArguments().Length == 1)
            .MakeGenericMethod(item).Invoke(null, [values])!;
    }

    private object DictionaryOf(Type key, Type value)
    {
        var dictionary = typeof(ImmutableDictionary<,>).MakeGenericType(key, value).GetField("Empty")!.GetValue(null)!;
        var add = dictionary.GetType().GetMethod("Add", [key, value])!;
        for (var i = 0; i < 2; i++) dictionary = add.Invoke(dictionary, [Make(key), Make(value)])!;
        return dictionary;
    }
}

/// <summary>Compares by what is in two values, through arrays and dictionaries, which records compare by reference.</summary>
internal static class Deep
{
    /// <summary>Where the two differ first; null when they are alike.</summary>
    public static string? Difference(object? expected, object? actual, string at = "it")
    {
        if (expected is null || actual is null) return expected is null && actual is null ? null : $"{at}: {expected ?? "null"} and {actual ?? "null"}";
        if (expected.GetType() != actual.GetType()) return $"{at}: {expected.GetType().Name} and {actual.GetType().Name}";
        var type = expected.GetType();
        if (expected is JsonElement json) return json.GetRawText() == ((JsonElement)actual).GetRawText() ? null : $"{at}: other JSON";
        if (expected is IDictionary dictionary)
        {
            var other = (IDictionary)actual;
            if (dictionary.Count != other.Count) return $"{at}: {dictionary.Count} and {other.Count} entries";
            foreach (var key in dictionary.Keys)
            {
                if (Difference(dictionary[key], other[key], $"{at}[{key}]") is { } difference) return difference;
            }
            return null;
        }
        if (expected is string || type.Namespace?.StartsWith("RttNetwork", StringComparison.Ordinal) != true && expected is not IEnumerable)
            return expected.Equals(actual) ? null : $"{at}: {expected} and {actual}";
        if (expected is IEnumerable items)
        {
            var (left, right) = (items.Cast<object?>().ToList(), ((IEnumerable)actual).Cast<object?>().ToList());
            if (left.Count != right.Count) return $"{at}: {left.Count} and {right.Count} items";
            return left.Select((item, i) => Difference(item, right[i], $"{at}[{i}]")).FirstOrDefault(d => d is not null);
        }
        if (type.IsEnum) return expected.Equals(actual) ? null : $"{at}: {expected} and {actual}";
        return type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && !p.GetMethod!.IsStatic)
            .Select(p => Difference(p.GetValue(expected), p.GetValue(actual), $"{at}.{p.Name}")).FirstOrDefault(d => d is not null);
    }

    public static void Equal(object? expected, object? actual, string what) => Assert.True(Difference(expected, actual) is not { } difference, $"{what}: {Difference(expected, actual)}");
}
