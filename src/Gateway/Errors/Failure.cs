using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Contracts.Units;
using RttNetwork.Wire.V1;
using RpcStatus = Google.Rpc.Status;

namespace RttNetwork.Gateway.Errors;

/// <summary>
/// What a caller gets when it does not get what it asked for: a <c>google.rpc.Status</c> that always has an
/// <c>ErrorInfo</c>, in the form in which it is sent. Immutable, so that the frequent ones are built once.
/// </summary>
internal sealed class Failure
{
    /// <summary>Whose reasons they are.</summary>
    public const string Domain = "rtt.network";

    /// <summary>The trailer that carries <see cref="Bytes"/>.</summary>
    public const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>Named fields at most: a request with more wrong ones has been understood as wrong.</summary>
    public const int FieldsMax = 100;

    /// <summary>
    /// The bytes of the details that go into a trailer: a client takes a bounded number of them, in base 64. The JSON side,
    /// whose details are in its body, has all.
    /// </summary>
    private const int TrailerBytesMax = 12 * 1024;

    /// <summary>Not the caller's, or not there: the same bytes for both, whatever was asked.</summary>
    public static readonly Failure Denied = Of(StatusCode.PermissionDenied, "PERMISSION_DENIED", "The token does not allow this call on this resource.");

    /// <summary>There is nothing, or nothing that this caller may see: the same bytes for both.</summary>
    public static readonly Failure NotFound = Of(StatusCode.NotFound, "NOT_FOUND", "There is nothing by that name that you may see.");

    public static readonly Failure ConcurrentChange = Of(StatusCode.Aborted, "CONCURRENT_CHANGE", "Others changed the same things at the same time: read again and decide again.");
    public static readonly Failure Overloaded = Of(StatusCode.ResourceExhausted, "OVERLOADED", "Too much is waiting: nothing was written.", TimeSpan.FromSeconds(1));
    public static readonly Failure WatchesMaxReached =
        Of(StatusCode.ResourceExhausted, "WATCHES_MAX_REACHED", "As many streams as may be are open: end one of yours, or come back later.", TimeSpan.FromSeconds(10));
    public static readonly Failure OutcomeUnknown = Unavailable("OUTCOME_UNKNOWN", "Whether it was done is not known yet: send the same request with the same request id again.");
    public static readonly Failure ReadUnavailable = Unavailable("READ_UNAVAILABLE", "The answer cannot be vouched for at the moment: ask again.");
    public static readonly Failure Behind = Unavailable("TOKEN_NOT_REACHED", "The lists have not come to the place of `at_least` yet: ask again.");
    public static readonly Failure DeadlineExceeded = Of(StatusCode.DeadlineExceeded, "DEADLINE_EXCEEDED", "The time was up: send the same request with the same request id again.");
    public static readonly Failure Malformed = Of(StatusCode.InvalidArgument, "MALFORMED_REQUEST", "The request cannot be read as the method's message.");
    public static readonly Failure TooLarge = Of(StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE", "The request is larger than a message may be.");
    public static readonly Failure NoSuchMethod = Of(StatusCode.Unimplemented, "METHOD_NOT_FOUND", "There is no such method.");
    public static readonly Failure SeveralPeople = Of(new Refusal("IDENTIFIERS_OF_SEVERAL_PEOPLE", "The identifiers belong to several people of the network: they must be matched first.", 0, []), "", null);

    public static readonly Failure BeforeHistory = Of(new Refusal("HISTORY_BEGINS_LATER", "At that moment the network had no cohort yet: its history begins later.", 0, []), "time", null);

    public static readonly Failure NationAuthorisationMissing = Of(
        new Refusal("NATION_AUTHORISATION_MISSING", "A Nation governs what is known of the site, and no authorisation of it counts at this moment: authorities are told nothing of it.", 53, []), "", null);

    public static readonly Failure NoSuchProgram = Of(new Refusal("PROGRAM_MISMATCH", "The cohort's program has no pathway that could be asked for.", 1, []), "", null);

    private Failure(StatusCode code, RpcStatus status)
    {
        Code = code;
        Status = status;
        Bytes = Trailer(status).ToByteArray();
    }

    public StatusCode Code { get; }

    /// <summary>As in <c>google.rpc.ErrorInfo</c>.</summary>
    public string Reason => Status.Details[0].Unpack<ErrorInfo>().Reason;

    /// <summary>True for what is not the caller's, or not there.</summary>
    public bool IsDenied => Code is StatusCode.PermissionDenied or StatusCode.NotFound;

    /// <summary>True when asking again may help.</summary>
    public bool IsPassing => Code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted;

    /// <summary>When it is worth asking again; null when that would not help.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Not to be changed.</summary>
    public RpcStatus Status { get; }

    /// <summary><see cref="Status"/> for a trailer: of many violations as many as fit.</summary>
    public byte[] Bytes { get; }

    public static Failure Of(StatusCode code, string reason, string message, TimeSpan? retryAfter = null)
    {
        var status = new RpcStatus { Code = (int)code, Message = message, Details = { Any.Pack(new ErrorInfo { Reason = reason, Domain = Domain }) } };
        if (retryAfter is { } delay) status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        return new Failure(code, status) { RetryAfter = retryAfter };
    }

    public static Failure Unavailable(string reason, string message) => Of(StatusCode.Unavailable, reason, message, TimeSpan.FromMilliseconds(200));

    /// <summary>Every wrong field at once.</summary>
    public static Failure Of(IEnumerable<BadRequest.Types.FieldViolation> fields)
    {
        var detail = new BadRequest();
        detail.FieldViolations.AddRange(fields);
        return new Failure(StatusCode.InvalidArgument, new RpcStatus
        {
            Code = (int)StatusCode.InvalidArgument,
            Message = detail.FieldViolations is [var only]
                ? $"{only.Field}: {only.Description}"
                : $"{detail.FieldViolations.Count} fields are not as they must be, the first is {detail.FieldViolations[0].Field}.",
            Details = { Any.Pack(new ErrorInfo { Reason = "INVALID_FIELDS", Domain = Domain }), Any.Pack(detail) },
        });
    }

    /// <summary>A rule's refusal with its numbers.</summary>
    /// <param name="refusal">As the grain said it.</param>
    /// <param name="subject">The name of the resource that the rule stands against, as the caller wrote it.</param>
    /// <param name="alternatives">Where a seat is open instead; null for none.</param>
    public static Failure Of(Refusal refusal, string subject, Alternatives? alternatives)
    {
        var code = StatusTable.Of(refusal.Reason) ?? StatusCode.FailedPrecondition;
        if (code == StatusCode.NotFound) return NotFound;
        var info = new ErrorInfo { Reason = refusal.Reason, Domain = Domain };
        foreach (var number in refusal.Numbers.IsDefault ? [] : refusal.Numbers) info.Metadata[number.Name] = number.Value;
        var status = new RpcStatus { Code = (int)code, Message = refusal.Message, Details = { Any.Pack(info) } };
        if (code == StatusCode.FailedPrecondition)
        {
            var detail = new PreconditionFailure();
            if (refusal.Violations.IsEmpty) detail.Violations.Add(Violation(refusal.Rule, refusal.Reason, subject, refusal.Message));
            foreach (var violation in refusal.Violations)
            {
                detail.Violations.Add(Violation(violation.Rule, refusal.Reason, violation.Subject, violation.Description));
            }
            status.Details.Add(Any.Pack(detail));
        }
        else if (!refusal.Violations.IsEmpty)
        {
            var detail = new BadRequest();
            foreach (var violation in refusal.Violations)
                detail.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = violation.Subject, Description = violation.Rule > 0 ? $"{violation.Description} (rule {violation.Rule})" : violation.Description });
            status.Details.Add(Any.Pack(detail));
        }
        if (alternatives is { Seats.Count: > 0 }) status.Details.Add(Any.Pack(alternatives));
        return new Failure(code, status);
    }

    private static RpcStatus Trailer(RpcStatus status)
    {
        if (status.CalculateSize() <= TrailerBytesMax) return status;
        var shorter = status.Clone();
        for (var i = 0; i < shorter.Details.Count; i++)
        {
            if (shorter.Details[i].TryUnpack<PreconditionFailure>(out var rules))
            {
                while (rules.Violations.Count > 1 && rules.CalculateSize() > TrailerBytesMax * 3 / 4) rules.Violations.RemoveAt(rules.Violations.Count - 1);
                shorter.Details[i] = Any.Pack(rules);
            }
            else if (shorter.Details[i].TryUnpack<BadRequest>(out var fields))
            {
                while (fields.FieldViolations.Count > 1 && fields.CalculateSize() > TrailerBytesMax * 3 / 4) fields.FieldViolations.RemoveAt(fields.FieldViolations.Count - 1);
                shorter.Details[i] = Any.Pack(fields);
            }
        }
        return shorter;
    }

    private static PreconditionFailure.Types.Violation Violation(int rule, string reason, string subject, string description) =>
        new() { Type = rule > 0 ? $"rule/{rule}" : reason, Subject = subject, Description = description };

    /// <summary>Why a unit was not accepted, when it was not refused by a rule.</summary>
    public static Failure Of(UnitOutcome outcome) => outcome switch
    {
        UnitOutcome.Conflict => ConcurrentChange,
        UnitOutcome.Overloaded => Overloaded,
        UnitOutcome.Unavailable or UnitOutcome.Unknown => OutcomeUnknown,
        UnitOutcome.Expired => DeadlineExceeded,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not a failure."),
    };
}
