using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>GRIP: no referral, a closed group, and a medicine session that loses its prescriber and is not run.</summary>
internal sealed class GripStory : Story
{
    public override string Program => "GRIP-8";

    public override string Site => "victoria";

    public override LocalDate Begins => new(2027, 8, 2);

    public override async Task<Ending> Play(Company company, string root)
    {
        var telling = company.Telling;
        var people = await company.Register(9);
        var (seated, late) = (people.Take(8).ToList(), people[8]);
        var (cohortId, draft) = PlanOf(root, "demo", "plan-victoria-grip.yaml");

        telling.Scene("Consultation and screening");
        await Admit(company, people, "self", "victoria-md1", "victoria-rt1");

        telling.Scene("The plan and the seats");
        company.MoveTo(2027, 8, 4);
        var cohort = await Plan(company, cohortId, draft);
        await Book(company, cohort, seated);
        await company.Ask(company.Desk.Pathways.JoinWaitListAsync(
            new MovePathwayRequest { Participant = late.Name, Reason = "no-seat", RequestId = company.Id("wait") }, cancellationToken: company.Cancel));

        telling.Scene("Eight weeks");
        var course = new Course(company, cohort, seated, "lozenge");
        Closed(company, course, cohort, seated[7], late);
        NotRun(company, course, cohort);
        var revokes = seated[3];
        course.On("w07-medicine-p1", new Day
        {
            Before = async () =>
            {
                company.MoveTo(2027, 10, 5, 7);
                var at = await company.Ask(company.Desk.Pathways.RevokeConsentAsync(
                    new RevokeConsentRequest { Participant = revokes.Name, Kind = "treatment", RequestId = company.Id("revoke") }, cancellationToken: company.Cancel));
                telling.Flagged($"{revokes} withdraws the consent to treatment that morning: {at.Consents.Count} of {at.ConsentsAsked.Count} that are asked for are given");
            },
        });
        course.On("w07-medicine-p1").Held.Add((revokes, ["consent"], _ => { }));
        await course.Run();

        telling.Scene("Completion and follow-up");
        company.MoveTo(2027, 10, 15);
        await Complete(company, course.People, daysToFollowUp: 7);
        return await End(company, people, course);
    }

    /// <summary>Somebody leaves after the group has closed: the seat is given back, and nobody takes it.</summary>
    private static void Closed(Company company, Course course, string cohort, Person leaves, Person late) => course.On("w02-preparation-p1", new Day
    {
        Before = async () =>
        {
            company.MoveTo(2027, 8, 30);
            var gone = await company.Ask(company.Desk.Pathways.WithdrawParticipantAsync(
                new MovePathwayRequest { Participant = leaves.Name, Reason = "moved-away", RequestId = company.Id("withdraw") }, cancellationToken: company.Cancel));
            var after = await company.Until(() => company.Cohort(cohort), c => c.Seats.Booked == 7, "The seat was not given back.");
            course.Leaves(leaves);
            company.Telling.Done($"{leaves} is {gone.Stage}; the seat is given back, {after.Seats.Booked} are booked");
            company.Telling.Refused($"{late}, who waits, asks for it", await company.Refused("INTAKE_CLOSED", company.Book(late, cohort)));
        },
    });

    /// <summary>The prescriber falls ill five days before, and nobody is found by the cure deadline.</summary>
    private static void NotRun(Company company, Course course, string cohort)
    {
        course.On("w05-medicine-p1", new Day
        {
            Before = async () =>
            {
                company.MoveTo(2027, 9, 17);
                await company.Ask(company.Desk.Cohorts.WithdrawFacilitatorAsync(
                    new WithdrawFacilitatorRequest { Cohort = cohort, Facilitator = company.Facilitator("victoria-md1"), Reason = "ill", RequestId = company.Id("ill") }, cancellationToken: company.Cancel));
                var number = await course.Number("w05-medicine-p1");
                var door = await company.Door(cohort, number);
                Company.Must(door.Standing == SessionStanding.SessionAtRisk, $"Without a prescriber the session is {door.Standing}.");
                company.Telling.Flagged($"victoria-md1 is ill: {door.Session.Id} is AT RISK, cure until {course.Local(door.Session.CureUntilTime)}");
                foreach (var hindrance in door.Hindrances.Where(h => h.Rule == 16)) company.Telling.Beside($"{hindrance.Message} [{string.Join(", ", hindrance.Actions)}]");
                company.Network.Clock.MoveTo(Company.InstantOf(door.Session.CureUntilTime));
                door = await company.Door(cohort, number);
                Company.Must(door.Standing == SessionStanding.SessionBlocked, $"At the cure deadline the session is {door.Standing}.");
                company.Telling.Flagged($"the cure deadline has come: {door.Session.Id} is BLOCKED. {door.Hindrances.First(h => h.Reason == "SESSION_BLOCKED").Message}");

                company.MoveTo(2027, 9, 20);
                await company.Ask(company.Desk.Plans.SubstituteFacilitatorAsync(
                    new SubstituteFacilitatorRequest { Cohort = cohort, Facilitator = company.Facilitator("victoria-md1"), Substitute = company.Facilitator("nanaimo-md1"), ChartsReviewed = true, Reason = "ill", RequestId = company.Id("substitute") },
                    cancellationToken: company.Cancel));
                await company.Each(course.People, person => company.Ask(company.Desk.Plans.AcceptSubstituteAsync(
                    new AcceptSubstituteRequest { Cohort = cohort, Participant = person.Name, Facilitator = company.Facilitator("nanaimo-md1"), RequestId = company.Id("accept", $"{person.Number}") }, cancellationToken: company.Cancel)));
                var next = await company.Door(cohort, await course.Number("w07-medicine-p1"));
                Company.Must(next.Standing == SessionStanding.SessionReady && next.People.All(p => p.ConsentMissing.Count == 0), $"With a prescriber from elsewhere the next session is {next.Standing}.");
                door = await company.Door(cohort, number);
                Company.Must(door.Standing == SessionStanding.SessionBlocked && door.Shortages.Count == 0, $"Cured after its deadline the session is {door.Standing}.");
                company.Telling.Done($"nanaimo-md1 comes over from then on: {next.Session.Id} is ready, all {next.People.Count} consent; {door.Session.Id} lacks nobody any more and stays BLOCKED");
            },
        });
    }
}
