using System.Text.Json;
using RttNetwork.Cli.Import;
using RttNetwork.Cli.Tests.Fakes;

namespace RttNetwork.Cli.Tests;

public sealed class ImportTests : IAsyncLifetime
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "data", "patients.ndjson");

    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public void Only_identifiers_name_birth_date_telecom_and_language_leave_the_file()
    {
        const string line = """
            {"resourceType":"Patient","id":"x1","active":true,
             "identifier":[{"system":"urn:a","value":"1"},{"use":"old","system":"urn:a","value":"0"},{"system":"urn:b"},{"value":"2"},{"system":"urn:a","value":"1"},{"system":"urn:c","value":" 3 "}],
             "name":[{"use":"maiden","family":"Before"},{"use":"official","family":"Roy","given":["Anne","Marie"]}],
             "telecom":[{"system":"phone","value":"555-1","rank":2},{"system":"phone","value":"555-2","rank":1},{"system":"phone","use":"old","value":"555-0"},{"system":"email","value":"a@example.org"}],
             "birthDate":"1980-01-31","gender":"female","address":[{"city":"Nanaimo"}],
             "communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-CA"}]}},{"language":{"coding":[{"code":"fr-CA"}]},"preferred":true}]}
            """;

        Assert.True(PatientMapping.TryMap(line, out var request, out var patient, out _));

        Assert.Equal("x1", patient);
        Assert.Equal(["urn:a|1", "urn:c|3"], request.Identifiers.Select(i => $"{i.System}|{i.Value}"));
        var data = request.PersonalData;
        Assert.Equal(("Roy", "Anne Marie", "555-2", "a@example.org", "fr-CA"), (data.FamilyName, data.GivenName, data.Phone, data.Email, data.Language));
        Assert.Equal((1980, 1, 31), (data.BirthDate.Year, data.BirthDate.Month, data.BirthDate.Day));
        Assert.False(request.Deceased);
        Assert.DoesNotContain("Nanaimo", request.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_than_eight_identifiers_are_sent()
    {
        var identifiers = string.Join(',', Enumerable.Range(0, 12).Select(i => $$"""{"system":"urn:a","value":"{{i}}"}"""));

        Assert.True(PatientMapping.TryMap($$"""{"resourceType":"Patient","birthDate":"1980-01-31","identifier":[{{identifiers}}]}""", out var request, out _, out _));
        Assert.Equal(8, request.Identifiers.Count);
    }

    [Theory]
    [InlineData("\"deceasedBoolean\":true", true)]
    [InlineData("\"deceasedBoolean\":false", false)]
    [InlineData("\"deceasedDateTime\":\"2001-02-03T04:05:06-07:00\"", true)]
    [InlineData("\"gender\":\"other\"", false)]
    public void Whoever_has_died_is_said_to_have(string element, bool deceased)
    {
        Assert.True(PatientMapping.TryMap($$"""{"resourceType":"Patient","birthDate":"1980-01-31",{{element}}}""", out var request, out _, out _));
        Assert.Equal(deceased, request.Deceased);
    }

    [Theory]
    [InlineData("{\"resourceType\":\"Patient\",", "")]
    [InlineData("not json at all", "not JSON at column 2")]
    [InlineData("{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"}}", "this is a Observation, not a Patient")]
    [InlineData("{\"resourceType\":\"Patient\",\"birthDate\":\"1980\"}", "'1980' is no whole day")]
    [InlineData("{\"resourceType\":\"Patient\",\"gender\":\"other\"}", "birthDate is missing")]
    [InlineData("{\"resourceType\":\"Patient\",\"birthDate\":\"1980-01-31\",\"active\":false}", "no longer uses this record")]
    [InlineData("{\"resourceType\":\"Patient\",\"birthDate\":\"1980-01-31\",\"identifier\":\"123\"}", "")]
    public void A_line_that_says_nothing_usable_is_told_with_its_reason(string line, string why)
    {
        Assert.False(PatientMapping.TryMap(line, out _, out _, out var fault));
        Assert.NotEmpty(fault);
        Assert.DoesNotContain('\n', fault);
        Assert.Contains(why, fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_line_is_reported_in_the_order_of_the_file_and_a_bad_one_stops_nothing()
    {
        var lines = await File.ReadAllLinesAsync(Sample);
        var file = await Write([.. lines[..10], "{broken", "", .. lines[10..]]);

        var ran = await _network.Run("import", "patients", file, "--site", "nanaimo", "--json");

        var objects = ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var rows = objects[..^1];
        Assert.Equal([.. Enumerable.Range(1, 11), .. Enumerable.Range(13, 20)], rows.Select(r => r.GetProperty("line").GetInt32()));
        Assert.Equal("invalid", rows[10].GetProperty("outcome").GetString());
        Assert.Equal(7, rows.Count(r => r.GetProperty("reason").GetString() == "DECEASED"));
        Assert.Equal(5, rows.Count(r => r.GetProperty("reason").GetString() == "UNDER_AGE"));
        var summary = objects[^1].GetProperty("summary");
        Assert.Equal(31, summary.GetProperty("lines").GetInt32());
        Assert.Equal(18, summary.GetProperty("registered").GetInt32());
        Assert.Equal(12, summary.GetProperty("refused").GetInt32());
        Assert.Equal(1, summary.GetProperty("invalid").GetInt32());
        Assert.True(summary.GetProperty("complete").GetBoolean());
        Assert.Equal(ExitCode.Failed, ran.Code);
    }

    [Fact]
    public async Task The_same_file_again_registers_nobody_twice_and_sends_the_same_request_ids()
    {
        await _network.Run("import", "patients", Sample, "--site", "nanaimo");
        var people = _network.State.People;
        var first = _network.State.Registrations.Select(r => r.RequestId).Order().ToList();
        _network.State.Registrations.Clear();

        await _network.Run("import", "patients", Sample, "--site", "nanaimo");

        Assert.Equal(first, _network.State.Registrations.Select(r => r.RequestId).Order());
        Assert.Equal(people, _network.State.People);
        Assert.Equal(first.Count, first.Distinct().Count());
    }

    [Fact]
    public async Task A_person_who_comes_to_a_second_site_is_the_same_participant()
    {
        var first = await Rows("nanaimo");
        var second = await Rows("victoria");

        Assert.All(first.Zip(second), pair =>
        {
            if (pair.First.GetProperty("outcome").GetString() != "registered")
            {
                return;
            }

            Assert.Equal("known", pair.Second.GetProperty("outcome").GetString());
            Assert.Equal(pair.First.GetProperty("participant").GetString(), pair.Second.GetProperty("participant").GetString());
        });

        async Task<List<JsonElement>> Rows(string site)
        {
            var ran = await _network.Run("import", "patients", Sample, "--site", site, "--json");
            return [.. ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).SkipLast(1)];
        }
    }

    [Fact]
    public async Task Whoever_was_screened_is_recorded_as_eligible_once_each()
    {
        await _network.Run("import", "patients", Sample, "--site", "nanaimo", "--eligible");

        Assert.Equal(18, _network.State.Screened.Count);
        Assert.Equal(18, _network.State.Screened.Distinct().Count());
    }

    [Fact]
    public async Task A_network_that_is_gone_stops_the_import_and_says_so()
    {
        _network.State.Gone = true;
        var file = await Write([.. Enumerable.Repeat((await File.ReadAllLinesAsync(Sample))[29], 200)]);

        var ran = await Ran.With(
            ["import", "patients", file, "--site", "nanaimo", "--json", "--endpoint", _network.Endpoint, "--network", "bc"],
            s => s with { Clock = new SkippingTime() });

        Assert.Equal(ExitCode.NotReachable, ran.Code);
        var summary = JsonDocument.Parse(ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("summary");
        Assert.False(summary.GetProperty("complete").GetBoolean());
        Assert.InRange(summary.GetProperty("lines").GetInt32(), 1, 32);
    }

    [Fact]
    public async Task The_summary_counts_every_line_for_people_too()
    {
        var ran = await _network.Run("import", "patients", Sample, "--site", "nanaimo");

        Assert.EndsWith("30 lines: 18 registered, 0 known already, 12 refused, 0 invalid, 0 failed" + Environment.NewLine, ran.Out, StringComparison.Ordinal);
    }

    private static async Task<string> Write(string[] lines)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, lines);
        return file;
    }

    /// <summary>A clock on which every wait is over at once.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
