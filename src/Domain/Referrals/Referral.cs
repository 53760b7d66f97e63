using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Referrals;

/// <summary>How urgent the target's clinicians find a referral; the first are seen first (rule 38).</summary>
public enum Priority
{
    /// <summary>Days count.</summary>
    Urgent = 1,
    /// <summary>Weeks count.</summary>
    High = 2,
    Routine = 3,
    /// <summary>May wait for a better time.</summary>
    Low = 4,
}

/// <summary>Where a referral is on its closed loop.</summary>
public enum ReferralStatus
{
    /// <summary>There is none.</summary>
    None,
    Draft,
    Sent,
    Received,
    Triage,
    Accepted,
    Declined,
    Expired,
    CancelRequested,
    Withdrawn,
    Completed,
}

/// <summary>What a referral says: fixed when it is sent.</summary>
/// <param name="Participant">The person's id.</param>
/// <param name="Source">The id of the site that refers; <paramref name="SourceRegion"/> is where it is.</param>
/// <param name="Target">The id of the site that is asked.</param>
/// <param name="Program">The program's code.</param>
/// <param name="Cohort">The key of the cohort that is named; empty for any of the program at the target.</param>
/// <param name="Leaves">The key of the cohort whose seat or hold the person gives back when they are accepted; empty for none.</param>
/// <param name="Reason">A code of <see cref="ReferralReasons.Referred"/>.</param>
/// <param name="Form">Who referred the person to the program in the first place: a code that the target's program judges (rule 41).</param>
/// <param name="ReceivedAt">When the person's first referral was received: the date that they keep (rule 38).</param>
/// <param name="DueAt">Until when the target decides (rule 39).</param>
/// <param name="LastMedicine">The day of the person's last medicine session, wherever it was (rule 4); null for none.</param>
/// <param name="SharingAttested">For a person on no pathway: the source says that they consented to being referred. On a pathway the consent itself is asked for.</param>
public sealed record ReferralForm(
    string Participant, string Source, string SourceRegion, string Target, string TargetRegion, string Program, string Cohort, string Leaves,
    Priority Priority, string Reason, string Form, Instant ReceivedAt, Instant DueAt, LocalDate? LastMedicine, bool SharingAttested)
{
    /// <summary>Out-of-region care: both regions see it.</summary>
    public bool IsOutOfRegion => SourceRegion != TargetRegion;
}

/// <summary>The coded reasons of a referral: what is counted over regions cannot be free text.</summary>
public static class ReferralReasons
{
    public static ImmutableArray<string> Referred { get; } = ["closer-to-home", "no-seat-here", "site-closing", "program-not-offered", "language", "accessibility", "person-wishes", "clinical"];
    public static ImmutableArray<string> Declined { get; } = ["no-capacity", "not-eligible-here", "out-of-area", "incomplete", "duplicate", "person-declined", "clinical"];
    public static ImmutableArray<string> Withdrawn { get; } = ["person-declined", "seat-found-here", "sent-in-error", "clinical", "deceased"];
    public static ImmutableArray<string> Outcomes { get; } = ["attended", "no-show", "finished", "left"];
}

/// <summary>A referral as the fold of its stream.</summary>
public sealed record ReferralState : IFold<ReferralState>
{
    public static ReferralState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Null until it is drafted or sent.</summary>
    public ReferralForm? Form { get; init; }
    public ReferralStatus Status { get; init; }
    /// <summary>By the source, until the target's clinicians have looked at it.</summary>
    public Priority Priority { get; init; }
    /// <summary>The key of the cohort in which a seat is held for the person; empty for none (any more).</summary>
    public string HeldIn { get; init; } = "";
    /// <summary>The key of the cohort in which the person was accepted; empty until then.</summary>
    public string AcceptedIn { get; init; } = "";
    public string Reviewer { get; init; } = "";
    /// <summary>Why it was declined, or taken back, or what came of it: the last code.</summary>
    public string Outcome { get; init; } = "";
    public Instant? SentAt { get; init; }
    public Instant? ReceivedAt { get; init; }
    public Instant? DecidedAt { get; init; }

    /// <summary>True while the target may still decide.</summary>
    public bool IsOpen => Status is ReferralStatus.Sent or ReferralStatus.Received or ReferralStatus.Triage or ReferralStatus.CancelRequested;

    /// <summary>True when the target has let its time pass (rule 39).</summary>
    public bool IsOverdueAt(Instant now) => SentAt is not null && DecidedAt is null && Form!.DueAt <= now;

    /// <summary>True on the target's worklist without a seat: nothing is held (rule 39).</summary>
    public bool IsWaiting => IsOpen && HeldIn.Length == 0;

    /// <inheritdoc/>
    public ReferralState Apply(IEvent @event, Instant at) => @event switch
    {
        ReferralDrafted e => this with { Form = e.Form, Status = ReferralStatus.Draft, Priority = e.Form.Priority },
        ReferralSent e => this with { Form = e.Form, Status = ReferralStatus.Sent, Priority = e.Form.Priority, HeldIn = e.HeldIn, SentAt = at },
        ReferralReceived => this with { Status = ReferralStatus.Received, ReceivedAt = at },
        ReferralTriaged e => this with { Status = ReferralStatus.Triage, Priority = e.Priority, ReceivedAt = ReceivedAt ?? at },
        ReferralAccepted e => Decided(ReferralStatus.Accepted, "", at) with { AcceptedIn = e.Cohort, Reviewer = e.Reviewer },
        ReferralDeclined e => Decided(ReferralStatus.Declined, e.Reason, at),
        ReferralExpired => Decided(ReferralStatus.Expired, "", at),
        ReferralCancelRequested e => this with { Status = ReferralStatus.CancelRequested, Outcome = e.Reason },
        ReferralWithdrawn e => Decided(ReferralStatus.Withdrawn, e.Reason, at),
        ReferralCompleted e => this with { Status = ReferralStatus.Completed, Outcome = e.Outcome },
        _ => throw new InvalidOperationException($"A referral does not fold {@event.GetType().Name}."),
    };

    private ReferralState Decided(ReferralStatus status, string outcome, Instant at) => this with { Status = status, Outcome = outcome, HeldIn = "", DecidedAt = at };
}
