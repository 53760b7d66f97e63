using NodaTime;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Facilitators;
using RttNetwork.Grains.Measures;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Pathways;

/// <summary>Between the pathway's contracts and its domain.</summary>
internal static class PathwayMapping
{
    /// <summary>The rule that a command asks.</summary>
    public static Decision Decide(this PathwayCommand command, PersonFacts person, PathwayState pathway, Unit unit)
    {
        var now = unit.Now;
        return command switch
        {
            ReferParticipant c => Screening.Refer(person, pathway, new PathwayOpened(c.Policy.Program, c.Site, c.Jurisdiction, c.TimeZone, c.Policy.ToDomain(), c.Source, c.ReceivedAt ?? now), now),
            BeginScreening => Screening.Begin(person, pathway, now),
            RecordFindings c => Screening.Find(person, pathway, c.Conditions, c.Reading?.ToDomain(), now),
            DecideCondition c => Screening.Decide(person, pathway, c.Condition, c.Allowed, unit.Signer(), now),
            SignOff c => Screening.SignOff(person, pathway, c.Kind, c.Clear, unit.Signer(), now),
            GiveConsent c => Consent.Give(person, pathway, c.Kind, c.Version, now),
            RevokeConsent c => Consent.Revoke(person, pathway, c.Kind, now),
            MovePathway c => c.Move switch
            {
                PathwayMove.JoinWaitList => Journey.WaitFor(person, pathway, true, c.Reason, now),
                PathwayMove.LeaveWaitList => Journey.WaitFor(person, pathway, false, c.Reason, now),
                PathwayMove.Defer => Journey.Leave(person, pathway, Stage.Deferred, c.Reason, now),
                PathwayMove.Withdraw => Journey.Leave(person, pathway, Stage.Withdrawn, c.Reason, now),
                PathwayMove.TransferOut => Journey.Leave(person, pathway, Stage.TransferredOut, c.Reason, now),
                PathwayMove.Complete => Journey.Complete(person, pathway, c.Reason, now),
                PathwayMove.BeginFollowUp => Journey.FollowUp(person, pathway, c.Reason, now),
                _ => throw new InvalidOperationException($"Unknown move {c.Move}."),
            },
            OverrideRule c => Overriding.Override(person, pathway, c.Rule, c.Reason, c.Until, unit.Signer(), now),
            RecordAttendance c => Attendance.Record(person, pathway, unit.Session(), c.Attended, now),
            ReviewAttendance c => Attendance.Review(person, pathway, c.Outcome, now),
            CheckIn c => Medicine.CheckIn(person, pathway, unit.Session(),
                new Checklist(c.Pressure?.ToDomain(), c.OxygenPercent, c.LastFoodAt, c.LastClearFluidAt, c.EscortNamed, c.MedicinesReviewed, c.PregnancyAnswered, c.Item9Reviewed, c.PressureAccepted), unit.Signer(), now),
            RecordDose c => Medicine.Dose(person, pathway, c.Route, c.Micrograms, unit.Signer(), now),
            Discharge c => Medicine.Discharge(person, pathway, unit.Session(), new FinalVitals(c.Pressure?.ToDomain(), c.OxygenPercent), c.EscortPresent, c.Deviation, unit.Signer(), now),
            ArrangeMakeUp c => Medicine.MakeUp(person, pathway, unit.Session(), c.GroupConsents, now),
            RecordMeasure c => c.Decide(person, pathway, c.Signer.Length > 0 ? unit.Signer() : null, unit.Caller.Subject, now),
            AssessRisk c => Recording.Assess(person, pathway, c.Outcome, unit.Signer(), now),
            CancelMakeUp => Medicine.CancelMakeUp(person, pathway, unit.Session(), now),
            _ => throw new InvalidOperationException($"Unknown command {command.GetType().Name}."),
        };
    }

    public static PathwayView ToView(this PathwayState pathway, PersonFacts person, string network, int version, Instant now)
    {
        var opened = pathway.Opened;
        return new PathwayView(
            network,
            person.Participant,
            opened?.Site ?? "",
            opened?.Program ?? "",
            opened?.Policy.Version ?? 0,
            person.Stage.Code(),
            person.Place?.Cohort ?? "",
            opened?.Source ?? "",
            opened?.ReceivedAt,
            [.. pathway.SignOffs.Values.OrderBy(s => s.Kind, StringComparer.Ordinal).Select(s => new SignOffView(s.Kind, s.Facilitator, s.Clear, s.On, s.Until))],
            [.. pathway.Conditions.Values.OrderBy(c => c.Code, StringComparer.Ordinal).Select(c => new ConditionView(c.Code, c.Excludes, c.Allowed))],
            [.. pathway.Consents.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new ConsentVersion(c.Key, c.Value))],
            opened is null ? [] : [.. opened.Policy.Consents.Select(c => new ConsentVersion(c.Kind, c.Version))],
            pathway.ScreenedUntil,
            [.. pathway.Overrides.Values.OrderBy(o => o.Rule).Select(o => new OverrideView(o.Rule, o.Facilitator, o.Reason, o.Until))],
            [.. NextSteps.Of(person, pathway, now).Select(ToView)],
            version,
            [.. pathway.Medicine.Select(v => pathway.ToView(v))],
            pathway.HeldFor,
            pathway.Visit?.LastDoseAt + opened?.Policy.ObservationMin,
            pathway.Sessions.Count(s => s.Attended),
            pathway.Sessions.Length,
            pathway.ReviewDue,
            pathway.MakeUp is { } makeUp ? new MakeUpView(makeUp.Cohort, makeUp.Session, makeUp.Day) : null,
            pathway.ToMeasuresView(person, now))
        {
            IsOpen = person.Stage.IsOpen(),
        };
    }

    public static PlaceView ToView(this Place place) => new(
        place.Program, place.PolicyVersion, place.Site, place.Stage.Code(), place.Cohort,
        place.Clearance.ScreenedUntil, place.Clearance.ConsentVersion, place.Clearance.Consented, place.Clearance.IntakeUntil, place.Clearance.LastMedicine);

    public static Place ToDomain(this PlaceView place) => new(
        place.Program, place.PolicyVersion, place.Site, Stages.Of(place.Stage), place.Cohort,
        new ClearanceSet(place.ScreenedUntil, place.ConsentVersion, place.Consented, place.IntakeUntil, place.LastMedicine));

    /// <summary>What a participant shows of their place: the steps that need no evidence.</summary>
    public static PathwayBrief ToBrief(this Place place, PersonFacts person, Instant now) =>
        new(place.Program, place.Stage.Code(), [.. NextSteps.OfPlace(person, place, now).Select(ToView)]);

    public static PathwayPolicy ToDomain(this PathwayPolicyView policy) => new(
        policy.Program,
        policy.Version,
        policy.ReferralSources,
        policy.ScreeningValidityDays,
        policy.IntakeCloseDays,
        policy.Exclusions,
        policy.CaseByCase,
        policy.BloodPressureMax?.ToDomain(),
        policy.OxygenPercentMin,
        new FastingPreset(policy.Fasting.Code, policy.Fasting.Food, policy.Fasting.ClearFluid),
        [.. policy.Consents.Select(c => new ConsentRequirement(c.Kind, c.Version))],
        new PreparationRule(policy.Preparation.SessionsMin, policy.Preparation.LeadMin, policy.Preparation.DaysMax),
        policy.MedicineSessionsMax,
        policy.MedicineGapDays,
        policy.IntegrationBetween,
        policy.ObservationMin,
        policy.AttendancePercentMin,
        policy.Measures,
        [.. policy.MeasurePoints.Select(p => new MeasurePoint(p.Code, p.Anchor, p.DaysAfter, p.WindowDays, p.EveryDays) { Measures = p.Measures })],
        new SafetyRegime(policy.Safety.Code, policy.Safety.ReportDays, policy.Safety.SessionFormDays))
    {
        DoseLimits = policy.DoseLimits.IsEmpty ? null : [.. policy.DoseLimits.Select(d => new DoseLimit(d.Route, d.Micrograms))],
    };

    private static SessionFacts Session(this Unit unit) => unit.Facts<PathwaySessionFacts>().ToDomain();

    public static SessionFacts ToDomain(this PathwaySessionFacts facts) => new(
        facts.Cohort, facts.Jurisdiction, facts.Program, facts.Session, facts.Kind, facts.Day, facts.StartsAt, facts.EndsAt,
        facts.HasSeat, facts.IsGuest, facts.Present, facts.SeatsUsable, facts.BoundBy, facts.SeatsTaken, facts.ConsentVersion, facts.Blocked, facts.HeldOut)
    {
        IsPermitted = !facts.NotPermitted,
        IsAppointment = facts.IsAppointment,
        IsTraining = facts.IsTraining,
        Kept = facts.Kept,
    };

    public static PersonAtTheDoorView ToDoorView(this PathwayState pathway, PersonFacts person, SessionFacts session, Instant now)
    {
        var there = AtTheDoor.Of(person, pathway, session, now);
        return new PersonAtTheDoorView(
            there.Standing.Code(), person.Stage.Code(), there.HeldFor, Refusals.ToContract(there.Refusal), there.Visit is { } visit ? pathway.ToView(visit) : null, there.ObservedUntil);
    }

    private static MedicineVisitView ToView(this PathwayState pathway, MedicineVisit visit) =>
        new(visit.Pathway == pathway.Number ? visit.Cohort : "", visit.Session, visit.Day, visit.CheckedInAt, visit.Doses, visit.DischargedAt, visit.Deviation);

    public static Signer Signer(this Unit unit)
    {
        var facts = unit.Facts<SignerFacts>();
        return new Signer(facts.Facilitator, facts.Version, facts.Roles, [.. facts.Credentials.Select(c => c.ToDomain())]);
    }

    private static BloodPressure ToDomain(this BloodPressureView reading) => new(reading.Systolic, reading.Diastolic);

    private static StepView ToView(NextStep step) => new(step.Action, Refusals.ToContract(step.Refusal));
}
