using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary>What people and scripts see of the command line: exit codes, tables, JSON, refusals.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task A_booking_is_one_line_and_ends_with_zero()
    {
        var ran = await _network.Run("book", "nanaimo/c1", "p1");

        Assert.Equal(new Ran(0, "booked: p1 in nanaimo/c1" + Environment.NewLine, ""), ran);
    }

    [Fact]
    public async Task With_json_standard_output_is_one_json_value_and_nothing_else()
    {
        var booked = await _network.Run("book", "nanaimo/c1", "p1", "--json");
        using var seat = JsonDocument.Parse(booked.Out);
        Assert.Equal("BOOKED", seat.RootElement.GetProperty("state").GetString());
        Assert.Equal("networks/bc/participants/p1", seat.RootElement.GetProperty("participant").GetString());

        var found = await _network.Run("seats", "--json");
        using var seats = JsonDocument.Parse(found.Out);
        Assert.Equal(6, seats.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task A_table_in_a_pipe_has_whole_lines_and_no_blanks_at_their_ends()
    {
        var ran = await _network.Run("seats");

        var lines = ran.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, lines.Length);
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.StartsWith("nanaimo/c0  GRIP-8", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_says_why_and_sends_of_coordinates_what_two_decimals_say()
    {
        var ran = await _network.Run("seats", "--near", "49.16594321,-123.94012345", "--within", "100", "--wait", "30", "--route", "im", "--language", "fr", "--access", "wheelchair", "--access", "hearing-loop");

        Assert.Equal(0, ran.Code);
        Assert.Contains("5 km away", ran.Out, StringComparison.Ordinal);
        var sent = _network.State.Searches.First();
        Assert.Equal((49.17, -123.94, "", 100, 30, "im", "fr"), (sent.OriginLatitude, sent.OriginLongitude, sent.OriginSite, sent.DistanceKmMax, sent.WaitDaysMax, sent.Route, sent.Language));
        Assert.Equal(["wheelchair", "hearing-loop"], sent.Accessibility.AsEnumerable());

        await _network.Run("seats", "--near", "nanaimo");
        Assert.Equal("networks/bc/sites/nanaimo", _network.State.Searches.Last().OriginSite);
        Assert.False(_network.State.Searches.Last().HasOriginLatitude);
    }

    [Fact]
    public async Task What_is_done_to_a_sites_standing_in_searches_is_one_line()
    {
        Assert.Equal("nanaimo: of limited capacity until 2027-01-31: flood" + Environment.NewLine, (await _network.Run("sites", "limit", "nanaimo", "--reason", "flood", "--until", "2027-01-31")).Out);
        Assert.Equal("nanaimo: shown in searches like any other" + Environment.NewLine, (await _network.Run("sites", "unlimit", "nanaimo")).Out);
        Assert.Equal("nanaimo: would be hidden from searches: flood, agreed by authority" + Environment.NewLine, (await _network.Run("sites", "hide", "nanaimo", "--reason", "flood", "--agreed-by", "authority", "--dry-run")).Out);
        await _network.Run("sites", "unhide", "nanaimo");
        await _network.Run("sites", "describe", "nanaimo", "--latitude", "49.2", "--longitude", "-123.9", "--language", "en", "--language", "fr", "--access", "wheelchair");

        var described = Assert.IsType<DescribeSiteRequest>(_network.State.SiteActs.Last());
        Assert.Equal((49.2, -123.9, 2, 1), (described.Latitude, described.Longitude, described.Languages.Count, described.Accessibility.Count));
        Assert.Equal(5, _network.State.SiteActs.Count);
        Assert.Equal(ExitCode.Usage, (await _network.Run("sites", "hide", "nanaimo", "--reason", "flood")).Code);
    }

    [Fact]
    public async Task A_list_ends_at_its_limit_and_says_that_there_is_more()
    {
        var ran = await _network.Run("seats", "--json", "--limit", "3");

        using var seats = JsonDocument.Parse(ran.Out);
        Assert.Equal(3, seats.RootElement.GetArrayLength());
        Assert.Contains("more than 3", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, 1)]
    [InlineData(StatusCode.NotFound, 1)]
    [InlineData(StatusCode.AlreadyExists, 1)]
    [InlineData(StatusCode.Aborted, 1)]
    [InlineData(StatusCode.InvalidArgument, 2)]
    [InlineData(StatusCode.Unavailable, 3)]
    [InlineData(StatusCode.DeadlineExceeded, 3)]
    [InlineData(StatusCode.ResourceExhausted, 3)]
    [InlineData(StatusCode.Unauthenticated, 4)]
    [InlineData(StatusCode.PermissionDenied, 4)]
    [InlineData(StatusCode.Internal, 5)]
    public async Task Every_kind_of_ending_has_its_exit_code(StatusCode status, int code)
    {
        _network.State.Book = _ => throw FakeNetwork.Refuse(status, "SOME_REASON", "in words");

        Assert.Equal(code, (await _network.Run("book", "nanaimo/c1", "p1")).Code);
    }

    [Theory]
    [InlineData("book", "nanaimo/c1")]
    [InlineData("book", "nanaimo/c1", "p1", "--colour")]
    [InlineData("book", "c1", "p1", "--endpoint", "http://127.0.0.1:1", "--network", "bc")]
    [InlineData("book", "nanaimo/c1", "p1", "--endpoint", "127.0.0.1", "--network", "bc")]
    [InlineData("book", "nanaimo/c1", "p1", "--request-id", "seven")]
    [InlineData("seats", "--from", "tomorrow")]
    [InlineData("nothing")]
    public async Task A_wrong_command_line_ends_with_two_and_says_why(params string[] args)
    {
        var plain = await Ran.With(args);
        Assert.Equal((2, ""), (plain.Code, plain.Out));
        Assert.NotEmpty(plain.Error);

        var json = await Ran.With([.. args, "--json"]);
        Assert.Equal(2, json.Code);
        using var error = JsonDocument.Parse(json.Out);
        Assert.Equal("USAGE", error.RootElement.GetProperty("error").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Without_a_network_the_command_says_how_to_get_one()
    {
        var ran = await Ran.With(["sites"]);

        Assert.Equal(ExitCode.NotReachable, ran.Code);
        Assert.Contains("rtt up", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_tells_the_rule_its_numbers_and_where_a_seat_is_instead()
    {
        _network.State.Book = _ => throw FakeNetwork.Refuse(
            StatusCode.FailedPrecondition,
            "RATIO_WOULD_BREAK",
            "1 x nurse at 5 people each allow 5 seats; 5 are taken.",
            new PreconditionFailure { Violations = { new PreconditionFailure.Types.Violation { Type = "rule 16", Subject = "nurse", Description = "1 x 5 = 5" } } },
            new Alternatives { Seats = { new OpenSeats { Cohort = "networks/bc/sites/victoria/cohorts/n1", Program = "GRIP-8", SiteDisplayName = "Victoria", Seats = new SeatCount { Open = 4 } } } });

        var ran = await _network.Run("book", "courtenay/c1", "p1");

        Assert.Equal((ExitCode.Refused, ""), (ran.Code, ran.Out));
        Assert.Contains("Refused RATIO_WOULD_BREAK: 1 x nurse at 5 people each allow 5 seats; 5 are taken.", ran.Error, StringComparison.Ordinal);
        Assert.Contains("rule 16 1 x 5 = 5", ran.Error, StringComparison.Ordinal);
        Assert.Contains("victoria/n1  4 open", ran.Error, StringComparison.Ordinal);

        var json = await _network.Run("book", "courtenay/c1", "p1", "--json");
        using var document = JsonDocument.Parse(json.Out);
        var error = document.RootElement.GetProperty("error");
        Assert.Equal("RATIO_WOULD_BREAK", error.GetProperty("reason").GetString());
        Assert.Equal(4, error.GetProperty("alternatives")[0].GetProperty("seats").GetProperty("open").GetInt32());
    }

    [Fact]
    public async Task An_unknown_outcome_names_the_request_that_may_be_repeated()
    {
        _network.State.Book = _ => throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "gone"));
        var id = Guid.NewGuid().ToString();

        var ran = await _network.Run("book", "nanaimo/c1", "p1", "--request-id", id);

        Assert.Equal(ExitCode.NotReachable, ran.Code);
        Assert.Contains($"--request-id {id}", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_never_shows_in_what_a_command_prints()
    {
        const string token = "eyJhbGciOiJub25lIn0.eyJuZXQiOiJiYyJ9.secret-signature";
        _network.State.Book = _ => throw FakeNetwork.Refuse(StatusCode.Unauthenticated, "UNAUTHENTICATED", "no");

        foreach (var json in new[] { false, true })
        {
            var ran = await _network.Run(["book", "nanaimo/c1", "p1", "--token", token, .. json ? (string[])["--json"] : []]);
            Assert.Equal(ExitCode.NotAllowed, ran.Code);
            Assert.DoesNotContain("secret-signature", ran.Out + ran.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_names_every_command_and_every_exit_code()
    {
        var ran = await Ran.With(["--help"]);

        Assert.Equal(0, ran.Code);
        foreach (var word in (string[])["up", "test", "token", "doctor", "migrate", "sites", "cohorts", "seats", "book", "hold", "cancel", "release", "register", "import", "seed", "130 interrupted"])
        {
            Assert.Contains(word, ran.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_network_file_with_faults_ends_with_two_and_one_line_for_each()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "network: bc\nsites:\n  - {id: x1, name: X, region: nowhere, jurisdiction: CA-BC, zone: Mars/Olympus}\n");

        var ran = await Ran.With(["seed", file, "--check"]);

        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Equal([$"{file}:3: sites[0].region: no region 'nowhere'; regions: none", $"{file}:3: sites[0].zone: no time zone 'Mars/Olympus': an IANA name like America/Vancouver"],
            ran.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
