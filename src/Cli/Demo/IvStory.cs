using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>Six infusions in three weeks: where the route is permitted, and days between.</summary>
internal sealed class IvStory : Story
{
    public override string Program => "IV-SERIES";

    public override string Site => "vancouver";

    public override LocalDate Begins => new(2028, 3, 6);

    public override async Task<Ending> Play(Company company, string root)
    {
        var telling = company.Telling;
        var people = await company.Register(1);
        var (cohortId, draft) = PlanOf(root, "demo", "plan-vancouver-iv.yaml");

        telling.Scene("Referral and plan");
        telling.Refused($"{people[0]} refers themself", await company.Refused("REFERRAL_REQUIRED", company.Desk.Pathways.ReferParticipantAsync(
            new ReferParticipantRequest { Participant = people[0].Name, Site = company.SiteName, Program = Program, Source = "self", RequestId = company.Id("refer-self") }, cancellationToken: company.Cancel)));
        await Admit(company, people, "psychiatrist", "vancouver-md1", "vancouver-rt1");
        var elsewhere = await company.Refused("PLAN_REFUSED", company.Plan(cohortId, draft, at: "nanaimo"));
        telling.Refused("the same series at nanaimo, which is not accredited", elsewhere);
        var tooSoon = draft.Clone();
        tooSoon.Slots[1].Weekday = Google.Type.DayOfWeek.Tuesday;
        telling.Refused("two infusions on one day and the next", await company.Refused("PLAN_REFUSED", company.Plan(cohortId, tooSoon, validateOnly: true)));
        var cohort = await Plan(company, cohortId, draft);
        await Book(company, cohort, people);

        telling.Scene("Three weeks");
        var course = new Course(company, cohort, people, "iv");
        await course.Run();

        telling.Scene("Completion and follow-up");
        company.MoveTo(2028, 4, 1);
        await Complete(company, people, daysToFollowUp: 7);
        return await End(company, people, course);
    }
}
