using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Cli.NetworkFiles;

namespace RttNetwork.Cli.Tests;

public sealed class NetworkFileTests
{
    private const string Good = """
        network: bc
        regions: [island]
        programs:
          GRIP-8:
            seats: {min: 6, max: 12}
            intake-closes-days: 5
            weekly: {weeks: 4, minutes: 90, turnover: 30}
            medicine: {weeks: [2, 4], minutes: 210, turnover: 60}
            staffing:
              nurse: {people-each: 5}
        sites:
          - id: nanaimo
            name: Nanaimo
            region: island
            jurisdiction: CA-BC
            zone: America/Vancouver
            latitude: 49.1
            longitude: -123.9
            languages: [en, fr]
            accessibility: [wheelchair]
            rooms:
              - {id: hall, people: 40}
              - {id: circle, people: 12}
          - id: victoria
            name: Victoria
            region: island
            jurisdiction: CA-BC
            zone: America/Vancouver
            rooms: [{id: studio, people: 12}]
        facilitators:
          - {id: rn1, home: nanaimo, roles: [nurse], credentials: [{in: CA-BC, from: 2026-01-01, until: 2027-12-31}]}
        cohorts:
          - id: c1
            site: nanaimo
            program: GRIP-8
            room: hall
            starts: 2027-01-12
            weekly: {weekday: tue, at: "17:30"}
            medicine: {weekday: sat, at: "09:00"}
            staff:
              nurse: [rn1]
        participants:
          - {site: nanaimo, family: A, given: B, born: 1980-01-31, eligible: true, identifiers: [{system: "urn:x", value: "1"}]}

        """;

    [Fact]
    public void The_example_network_has_no_fault()
    {
        var file = NetworkFileReader.Read(Repository.File("examples", "network-bc.yaml"));

        Assert.Equal("bc", file.Network);
        Assert.Equal(5, file.Sites.Select(s => s.Region).Distinct().Count());
        Assert.True(file.Sites.Length >= 12);
        Assert.Equal(["GRIP-8", "NUMINUS-GROUP", "RTT-KaT-12"], file.Cohorts.Select(c => c.Program).Distinct().Order(StringComparer.Ordinal));
        Assert.All(file.Cohorts, c => Assert.InRange(c.Sessions[0].LocalStart.Date, new LocalDate(2027, 1, 1), new LocalDate(2027, 3, 31)));
        // Some are held back by their nurses, and one takes nobody yet: that is what the example is there to show.
        Assert.Contains(file.Cohorts, c => Nurses(c) * 5 < c.SeatsMax && Nurses(c) > 0);
        Assert.Contains(file.Cohorts, c => Nurses(c) == 0);

        static int Nurses(CohortEntry cohort) => cohort.Staff.Count(s => s.Role == "nurse");
    }

    [Fact]
    public void The_example_in_the_documentation_has_no_fault()
    {
        var text = File.ReadAllText(Repository.File("docs", "network-file.md"));
        var yaml = text.Split("```yaml\n")[1].Split("```")[0];

        Assert.Single(NetworkFileReader.Parse(yaml, "docs/network-file.md").Cohorts);
    }

    [Fact]
    public void Sessions_are_spelled_out_by_local_wall_clock()
    {
        var cohort = Assert.Single(NetworkFileReader.Parse(Good, "f.yaml").Cohorts);

        Assert.Equal(
            [
                ("orientation", "2027-01-12 17:30"), ("preparation", "2027-01-19 17:30"), ("medicine", "2027-01-23 09:00"),
                ("integration", "2027-01-26 17:30"), ("integration", "2027-02-02 17:30"), ("medicine", "2027-02-06 09:00"),
            ],
            cohort.Sessions.Select(s => (s.Kind, s.LocalStart.ToString("uuuu-MM-dd HH:mm", null))));
        Assert.Equal(Duration.FromMinutes(210), cohort.Sessions[2].Length);
        Assert.Equal(Duration.FromMinutes(60), cohort.Sessions[2].Turnover);
    }

    [Fact]
    public void Intake_closes_when_its_last_day_ends()
    {
        var cohort = Assert.Single(NetworkFileReader.Parse(Good, "f.yaml").Cohorts);

        // Five days before 12 January is the 7th, and the 7th ends at midnight in Nanaimo: UTC-7, because the clock no longer changes there.
        Assert.Equal(Instant.FromUtc(2027, 1, 8, 7, 0), cohort.IntakeClosesAt);
    }

    [Theory]
    [InlineData("    room: hall", "    room: r9", 36, "cohorts[0].room", "no room 'r9' at site nanaimo; rooms there: circle, hall")]
    [InlineData("    program: GRIP-8", "    program: GRIP-9", 35, "cohorts[0].program", "no program 'GRIP-9'; programs: GRIP-8")]
    [InlineData("  - id: c1\n    site: nanaimo", "  - id: c1\n    site: nanaimoo", 34, "cohorts[0].site", "no site 'nanaimoo'; sites: nanaimo, victoria")]
    [InlineData("zone: America/Vancouver\n    latitude", "zone: America/Nanaimo\n    latitude", 16, "sites[0].zone", "no time zone 'America/Nanaimo'")]
    [InlineData("    region: island\n    jurisdiction: CA-BC\n    zone: America/Vancouver\n    rooms", "    region: isle\n    jurisdiction: CA-BC\n    zone: America/Vancouver\n    rooms", 26, "sites[1].region", "no region 'isle'; regions: island")]
    [InlineData("    longitude: -123.9\n", "", 12, "sites[0]", "latitude and longitude come together")]
    [InlineData("latitude: 49.1", "latitude: 149.1", 17, "sites[0].latitude", "must be degrees, from -90 to 90")]
    [InlineData("languages: [en, fr]", "languages: [en, en-CA]", 19, "sites[0].languages[1]", "'en-CA' is no code: 1 to 64 of a-z, 0-9 and hyphen")]
    [InlineData("accessibility: [wheelchair]", "accessibility: [wheelchair, wheelchair]", 20, "sites[0].accessibility[1]", "'wheelchair' is there twice")]
    [InlineData("{id: hall, people: 40}", "{id: hall, people: 0}", 22, "sites[0].rooms[0].people", "'0' must be a whole number from 1 to 200")]
    [InlineData("{id: circle, people: 12}", "{id: hall, people: 12}", 23, "sites[0].rooms[1].id", "room 'hall' is there twice")]
    [InlineData("{id: circle, people: 12}", "{id: circle, peple: 12}", 23, "sites[0].rooms[1]", "'people' is missing")]
    [InlineData("{id: circle, people: 12}", "{id: circle, people: 12, colour: red}", 23, "sites[0].rooms[1]", "no key 'colour' here; keys: id, name, people")]
    [InlineData("{id: circle, people: 12}", "{id: -c, people: 12}", 23, "sites[0].rooms[1].id", "'-c' is no id")]
    [InlineData("starts: 2027-01-12", "starts: 2027-01-13", 37, "cohorts[0].starts", "2027-01-13 is a Wednesday, and the weekly meeting is on Tuesday")]
    [InlineData("starts: 2027-01-12", "starts: 2027-02-30", 37, "cohorts[0].starts", "'2027-02-30' is no day")]
    [InlineData("at: \"17:30\"", "at: \"25:30\"", 38, "cohorts[0].weekly.at", "'25:30' is no time of day")]
    [InlineData("weekday: sat", "weekday: caturday", 39, "cohorts[0].medicine.weekday", "'caturday' is no weekday")]
    [InlineData("weeks: [2, 4]", "weeks: [2, 9]", 39, "cohorts[0].medicine", "medicine in week 9 of 4")]
    [InlineData("nurse: [rn1]", "nurse: [rn2]", 41, "cohorts[0].staff.nurse[0]", "no facilitator 'rn2'")]
    [InlineData("nurse: [rn1]", "therapist: [rn1]", 41, "cohorts[0].staff.therapist[0]", "rn1 is no therapist; roles: nurse")]
    [InlineData("until: 2027-12-31", "until: 2027-02-01", 41, "cohorts[0].staff.nurse[0]", "rn1 has no credential as nurse that is valid in CA-BC on 2027-02-02")]
    [InlineData("until: 2027-12-31", "until: 2025-02-01", 31, "facilitators[0].credentials[0].until", "is before 'from'")]
    [InlineData("seats: {min: 6, max: 12}", "seats: {min: 16, max: 12}", 5, "programs.GRIP-8.seats.max", "12 is less than min, 16")]
    [InlineData("network: bc", "network: [bc", 1, "file", "")]
    public void A_fault_is_told_with_its_line_its_path_and_what_would_be_right(string right, string wrong, int line, string path, string message)
    {
        var text = Good.Replace("\r", "", StringComparison.Ordinal);
        Assert.Contains(right, text, StringComparison.Ordinal);
        var broken = text.Replace(right, wrong, StringComparison.Ordinal);

        var faults = Assert.Throws<NetworkFileException>(() => NetworkFileReader.Parse(broken, "f.yaml")).Faults;
        if (path == "file")
        {
            Assert.StartsWith("f.yaml:", Assert.Single(faults), StringComparison.Ordinal);
            return;
        }

        Assert.Contains(faults, f => f.StartsWith($"f.yaml:{line}: {path}: ", StringComparison.Ordinal) && f.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Preparation_comes_a_day_before_the_first_medicine_session()
    {
        var sameWeek = Good.Replace("weeks: [2, 4]", "weeks: [1]", StringComparison.Ordinal);

        Assert.Empty(Faults(sameWeek));
        Assert.Contains(
            "no meeting at least 24 hours before the first medicine session on 2027-01-13 09:00",
            Assert.Single(Faults(sameWeek.Replace("weekday: sat", "weekday: wed", StringComparison.Ordinal))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_told_at_once_in_order_of_lines()
    {
        var broken = Good
            .Replace("room: hall", "room: r9", StringComparison.Ordinal)
            .Replace("region: island\n    jurisdiction: CA-BC\n    zone: America/Vancouver\n    latitude", "region: isle\n    jurisdiction: CA-BC\n    zone: America/Vancouver\n    latitude", StringComparison.Ordinal)
            .Replace("nurse: [rn1]", "nurse: [rn7]", StringComparison.Ordinal);

        var faults = Assert.Throws<NetworkFileException>(() => NetworkFileReader.Parse(broken, "f.yaml")).Faults;

        Assert.Equal([14, 36, 41], faults.Select(f => int.Parse(f.Split(':')[1], null)));
    }

    [Fact]
    public void A_room_is_not_in_two_cohorts_at_one_time_turnover_included()
    {
        var faults = Faults(Another("c2", "nanaimo", "hall", "2027-01-12", "19:15"));

        Assert.Contains("cohorts[1].room: nanaimo/c1 has the room on 2027-01-12 from 17:30", Assert.Single(faults), StringComparison.Ordinal);
        Assert.Empty(Faults(Another("c2", "nanaimo", "hall", "2027-01-12", "19:30", medicine: "15:00")));
        Assert.Empty(Faults(Another("c2", "nanaimo", "circle", "2027-01-12", "19:15")));
    }

    [Fact]
    public void A_facilitator_is_not_in_two_places_at_one_time_travel_included()
    {
        var faults = Faults(Another("c2", "victoria", "studio", "2027-01-12", "19:30", "rn1", medicine: "15:00"));

        Assert.Contains("cohorts[1].staff.nurse[0]: rn1 is at nanaimo/c1 on 2027-01-12 17:30, travel included", Assert.Single(faults), StringComparison.Ordinal);
        Assert.Empty(Faults(Another("c2", "victoria", "studio", "2027-01-12", "20:00", "rn1", medicine: "15:00")));
        Assert.Empty(Faults(Another("c2", "nanaimo", "circle", "2027-01-12", "19:00", "rn1", medicine: "15:00")));
    }

    [Fact]
    public void The_same_file_asks_for_nothing_new()
    {
        var ids = Enumerable.Range(0, 2).Select(_ => Requests(Good)).ToList();

        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(ids[0].Count, ids[0].Distinct().Count());
        var changed = Requests(Good.Replace("{id: hall, people: 40}", "{id: hall, people: 41}", StringComparison.Ordinal));
        Assert.Single(changed.Except(ids[0]));

        static List<string> Requests(string text) => [.. SeedPlan.Of(NetworkFileReader.Parse(text, "f.yaml")).SelectMany(p => p).Select(s => s.RequestId)];
    }

    private static string Another(string id, string site, string room, string starts, string at, string? nurse = null, string medicine = "14:00") => Good.Replace(
        "participants:",
        $$"""
          - id: {{id}}
            site: {{site}}
            program: GRIP-8
            room: {{room}}
            starts: {{starts}}
            weekly: {weekday: tue, at: "{{at}}"}
            medicine: {weekday: sat, at: "{{medicine}}"}
            staff: {{(nurse is null ? "{}" : $"{{nurse: [{nurse}]}}")}}
        participants:
        """,
        StringComparison.Ordinal);

    private static ImmutableArray<string> Faults(string text)
    {
        try
        {
            NetworkFileReader.Parse(text, "f.yaml");
            return [];
        }
        catch (NetworkFileException e)
        {
            return e.Faults;
        }
    }
}
