using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>Roots to Thrive: forty people in five pods of eight through twelve weeks, with what happens in twelve weeks.</summary>
internal sealed class RttStory : Story
{
    /// <summary>Nurses whom the pair of a pod does not have: without them a pod of eight fails one nurse for five people.</summary>
    private static readonly string[] ExtraNurses = ["nanaimo-rn6", "nanaimo-rn7", "nanaimo-rn8"];

    public override string Program => "RTT-KaT-12";

    public override string Site => "nanaimo";

    public override LocalDate Begins => new(2027, 4, 12);

    public override async Task<Ending> Play(Company company, string root)
    {
        var telling = company.Telling;
        var people = await company.Register(42);
        var (cohortId, draft) = PlanOf(root, "plan-nanaimo-rtt.yaml");

        telling.Scene("Referral and screening");
        await Screening(company, people);
        var (seated, waiting) = (people.Take(40).ToList(), people[40]);

        telling.Scene("The plan");
        company.MoveTo(2027, 4, 16);
        await RefusedPlan(company, cohortId, draft);
        var cohort = await Plan(company, cohortId, draft);

        telling.Scene("Seats");
        company.MoveTo(2027, 4, 19);
        await Book(company, cohort, seated);
        var full = await company.Refused("SEAT_FULL", company.Book(waiting, cohort));
        telling.Refused($"a seat for {waiting}", full);
        var waits = await company.Ask(company.Desk.Pathways.JoinWaitListAsync(
            new MovePathwayRequest { Participant = waiting.Name, Reason = "no-seat", RequestId = company.Id("wait", $"{waiting.Number}") }, cancellationToken: company.Cancel));
        telling.Done($"{waiting} is {waits.Stage}");

        telling.Scene("Twelve weeks");
        var course = new Course(company, cohort, seated, "im");
        Attendance(company, course, seated[4]);
        EarlyDischarge(company, course);
        var declines = seated.First(p => p.Pod == 3);
        Illness(company, course, cohort, seated, declines);
        Lapse(company, course, cohort);
        MadeUp(company, course, cohort, seated.First(p => p.Pod == 2), declines);
        await course.Run();

        telling.Scene("Completion and follow-up");
        company.MoveTo(2027, 7, 22);
        await Complete(company, seated, daysToFollowUp: 10);
        return await End(company, people, course);
    }

    private static async Task Screening(Company company, List<Person> people)
    {
        var telling = company.Telling;
        var own = people[0];
        telling.Refused($"{own} refers themself", await company.Refused("REFERRAL_REQUIRED", company.Desk.Pathways.ReferParticipantAsync(
            new ReferParticipantRequest { Participant = own.Name, Site = company.SiteName, Program = "RTT-KaT-12", Source = "self", RequestId = company.Id("refer-self") }, cancellationToken: company.Cancel)));
        var referred = await company.Each(people, person => company.Refer(person, person.Number % 3 == 0 ? "nurse-practitioner" : "physician"));
        telling.Done($"{Count(referred, "referred")} people are referred by physicians and nurse practitioners");

        company.MoveTo(2027, 4, 13);
        var (renal, high) = (people[1], people[41]);
        var screened = await company.Each(people, person =>
            person == high ? company.Screen(person, new BloodPressureReading { Systolic = 168, Diastolic = 98 })
            : person == renal ? company.Screen(person, company.Reading(person, -1), "renal-disorder")
            : company.Screen(person, company.Reading(person, -1)));
        telling.Done($"screening: {Count(screened, "screening")} without a finding, {Count(screened, "needs-review")} for a clinician to decide, {Count(screened, "ineligible")} ineligible");
        telling.Flagged($"{high}, measured at 168/98: {string.Join(", ", screened[41].Conditions.Select(c => c.Condition))}, and {screened[41].Stage}");
        var decided = await company.Ask(company.Desk.Pathways.DecideConditionAsync(
            new DecideConditionRequest { Participant = renal.Name, Condition = "renal-disorder", Allowed = true, Facilitator = company.Facilitator("nanaimo-md1"), RequestId = company.Id("decide") }, cancellationToken: company.Cancel));
        telling.Done($"{renal}: {decided.Conditions[0].Condition} is {decided.Conditions[0].Decision} by nanaimo-md1");

        company.MoveTo(2027, 4, 14);
        var eligible = people.Take(41).ToList();
        await company.Each(eligible, person => company.Ask(company.SignOff(person, "medical", person == own ? "nanaimo-md2" : "nanaimo-md1")));
        telling.Refused($"{own}: nanaimo-md2, prescriber and therapist, signs a second time", await company.Refused("SAME_SIGNER", company.SignOff(own, "psychological", "nanaimo-md2")));
        var signed = await company.Each(eligible, person => company.Ask(company.SignOff(person, "psychological", "nanaimo-rt1")));
        telling.Done($"two sign-offs by two people: {Count(signed, "eligible")} eligible until {Output.WireJson.Day(signed[0].ScreenedUntil)}");

        company.MoveTo(2027, 4, 15);
        var consented = await company.Each(eligible, person => company.Consent(person, signed[person.Number - 1]));
        telling.Done($"consents ({string.Join(", ", consented[0].Consents.Select(c => $"{c.Kind} {c.Version}"))}): {Count(consented, "consented")} may take a seat");
        await Baseline(company, eligible);
    }

    /// <summary>The open question of the program: its own pair of a therapist and a nurse does not carry a pod of eight at one nurse for five people.</summary>
    private static async Task RefusedPlan(Company company, string cohortId, PlanDraft draft)
    {
        var pairs = draft.Clone();
        foreach (var extra in pairs.Roster.Where(r => ExtraNurses.Contains(r.Facilitator)).ToList()) pairs.Roster.Remove(extra);
        var refusal = await company.Refused("PLAN_REFUSED", company.Plan(cohortId, pairs));
        company.Telling.Refused($"five pods of eight with a therapist and a nurse each, {pairs.Roster.Count} people", refusal);
        var ratio = refusal.Rules.Where(r => r.Description.Contains("1:5", StringComparison.Ordinal)).ToList();
        Company.Must(ratio.Count > 0, $"The plan was not refused for its nurses: {refusal.Message}");
        company.Telling.Beside($"and likewise {string.Join(", ", refusal.Rules.Skip(1).Select(r => r.Subject))}");
        var fives = pairs.Clone();
        fives.Seats = 25;
        var smaller = await company.Ask(company.Plan(cohortId, fives, validateOnly: true));
        company.Telling.Shown($"the same people with five pods of five, only asked: {smaller.Sessions.Count} sessions, {smaller.SeatsMax} seats would be planned");
    }

    private static void Attendance(Company company, Course course, Person person)
    {
        course.On("w02-large-group").Missing.Add(person);
        course.On("w03-large-group").Missing.Add(person);
        course.On("w03-large-group").After = async () =>
        {
            var seen = await company.Pathway(person);
            Company.Must(seen.AttendanceReviewDue, $"No review of {person} is due.");
            company.Telling.Flagged($"{person}: {seen.SessionsAttended} of {seen.SessionsRecorded} meetings attended: a review is due, and {seen.Stage} as before");
            var reviewed = await company.Ask(company.Desk.Pathways.ReviewAttendanceAsync(
                new ReviewAttendanceRequest { Participant = person.Name, Outcome = "goes-on", RequestId = company.Id("review", $"{person.Number}") }, cancellationToken: company.Cancel));
            Company.Must(!reviewed.AttendanceReviewDue, "The review is still due.");
            company.Telling.Done($"{person} was spoken with, and goes on: no review is due");
        };
    }

    private static void EarlyDischarge(Company company, Course course) => course.On("w04-medicine-p1").Meanwhile = async number =>
    {
        var clock = company.Network.Clock;
        clock.MoveTo(clock.Now + Duration.FromMinutes(90));
        var door = await company.Door(course.Cohort, number);
        var first = course.Person(door.People[0].Participant);
        company.Telling.Refused($"{first} would go after 90 minutes", await company.Refused("OBSERVATION_NOT_OVER", course.Discharge(first, number, course.SessionOf(number), escort: true)));
    };

    /// <summary>A nurse falls ill five days before; a substitute comes in time; seven of the pod consent to him, and one is held out.</summary>
    private static void Illness(Company company, Course course, string cohort, List<Person> people, Person declines)
    {
        course.On("w06-medicine-p1", new Day
        {
            Before = async () =>
            {
                company.MoveTo(2027, 6, 4, 8);
                var telling = company.Telling;
                await company.Ask(company.Desk.Cohorts.WithdrawFacilitatorAsync(
                    new WithdrawFacilitatorRequest { Cohort = cohort, Facilitator = company.Facilitator("nanaimo-rn3"), Reason = "ill", RequestId = company.Id("ill") }, cancellationToken: company.Cancel));
                var session = await course.Number("w06-medicine-p3");
                var door = await company.Door(cohort, session);
                Company.Must(door.Standing == SessionStanding.SessionAtRisk && door.Shortages.Count > 0, $"The session without its nurse is {door.Standing}.");
                telling.Flagged($"nanaimo-rn3 is ill: {door.Session.Id} is AT RISK, cure until {course.Local(door.Session.CureUntilTime)}");
                foreach (var hindrance in door.Hindrances.Where(h => h.Rule == 16)) telling.Beside($"{hindrance.Message} [{string.Join(", ", hindrance.Actions)}]");

                var proposals = (await company.Ask(company.Desk.Plans.ProposeSubstitutesAsync(
                    new ProposeSubstitutesRequest { Cohort = cohort, Facilitator = company.Facilitator("nanaimo-rn3") }, cancellationToken: company.Cancel))).Proposals;
                Company.Must(proposals.Count > 1 && proposals[0].Local, "No local substitute is proposed first.");
                foreach (var (proposal, place) in proposals.Take(4).Select((p, i) => (p, i + 1)))
                    telling.Beside($"proposal {place}: {ResourceName.Id(proposal.Facilitator)}, {(proposal.Local ? "at home here" : $"from {ResourceName.Id(proposal.HomeSite)}")}, can lead {proposal.SessionsCovered} of them{(proposal.Hindrance.Length > 0 ? $" ({proposal.Hindrance})" : "")}");
                var substitute = proposals[0].Facilitator;
                SubstituteFacilitatorRequest Substitute(bool reviewed) => new()
                {
                    Cohort = cohort,
                    Facilitator = company.Facilitator("nanaimo-rn3"),
                    Substitute = substitute,
                    ChartsReviewed = reviewed,
                    Reason = "ill",
                    RequestId = company.Id("substitute", $"{reviewed}"),
                };
                telling.Refused($"{ResourceName.Id(substitute)} comes in without having seen the charts", await company.Refused("ATTESTATION_MISSING", company.Desk.Plans.SubstituteFacilitatorAsync(Substitute(reviewed: false), cancellationToken: company.Cancel)));
                await company.Ask(company.Desk.Plans.SubstituteFacilitatorAsync(Substitute(reviewed: true), cancellationToken: company.Cancel));
                var pod = people.Where(p => p.Pod == 3).ToList();
                await company.Each([.. pod.Where(p => p != declines)], person => Accept(company, cohort, person, substitute));
                door = await company.Door(cohort, session);
                var missing = door.People.Where(p => p.ConsentMissing.Count > 0).ToList();
                Company.Must(door.Standing == SessionStanding.SessionReady && missing.Count == 1, $"After the substitution the session is {door.Standing}, and {missing.Count} have yet to consent.");
                telling.Done($"{ResourceName.Id(substitute)} leads in place of nanaimo-rn3: {door.Session.Id} is ready again; {door.People.Count - missing.Count} of {door.People.Count} consent, {course.Person(missing[0].Participant)} does not");
            },
        });
        course.On("w06-medicine-p3").KeptOut.Add((declines, "SUBSTITUTE_NOT_ACCEPTED"));
        course.On("w06-medicine-p3").Meanwhile = async number =>
        {
            var clock = company.Network.Clock;
            clock.MoveTo(clock.Now + Duration.FromMinutes(30));
            var door = await company.Door(cohort, number);
            company.Telling.Shown($"the front desk looks at {door.Session.Id}");
            company.Telling.Door(door);
        };
        course.On("w06-medicine-p3").After = () => MakeUp(company, course, cohort, declines, "w06-medicine-p5");
        course.On("w06-integration-p3").Missing.Add(declines);
        course.On("w06-medicine-p5").Guests.Add(declines);
        course.On("w07-large-group", new Day
        {
            Before = async () =>
            {
                company.MoveTo(2027, 6, 14);
                var door = await company.Door(cohort, await course.Number("w08-medicine-p3"));
                var asked = door.People.First(p => p.Participant == declines.Name).ConsentMissing[0];
                var seat = await Accept(company, cohort, declines, asked);
                Company.Must(seat.ConsentMissing.Count == 0, $"{declines} has yet to consent to {string.Join(", ", seat.ConsentMissing)}.");
                company.Telling.Done($"{declines} has met {ResourceName.Id(asked)}, and consents");
            },
        });
    }

    /// <summary>A therapist's registration will end before the pod's last medicine session: flagged the moment it is known, cured when it is renewed.</summary>
    private static void Lapse(Company company, Course course, string cohort) => course.On("w08-medicine-p1", new Day
    {
        Before = async () =>
        {
            company.MoveTo(2027, 6, 17);
            var session = await course.Number("w08-medicine-p4");
            await Record(company, new DateOnly(2027, 6, 20));
            var door = await company.Until(() => company.Door(cohort, session), d => d.Standing == SessionStanding.SessionAtRisk, "The lapse was not flagged.");
            company.Telling.Flagged($"nanaimo-rt4's registration ends on 2027-06-20: {door.Session.Id} is AT RISK, cure until {course.Local(door.Session.CureUntilTime)}");
            foreach (var hindrance in door.Hindrances.Where(h => h.Rule == 16).Take(1)) company.Telling.Beside(hindrance.Message);
            company.MoveTo(2027, 6, 18);
            await Record(company, new DateOnly(2028, 12, 31));
            door = await company.Until(() => company.Door(cohort, session), d => d.Standing == SessionStanding.SessionReady, "The renewal did not cure the session.");
            company.Telling.Done($"the registration is renewed: {door.Session.Id} is ready, {door.SeatsUsable} carried");
        },
    });

    /// <summary>Held by blood pressure at the last session of their own pod, and too few days after a make-up: both come to another pod's.</summary>
    private static void MadeUp(Company company, Course course, string cohort, Person high, Person early)
    {
        course.On("w08-medicine-p2").Held.Add((high, ["blood-pressure"], list => list.BloodPressure = new BloodPressureReading { Systolic = 162, Diastolic = 94 }));
        course.On("w08-medicine-p2").After = () => MakeUp(company, course, cohort, high, "w08-medicine-p5");
        course.On("w08-medicine-p3").KeptOut.Add((early, "GAP_TOO_SHORT"));
        course.On("w08-medicine-p3").After = () => MakeUp(company, course, cohort, early, "w08-medicine-p5");
        course.On("w08-medicine-p5").Guests.AddRange([high, early]);
    }

    private static async Task MakeUp(Company company, Course course, string cohort, Person person, string session)
    {
        var number = await course.Number(session);
        ArrangeMakeUpRequest Request(bool consents) => new() { Participant = person.Name, Cohort = cohort, Session = number, GroupConsents = consents, RequestId = company.Id("make-up", session, $"{person.Number}", $"{consents}") };
        if (session == "w06-medicine-p5")
            company.Telling.Refused($"{person} would come to pod 5, whose members were not asked", await company.Refused("GROUP_CONSENT_MISSING", company.Desk.Pathways.ArrangeMakeUpAsync(Request(consents: false), cancellationToken: company.Cancel)));
        var arranged = await company.Ask(company.Desk.Pathways.ArrangeMakeUpAsync(Request(consents: true), cancellationToken: company.Cancel));
        company.Telling.Done($"{person} makes it up with pod 5, whose members consent, on {Output.WireJson.Day(arranged.MakeUp.Day)}");
    }

    private static Task<Seat> Accept(Company company, string cohort, Person person, string substitute) => company.Ask(company.Desk.Plans.AcceptSubstituteAsync(
        new AcceptSubstituteRequest { Cohort = cohort, Participant = person.Name, Facilitator = substitute, RequestId = company.Id("accept", substitute, $"{person.Number}") }, cancellationToken: company.Cancel));

    private static Task<Facilitator> Record(Company company, DateOnly until) => company.Ask(company.Planner.Facilitators.RecordCredentialAsync(
        new RecordCredentialRequest
        {
            Name = company.Facilitator("nanaimo-rt4"),
            Credential = new Credential { Role = "therapist", Jurisdiction = "CA-BC", ValidFrom = new DateOnly(2026, 1, 1).Wire(), ValidUntil = until.Wire() },
            RequestId = company.Id("credential", $"{until:yyyy-MM-dd}"),
        },
        cancellationToken: company.Cancel));
}
