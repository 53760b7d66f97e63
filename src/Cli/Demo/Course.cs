using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NodaTime;
using RttNetwork.Wire.V1;
using Duration = NodaTime.Duration;

namespace RttNetwork.Cli.Demo;

/// <summary>What a story says of one day that is not as every other.</summary>
internal sealed class Day
{
    /// <summary>Before the door opens: whatever the network was told that morning, or in the days before.</summary>
    public Func<Task>? Before { get; init; }

    /// <summary>People whose checklist does not pass, the items that the network will name, and what is different in the list.</summary>
    public List<(Person Person, string[] Items, Action<PreSessionChecklist> Spoil)> Held { get; } = [];

    /// <summary>People whom a rule of the network keeps out, with its reason.</summary>
    public List<(Person Person, string Reason)> KeptOut { get; } = [];

    /// <summary>People whose checklist passes and is not as every other's.</summary>
    public List<(Person Person, Action<PreSessionChecklist> Change)> Different { get; } = [];

    /// <summary>People of elsewhere who are expected at this session alone.</summary>
    public List<Person> Guests { get; } = [];

    /// <summary>People who do not come.</summary>
    public List<Person> Missing { get; } = [];

    /// <summary>When everybody who came has been given the medicine and is observed.</summary>
    public Func<int, Task>? Meanwhile { get; set; }

    /// <summary>After the last has gone.</summary>
    public Func<Task>? After { get; set; }
}

/// <summary>The sessions of a cohort from the first to the last, as its plan in the network has them.</summary>
internal sealed class Course(Company company, string cohort, IReadOnlyList<Person> seated, string route)
{
    private static readonly Duration BeforeSession = Duration.FromMinutes(30);
    private static readonly Duration ToDose = Duration.FromMinutes(15);

    private readonly List<Person> _people = [.. seated];
    private readonly Dictionary<string, Day> _days = new(StringComparer.Ordinal);
    private readonly List<(string Name, int There, int Expected)> _week = [];
    private Cohort _plan = new();

    /// <summary>Medicine sessions that were run.</summary>
    public int MedicineSessions { get; private set; }

    /// <summary>Medicine given: one for each person and session.</summary>
    public int Visits { get; private set; }

    public string Cohort => cohort;

    /// <summary>Who has a seat in it still.</summary>
    public IReadOnlyList<Person> People => _people;

    /// <summary>Somebody has given the seat back.</summary>
    public void Leaves(Person person) => _people.Remove(person);

    /// <summary>Who of the story has this name in the network.</summary>
    public Person Person(string participant) => seated.First(p => p.Name == participant);

    /// <summary>An instant of the network as the wall has it at the site.</summary>
    public string Local(Timestamp time) => Company.InstantOf(time).InZone(company.Zone).LocalDateTime.ToString("ddd dd MMM HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What is different on the day of a session, by the session's id.</summary>
    public Day On(string session) => _days.TryGetValue(session, out var day) ? day : _days[session] = new Day();

    public void On(string session, Day day) => _days.Add(session, day);

    public async Task<int> Number(string session)
    {
        if (_plan.Sessions.Count == 0) _plan = await company.Cohort(cohort);
        var at = _plan.Sessions.Select(s => s.Id).ToList().IndexOf(session);
        Company.Must(at >= 0, $"The plan has no session {session}; it has {string.Join(", ", _plan.Sessions.Select(s => s.Id))}.");
        return at;
    }

    /// <summary>Goes through all of them.</summary>
    public async Task Run()
    {
        _plan = await company.Cohort(cohort);
        foreach (var session in _days.Keys) await Number(session);
        var week = 0;
        for (var number = 0; number < _plan.Sessions.Count; number++)
        {
            var session = _plan.Sessions[number];
            if (session.Week != week) Tell(week);
            week = session.Week;
            var day = _days.GetValueOrDefault(session.Id) ?? new Day();
            if (day.Before is { } before)
            {
                await before();
                _plan = await company.Cohort(cohort);
                session = _plan.Sessions[number];
            }

            if (session.Kind == "medicine") await Medicine(number, session, day);
            else await Meet(number, session, day);
            if (day.After is { } after) await after();
        }

        Tell(week);
    }

    private static Instant StartOf(Session session) => Company.InstantOf(session.StartTime);

    private List<Person> ComingTo(Session session, Day day) => [.. _people.Where(p => session.Pod == 0 || p.Pod == session.Pod).Concat(day.Guests).Except(day.Missing)];

    /// <summary>A session without medicine: who was there is recorded.</summary>
    private async Task Meet(int number, Session session, Day day)
    {
        company.Network.Clock.MoveTo(StartOf(session));
        var expected = _people.Where(p => session.Pod == 0 || p.Pod == session.Pod).ToList();
        var recorded = await company.Each(expected, person => Attend(person, number, !day.Missing.Contains(person)));
        Company.Must(recorded.All(p => p.SessionsRecorded > 0), "An attendance was not recorded.");
        _week.Add((session.DisplayName, expected.Except(day.Missing).Count(), expected.Count));
    }

    public Task<Pathway> Attend(Person person, int number, bool there) => company.Ask(company.Desk.Pathways.RecordAttendanceAsync(
        new RecordAttendanceRequest { Participant = person.Name, Cohort = cohort, Session = number, Attended = there, RequestId = company.Id("attend", cohort, $"{number}", $"{person.Number}") },
        cancellationToken: company.Cancel));

    /// <summary>One line for what a week had beside medicine.</summary>
    private void Tell(int week)
    {
        if (_week.Count > 0)
        {
            company.Telling.Done($"week {week}: {string.Join("; ", _week.GroupBy(w => w.Name).Select(g => $"{g.Key}: {g.Sum(w => w.There)} of {g.Sum(w => w.Expected)} there"))}");
        }

        _week.Clear();
    }

    /// <summary>A medicine session: checklist, medicine, observation, discharge, each by the network's own rules.</summary>
    private async Task Medicine(int number, Session session, Day day)
    {
        var clock = company.Network.Clock;
        var what = $"{session.DisplayName}, week {session.Week}{(session.Pod > 0 ? $", pod {session.Pod}" : "")}";
        clock.MoveTo(StartOf(session) - BeforeSession);
        var coming = ComingTo(session, day);
        var door = await company.Door(cohort, number);
        if (door.Standing == SessionStanding.SessionBlocked)
        {
            Company.Must(!door.Open, "A session that is blocked is open.");
            var refusal = await company.Refused("SESSION_BLOCKED", CheckIn(coming[0], number, session, _ => { }));
            company.Telling.Refused($"{what}: {coming[0]} at the door", refusal);
            return;
        }

        Company.Must(door.Open, $"The door of {session.Id} is closed: {string.Join(" ", door.Hindrances.Select(h => h.Message))}");
        foreach (var (person, reason) in day.KeptOut)
        {
            var refusal = await company.Refused(reason, CheckIn(person, number, session, _ => { }));
            company.Telling.Refused($"{what}: {person} at the door", refusal);
        }

        foreach (var (person, items, spoil) in day.Held)
        {
            var held = await company.Ask(CheckIn(person, number, session, spoil));
            Company.Must(held.HeldFor.SequenceEqual(items) && held.Stage != "in-medicine", $"{person} was to be held for {string.Join(", ", items)}, and the network held for {string.Join(", ", held.HeldFor)} ({held.Stage}).");
            company.Telling.Flagged($"{what}: {person} is held for {string.Join(", ", held.HeldFor)}; the session goes on for the others");
        }

        var present = coming.Except(day.KeptOut.Select(k => k.Person)).Except(day.Held.Select(h => h.Person)).ToList();
        var entered = await company.Each(present, person =>
            company.Ask(CheckIn(person, number, session, day.Different.Where(d => d.Person == person).Select(d => d.Change).FirstOrDefault() ?? (_ => { }), "enters")));
        Company.Must(entered.All(p => p.Stage == "in-medicine" && p.HeldFor.Count == 0), $"Not everybody was checked in to {session.Id}: {string.Join("; ", entered.Where(p => p.HeldFor.Count > 0).Select(p => string.Join(", ", p.HeldFor)))}");
        clock.MoveTo(StartOf(session) + ToDose);
        var nurse = Lead(session, "nurse");
        var dosed = await company.Each(present, person => company.Ask(company.Desk.Pathways.RecordDoseAsync(
            new RecordDoseRequest { Participant = person.Name, Route = route, Facilitator = nurse, RequestId = company.Id("dose", cohort, $"{number}", $"{person.Number}") }, cancellationToken: company.Cancel)));
        var full = await company.Door(cohort, number);
        Company.Must(full.Present == present.Count && full.Present <= full.SeatsUsable, $"{full.Present} people are in {session.Id}, which carries {full.SeatsUsable}; {present.Count} were checked in.");
        Company.Must(full.People.Count(p => p.Standing == "in-observation") == present.Count, "Not everybody who was given medicine is in observation.");
        if (day.Meanwhile is { } meanwhile) await meanwhile(number);

        var until = dosed.Max(p => Company.InstantOf(p.ObservationUntilTime));
        clock.MoveTo(until);
        var gone = await company.Each(present, person => company.Ask(Discharge(person, number, session, escort: true)));
        Company.Must(gone.All(p => p.Stage == "integrating"), "Not everybody was discharged.");
        var after = await company.Door(cohort, number);
        Company.Must(after.Present == 0, $"{after.Present} people are still in {session.Id}.");
        (MedicineSessions, Visits) = (MedicineSessions + 1, Visits + present.Count);
        var guests = full.People.Where(p => p.Guest).Select(p => Person(p.Participant)).ToList();
        company.Telling.Done(
            $"{what}: {full.Present} checked in{(guests.Count > 0 ? $" ({Telling.Plural(guests.Count, "guest")}: {string.Join(", ", guests)})" : "")}, {full.SeatsUsable} carried ({full.BoundBy}); {Telling.Plural(dosed.Sum(p => p.Medicine[^1].Doses), "dose")} {route}; observed until {At(until)}, {gone.Length} discharged");
    }

    public AsyncUnaryCall<Pathway> CheckIn(Person person, int number, Session session, Action<PreSessionChecklist> change, string attempt = "")
    {
        var checklist = company.Checklist(person, number);
        change(checklist);
        return company.Desk.Pathways.CheckInAsync(
            new CheckInRequest
            {
                Participant = person.Name,
                Cohort = cohort,
                Session = number,
                Facilitator = Lead(session, "nurse"),
                Checklist = checklist,
                RequestId = company.Id("check-in", cohort, $"{number}", $"{person.Number}", attempt, $"{checklist}"),
            },
            cancellationToken: company.Cancel);
    }

    public AsyncUnaryCall<Pathway> Discharge(Person person, int number, Session session, bool escort) => company.Desk.Pathways.DischargeParticipantAsync(
        new DischargeParticipantRequest
        {
            Participant = person.Name,
            Cohort = cohort,
            Session = number,
            Facilitator = Lead(session, "prescriber"),
            BloodPressure = company.Reading(person, 1000 + number),
            OxygenPercent = 97,
            EscortPresent = escort,
            RequestId = company.Id("discharge", cohort, $"{number}", $"{person.Number}", $"{escort}", $"{company.Network.Clock.Now}"),
        },
        cancellationToken: company.Cancel);

    public Session SessionOf(int number) => _plan.Sessions[number];

    /// <summary>Somebody of a role who leads a session and counts that day.</summary>
    private string Lead(Session session, string role)
    {
        var roles = _plan.Facilitators.ToDictionary(f => f.Facilitator, f => f.Role);
        return session.Facilitators.Where(f => roles.GetValueOrDefault(f) == role && !session.FacilitatorsNotCounted.Contains(f)).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new NotAsToldException($"Nobody leads {session.Id} as {role}.");
    }

    private string At(Instant instant)
    {
        var local = instant.InZone(company.Zone).LocalDateTime;
        return local.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);
    }
}
