using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>One person's pathway as the two folds that a unit changes together, all or nothing, as the grains do.</summary>
internal sealed class Course
{
    public const string Who = "ann";
    public const string CohortKey = "bc/c-nanaimo.rtt";

    public static readonly Signer Prescriber = SignerOf("doc", Roles.Prescriber);
    public static readonly Signer Nurse = SignerOf("nan", Roles.Nurse);
    public static readonly Signer Therapist = SignerOf("tess", Roles.Therapist);

    public ParticipantState Person { get; set; } = ParticipantState.Empty.Apply(new ParticipantRegistered("nanaimo", false, "", ""), World.Start);
    public PathwayState Pathway { get; set; } = PathwayState.Empty;
    public CohortState Cohort { get; set; } = CohortState.Empty;
    public Instant Now { get; set; } = World.Start;

    public PersonFacts Facts => Person.Facts(Who);
    public Stage Stage => Facts.Stage;

    public static PathwayPolicy Policy(
        ImmutableArray<string> referralSources = default, BloodPressure? pressure = null, ImmutableArray<ConsentRequirement> consents = default,
        int intakeCloseDays = 7, int gapDays = 14, bool integrationBetween = true, int medicineMax = 3, PreparationRule? preparation = null) => new(
        "GRIP-8", 1, referralSources.IsDefault ? [] : referralSources, 90, intakeCloseDays,
        ["active-psychosis"], ["renal-disorder", "cardiac-condition"], pressure ?? new BloodPressure(150, 90), 92,
        new FastingPreset("ketamine-clinic", Duration.FromHours(6), Duration.FromHours(2)),
        consents.IsDefault ? [new ConsentRequirement("treatment", 2)] : consents,
        preparation ?? new PreparationRule(1, Duration.FromHours(24), 90), medicineMax, gapDays, integrationBetween, Duration.FromHours(2), 75,
        ["phq-9", "gad-7"],
        [new MeasurePoint("baseline", MeasureAnchors.Referral, 0, 60, 0), new MeasurePoint("end", MeasureAnchors.LastDay, 7, 7, 0)],
        new SafetyRegime("ca-hospital", 30, 0));

    public static PathwayOpened Opened(PathwayPolicy? policy = null, string source = "physician", Instant? receivedAt = null) =>
        new("GRIP-8", "nanaimo", "CA-BC", "America/Vancouver", policy ?? Policy(), source, receivedAt ?? World.Start);

    public static Signer SignerOf(string id, string role, string jurisdiction = "CA-BC", LocalDate? until = null) =>
        new(id, 1, [role], [new Credential(role, jurisdiction, new LocalDate(2020, 1, 1), until)]);

    /// <summary>Applies what was decided to both streams; a refusal changes nothing.</summary>
    public Decision Do(Func<PersonFacts, PathwayState, Instant, Decision> rule)
    {
        var decision = rule(Facts, Pathway, Now);
        foreach (var e in decision.First) Person = Person.Apply(e, Now);
        foreach (var e in decision.Last) Pathway = Pathway.Apply(e, Now);
        return decision;
    }

    /// <summary>Applies a unit that ends at the cohort.</summary>
    public Decision Seat(Func<PersonFacts, CohortState, Instant, Decision> rule)
    {
        var decision = rule(Facts, Cohort, Now);
        foreach (var e in decision.First) Person = Person.Apply(e, Now);
        foreach (var e in decision.Last) Cohort = Cohort.Apply(e, Now);
        return decision;
    }

    public Decision Refer(PathwayOpened? opened = null) => Do((p, w, now) => Screening.Refer(p, w, opened ?? Opened(), now));
    public Decision Begin() => Do(Screening.Begin);
    public Decision SignOff(string kind, Signer? signer = null, bool clear = true) =>
        Do((p, w, now) => Screening.SignOff(p, w, kind, clear, signer ?? (kind == PathwayState.Medical ? Prescriber : Therapist), now));
    public Decision Find(params ImmutableArray<string> conditions) => Do((p, w, now) => Screening.Find(p, w, conditions, null, now));
    public Decision Measure(int systolic, int diastolic) => Do((p, w, now) => Screening.Find(p, w, [], new BloodPressure(systolic, diastolic), now));
    public Decision Give(string kind = "treatment", int version = 2) => Do((p, w, now) => Consent.Give(p, w, kind, version, now));
    public Decision Revoke(string kind = "treatment") => Do((p, w, now) => Consent.Revoke(p, w, kind, now));
    public Decision Leave(Stage to) => Do((p, w, now) => Journey.Leave(p, w, to, "person-asked", now));
    public Decision Book() => Seat((p, c, now) => Booking.Book(p, c, CohortKey, now));
    public Decision Hold() => Seat((p, c, now) => Booking.Hold(p, c, CohortKey, "desk", now));
    public Decision Cancel() => Seat((p, c, now) => Booking.Cancel(p, c, CohortKey, "person-cancelled", now));

    /// <summary>Applies a unit that ends at the pathway and is about a session of a cohort.</summary>
    public Decision DoIn(Func<PersonFacts, PathwayState, SessionFacts, Instant, Decision> rule, int session, string cohortKey = CohortKey, CohortState? other = null)
    {
        var decision = rule(Facts, Pathway, SessionOf(other ?? Cohort, session, cohortKey), Now);
        foreach (var e in decision.First) Person = Person.Apply(e, Now);
        foreach (var e in decision.Last) Pathway = Pathway.Apply(e, Now);
        if (!decision.Between.IsDefaultOrEmpty && other is null)
        {
            foreach (var e in decision.Between) Cohort = Cohort.Apply(e, Now);
        }
        return decision;
    }

    public SessionFacts SessionOf(CohortState cohort, int number, string cohortKey = CohortKey)
    {
        var session = cohort.Plan!.Sessions[number];
        var carried = cohort.CarriedIn(number);
        return new SessionFacts(cohortKey, cohort.Plan.Jurisdiction, cohort.Plan.Program, number, session.Kind, session.LocalStart.Date, session.StartsAt, session.EndsAt,
            cohort.IsTheirs(Who, number), cohort.Guests.TryGetValue(Who, out var expected) && expected == number, cohort.PresentAt(number), carried.Seats, carried.BoundBy,
            cohort.TakenIn(number, Now), cohort.Pathway?.ConsentVersion("treatment") ?? 0,
            cohort.Planned is { } plan && Cures.Of(cohort, plan.Sessions[number], Now) is SessionStanding.Blocked,
            cohort.Planned is { } led && Substitution.IsHeldOut(cohort, Who, led.Sessions[number].Id))
        { IsPermitted = !cohort.NotPermitted.Contains(number) };
    }

    public Decision Attend(int session, bool attended = true) => DoIn((p, w, s, now) => Attendance.Record(p, w, s, attended, now), session);
    public Decision CheckIn(int session, Checklist? checklist = null, Signer? signer = null) =>
        DoIn((p, w, s, now) => Medicine.CheckIn(p, w, s, checklist ?? Good(), signer ?? Nurse, now), session);
    public Decision Dose(int micrograms = 0, string route = "im") => Do((p, w, now) => Medicine.Dose(p, w, route, micrograms, Nurse, now));
    public Decision Discharge(int session, FinalVitals? vitals = null, bool escort = true, string deviation = "") =>
        DoIn((p, w, s, now) => Medicine.Discharge(p, w, s, vitals ?? new FinalVitals(new BloodPressure(130, 80), 97), escort, deviation, Prescriber, now), session);

    public static readonly MeasureDefinition Phq9 = new("phq-9", 9, 3, 9, Scorings.Sum, 27, true, 5, 9);
    public static readonly MeasureDefinition Gad7 = new("gad-7", 7, 3, 7, Scorings.Sum, 21, true, 4, 0);

    /// <summary>Records a measure of which each question has the same answer, the last one excepted.</summary>
    public Decision Fill(MeasureDefinition measure, int each, int last = 0, string point = "", Signer? clinician = null, int corrects = 0, Instant? takenAt = null) => Do((p, w, now) => Recording.Record(
        p, w, measure, new FilledIn([.. Enumerable.Repeat<int?>(each, measure.Items - 1), last], null, null), point, takenAt ?? now, corrects, clinician, "desk", now));

    public Decision Assess(string outcome, Signer? clinician = null) => Do((p, w, now) => Recording.Assess(p, w, outcome, clinician ?? Therapist, now));

    /// <summary>Fills in whatever has a baseline.</summary>
    public Course Baseline()
    {
        foreach (var missing in MeasureSchedule.BaselineMissing(Pathway)) Assert.Null(Fill(missing == "phq-9" ? Phq9 : Gad7, 1, point: MeasurePoint.Baseline).Refusal);
        return this;
    }

    /// <summary>A checklist that passes now.</summary>
    public Checklist Good() => new(new BloodPressure(150, 90), 92, Now - Duration.FromHours(6), Now - Duration.FromHours(2), true, true, true, true, false);

    /// <summary>The instant at which a session of the cohort begins.</summary>
    public Instant StartOf(int session) => Cohort.Plan!.Sessions[session].StartsAt;

    /// <summary>A person with a seat in a cohort of twelve weekly sessions: preparation first, medicine in sessions 2, 4 and 6 (from 0), integration after each.</summary>
    public static Course Enrolled(PathwayPolicy? policy = null, LocalDate? firstDay = null)
    {
        string[] kinds = ["preparation", "small-group", "medicine", "integration", "medicine", "integration", "medicine", "integration", "small-group", "small-group", "small-group", "small-group"];
        var zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
        var first = (firstDay ?? new LocalDate(2027, 1, 12)).At(new LocalTime(17, 30));
        ImmutableArray<Session> sessions = [.. kinds.Select((kind, week) => new Session(kind, first.PlusWeeks(week), first.PlusWeeks(week).InZoneStrictly(zone).ToInstant(), Duration.FromHours(4), Duration.FromMinutes(30), false))];
        var course = Consented(policy);
        course.Cohort = course.Cohort with { Plan = course.Cohort.Plan! with { Sessions = sessions, IntakeClosesAt = sessions[0].StartsAt } };
        Assert.Null(course.Book().Refusal);
        return course;
    }

    /// <summary>A person who took part in the preparation.</summary>
    public static Course Prepared(PathwayPolicy? policy = null, LocalDate? firstDay = null)
    {
        var course = Enrolled(policy, firstDay);
        course.Now = course.StartOf(0);
        Assert.Null(course.Attend(0).Refusal);
        return course;
    }

    /// <summary>Goes through a medicine session and the integration after it.</summary>
    public void Through(int session)
    {
        Now = StartOf(session);
        Assert.Null(CheckIn(session).Refusal);
        Assert.Null(Dose().Refusal);
        Now += Duration.FromHours(2);
        Assert.Null(Discharge(session).Refusal);
        Now = StartOf(session + 1);
        Assert.Null(Attend(session + 1).Refusal);
    }

    /// <summary>A person who may take a seat, and a cohort that asks for the pathway.</summary>
    public static Course Consented(PathwayPolicy? policy = null)
    {
        var course = new Course { Cohort = CohortState.Empty.Apply(World.Plan(medicine: true), World.Start).Apply(new PathwayRequired(policy ?? Policy()), World.Start) };
        course.Refer(Opened(policy));
        course.Begin();
        course.SignOff(PathwayState.Medical);
        course.SignOff(PathwayState.Psychological);
        foreach (var consent in (policy ?? Policy()).Consents) course.Give(consent.Kind, consent.Version);
        return course.Baseline();
    }
}
