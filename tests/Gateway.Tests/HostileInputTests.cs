using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;

namespace RttNetwork.Gateway.Tests;

/// <summary>
/// Requests that were good until somebody turned them over in their hands, sent by an operator who may do everything:
/// whatever they have become, the answer is a proper one, and a dry run writes nothing.
/// </summary>
[Collection(RealGatewayTests.Name)]
public sealed class HostileInputTests(RealGateway gateway)
{
    private const int MutationsPerMethod = 80;
    private const int SeedOfTheDay = 20261122;

    private static readonly string[] HostileText =
    [
        "", " ", "\0", "null", "'; drop table rtt.journal; --", "../../..", "networks/", "networks/demo/", "networks//sites//", "networks/demo/sites/north/", "networks/demo/sites/../..",
        "networks/demo/sites/%6eorth", "regions/*", "\u202e\u0000\ufeff", "e\u0301", "İ", "𝔸", new string('a', 5000), new string('/', 5000), "2026-02-30", "-1", "9999999999999999999999",
        "00000000-0000-0000-0000-000000000000", "networks/demo/participants/-", "networks/demo/sites/north/cohorts/c1.c1", "networks/demo/c-north.c1",
    ];

    private static readonly string[] HostileJson =
    [
        "null", "true", "-1", "0", "1e400", "-1e400", "9223372036854775808", "2147483648", "0.1", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[[[]]]]", "{\"a\":{\"b\":{}}}", "\"NaN\"", "\"Infinity\"",
        "\"9999-12-31T23:59:59Z\"", "\"-999999999999s\"", "NaN", "'x'", "\"networks/demo\"",
    ];

    public static TheoryData<string> Methods => new(MethodRules.All.Values.Where(rule => rule.IsOpenTo(CallerScope.Operator)).Select(rule => rule.FullName).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task No_message_however_mangled_is_an_internal_error_or_leaves_a_trace(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var random = Seeded(fullName);
        var before = await gateway.Written();
        for (var i = 0; i < MutationsPerMethod; i++)
        {
            var request = DryRun(rule);
            var bytes = random.Next(3) == 0 ? MangleFields(random, request).ToByteArray() : Mangle(random, request.ToByteArray());
            if (IsRealThing(rule, bytes)) continue;
            var outcome = await gateway.Call.ByGrpc(rule, bytes, gateway.OperatorToken);
            Proper(rule, outcome, Convert.ToHexString(bytes));
        }
        Assert.Equal(before, await gateway.Written());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task No_json_however_mangled_is_an_internal_error_or_leaves_a_trace(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var random = Seeded(fullName);
        var before = await gateway.Written();
        for (var i = 0; i < MutationsPerMethod; i++)
        {
            var (path, body) = AnyCall.Transcode(rule, DryRun(rule));
            try
            {
                if (random.Next(3) == 0) (path, body) = AnyCall.Transcode(rule, MangleFields(random, DryRun(rule)));
            }
            catch (InvalidOperationException)
            {
                // A time that JSON has no form for: it is sent as bytes by the other test.
            }
            var bytes = body is null ? null : random.Next(2) == 0 ? Mangle(random, Encoding.UTF8.GetBytes(body)) : Encoding.UTF8.GetBytes(MangleJson(random, body));
            if (body is null && random.Next(2) == 0) path += $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageSize={Uri.EscapeDataString(HostileJson[random.Next(HostileJson.Length)])}";
            if (bytes is not null && IsRealThing(rule, bytes, json: true)) continue;
            Outcome outcome;
            try
            {
                outcome = await gateway.Call.ByJson(rule, path, bytes, gateway.OperatorToken);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
            {
                throw new InvalidOperationException($"{fullName} answered with something that is no google.rpc.Status: {path} {(bytes is null ? "" : Encoding.UTF8.GetString(bytes))}", e);
            }
            Proper(rule, outcome, $"{path} {(bytes is null ? "" : Encoding.UTF8.GetString(bytes))}");
        }
        Assert.Equal(before, await gateway.Written());
    }

    /// <summary>The framing of gRPC itself: one byte of compression, four of length, and the message.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00000000")]
    [InlineData("0000000005")]
    [InlineData("00000000050a")]
    [InlineData("00ffffffff")]
    [InlineData("007fffffff0a")]
    [InlineData("0100000000")]
    [InlineData("0200000000")]
    [InlineData("00000000000000000000")]
    [InlineData("0000000002ffff")]
    [InlineData("00000000020aff")]
    [InlineData("00000000040a02c328")]
    public async Task No_framing_however_wrong_is_an_internal_error(string frame)
    {
        foreach (var (encoding, type) in new[] { ("identity", "application/grpc"), ("gzip", "application/grpc+proto"), ("klingon", "application/grpc") })
        {
            using var client = new HttpClient();
            using var message = new HttpRequestMessage(HttpMethod.Post, $"http://{gateway.Channel.Target}/rtt.v1.Sites/GetSite") { Content = new ByteArrayContent(Convert.FromHexString(frame)) };
            (message.Version, message.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            message.Headers.TryAddWithoutValidation("grpc-encoding", encoding);
            message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.OperatorToken);
            using var response = await client.SendAsync(message);
            await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.Headers.TryGetValues("grpc-status", out var found) || response.TrailingHeaders.TryGetValues("grpc-status", out found), $"{frame} {encoding}: {response}");
            var status = found!.Single();
            var code = (StatusCode)int.Parse(status, CultureInfo.InvariantCulture);
            Assert.True(code is StatusCode.InvalidArgument or StatusCode.ResourceExhausted or StatusCode.Unimplemented, $"{frame} {encoding}: {code}");
        }
    }

    private static Random Seeded(string fullName) => new(SeedOfTheDay + fullName.Sum(c => c));

    private IMessage DryRun(MethodRule rule)
    {
        var request = Samples.Of(rule.FullName, gateway.North);
        rule.ValidateOnly?.Set(request, true);
        return request;
    }

    /// <summary>True when the mangled request has lost its mark of a dry run and could be carried out: then it is not sent.</summary>
    private static bool IsRealThing(MethodRule rule, byte[] bytes, bool json = false)
    {
        if (rule.ValidateOnly is null) return false;
        try
        {
            var read = json
                ? new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true)).Parse(Encoding.UTF8.GetString(bytes), rule.Method.InputType)
                : rule.Method.InputType.Parser.ParseFrom(bytes);
            return !rule.ValidateOnly.Get(read);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or OverflowException or ArgumentException)
        {
            // The parser of JSON here and the one of the gateway may differ in what they take: what has lost its mark is not tried.
            return json && !Encoding.UTF8.GetString(bytes).Contains("\"validate_only\":true", StringComparison.Ordinal);
        }
    }

    private static void Proper(MethodRule rule, Outcome outcome, string request)
    {
        Assert.True(outcome.Code is not (StatusCode.Internal or StatusCode.Unknown or StatusCode.Unavailable or StatusCode.DataLoss or StatusCode.DeadlineExceeded), $"{rule.FullName} {outcome} for {request}");
        if (outcome.Code != StatusCode.OK) Assert.True(outcome.Reason.Length > 0, $"{rule.FullName} {outcome} for {request}");
        Assert.DoesNotContain("Exception", outcome.Text, StringComparison.Ordinal);
    }

    private static byte[] Mangle(Random random, byte[] bytes)
    {
        var mangled = bytes.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = mangled.Count > 0 ? random.Next(mangled.Count) : 0;
            switch (random.Next(6))
            {
                case 0 when mangled.Count > 0: mangled[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when mangled.Count > 0: mangled[at] = (byte)random.Next(256); break;
                case 2: mangled.Insert(at, (byte)random.Next(256)); break;
                case 3 when mangled.Count > 0: mangled.RemoveRange(at, random.Next(1, Math.Min(20, mangled.Count - at) + 1)); break;
                case 4 when mangled.Count > 0: mangled.InsertRange(at, mangled.GetRange(at, random.Next(1, mangled.Count - at + 1))); break;
                default: mangled.InsertRange(at, Enumerable.Repeat((byte)0xff, random.Next(1, 12))); break;
            }
        }
        return [.. mangled];
    }

    /// <summary>Changes what the fields say, and leaves the message one that can be read.</summary>
    private static IMessage MangleFields(Random random, IMessage message)
    {
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = message;
            while (true)
            {
                var fields = at.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsRepeated && field.Name is not "validate_only").ToList();
                if (fields.Count == 0) break;
                var field = fields[random.Next(fields.Count)];
                if (field.FieldType == Google.Protobuf.Reflection.FieldType.Message)
                {
                    if (field.Accessor.GetValue(at) is not IMessage inner)
                    {
                        inner = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                        field.Accessor.SetValue(at, inner);
                    }
                    at = inner;
                    continue;
                }
                object value = field.FieldType switch
                {
                    Google.Protobuf.Reflection.FieldType.String => HostileText[random.Next(HostileText.Length)],
                    Google.Protobuf.Reflection.FieldType.Int32 => random.Next(4) switch { 0 => int.MinValue, 1 => int.MaxValue, 2 => -1, _ => random.Next(-5, 5000) },
                    Google.Protobuf.Reflection.FieldType.Int64 => random.Next(3) switch { 0 => long.MinValue, 1 => long.MaxValue, _ => -1L },
                    Google.Protobuf.Reflection.FieldType.Double => random.Next(3) switch { 0 => double.NaN, 1 => double.PositiveInfinity, _ => -1e300 },
                    Google.Protobuf.Reflection.FieldType.Bool => random.Next(2) == 0,
                    Google.Protobuf.Reflection.FieldType.Bytes => ByteString.CopyFrom(new byte[random.Next(3) switch { 0 => 0, 1 => random.Next(64), _ => 5000 }]),
                    Google.Protobuf.Reflection.FieldType.Enum => random.Next(-2, 100),
                    _ => throw new InvalidOperationException($"{field.FullName}: no hostile value is known."),
                };
                field.Accessor.SetValue(at, value);
                break;
            }
        }
        return message;
    }

    /// <summary>Replaces, doubles or drops values of a JSON text.</summary>
    private static string MangleJson(Random random, string json)
    {
        var root = (JsonObject)JsonNode.Parse(json)!;
        var paths = Paths(root).Where(path => path.Name != "validate_only").ToList();
        if (paths.Count == 0) return json;
        var (parent, name) = paths[random.Next(paths.Count)];
        switch (random.Next(4))
        {
            case 0:
                parent.Remove(name);
                return root.ToJsonString();
            case 1:
                parent[$"{name}_{random.Next(10)}"] = parent[name]?.DeepClone();
                return root.ToJsonString();
            case 2:
                parent[name] = HostileText[random.Next(HostileText.Length)];
                return root.ToJsonString();
            default:
                parent[name] = "MANGLE-HERE";
                return root.ToJsonString().Replace("\"MANGLE-HERE\"", HostileJson[random.Next(HostileJson.Length)], StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(JsonObject Parent, string Name)> Paths(JsonObject node) => node.SelectMany(field => field.Value switch
    {
        JsonObject inner => Paths(inner).Append((node, field.Key)),
        JsonArray array => array.OfType<JsonObject>().SelectMany(Paths).Append((node, field.Key)),
        _ => [(node, field.Key)],
    });
}
