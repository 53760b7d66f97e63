using System.Text.Json;
using Google.Protobuf.Reflection;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// Finds what a JSON request says that its message does not have. A dry run whose mark was misspelt must not become the
/// real thing; the transcoding would pass over it in silence.
/// </summary>
internal static class UnknownFields
{
    private const int NamesMax = 20;
    private const int NameLengthMax = 64;

    /// <summary>The paths of unknown fields; none for a body that is not JSON, which is refused later.</summary>
    public static IReadOnlyList<string> Of(MessageDescriptor message, ReadOnlySpan<byte> body, IQueryCollection query)
    {
        var unknown = new List<string>();
        foreach (var (key, _) in query)
        {
            if (!Resolves(message, key)) Add(unknown, "", key);
        }
        if (body.Length == 0) return unknown;
        var reader = new Utf8JsonReader(body);
        try
        {
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject) Object(ref reader, message, "", unknown);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return unknown;  // Not JSON, or text that is not Unicode.
        }
        return unknown;
    }

    private static void Object(ref Utf8JsonReader reader, MessageDescriptor message, string path, List<string> unknown)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var field = Find(message, name);
            if (field is null) Add(unknown, path, name);
            var inner = field is { FieldType: FieldType.Message, IsMap: false } ? field.MessageType : null;
            Value(ref reader, inner, $"{path}{field?.Name}", unknown);
        }
    }

    private static void Value(ref Utf8JsonReader reader, MessageDescriptor? message, string path, List<string> unknown)
    {
        if (message is null)
        {
            reader.Skip();
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            Object(ref reader, message, $"{path}.", unknown);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++) Value(ref reader, message, $"{path}[{i}]", unknown);
        }
    }

    private static bool Resolves(MessageDescriptor message, string path)
    {
        MessageDescriptor? at = message;
        foreach (var part in path.Split('.'))
        {
            if (at is null || Find(at, part) is not { } field) return false;
            at = field.FieldType == FieldType.Message ? field.MessageType : null;
        }
        return true;
    }

    private static FieldDescriptor? Find(MessageDescriptor message, string name)
    {
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.JsonName == name || field.Name == name) return field;
        }
        return null;
    }

    private static void Add(List<string> unknown, string path, string name)
    {
        if (unknown.Count >= NamesMax) return;
        var isName = name.Length is > 0 and <= NameLengthMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');
        unknown.Add(path + (isName ? name : "(no name)"));
    }
}
