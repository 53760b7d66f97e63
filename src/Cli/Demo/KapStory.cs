using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>One person with a prescriber and a psychotherapist: what a rule holds, what a clinician may answer for, and what nobody may.</summary>
internal sealed class KapStory : Story
{
    public override string Program => "KAP-INDIVIDUAL";

    public override string Site => "victoria";

    public override LocalDate Begins => new(2028, 1, 3);

    public override async Task<Ending> Play(Company company, string root)
    {
        var telling = company.Telling;
        var people = await company.Register(1);
        var person = people[0];
        var (cohortId, draft) = PlanOf(root, "demo", "plan-victoria-kap.yaml");

        telling.Scene("Intake and plan");
        await Admit(company, people, "self", "victoria-md1", "victoria-rt1");
        var cohort = await Plan(company, cohortId, draft);
        await Book(company, cohort, people);

        telling.Scene("Three sessions of medicine");
        var course = new Course(company, cohort, people, "intranasal");
        Fasting(company, course, person);
        Leaving(company, course, person);
        await course.Run();

        telling.Scene("Completion and follow-up");
        company.MoveTo(2028, 2, 28);
        await Complete(company, people, daysToFollowUp: 5);
        return await End(company, people, course);
    }

    /// <summary>Rule 33's fasting is one of the few that a prescriber may set aside, by name and for a while; the ratio, the observation and the consent are not.</summary>
    private static void Fasting(Company company, Course course, Person person)
    {
        void Ate(PreSessionChecklist list) => list.LastFoodTime = Company.TimeOf(company.Network.Clock.Now - Duration.FromHours(4));
        course.On("w04-medicine", new Day { Before = () => Held(company, course, person, Ate) });
        course.On("w04-medicine").Different.Add((person, Ate));
    }

    private static async Task Held(Company company, Course course, Person person, Action<PreSessionChecklist> ate)
    {
        var number = await course.Number("w04-medicine");
        var session = course.SessionOf(number);
        company.Network.Clock.MoveTo(Company.InstantOf(session.StartTime) - Duration.FromHours(1));
        var held = await company.Ask(course.CheckIn(person, number, session, ate, "ate"));
        Company.Must(held.HeldFor is ["fasting"], $"{person} was to be held for fasting, and the network held for {string.Join(", ", held.HeldFor)}.");
        company.Telling.Flagged($"{person} ate four hours ago: held for {held.HeldFor[0]}");
        OverrideRuleRequest Override(int rule) => new()
        {
            Participant = person.Name,
            Rule = rule,
            Facilitator = company.Facilitator("victoria-md1"),
            Reason = "light-meal",
            UntilTime = Company.TimeOf(company.Network.Clock.Now + Duration.FromHours(3)),
            RequestId = company.Id("override", $"{rule}"),
        };
        company.Telling.Refused("victoria-md1 would set the observation aside", await company.Refused("NOT_OVERRIDABLE", company.Desk.Pathways.OverrideRuleAsync(Override(34), cancellationToken: company.Cancel)));
        var set = (await company.Ask(company.Desk.Pathways.OverrideRuleAsync(Override(33), cancellationToken: company.Cancel))).Overrides[0];
        company.Telling.Done($"{ResourceName.Id(set.Facilitator)} answers for the fasting ({set.Reason}, rule {set.Rule}) until {course.Local(set.UntilTime)}");
    }

    /// <summary>Nobody leaves without an escort, and vitals outside of the limits are answered for by name.</summary>
    private static void Leaving(Company company, Course course, Person person) => course.On("w06-medicine").Meanwhile = async number =>
    {
        var clock = company.Network.Clock;
        var session = course.SessionOf(number);
        company.Telling.Refused($"{person} would go at once", await company.Refused("OBSERVATION_NOT_OVER", course.Discharge(person, number, session, escort: true)));
        var at = await company.Pathway(person);
        clock.MoveTo(Company.InstantOf(at.ObservationUntilTime));
        company.Telling.Refused($"{person} would go alone", await company.Refused("ESCORT_MISSING", course.Discharge(person, number, session, escort: false)));
    };
}
