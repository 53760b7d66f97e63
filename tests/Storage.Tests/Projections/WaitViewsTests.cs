using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitMetrics;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Cases as the projection shows them: the same whatever the batches, and told over by plain lists.</summary>
public sealed class WaitViewsTests
{
    private const string Vancouver = "America/Vancouver";
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly LocalDate Today = new(2026, 12, 1);
    private static readonly WaitsAsk Ever = new(null, null, null, new LocalDate(2026, 1, 1), new LocalDate(2028, 12, 31));

    /// <summary>In batches of one entry and in one batch of them all, as a rebuild reads them, the table says what the lists say; a rebuild gives the identical rows.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 5000)]
    public async Task Cases_are_those_of_the_lists_whatever_the_batches_and_a_rebuild_gives_identical_rows(int seed, int entriesMax)
    {
        await using var stage = await ProjectionStage.Create(new ProjectionOptions { EntriesPerStepMax = entriesMax, OthersKeptMax = 4, UnwrittenMax = 3 });
        var random = new Random(seed);
        var writer = new EventWriter(stage);
        await Sites(writer);
        // Sessions each week; the first one of an evening that is the next day in UTC.
        for (var c = 0; c < 2; c++) await Cohort(writer, "nanaimo", $"c{c}", Today.PlusDays(6 + (10 * c)), 4, seatsMax: 20);
        var people = Enumerable.Range(0, 8).Select(i => new Person($"p{i}")).ToList();
        for (var step = 0; step < 220; step++)
        {
            var person = people[random.Next(people.Count)];
            await Next(writer, random, person, Now + Duration.FromHours(step * 5));
        }
        await stage.CatchUp(writer.Last);
        await Compare(stage, people);
        var rows = await Rows(stage);
        Assert.Equal(people.Sum(p => p.Pathways.Count), rows.Count);
        await using (var connection = await stage.Source.OpenConnectionAsync()) await stage.Projector().Rebuild(connection, default);
        await Compare(stage, people);
        Assert.Equal(rows, await Rows(stage));
        Assert.True(people.Any(p => p.Pathways.Count > 1) && people.Any(p => p.Pathways.Any(w => w.Medicine.Count > 0 && w.Eligible is not null)) && people.Any(p => p.Pathways.Any(w => w.Site == "comox")));
    }

    [Fact]
    public async Task A_start_counts_while_somebody_could_join_it()
    {
        await using var stage = await ProjectionStage.Create(withProjection: false);
        var writer = new EventWriter(stage);
        Assert.True((await stage.Views.Waits("bc", Ever, null, Now, default)).Behind);
        await Sites(writer);
        await Cohort(writer, "nanaimo", "full", Today.PlusDays(2), 1, seatsMax: 1);
        await writer.Write(Keys.Cohort("bc", "nanaimo", "full"), Now, new SeatBooked("ann"));
        await Cohort(writer, "nanaimo", "held", Today.PlusDays(3), 1, seatsMax: 1);
        await writer.Write(Keys.Cohort("bc", "nanaimo", "held"), Now, new SeatHeld("bob", "desk", Now + Duration.FromMinutes(10)));
        await Cohort(writer, "nanaimo", "one", Today.PlusDays(4), 1, seatsMax: 2);
        await Cohort(writer, "comox", "two", Today.PlusDays(5), 1, seatsMax: 2);
        await Cohort(writer, "nanaimo", "three", Today.PlusDays(8), 1, seatsMax: 2);
        await Cohort(writer, "nanaimo", "four", Today.PlusDays(9), 1, seatsMax: 2);
        await stage.CatchUp(writer.Last);

        Assert.Equal(8, await Third(Ever, Now));
        // The hold is over: a seat is free there, and the third comes sooner.
        Assert.Equal(5, await Third(Ever, Now + Duration.FromMinutes(11)));
        // Four days later two intakes, which end with the day before the first session, have closed.
        Assert.Equal(5, await Third(Ever, Now + Duration.FromDays(4)));
        Assert.Equal(9, await Third(Ever with { Site = "nanaimo" }, Now));
        Assert.Null(await Third(Ever with { Region = "north" }, Now));
        Assert.Null(await Third(Ever with { Program = "RTT-KaT-12" }, Now));

        async Task<int?> Third(WaitsAsk ask, Instant now) => ThirdNextAvailable.Days((await stage.Views.Waits("bc", ask, null, now, default)).Starts);
    }

    private static async Task Next(EventWriter writer, Random random, Person person, Instant at)
    {
        var (own, evidence) = (Keys.Participant("bc", person.Id), Keys.Pathway("bc", person.Id));
        var day = at.InZone(DateTimeZoneProviders.Tzdb[Vancouver]).Date;
        var pathway = person.Pathways.LastOrDefault();
        switch (pathway is null ? 0 : random.Next(15))
        {
            case 0:
                var received = at - Duration.FromHours(random.Next(200));
                pathway = new Walk(random.Next(3) == 0 ? "RTT-KaT-12" : "GRIP-8", received.InZone(DateTimeZoneProviders.Tzdb[Vancouver]).Date);
                person.Pathways.Add(pathway);
                await writer.Write(own, at, new PathwayEntered(pathway.Program, 1, "nanaimo"), new PathwayMoved(person.Stage, "referred", "self", null));
                await writer.Write(evidence, at, new PathwayOpened(pathway.Program, "nanaimo", "CA-BC", Vancouver, EventWriter.Policy, "self", received));
                person.Stage = "referred";
                break;
            case 1:
                pathway!.Clear.Clear();
                await writer.Write(evidence, at, new ScreeningBegun());
                break;
            case 2 or 3 or 4 or 5:
                var (kind, clear) = (random.Next(2) == 0 ? "medical" : "psychological", random.Next(5) > 0);
                pathway!.SignOffs.Add(day);
                pathway.Clear[kind] = clear;
                if (pathway.Clear.Count == 2 && pathway.Clear.Values.All(c => c)) pathway.Eligible ??= day;
                await writer.Write(evidence, at, new SignedOff(kind, $"f-{kind}", 1, clear, day, day.PlusDays(90)));
                break;
            case 6 or 7:
                var cohort = random.Next(2);
                pathway!.Seat = (cohort, at);
                await writer.Write(own, at, new PathwayMoved(person.Stage, "enrolled", "seat-booked", Keys.Cohort("bc", "nanaimo", $"c{cohort}")));
                person.Stage = "enrolled";
                break;
            case 8 when person.Stage == "enrolled":
                pathway!.Seat = null;
                await writer.Write(own, at, new PathwayMoved(person.Stage, "consented", "person-cancelled", null));
                person.Stage = "consented";
                break;
            case 9 or 10 or 11:
                var (session, what, attended) = (random.Next(4), random.Next(3) == 0 ? "screening" : "integration", random.Next(3) > 0);
                pathway!.Sessions[session] = (what, day, attended);
                await writer.Write(evidence, at, new SessionAttended(Keys.Cohort("bc", "nanaimo", "c0"), session, what, day, at, attended));
                break;
            case 12 or 13:
                pathway!.Medicine.Add(day);
                await writer.Write(evidence, at, new CheckedIn(Keys.Cohort("bc", "nanaimo", "c0"), 1, day, "nurse"), new Discharged(Keys.Cohort("bc", "nanaimo", "c0"), 1, "nurse", ""));
                break;
            default:
                pathway!.Site = "comox";
                await writer.Write(evidence, at, new Transferred([], Keys.Cohort("bc", "comox", "c9"), "comox", "CA-BC", Vancouver, "", 0));
                break;
        }
    }

    private static async Task Compare(ProjectionStage stage, List<Person> people)
    {
        foreach (var (site, program, region) in new (string?, string?, string?)[] { (null, null, null), ("nanaimo", null, null), ("comox", "GRIP-8", "island"), (null, "RTT-KaT-12", "island"), (null, null, "north") })
        {
            var walks = people.SelectMany(p => p.Pathways).Where(w => (site ?? w.Site) == w.Site && (program ?? w.Program) == w.Program && (region ?? "island") == "island").ToList();
            var ask = Ever with { Site = site, Program = program, Region = region };
            var read = await stage.Views.Waits("bc", ask, null, Now, default);
            var expected = walks.Select(w => w.Days()).Where(d => d.ConsultOn is not null || d.SeatFrom is not null || d.AttendedOn is not null);
            Assert.Equal(expected.Select(d => d.ToString()).Order(StringComparer.Ordinal), read.Cases.Select(c => c.ToString()).Order(StringComparer.Ordinal));
            // Of a part of the time the view leaves out what cannot count in it, and nothing that does.
            var part = ask with { From = Today.PlusDays(9), To = Today.PlusDays(18) };
            var some = await stage.Views.Waits("bc", part, null, Now, default);
            Assert.True(some.Cases.Length <= read.Cases.Length);
            foreach (var definition in WaitDefinition.All)
                Assert.Equal(definition.Over(walks.Select(w => w.Days()), part.From, part.To), definition.Over(some.Cases, part.From, part.To));
        }
        Assert.Empty((await stage.Views.Waits("on", Ever, null, Now, default)).Cases);
    }

    private static async Task<List<string>> Rows(ProjectionStage stage)
    {
        await using var connection = await stage.Source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"SELECT c::text FROM {CapacityProjector.SchemaName}.wait_cases c ORDER BY network, participant, pathway", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    private static async Task Sites(EventWriter writer)
    {
        await writer.Write(Keys.Site("bc", "nanaimo"), Now, new SiteOpened("A site", "island", "CA-BC", Vancouver, null, null));
        await writer.Write(Keys.Site("bc", "comox"), Now, new SiteOpened("Another", "island", "CA-BC", Vancouver, null, null));
    }

    private static Task Cohort(EventWriter writer, string site, string id, LocalDate first, int sessions, int seatsMax)
    {
        var zone = DateTimeZoneProviders.Tzdb[Vancouver];
        ImmutableArray<Session> planned = [.. Enumerable.Range(0, sessions).Select(w => first.PlusWeeks(w).At(new LocalTime(18, 0))).Select(local =>
            new Session("integration", local, local.InZoneStrictly(zone).ToInstant(), Duration.FromMinutes(90), Duration.Zero, false))];
        return writer.Write(Keys.Cohort("bc", site, id), Now, new CohortOpened(
            site, "island", "CA-BC", Vancouver, id, "GRIP-8", 1, new RoomCopy("r1", 40, false, 1), 1, seatsMax, 0, [], planned,
            first.AtMidnight().InZoneStrictly(zone).ToInstant(), true, new HoldPolicy(Duration.FromMinutes(10), 4, 4)));
    }

    private sealed class Person(string id)
    {
        public string Id => id;
        public string Stage { get; set; } = "not-referred";
        public List<Walk> Pathways { get; } = [];
    }

    /// <summary>One pathway, as plain lists of what was written.</summary>
    private sealed class Walk(string program, LocalDate received)
    {
        public string Program => program;
        public string Site { get; set; } = "nanaimo";
        public List<LocalDate> SignOffs { get; } = [];
        public Dictionary<string, bool> Clear { get; } = [];
        public LocalDate? Eligible { get; set; }
        public (int Cohort, Instant At)? Seat { get; set; }
        public Dictionary<int, (string Kind, LocalDate Day, bool Attended)> Sessions { get; } = [];
        public List<LocalDate> Medicine { get; } = [];

        public WaitDays Days() => new(
            received,
            Least(SignOffs.Concat(Sessions.Values.Where(s => s.Attended && s.Kind == "screening").Select(s => s.Day))),
            Eligible,
            Seat is { } seat ? Least(Enumerable.Range(0, 4).Select(w => Today.PlusDays(6 + (10 * seat.Cohort) + (7 * w))).Where(d => d.At(new LocalTime(18, 0)).InZoneStrictly(DateTimeZoneProviders.Tzdb[Vancouver]).ToInstant() >= seat.At)) : null,
            Least(Sessions.Values.Where(s => s.Attended && s.Kind != "screening").Select(s => s.Day).Concat(Medicine)),
            Least(Medicine))
        {
            Program = Program,
        };

        private static LocalDate? Least(IEnumerable<LocalDate> days) => days.Select(d => (LocalDate?)d).Min();
    }
}
