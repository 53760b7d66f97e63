using System.Collections.Frozen;
using Grpc.Core;

namespace RttNetwork.Gateway.Errors;

/// <summary>
/// Every reason for which the network refuses, and the status that it comes back with. The one place where that is
/// decided; a reason that is not here fails a test.
/// </summary>
internal static class StatusTable
{
    private static readonly FrozenDictionary<string, StatusCode> Table = new Dictionary<string, StatusCode>
    {
        ["NOT_FOUND"] = StatusCode.NotFound,
        ["ALREADY_EXISTS"] = StatusCode.AlreadyExists,

        ["INVALID_FIELDS"] = StatusCode.InvalidArgument,
        ["REQUEST_ID_REUSED"] = StatusCode.InvalidArgument,
        ["TEMPLATE_INVALID"] = StatusCode.InvalidArgument,
        ["MEASURE_INVALID"] = StatusCode.InvalidArgument,
        ["CLINICIAN_MISSING"] = StatusCode.InvalidArgument,

        ["CONCURRENT_CHANGE"] = StatusCode.Aborted,
        ["ETAG_MISMATCH"] = StatusCode.Aborted,

        ["ACCREDITATIONS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["ACCREDITATION_LAPSED"] = StatusCode.FailedPrecondition,
        ["ACCREDITATION_NOT_FOUND"] = StatusCode.FailedPrecondition,
        ["ALREADY_ENROLLED"] = StatusCode.FailedPrecondition,
        ["ASSIGNMENTS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["APPOINTMENT_OVER"] = StatusCode.FailedPrecondition,
        ["APPOINTMENT_WITHDRAWN"] = StatusCode.FailedPrecondition,
        ["ATTESTATION_MISSING"] = StatusCode.FailedPrecondition,
        ["BASELINE_MISSING"] = StatusCode.FailedPrecondition,
        ["CALENDAR_LINKS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["COHORTS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["COHORT_AT_RISK"] = StatusCode.FailedPrecondition,
        ["CONDITIONS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["CONDITION_EXCLUDES"] = StatusCode.FailedPrecondition,
        ["CONDITION_UNKNOWN"] = StatusCode.FailedPrecondition,
        ["CONSENTS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["CONSENT_MISSING"] = StatusCode.FailedPrecondition,
        ["CONSENT_OUTDATED"] = StatusCode.FailedPrecondition,
        ["CREDENTIALS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["CREDENTIAL_NOT_FOUND"] = StatusCode.FailedPrecondition,
        ["CREDENTIAL_NOT_VALID"] = StatusCode.FailedPrecondition,
        ["DECEASED"] = StatusCode.FailedPrecondition,
        ["DOSE_LIMIT_REACHED"] = StatusCode.FailedPrecondition,
        ["REFERRAL_OPEN"] = StatusCode.FailedPrecondition,
        ["REFERRAL_NOT_OPEN"] = StatusCode.FailedPrecondition,
        ["REFERRAL_INVALID"] = StatusCode.InvalidArgument,
        ["REFERRAL_OVERDUE"] = StatusCode.FailedPrecondition,
        ["SHARING_NOT_CONSENTED"] = StatusCode.FailedPrecondition,
        ["WEEKS_NOT_COMPATIBLE"] = StatusCode.FailedPrecondition,
        ["SEAT_OPEN"] = StatusCode.FailedPrecondition,
        ["NOT_YOUR_SIDE"] = StatusCode.FailedPrecondition,
        ["DOSE_MISSING"] = StatusCode.FailedPrecondition,
        ["ENROLMENTS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["ESCORT_MISSING"] = StatusCode.FailedPrecondition,
        ["FACILITATOR_ALREADY_ASSIGNED"] = StatusCode.FailedPrecondition,
        ["FACILITATOR_BUSY"] = StatusCode.FailedPrecondition,
        ["GAP_TOO_SHORT"] = StatusCode.FailedPrecondition,
        ["GROUP_CONSENT_MISSING"] = StatusCode.FailedPrecondition,
        ["HISTORY_BEGINS_LATER"] = StatusCode.FailedPrecondition,
        ["HOLDS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["HOLD_EXPIRED"] = StatusCode.FailedPrecondition,
        ["IDENTIFIERS_OF_SEVERAL_PEOPLE"] = StatusCode.FailedPrecondition,
        ["ILLEGAL_TRANSITION"] = StatusCode.FailedPrecondition,
        ["INTAKE_CLOSED"] = StatusCode.FailedPrecondition,
        ["INTEGRATION_MISSING"] = StatusCode.FailedPrecondition,
        ["LIMITED_CAPACITY_OVER"] = StatusCode.FailedPrecondition,
        ["MEASURES_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["MEASURE_NOT_DUE"] = StatusCode.FailedPrecondition,
        ["MEDICINE_SESSIONS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["NO_WAIT_LIST"] = StatusCode.FailedPrecondition,
        ["NOT_ASSIGNED"] = StatusCode.FailedPrecondition,
        ["NOT_ELIGIBLE"] = StatusCode.FailedPrecondition,
        ["NOT_IN_TURN"] = StatusCode.FailedPrecondition,
        ["NOT_NEEDED"] = StatusCode.FailedPrecondition,
        ["NOT_ON_WAIT_LIST"] = StatusCode.FailedPrecondition,
        ["NOT_PLANNED"] = StatusCode.FailedPrecondition,
        ["NOT_OVERRIDABLE"] = StatusCode.FailedPrecondition,
        ["NOT_THIS_SESSION"] = StatusCode.FailedPrecondition,
        ["OBSERVATION_NOT_OVER"] = StatusCode.FailedPrecondition,
        ["OFFER_LAPSED"] = StatusCode.FailedPrecondition,
        ["OFFER_STANDS"] = StatusCode.FailedPrecondition,
        ["OFFER_NOT_FOUND"] = StatusCode.FailedPrecondition,
        ["ON_WAIT_LIST"] = StatusCode.FailedPrecondition,
        ["OVERRIDE_TIME_INVALID"] = StatusCode.FailedPrecondition,
        ["PATHWAY_DECIDES"] = StatusCode.FailedPrecondition,
        ["PATHWAY_OPEN"] = StatusCode.FailedPrecondition,
        ["PERSON_BUSY"] = StatusCode.FailedPrecondition,
        ["PERSONAL_DATA_ERASED"] = StatusCode.FailedPrecondition,
        ["PLAN_REFUSED"] = StatusCode.FailedPrecondition,
        ["PREPARATION_MISSING"] = StatusCode.FailedPrecondition,
        ["PROGRAM_MISMATCH"] = StatusCode.FailedPrecondition,
        ["PROVISIONAL_PARTICIPANT"] = StatusCode.FailedPrecondition,
        ["RATIO_WOULD_BREAK"] = StatusCode.FailedPrecondition,
        ["REFERRAL_REQUIRED"] = StatusCode.FailedPrecondition,
        ["REHOME_NOT_OPEN"] = StatusCode.FailedPrecondition,
        ["REHOME_REVISED"] = StatusCode.FailedPrecondition,
        ["REHOME_TOO_LARGE"] = StatusCode.FailedPrecondition,
        ["RISK_ALERT_OPEN"] = StatusCode.FailedPrecondition,
        ["ROLE_NOT_HELD"] = StatusCode.FailedPrecondition,
        ["ROOMS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["ROOM_BLOCKED"] = StatusCode.FailedPrecondition,
        ["ROOM_OCCUPIED"] = StatusCode.FailedPrecondition,
        ["ROOM_TOO_SMALL"] = StatusCode.FailedPrecondition,
        ["SAFETY_EVENT_OPEN"] = StatusCode.FailedPrecondition,
        ["SAFETY_REPORT_NOT_DUE"] = StatusCode.FailedPrecondition,
        ["SAME_SIGNER"] = StatusCode.FailedPrecondition,
        ["SCREENING_EXPIRED"] = StatusCode.FailedPrecondition,
        ["SEATS_TAKEN"] = StatusCode.FailedPrecondition,
        ["SEAT_FULL"] = StatusCode.FailedPrecondition,
        ["SEAT_HELD_BY_OTHER"] = StatusCode.FailedPrecondition,
        ["SEAT_KEPT_FOR_LIST"] = StatusCode.FailedPrecondition,
        ["SEAT_NOT_FOUND"] = StatusCode.FailedPrecondition,
        ["SESSION_BLOCKED"] = StatusCode.FailedPrecondition,
        ["SESSION_TIME_INVALID"] = StatusCode.FailedPrecondition,
        ["SITE_NOT_LIMITED"] = StatusCode.FailedPrecondition,
        ["SITES_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["SUBSTITUTE_NOT_ACCEPTED"] = StatusCode.FailedPrecondition,
        ["TEMPLATE_NOT_EFFECTIVE"] = StatusCode.FailedPrecondition,
        ["TIME_NOT_YET"] = StatusCode.FailedPrecondition,
        ["TRAINING_INCOMPLETE"] = StatusCode.FailedPrecondition,
        ["UNDER_AGE"] = StatusCode.FailedPrecondition,
        ["UNIT_TOO_LARGE"] = StatusCode.FailedPrecondition,
        ["VERSIONS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["VITALS_OUTSIDE"] = StatusCode.FailedPrecondition,
        ["WAIT_LIST_FULL"] = StatusCode.FailedPrecondition,
        ["WAIT_LISTS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["DELIVERY_NOT_FAILED"] = StatusCode.FailedPrecondition,
        ["WEBHOOKS_MAX_REACHED"] = StatusCode.FailedPrecondition,
        ["WEBHOOK_ADDRESS_REFUSED"] = StatusCode.FailedPrecondition,
        ["WEBHOOK_DISABLED"] = StatusCode.FailedPrecondition,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Refusals that say where a seat is open instead.</summary>
    private static readonly FrozenSet<string> Redirecting =
        new[] { "SEAT_FULL", "SEAT_HELD_BY_OTHER", "SEAT_KEPT_FOR_LIST", "RATIO_WOULD_BREAK", "INTAKE_CLOSED" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Every reason of the table.</summary>
    public static IEnumerable<string> Reasons => Table.Keys;

    /// <summary>The status of a reason; null when nobody has decided it.</summary>
    public static StatusCode? Of(string reason) => Table.TryGetValue(reason, out var code) ? code : null;

    /// <summary>True when the refusal comes with <c>rtt.v1.Alternatives</c>.</summary>
    public static bool HasAlternatives(string reason) => Redirecting.Contains(reason);
}
