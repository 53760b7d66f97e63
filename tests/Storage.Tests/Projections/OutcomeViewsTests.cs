using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Scores and safety events as the projection shows them: the same whatever the batches, and told over by plain lists.</summary>
public sealed class OutcomeViewsTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);

    /// <summary>
    /// People on one pathway after another, with consents, corrections and erasures. In batches of one entry and in one batch of them all (as a rebuild
    /// reads them) the tables say what the lists say.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 5000)]
    public async Task Scores_are_those_of_the_lists_whatever_the_batches(int seed, int entriesMax)
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { EntriesPerStepMax = entriesMax, OthersKeptMax = 4, UnwrittenMax = 3 });
        var random = new Random(seed);
        var writer = new EventWriter(stage);
        await writer.Write(Keys.Site("bc", "nanaimo"), Now, new SiteOpened("A site", "island", "CA-BC", "America/Vancouver", null, null));
        var people = Enumerable.Range(0, 6).Select(i => new Person($"p{i}")).ToList();
        for (var step = 0; step < 160; step++)
        {
            var person = people[random.Next(people.Count)];
            var at = Now + Duration.FromHours(step * 7);
            var (own, evidence) = (Keys.Participant("bc", person.Id), Keys.Pathway("bc", person.Id));
            switch (person.Pathway == 0 ? 0 : random.Next(14))
            {
                case 0:
                    var from = person.Stage;
                    (person.Pathway, person.Stage, person.Research) = (person.Pathway + 1, "referred", false);
                    person.Program = random.Next(3) == 0 ? "RTT-KaT-12" : "GRIP-8";
                    await writer.Write(own, at, new PathwayEntered(person.Program, 1, "nanaimo"), new PathwayMoved(from, "referred", "self", null));
                    await writer.Write(evidence, at, new PathwayOpened(person.Program, "nanaimo", "CA-BC", "America/Vancouver", EventWriter.Policy, "self", at));
                    break;
                case 1 or 2:
                    var cohort = $"c{random.Next(2)}";
                    person.Seats[person.Pathway] = (cohort, at);
                    await writer.Write(own, at, new PathwayMoved(person.Stage, "enrolled", "seat-booked", Keys.Cohort("bc", "nanaimo", cohort)));
                    person.Stage = "enrolled";
                    break;
                case 3 when person.Stage == "enrolled":
                    person.Seats.Remove(person.Pathway);
                    await writer.Write(own, at, new PathwayMoved(person.Stage, "consented", "person-cancelled", null));
                    person.Stage = "consented";
                    break;
                case 4 or 5:
                    person.Research = random.Next(4) > 0;
                    await writer.Write(evidence, at, person.Research ? new ConsentGiven("research", 1) : new ConsentRevoked("research"));
                    break;
                case 6 when random.Next(8) == 0 && !person.Erased:
                    person.Erased = true;
                    await writer.Write(own, at, new PersonalDataErased());
                    break;
                default:
                    var mine = person.Scores.Where(s => s.Pathway == person.Pathway && !s.Corrected).ToList();
                    var corrects = mine.Count > 0 && random.Next(3) == 0 ? mine[random.Next(mine.Count)] : null;
                    if (corrects is not null) corrects.Corrected = true;
                    var score = new Score(person.Pathway, person.Program, person.Scores.Count + 1, random.Next(22), at.InZone(DateTimeZoneProviders.Tzdb["America/Vancouver"]).Date);
                    person.Scores.Add(score);
                    await writer.Write(evidence, at, new MeasureRecorded(score.Record, "gad-7", "baseline", score.Points, at, score.On, corrects?.Record ?? 0, "desk"));
                    break;
            }
        }
        await stage.CatchUp(writer.Last);
        await Compare(stage, people);
        // A rebuild reads everything in as few steps as it may, and says the same.
        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Rebuild(connection, default);
        await Compare(stage, people);
        Assert.True(people.Any(p => p.Pathway > 1) && people.Any(p => p.Scores.Any(s => s.Corrected)));
    }

    private static async Task Compare(ProjectionStage stage, List<Person> people)
    {
        for (var c = 0; c < 2; c++)
        {
            var expected = from p in people from s in p.Scores where !s.Corrected && p.Seats.TryGetValue(s.Pathway, out var seat) && seat.Cohort == $"c{c}" select $"{p.Id} {s.Points}";
            var shown = await stage.Views.ScoresOfCohort("bc", "nanaimo", $"c{c}", default);
            Assert.Equal(expected.Order(StringComparer.Ordinal), shown.Rows.Select(r => $"{r.Participant} {r.Score}").Order(StringComparer.Ordinal));
        }
        foreach (var program in new[] { "GRIP-8", "RTT-KaT-12" })
        {
            var expected = from p in people
                           where p.Research && !p.Erased
                           from s in p.Scores
                           where !s.Corrected && s.Program == program && p.Seats.ContainsKey(s.Pathway)
                           let seat = p.Seats[s.Pathway]
                           select $"{p.Id} nanaimo.{seat.Cohort} CA-BC {s.Points} {s.On:uuuu-MM-dd} {seat.At.InZone(DateTimeZoneProviders.Tzdb["America/Vancouver"]).Date:uuuu-MM-dd}";
            foreach (var site in new[] { null, "nanaimo" })
            {
                var shown = await stage.Views.StudyScores("bc", site, program, default);
                Assert.Equal(expected.Order(StringComparer.Ordinal), shown.Rows.Select(r => $"{r.Participant} {r.Cohort} {r.Jurisdiction} {r.Score} {r.TakenOn:uuuu-MM-dd} {r.EnrolledOn:uuuu-MM-dd}").Order(StringComparer.Ordinal));
            }
            Assert.Empty((await stage.Views.StudyScores("bc", "elsewhere", program, default)).Rows);
            Assert.Empty((await stage.Views.StudyScores("on", null, program, default)).Rows);
        }
    }

    [Fact]
    public async Task Open_safety_events_come_in_the_order_in_which_their_reports_are_due()
    {
        await using var stage = await ProjectionStage.Create();
        var writer = new EventWriter(stage);
        Assert.Empty((await stage.Views.SafetyEvents("bc", new PageRequest(10, null, null), null, false, default)).Rows);
        await Event("nanaimo", "e1", null);
        await Event("nanaimo", "e2", new LocalDate(2026, 12, 31));
        await Event("comox", "e3", new LocalDate(2026, 12, 8));
        await Event("nanaimo", "e4", new LocalDate(2026, 12, 8));
        await Event("nanaimo", "e5", null);
        await writer.Write(Keys.SafetyEvent("bc", "nanaimo", "e2"), Now, new SafetyEventAcknowledged(Notified.Operator, "", "ops"), new SafetyEventReported("ca-hospital", "desk"));
        await writer.Write(Keys.SafetyEvent("bc", "nanaimo", "e5"), Now, new SafetyEventClosed("resolved", "doc", "", "desk"));
        await stage.CatchUp(writer.Last);

        Assert.Equal(["comox/e3", "nanaimo/e4", "nanaimo/e1", "nanaimo/e2"], await Listed(null, false, 10));
        Assert.Equal(["comox/e3", "nanaimo/e4", "nanaimo/e1", "nanaimo/e2"], await Listed(null, false, 1));
        Assert.Equal(["nanaimo/e4", "nanaimo/e1", "nanaimo/e2", "nanaimo/e5"], await Listed("nanaimo", true, 3));
        var rows = (await stage.Views.SafetyEvents("bc", new PageRequest(10, null, null), "nanaimo", false, default)).Rows;
        // What was reported is due no more, and who has acknowledged it is not asked again.
        Assert.Equal((null, "medical-lead"), (rows.Single(r => r.SafetyEvent == "e2").DueOn, string.Join(',', rows.Single(r => r.SafetyEvent == "e2").Unaware)));
        Assert.Equal(("nanaimo.c1", 2, true, new LocalDate(2026, 12, 8)), (rows[0].Cohort, rows[0].Session, rows[0].Serious, rows[0].DueOn));
        Assert.Empty((await stage.Views.SafetyEvents("on", new PageRequest(10, null, null), null, true, default)).Rows);

        Task Event(string site, string id, LocalDate? due) => writer.Write(Keys.SafetyEvent("bc", site, id), Now, new SafetyEventRecorded(
            site, "CA-BC", "America/Vancouver", "ann", "cardiac", Severities.Severe, due is null ? [] : ["hospitalisation"], Keys.Cohort("bc", site, "c1"), 2, Now,
            due is { } day ? [new SafetyClock("ca-hospital", day)] : [], "desk"));

        async Task<List<string>> Listed(string? site, bool closed, int size)
        {
            var all = new List<string>();
            string? after = null;
            do
            {
                var page = await stage.Views.SafetyEvents("bc", new PageRequest(size, after, null), site, closed, default);
                all.AddRange(page.Rows.Select(r => $"{r.Site}/{r.SafetyEvent}"));
                after = page.Next;
            }
            while (after is not null);
            return all;
        }
    }

    private sealed class Person(string id)
    {
        public string Id => id;
        public int Pathway { get; set; }
        public string Program { get; set; } = "";
        public string Stage { get; set; } = "not-referred";
        public bool Research { get; set; }
        public bool Erased { get; set; }
        public Dictionary<int, (string Cohort, Instant At)> Seats { get; } = [];
        public List<Score> Scores { get; } = [];
    }

    private sealed class Score(int pathway, string program, int record, int points, LocalDate on)
    {
        public int Pathway => pathway;
        public string Program => program;
        public int Record => record;
        public int Points => points;
        public LocalDate On => on;
        public bool Corrected { get; set; }
    }
}
