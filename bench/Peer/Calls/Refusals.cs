using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Peer.Database;
using RpcStatus = Google.Rpc.Status;

namespace RttNetwork.Peer.Calls;

/// <summary>A <c>google.rpc.Status</c> as it is sent, with the reasons, numbers and words of the product.</summary>
internal sealed record Failure(StatusCode Code, string Message, byte[] Details)
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    public static readonly Failure Unauthenticated = Of(StatusCode.Unauthenticated, "TOKEN_NOT_VALID", "The bearer token is not valid here.");
    public static readonly Failure Denied = Of(StatusCode.PermissionDenied, "PERMISSION_DENIED", "The token does not allow this call on this resource.");
    public static readonly Failure NotFound = Of(StatusCode.NotFound, "NOT_FOUND", "There is nothing by that name that you may see.");
    public static readonly Failure OutcomeUnknown = Of(StatusCode.Unavailable, "OUTCOME_UNKNOWN", "Whether it was done is not known yet: send the same request with the same request id again.");
    private static readonly Failure RequestIdReused = Of(StatusCode.InvalidArgument, "REQUEST_ID_REUSED", "This request id was accepted with other content; choose a new one.");

    public static Failure Of(StatusCode code, string reason, string message, params ReadOnlySpan<IMessage> more)
    {
        var status = new RpcStatus { Code = (int)code, Message = message, Details = { Any.Pack(new ErrorInfo { Reason = reason, Domain = "rtt.network" }) } };
        foreach (var detail in more) status.Details.Add(Any.Pack(detail));
        return new Failure(code, message, status.ToByteArray());
    }

    public static Failure Field(string field, string description) => Of(
        StatusCode.InvalidArgument, "INVALID_FIELDS", $"{field}: {description}",
        new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = description } } });

    /// <summary>Ends a call with this failure and without the cost of an exception.</summary>
    public TReply Refuse<TReply>(ServerCallContext context, TReply nothing)
    {
        context.Status = new Grpc.Core.Status(Code, Message);
        context.ResponseTrailers.Add(DetailsTrailer, Details);
        return nothing;
    }

    public static Failure Of(in SeatAnswer answer, string cohort)
    {
        if (answer.Reason == "NOT_FOUND") return NotFound;
        if (answer.Reason == "REQUEST_ID_REUSED") return RequestIdReused;
        var (rule, message) = Words(answer);
        var info = new ErrorInfo { Reason = answer.Reason, Domain = "rtt.network" };
        foreach (var (name, value) in Numbers(answer)) info.Metadata[name] = value;
        var violation = new PreconditionFailure.Types.Violation { Type = rule > 0 ? $"rule/{rule}" : answer.Reason, Subject = cohort, Description = message };
        var status = new RpcStatus
        {
            Code = (int)StatusCode.FailedPrecondition,
            Message = message,
            Details = { Any.Pack(info), Any.Pack(new PreconditionFailure { Violations = { violation } }) },
        };
        return new Failure(StatusCode.FailedPrecondition, message, status.ToByteArray());
    }

    private static (int Rule, string Message) Words(in SeatAnswer a) => a.Reason switch
    {
        "SEAT_FULL" => (9, $"{a.Booked + a.Held} of {a.Usable} seats are taken ({a.BoundBy})."),
        "SEAT_HELD_BY_OTHER" => (13, $"{a.Booked} seats are booked and {a.Held} held, of {a.Usable}."),
        "RATIO_WOULD_BREAK" => (16, $"{a.N1} x {a.BoundBy} at {a.N2} people each allow {a.Usable} seats; {a.Booked + a.Held} are taken."),
        "COHORT_AT_RISK" => (24, $"The cohort is at risk: {a.Booked + a.Held} seats are taken and {a.Usable} are usable ({a.BoundBy}). It takes nobody until that is cured."),
        "INTAKE_CLOSED" => (31, $"Intake closed at {a.SeatTime:yyyy-MM-ddTHH:mm:ssZ}."),
        "HOLD_EXPIRED" => (13, $"The person's hold expired at {a.SeatTime:yyyy-MM-ddTHH:mm:ssZ}, and no seat is open."),
        "HOLDS_MAX_REACHED" => (13, a.BoundBy == "caller" ? $"You have {a.N1} of at most {a.N2} holds in this cohort." : $"{a.N1} of at most {a.N2} holds stand in this cohort."),
        "ROOM_BLOCKED" => (9, "The cohort's room is blocked."),
        "NOT_ELIGIBLE" => (28, "The person has not been found eligible."),
        "PROVISIONAL_PARTICIPANT" => (28, "The person has no identifier yet, and the cohort has medicine sessions: match the person first."),
        "ALREADY_ENROLLED" => (0, "The person has a seat or a hold in a program at an overlapping time; a person has one at most (I2)."),
        "SEAT_NOT_FOUND" => (0, "The person has no such seat in this cohort."),
        "REFERRAL_NOT_OPEN" => (38, "The referral has been decided."),
        "REFERRAL_OVERDUE" => (39, $"The referral was to be decided by {a.SeatTime:yyyy-MM-ddTHH:mm:ssZ}."),
        _ => (0, "Refused."),
    };

    private static (string Name, string Value)[] Numbers(in SeatAnswer a) => a.Reason switch
    {
        "SEAT_FULL" or "COHORT_AT_RISK" => [("seats_taken", Text(a.Booked + a.Held)), ("seats_usable", Text(a.Usable))],
        "SEAT_HELD_BY_OTHER" => [("seats_booked", Text(a.Booked)), ("seats_held", Text(a.Held)), ("seats_usable", Text(a.Usable))],
        "RATIO_WOULD_BREAK" =>
        [
            ("members", Text(a.N1)), ("participants_per_member", Text(a.N2)), ("members_min", Text(a.N3)),
            ("seats_usable", Text(a.Usable)), ("seats_taken", Text(a.Booked + a.Held)),
        ],
        "INTAKE_CLOSED" => [("intake_closed_at", Time(a.SeatTime))],
        "HOLD_EXPIRED" => [("hold_expired_at", Time(a.SeatTime))],
        "HOLDS_MAX_REACHED" => [("holds", Text(a.N1)), (a.BoundBy == "caller" ? "holds_per_caller_max" : "holds_max", Text(a.N2))],
        _ => [],
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTime? time) => $"{time:yyyy-MM-ddTHH:mm:ssZ}";
}
