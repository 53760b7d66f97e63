using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Client;

/// <summary>One field of a request that is not as it must be.</summary>
public sealed record FieldFault(string Field, string Description);

/// <summary>One rule that stands against a request: its kind, what it is about, and in words.</summary>
public sealed record RuleFault(string Type, string Subject, string Description);

/// <summary>
/// The network's answer when it does not do what was asked, unwrapped from <c>google.rpc.Status</c>: which rule, its numbers, what is
/// wrong field by field, what could be had instead, and when to ask again.
/// </summary>
public sealed record Refusal
{
    /// <summary>The status that the answer came with.</summary>
    public required StatusCode Status { get; init; }

    /// <summary>The rule, for machines: <c>SEAT_FULL</c>. When the server gave none, the status in the same style: <c>UNAVAILABLE</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>The same in words, for people.</summary>
    public required string Message { get; init; }

    /// <summary>Whose rule it is; empty when the answer came from the transport.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The rule's numbers and names: <c>usable: 12, booked: 12</c>.</summary>
    public IReadOnlyDictionary<string, string> Numbers { get; init; } = new Dictionary<string, string>();

    /// <summary>Every field at fault, not only the first.</summary>
    public IReadOnlyList<FieldFault> Fields { get; init; } = [];

    /// <summary>Every rule at fault.</summary>
    public IReadOnlyList<RuleFault> Rules { get; init; } = [];

    /// <summary>Where a seat is open instead, nearest first.</summary>
    public IReadOnlyList<OpenSeats> Alternatives { get; init; } = [];

    /// <summary>When it is worth asking again; null when the server did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True when nobody knows whether the request was carried out: only the same request id may be sent again.</summary>
    public bool OutcomeUnknown => Status is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Unknown or StatusCode.Internal or StatusCode.Cancelled;

    /// <summary>Reads a refusal out of a failed call.</summary>
    public static Refusal Of(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var bare = new Refusal
        {
            Status = exception.StatusCode,
            Reason = Upper(exception.StatusCode),
            Message = exception.Status.Detail,
        };
        Google.Rpc.Status? status;
        try
        {
            status = exception.GetRpcStatus();
        }
        catch (InvalidProtocolBufferException)
        {
            // Not our server, or one that is broken: the bare status is all that can be said.
            return bare;
        }

        if (status is null)
        {
            return bare;
        }

        var info = status.GetDetail<ErrorInfo>();
        return bare with
        {
            Message = string.IsNullOrEmpty(status.Message) ? bare.Message : status.Message,
            Reason = string.IsNullOrEmpty(info?.Reason) ? bare.Reason : info.Reason,
            Domain = info?.Domain ?? "",
            Numbers = info is null ? bare.Numbers : new Dictionary<string, string>(info.Metadata, StringComparer.Ordinal),
            Fields = [.. status.GetDetail<BadRequest>()?.FieldViolations.Select(f => new FieldFault(f.Field, f.Description)) ?? []],
            Rules = [.. status.GetDetail<PreconditionFailure>()?.Violations.Select(v => new RuleFault(v.Type, v.Subject, v.Description)) ?? []],
            Alternatives = [.. status.GetDetail<Alternatives>()?.Seats ?? []],
            RetryAfter = status.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
        };
    }

    /// <summary>UNAVAILABLE, as it is written in gRPC's own documents.</summary>
    private static string Upper(StatusCode status) =>
        string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
