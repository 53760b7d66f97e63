using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.WaitMetrics;

/// <summary>One pathway of a person as the days of what waits are reckoned from (rule 47): by the calendar of the site that leads it, and with nothing else of the person.</summary>
/// <param name="Pathway">Which of the person's, from 1.</param>
/// <param name="Site">The site that leads it, now or at its end.</param>
/// <param name="ReceivedOn">When the first referral was received: a referral to another site keeps it (rule 38).</param>
public sealed record WaitCase(int Pathway, string Site, string Program, LocalDate ReceivedOn)
{
    /// <summary>The first sign-off of a clinician, whatever it said; a screening that begins anew does not undo it.</summary>
    public LocalDate? SignedOffOn { get; init; }
    /// <summary>The first consultation, intake or screening visit that the person came to.</summary>
    public LocalDate? VisitedOn { get; init; }
    /// <summary>When both sign-offs were clear for the first time: the clinicians had decided.</summary>
    public LocalDate? EligibleOn { get; init; }
    /// <summary>The first session of the program that the person came to, one with medicine included.</summary>
    public LocalDate? AttendedOn { get; init; }
    /// <summary>The first session with medicine that the person came to on this pathway.</summary>
    public LocalDate? MedicineOn { get; init; }

    /// <summary>The first time that somebody of the site saw the person.</summary>
    public LocalDate? ConsultOn => Earlier(VisitedOn, SignedOffOn);

    /// <summary>The case after an event: what evidence can take back is read from it anew, and what happened once stays.</summary>
    /// <param name="before">Null for a pathway that the event opened.</param>
    internal static WaitCase After(WaitCase? before, PathwayState evidence, IEvent @event, Instant at)
    {
        var opened = evidence.Opened!;
        // A zone that a later database has no more must not stop whoever folds a journal in which it stands.
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(opened.TimeZone) ?? DateTimeZone.Utc;
        var received = opened.ReceivedAt.InZone(zone).Date;
        var medicine = First(evidence.Medicine.Where(v => v.Pathway == evidence.Number).Select(v => v.Day));
        return new WaitCase(evidence.Number, opened.Site, opened.Program, received)
        {
            SignedOffOn = before?.SignedOffOn ?? (@event is SignedOff signed ? signed.On : null),
            VisitedOn = First(evidence.Sessions.Where(s => s.Attended && IsVisit(s.Kind)).Select(s => s.Day)),
            EligibleOn = before?.EligibleOn ?? (evidence.ScreenedUntil is not null ? at.InZone(zone).Date : null),
            AttendedOn = Earlier(First(evidence.Sessions.Where(s => s.Attended && !IsVisit(s.Kind)).Select(s => s.Day)), medicine),
            MedicineOn = medicine,
        };

        // A visit from before the referral is none that the person waited for.
        LocalDate? First(IEnumerable<LocalDate> days) => days.Where(d => d >= received).Select(d => (LocalDate?)d).Min();
    }

    private static LocalDate? Earlier(LocalDate? one, LocalDate? other) => one is null || other < one ? other : one;

    /// <summary>True for what leads to a seat, and is no session of the program.</summary>
    private static bool IsVisit(string kind) => kind is SessionKinds.Consultation or SessionKinds.Intake or SessionKinds.Screening;
}

/// <summary>The cases of a person: the fold of the pathway's stream for whoever counts days. No grain keeps it, and no booking reads it.</summary>
public sealed record WaitHistory : IFold<WaitHistory>
{
    public static WaitHistory Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>The pathway's own state: what happened is judged by it, and not a second time here.</summary>
    public PathwayState Evidence { get; init; } = PathwayState.Empty;

    /// <summary>One for each pathway, in order; the last is the one that is open, or was last.</summary>
    public ImmutableArray<WaitCase> Cases { get; init; } = [];

    /// <inheritdoc/>
    public WaitHistory Apply(IEvent @event, Instant at)
    {
        var evidence = Evidence.Apply(@event, at);
        if (evidence.Opened is null) return this with { Evidence = evidence };
        var isNew = evidence.Number > Cases.Length;
        var last = WaitCase.After(isNew ? null : Cases[^1], evidence, @event, at);
        return new WaitHistory { Evidence = evidence, Cases = isNew ? Cases.Add(last) : Cases[^1] == last ? Cases : Cases.SetItem(Cases.Length - 1, last) };
    }
}
