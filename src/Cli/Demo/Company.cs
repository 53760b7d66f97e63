using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Demo;

/// <summary>
/// Those who play a story: people and the front desk of the site that leads their pathways. Every method asks the network, and fails with
/// <see cref="NotAsToldException"/> when it answers otherwise than the story says.
/// </summary>
internal sealed class Company(DemoNetwork network, Telling telling, string program, string site, DateTimeZone zone, int seed, CancellationToken cancel)
{
    private const int AtOnceMax = 8;

    private ListMeasureDefinitionsResponse? _definitions;

    public DemoNetwork Network => network;

    public Telling Telling => telling;

    public string Site => site;

    /// <summary>The site's.</summary>
    public DateTimeZone Zone => zone;

    /// <summary>Moves the network's clock to a wall time at the site.</summary>
    public void MoveTo(int year, int month, int day, int hour = 9, int minute = 0) =>
        network.Clock.MoveTo(new LocalDateTime(year, month, day, hour, minute).InZoneLeniently(zone).ToInstant());

    public string SiteName => ResourceName.Site(network.Network, site);

    public RttClient Desk => network.Desk(site);

    public RttClient Planner => network.Operator;

    public CancellationToken Cancel => cancel;

    public string Facilitator(string id) => ResourceName.Facilitator(network.Network, id);

    public string Id(params ReadOnlySpan<string> wish) => network.Id([program, .. wish]);

    /// <summary>Asks what the network is expected to do.</summary>
    public async Task<T> Ask<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            return await call;
        }
        catch (RttException e)
        {
            throw new NotAsToldException($"The network answered {e.Refusal.Reason}: {e.Refusal.Message}", e);
        }
        finally
        {
            network.Count();
        }
    }

    /// <summary>Asks what the network is expected to refuse, for this reason.</summary>
    public async Task<Refusal> Refused<T>(string reason, AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
        }
        catch (RttException e) when (e.Refusal.Reason == reason)
        {
            return e.Refusal;
        }
        catch (RttException e)
        {
            throw new NotAsToldException($"The story expected {reason}, and the network answered {e.Refusal.Reason}: {e.Refusal.Message}", e);
        }
        finally
        {
            network.Count();
        }

        throw new NotAsToldException($"The story expected {reason}, and the network did what was asked.");
    }

    /// <summary>Asks the same for each, several at once; the answers in their order.</summary>
    public async Task<T[]> Each<T>(IReadOnlyList<Person> people, Func<Person, Task<T>> ask)
    {
        var answers = new T[people.Count];
        await Parallel.ForAsync(0, people.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancel }, async (i, _) => answers[i] = await ask(people[i]));
        return answers;
    }

    public static void Must(bool isSo, string otherwise)
    {
        if (!isSo) throw new NotAsToldException(otherwise);
    }

    /// <summary>Asks again until the network, which does it by itself, says so: what is told to a cohort later normally takes less than a second.</summary>
    public async Task<T> Until<T>(Func<Task<T>> look, Func<T, bool> isSo, string otherwise)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isSo(seen)) return seen;
            Must(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
        }
    }

    public async Task<List<Person>> Register(int count)
    {
        var people = Person.Some(count, new Random(seed));
        var born = new Random(seed + 1);
        var years = people.Select(_ => born.Next(1955, 2000)).ToList();
        await Each(people, async person =>
        {
            var registered = await Ask(Desk.Participants.RegisterParticipantAsync(
                new RegisterParticipantRequest
                {
                    Parent = SiteName,
                    Identifiers = { new Identifier { System = "https://example.org/demo-health-number", Value = $"{program}-{seed}-{person.Number}" } },
                    PersonalData = new PersonalData { FamilyName = person.FamilyName, GivenName = person.GivenName, BirthDate = new DateOnly(years[person.Number - 1], 5, 17).Wire(), Language = "en-CA" },
                    RequestId = Id("register", $"{person.Number}"),
                },
                cancellationToken: cancel));
            person.Name = registered.Name;
            return registered;
        });
        return people;
    }

    public Task<Pathway> Refer(Person person, string source) => Ask(Desk.Pathways.ReferParticipantAsync(
        new ReferParticipantRequest { Participant = person.Name, Site = SiteName, Program = program, Source = source, RequestId = Id("refer", $"{person.Number}") }, cancellationToken: cancel));

    /// <summary>Screening begins; a reading is taken and judged.</summary>
    public async Task<Pathway> Screen(Person person, BloodPressureReading reading, params string[] conditions)
    {
        await Ask(Desk.Pathways.BeginScreeningAsync(new BeginScreeningRequest { Participant = person.Name, RequestId = Id("screen", $"{person.Number}") }, cancellationToken: cancel));
        return await Ask(Desk.Pathways.RecordFindingsAsync(
            new RecordFindingsRequest { Participant = person.Name, BloodPressure = reading, Conditions = { conditions }, RequestId = Id("found", $"{person.Number}") }, cancellationToken: cancel));
    }

    public AsyncUnaryCall<Pathway> SignOff(Person person, string kind, string by) => Desk.Pathways.SignOffAsync(
        new SignOffRequest { Participant = person.Name, Kind = kind, Clear = true, Facilitator = Facilitator(by), RequestId = Id("sign-off", kind, by, $"{person.Number}") }, cancellationToken: cancel);

    /// <summary>Every consent that the program asks for, in the version that it asks for.</summary>
    public async Task<Pathway> Consent(Person person, Pathway at)
    {
        foreach (var asked in at.ConsentsAsked)
        {
            at = await Ask(Desk.Pathways.GiveConsentAsync(
                new GiveConsentRequest { Participant = person.Name, Kind = asked.Kind, Version = asked.Version, RequestId = Id("consent", asked.Kind, $"{person.Number}") }, cancellationToken: cancel));
        }

        return at;
    }

    /// <summary>Every measure that the program asks for at a due point, by score; the same scores for the same seed. Answers null when none is asked for.</summary>
    /// <param name="share">About how much of the highest score, in percent.</param>
    public async Task<ParticipantMeasures?> Measure(Person person, string point, int share)
    {
        var asked = await Ask(Desk.Measures.GetParticipantMeasuresAsync(new GetParticipantMeasuresRequest { Participant = person.Name }, cancellationToken: cancel));
        ParticipantMeasures? after = null;
        foreach (var due in asked.Due.Where(d => d.Point == point && d.Standing is "due" or "overdue"))
        {
            var definition = (await Definitions()).Measures.Single(m => m.Measure == due.Measure);
            var spread = (HashOf(person.Number, share) % 21) - 10;
            var record = new RecordMeasureRequest
            {
                Participant = person.Name,
                Measure = due.Measure,
                Point = point,
                Score = definition.ScoreMax * (share + spread) / 100,
                RequestId = Id("measure", point, due.Measure, $"{person.Number}"),
            };
            if (definition.AlertItem > 0) record.AlertItemAnswer = 0;
            after = await Ask(Desk.Measures.RecordMeasureAsync(record, cancellationToken: cancel));
        }

        return after;
    }

    private async Task<ListMeasureDefinitionsResponse> Definitions() =>
        _definitions ??= await Ask(Desk.Measures.ListMeasureDefinitionsAsync(new ListMeasureDefinitionsRequest { Parent = ResourceName.Network(network.Network) }, cancellationToken: cancel));

    public AsyncUnaryCall<Seat> Book(Person person, string cohort) => Desk.Cohorts.BookSeatAsync(
        new BookSeatRequest { Cohort = cohort, Participant = person.Name, RequestId = Id("book", cohort, $"{person.Number}") }, cancellationToken: cancel);

    public Task<Pathway> Pathway(Person person) => Ask(Desk.Pathways.GetPathwayAsync(new GetPathwayRequest { Participant = person.Name }, cancellationToken: cancel));

    public Task<Cohort> Cohort(string name) => Ask(Desk.Cohorts.GetCohortAsync(new GetCohortRequest { Name = name }, cancellationToken: cancel));

    public Task<SessionDoor> Door(string cohort, int session) => Ask(Desk.Sessions.GetSessionAsync(new GetSessionRequest { Cohort = cohort, Session = session }, cancellationToken: cancel));

    public AsyncUnaryCall<Cohort> Plan(string cohort, PlanDraft draft, bool validateOnly = false, string? at = null) => Planner.Plans.PlanCohortAsync(
        new PlanCohortRequest { Parent = at is null ? SiteName : ResourceName.Site(network.Network, at), CohortId = cohort, Plan = draft, RequestId = Id("plan", cohort, at ?? "", $"{draft.Roster.Count} {draft.Pods} {validateOnly}"), ValidateOnly = validateOnly },
        cancellationToken: cancel);

    /// <summary>A person's reading before or after a session: within every limit, and the same for the same seed.</summary>
    public BloodPressureReading Reading(Person person, int moment)
    {
        var random = new Random(HashOf(person.Number, moment));
        return new BloodPressureReading { Systolic = random.Next(108, 143), Diastolic = random.Next(66, 88) };
    }

    /// <summary>A checklist that passes: fasted since the evening, an escort named, everything asked.</summary>
    public PreSessionChecklist Checklist(Person person, int session) => new()
    {
        BloodPressure = Reading(person, session),
        BloodPressureAccepted = true,
        OxygenPercent = 95 + (HashOf(person.Number, session) % 5),
        LastFoodTime = Timestamp.FromDateTimeOffset(network.Clock.GetUtcNow().AddHours(-10)),
        LastClearFluidTime = Timestamp.FromDateTimeOffset(network.Clock.GetUtcNow().AddHours(-3)),
        EscortNamed = true,
        MedicinesReviewed = true,
        PregnancyQuestionAnswered = true,
        Item9Reviewed = true,
    };

    public static Timestamp TimeOf(Instant instant) => Timestamp.FromDateTimeOffset(instant.ToDateTimeOffset());

    public static Instant InstantOf(Timestamp time) => Instant.FromDateTimeOffset(time.ToDateTimeOffset());

    private int HashOf(int person, int moment) => ((seed * 31) + (person * 7919) + (moment * 104_729)) & int.MaxValue;
}
