using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using RttNetwork.Gateway.Authorization;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>What came back of a call, whichever way it was made.</summary>
/// <param name="Code">The status.</param>
/// <param name="Reason">The reason of the <c>ErrorInfo</c>; empty for a reply.</param>
/// <param name="Text">Everything that the caller can read: the reply, or status, message and details.</param>
public sealed record Outcome(StatusCode Code, string Reason, string Text);

/// <summary>Calls any method of the wire by gRPC or by JSON, with a good request or a bad one.</summary>
public sealed class AnyCall(GrpcChannel channel, HttpClient http)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    internal Task<Outcome> ByGrpc(MethodRule rule, IMessage request, string? token) => ByGrpc(rule, request.ToByteArray(), token);

    internal async Task<Outcome> ByGrpc(MethodRule rule, byte[] request, string? token)
    {
        var streams = rule.Method.IsServerStreaming;
        var method = new Method<byte[], byte[]>(streams ? MethodType.ServerStreaming : MethodType.Unary, rule.Method.Service.FullName, rule.Method.Name, Bytes, Bytes);
        var headers = new Metadata();
        if (token is not null) headers.Add("authorization", $"Bearer {token}");
        try
        {
            var reply = streams ? await First(method, headers, request) : await Only(method, headers, request);
            return new Outcome(StatusCode.OK, "", rule.Method.OutputType.Parser.ParseFrom(reply).ToString()!);
        }
        catch (RpcException e)
        {
            var status = e.GetRpcStatus();
            var info = status?.GetDetail<ErrorInfo>();
            // What is sent, not how it is shown: identical means identical bytes.
            return new Outcome(e.StatusCode, info?.Reason ?? "", $"{e.StatusCode} {e.Status.Detail} {status?.ToByteString().ToStringUtf8()}");
        }
    }

    private async Task<byte[]> Only(Method<byte[], byte[]> method, Metadata headers, byte[] request)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(headers), request);
        return await call.ResponseAsync;
    }

    /// <summary>Of a stream the first message: who may not read it gets none.</summary>
    private async Task<byte[]> First(Method<byte[], byte[]> method, Metadata headers, byte[] request)
    {
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(method, null, new CallOptions(headers), request);
        return await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : [];
    }

    internal Task<Outcome> ByJson(MethodRule rule, IMessage request, string? token)
    {
        var (path, body) = Transcode(rule, request);
        return ByJson(rule, path, body is null ? null : Encoding.UTF8.GetBytes(body), token);
    }

    internal async Task<Outcome> ByJson(MethodRule rule, string path, byte[]? body, string? token)
    {
        using var message = new HttpRequestMessage(rule.Http.PatternCase == HttpRule.PatternOneofCase.Get ? HttpMethod.Get : HttpMethod.Post, path);
        if (body is not null) message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (token is not null) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        if (response.IsSuccessStatusCode) return new Outcome(StatusCode.OK, "", text);
        // What is no HTTP at all, the server refuses before there is a call.
        if (text.Length == 0 && (int)response.StatusCode is 400 or 414 or 431) return new Outcome(StatusCode.InvalidArgument, "NO_HTTP", $"{(int)response.StatusCode}");
        var status = JsonNode.Parse(text)!;
        var reason = (status["details"] as JsonArray)?.Select(detail => detail!["reason"]?.GetValue<string>()).FirstOrDefault(r => r is not null);
        return new Outcome((StatusCode)status["code"]!.GetValue<int>(), reason ?? "", $"{(int)response.StatusCode} {text}");
    }

    /// <summary>The path and body of a request's JSON form.</summary>
    internal static (string Path, string? Body) Transcode(MethodRule rule, IMessage request)
    {
        var json = (JsonObject)JsonNode.Parse(new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(request))!;
        var template = rule.Http.PatternCase == HttpRule.PatternOneofCase.Get ? rule.Http.Get : rule.Http.Post;
        var (open, close) = (template.IndexOf('{', StringComparison.Ordinal), template.IndexOf('}', StringComparison.Ordinal));
        var bound = template[(open + 1)..close].Split('=')[0];
        var name = json[bound]?.GetValue<string>() ?? "";
        json.Remove(bound);
        var path = template[1..open] + string.Join('/', name.Split('/').Select(Uri.EscapeDataString)) + template[(close + 1)..];
        if (rule.Http.Body == "*") return (path, json.ToJsonString());
        var query = string.Join('&', Flat("", json));
        return (query.Length > 0 ? $"{path}?{query}" : path, null);
    }

    private static IEnumerable<string> Flat(string prefix, JsonObject json) => json.SelectMany(field => field.Value is JsonObject inner
        ? Flat($"{prefix}{field.Key}.", inner)
        : [$"{prefix}{field.Key}={Uri.EscapeDataString(Convert.ToString(field.Value, CultureInfo.InvariantCulture)!)}"]);
}
