using Grpc.Core;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http.Features;
using NodaTime;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// The first and the last that a call of <c>rtt.v1</c> meets, by gRPC and by JSON alike. On the way in, before a byte of
/// the request is looked at: is there a place, who asks, may they call this method at all, have they called too often.
/// On the way out: what the frameworks say of a request that they could not read becomes a proper refusal.
/// </summary>
internal sealed class CallMiddleware(RequestDelegate next, BearerTokens tokens, CallLimits limits, TimeProvider time, ILogger<CallMiddleware> logger)
{
    /// <summary>The bytes of one request message.</summary>
    public const int RequestBytesMax = 256 * 1024;

    public Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<MethodRule>() is { } rule)
            return Run(http, rule, isJson: endpoint.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not null);
        return IsGrpc(http.Request) ? next(http) : Other(http);
    }

    private static bool IsGrpc(HttpRequest request) => request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    private async Task Run(HttpContext http, MethodRule rule, bool isJson)
    {
        if (!limits.TryEnter())
        {
            await FailureWriter.Write(http, Failure.Overloaded, isJson);
            return;
        }
        try
        {
            var now = time.GetUtcNow();
            var verdict = await tokens.Judge(http.Request.Headers.Authorization, now);
            if (limits.Admit(verdict, rule) is { } failure)
            {
                await FailureWriter.Write(http, failure, isJson);
                return;
            }
            var call = new Call(rule, verdict.Caller!, Instant.FromDateTimeOffset(now), isJson) { Attempt = Call.AttemptOf(http.Request.Headers) };
            http.Features.Set(call);
            if (isJson) await RunJson(http, call);
            else await RunGrpc(http, call);
        }
        catch (Exception e) when (!http.Response.HasStarted && e is not OutOfMemoryException)
        {
            // A programmer's error before the method was reached: the caller may ask again, and need not know more.
            logger.LogError("{Method} failed with {Error} at {Place}", rule.FullName, e.GetType().FullName, e.StackTrace);
            await FailureWriter.Write(http, Failure.OutcomeUnknown, isJson);
        }
        finally
        {
            limits.Leave();
        }
    }

    private async Task RunGrpc(HttpContext http, Call call)
    {
        await next(http);
        if (call.IsRead || http.Response.HasStarted || !IsGrpc(http.Request)) return;
        // Nothing has been read and nothing sent: the framing or the message was not what the method takes.
        switch (FailureWriter.StatusOf(http.Response))
        {
            case StatusCode.Unknown or StatusCode.Internal:
                FailureWriter.Amend(http.Response, Failure.Malformed);
                break;
            case StatusCode.ResourceExhausted:
                FailureWriter.Amend(http.Response, Failure.TooLarge);
                break;
        }
    }

    /// <summary>The reply is kept back until it is known whether it is one: what the transcoding writes of a failure has no details.</summary>
    private async Task RunJson(HttpContext http, Call call)
    {
        if (await Body(http.Request) is not { } body)
        {
            await FailureWriter.Write(http, Failure.TooLarge, isJson: true);
            return;
        }
        using var request = new MemoryStream(body, writable: false);
        using var reply = new MemoryStream();
        http.Request.Body = request;
        call.UnknownFields = UnknownFields.Of(call.Rule.Method.InputType, body, http.Request.Query);
        var original = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(reply));
        try
        {
            await next(http);
        }
        finally
        {
            http.Features.Set(original);
        }
        var failure = call.Failure ?? (http.Response.StatusCode < 400 ? null : call.IsRead ? Failure.OutcomeUnknown : Failure.Malformed);
        if (failure is not null)
        {
            await FailureWriter.Write(http, failure, isJson: true);
            return;
        }
        http.Response.ContentLength = reply.Length;
        await http.Response.Body.WriteAsync(reply.GetBuffer().AsMemory(0, (int)reply.Length), http.RequestAborted);
    }

    /// <summary>The whole body, or null when it is too large. It is read as far as it may go and no further.</summary>
    private static async Task<byte[]?> Body(HttpRequest request)
    {
        if (request.ContentLength > RequestBytesMax) return null;
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
            {
                if (body.Length + read > RequestBytesMax) return null;
                body.Write(chunk, 0, read);
            }
        }
        catch (BadHttpRequestException)
        {
            return null;
        }
        return body.ToArray();
    }

    /// <summary>Health, the schema, and paths that lead nowhere: those answer in the same form as every other failure.</summary>
    private async Task Other(HttpContext http)
    {
        await next(http);
        if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, ContentLength: null, ContentType: null })
            await FailureWriter.Write(http, Failure.NoSuchMethod, isJson: true, http.Response.StatusCode);
    }
}
