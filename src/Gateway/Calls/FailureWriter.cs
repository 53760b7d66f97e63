using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using RttNetwork.Gateway.Errors;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Calls;

/// <summary>Writes a failure the way that the caller's protocol has it, where no framework does.</summary>
internal static class FailureWriter
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    /// <summary>Writes <c>google.rpc.Status</c> as JSON, its details by their names.</summary>
    private static readonly JsonFormatter Formatter = new(new JsonFormatter.Settings(formatDefaultValues: false).WithTypeRegistry(
        TypeRegistry.FromFiles(Google.Rpc.ErrorDetailsReflection.Descriptor, ErrorsReflection.Descriptor)));

    public static StatusCode? StatusOf(HttpResponse response) =>
        int.TryParse(response.Headers[StatusHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? (StatusCode)code : null;

    /// <summary>Ends a call that no handler has begun to answer.</summary>
    public static Task Write(HttpContext http, Failure failure, bool isJson, int? httpStatus = null)
    {
        if (!isJson)
        {
            http.Response.StatusCode = StatusCodes.Status200OK;
            http.Response.ContentType = "application/grpc";
            Amend(http.Response, failure);
            return Task.CompletedTask;
        }
        http.Response.StatusCode = httpStatus ?? HttpStatusOf(failure.Code);
        if (failure.Code == StatusCode.Unauthenticated) http.Response.Headers.WWWAuthenticate = "Bearer";
        if (failure.RetryAfter is { } wait) http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var body = Encoding.UTF8.GetBytes(Formatter.Format(failure.Status));
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body, 0, body.Length, http.RequestAborted);
    }

    /// <summary>Puts the failure in the place of the status in the response's headers.</summary>
    public static void Amend(HttpResponse response, Failure failure)
    {
        response.Headers[StatusHeader] = ((int)failure.Code).ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageHeader] = Uri.EscapeDataString(failure.Status.Message);
        response.Headers[Failure.DetailsTrailer] = Convert.ToBase64String(failure.Bytes).TrimEnd('=');
    }

    /// <summary>As in google/rpc/code.proto.</summary>
    private static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
