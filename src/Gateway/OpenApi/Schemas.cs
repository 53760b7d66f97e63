using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace RttNetwork.Gateway.OpenApi;

/// <summary>JSON schemas of messages, as protobuf's JSON mapping writes them; each message once, by reference.</summary>
internal sealed class Schemas
{
    private readonly SortedDictionary<string, JsonNode> _written = new(StringComparer.Ordinal);

    public static bool IsWellKnown(MessageDescriptor message) => message.File.Package == "google.protobuf";

    public JsonObject ToJson() => new(_written.Select(schema => KeyValuePair.Create(schema.Key, (JsonNode?)schema.Value)));

    public JsonObject Reference(MessageDescriptor message) => Reference(message, message.FullName, []);

    /// <summary>A request's body: what the path says is not in it.</summary>
    public JsonObject WithoutFields(MessageDescriptor message, HashSet<string> bound) => Reference(message, $"{message.FullName}.Body", bound);

    public JsonNode Of(FieldDescriptor field)
    {
        if (field.IsMap) return new JsonObject { ["type"] = "object", ["additionalProperties"] = Single(field.MessageType.FindFieldByNumber(2)) };
        var schema = field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = Single(field) } : Single(field);
        // Beside a reference a description is allowed since OpenAPI 3.1.
        if (Comments.CommentOf(field) is { } comment) schema["description"] = comment;
        return schema;
    }

    private JsonObject Reference(MessageDescriptor message, string name, HashSet<string> without)
    {
        if (!_written.ContainsKey(name))
        {
            var schema = new JsonObject { ["type"] = "object" };
            _written[name] = schema;
            if (Comments.CommentOf(message) is { } comment) schema["description"] = comment;
            var properties = new JsonObject();
            schema["properties"] = properties;
            foreach (var field in message.Fields.InDeclarationOrder().Where(field => !without.Contains(field.Name))) properties[field.JsonName] = Of(field);
        }
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonObject Single(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => new() { ["type"] = "string" },
        FieldType.Bool => new() { ["type"] = "boolean" },
        FieldType.Bytes => new() { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Double or FieldType.Float => new() { ["type"] = "number" },
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new() { ["type"] = "integer", ["format"] = "int32" },
        FieldType.UInt32 or FieldType.Fixed32 => new() { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 0 },
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 => new() { ["type"] = "string", ["format"] = "int64" },
        FieldType.Enum => new() { ["type"] = "string", ["enum"] = new JsonArray([.. field.EnumType.Values.Select(value => JsonValue.Create(value.Name))]) },
        FieldType.Message => Message(field.MessageType),
        _ => throw new InvalidOperationException($"{field.FullName} has a type that is not described."),
    };

    private JsonObject Message(MessageDescriptor message)
    {
        if (message == Timestamp.Descriptor) return new() { ["type"] = "string", ["format"] = "date-time" };
        if (message == Duration.Descriptor) return new() { ["type"] = "string", ["pattern"] = "^-?[0-9]+(\\.[0-9]{1,9})?s$", ["examples"] = new JsonArray("900s") };
        if (message == Any.Descriptor) return new() { ["type"] = "object", ["properties"] = new JsonObject { ["@type"] = new JsonObject { ["type"] = "string" } }, ["additionalProperties"] = true };
        return Reference(message);
    }
}
