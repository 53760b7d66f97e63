using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;
using RttNetwork.Gateway.Authorization;

namespace RttNetwork.Gateway.OpenApi;

/// <summary>
/// The OpenAPI 3.1 description of the JSON side, made of the same descriptors that the routes are made of: it cannot
/// say anything else than what is served.
/// </summary>
internal static class OpenApiDocument
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static byte[] Write()
    {
        var schemas = new Schemas();
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var rule in MethodRules.All.Values.OrderBy(rule => rule.FullName, StringComparer.Ordinal)) Add(paths, rule, schemas);
        var status = schemas.Reference(Google.Rpc.Status.Descriptor);
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "RttNetwork",
                ["version"] = "v1",
                ["description"] = "Seats in group therapy cohorts across a network of sites. Every write takes a request_id (UUID), under which it is done once, "
                    + "however often it is sent, and validate_only, which says what would happen and does nothing.",
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["tags"] = new JsonArray([.. MethodRules.Services.Select(service => new JsonObject { ["name"] = service.Name })]),
            ["paths"] = new JsonObject(paths.Select(path => KeyValuePair.Create(path.Key, (JsonNode?)path.Value))),
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT" },
                },
                ["responses"] = new JsonObject
                {
                    ["Failure"] = new JsonObject
                    {
                        ["description"] = "Why it was not done: google.rpc.Status, with a google.rpc.ErrorInfo always.",
                        ["content"] = Content(status),
                    },
                },
                ["schemas"] = schemas.ToJson(),
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, Indented);
    }

    private static void Add(SortedDictionary<string, JsonObject> paths, MethodRule rule, Schemas schemas)
    {
        var (verb, template) = rule.Http.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("get", rule.Http.Get),
            HttpRule.PatternOneofCase.Post => ("post", rule.Http.Post),
            HttpRule.PatternOneofCase.Put => ("put", rule.Http.Put),
            HttpRule.PatternOneofCase.Patch => ("patch", rule.Http.Patch),
            HttpRule.PatternOneofCase.Delete => ("delete", rule.Http.Delete),
            _ => throw new InvalidOperationException($"{rule.FullName} has an HTTP verb that is not described."),
        };
        var (path, bound, parts) = Expand(template);
        var parameters = new JsonArray();
        foreach (var part in parts)
            parameters.Add(new JsonObject { ["name"] = part, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });
        var operation = new JsonObject
        {
            ["operationId"] = $"{rule.Method.Service.Name}_{rule.Method.Name}",
            ["tags"] = new JsonArray(rule.Method.Service.Name),
            ["parameters"] = parameters,
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = rule.Method.OutputType.Name, ["content"] = Content(schemas.Reference(rule.Method.OutputType)) },
                ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Failure" },
            },
        };
        if (Comments.CommentOf(rule.Method) is { } comment) operation["description"] = comment;
        if (rule.Http.Body == "*")
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(schemas.WithoutFields(rule.Method.InputType, bound)) };
        }
        else
        {
            foreach (var field in rule.Method.InputType.Fields.InDeclarationOrder().Where(field => !bound.Contains(field.Name)))
            {
                // A message in the query is written field by field: earliest.year=2027.
                foreach (var (name, schema) in Flat(field, schemas))
                    parameters.Add(new JsonObject { ["name"] = name, ["in"] = "query", ["schema"] = schema });
            }
        }
        if (!paths.TryGetValue(path, out var operations)) paths[path] = operations = [];
        operations[verb] = operation;
    }

    private static IEnumerable<(string Name, JsonNode Schema)> Flat(FieldDescriptor field, Schemas schemas) =>
        field.FieldType == FieldType.Message && !Schemas.IsWellKnown(field.MessageType)
            ? field.MessageType.Fields.InDeclarationOrder().Select(inner => ($"{field.JsonName}.{inner.JsonName}", schemas.Of(inner)))
            : [(field.JsonName, schemas.Of(field))];

    /// <summary>
    /// Writes out <c>/v1/{name=networks/*/sites/*}:verb</c> as <c>/v1/networks/{network}/sites/{site}:verb</c>.
    /// </summary>
    /// <returns>The path, the fields that it binds, and its parameters.</returns>
    private static (string Path, HashSet<string> Bound, List<string> Parts) Expand(string template)
    {
        var bound = new HashSet<string>(StringComparer.Ordinal);
        var parts = new List<string>();
        var open = template.IndexOf('{', StringComparison.Ordinal);
        if (open < 0) return (template, bound, parts);
        var close = template.IndexOf('}', open);
        var binding = template[(open + 1)..close].Split('=', 2);
        bound.Add(binding[0]);
        var segments = (binding.Length > 1 ? binding[1] : "*").Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] != "*") continue;
            var part = i > 0 ? segments[i - 1].TrimEnd('s') : binding[0];
            parts.Add(part);
            segments[i] = $"{{{part}}}";
        }
        return (template[..open] + string.Join('/', segments) + template[(close + 1)..], bound, parts);
    }

    private static JsonObject Content(JsonNode schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };
}
