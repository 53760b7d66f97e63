using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary>Files with a program or a rule pack: what is wrong has its line, whether it is found here or by the network.</summary>
public sealed class ProgramFileTests : IAsyncLifetime
{
    private const string Good = """
        program: HARBOUR-8
        version: 1
        display-name: Harbour
        effective-from: 2026-01-01
        weeks: 8
        sessions:
          - id: medicine
            weeks: [2-4, 7]
            staffing:
              - {role: nurse, participants-per-member: 5}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-programs-").FullName;
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Every_shipped_file_is_read_whole()
    {
        var files = ProgramFile.All(Repository.File("programs"), Repository.File("ratios")).ToList();
        Assert.Equal(6, files.Count(f => f.Kind == "programs"));
        Assert.Equal(5, files.Count(f => f.Kind == "rule packs"));
    }

    /// <summary>
    /// What a program asks of a person stands in <c>pathways.json</c>, what its cohorts must have in its template. Where both say something, they say
    /// the same.
    /// </summary>
    [Fact]
    public async Task The_pathway_of_a_program_says_what_its_template_says()
    {
        var templates = new Dictionary<string, ProgramTemplate>(StringComparer.Ordinal);
        _network.State.Publish = request =>
        {
            templates[request.Template.Program] = request.Template;
            return new RttNetwork.Wire.V1.Program { Template = request.Template };
        };
        Assert.Equal(0, (await _network.Run(["programs", "import", .. Directory.GetFiles(Repository.File("programs"), "*.yaml")])).Code);
        using var pathways = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.File("programs"), "pathways.json")), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var policies = pathways.RootElement.GetProperty("programs").EnumerateArray().ToList();
        Assert.Equal(5, policies.Count);
        foreach (var policy in policies)
        {
            var template = templates[policy.GetProperty("program").GetString()!];
            var (medicine, intake) = (template.Medicine, template.Intake);
            var preparation = policy.GetProperty("preparation");
            Assert.Equal(
                (medicine.GapDaysMin, medicine.IntegrationBetween, medicine.PreparationsMin, intake.ScreeningDays, intake.ClosesDays, intake.AttendancePercentMin, intake.ReferralRequired),
                (Number(policy, "medicineGapDays"), policy.GetProperty("integrationBetween").GetBoolean(), Number(preparation, "sessionsMin"), Number(policy, "screeningValidityDays"), Number(policy, "intakeCloseDays"),
                    Number(policy, "attendancePercentMin"), policy.GetProperty("referralSources").GetArrayLength() > 0));
            var pressure = policy.GetProperty("bloodPressureMax");
            Assert.Equal((intake.SystolicMax, intake.DiastolicMax), pressure.ValueKind == JsonValueKind.Null ? (0, 0) : (Number(pressure, "systolic"), Number(pressure, "diastolic")));
            if (medicine.PreparationsMin > 0)
                Assert.Equal(($"{medicine.PreparationHoursMin:00}:00", medicine.PreparationDaysMax), (preparation.GetProperty("leadMin").GetString(), Number(preparation, "daysMax")));
            Assert.Equal(Points(template).Order(StringComparer.Ordinal), Points(policy).Order(StringComparer.Ordinal));
        }
    }

    private static int Number(JsonElement of, string name) => of.GetProperty(name).GetInt32();

    private static IEnumerable<string> Points(ProgramTemplate template) =>
        from measure in template.Measures
        from due in measure.Due
            // A baseline is due from the referral on, until the first medicine session: its days are the pathway's.
        select due.Anchor == "baseline" ? $"{measure.Measure} {due.Id}" : $"{measure.Measure} {due.Id} {due.Anchor} {due.DaysAfter} {due.WindowDays}";

    private static IEnumerable<string> Points(JsonElement policy) =>
        from point in policy.GetProperty("measurePoints").EnumerateArray()
        from measure in (point.TryGetProperty("measures", out var some) ? some : policy.GetProperty("measures")).EnumerateArray()
        let code = point.GetProperty("code").GetString()
        let anchor = point.GetProperty("anchor").GetString() switch { "last-day" => "end", "medicine" => "each-medicine", _ => Number(point, "everyDays") > 0 ? "monthly" : "baseline" }
        select anchor == "baseline" ? $"{measure} {code}" : $"{measure} {code} {anchor} {Number(point, "daysAfter")} {Number(point, "windowDays")}";

    [Fact]
    public async Task A_file_is_published_as_it_stands_with_one_request_id_for_ever()
    {
        var sent = new List<CreateProgramVersionRequest>();
        _network.State.Publish = request =>
        {
            sent.Add(request);
            return new RttNetwork.Wire.V1.Program { Template = request.Template };
        };
        for (var i = 0; i < 2; i++)
        {
            var ran = await _network.Run("programs", "import", Write("good.yaml", Good));
            Assert.Equal((0, "HARBOUR-8 version 1: published"), (ran.Code, ran.Out.Trim()));
        }

        Assert.Equal([2, 3, 4, 7], sent[0].Template.Sessions[0].Weeks);
        Assert.Equal(5, sent[0].Template.Sessions[0].Staffing[0].ParticipantsPerMember);
        Assert.Equal(new Google.Type.Date { Year = 2026, Month = 1, Day = 1 }, sent[0].Template.EffectiveFrom);
        Assert.Equal(sent[0].RequestId, sent[1].RequestId);
    }

    [Theory]
    [InlineData("weeks: 8", "weeks: eight", "5: weeks: 'eight' must be a whole number")]
    [InlineData("effective-from: 2026-01-01", "effective-from: 2026-02-30", "4: effective-from: '2026-02-30' must be a day like 2027-01-31")]
    [InlineData("weeks: [2-4, 7]", "weeks: 2", "8: sessions[0].weeks: must be a list")]
    [InlineData("role: nurse", "rolle: nurse", "10: sessions[0].staffing[0].rolle: no key 'rolle' here; keys: members-min, participants-per-member, role")]
    [InlineData("sessions:", "sessions: [", "wrong.yaml:7: file: ")]
    public async Task What_is_no_such_field_or_of_another_form_is_found_with_its_line(string good, string wrong, string expected)
    {
        var ran = await _network.Run("programs", "import", Write("wrong.yaml", Good.Replace(good, wrong, StringComparison.Ordinal)));
        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_network_finds_wrong_has_its_line_too()
    {
        _network.State.Publish = _ => throw FakeNetwork.Refuse(StatusCode.InvalidArgument, "TEMPLATE_INVALID", "two faults", new BadRequest
        {
            FieldViolations =
            {
                new BadRequest.Types.FieldViolation { Field = "template.sessions[0].staffing[0].members_min", Description = "must be 1" },
                new BadRequest.Types.FieldViolation { Field = "template.sizes.pod_max", Description = "must be 0" },
            },
        });
        var path = Write("wrong.yaml", Good);
        var ran = await _network.Run("programs", "import", path);
        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Contains($"{path}:10: sessions[0].staffing[0].members-min: must be 1", ran.Error, StringComparison.Ordinal);
        // What the file does not say has no line of its own: the first of what it would be in.
        Assert.Contains($"{path}:1: sizes.pod-max: must be 0", ran.Error, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
