using System.Collections.Immutable;
using System.Globalization;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Pathways, both ways.</summary>
internal static class PathwayMapping
{
    public const int ConditionsMax = 16;
    public const int ConsentVersionMax = 10_000;
    public const int RuleMax = 54;
    /// <summary>The last of the most sessions that a cohort has (a planned one).</summary>
    public const int SessionMax = 199;

    /// <summary>No living person's reading is outside of these.</summary>
    private const int PressureMin = 30;
    private const int PressureMax = 300;

    private static readonly string[] SignOffKinds = ["medical", "psychological"];

    public static PathwayCommand Read(Fields fields, RecordFindingsRequest request)
    {
        var conditions = ImmutableArray.CreateBuilder<string>();
        if (fields.Count("conditions", request.Conditions.Count, 0, ConditionsMax))
        {
            for (var i = 0; i < request.Conditions.Count; i++) conditions.Add(fields.Code($"conditions[{i}]", request.Conditions[i]));
            fields.Distinct("conditions", request.Conditions);
        }
        return new RecordFindings(conditions.ToImmutable(), Read(fields, "blood_pressure", request.BloodPressure));
    }

    public static PathwayCommand Read(Fields fields, DecideConditionRequest request) =>
        new DecideCondition(Signer(fields, request.Facilitator), fields.Code("condition", request.Condition), request.Allowed);

    public static PathwayCommand Read(Fields fields, SignOffRequest request)
    {
        if (!SignOffKinds.Contains(request.Kind)) fields.Wrong("kind", "must be medical or psychological");
        return new SignOff(Signer(fields, request.Facilitator), request.Kind, request.Clear);
    }

    public static PathwayCommand Read(Fields fields, GiveConsentRequest request) =>
        new GiveConsent(fields.Code("kind", request.Kind), fields.Number("version", request.Version, 1, ConsentVersionMax));

    public static PathwayCommand Read(Fields fields, OverrideRuleRequest request)
    {
        var until = fields.Time("until_time", request.UntilTime);
        if (request.UntilTime is null) fields.Wrong("until_time", "is missing");
        return new OverrideRule(
            Signer(fields, request.Facilitator), fields.Number("rule", request.Rule, 1, RuleMax), fields.Code("reason", request.Reason), until ?? default);
    }

    public static PathwayCommand Read(Fields fields, RecordAttendanceRequest request) =>
        new RecordAttendance(Cohort(fields, request.Cohort), Session(fields, request.Session), request.Attended);

    public static PathwayCommand Read(Fields fields, CheckInRequest request)
    {
        var (cohort, session, signer) = (Cohort(fields, request.Cohort), Session(fields, request.Session), Signer(fields, request.Facilitator));
        if (!fields.Has("checklist", request.Checklist)) return null!;
        var asked = request.Checklist;
        return new CheckIn(
            signer,
            cohort,
            session,
            Read(fields, "checklist.blood_pressure", asked.BloodPressure),
            Oxygen(fields, "checklist.oxygen_percent", asked.OxygenPercent),
            fields.Time("checklist.last_food_time", asked.LastFoodTime),
            fields.Time("checklist.last_clear_fluid_time", asked.LastClearFluidTime),
            asked.EscortNamed,
            asked.MedicinesReviewed,
            asked.PregnancyQuestionAnswered,
            asked.Item9Reviewed,
            asked.BloodPressureAccepted);
    }

    public static PathwayCommand Read(Fields fields, RecordDoseRequest request) =>
        new RecordDose(Signer(fields, request.Facilitator), fields.Code("route", request.Route))
        {
            Micrograms = fields.Number("dose_micrograms", request.DoseMicrograms, 0, PlanMapping.DoseMicrogramsMax),
        };

    public static PathwayCommand Read(Fields fields, DischargeParticipantRequest request) => new Discharge(
        Signer(fields, request.Facilitator),
        Cohort(fields, request.Cohort),
        Session(fields, request.Session),
        Read(fields, "blood_pressure", request.BloodPressure),
        Oxygen(fields, "oxygen_percent", request.OxygenPercent),
        request.EscortPresent,
        fields.Code("deviation", request.Deviation, required: false));

    public static PathwayCommand Read(Fields fields, ArrangeMakeUpRequest request) =>
        new ArrangeMakeUp(Cohort(fields, request.Cohort), Session(fields, request.Session), request.GroupConsents);

    public static PathwayCommand Read(Fields fields, CancelMakeUpRequest request) =>
        new CancelMakeUp(Cohort(fields, request.Cohort), Session(fields, request.Session));

    public static BloodPressureView? Read(Fields fields, string field, BloodPressureReading? reading)
    {
        if (reading is null) return null;
        var systolic = fields.Number($"{field}.systolic", reading.Systolic, PressureMin, PressureMax);
        var diastolic = fields.Number($"{field}.diastolic", reading.Diastolic, PressureMin, PressureMax);
        if (diastolic > systolic) fields.Wrong($"{field}.diastolic", "must not be above the systolic reading");
        return new BloodPressureView(systolic, diastolic);
    }

    public static Pathway ToWire(this PathwayView view, string? token = null)
    {
        var participant = new ParticipantName(view.Network, view.Participant).ToString();
        var pathway = new Pathway
        {
            Name = $"{participant}/pathway",
            Participant = participant,
            Site = view.Site.Length > 0 ? new SiteName(view.Network, view.Site).ToString() : "",
            Program = view.Program,
            TemplateVersion = view.PolicyVersion,
            Stage = view.Stage,
            Cohort = view.Cohort.Length > 0 ? CohortName.OfKey(view.Cohort).ToString() : "",
            Source = view.Source,
            ReceiveTime = view.ReceivedAt.ToWire(),
            ScreenedUntil = view.ScreenedUntil.ToWire(),
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        foreach (var s in view.SignOffs)
            pathway.SignOffs.Add(new ScreeningSignOff { Kind = s.Kind, Facilitator = Facilitator(view, s.Facilitator), Clear = s.Clear, SignedOn = s.On.ToWire(), ValidUntil = s.Until.ToWire() });
        foreach (var c in view.Conditions)
            pathway.Conditions.Add(new ScreeningCondition { Condition = c.Code, Excludes = c.Excludes, Decision = Decision(c.Allowed) });
        pathway.Consents.AddRange(view.Consents.Select(ToWire));
        pathway.ConsentsAsked.AddRange(view.ConsentsAsked.Select(ToWire));
        foreach (var o in view.Overrides)
            pathway.Overrides.Add(new RuleOverride { Rule = o.Rule, Facilitator = Facilitator(view, o.Facilitator), Reason = o.Reason, UntilTime = o.Until.ToWire() });
        pathway.ObservationUntilTime = view.ObservationUntil.ToWire();
        (pathway.SessionsAttended, pathway.SessionsRecorded, pathway.AttendanceReviewDue) = (view.SessionsAttended, view.SessionsRecorded, view.ReviewDue);
        pathway.HeldFor.AddRange(view.HeldFor);
        if (view.MakeUp is { } makeUp) pathway.MakeUp = new MakeUp { Cohort = CohortName.OfKey(makeUp.Cohort).ToString(), Session = makeUp.Session, Day = makeUp.Day.ToWire() };
        pathway.Medicine.AddRange(view.Medicine.Select(ToWire));
        pathway.MeasuresDue.AddRange(view.Measures.Due.Where(d => d.Standing is "due" or "overdue").Select(MeasureMapping.ToWire));
        pathway.RiskAlert = view.Measures.Alert?.ToWire(view.Network);
        pathway.AvailableActions.AddRange(view.Steps.Available());
        pathway.UnavailableActions.AddRange(view.Steps.Unavailable());
        return pathway;
    }

    public static MedicineVisit ToWire(this MedicineVisitView view) => new()
    {
        Cohort = view.Cohort.Length > 0 ? CohortName.OfKey(view.Cohort).ToString() : "",
        Session = view.Session,
        Day = view.Day.ToWire(),
        CheckInTime = view.CheckedInAt.ToWire(),
        Doses = view.Doses,
        DischargeTime = view.DischargedAt.ToWire(),
        Deviation = view.Deviation,
    };

    public static IEnumerable<string> Available(this ImmutableArray<StepView> steps) => steps.Where(s => s.Refusal is null).Select(s => s.Action);

    public static IEnumerable<UnavailableAction> Unavailable(this ImmutableArray<StepView> steps) => steps.Where(s => s.Refusal is not null)
        .Select(s => new UnavailableAction { Action = s.Action, Reason = s.Refusal!.Reason, Message = s.Refusal.Message, Rule = s.Refusal.Rule });

    private static string Signer(Fields fields, string facilitator)
    {
        var name = fields.Facilitator("facilitator", facilitator);
        return fields.IsGood ? name.Key : "";
    }

    private static string Cohort(Fields fields, string cohort)
    {
        var name = fields.Cohort("cohort", cohort);
        return fields.IsGood ? name.Key : "";
    }

    private static int Session(Fields fields, int session) => fields.Number("session", session, 0, SessionMax);

    /// <summary>Null when it was not taken.</summary>
    private static int? Oxygen(Fields fields, string field, int percent) => fields.Number(field, percent, 0, 100) is > 0 and var taken ? taken : null;

    private static string Facilitator(PathwayView view, string id) => new FacilitatorName(view.Network, id).ToString();

    private static string Decision(bool? allowed) => allowed switch
    {
        null => "open",
        true => "allowed",
        false => "not-allowed",
    };

    private static ConsentForm ToWire(ConsentVersion consent) => new() { Kind = consent.Kind, Version = consent.Version };
}
