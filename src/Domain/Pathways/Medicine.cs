using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>What was asked and measured before a medicine session. Judged at once; what is stored is which items failed.</summary>
/// <param name="Pressure">Null when it was not taken: that fails where the policy has a limit.</param>
/// <param name="OxygenPercent">Null when it was not taken.</param>
/// <param name="LastFoodAt">Null when nobody asked.</param>
/// <param name="LastClearFluidAt">Null when nobody asked.</param>
/// <param name="PressureAccepted">The clinician's word, where the site judges by a policy of its own.</param>
public sealed record Checklist(
    BloodPressure? Pressure, int? OxygenPercent, Instant? LastFoodAt, Instant? LastClearFluidAt, bool EscortNamed, bool MedicinesReviewed,
    bool PregnancyAnswered, bool Item9Reviewed, bool PressureAccepted);

/// <summary>What was measured before discharge.</summary>
public sealed record FinalVitals(BloodPressure? Pressure, int? OxygenPercent);

/// <summary>
/// A person's medicine session, from check-in to discharge: rules 3, 4 and 5 as far as the person's own history says, 29, 33, 34 and 36, of rule 44 the
/// baseline, rule 45 (an alert that stands), and I7.
/// </summary>
public static class Medicine
{
    /// <summary>Check-in opens so long before the session.</summary>
    public static readonly Duration CheckInOpens = Duration.FromHours(2);

    /// <summary>Medicine sessions that are kept of one person.</summary>
    public const int VisitsMax = 200;

    /// <summary>Held out by rule 23: somebody who came after the preparation leads the session.</summary>
    public static readonly Refusal HeldOut =
        new(Reason.SubstituteNotAccepted, "Somebody leads the session whom the person has not consented to: the person is held out of it.", 23);

    /// <summary>
    /// Checks a person in. A checklist that does not pass holds this person, which is recorded, and lets the session go on; a rule that is not
    /// met refuses, and nothing is written.
    /// </summary>
    public static Decision CheckIn(PersonFacts person, PathwayState pathway, SessionFacts session, Checklist checklist, Signer signer, Instant now)
    {
        if (MayNotEnter(person, pathway, session, session.Day, now) is { } refusal) return refusal;
        if (Recording.AlertOpen(pathway) is { } alert) return alert;
        if (now < session.StartsAt - CheckInOpens || now >= session.EndsAt)
            return new Refusal(Reason.TimeNotYet, $"Check-in is from {session.StartsAt - CheckInOpens} until {session.EndsAt}.", 33, [("opens_at", (session.StartsAt - CheckInOpens).ToString())]);
        var role = signer.Roles.Contains(Roles.Nurse) ? Roles.Nurse : Roles.Prescriber;
        if (signer.MayNot(role, session.Jurisdiction, session.Day) is { } unfit) return unfit;
        if (session.Blocked)
            return new Refusal(Reason.SessionBlocked, "The session's staff were not complete 72 hours before it: it is not run as a medicine session.", 21);
        if (!session.IsPermitted) return Permits.NotOpened;
        if (session.HeldOut)
            return HeldOut;
        // The ratio is counted over those who are there: who is held does not count, and makes room for nobody below it.
        if (session.Present + 1 > session.SeatsUsable)
        {
            return Refusal.Of(Reason.RatioWouldBreak, 16, $"Room and staff carry {session.SeatsUsable} people now ({session.BoundBy}); {session.Present} are in the session.",
                ("present", session.Present), ("seats_usable", session.SeatsUsable));
        }
        var step = new Step(person, pathway, now);
        var failed = Failing(pathway, session, checklist, now);
        if (!failed.IsEmpty)
        {
            step.Record(new CheckInHeld(session.Cohort, session.Number, failed, signer.Facilitator));
            return step.Done();
        }
        step.Record(new CheckedIn(session.Cohort, session.Number, session.Day, signer.Facilitator));
        if (step.At is Stage.Enrolled) step.Move(Stage.Prepared, "prepared", person.Place!.Cohort);
        step.Move(Stage.InMedicine, "checked-in", person.Place!.Cohort);
        step.RecordOfCohort(new PersonCheckedIn(person.Participant, session.Number));
        return step.Done();
    }

    /// <summary>
    /// Records that medicine was given: from now on the observation counts. Where the program limits what one visit may have of a route, all doses of it count
    /// together, as they do for the ratio (rule 17).
    /// </summary>
    /// <param name="micrograms">How much; 0 when nobody said, which is enough where there is no limit.</param>
    public static Decision Dose(PersonFacts person, PathwayState pathway, string route, int micrograms, Signer signer, Instant now)
    {
        if (person.Stage is not Stage.InMedicine) return Journey.Illegal(person.Stage, Stage.InMedicine);
        if (signer.MayNot(signer.Roles.Contains(Roles.Nurse) ? Roles.Nurse : Roles.Prescriber, pathway.Opened!.Jurisdiction, pathway.Today(now)) is { } unfit) return unfit;
        // Consent that is withdrawn meanwhile stops what is still to come, here too.
        if (!pathway.HasConsents) return new Refusal(Reason.ConsentMissing, "A consent was withdrawn: nothing more is given.", 35);
        if (Recording.AlertOpen(pathway) is { } alert) return alert;
        var step = new Step(person, pathway, now);
        if (pathway.Opened!.Policy.DoseLimitOf(route) is { } limit)
        {
            if (TooMuch(pathway, route, micrograms, limit) is { } beyond) return beyond;
            step.Record(new MeasuredDoseGiven(route, micrograms, signer.Facilitator));
        }
        else
            step.Record(new DoseGiven(route, signer.Facilitator));
        return step.Done();
    }

    /// <summary>
    /// Lets a person go: observation since the last dose is over, vitals are taken, a clinician signs, an escort is there (rule 34). Vitals outside of
    /// the limits need a reason that stands on record; the observation has no exception.
    /// </summary>
    public static Decision Discharge(PersonFacts person, PathwayState pathway, SessionFacts session, FinalVitals vitals, bool escortPresent, string deviation, Signer signer, Instant now)
    {
        if (person.Stage is not Stage.InMedicine || pathway.Visit is not { } visit) return Journey.Illegal(person.Stage, Stage.Integrating);
        if (visit.Cohort != session.Cohort || visit.Session != session.Number) return new Refusal(Reason.NotThisSession, "The person is in another session.", 34);
        var policy = pathway.Opened!.Policy;
        if (ObservedUntil(person, pathway) is { } until && now < until) return Observed(pathway, until);
        if (signer.MayNot(signer.Roles.Contains(Roles.Prescriber) ? Roles.Prescriber : Roles.Nurse, session.Jurisdiction, pathway.Today(now)) is { } unfit) return unfit;
        if (!escortPresent) return new Refusal(Reason.EscortMissing, "Nobody leaves a medicine session without an escort.", 34);
        if (vitals.Pressure is null || vitals.OxygenPercent is null) return new Refusal(Reason.VitalsOutside, "The final vitals were not taken.", 34);
        var within = !(policy.BloodPressureMax is { } limit && vitals.Pressure.IsAbove(limit)) && vitals.OxygenPercent >= policy.OxygenPercentMin;
        if (!within && deviation.Length == 0)
            return new Refusal(Reason.VitalsOutside, "The final vitals are outside of the limits: a clinician answers for it with a reason, or the person stays.", 34);
        var step = new Step(person, pathway, now);
        step.Record(new Discharged(session.Cohort, session.Number, signer.Facilitator, within ? "" : deviation));
        step.Move(Stage.Integrating, "discharged", person.Place!.Cohort);
        step.RecordOfCohort(new PersonDischarged(person.Participant, session.Number));
        if (session.IsGuest) step.RecordOfCohort(new GuestGone(person.Participant, session.Number));
        return step.Done();
    }

    /// <summary>A dose that is not said, or that goes beyond what one visit may have.</summary>
    private static Refusal? TooMuch(PathwayState pathway, string route, int micrograms, int limit)
    {
        var policy = pathway.Opened!.Policy;
        if (micrograms <= 0)
            return Refusal.Of(Reason.DoseMissing, 17, $"dose_micrograms: must be said, for version {policy.Version} of {policy.Program} limits {route} to {limit} micrograms a visit.", ("dose_micrograms_max", limit));
        var given = pathway.Visit?.Given.GetValueOrDefault(route) ?? 0;
        return given + (long)micrograms > limit
            ? Refusal.Of(Reason.DoseLimitReached, 17, $"dose_micrograms: {micrograms} of {route} after {given} in this visit is beyond the {limit} of version {policy.Version} of {policy.Program}; {limit - given} are left.",
                ("dose_micrograms", micrograms), ("given_micrograms", given), ("dose_micrograms_max", limit))
            : null;
    }

    /// <summary>Until when the person is observed; null for one who was given no dose, or is in no session.</summary>
    public static Instant? ObservedUntil(PersonFacts person, PathwayState pathway) =>
        person.Stage is Stage.InMedicine ? pathway.Visit?.LastDoseAt + pathway.Opened!.Policy.ObservationMin : null;

    public static Refusal Observed(PathwayState pathway, Instant until) =>
        new(Reason.ObservationNotOver, $"Observation lasts until {until}, {pathway.Opened!.Policy.ObservationMin.TotalMinutes} minutes after the last dose.", 34, [("observation_until", until.ToString())]);

    /// <summary>
    /// Arranges a missed medicine session with another pod or cohort of the program: gap, gates, the ratio and the group's own consent must hold (rule 36).
    /// </summary>
    public static Decision MakeUp(PersonFacts person, PathwayState pathway, SessionFacts session, bool groupConsents, Instant now)
    {
        if (session.HasSeat) return new Refusal(Reason.AlreadyEnrolled, "The session is one of the person's own.", 36);
        if (pathway.MakeUp is { } arranged && arranged.Cohort == session.Cohort && arranged.Session == session.Number) return Decision.Already;
        if (pathway.MakeUp is not null) return new Refusal(Reason.AlreadyEnrolled, "A make-up is arranged already: it is cancelled first.", 36);
        if (MayNotEnter(person, pathway, session with { IsGuest = true }, session.Day, now) is { } refusal) return refusal;
        if (now >= session.StartsAt) return new Refusal(Reason.TimeNotYet, "The session has begun.", 36);
        if (session.Blocked) return new Refusal(Reason.SessionBlocked, "The session is not run as a medicine session.", 21);
        if (!session.IsPermitted) return Permits.NotOpened;
        if (!groupConsents) return new Refusal(Reason.GroupConsentMissing, "The group is closed: its members consent to a guest first.", 36);
        if (session.SeatsTaken >= session.SeatsUsable)
            return Refusal.Of(Reason.RatioWouldBreak, 36, $"{session.SeatsTaken} of {session.SeatsUsable} places of the session are taken ({session.BoundBy}).", ("seats_taken", session.SeatsTaken), ("seats_usable", session.SeatsUsable));
        var step = new Step(person, pathway, now);
        step.Record(new MakeUpArranged(session.Cohort, session.Number, session.Day));
        step.RecordOfCohort(new GuestExpected(person.Participant, session.Number));
        return step.Done();
    }

    public static Decision CancelMakeUp(PersonFacts person, PathwayState pathway, SessionFacts session, Instant now)
    {
        if (pathway.MakeUp is not { } arranged || arranged.Cohort != session.Cohort || arranged.Session != session.Number) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.Record(new MakeUpCancelled(session.Cohort, session.Number));
        step.RecordOfCohort(new GuestGone(person.Participant, session.Number));
        return step.Done();
    }

    /// <summary>
    /// Why a person takes no medicine on a day, as far as their own history says; null when they may. Whole days are counted in local calendar days, the
    /// 24 hours after a preparation are elapsed time.
    /// </summary>
    public static Refusal? MayNotEnter(PersonFacts person, PathwayState pathway, SessionFacts session, LocalDate day, Instant now)
    {
        if (person.Stage is not (Stage.Enrolled or Stage.Prepared or Stage.Integrating)) return Journey.Illegal(person.Stage, Stage.InMedicine);
        if (!session.IsMedicine) return new Refusal(Reason.NotThisSession, "This session is not one with medicine.", 33);
        var opened = pathway.Opened!;
        var policy = opened.Policy;
        if (session.Program != opened.Program || session.Jurisdiction != opened.Jurisdiction || !(session.HasSeat && session.Cohort == person.Place!.Cohort || session.IsGuest)) return Attendance.NotHere;
        if (pathway.Medicine.Count(v => v.Pathway == pathway.Number) is var taken && taken >= policy.MedicineSessionsMax)
            return Refusal.Of(Reason.MedicineSessionsMaxReached, 2, $"The program has {policy.MedicineSessionsMax} medicine sessions; the person took {taken}.", ("medicine_sessions", taken));
        if (pathway.Medicine.Length >= VisitsMax)
            return Refusal.Of(Reason.MedicineSessionsMaxReached, 0, $"At most {VisitsMax} medicine sessions are kept of one person.", ("medicine_sessions", pathway.Medicine.Length));
        foreach (var earlier in pathway.Medicine)
        {
            if (GapTooShort(earlier.Day, day, policy.MedicineGapDays) is { } tooShort) return tooShort;
        }
        if (pathway.ScreenedUntil is not { } until || (until < day && !pathway.IsOverridden(Overriding.ScreeningValidity, now)))
        {
            return new Refusal(Reason.ScreeningExpired, "The person's sign-offs do not hold on that day: they are screened anew.", 29,
                [("screened_until", pathway.ScreenedUntil?.ToString("uuuu-MM-dd", null) ?? "never"), ("day", day.ToString("uuuu-MM-dd", null))]);
        }
        return NotPrepared(pathway, session, day) ?? NotIntegrated(pathway) ?? (HadMedicine(pathway) ? null : Recording.BaselineMissing(pathway));
    }

    /// <summary>What stands against a medicine session of the person's own cohort today, whichever it is; for the list of next steps.</summary>
    public static Refusal? NotToday(PersonFacts person, PathwayState pathway, Instant now)
    {
        if (person.Place?.Cohort is not { } cohort) return Journey.Illegal(person.Stage, Stage.InMedicine);
        var opened = pathway.Opened!;
        var today = new SessionFacts(cohort, opened.Jurisdiction, opened.Program, 0, Cohorts.Session.Medicine, pathway.Today(now), now, now, true, false, 0, 0, "", 0, 0, false, false);
        return MayNotEnter(person, pathway, today, today.Day, now) ?? Recording.AlertOpen(pathway);
    }

    /// <summary>Fewer local calendar days between two medicine sessions than the policy asks for (rule 4, I7); null when there are enough. Names no place.</summary>
    public static Refusal? GapTooShort(LocalDate one, LocalDate other, int daysMin)
    {
        var days = Math.Abs(Period.DaysBetween(one, other));
        return days >= daysMin
            ? null
            : new Refusal(Reason.GapTooShort, $"The person's nearest medicine session is {days} days away, and at least {daysMin} are asked for.", 4,
                [("days", days.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("days_min", daysMin.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
    }

    /// <summary>Rule 3: enough preparation, ended at least so long before, and not too long ago. For the first medicine session of the pathway.</summary>
    private static Refusal? NotPrepared(PathwayState pathway, SessionFacts session, LocalDate day)
    {
        var rule = pathway.Opened!.Policy.Preparation;
        if (rule.SessionsMin == 0 || HadMedicine(pathway)) return null;
        var counted = pathway.Sessions.Count(s => s.Attended && s.Kind == SessionFacts.Preparation
            && s.EndsAt + rule.LeadMin <= session.StartsAt && Period.DaysBetween(s.Day, day) <= rule.DaysMax);
        return counted >= rule.SessionsMin
            ? null
            : Refusal.Of(Reason.PreparationMissing, 3, $"{counted} of {rule.SessionsMin} preparation sessions count: each ends {rule.LeadMin.TotalHours} hours or more before, and at most {rule.DaysMax} days.", ("counted", counted), ("sessions_min", rule.SessionsMin));
    }

    /// <summary>Rule 5: an integration session since the last medicine.</summary>
    private static Refusal? NotIntegrated(PathwayState pathway)
    {
        if (!pathway.Opened!.Policy.IntegrationBetween || !HadMedicine(pathway)) return null;
        var since = pathway.Medicine[^1].CheckedInAt;
        return pathway.Sessions.Any(s => s.Attended && s.Kind == SessionFacts.Integration && s.EndsAt > since)
            ? null
            : new Refusal(Reason.IntegrationMissing, "No integration session lies between this medicine session and the last one.", 5);
    }

    private static bool HadMedicine(PathwayState pathway) => pathway.Medicine.Any(v => v.Pathway == pathway.Number);

    /// <summary>The items of the checklist that do not pass (rule 33), in a fixed order.</summary>
    private static ImmutableArray<string> Failing(PathwayState pathway, SessionFacts session, Checklist checklist, Instant now)
    {
        var policy = pathway.Opened!.Policy;
        var failed = ImmutableArray.CreateBuilder<string>();
        void Item(string code, bool passes)
        {
            if (!passes) failed.Add(code);
        }
        Item("blood-pressure", checklist.Pressure is { } pressure && (policy.BloodPressureMax is { } limit ? !pressure.IsAbove(limit) : checklist.PressureAccepted));
        Item("oxygen", checklist.OxygenPercent >= policy.OxygenPercentMin);
        Item("fasting", pathway.IsOverridden(Overriding.Fasting, now)
            || (checklist.LastFoodAt + policy.Fasting.Food <= now && checklist.LastClearFluidAt + policy.Fasting.ClearFluid <= now));
        Item("escort", checklist.EscortNamed);
        Item("medicines", checklist.MedicinesReviewed);
        Item("pregnancy-question", checklist.PregnancyAnswered);
        Item("item-9", checklist.Item9Reviewed);
        Item("consent", pathway.HasConsents && pathway.Consents.GetValueOrDefault(ConsentRequirement.Treatment) >= session.ConsentVersion);
        return failed.ToImmutable();
    }
}
