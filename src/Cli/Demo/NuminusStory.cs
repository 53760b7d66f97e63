using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>Numinus: an intake that closes five days before the first session, and somebody who comes after it.</summary>
internal sealed class NuminusStory : Story
{
    public override string Program => "NUMINUS-GROUP";

    public override string Site => "vancouver";

    public override LocalDate Begins => new(2027, 10, 25);

    public override async Task<Ending> Play(Company company, string root)
    {
        var telling = company.Telling;
        var people = await company.Register(7);
        var (seated, late) = (people.Take(6).ToList(), people[6]);
        var (cohortId, draft) = PlanOf(root, "demo", "plan-vancouver-numinus.yaml");

        telling.Scene("Intake");
        await Admit(company, people, "self", "vancouver-md1", "vancouver-rt1");
        var cohort = await Plan(company, cohortId, draft);
        var later = draft.Clone();
        (later.DisplayName, later.StartsOn) = ("Numinus, January 2028", new DateOnly(2028, 1, 3).Wire());
        var next = await Plan(company, "numinus-2028-01", later);
        await Book(company, cohort, seated);

        telling.Scene("The intake has closed");
        var open = await company.Cohort(cohort);
        company.Network.Clock.MoveTo(Company.InstantOf(open.IntakeCloseTime));
        var closed = await company.Refused("INTAKE_CLOSED", company.Book(late, cohort));
        telling.Refused($"{late} asks for one of the {open.Seats.Open} open seats", closed);
        var seat = await company.Ask(company.Book(late, next));
        Company.Must(seat.State == SeatState.Booked, $"{late} has no seat.");
        telling.Done($"{late} has a seat in {Names.Short(seat.Cohort)}");

        telling.Scene("Six weeks");
        var course = new Course(company, cohort, seated, "sl");
        var missing = seated[2];
        course.On("w03-integration").Missing.Add(missing);
        course.On("w05-medicine").Held.Add((seated[4], ["oxygen", "escort"], list => (list.OxygenPercent, list.EscortNamed) = (89, false)));
        await course.Run();

        telling.Scene("Completion and follow-up");
        company.MoveTo(2027, 12, 17);
        await Complete(company, seated, daysToFollowUp: 14);
        return await End(company, people, course);
    }
}
