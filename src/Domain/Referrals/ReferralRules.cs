using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Referrals;

/// <summary>
/// The closed loop of a referral (rules 38 to 41): what its own stream says of each step. Seats are <see cref="Relocation"/>'s, and all of it is one unit.
/// </summary>
public static class ReferralRules
{
    /// <summary>A target has at most so long to decide, with a seat held for the person all the while.</summary>
    public static readonly Duration DueMax = Duration.FromDays(30);

    /// <summary>Prepares a referral. What is not right is said here already, and nothing is stored.</summary>
    public static Decision Draft(ReferralState referral, ReferralForm form, Duration dueMin, Instant now)
    {
        if (referral.Status is not ReferralStatus.None) return Illegal(referral.Status, "drafted");
        return Invalid(form, dueMin, now) is { } invalid ? invalid : Decision.Of(new ReferralDrafted(form));
    }

    /// <summary>Sends a referral, drafted before or not.</summary>
    /// <param name="heldIn">The key of the cohort in which the same unit holds a seat; empty for none.</param>
    /// <param name="dueMin">The shortest time that a target is given.</param>
    public static Decision Send(ReferralState referral, ReferralForm form, string heldIn, Duration dueMin, Instant now)
    {
        if (referral.Status is not (ReferralStatus.None or ReferralStatus.Draft)) return Illegal(referral.Status, "sent");
        return Invalid(form, dueMin, now) is { } invalid ? invalid : Decision.Of(new ReferralSent(form, heldIn));
    }

    /// <summary>The target says that it has it.</summary>
    public static Decision Receive(ReferralState referral)
    {
        if (referral.Status is ReferralStatus.Received or ReferralStatus.Triage) return Decision.Already;
        return referral.Status is ReferralStatus.Sent ? Decision.Of(new ReferralReceived()) : Illegal(referral.Status, "received");
    }

    /// <summary>The target's clinicians look at it, and say how urgent it is.</summary>
    public static Decision Triage(ReferralState referral, Priority priority)
    {
        if (referral.Status is ReferralStatus.Triage && referral.Priority == priority) return Decision.Already;
        return referral.Status is ReferralStatus.Sent or ReferralStatus.Received or ReferralStatus.Triage
            ? Decision.Of(new ReferralTriaged(priority))
            : Illegal(referral.Status, "triaged");
    }

    /// <summary>The target takes the person. Not after the deadline: the seat that was held is nobody's by then.</summary>
    /// <param name="place">Where the person is on a pathway by now; null when on none.</param>
    public static Decision Accept(ReferralState referral, Place? place, string cohort, ImmutableArray<string> left, string reviewer, Instant now)
    {
        if (referral.Status is not (ReferralStatus.Sent or ReferralStatus.Received or ReferralStatus.Triage)) return Illegal(referral.Status, "accepted");
        if (place is not null && place.Stage.IsOpen() && (place.Site != referral.Form!.Source || place.Program != referral.Form.Program))
            return new Refusal(Reason.NotEligible, "The person's pathway has gone on elsewhere since the referral was sent: it is declined, and they are referred from there.", 41);
        return referral.Form!.DueAt <= now
            ? new Refusal(Reason.ReferralOverdue, $"The referral was to be decided by {referral.Form.DueAt}: it is sent anew.", 39, [("due_at", referral.Form.DueAt.ToString())])
            : Decision.Of(new ReferralAccepted(cohort, left, reviewer));
    }

    public static Decision Decline(ReferralState referral, string reason)
    {
        if (Unknown(reason, ReferralReasons.Declined) is { } unknown) return unknown;
        return referral.IsOpen ? Decision.Of(new ReferralDeclined(reason)) : Illegal(referral.Status, "declined");
    }

    /// <summary>The source takes it back: at once while nobody has looked at it, else the target is asked to confirm.</summary>
    public static Decision Withdraw(ReferralState referral, string reason)
    {
        if (Unknown(reason, ReferralReasons.Withdrawn) is { } unknown) return unknown;
        return referral.Status switch
        {
            ReferralStatus.Draft or ReferralStatus.Sent => Decision.Of(new ReferralWithdrawn(reason)),
            ReferralStatus.Received or ReferralStatus.Triage => Decision.Of(new ReferralCancelRequested(reason)),
            var status => Illegal(status, "withdrawn"),
        };
    }

    /// <summary>The target lets the referral go, as its source has asked.</summary>
    public static Decision ConfirmWithdrawal(ReferralState referral) =>
        referral.Status is ReferralStatus.CancelRequested ? Decision.Of(new ReferralWithdrawn(referral.Outcome)) : Illegal(referral.Status, "confirmed as withdrawn");

    /// <summary>Nobody has decided by the deadline.</summary>
    public static Decision Expire(ReferralState referral, Instant now)
    {
        if (!referral.IsOpen) return Illegal(referral.Status, "expired");
        return referral.Form!.DueAt <= now
            ? Decision.Of(new ReferralExpired())
            : new Refusal(Reason.TimeNotYet, $"The target has until {referral.Form.DueAt} to decide.", 39, [("due_at", referral.Form.DueAt.ToString())]);
    }

    /// <summary>The target tells the source what became of the person.</summary>
    public static Decision Complete(ReferralState referral, string outcome)
    {
        if (Unknown(outcome, ReferralReasons.Outcomes) is { } unknown) return unknown;
        return referral.Status is ReferralStatus.Accepted ? Decision.Of(new ReferralCompleted(outcome)) : Illegal(referral.Status, "completed");
    }

    private static Refusal? Invalid(ReferralForm form, Duration dueMin, Instant now)
    {
        if (form.Source == form.Target) return Wrong("target", "must be another site than the one that refers", 40);
        if (form.Program.Length == 0) return Wrong("program", "must be given for a person on no pathway", 40);
        if (Unknown(form.Reason, ReferralReasons.Referred) is { } unknown) return unknown;
        if (form.ReceivedAt > now) return Wrong("received_at", "must not be in the future", 38);
        return form.DueAt < now + dueMin || form.DueAt > now + DueMax
            ? Wrong("due_at", $"must be at least {dueMin.TotalMinutes:0.##} minutes and at most {DueMax.Days} days from now", 39)
            : null;
    }

    private static Refusal? Unknown(string code, ImmutableArray<string> known) =>
        known.Contains(code) ? null : Wrong("reason", $"must be one of {string.Join(", ", known)}", 39);

    private static Refusal Wrong(string field, string rule, int number) => new(Reason.ReferralInvalid, $"{field} {rule}.", number) { Violations = [new Violation(number, field, rule)] };

    private static Refusal Illegal(ReferralStatus from, string to) =>
        new(Reason.ReferralNotOpen, $"The referral is {Code(from)}: it cannot be {to}.", 39, [("status", Code(from))]);

    /// <summary>"cancel-requested".</summary>
    public static string Code(ReferralStatus status) => StatusCodes[(int)status];

    private static readonly string[] StatusCodes = [.. Enum.GetNames<ReferralStatus>().Select(Codes.Kebab)];
}
