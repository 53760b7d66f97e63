using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using RttNetwork.Gateway.Authorization;

namespace RttNetwork.Gateway.OpenApi;

/// <summary>
/// The comments of the .proto files, which the generated code does not carry: read from the files themselves, which lie
/// in this assembly. What stands in lines of its own right above a declaration is its comment.
/// </summary>
internal static partial class Comments
{
    private static readonly Lazy<FrozenDictionary<string, string>> Read = new(() =>
        MethodRules.Files.SelectMany(file => Of(file)).ToFrozenDictionary(comment => comment.Key, comment => comment.Value, StringComparer.Ordinal));

    /// <summary>The comment above a message, field or method, by its full name; null when there is none.</summary>
    public static string? CommentOf(IDescriptor declaration) => Read.Value.GetValueOrDefault(declaration.FullName);

    private static IEnumerable<KeyValuePair<string, string>> Of(FileDescriptor file)
    {
        using var stream = typeof(Comments).Assembly.GetManifestResourceStream(file.Name)
            ?? throw new InvalidOperationException($"{file.Name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        var comment = new List<string>();
        var scope = new Stack<string>([file.Package]);
        while (reader.ReadLine()?.Trim() is { } line)
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                comment.Add(line[2..].Trim());
                continue;
            }
            if (Declaration().Match(line) is { Success: true } declared)
            {
                var name = $"{scope.Peek()}.{declared.Groups["name"].Value}";
                if (comment.Count > 0) yield return KeyValuePair.Create(name, string.Join(' ', comment));
                if (line.EndsWith('{')) scope.Push(name);
            }
            else if (line.EndsWith('{'))
            {
                scope.Push(scope.Peek());
            }
            if (line.StartsWith('}') && scope.Count > 1) scope.Pop();
            comment.Clear();
        }
    }

    /// <summary>A message, service, enum, method or field.</summary>
    [GeneratedRegex(@"^(?:(?:message|service|enum)\s+(?<name>\w+)|rpc\s+(?<name>\w+)|(?:repeated\s+|optional\s+)?[\w.]+\s+(?<name>\w+)\s*=\s*\d+)")]
    private static partial Regex Declaration();
}
