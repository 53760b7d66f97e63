using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Referrals;

namespace RttNetwork.Domain.Pathways;

/// <summary>Where a person is, as the participant's stream has it: small, because a booking carries it.</summary>
/// <param name="Site">The site that leads the pathway.</param>
/// <param name="Cohort">The key of the cohort in which the person has, or had, a seat on this pathway.</param>
public sealed record Place(string Program, int PolicyVersion, string Site, Stage Stage, string? Cohort, ClearanceSet Clearance);

/// <summary>Who signs: a registered facilitator, as the facilitator's own stream has them.</summary>
public sealed record Signer(string Facilitator, int Version, ImmutableArray<string> Roles, ImmutableArray<Credential> Credentials)
{
    /// <summary>Why the person may not sign in this role, at a place of this jurisdiction, on this day (rules 20 and 28); null when they may.</summary>
    public Refusal? MayNot(string role, string jurisdiction, LocalDate on)
    {
        if (!Roles.Contains(role)) return new Refusal(Reason.RoleNotHeld, $"This needs a {role}, which the facilitator is not.", 28);
        return Credentials.Any(c => c.Covers(role, jurisdiction, on))
            ? null
            : new Refusal(Reason.CredentialNotValid, $"No credential as {role} is valid in {jurisdiction} on {on:uuuu-MM-dd}.", 20,
                [("jurisdiction", jurisdiction), ("date", on.ToString("uuuu-MM-dd", null))]);
    }
}

/// <param name="Excludes">True for a condition that excludes; false for one that is decided case by case.</param>
/// <param name="Allowed">Null until a clinician has decided.</param>
public sealed record Condition(string Code, bool Excludes, bool? Allowed);

/// <summary>A medicine session that a person took part in.</summary>
/// <param name="Day">By the calendar of the place where it was.</param>
/// <param name="Pathway">Which of the person's pathways it was on, from 1.</param>
/// <param name="LastDoseAt">Null for a person who was given none.</param>
public sealed record MedicineVisit(int Pathway, string Cohort, int Session, LocalDate Day, Instant CheckedInAt, int Doses, Instant? LastDoseAt, Instant? DischargedAt, bool Deviation)
{
    /// <summary>Micrograms by route, of a visit under a program that limits them.</summary>
    public ImmutableDictionary<string, int> Given { get; init; } = ImmutableDictionary<string, int>.Empty;
}

/// <param name="Session">Its place in the cohort's plan, from 0.</param>
/// <param name="Attended">False when the person missed it.</param>
public sealed record AttendedSession(string Cohort, int Session, string Kind, LocalDate Day, Instant EndsAt, bool Attended);

/// <summary>A pathway that another one came after.</summary>
/// <param name="Site">The site that led it.</param>
public sealed record PastPathway(string Site, string Program, string TimeZone);

/// <summary>The session at which a checklist did not pass.</summary>
public sealed record HeldAt(string Cohort, int Session);

/// <summary>
/// Why a person is where they are: the evidence of the pathway that is open, and what outlasts it. The fold of a stream of its own, which no
/// booking reads.
/// </summary>
public sealed record PathwayState : IFold<PathwayState>
{
    /// <summary>Conditions that may be found in one screening.</summary>
    public const int ConditionsMax = 32;

    public const string Medical = "medical";
    public const string Psychological = "psychological";

    public static PathwayState Empty { get; } = new();
    public static int FoldVersion => 3;

    /// <summary>The pathway that is open, or was last; null for a person who was never referred.</summary>
    public PathwayOpened? Opened { get; init; }
    /// <summary>How many pathways the person was on, this one included.</summary>
    public int Number { get; init; }
    /// <summary>The last sign-off of each kind.</summary>
    public ImmutableDictionary<string, SignedOff> SignOffs { get; init; } = ImmutableDictionary<string, SignedOff>.Empty;
    public ImmutableDictionary<string, Condition> Conditions { get; init; } = ImmutableDictionary<string, Condition>.Empty;
    /// <summary>The version of each consent that is given now.</summary>
    public ImmutableDictionary<string, int> Consents { get; init; } = ImmutableDictionary<string, int>.Empty;
    /// <summary>The last override of each rule.</summary>
    public ImmutableDictionary<int, RuleOverridden> Overrides { get; init; } = ImmutableDictionary<int, RuleOverridden>.Empty;

    /// <summary>Medicine sessions that the person took part in, in order, of this pathway and of earlier ones: they outlast it (rule 4, I7).</summary>
    public ImmutableArray<MedicineVisit> Medicine { get; init; } = [];
    /// <summary>Sessions without medicine that somebody has recorded, of this pathway.</summary>
    public ImmutableArray<AttendedSession> Sessions { get; init; } = [];
    /// <summary>The medicine session of another cohort at which the person is expected (rule 36); null when there is none.</summary>
    public MakeUpArranged? MakeUp { get; init; }
    /// <summary>Why the person was held at the last check-in; empty when they were not (rule 33).</summary>
    public ImmutableArray<string> HeldFor { get; init; } = [];
    /// <summary>At which session; null when they were not.</summary>
    public HeldAt? HeldAt { get; init; }
    /// <summary>True when attendance fell below the policy's share, and nobody has looked at it since (rule 37).</summary>
    public bool ReviewDue { get; init; }

    /// <summary>What was recorded of measures, in order, on this pathway and on earlier ones; what was corrected stays (rule 44).</summary>
    public ImmutableArray<MeasureResult> Measures { get; init; } = [];
    /// <summary>The pathways before this one, in order.</summary>
    public ImmutableArray<PastPathway> Earlier { get; init; } = [];
    /// <summary>An answer that awaits a clinician's assessment; null when none does. It outlasts the pathway on which it was given (rule 45).</summary>
    public RiskAlert? Alert { get; init; }

    /// <summary>The medicine session that the person is in; null when in none.</summary>
    public MedicineVisit? Visit => Medicine is [.., { DischargedAt: null } last] ? last : null;

    /// <summary>The day at the pathway's site.</summary>
    public LocalDate Today(Instant now) => now.InZone(DateTimeZoneProviders.Tzdb[Opened!.TimeZone]).Date;

    /// <summary>The day until which both sign-offs hold, with nothing found against it; null when they do not (rules 28 to 30).</summary>
    public LocalDate? ScreenedUntil =>
        SignOffs.GetValueOrDefault(Medical) is { Clear: true } medical
        && SignOffs.GetValueOrDefault(Psychological) is { Clear: true } psychological
        && Conditions.Values.All(c => !c.Excludes && c.Allowed == true)
            ? LocalDate.Min(medical.Until, psychological.Until)
            : null;

    /// <summary>True when every consent that the policy asks for is given in a version that counts.</summary>
    public bool HasConsents => Opened is not null && Opened.Policy.Consents.All(c => Consents.GetValueOrDefault(c.Kind) >= c.Version);

    /// <summary>The record that counts of a measure at a due point; null when there is none.</summary>
    public MeasureResult? ResultAt(string measure, string point) => Measures.FirstOrDefault(r => r.Pathway == Number && r.Counts && r.Measure == measure && r.Point == point);

    /// <summary>What screening comes to on a day (rules 28 to 30).</summary>
    public Stage Judged(LocalDate today)
    {
        if (SignOffs.Values.Any(s => !s.Clear) || Conditions.Values.Any(c => c.Excludes || c.Allowed == false)) return Stage.Ineligible;
        if (Conditions.Values.Any(c => c.Allowed is null)) return Stage.NeedsReview;
        return ScreenedUntil >= today ? Stage.Eligible : Stage.Screening;
    }

    /// <summary>True while an override of the rule stands (rule 54).</summary>
    public bool IsOverridden(int rule, Instant now) => Overrides.GetValueOrDefault(rule)?.Until > now;

    /// <summary>What the participant's stream must say of this evidence.</summary>
    public ClearanceSet Clearance() => new(
        ScreenedUntil,
        Consents.GetValueOrDefault(ConsentRequirement.Treatment),
        HasConsents,
        Overrides.GetValueOrDefault(Overriding.Intake)?.Until,
        Medicine.IsEmpty ? null : Medicine.Max(v => v.Day));

    /// <inheritdoc/>
    public PathwayState Apply(IEvent @event, Instant at) => @event switch
    {
        // A make-up that was left is cancelled by a unit of its own: the next pathway may be open before that.
        PathwayOpened e => Empty with { Opened = e, Number = Number + 1, Medicine = Medicine, MakeUp = MakeUp, Measures = Measures, Alert = Alert, Earlier = Opened is { } o ? Earlier.Add(new PastPathway(o.Site, o.Program, o.TimeZone)) : Earlier },
        ScreeningBegun => this with { SignOffs = SignOffs.Clear(), Conditions = Conditions.Clear() },
        ConditionFound e => this with { Conditions = Conditions.SetItem(e.Condition, new Condition(e.Condition, e.Excludes, null)) },
        ConditionDecided e => this with { Conditions = Conditions.SetItem(e.Condition, Conditions[e.Condition] with { Allowed = e.Allowed }) },
        SignedOff e => this with { SignOffs = SignOffs.SetItem(e.Kind, e) },
        ConsentGiven e => this with { Consents = Consents.SetItem(e.Kind, e.Version) },
        ConsentRevoked e => this with { Consents = Consents.Remove(e.Kind) },
        RuleOverridden e => this with { Overrides = Overrides.SetItem(e.Rule, e) },
        SessionAttended e => this with { Sessions = Sessions.RemoveAll(s => s.Cohort == e.Cohort && s.Session == e.Session).Add(new AttendedSession(e.Cohort, e.Session, e.Kind, e.Day, e.EndsAt, e.Attended)) },
        AttendanceReviewDue => this with { ReviewDue = true },
        AttendanceReviewed => this with { ReviewDue = false },
        CheckInHeld e => this with { HeldFor = e.Failed, HeldAt = new HeldAt(e.Cohort, e.Session) },
        CheckedIn e => this with
        {
            HeldFor = [],
            HeldAt = null,
            MakeUp = MakeUp is { } expected && expected.Cohort == e.Cohort ? null : MakeUp,
            Medicine = Medicine.Add(new MedicineVisit(Number, e.Cohort, e.Session, e.Day, at, 0, null, null, false)),
        },
        DoseGiven => WithVisit(v => v with { Doses = v.Doses + 1, LastDoseAt = at }),
        MeasuredDoseGiven e => WithVisit(v => v with { Doses = v.Doses + 1, LastDoseAt = at, Given = v.Given.SetItem(e.Route, v.Given.GetValueOrDefault(e.Route) + e.Micrograms) }),
        Discharged e => WithVisit(v => v with { DischargedAt = at, Deviation = e.Deviation.Length > 0 }),
        MakeUpArranged e => this with { MakeUp = e },
        SeatLeft or MakeUpLeft => this,
        MakeUpCancelled => this with { MakeUp = null },
        EvidenceShared => this,
        Transferred e => this with { Opened = Opened! with { Site = e.Site, Jurisdiction = e.Jurisdiction, TimeZone = e.TimeZone } },
        MeasureRecorded e => this with
        {
            Measures = [
                .. Measures.Select(r => r.Record == e.Corrects ? r with { CorrectedBy = e.Record } : r),
                new MeasureResult(Number, e.Record, e.Measure, e.Point, e.Score, e.TakenAt, e.TakenOn, e.By, e.Corrects, 0)],
        },
        RiskAlertRaised e => this with { Alert = new RiskAlert(e.Record, e.Measure, at, e.Clinician, "") },
        RiskAlertAssessed e => this with { Alert = e.Clears ? null : Alert! with { Outcome = e.Outcome } },
        _ => throw new InvalidOperationException($"A pathway does not fold {@event.GetType().Name}."),
    };

    private PathwayState WithVisit(Func<MedicineVisit, MedicineVisit> change) => this with { Medicine = Medicine.SetItem(Medicine.Length - 1, change(Medicine[^1])) };
}
