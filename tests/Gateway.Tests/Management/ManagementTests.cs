using System.Net;
using System.Text.Json;
using Grpc.Core;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests.Management;

/// <summary>What a real silo with a real PostgreSQL says of itself after a few bookings, refusals and a hold (docs/adr/0019).</summary>
[Collection(RealGatewayTests.Name)]
public sealed class ManagementTests(RealGateway gateway) : IAsyncLifetime
{
    /// <summary>Every label that may be on a measurement. What is added here is of a small and known set of values, and of nobody.</summary>
    private static readonly HashSet<string> LabelsAllowed =
    [
        "outcome", "kind", "reason", "projection", "result", "le", "type", "status", "quantile",
        "otel_scope_name", "otel_scope_version", "job", "instance", "service_name", "service_instance_id", "telemetry_sdk_language", "telemetry_sdk_name", "telemetry_sdk_version",
        "http_request_method", "http_response_status_code", "http_route", "network_protocol_version", "network_protocol_name", "url_scheme", "error_type", "network_transport", "network_type", "server_address", "server_port",
        "gc_heap_generation", "dotnet_gc_heap_generation", "cpu_mode",
        "grain_type", "aspnetcore_request_is_unhandled", "aspnetcore_user_is_authenticated",
    ];

    private readonly List<string> _booked = [];
    private readonly List<string> _held = [];

    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);

    private Cohorts.CohortsClient Seats => new(gateway.Channel);

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Gives the seats back: other tests share the cohort, and so many holds may stand.</summary>
    public async Task DisposeAsync()
    {
        foreach (var person in _booked) await Seats.CancelSeatAsync(new CancelSeatRequest { Cohort = gateway.North.CohortName, Participant = person, Reason = "person-cancelled", RequestId = Samples.Id() }, Operator);
        foreach (var person in _held) await Seats.ReleaseSeatAsync(new ReleaseSeatRequest { Cohort = gateway.North.CohortName, Participant = person, RequestId = Samples.Id() }, Operator);
    }

    [Fact]
    public async Task Every_metric_and_label_of_the_dashboard_is_in_a_live_scrape()
    {
        await Traffic();
        await HoldsAreTold();
        var scrape = await Scrape.Of(gateway.Management);
        var dashboard = Dashboard.Load();
        var expressions = dashboard.Expressions.ToList();
        Assert.True(expressions.Count >= 10);
        foreach (var expression in expressions)
        {
            var metrics = Dashboard.MetricsOf(expression).ToList();
            Assert.NotEmpty(metrics);
            foreach (var metric in metrics)
            {
                Assert.True(scrape.Names.Contains(metric), $"{metric} of {expression} is not measured; {string.Join(' ', scrape.Names.Where(n => n.StartsWith(metric[..Math.Min(8, metric.Length)], StringComparison.Ordinal)))}");
                var labels = scrape.Samples.Where(s => s.Name == metric).SelectMany(s => s.Labels.Keys).ToHashSet();
                // These two Prometheus adds.
                Assert.All(Dashboard.LabelsOf(expression).Where(l => l is not ("job" or "instance")), l => Assert.True(labels.Contains(l), $"{metric} of {expression} has no label {l}."));
            }
        }
        foreach (var topic in new[] { "rtt_bookings_total", "rtt_units_refused_total", "rtt_journal_unit_streams_bucket", "rtt_journal_batch_units_bucket", "rtt_journal_commit_duration_seconds_bucket", "rtt_projection_behind_seconds", "rtt_feed_staleness_seconds", "rtt_holds", "rtt_cohorts_at_risk", "rtt_journal_outcomes_total" })
            Assert.Contains(expressions, e => Dashboard.MetricsOf(e).Contains(topic));
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_takes()
    {
        var dashboard = Dashboard.Load();
        Assert.True(dashboard.Document.GetProperty("schemaVersion").GetInt32() >= 39);
        Assert.NotEmpty(dashboard.Document.GetProperty("title").GetString()!);
        Assert.NotEmpty(dashboard.Document.GetProperty("uid").GetString()!);
        var panels = dashboard.Panels.ToList();
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels)
        {
            Assert.True(panel.GetProperty("type").GetString() is "timeseries" or "row");
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            var at = panel.GetProperty("gridPos");
            Assert.InRange(at.GetProperty("x").GetInt32() + at.GetProperty("w").GetInt32(), 1, 24);
            Assert.True(panel.GetProperty("type").GetString() == "row" || panel.GetProperty("description").GetString()!.Length > 10, panel.GetProperty("title").GetString());
        }
        // No two on the same place.
        var cells = panels.SelectMany(p => p.GetProperty("gridPos") is var g ? Cells(g) : []).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.Equal(["datasource", "job", "instance"], dashboard.Variables.Select(v => v.GetProperty("name").GetString()));
        Assert.All(dashboard.Expressions, e => Assert.Contains("""{job=~"$job",instance=~"$instance""", e, StringComparison.Ordinal));

        static IEnumerable<(int, int)> Cells(JsonElement g) =>
            from x in Enumerable.Range(g.GetProperty("x").GetInt32(), g.GetProperty("w").GetInt32())
            from y in Enumerable.Range(g.GetProperty("y").GetInt32(), g.GetProperty("h").GetInt32())
            select (x, y);
    }

    [Fact]
    public async Task What_is_measured_is_what_happened()
    {
        var before = await Scrape.Of(gateway.Management);
        await Traffic();
        var after = await Scrape.Of(gateway.Management);
        double Grew(string name, params (string, string)[] labels) => after.Sum(name, labels) - before.Sum(name, labels);
        // A meter is its process's, and other tests of it book meanwhile.
        Assert.True(Grew("rtt_bookings_total", ("kind", "Book"), ("outcome", "Accepted")) >= 2);
        Assert.True(Grew("rtt_bookings_total", ("kind", "Hold"), ("outcome", "Accepted")) >= 1);
        Assert.True(Grew("rtt_bookings_total", ("kind", "Book"), ("outcome", "Replayed")) >= 1);
        Assert.True(Grew("rtt_bookings_total", ("kind", "Book"), ("outcome", "Refused")) >= 1);
        Assert.True(Grew("rtt_units_refused_total", ("reason", "NOT_ELIGIBLE")) >= 1);
        // A seat is a unit over the person and the cohort.
        Assert.True(Grew("rtt_journal_unit_streams_sum") > Grew("rtt_journal_unit_streams_count"));
        Assert.True(Grew("rtt_journal_outcomes_total", ("outcome", "Committed")) >= 7);

        await HoldsAreTold();
    }

    [Fact]
    public async Task No_measurement_is_of_anybody()
    {
        var people = await Traffic();
        var scrape = await Scrape.Of(gateway.Management);
        var others = scrape.Samples.SelectMany(s => s.Labels.Keys.Where(l => !LabelsAllowed.Contains(l)).Select(l => $"{s.Name} {l}={s.Labels[l]}")).Distinct().ToList();
        Assert.True(others.Count == 0, string.Join('\n', others));
        string[] names = [.. people.Select(p => p[(p.LastIndexOf('/') + 1)..]), gateway.North.Participant, "bc/", "demo", "north", "south", "networks/demo", "eyJ", "Host=", "Password", "Username"];
        foreach (var sample in scrape.Samples)
        {
            Assert.All(sample.Labels.Values, value => Assert.DoesNotContain(names, n => value.Contains(n, StringComparison.OrdinalIgnoreCase)));
        }
        // Small sets: what grows with people or cohorts would be above these soon.
        var ours = scrape.Samples.Where(s => s.Name.StartsWith("rtt_", StringComparison.Ordinal)).SelectMany(s => s.Labels).ToLookup(l => l.Key, l => l.Value);
        Assert.All(ours, label => Assert.InRange(label.Distinct().Count(), 1, 150));
    }

    /// <summary>A caller of the one port says what it likes of its host.</summary>
    [Fact]
    public async Task The_ports_of_clients_and_the_management_port_answer_nothing_of_each_other()
    {
        foreach (var path in new[] { "metrics", "health/live", "health/ready", "health/detail" })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, path);
            asked.Headers.Host = gateway.Management.BaseAddress!.Authority;
            using var answer = await gateway.Http.SendAsync(asked);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await gateway.Management.GetAsync(path)).StatusCode);
        }
        foreach (var path in new[] { "openapi/v1.json", $"v1/{gateway.North.SiteName}", "healthz/live" })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, path);
            asked.Headers.Host = gateway.Http.BaseAddress!.Authority;
            asked.Headers.Authorization = new("Bearer", gateway.OperatorToken);
            using var answer = await gateway.Management.SendAsync(asked);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_detail_says_how_each_dependency_is_in_numbers_and_no_secret()
    {
        await Traffic();
        var password = new Npgsql.NpgsqlConnectionStringBuilder(gateway.Environment["Rtt__Database"]).Password;
        Assert.False(string.IsNullOrEmpty(password));
        var text = await Well();
        Assert.DoesNotContain(password, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Host", text, StringComparison.OrdinalIgnoreCase);
        var detail = JsonDocument.Parse(text).RootElement;
        Assert.True(detail.GetProperty("ok").GetBoolean());
        Assert.True(detail.GetProperty("database").GetProperty("roundTripMs").GetDouble() > 0);
        Assert.True(detail.GetProperty("database").GetProperty("journalHeadPosition").GetInt64() > 0);
        Assert.InRange(detail.GetProperty("projection").GetProperty("behindSeconds").GetDouble(), 0, 5);
        Assert.Equal(1, detail.GetProperty("membership").GetProperty("silosActive").GetInt32());
    }

    /// <summary>The detail, as soon as everything is well: a projection that is being built, or is behind on a busy machine, is not.</summary>
    private async Task<string> Well()
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            using var answer = await gateway.Management.GetAsync("health/detail");
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode is HttpStatusCode.OK) return text;
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, text);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    /// <summary>Looked up every now and then.</summary>
    private async Task HoldsAreTold()
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while ((await Scrape.Of(gateway.Management)).Sum("rtt_holds") < 1)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "The hold is not told.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    /// <summary>Two people book, one of them asks again, one is not eligible, one has a seat held.</summary>
    private async Task<List<string>> Traffic()
    {
        var people = new List<string>();
        for (var i = 0; i < 4; i++) people.Add(await Person(eligible: i != 3));
        foreach (var person in people.Take(2))
        {
            var request = new BookSeatRequest { Cohort = gateway.North.CohortName, Participant = person, RequestId = Samples.Id() };
            await Seats.BookSeatAsync(request, Operator);
            _booked.Add(person);
            if (person == people[0]) await Seats.BookSeatAsync(request, Operator);
        }
        await Seats.HoldSeatAsync(new HoldSeatRequest { Cohort = gateway.North.CohortName, Participant = people[2], RequestId = Samples.Id() }, Operator);
        _held.Add(people[2]);
        await Assert.ThrowsAsync<RpcException>(() => Seats.BookSeatAsync(new BookSeatRequest { Cohort = gateway.North.CohortName, Participant = people[3], RequestId = Samples.Id() }, Operator).ResponseAsync);
        return people;
    }

    private async Task<string> Person(bool eligible)
    {
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Operator);
        if (eligible) await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, Operator);
        return person.Name;
    }
}
