using System.Text.Json.Nodes;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.OpenApi;

namespace RttNetwork.Gateway.Tests;

public sealed class OpenApiTests
{
    private static readonly JsonObject Document = (JsonObject)JsonNode.Parse(OpenApiDocument.Write())!;

    [Fact]
    public void Every_method_is_described_with_its_comment()
    {
        var operations = Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(verb => verb.Value!.AsObject())).ToDictionary(o => o["operationId"]!.GetValue<string>());
        Assert.Equal(MethodRules.All.Count, operations.Count);
        foreach (var rule in MethodRules.All.Values)
        {
            var operation = operations[$"{rule.Method.Service.Name}_{rule.Method.Name}"];
            Assert.False(string.IsNullOrEmpty(operation["description"]?.GetValue<string>()), rule.FullName);
        }
    }

    [Fact]
    public void A_path_is_written_out_with_its_parameters()
    {
        var book = Document["paths"]!["/v1/networks/{network}/sites/{site}/cohorts/{cohort}:bookSeat"]!["post"]!;
        Assert.Equal(["network", "site", "cohort"], book["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()));
        var body = Document["components"]!["schemas"]!["rtt.v1.BookSeatRequest.Body"]!["properties"]!.AsObject();
        Assert.Equal(["participant", "requestId", "validateOnly"], body.Select(field => field.Key));
        var search = Document["paths"]!["/v1/networks/{network}/sites"]!["get"]!["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>());
        Assert.Contains("region", search);
        Assert.Contains("pageToken", search);
        // Where somebody sets out from is in no address.
        Assert.NotNull(Document["paths"]!["/v1/networks/{network}/seats:search"]!["post"]);
        Assert.Null(Document["paths"]!["/v1/networks/{network}/seats:search"]!["get"]);
    }

    [Fact]
    public void Every_reference_leads_to_a_schema()
    {
        var schemas = Document["components"]!["schemas"]!.AsObject();
        foreach (var reference in References(Document).Where(r => r.StartsWith("#/components/schemas/", StringComparison.Ordinal)))
            Assert.True(schemas.ContainsKey(reference["#/components/schemas/".Length..]), reference);
        Assert.Contains("People taking part", schemas["rtt.v1.Room"]!["properties"]!["occupancy"]!["description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(field => field.Key == "$ref" ? [field.Value!.GetValue<string>()] : References(field.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
