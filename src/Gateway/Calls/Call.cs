using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Errors;
using Unit = RttNetwork.Contracts.Units.Unit;

namespace RttNetwork.Gateway.Calls;

/// <summary>One call of a known caller, from its first header to its status.</summary>
internal sealed class Call(MethodRule rule, Caller caller, Instant now, bool isJson)
{
    /// <summary>How long a call may take: also one that comes without a deadline.</summary>
    public static readonly Duration TimeMax = Duration.FromSeconds(10);

    /// <summary>How long a unit of work may take from here to its commit.</summary>
    public static readonly Duration UnitTimeMax = Duration.FromSeconds(5);

    /// <summary>What the client's own library says of a retry.</summary>
    private const string AttemptHeader = "rtt-attempt";

    /// <summary>What a gRPC library with retries of its own says.</summary>
    private const string LibraryAttemptHeader = "grpc-previous-rpc-attempts";

    private const int AttemptMax = 1000;

    private Guid _requestId;

    public MethodRule Rule => rule;

    public Caller Caller => caller;

    /// <summary>Read once, when the call begins; everything in it is judged at this instant.</summary>
    public Instant Now => now;

    /// <summary>True for a call by JSON: its reply is whole before a byte of it is sent.</summary>
    public bool IsJson => isJson;

    /// <summary>True once the request has been read as its message: what fails before is the request's own fault.</summary>
    public bool IsRead { get; set; }

    /// <summary>What a JSON request says that its message does not have: written wrongly, and not to be overlooked.</summary>
    public IReadOnlyList<string> UnknownFields { get; set; } = [];

    /// <summary>How the call failed, for the JSON side.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>What is left of the time: the client's deadline or <see cref="TimeMax"/>, whichever is sooner.</summary>
    public Duration Left { get; set; } = TimeMax;

    /// <summary>How often the client has sent this request before.</summary>
    public int Attempt { get; set; }

    /// <summary>The call that a gRPC method is in.</summary>
    public static Call Of(ServerCallContext context) =>
        Find(context.GetHttpContext()) ?? throw new InvalidOperationException("The call did not come through the gateway's middleware.");

    public static Call? Find(HttpContext http) => http.Features.Get<Call>();

    /// <summary>What is wrong with a request: begins with its request id, when the method writes.</summary>
    public Fields Check(IMessage request)
    {
        var fields = new Fields();
        if (rule.RequestId is { } id && !Guid.TryParseExact(id.Get(request), "D", out _requestId)) fields.Wrong("request_id", "must be a UUID");
        else if (rule.Writes && _requestId == Guid.Empty) fields.Wrong("request_id", "must not be the nil UUID");
        foreach (var field in UnknownFields) fields.Wrong(field, "is not a field of the request");
        return fields;
    }

    /// <summary>Starts the unit of a request that <see cref="Check"/> has seen.</summary>
    public Unit Start(IMessage request) => Unit.Start(
        caller,
        rule.Writes ? _requestId : Guid.NewGuid(),
        Fingerprint(request),
        now,
        now + Duration.Min(Left, UnitTimeMax),
        rule.ValidateOnly?.Get(request) ?? false,
        Attempt);

    /// <summary>Ends the call with a failure and without the cost of an exception.</summary>
    public TReply Refuse<TReply>(ServerCallContext context, Failure failure)
    {
        // Others were faster than this attempt, and it is dead. An earlier one of the same request may be on its way still: the client comes again.
        if (Attempt > 0 && ReferenceEquals(failure, Failure.ConcurrentChange)) failure = Failure.OutcomeUnknown;
        Failure = failure;
        context.Status = new Status(failure.Code, failure.Status.Message);
        if (!isJson) context.ResponseTrailers.Add(Failure.DetailsTrailer, failure.Bytes);
        return (TReply)rule.Nothing;
    }

    public static int AttemptOf(IHeaderDictionary headers) =>
        Math.Max(Number(headers[AttemptHeader]), Number(headers[LibraryAttemptHeader]));

    private static int Number(string? value) =>
        value is not null && int.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, AttemptMax)
            : 0;

    /// <summary>SHA-256 over the method's name and the request's bytes without its request id and dry-run mark.</summary>
    private byte[] Fingerprint(IMessage request)
    {
        // The two fields are taken out for a moment: the message belongs to this call alone, and a copy would cost more than the hash.
        var id = rule.RequestId?.Get(request) ?? "";
        var validateOnly = rule.ValidateOnly?.Get(request) ?? false;
        rule.RequestId?.Set(request, "");
        rule.ValidateOnly?.Set(request, false);
        var length = rule.FullNameUtf8.Length + request.CalculateSize();
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            rule.FullNameUtf8.CopyTo(buffer, 0);
            request.WriteTo(buffer.AsSpan(rule.FullNameUtf8.Length, length - rule.FullNameUtf8.Length));
            return SHA256.HashData(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            rule.RequestId?.Set(request, id);
            rule.ValidateOnly?.Set(request, validateOnly);
        }
    }
}
