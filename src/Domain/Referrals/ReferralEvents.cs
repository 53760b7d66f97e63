using System.Collections.Immutable;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Referrals;

// The stream of one referral (rules 38 to 41). Codes and opaque ids only.

/// <summary>A site prepared a referral. Nothing is shared, and nothing held.</summary>
[EventName("referral-drafted/1")]
public sealed record ReferralDrafted(ReferralForm Form) : IEvent;

/// <summary>The referral was sent.</summary>
/// <param name="Form">As it was sent: it is not changed any more.</param>
/// <param name="HeldIn">The key of the cohort in which a seat is held for the person until the deadline; empty when none is: then the referral waits on the target's worklist.</param>
[EventName("referral-sent/1")]
public sealed record ReferralSent(ReferralForm Form, string HeldIn) : IEvent;

/// <summary>The target has it.</summary>
[EventName("referral-received/1")]
public sealed record ReferralReceived : IEvent;

/// <summary>The target looks at it, with the priority that its clinicians give it.</summary>
[EventName("referral-triaged/1")]
public sealed record ReferralTriaged(Priority Priority) : IEvent;

/// <summary>The person has a seat at the target.</summary>
/// <param name="Cohort">The key of the cohort.</param>
/// <param name="Left">The keys of the cohorts whose seats and holds were given back for it.</param>
/// <param name="Reviewer">Who verified anew what depends on the jurisdiction (rule 41); empty where it is the same.</param>
[EventName("referral-accepted/1")]
public sealed record ReferralAccepted(string Cohort, ImmutableArray<string> Left, string Reviewer) : IEvent;

/// <summary>The target does not take the person.</summary>
/// <param name="Reason">A code of <see cref="ReferralReasons.Declined"/>.</param>
[EventName("referral-declined/1")]
public sealed record ReferralDeclined(string Reason) : IEvent;

/// <summary>Nobody decided until the deadline (rule 39: it stays on the source's worklist as expired; nothing is lost in silence).</summary>
[EventName("referral-expired/1")]
public sealed record ReferralExpired : IEvent;

/// <summary>The source takes it back while the target is at it: the target confirms.</summary>
/// <param name="Reason">A code of <see cref="ReferralReasons.Withdrawn"/>.</param>
[EventName("referral-cancel-requested/1")]
public sealed record ReferralCancelRequested(string Reason) : IEvent;

/// <summary>The referral was taken back.</summary>
[EventName("referral-withdrawn/1")]
public sealed record ReferralWithdrawn(string Reason) : IEvent;

/// <summary>The target tells the source what became of the person: the loop is closed.</summary>
/// <param name="Outcome">A code of <see cref="ReferralReasons.Outcomes"/>.</param>
[EventName("referral-completed/1")]
public sealed record ReferralCompleted(string Outcome) : IEvent;

// In the participant's stream.

/// <summary>A referral of the person to another site is open: there is one at most.</summary>
/// <param name="Referral">The referral's key.</param>
[EventName("referral-opened/1")]
public sealed record ReferralOpened(string Referral) : IEvent;

/// <summary>The person's referral has ended.</summary>
[EventName("referral-closed/1")]
public sealed record ReferralClosed(string Referral) : IEvent;

/// <summary>Another site leads the person's pathway from now on (rule 40): what they have gone through goes with them.</summary>
/// <param name="Site">The site's id.</param>
[EventName("pathway-handed-over/1")]
public sealed record PathwayHandedOver(string Site) : IEvent;

// In the pathway's stream.

/// <summary>What is known of the person was shared with another site, under a consent.</summary>
/// <param name="Site">The id of the site that may look at it.</param>
/// <param name="ConsentVersion">The version of the consent to sharing that was given.</param>
[EventName("evidence-shared/1")]
public sealed record EvidenceShared(string Referral, string Site, int ConsentVersion) : IEvent;

/// <summary>The person went from one cohort to another, at the same site or another one.</summary>
/// <param name="From">The keys of the cohorts that they left; empty for a person who had no seat.</param>
/// <param name="To">The key of the cohort that they joined.</param>
/// <param name="Site">The site that leads the pathway from now on, with its jurisdiction and zone.</param>
/// <param name="Reviewer">Who verified anew what depends on the jurisdiction (rule 41); empty where it is the same.</param>
/// <param name="ReviewerVersion">The version at which role and credential were seen; 0 without a reviewer.</param>
[EventName("transferred/1")]
public sealed record Transferred(ImmutableArray<string> From, string To, string Site, string Jurisdiction, string TimeZone, string Reviewer, int ReviewerVersion) : IEvent;
