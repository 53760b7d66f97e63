using NodaTime;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>What came of a story, as the network has it at its end.</summary>
/// <param name="Stages">How many people are where on the pathway.</param>
/// <param name="MedicineSessions">Medicine sessions that were run.</param>
/// <param name="Visits">Medicine sessions that a person took part in, over all people, as their pathways have them.</param>
internal sealed record Ending(int People, IReadOnlyDictionary<string, int> Stages, int MedicineSessions, int Visits);

/// <summary>One program, played by its own rules.</summary>
internal abstract class Story
{
    public abstract string Program { get; }

    /// <summary>The site that leads it.</summary>
    public abstract string Site { get; }

    /// <summary>The local day on which it begins, at nine.</summary>
    public abstract LocalDate Begins { get; }

    public abstract Task<Ending> Play(Company company, string root);

    /// <summary>The plan of a file of the examples.</summary>
    protected static (string Cohort, PlanDraft Draft) PlanOf(string root, params string[] path)
    {
        var (_, cohort, draft) = PlanFile.Open(Path.Combine([root, "examples", .. path])).Content;
        return (cohort, draft);
    }

    /// <summary>From the referral to the consents: screening, two sign-offs by two people, and what the program asks to be consented to.</summary>
    protected static async Task Admit(Company company, IReadOnlyList<Person> people, string source, string prescriber, string therapist)
    {
        await company.Each(people, person => company.Refer(person, source));
        await company.Each(people, person => company.Screen(person, company.Reading(person, -1)));
        await company.Each(people, person => company.Ask(company.SignOff(person, "medical", prescriber)));
        var signed = await company.Each(people, person => company.Ask(company.SignOff(person, "psychological", therapist)));
        var consented = new Pathway[people.Count];
        for (var i = 0; i < people.Count; i++) consented[i] = await company.Consent(people[i], signed[i]);
        Company.Must(consented.All(p => p.Stage == "consented"), $"Somebody may take no seat: {string.Join(", ", consented.Select(p => p.Stage).Distinct())}.");
        company.Telling.Done($"{people.Count} referred ({source}), screened, signed off by {prescriber} and {therapist}, {Telling.Plural(consented[0].Consents.Count, "consent")} each: {Count(consented, "consented")} may take a seat, screened until {Output.WireJson.Day(consented[0].ScreenedUntil)}");
        await Baseline(company, people);
    }

    /// <summary>Nobody has medicine before the program's measures were taken once (rule 44).</summary>
    protected static async Task Baseline(Company company, IReadOnlyList<Person> people)
    {
        var measured = await company.Each(people, person => company.Measure(person, "baseline", 62));
        if (measured[0] is not { } first) return;
        Company.Must(measured.All(m => m is not null && m.Due.Where(d => d.Point == "baseline").All(d => d.Standing == "recorded")), "A baseline is missing.");
        company.Telling.Done($"baseline of {string.Join(", ", first.Records.Select(r => r.Measure))}: {measured.Sum(m => m!.Records.Count)} records of {measured.Length} people");
    }

    /// <summary>Plans a cohort, which asks for the pathway of its program from then on.</summary>
    protected static async Task<string> Plan(Company company, string cohort, PlanDraft draft)
    {
        var planned = await company.Ask(company.Plan(cohort, draft));
        var pods = planned.Plan.Pods;
        company.Telling.Done(
            $"plan {cohort}: {planned.Sessions.Count} sessions from {Output.WireJson.Day(planned.FirstDay)} to {Output.WireJson.Day(planned.LastDay)} with rooms and {planned.Facilitators.Count} people who lead them, {Telling.Plural(planned.SeatsMax, "seat")}{(pods.Count > 0 ? $" in {Telling.Plural(pods.Count, "pod")} of {pods.Max(p => p.SeatsMax)}" : "")}, as one unit; rule packs {string.Join(", ", planned.Plan.Packs.Select(p => $"{p.Pack} {p.Version}"))}");
        var asks = await company.Ask(company.Planner.Pathways.RequirePathwayAsync(new RequirePathwayRequest { Cohort = planned.Name, RequestId = company.Id("require", cohort) }, cancellationToken: company.Cancel));
        Company.Must(asks.PathwayVersion > 0, "The cohort does not ask for the pathway.");
        return planned.Name;
    }

    /// <summary>Books one after the other, so that who is in which pod follows from their order.</summary>
    protected static async Task Book(Company company, string cohort, IReadOnlyList<Person> people)
    {
        foreach (var person in people)
        {
            var seat = await company.Ask(company.Book(person, cohort));
            Company.Must(seat.State == SeatState.Booked, $"{person} has no seat.");
            person.Pod = seat.Pod;
        }

        var after = await company.Cohort(cohort);
        var pods = after.Plan.Pods;
        company.Telling.Done($"{Telling.Plural(after.Seats.Booked, "seat")} booked of {after.Seats.Usable} usable, bound by {after.Seats.BoundBy}{(pods.Count > 0 ? $"; pods {string.Join(", ", pods.Select(p => $"{p.SeatsBooked} of {p.SeatsMax}"))}" : "")}");
    }

    /// <summary>Everybody ends the program, and the follow-up begins some days after.</summary>
    protected static async Task Complete(Company company, IReadOnlyList<Person> people, int daysToFollowUp)
    {
        var done = await company.Each(people, person => company.Ask(company.Desk.Pathways.CompletePathwayAsync(
            new MovePathwayRequest { Participant = person.Name, Reason = "program-ended", RequestId = company.Id("complete", $"{person.Number}") }, cancellationToken: company.Cancel)));
        Company.Must(done.All(p => p.Stage == "completed"), "Not everybody has completed.");
        company.Telling.Done($"{Count(done, "completed")} completed: {done.Sum(p => p.SessionsAttended)} of {done.Sum(p => p.SessionsRecorded)} attendances at meetings; {Spread(done)}");
        company.Network.Clock.MoveTo(company.Network.Clock.Now + Duration.FromDays(daysToFollowUp));
        var followed = await company.Each(people, person => company.Ask(company.Desk.Pathways.BeginFollowUpAsync(
            new MovePathwayRequest { Participant = person.Name, Reason = "follow-up", RequestId = company.Id("follow-up", $"{person.Number}") }, cancellationToken: company.Cancel)));
        company.Telling.Done($"{Count(followed, "follow-up")} in follow-up");
    }

    /// <summary>Asks where everybody is, and compares what was played with what the pathways have.</summary>
    protected static async Task<Ending> End(Company company, IReadOnlyList<Person> people, Course course)
    {
        var pathways = await company.Each(people, company.Pathway);
        var visits = pathways.Sum(p => p.Medicine.Count);
        Company.Must(visits == course.Visits, $"{course.Visits} took medicine, and the pathways have {visits}.");
        Company.Must(pathways.All(p => p.Medicine.All(v => v.Doses > 0 && v.DischargeTime is not null)), "Somebody was given nothing, or was not discharged.");
        var stages = pathways.GroupBy(p => p.Stage).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());
        company.Telling.Shown($"where everybody is: {string.Join(", ", stages.Select(s => $"{s.Value} {s.Key}"))}; {course.MedicineSessions} medicine sessions, {visits} times a person took part in one");
        return new Ending(people.Count, stages, course.MedicineSessions, visits);
    }

    protected static int Count(IEnumerable<Pathway> pathways, string stage) => pathways.Count(p => p.Stage == stage);

    private static string Spread(IEnumerable<Pathway> pathways) =>
        string.Join(", ", pathways.GroupBy(p => p.Medicine.Count).OrderByDescending(g => g.Key).Select(g => $"{g.Count()} had medicine {g.Key} times"));
}
